// What the tests need of the kernel and glibc that the Glibc module does not show, because it is declared only under
// _GNU_SOURCE or in <linux/*.h>. Every call returns 0 or a descriptor, or a negated errno.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// What ts_spawn starts. The strings and arrays are the caller's and need live only during the call.
struct ts_spawn_request {
    const char *_Nonnull path;
    char *_Nullable const *_Nonnull argv;
    char *_Nullable const *_Nonnull envp;
    const char *_Nullable directory;  // NULL: the caller's
    const char *_Nullable terminal;   // a pty to make the controlling terminal and descriptors 0, 1, 2
    int fds[3];                       // without a terminal: descriptors 0, 1, 2; -1 is /dev/null
};

// Starts a program as the leader of its own process group (of its own session with a terminal), with default signal
// dispositions, an empty mask, and no descriptor but 0, 1 and 2.
int ts_spawn(const struct ts_spawn_request *_Nonnull request, pid_t *_Nonnull pid, int *_Nonnull pidfd);

// pidfd_open(2), pidfd_send_signal(2).
int ts_pidfd_open(pid_t pid);
int ts_pidfd_signal(int pidfd, int signal);

// Opens the master side of a new pty; name receives the path of the slave.
int ts_pty_open(char *_Nonnull name, size_t size);
int ts_pty_resize(int master, uint16_t rows, uint16_t columns);

enum ts_process_event_kind { TS_OTHER = 0, TS_FORK = 1, TS_EXEC = 2, TS_EXIT = 3 };

struct ts_process_event {
    int32_t kind;    // ts_process_event_kind
    int32_t pid;     // of the process (thread group) that was forked, executed or ended
    int32_t parent;  // TS_FORK only: its parent
};

// Subscribes to the kernel's process events (needs root in the initial namespaces).
int ts_process_events_open(void);

// Waits for the next event, at most timeout_ms. 1: an event; 0: none in time; -ENOBUFS: the kernel dropped some.
int ts_process_events_next(int fd, int timeout_ms, struct ts_process_event *_Nonnull event);

// Gives the calling thread real-time priority, so that it reads /proc before a short-lived process is gone.
int ts_thread_realtime(void);

// Sets how many descriptors a process may have open (RLIMIT_NOFILE, the soft limit), and gives the number before.
int ts_limit_descriptors(pid_t pid, unsigned count, unsigned *_Nonnull before);

// Kinds of calls that an injector fails. Writes are those that make or change a file, also an open that could. The last three
// are calls that older kernels do not have, or not as they are.
enum {
    TS_WRITES = 1,
    TS_MOUNTS = 2,
    TS_READS = 4,
    TS_REMOVALS = 8,
    TS_CLOSE_RANGE = 16,
    TS_MOUNT_SETATTR = 32,
    TS_EXECVEAT = 64,
};
enum { TS_INJECTED_SIZE = 512 };

struct ts_injection {
    unsigned kinds;
    int error;
    unsigned nth;  // the first is 1; with 0 they are only counted
    int lasting;   // not that one alone, but all from it on
    pid_t victim;  // when not 0: nothing fails, this process is killed instead, before the call is made; -1: whose it is
};

// Answers for the calls of what ErrorInjector runs, those of one program alone; everything else goes through. Listens at a
// path for it. NULL when that cannot be.
struct ts_injector *_Nullable ts_injector_start(const char *_Nonnull path, const char *_Nonnull program);

// Begins to count and to fail calls.
void ts_injector_arm(struct ts_injector *_Nonnull injector, struct ts_injection plan);

// Lets everything through again. Gives the number of calls that were counted, and the first that was failed: its name and
// what it was about.
unsigned ts_injector_disarm(struct ts_injector *_Nonnull injector, char *_Nonnull failed);

// To be called when what has the filter has ended: the calls of others would fail then.
void ts_injector_stop(struct ts_injector *_Nonnull injector);
