#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int ts_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

int ts_pidfd_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

static int actions_for(const struct ts_spawn_request *request, posix_spawn_file_actions_t *actions) {
    int error = 0;
    for (int fd = 0; fd < 3 && !error; fd++) {
        // A session leader that opens a terminal without O_NOCTTY gets it as its controlling terminal.
        if (request->terminal && fd == 0)
            error = posix_spawn_file_actions_addopen(actions, 0, request->terminal, O_RDWR, 0);
        else if (request->terminal)
            error = posix_spawn_file_actions_adddup2(actions, 0, fd);
        else if (request->fds[fd] < 0)
            error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
        else
            error = posix_spawn_file_actions_adddup2(actions, request->fds[fd], fd);
    }
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (!error && request->directory)
        error = posix_spawn_file_actions_addchdir_np(actions, request->directory);
    return error;
}

int ts_spawn(const struct ts_spawn_request *request, pid_t *pid, int *pidfd) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    flags |= request->terminal ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attributes, flags);

    int error = actions_for(request, &actions);
    if (!error) error = posix_spawn(pid, request->path, &actions, &attributes, request->argv, request->envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error) return -error;

    *pidfd = ts_pidfd_open(*pid);
    if (*pidfd >= 0) return 0;
    error = *pidfd;
    kill(*pid, SIGKILL);
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return error;
}

int ts_pty_open(char *name, size_t size) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return -errno;
    int error = grantpt(master) || unlockpt(master) ? errno : ptsname_r(master, name, size);
    if (!error) return master;
    close(master);
    return -error;
}

int ts_pty_resize(int master, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int ts_thread_realtime(void) {
    struct sched_param parameter = {.sched_priority = 10};
    return -pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter);
}
