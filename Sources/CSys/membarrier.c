// Registers a child for membarrier(2) at its exec, on its behalf.
//
// Every Go program with gVisor's Sentry in it registers for private expedited barriers while its packages initialise.
// A process that has threads by then, and a Go program does, waits for an RCU grace period in that call: 5 to 12 ms
// with nothing else to do, for the Sentry and for the gofer. With a single thread the kernel only sets a bit. So the
// call is made when the new program has one thread and has not run an instruction yet: the launcher traces the child
// up to its exec, has it make the call, puts everything back, and lets go. The program's own call then finds itself
// registered. membarrier_register_private_expedited() in kernel/sched/membarrier.c has the cases.
#define _GNU_SOURCE
#include "csys.h"

#include <errno.h>

#if defined(__x86_64__)

#include <elf.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { EXEC_STOP = SIGTRAP | PTRACE_EVENT_EXEC << 8, SYSCALL_STOP = SIGTRAP | 0x80, ENDED = -1 };

// Waits until the child stops, or ends. The end itself is left to be collected by who owns the child.
static int next_stop(pid_t pid) {
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0)
        if (errno != EINTR) return ENDED;
    return info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED ? info.si_status : ENDED;
}

// Lets go of the child; a signal that stopped it, and that nothing was asked of, is delivered.
static void detach(pid_t pid, int stop) {
    long signal = stop > 0 && stop < NSIG && stop != SIGTRAP ? stop : 0;
    ptrace(PTRACE_DETACH, pid, NULL, signal);
}

static bool registers(pid_t pid, enum __ptrace_request request, struct user_regs_struct *values) {
    struct iovec vector = {values, sizeof *values};
    return ptrace(request, pid, NT_PRSTATUS, &vector) == 0;
}

// Has the stopped child run one system call instruction in place of its first, and undoes that. Returns its last stop.
static int call_membarrier(pid_t pid, int stop) {
    const long syscall_instruction = 0x050f, instruction_mask = 0xffff;
    struct user_regs_struct before, call;
    if (!registers(pid, PTRACE_GETREGSET, &before)) return stop;
    errno = 0;
    long text = ptrace(PTRACE_PEEKTEXT, pid, before.rip, NULL);
    if (errno != 0) return stop;
    call = before;
    call.rax = SYS_membarrier;
    call.rdi = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
    call.rsi = call.rdx = 0;
    call.orig_rax = (unsigned long long)-1;
    if (ptrace(PTRACE_POKETEXT, pid, before.rip, (text & ~instruction_mask) | syscall_instruction) != 0) return stop;
    if (registers(pid, PTRACE_SETREGSET, &call) && ptrace(PTRACE_SINGLESTEP, pid, NULL, 0L) == 0)
        stop = next_stop(pid);
    if (stop == ENDED) return stop;
    ptrace(PTRACE_POKETEXT, pid, before.rip, text);
    registers(pid, PTRACE_SETREGSET, &before);
    return stop;
}

struct trace {
    pid_t pid;
    int error;
    sem_t seized;
};

static void *trace_to_exec(void *argument) {
    struct trace *trace = argument;
    pid_t pid = trace->pid;
    // Whatever ends the launcher half way must not leave a program whose first instruction is another.
    long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    int error = ptrace(PTRACE_SEIZE, pid, NULL, options) == 0 ? 0 : errno;
    trace->error = error;
    sem_post(&trace->seized);  // After this the caller goes on, and its `trace` is gone.
    if (error != 0) return NULL;
    int stop = next_stop(pid);
    // At the exec stop the call of exec still has its result to write, over the registers that would be set here.
    if (stop == EXEC_STOP && ptrace(PTRACE_SYSCALL, pid, NULL, 0L) == 0) stop = next_stop(pid);
    if (stop == SYSCALL_STOP) stop = call_membarrier(pid, stop);
    if (stop != ENDED) detach(pid, stop);
    return NULL;
}

int csys_register_membarrier_at_exec(pid_t pid) {
    struct trace trace = {.pid = pid};
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    if (sem_init(&trace.seized, 0, 0) != 0) return -errno;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &attributes, trace_to_exec, &trace);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0) {
        while (sem_wait(&trace.seized) != 0) {}
        error = trace.error;
    }
    sem_destroy(&trace.seized);
    return -error;
}

#else

int csys_register_membarrier_at_exec(pid_t pid) {
    (void)pid;
    return -ENOSYS;
}

#endif
