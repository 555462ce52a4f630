// Calls that glibc does not wrap or that Swift cannot import, each a few lines.
#define _GNU_SOURCE
#include "csys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 253 };  // SCM_MAX_FD of the kernel

const char *csys_error_text(int error) { return strerrordesc_np(error); }
int csys_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }
int csys_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }
int csys_peer_uid(int socket, uint32_t *uid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *uid = credentials.uid;
    return 0;
}

int csys_file_system_type(const char *path, uint32_t *type) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    *type = (uint32_t)status.f_type;
    return 0;
}

int csys_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int csys_pidfd_send_signal(int pidfd, int signo) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

int csys_thread_send_signal(pid_t pid, pid_t thread, int signo) {
    return (int)syscall(SYS_tgkill, pid, thread, signo);
}

int64_t csys_processor_time(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    int error = clock_getcpuclockid(pid, &clock);
    if (error != 0) return -error;
    if (clock_gettime(clock, &time) != 0) return -errno;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int csys_pidfd_wait(int pidfd, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0)
        if (errno != EINTR) return -errno;
    *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
    return 0;
}

int csys_ioctl_int(int fd, unsigned long request, int value) { return ioctl(fd, request, value); }
int csys_ioctl_ptr(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int csys_fcntl(int fd, int command, int value) { return fcntl(fd, command, value); }
int csys_open(const char *path, int flags, unsigned int mode) { return open(path, flags, mode); }
int csys_memfd_create(const char *name, unsigned int flags) { return memfd_create(name, flags); }
int csys_prctl(int option, unsigned long argument) { return prctl(option, argument, 0UL, 0UL, 0UL); }

int csys_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int epoll_control(int epoll, int operation, int fd, int ready, uint64_t token) {
    struct epoll_event event = { .events = EPOLLONESHOT, .data.u64 = token };
    if (ready & CSYS_READABLE) event.events |= EPOLLIN | EPOLLRDHUP;
    if (ready & CSYS_WRITABLE) event.events |= EPOLLOUT;
    return epoll_ctl(epoll, operation, fd, &event);
}

int csys_epoll_add(int epoll, int fd, int ready, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_ADD, fd, ready, token);
}

int csys_epoll_rearm(int epoll, int fd, int ready, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_MOD, fd, ready, token);
}

int csys_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int csys_epoll_add_waker(int epoll, uint64_t token) {
    struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = token };
    int waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waker < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, waker, &event) == 0) return waker;
    int error = errno;
    close(waker);
    errno = error;
    return -1;
}

void csys_wake(int waker) { (void)eventfd_write(waker, 1); }

int csys_epoll_wait(int epoll, uint64_t *tokens, int *ready, int count, int timeout) {
    struct epoll_event events[64];
    int found = epoll_wait(epoll, events, count < 64 ? count : 64, timeout);
    for (int i = 0; i < found; i++) {
        uint32_t event = events[i].events;
        tokens[i] = events[i].data.u64;
        ready[i] = (event & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) ? CSYS_READABLE : 0) |
                   (event & (EPOLLOUT | EPOLLHUP | EPOLLERR) ? CSYS_WRITABLE : 0);
    }
    return found;
}

int csys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {flags, mode, resolve};
    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

ssize_t csys_send_fds(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * MAX_FDS)];
    } control;
    if (fd_count > MAX_FDS) return -EINVAL;
    struct iovec vector = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t csys_receive_fds(int socket, void *bytes, size_t count, int *fds, size_t *fd_count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * MAX_FDS)];
    } control;
    struct iovec vector = {bytes, count};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    size_t room = *fd_count, found = 0;
    *fd_count = 0;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    int dropped = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            if (found < room) fds[found++] = fd;
            else { close(fd); dropped = 1; }
        }
    }
    *fd_count = found;
    return dropped ? -EMSGSIZE : received;
}

extern const unsigned char csys_pause_begin[], csys_pause_end[];

const void *csys_pause_program(size_t *size) {
    *size = (size_t)(csys_pause_end - csys_pause_begin);
    return csys_pause_begin;
}
