// The child between clone and exec. Everything here must be async-signal-safe: no allocation, no lock, no
// stdio, no return to the caller. It fails by writing the number of the step and errno to error_fd.
#define _GNU_SOURCE
#include "csys.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

static _Noreturn void fail(int error_fd, size_t step, int error) {
    struct csys_failure failure = {(int32_t)step, error};
    ssize_t ignored = write(error_fd, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };
    return (int)syscall(SYS_capset, &header, data);
}

static int limit_bounding_set(uint64_t keep) {
    // PR_CAPBSET_READ fails with EINVAL past the last capability that the kernel knows.
    for (unsigned long cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0UL, 0UL, 0UL) >= 0; cap++)
        if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0UL, 0UL, 0UL) != 0) return -1;
    return 0;
}

static int raise_ambient(uint64_t mask) {
    const unsigned long raise = PR_CAP_AMBIENT_RAISE;
    for (unsigned long cap = 0; cap < 64; cap++)
        if ((mask >> cap & 1) && prctl(PR_CAP_AMBIENT, raise, cap, 0UL, 0UL) != 0) return -1;
    return 0;
}

static int write_text(int fd, const char *text) {
    size_t length = strlen(text);
    ssize_t count = write(fd, text, length);
    if (count < 0) return -1;
    if ((size_t)count == length) return 0;
    errno = EIO;
    return -1;
}

static int await_byte(int fd) {
    char byte;
    ssize_t count;
    do count = read(fd, &byte, 1);
    while (count < 0 && errno == EINTR);
    if (count == 1) return 0;
    if (count == 0) errno = EPIPE;
    return -1;
}

// The final stage of gofer and Sentry gives up /proc by telling a child of its own to unmount it; the child has the
// capabilities that the process itself no longer has by then.
static int unmount_on_byte(int fd, const char *target) {
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid != 0) return pid < 0 ? -1 : 0;
    if (dup2(fd, 0) < 0) _exit(1);
    csys_close_from(1, false);
    _exit(await_byte(0) == 0 && umount2(target, MNT_DETACH) == 0 ? 0 : 1);
}

// The name that mount(2) can use for a descriptor.
static void name_descriptor(int fd, char name[32]) {
    char digits[12];
    int count = 0;
    for (int rest = fd; count == 0 || rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
    strcpy(name, "/proc/self/fd/");
    char *end = name + strlen(name);
    while (count > 0) *end++ = digits[--count];
    *end = 0;
}

// Restricts a mount and what is mounted below it.
static int restrict_mount(int mount, uint64_t flags) {
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } attributes = {flags /* MOUNT_ATTR_RDONLY and NOSUID have the same numbers */, 0, 0, 0};
    const int everywhere = AT_EMPTY_PATH | AT_RECURSIVE;
    return (int)syscall(SYS_mount_setattr, mount, "", everywhere, &attributes, sizeof attributes);
}

// Opens a place below a root as chroot(2) would see it. The kernel wants another try when a rename crosses the walk.
static int open_in_root(int root, const char *place) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = -1;
    for (int attempt = 0; fd < 0 && attempt < 32; attempt++) {
        fd = (int)syscall(SYS_openat2, root, place, &how, sizeof how);
        if (fd < 0 && errno != EAGAIN) break;
    }
    return fd;
}

// Binds by descriptors alone, so that whoever swaps a component of the place can neither lead the mount out of the root nor
// have what is meant for it done to something else: the mount is made and restricted before it is anywhere, is attached
// to the place that was opened, and its propagation is set through its own descriptor.
static int bind_in_root(const char *source, const char *root, const char *place, uint64_t flags, uint64_t propagation) {
    // OPEN_TREE_CLONE is 1, OPEN_TREE_CLOEXEC the same as O_CLOEXEC.
    int recursive = flags & MS_REC ? AT_RECURSIVE : 0;
    int mount_fd = (int)syscall(SYS_open_tree, AT_FDCWD, source, 1 | O_CLOEXEC | recursive);
    if (mount_fd < 0) return -1;
    uint64_t restriction = flags & (MS_RDONLY | MS_NOSUID);
    int restricted = restriction == 0 || restrict_mount(mount_fd, restriction) == 0;
    if (!restricted && errno != ENOSYS) return -1;
    int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0) return -1;
    int place_fd = open_in_root(root_fd, place);
    if (place_fd < 0) return -1;
    const unsigned empty = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    if (syscall(SYS_move_mount, mount_fd, "", place_fd, "", empty) != 0) return -1;
    char name[32];
    name_descriptor(mount_fd, name);
    // A kernel older than mount_setattr(2); then what is mounted below it stays as it is.
    if (!restricted && mount(NULL, name, NULL, MS_REMOUNT | MS_BIND | restriction, NULL) != 0) return -1;
    if (propagation != 0 && mount(NULL, name, NULL, propagation, NULL) != 0) return -1;
    close(place_fd);
    close(root_fd);
    return close(mount_fd);
}

