// Runs a program whose calls that change files are answered by whoever listens at a socket.
//
//   ErrorInjector SOCKET PROGRAM ARGUMENT...
//
// Installs a seccomp filter with a listener, sends the listener to SOCKET, and executes the program. The filter is that of
// all its descendants, too; which of them it means, and what it answers, is the listener's: CTestSupport's inject.c.

#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static const unsigned calls[] = {
    SYS_write,  SYS_pwrite64, SYS_openat,    SYS_rename,    SYS_renameat,     SYS_renameat2, SYS_mkdir,
    SYS_mkdirat, SYS_fsync,   SYS_fdatasync, SYS_ftruncate, SYS_fchmod,       SYS_chmod,     SYS_fchmodat,
    SYS_symlink, SYS_mount,   SYS_open_tree, SYS_move_mount, SYS_memfd_create, SYS_mount_setattr, SYS_flock,
    SYS_unlink, SYS_unlinkat, SYS_rmdir,     SYS_umount2,   SYS_close_range, SYS_execveat,
};
enum { COUNT = sizeof calls / sizeof *calls };

// Loads the number, compares it with each call, and lets through what is none of them.
static int install(void) {
    struct sock_filter filter[COUNT + 3];
    filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < COUNT; i++)
        filter[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], COUNT - i, 0);
    filter[COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[COUNT + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog program = {.len = COUNT + 3, .filter = filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static int send_descriptor(int socket, int descriptor) {
    char byte = 0;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
    return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc < 3) return fputs("usage: ErrorInjector SOCKET PROGRAM ARGUMENT...\n", stderr), 2;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(argv[1]) >= sizeof address.sun_path) return fputs("the socket's path is too long\n", stderr), 2;
    strcpy(address.sun_path, argv[1]);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) return perror(argv[1]), 1;
    // From here on this process's own messages would wait for an answer, too; hence only the exit status.
    int listener = install();
    if (listener < 0) return 3;
    if (send_descriptor(connection, listener) != 0) return 4;
    execv(argv[2], argv + 2);
    return 5;
}
