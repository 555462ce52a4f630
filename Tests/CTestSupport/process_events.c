#define _GNU_SOURCE
#include "CTestSupport.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A netlink message of the process connector is a struct nlmsghdr, a struct cn_msg, and what the latter announces.
enum { CONNECTOR = NLMSG_HDRLEN, PAYLOAD = CONNECTOR + sizeof(struct cn_msg), ROOM = PAYLOAD + 256 };

int ts_process_events_open(void) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (fd < 0) return -errno;
    // Room for a burst of forks while the reader is not scheduled; beyond the usual limit, as only root can be here.
    int room = 8 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};

    enum proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    char subscribe[PAYLOAD + sizeof operation];
    struct nlmsghdr netlink = {.nlmsg_len = sizeof subscribe, .nlmsg_type = NLMSG_DONE};
    struct cn_msg connector = {
        .id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
        .len = sizeof operation,
    };
    memcpy(subscribe, &netlink, sizeof netlink);
    memcpy(subscribe + CONNECTOR, &connector, sizeof connector);
    memcpy(subscribe + PAYLOAD, &operation, sizeof operation);

    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || send(fd, subscribe, sizeof subscribe, 0) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int ts_process_events_next(int fd, int timeout_ms, struct ts_process_event *event) {
    memset(event, 0, sizeof *event);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int count = poll(&ready, 1, timeout_ms);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    if (count == 0) return 0;

    char message[ROOM];
    ssize_t length = recv(fd, message, sizeof message, MSG_DONTWAIT);
    if (length < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    struct proc_event process;
    if ((size_t)length < PAYLOAD + sizeof process) return 1;
    memcpy(&process, message + PAYLOAD, sizeof process);

    switch ((unsigned)process.what) {
    case PROC_EVENT_FORK:
        // A new thread has a thread group of its parent: no process.
        if (process.event_data.fork.child_pid != process.event_data.fork.child_tgid) break;
        event->kind = TS_FORK;
        event->pid = process.event_data.fork.child_tgid;
        event->parent = process.event_data.fork.parent_tgid;
        break;
    case PROC_EVENT_EXEC:
        event->kind = TS_EXEC;
        event->pid = process.event_data.exec.process_tgid;
        break;
    case PROC_EVENT_EXIT:
        if (process.event_data.exit.process_pid != process.event_data.exit.process_tgid) break;
        event->kind = TS_EXIT;
        event->pid = process.event_data.exit.process_tgid;
        break;
    default:
        break;
    }
    return 1;
}
