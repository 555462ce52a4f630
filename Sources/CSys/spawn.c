// The parent's half: clone3 with a pidfd, and, where the clone has to happen inside other namespaces, a
// thread of its own that enters them and ends. A thread that has switched namespaces is never used again.
#define _GNU_SOURCE
#include "csys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

static pid_t clone_child(const struct csys_child *child, int *pidfd) {
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = child->clone_flags | CLONE_PIDFD;
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
    args.exit_signal = SIGCHLD;
    if (child->cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)child->cgroup_fd;
    }
    // No handler of ours may run in the child before it has reset them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) csys_run_child(child);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid < 0 ? -error : pid;
}

struct join {
    const struct csys_child *child;
    int *pidfd;
    int failed_join;
    pid_t result;
};

static void *join_and_clone(void *argument) {
    struct join *join = argument;
    for (size_t i = 0; i < join->child->join_count; i++) {
        if (setns(join->child->join_fds[i], 0) == 0) continue;
        join->failed_join = (int)i;
        join->result = -errno;
        return NULL;
    }
    join->result = clone_child(join->child, join->pidfd);
    return NULL;
}

pid_t csys_spawn(const struct csys_child *child, int *pidfd, int *failed_join) {
    *failed_join = -1;
    if (child->join_count == 0) return clone_child(child, pidfd);
    struct join join = {child, pidfd, -1, 0};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, join_and_clone, &join);
    pthread_attr_destroy(&attributes);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    *failed_join = join.failed_join;
    return join.result;
}
