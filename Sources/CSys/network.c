// Sockets of a foreign network namespace. A socket belongs for ever to the namespace that its creator was
// in, so a thread that enters the namespace, makes one, and ends is all that it takes.
#define _GNU_SOURCE
#include "csys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
    int namespace_fd, domain, type, protocol;
    int result;
};

static void *join_and_open(void *argument) {
    struct request *request = argument;
    if (setns(request->namespace_fd, CLONE_NEWNET) != 0) {
        request->result = -errno;
        return NULL;
    }
    int fd = socket(request->domain, request->type | SOCK_CLOEXEC, request->protocol);
    request->result = fd < 0 ? -errno : fd;
    return NULL;
}

static int socket_in(int namespace_fd, int domain, int type, int protocol) {
    struct request request = {namespace_fd, domain, type, protocol, -EAGAIN};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    // No handler may run in a thread that is in the wrong namespace; the new thread inherits the mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, join_and_open, &request);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return request.result;
}

int csys_netlink_socket(int namespace_fd, int timeout_seconds) {
    int fd = socket_in(namespace_fd, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (fd < 0) return fd;
    struct timeval limit = {.tv_sec = timeout_seconds};
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        bind(fd, (struct sockaddr *)&self, sizeof self) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

ssize_t csys_netlink_send(int fd, const void *bytes, size_t count) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent;
    do sent = sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t csys_netlink_receive(int fd, void *bytes, size_t count) {
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t length = sizeof from;
        ssize_t received = recvfrom(fd, bytes, count, MSG_TRUNC, (struct sockaddr *)&from, &length);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return -errno;
        // Another process of the namespace may write to this socket; only the kernel's port id is zero.
        if (from.nl_pid != 0) continue;
        return (size_t)received > count ? -EMSGSIZE : received;
    }
}

int csys_packet_socket(int namespace_fd, int interface_index) {
    // With protocol 0 the socket hears nothing until it is bound to its one interface.
    int fd = socket_in(namespace_fd, AF_PACKET, SOCK_RAW, 0);
    if (fd < 0) return fd;
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface_index};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int csys_loopback_listener(int namespace_fd) {
    int fd = socket_in(namespace_fd, AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return fd;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 128) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int csys_packet_set_buffers(int fd, int size) {
    const int forced[] = {SO_RCVBUFFORCE, SO_SNDBUFFORCE}, plain[] = {SO_RCVBUF, SO_SNDBUF};
    for (int i = 0; i < 2; i++) {
        if (setsockopt(fd, SOL_SOCKET, forced[i], &size, sizeof size) == 0) continue;
        // Without CAP_NET_ADMIN over the namespace: as much as the host's limit gives.
        if (setsockopt(fd, SOL_SOCKET, plain[i], &size, sizeof size) != 0) return -errno;
    }
    return 0;
}

int csys_packet_segmentation_offload(int fd, const char *interface) {
    struct ethtool_value value = {.cmd = ETHTOOL_GGSO};
    struct ifreq request = {.ifr_data = (void *)&value};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    if (ioctl(fd, SIOCETHTOOL, &request) != 0) return errno == EOPNOTSUPP ? 0 : -errno;
    return value.data != 0;
}

int csys_packet_enable_header(int fd) {
    int on = 1;
    return setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0 ? 0 : -errno;
}
