// mount(2) with relative paths in its options, and other calls that act on one thread or take what Swift
// cannot pass.
#define _GNU_SOURCE
#include "csys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct mount_in {
    int dirfd;
    const char *source, *target, *type, *data;
    unsigned long flags;
    int result;
};

// A thread with a working directory of its own: the process keeps the one that it has.
static void *mount_in_directory(void *argument) {
    struct mount_in *m = argument;
    if (unshare(CLONE_FS) != 0 || fchdir(m->dirfd) != 0 ||
        mount(m->source, m->target, m->type, m->flags, m->data) != 0)
        m->result = -errno;
    return NULL;
}

int csys_mount_in(int dirfd, const char *source, const char *target, const char *type, unsigned long flags,
                  const char *data) {
    struct mount_in m = {dirfd, source, target, type, data, flags, 0};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, mount_in_directory, &m);
    pthread_attr_destroy(&attributes);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return m.result;
}

int csys_core_scheduling_group(void) {
    // PR_SCHED_CORE, PR_SCHED_CORE_CREATE, this process, PR_SCHED_CORE_SCOPE_PROCESS_GROUP
    // prctl reads its arguments as unsigned long, whatever the caller passed.
    return prctl(62, 1UL, 0UL, 2UL, 0UL);
}

int csys_open_tree(const char *path, int recursive) {
    // OPEN_TREE_CLONE is 1, OPEN_TREE_CLOEXEC the same as O_CLOEXEC.
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, 1 | O_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
}
