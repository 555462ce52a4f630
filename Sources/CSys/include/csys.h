#ifndef CSYS_H
#define CSYS_H

// What Swift cannot do for itself:
//  1. run anything between clone and exec: the child may only call async-signal-safe functions, and the
//     Swift runtime is not. So the launcher writes down what the child has to do as a list of steps, and
//     the code here walks the list;
//  2. call functions that Swift does not import because they are variadic or macros.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum csys_step_kind {
    CSYS_AWAIT,          // read one byte from fd: the parent has done its part; a = the other end of the pipe, which
                         // the child has as well, and closes, so that the end of the parent ends the wait
    CSYS_SETNS,          // fd, a = CLONE_NEW* of the namespace
    CSYS_SETSID,
    CSYS_SETCTTY,        // fd = terminal
    CSYS_SETGROUPS_NONE,
    CSYS_SETGID,         // a
    CSYS_SETUID,         // a
    CSYS_BOUNDING,       // a = mask of the capabilities to keep in the bounding set
    CSYS_CAPSET,         // a = effective, b = permitted, c = inheritable
    CSYS_AMBIENT,        // a = mask to raise
    CSYS_NO_NEW_PRIVS,
    CSYS_TIMER_SLACK,    // a = nanoseconds
    CSYS_RLIMIT,         // a = resource, b = soft, c = hard
    CSYS_WRITE,          // fd, s1 = text
    CSYS_MKDIR,          // s1 = path, a = mode; an existing directory is fine
    CSYS_SYMLINK,        // s1 = target, s2 = path
    CSYS_MOUNT,          // s1 = source, s2 = target, s3 = type, s4 = data, a = flags
    CSYS_BIND_IN_ROOT,   // s1 = source, s2 = root, s3 = place below the root that no link leads out of,
                         // a = mount(2) flags, b = propagation or 0
    CSYS_UMOUNT,         // s1 = target, a = flags
    CSYS_PIVOT_ROOT,     // s1 = new root, s2 = where the old one goes
    CSYS_CHDIR,          // s1
    CSYS_UNMOUNT_ON_BYTE,  // fd = read end of a pipe: fork a process that waits for a byte, unmounts s1, exits
};

struct csys_step {
    int32_t kind;
    int32_t fd;
    int32_t optional;    // a failure is passed over
    uint64_t a, b, c;
    const char *_Nullable s1;
    const char *_Nullable s2;
    const char *_Nullable s3;
    const char *_Nullable s4;
};

struct csys_child {
    uint64_t clone_flags;               // CLONE_NEW*
    int32_t cgroup_fd;                  // CLONE_INTO_CGROUP, or -1
    const int32_t *_Nullable join_fds;  // namespaces that the clone happens in
    size_t join_count;
    const struct csys_step *_Nullable steps;
    size_t step_count;
    int32_t *_Nonnull descriptors;      // become 0, 1, 2 … of the program; nothing else is left open
    size_t descriptor_count;
    int32_t exec_fd;                    // the program; run with execveat(AT_EMPTY_PATH)
    const char *_Nullable exec_path;    // or by its path: the interpreter of a script cannot open exec_fd
    char *_Nullable const *_Nonnull argv;
    char *_Nullable const *_Nonnull envp;
    int32_t error_fd;                   // close-on-exec write end of a pipe, gets a csys_failure
};

// What the child writes to error_fd when it cannot go on. `step` counts the steps; step_count stands for
// the descriptors, step_count + 1 for exec.
struct csys_failure {
    int32_t step;
    int32_t error;
};

// Starts a child as `child` says. Returns its pid and, in `pidfd`, a close-on-exec pidfd; or -errno, with
// the failing index of join_fds in `failed_join` (or -1).
pid_t csys_spawn(const struct csys_child *_Nonnull child, int *_Nonnull pidfd, int *_Nonnull failed_join);

// Has a child that has not executed its program yet be registered for private expedited membarrier(2) as soon as it does;
// returns once that is under way: 0, or -errno, and the child is left alone. Whoever reaps the child still does.
int csys_register_membarrier_at_exec(pid_t pid);

