// The answering side of ErrorInjector: lets calls through, and fails one of one program's, or all from one on.

#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

struct ts_injector {
    int socket, end;
    pthread_t thread;
    char program[PATH_MAX];
    pthread_mutex_t lock;  // of all below
    struct ts_injection plan;
    unsigned count;
    char failed[TS_INJECTED_SIZE];
};

enum argument { NONE, DESCRIPTOR, PATH_0, PATH_1 };

static const struct call {
    int number;
    unsigned kind;
    enum argument argument;
    const char *name;
} calls[] = {
    {SYS_write, TS_WRITES, DESCRIPTOR, "write"},
    {SYS_pwrite64, TS_WRITES, DESCRIPTOR, "pwrite"},
    {SYS_rename, TS_WRITES, PATH_0, "rename"},
    {SYS_renameat, TS_WRITES, PATH_1, "rename"},
    {SYS_renameat2, TS_WRITES, PATH_1, "rename"},
    {SYS_mkdir, TS_WRITES, PATH_0, "mkdir"},
    {SYS_mkdirat, TS_WRITES, PATH_1, "mkdir"},
    {SYS_fsync, TS_WRITES, DESCRIPTOR, "fsync"},
    {SYS_fdatasync, TS_WRITES, DESCRIPTOR, "fdatasync"},
    {SYS_ftruncate, TS_WRITES, DESCRIPTOR, "ftruncate"},
    {SYS_fchmod, TS_WRITES, DESCRIPTOR, "fchmod"},
    {SYS_chmod, TS_WRITES, PATH_0, "chmod"},
    {SYS_fchmodat, TS_WRITES, PATH_1, "chmod"},
    {SYS_symlink, TS_WRITES, PATH_1, "symlink"},
    {SYS_memfd_create, TS_WRITES, PATH_0, "memfd_create"},
    {SYS_mount, TS_MOUNTS, PATH_1, "mount"},
    {SYS_open_tree, TS_MOUNTS, PATH_1, "open_tree"},
    {SYS_move_mount, TS_MOUNTS, NONE, "move_mount"},
    {SYS_mount_setattr, TS_MOUNTS | TS_MOUNT_SETATTR, NONE, "mount_setattr"},
    {SYS_close_range, TS_CLOSE_RANGE, NONE, "close_range"},
    {SYS_execveat, TS_EXECVEAT, NONE, "execveat"},
    {SYS_flock, TS_READS, DESCRIPTOR, "flock"},
    {SYS_unlink, TS_REMOVALS, PATH_0, "unlink"},
    {SYS_unlinkat, TS_REMOVALS, PATH_1, "unlink"},
    {SYS_rmdir, TS_REMOVALS, PATH_0, "rmdir"},
    {SYS_umount2, TS_REMOVALS, PATH_0, "umount"},
};

static bool is_program(const struct ts_injector *self, pid_t thread) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/%d/exe", thread);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = 0;
    return strcmp(path, self->program) == 0;
}

// What a call is about: a path, or that of a descriptor. False for a descriptor of what is no file: the program's own
// sockets and pipes do not fail.
static bool describe(const struct seccomp_notif *call, enum argument argument, char *subject, size_t size) {
    subject[0] = 0;
    if (argument == NONE) return true;
    if (argument == DESCRIPTOR) {
        char name[64];
        snprintf(name, sizeof name, "/proc/%d/fd/%d", call->pid, (int)call->data.args[0]);
        struct stat status;
        if (stat(name, &status) != 0 || !S_ISREG(status.st_mode)) return false;
        ssize_t length = readlink(name, subject, size - 1);
        subject[length < 0 ? 0 : length] = 0;
        return length > 0;
    }
    uint64_t address = call->data.args[argument == PATH_1 ? 1 : 0];
    // To the end of the page at most: the next one need not be there.
    size_t rest = 4096 - address % 4096, first = rest < size - 1 ? rest : size - 1;
    struct iovec here = {subject, first}, there = {(void *)address, first};
    ssize_t length = process_vm_readv((pid_t)call->pid, &here, 1, &there, 1, 0);
    subject[length < 0 ? 0 : length] = 0;
    if (length == (ssize_t)first && strlen(subject) == first && first < size - 1) {
        here = (struct iovec){subject + first, size - 1 - first};
        there = (struct iovec){(void *)(address + first), size - 1 - first};
        length = process_vm_readv((pid_t)call->pid, &here, 1, &there, 1, 0);
        subject[first + (length < 0 ? 0 : (size_t)length)] = 0;
    }
    return true;
}

