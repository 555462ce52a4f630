#include "fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *const names[] = {
    [FAULT_FAIL] = "fail", [FAULT_EXIT] = "exit",   [FAULT_DIE] = "die",         [FAULT_HANG] = "hang",
    [FAULT_STOP] = "stop", [FAULT_CLOSE] = "close", [FAULT_CUT] = "cut",         [FAULT_GARBAGE] = "garbage",
    [FAULT_MUTE] = "mute", [FAULT_DELAY] = "delay", [FAULT_ENDLESS] = "endless",
};

// ";STEP=FAULT;STEP=FAULT;"
static char plan[1024];

void faults_read(const char *spec) {
    const char *key = "\"fake-runsc\":\"", *start = strstr(spec, key);
    if (!start) return;
    start += strlen(key);
    snprintf(plan, sizeof plan, ";%.*s;", (int)strcspn(start, "\""), start);
}

enum fault fault_at(const char *step) {
    char key[128];
    int length = snprintf(key, sizeof key, ";%s=", step);
    const char *found = strstr(plan, key);
    if (!found) return FAULT_NONE;
    found += length;
    size_t count = strcspn(found, ";");
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == count && strncmp(names[i], found, count) == 0) return (enum fault)i;
    fprintf(stderr, "fake-runsc: %s: no such fault\n", found);
    abort();
}

void fault_process(enum fault fault, const char *step) {
    // For tests to see, in /proc/PID/task/TID/comm, that it has come to this; at most 15 characters.
    if (fault != FAULT_NONE) prctl(PR_SET_NAME, step);
    switch (fault) {
    case FAULT_EXIT:
        fprintf(stderr, "panic: fake-runsc: panic at %s\ngoroutine 1 [running]:\n", step);
        _exit(2);
    case FAULT_DIE:
        fprintf(stderr, "fake-runsc: dies at %s\n", step);
        raise(SIGKILL);
        break;
    case FAULT_STOP:
        fprintf(stderr, "fake-runsc: stops at %s\n", step);
        raise(SIGSTOP);
        break;
    case FAULT_HANG:
        fprintf(stderr, "fake-runsc: hangs at %s\n", step);
        for (;;) pause();
    case FAULT_DELAY: usleep(300000); break;
    default: break;
    }
}

enum fault fault_commit(const char *step) {
    enum fault fault = fault_at(step);
    if (fault == FAULT_FAIL) {
        fprintf(stderr, "fake-runsc: failed at %s\n", step);
        _exit(1);
    }
    fault_process(fault, step);
    return fault == FAULT_CLOSE ? FAULT_CLOSE : FAULT_NONE;
}