static int set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int run_step(const struct csys_step *s) {
    switch ((enum csys_step_kind)s->kind) {
    case CSYS_AWAIT: close((int)s->a); return await_byte(s->fd);
    case CSYS_SETNS: return setns(s->fd, (int)s->a);
    case CSYS_SETSID: return setsid() < 0 ? -1 : 0;
    case CSYS_SETCTTY: return ioctl(s->fd, TIOCSCTTY, 0);
    // Raw calls: glibc's wrappers would signal the threads of a process that is not there.
    case CSYS_SETGROUPS_NONE: return (int)syscall(SYS_setgroups, 0, NULL);
    case CSYS_SETGID: return (int)syscall(SYS_setresgid, s->a, s->a, s->a);
    case CSYS_SETUID: return (int)syscall(SYS_setresuid, s->a, s->a, s->a);
    case CSYS_BOUNDING: return limit_bounding_set(s->a);
    case CSYS_CAPSET: return set_capabilities(s->a, s->b, s->c);
    case CSYS_AMBIENT: return raise_ambient(s->a);
    case CSYS_TIMER_SLACK: return prctl(PR_SET_TIMERSLACK, (unsigned long)s->a, 0UL, 0UL, 0UL);
    case CSYS_NO_NEW_PRIVS: return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
    case CSYS_RLIMIT: return set_limit((int)s->a, s->b, s->c);
    case CSYS_WRITE: return write_text(s->fd, s->s1);
    case CSYS_MKDIR: return mkdir(s->s1, (mode_t)s->a) == 0 || errno == EEXIST ? 0 : -1;
    case CSYS_SYMLINK: return symlink(s->s1, s->s2);
    case CSYS_MOUNT: return mount(s->s1, s->s2, s->s3, s->a, s->s4);
    case CSYS_BIND_IN_ROOT: return bind_in_root(s->s1, s->s2, s->s3, s->a, s->b);
    case CSYS_UMOUNT: return umount2(s->s1, (int)s->a);
    case CSYS_PIVOT_ROOT: return (int)syscall(SYS_pivot_root, s->s1, s->s2);
    case CSYS_CHDIR: return chdir(s->s1);
    case CSYS_UNMOUNT_ON_BYTE: return unmount_on_byte(s->fd, s->s1);
    }
    errno = EINVAL;
    return -1;
}

// Puts descriptors[i] at i and marks everything above close-on-exec. Goes by way of numbers above the last
// target, because a target may be the source of another.
//
// Makes the table of descriptors large on the way. A process with threads waits for an RCU grace period, some 10 ms,
// when its table has to grow (expand_fdtable() in fs/file.c), and the Sentry puts a container's stdio at 256 and up.
static int place_descriptors(const struct csys_child *child, int *error_fd, int *exec_fd) {
    int count = (int)child->descriptor_count;
    int ignored = fcntl(*error_fd, F_DUPFD_CLOEXEC, 256);  // Fails for a limit below that.
    (void)ignored;
    if ((*error_fd = fcntl(*error_fd, F_DUPFD_CLOEXEC, count)) < 0) return -1;
    if ((*exec_fd = fcntl(*exec_fd, F_DUPFD_CLOEXEC, count)) < 0) return -1;
    for (int i = 0; i < count; i++)
        if ((child->descriptors[i] = fcntl(child->descriptors[i], F_DUPFD_CLOEXEC, count)) < 0) return -1;
    for (int i = 0; i < count; i++)
        if (dup2(child->descriptors[i], i) < 0) return -1;
    return csys_close_from(count, true);
}

static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signo = 1; signo < NSIG; signo++) sigaction(signo, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void csys_run_child(const struct csys_child *child) {
    int error_fd = child->error_fd, exec_fd = child->exec_fd;
    size_t step = 0;
    reset_signals();
    for (; step < child->step_count; step++)
        if (run_step(&child->steps[step]) != 0 && !child->steps[step].optional) fail(error_fd, step, errno);
    if (place_descriptors(child, &error_fd, &exec_fd) != 0) fail(error_fd, step, errno);
    if (child->exec_path) {
        execve(child->exec_path, child->argv, child->envp);
    } else {
        syscall(SYS_execveat, exec_fd, "", child->argv, child->envp, AT_EMPTY_PATH);
        if (errno == ENOENT) {
            // Linux 5.10.223 says so of every empty path.
            char name[32];
            name_descriptor(exec_fd, name);
            execve(name, child->argv, child->envp);
        }
    }
    fail(error_fd, step + 1, errno);
}