static bool matches(struct ts_injector *self, const struct seccomp_notif *request, char *text) {
    struct call call = {SYS_openat, 0, PATH_1, "open"};
    if (request->data.nr == SYS_openat) {
        bool writes = (request->data.args[2] & (O_ACCMODE | O_CREAT)) != 0;
        call.kind = writes ? TS_WRITES : TS_READS;
    } else {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
            if (calls[i].number == request->data.nr) call = calls[i];
    }
    if (!(call.kind & self->plan.kinds) || !is_program(self, (pid_t)request->pid)) return false;
    char subject[TS_INJECTED_SIZE - 32];
    if (!describe(request, call.argument, subject, sizeof subject)) return false;
    snprintf(text, TS_INJECTED_SIZE, "%s %s", call.name, subject);
    return true;
}

static void answer(struct ts_injector *self, int listener) {
    // The kernel may have a larger structure than the headers; it wants zeros.
    static _Thread_local union {
        struct seccomp_notif request;
        char room[1024];
    } in;
    static _Thread_local union {
        struct seccomp_notif_resp response;
        char room[1024];
    } out;
    memset(&in, 0, sizeof in);
    memset(&out, 0, sizeof out);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in) != 0) return;
    out.response.id = in.request.id;
    out.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    pthread_mutex_lock(&self->lock);
    char text[TS_INJECTED_SIZE];
    if (self->plan.kinds != 0 && matches(self, &in.request, text)) {
        unsigned number = ++self->count, nth = self->plan.nth;
        if (nth != 0 && (self->plan.lasting ? number >= nth : number == nth)) {
            if (self->plan.victim != 0) {
                kill(self->plan.victim > 0 ? self->plan.victim : (pid_t)in.request.pid, SIGKILL);
            } else {
                out.response.flags = 0;
                out.response.error = -self->plan.error;
            }
            if (self->failed[0] == 0) strcpy(self->failed, text);
        }
    }
    pthread_mutex_unlock(&self->lock);
    // Whoever asked may be gone by now.
    int ignored = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out);
    (void)ignored;
}

static int receive_descriptor(int socket) {
    int connection = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) return -1;
    char byte;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    ssize_t count = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    close(connection);
    int descriptor = -1;
    if (count == 1 && message.msg_controllen >= CMSG_LEN(sizeof(int)))
        memcpy(&descriptor, CMSG_DATA(&control.header), sizeof(int));
    return descriptor;
}

static void *serve(void *argument) {
    struct ts_injector *self = argument;
    int listener = -1;
    for (;;) {
        struct pollfd events[] = {
            {.fd = self->end, .events = POLLIN},
            {.fd = listener < 0 ? self->socket : -1, .events = POLLIN},
            {.fd = listener, .events = POLLIN},
        };
        if (poll(events, 3, -1) < 0) continue;
        if (events[0].revents) break;
        if (events[1].revents) listener = receive_descriptor(self->socket);
        if (events[2].revents & POLLIN) answer(self, listener);
        else if (events[2].revents) {
            // All who have the filter are gone.
            close(listener);
            listener = -1;
        }
    }
    if (listener >= 0) close(listener);
    return NULL;
}

struct ts_injector *ts_injector_start(const char *path, const char *program) {
    struct ts_injector *self = calloc(1, sizeof *self);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!self || strlen(path) >= sizeof address.sun_path || !realpath(program, self->program)) return NULL;
    strcpy(address.sun_path, path);
    pthread_mutex_init(&self->lock, NULL);
    self->end = eventfd(0, EFD_CLOEXEC);
    self->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(self->socket, (struct sockaddr *)&address, sizeof address) != 0 || listen(self->socket, 4) != 0 ||
        pthread_create(&self->thread, NULL, serve, self) != 0)
        return NULL;
    return self;
}

void ts_injector_arm(struct ts_injector *self, struct ts_injection plan) {
    pthread_mutex_lock(&self->lock);
    self->plan = plan;
    self->count = 0;
    self->failed[0] = 0;
    pthread_mutex_unlock(&self->lock);
}

unsigned ts_injector_disarm(struct ts_injector *self, char failed[TS_INJECTED_SIZE]) {
    pthread_mutex_lock(&self->lock);
    self->plan.kinds = 0;
    strcpy(failed, self->failed);
    unsigned count = self->count;
    pthread_mutex_unlock(&self->lock);
    return count;
}

void ts_injector_stop(struct ts_injector *self) {
    uint64_t one = 1;
    ssize_t ignored = write(self->end, &one, sizeof one);
    (void)ignored;
    pthread_join(self->thread, NULL);
    close(self->socket);
    close(self->end);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