// The text of an error number, valid for ever.
const char *_Nullable csys_error_text(int error);
int csys_pidfd_open(pid_t pid);
int csys_pidfd_send_signal(int pidfd, int signo);
int csys_thread_send_signal(pid_t pid, pid_t thread, int signo);
// The processor time that a process has used, in nanoseconds; or -errno.
int64_t csys_processor_time(pid_t pid);
// As waitid(P_PIDFD, WEXITED): the raw wait status, or -errno.
int csys_pidfd_wait(int pidfd, int *_Nonnull status);
int csys_ioctl_int(int fd, unsigned long request, int value);
int csys_ioctl_ptr(int fd, unsigned long request, void *_Nonnull argument);
int csys_fcntl(int fd, int command, int value);
int csys_pipe(int *_Nonnull ends);      // close-on-exec
int csys_accept(int listener);          // close-on-exec, non-blocking
int csys_peer_uid(int socket, uint32_t *_Nonnull uid);
int csys_file_system_type(const char *_Nonnull path, uint32_t *_Nonnull type);
int csys_openat2(int dirfd, const char *_Nonnull path, uint64_t flags, uint64_t mode, uint64_t resolve);
int csys_open(const char *_Nonnull path, int flags, unsigned int mode);
int csys_memfd_create(const char *_Nonnull name, unsigned int flags);
int csys_prctl(int option, unsigned long argument);

// What a descriptor is watched for, and what it is ready for; CSYS_READABLE and CSYS_WRITABLE both stand for its end too.
enum { CSYS_READABLE = 1, CSYS_WRITABLE = 2 };
int csys_epoll_create(void);            // close-on-exec
// Watches a descriptor for one event; further ones take another csys_epoll_rearm.
int csys_epoll_add(int epoll, int fd, int ready, uint64_t token);
int csys_epoll_rearm(int epoll, int fd, int ready, uint64_t token);
int csys_epoll_remove(int epoll, int fd);
// Makes a descriptor by which csys_wake ends a wait with an event of this token, and without having to be read.
int csys_epoll_add_waker(int epoll, uint64_t token);
void csys_wake(int waker);
// Waits for events; at most `count`, and at most 64; `timeout` in milliseconds, -1 for none.
int csys_epoll_wait(int epoll, uint64_t *_Nonnull tokens, int *_Nonnull ready, int count, int timeout);

// The number of a capability's name, or -1; how many the kernel knows; the calling thread's effective set (or -errno).
int csys_capability_number(const char *_Nonnull name);
int csys_capability_count(void);
int csys_effective_capabilities(uint64_t *_Nonnull set);

// One message with descriptors. Returns the bytes sent, or -errno.
ssize_t csys_send_fds(int socket, const void *_Nullable bytes, size_t count, const int *_Nullable fds, size_t fd_count);
// One message with up to *fd_count descriptors, close-on-exec; *fd_count becomes what came. Returns the bytes
// received, 0 at the end, or -errno; -EMSGSIZE when descriptors had to be dropped.
ssize_t csys_receive_fds(int socket, void *_Nonnull bytes, size_t count, int *_Nonnull fds, size_t *_Nonnull fd_count);

// Sockets of another network namespace, made on a thread of their own; all return the close-on-exec descriptor
// or -errno. The netlink socket is NETLINK_ROUTE, its waits bounded; the packet socket is raw, bound to one interface.
int csys_netlink_socket(int namespace_fd, int timeout_seconds);
int csys_packet_socket(int namespace_fd, int interface_index);
// One that listens at some port of 127.0.0.1 in the namespace; csys_steer_loopback leads the connections to all other ports
// to it, for as long as the descriptor that it returns is open (or -errno).
int csys_loopback_listener(int namespace_fd);
int csys_steer_loopback(int namespace_fd, int listener);
// The port of a TCP socket's own end, or -errno.
int csys_local_port(int socket);
// One datagram to the kernel, and one from it. Bytes, or -errno; -EMSGSIZE when `count` was too small.
ssize_t csys_netlink_send(int fd, const void *_Nonnull bytes, size_t count);
ssize_t csys_netlink_receive(int fd, void *_Nonnull bytes, size_t count);
// 0, or -errno.
int csys_packet_set_buffers(int fd, int size);
int csys_packet_enable_header(int fd);
// Whether the interface does generic segmentation offload: 0, 1, or -errno.
int csys_packet_segmentation_offload(int fd, const char *_Nonnull interface);
// mount(2) in a thread whose working directory is `dirfd`, for relative paths in `data`; -errno on failure.
int csys_mount_in(int dirfd, const char *_Nullable source, const char *_Nonnull target, const char *_Nullable type,
                  unsigned long flags, const char *_Nullable data);
// A descriptor of a detached copy of the mount at a path; -1 and errno.
int csys_open_tree(const char *_Nonnull path, int recursive);
// Gives the calling process group a core scheduling cookie of its own.
int csys_core_scheduling_group(void);
// The ELF file of a program that does nothing (pause.S), and its size.
const void *_Nonnull csys_pause_program(size_t *_Nonnull size);

#endif
