// All descriptors from one on, for kernels with and without close_range(2). Async-signal-safe, as the rest of the child.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

// What getdents64(2) fills its buffer with.
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int number(const char *name) {
    int value = 0;
    for (; *name; name++) {
        if (*name < '0' || *name > '9') return -1;
        value = 10 * value + (*name - '0');
    }
    return value;
}

// One by one, as /proc lists them.
static int close_listed(int first, bool on_exec) {
    int list = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (list < 0) return -1;
    _Alignas(struct entry) char buffer[1024];
    long length;
    while ((length = syscall(SYS_getdents64, list, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length; at += ((struct entry *)(buffer + at))->length) {
            int fd = number(((struct entry *)(buffer + at))->name);
            if (fd < first || fd == list) continue;
            if (on_exec) fcntl(fd, F_SETFD, FD_CLOEXEC);
            else close(fd);
        }
    }
    close(list);
    return length < 0 ? -1 : 0;
}

int csys_close_from(int first, bool on_exec) {
    // The call is in Linux 5.9, its flag in 5.11.
    if (syscall(SYS_close_range, (unsigned)first, ~0U, on_exec ? CLOSE_RANGE_CLOEXEC : 0) == 0) return 0;
    return errno == ENOSYS || errno == EINVAL ? close_listed(first, on_exec) : -1;
}
