#include "sentry.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

// A process of a container; the init process of each is the first of its container.
struct process {
    char container[128];
    int pid;
    bool started, ended;
    int status;  // as waitpid(2) has it
};

enum { LIMIT = 256, REQUEST_LIMIT = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct process table[LIMIT];
static int count;

static struct process *find(const char *container, int pid) {
    for (int i = 0; i < count; i++)
        if (strcmp(table[i].container, container) == 0 && (pid == 0 || table[i].pid == pid)) return &table[i];
    return NULL;
}

static struct process *add(const char *container) {
    if (count == LIMIT) abort();
    struct process *process = &table[count];
    *process = (struct process){.pid = ++count};
    snprintf(process->container, sizeof process->container, "%s", container);
    return process;
}

static void end(struct process *process, int status) {
    if (process->ended) return;
    process->ended = true;
    process->status = status;
    pthread_cond_broadcast(&changed);
}

// The text of a string member, wherever it is in the request.
static bool text_of(const char *request, const char *member, char *value, size_t size) {
    char key[64];
    int length = snprintf(key, sizeof key, "\"%s\":\"", member);
    const char *found = strstr(request, key);
    if (!found) return false;
    found += length;
    snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
    return true;
}

static int number_of(const char *request, const char *member) {
    char key[64];
    int length = snprintf(key, sizeof key, "\"%s\":", member);
    const char *found = strstr(request, key);
    return found ? atoi(found + length) : 0;
}

// Does what a method does. Returns an error's text, or NULL with the result written.
static const char *perform(const char *method, const char *request, char *result, size_t size) {
    char id[128] = "";
    if (!text_of(request, "arg", id, sizeof id) && !text_of(request, "CID", id, sizeof id))
        text_of(request, "ContainerID", id, sizeof id);
    snprintf(result, size, "{}");
    struct process *process = find(id, number_of(request, "PID"));
    if (strcmp(method, "CreateSubcontainer") == 0) {
        if (!process) add(id);
    } else if (strcmp(method, "StartRoot") == 0 || strcmp(method, "StartSubcontainer") == 0) {
        if (!process) return "no such container";
        process->started = true;
    } else if (strcmp(method, "ExecuteAsync") == 0) {
        process = add(id);
        process->started = true;
        snprintf(result, size, "%d", process->pid);
    } else if (strcmp(method, "Wait") == 0 || strcmp(method, "WaitPID") == 0) {
        if (!process) return "no such process";
        while (!process->ended) pthread_cond_wait(&changed, &lock);
        snprintf(result, size, "%d", process->status);
    } else if (strcmp(method, "Signal") == 0) {
        if (!process || process->ended || !process->started) return "no such process";
        int signal = number_of(request, "Signo");
        if (signal == SIGKILL || signal == SIGTERM) end(process, signal);
    } else if (strcmp(method, "DestroySubcontainer") == 0) {
        for (int i = 0; i < count; i++)
            if (strcmp(table[i].container, id) == 0) end(&table[i], SIGKILL);
    } else if (strcmp(method, "Processes") == 0) {
        snprintf(result, size, "[{\"uid\":0,\"pid\":%d,\"ppid\":0,\"cmd\":\"fake\"}]", process ? process->pid : 1);
    } else if (strcmp(method, "Event") == 0) {
        snprintf(
            result, size, "{\"event\":{\"type\":\"stats\",\"id\":\"%s\",\"data\":{\"pids\":{\"current\":1}}}}", id);
    }
    return NULL;
}

static bool send_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void answer(int fd, const char *method, const char *request) {
    enum fault fault = fault_at(method);
    char result[1024], text[2048];
    const char *error = NULL;
    if (fault == FAULT_CLOSE) return;
    if (fault == FAULT_FAIL) {
        error = "fake-runsc: failed";
    } else {
        fault_process(fault, method);
        pthread_mutex_lock(&lock);
        error = perform(method, request, result, sizeof result);
        pthread_mutex_unlock(&lock);
    }
    if (fault == FAULT_MUTE) for (;;) pause();
    if (fault == FAULT_GARBAGE) snprintf(text, sizeof text, "]}no answer{[");
    else if (fault == FAULT_ENDLESS) {
        static const char piece[1 << 16] = {[0 ... (1 << 16) - 1] = ' '};
        while (send_all(fd, piece, sizeof piece)) {}
        return;
    } else if (error) snprintf(text, sizeof text, "{\"success\":false,\"err\":\"%s\",\"result\":null}", error);
    else snprintf(text, sizeof text, "{\"success\":true,\"err\":\"\",\"result\":%s}", result);
    send_all(fd, text, fault == FAULT_CUT ? strlen(text) / 2 : strlen(text));
}

// Reads one JSON object, and closes the descriptors that come with it.
static bool receive(int fd, char *request) {
    size_t length = 0;
    int depth = 0;
    bool quoted = false, escaped = false;
    while (length < REQUEST_LIMIT - 1) {
        char control[CMSG_SPACE(128 * sizeof(int))];
        struct iovec part = {request + length, REQUEST_LIMIT - 1 - length};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (got <= 0) return false;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
            for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) close(((int *)CMSG_DATA(c))[i]);
        for (ssize_t i = 0; i < got; i++) {
            char byte = request[length + (size_t)i];
            if (escaped) escaped = false;
            else if (quoted && byte == '\\') escaped = true;
            else if (byte == '"') quoted = !quoted;
            else if (!quoted && byte == '{') depth++;
            else if (!quoted && byte == '}' && --depth == 0) {
                request[length + (size_t)i + 1] = 0;
                return true;
            }
        }
        length += (size_t)got;
    }
    return false;
}

static void *serve(void *argument) {
    int fd = (int)(long)argument;
    char *request = malloc(REQUEST_LIMIT), method[128];
    while (request && receive(fd, request) && text_of(request, "method", method, sizeof method)) {
        const char *dot = strrchr(method, '.');
        const char *name = dot ? dot + 1 : method;
        answer(fd, name, request);
        enum fault fault = fault_at(name);
        if (fault == FAULT_CLOSE || fault == FAULT_CUT || fault == FAULT_ENDLESS) break;
    }
    free(request);
    close(fd);
    return NULL;
}

static void *accept_all(void *argument) {
    int listener = (int)(long)argument;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0) continue;
        if (pthread_create(&thread, NULL, serve, (void *)(long)fd) != 0) abort();
        pthread_detach(thread);
    }
}

_Noreturn void sentry_serve(int listener, const char *root) {
    struct process *init = add(root);
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_all, (void *)(long)listener) != 0) abort();
    pthread_mutex_lock(&lock);
    while (!init->ended) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    // Whoever waits is told first.
    usleep(20000);
    fault_commit("end");
    _exit(init->status & 0x7f ? 128 + (init->status & 0x7f) : init->status >> 8);
}
