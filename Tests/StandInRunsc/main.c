// A stand-in for runsc of a release that tests cannot run: it prints what that release prints about itself, and
// as gofer and Sentry writes down how it was started and what it was asked, into "report" beside it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[4096];

static void report(const char *format, ...) {
    char path[4200], line[8192];
    snprintf(path, sizeof path, "%s/report", directory);
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    if (length > (int)sizeof line - 2) length = sizeof line - 2;
    line[length++] = '\n';
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, line, (size_t)length) != length) _exit(90);
    close(fd);
}

static int print(const char *name) {
    char path[4200], buffer[65536];
    snprintf(path, sizeof path, "%s/head-%s.txt", directory, name);
    int fd = open(path, O_RDONLY);
    for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;)
        if (write(1, buffer, (size_t)count) != count) return 91;
    return 0;
}

// The descriptor under a flag's name; ends the process when it is missing or of another kind.
static int descriptor(char **arguments, const char *flag, mode_t kind) {
    for (; *arguments; arguments++) {
        size_t length = strlen(flag);
        if (strncmp(*arguments, "--", 2) != 0 || strncmp(*arguments + 2, flag, length) != 0) continue;
        if ((*arguments)[2 + length] != '=') continue;
        int fd = atoi(*arguments + 3 + length);
        struct stat status;
        if (fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == kind) return fd;
        report("%s: not what it should be", *arguments);
        _exit(92);
    }
    report("no --%s", flag);
    _exit(93);
}

static void report_start(const char *who, char **arguments) {
    report("%s environment:%s%s", who, environ[0] ? " " : "", environ[0] ? environ[0] : "");
    char line[8192] = "";
    for (; *arguments; arguments++) {
        strncat(line, " ", sizeof line - strlen(line) - 1);
        strncat(line, *arguments, sizeof line - strlen(line) - 1);
    }
    report("%s:%s", who, line);
    char open_descriptors[256] = "";
    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            snprintf(open_descriptors + strlen(open_descriptors), 8, " %d", fd);
    report("%s descriptors:%s", who, open_descriptors);
    report("%s pid: %d", who, getpid());
}

// Asks the launcher for a mount; returns what it looks like to us.
static void ask(int rpc, const char *source) {
    char text[8192];
    snprintf(text, sizeof text,
             "{\"method\":\"goferToHostRPC.OpenMount\",\"arg\":{\"Mount\":{\"destination\":\"/data\",\"source\":"
             "\"%s\"},\"Flags\":4096}}",
             source);
    if (write(rpc, text, strlen(text)) < 0) _exit(94);
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t count = recvmsg(rpc, &message, 0);
    if (count < 0) _exit(95);
    text[count] = 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header) {
        report("gofer mount %s: %s", source, text);
        return;
    }
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    report("gofer mount %s: %s", source, faccessat(fd, "file", F_OK, 0) == 0 ? "has the file" : "is empty");
    close(fd);
}

static int gofer(char **arguments) {
    report_start("gofer", arguments);
    char spec[65536];
    ssize_t count = read(descriptor(arguments, "spec-fd", S_IFREG), spec, sizeof spec - 1);
    spec[count < 0 ? 0 : count] = 0;
    int rpc = descriptor(arguments, "rpc-fd", S_IFSOCK);
    int files = descriptor(arguments, "io-fds", S_IFSOCK);
    int mounts = descriptor(arguments, "mounts-fd", S_IFIFO);
    char *source = strstr(spec, "\"test.source\":\"");
    if (source) {
        source += strlen("\"test.source\":\"");
        source[strcspn(source, "\"")] = 0;
        ask(rpc, source);
        ask(rpc, "/etc");
    }
    close(rpc);
    if (write(mounts, "[]", 2) != 2) return 96;
    close(mounts);
    char byte;
    while (read(files, &byte, 1) > 0) {}
    report("gofer: end of its socket");
    return 0;
}

struct call {
    int fd;
    size_t length;
    char text[65536];
};

static int is_whole(const struct call *call) {
    int depth = 0, in_string = 0;
    for (size_t i = 0; i < call->length; i++) {
        char c = call->text[i];
        if (c == '"' && (i == 0 || call->text[i - 1] != '\\')) in_string = !in_string;
        if (in_string) continue;
        depth += (c == '{') - (c == '}');
        if (depth == 0) return 1;
    }
    return 0;
}

static void answer(int fd, const char *result) {
    char text[256];
    int length = snprintf(text, sizeof text, "{\"success\":true,\"err\":\"\",\"result\":%s}", result);
    if (write(fd, text, (size_t)length) != length) _exit(97);
}

static struct call calls[16];

static int serve(int listener) {
    int waiting = -1;
    for (;;) {
        struct pollfd set[17] = {{listener, POLLIN, 0}};
        for (int i = 0; i < 16; i++) set[i + 1] = (struct pollfd){calls[i].fd, POLLIN, 0};
        if (poll(set, 17, -1) < 0) return 98;
        if (set[0].revents) {
            for (int i = 0; i < 16; i++)
                if (calls[i].fd < 0) {
                    calls[i] = (struct call){.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)};
                    break;
                }
        }
        for (int i = 0; i < 16; i++) {
            struct call *call = &calls[i];
            if (call->fd < 0 || !set[i + 1].revents) continue;
            ssize_t count = read(call->fd, call->text + call->length, sizeof call->text - 1 - call->length);
            if (count <= 0) {
                close(call->fd);
                call->fd = -1;
                continue;
            }
            call->length += (size_t)count;
            if (!is_whole(call)) continue;
            call->text[call->length] = 0;
            report("call: %s", call->text);
            if (strstr(call->text, "\"containerManager.Wait\"")) {
                waiting = call->fd;
            } else if (strstr(call->text, "\"containerManager.Signal\"")) {
                answer(call->fd, "{}");
                if (waiting >= 0) answer(waiting, "9");
                return 137;
            } else {
                answer(call->fd, "{}");
            }
            call->length = 0;
        }
    }
}

static int boot(char **arguments) {
    report_start("boot", arguments);
    char text[4096];
    ssize_t count = read(descriptor(arguments, "mounts-fd", S_IFIFO), text, sizeof text);
    report("boot mounts: %.*s", (int)count, text);
    descriptor(arguments, "spec-fd", S_IFREG);
    descriptor(arguments, "io-fds", S_IFSOCK);
    int control = descriptor(arguments, "controller-fd", S_IFSOCK);
    int sync = descriptor(arguments, "start-sync-fd", S_IFIFO);
    for (int i = 0; i < 16; i++) calls[i].fd = -1;
    if (listen(control, 16) != 0 || write(sync, "", 1) != 1) return 99;
    close(sync);
    return serve(control);
}

int main(int count, char **arguments) {
    ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);
    if (length < 0) return 89;
    directory[length] = 0;
    char *slash = strrchr(directory, '/');
    const char *name = slash + 1;
    *slash = 0;
    // The Sentry's own program lies one directory deeper.
    if (strcmp(name, "gvisor_sentry") == 0) *strrchr(directory, '/') = 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--version") == 0) return print("version");
        if (strcmp(arguments[i], "flags") == 0) return print("flags");
        if (strcmp(arguments[i], "help") == 0)
            return print(strcmp(arguments[i + 1], "boot") == 0 ? "help-boot" : "help-gofer");
        if (strcmp(arguments[i], "gofer") == 0) return gofer(arguments + i);
        if (strcmp(arguments[i], "boot") == 0) {
            report("boot program: %s", name);
            return boot(arguments + i);
        }
    }
    return 88;
}
