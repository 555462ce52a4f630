// A stand-in for the 2024 runsc that does nothing, and fails where it is told to.
//
// It plays `--version`, `help boot`, `help gofer`, `flags`, `gofer` and `boot` as far as the launcher can see. What goes
// wrong it reads in the container's annotation "fake-runsc" (fault.h). The four questions, which have no container, take
// their fault from the file "probe" beside the program: fail, hang, garbage. To be linked statically: it runs in a root
// without libraries.

#define _GNU_SOURCE
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"
#include "sentry.h"

static const char version_text[] = {
#embed "../../Tests/RuntimeTests/Golden/r24-version.txt"
    , 0};
static const char boot_text[] = {
#embed "../../Tests/RuntimeTests/Golden/r24-help-boot.txt"
    , 0};
static const char gofer_text[] = {
#embed "../../Tests/RuntimeTests/Golden/r24-help-gofer.txt"
    , 0};
static const char flags_text[] = {
#embed "../../Tests/RuntimeTests/Golden/r24-flags.txt"
    , 0};

static char **flags;

// The next value of "--NAME=VALUE" from *position on, -1 when there is none.
static int descriptor_flag(const char *name, int *position) {
    size_t length = strlen(name);
    for (int i = *position; flags[i]; i++) {
        if (strncmp(flags[i], "--", 2) != 0 || strncmp(flags[i] + 2, name, length) != 0) continue;
        if (flags[i][2 + length] != '=') continue;
        *position = i + 1;
        return atoi(flags[i] + 3 + length);
    }
    return -1;
}

static int descriptor(const char *name) {
    int position = 0;
    return descriptor_flag(name, &position);
}

static void read_spec(void) {
    static char text[1 << 20];
    ssize_t length = pread(descriptor("spec-fd"), text, sizeof text - 1, 0);
    if (length > 0) faults_read(text);
}

// As the real ones give up /proc; the child that does it ends.
static void give_up_proc(void) {
    int sync = descriptor("proc-mount-sync-fd");
    if (sync >= 0 && write(sync, "", 1) == 1) close(sync);
}

static int gofer(void) {
    read_spec();
    fault_commit("gofer");
    give_up_proc();
    int mounts = descriptor("mounts-fd");
    if (fault_commit("mounts") == FAULT_NONE && write(mounts, "[]", 2) != 2) return 1;
    close(mounts);
    int position = 0, fd;
    while ((fd = descriptor_flag("io-fds", &position)) >= 0) {
        // Nobody here asks for a file; the end of the connection is the Sentry's end.
        struct pollfd end = {.fd = fd, .events = POLLRDHUP};
        while (poll(&end, 1, -1) < 0) {}
    }
    return 0;
}

static int boot(const char *root) {
    read_spec();
    fault_commit("boot");
    give_up_proc();
    // The real one has these files for its containers; here nobody writes to them.
    int position = 0, fd;
    while ((fd = descriptor_flag("stdio-fds", &position)) >= 0) close(fd);
    int listener = descriptor("controller-fd"), sync = descriptor("start-sync-fd");
    if (listen(listener, 16) != 0) return 1;
    if (fault_commit("ready") == FAULT_CLOSE) {
        close(sync);
        for (;;) pause();
    }
    if (write(sync, "", 1) != 1) return 1;
    close(sync);
    fault_commit("serve");
    sentry_serve(listener, root);
}

static int tell(const char *text) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "probe");
    if (length > 0) {
        path[length] = 0;
        strcpy(strrchr(path, '/') + 1, "probe");
        FILE *file = fopen(path, "r");
        char fault[16] = "";
        if (file && !fgets(fault, sizeof fault, file)) fault[0] = 0;
        if (file) fclose(file);
        if (strcmp(fault, "fail") == 0) return fputs("fake-runsc: cannot tell\n", stderr), 1;
        if (strcmp(fault, "garbage") == 0) text = "\x7f\xff no such text";
        if (strcmp(fault, "hang") == 0) for (;;) pause();
    }
    fputs(text, stdout);
    return 0;
}

int main(int argc, char **argv) {
    flags = argv + 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--version") == 0) return tell(version_text);
        if (argv[i][0] == '-') continue;
        if (strcmp(argv[i], "help") == 0 && i + 1 < argc)
            return tell(strcmp(argv[i + 1], "boot") == 0 ? boot_text : gofer_text);
        if (strcmp(argv[i], "flags") == 0) return tell(flags_text);
        if (strcmp(argv[i], "gofer") == 0) return gofer();
        if (strcmp(argv[i], "boot") == 0) return boot(argv[argc - 1]);
    }
    fputs("fake-runsc: no command that it plays\n", stderr);
    return 128;
}
