// What goes wrong, and where: "STEP=FAULT;STEP=FAULT" in the annotation "fake-runsc" of the container.
#pragma once

enum fault {
    FAULT_NONE,
    FAULT_FAIL,    // says why and ends with 1; of a call: answers with an error
    FAULT_EXIT,    // panics: says so, ends with 2
    FAULT_DIE,     // is killed by SIGKILL, as by the kernel when memory is out
    FAULT_HANG,    // neither goes on nor answers
    FAULT_STOP,    // is stopped as a whole by SIGSTOP
    FAULT_CLOSE,   // closes the connection, or the start-sync pipe, without a word
    FAULT_CUT,     // answers half, then closes
    FAULT_GARBAGE, // answers what is no answer
    FAULT_ENDLESS, // answers without an end
    FAULT_MUTE,    // does what it was told, and does not answer
    FAULT_DELAY,   // takes 300 ms
};

// Reads the faults from a config.json; the rest of it does not matter here.
void faults_read(const char *spec);

// The fault of one step.
enum fault fault_at(const char *step);

// Commits the fault of a step that is no call. Returns only if the step goes on, and then what of it is left to the
// caller: FAULT_CLOSE or FAULT_NONE.
enum fault fault_commit(const char *step);

// Commits one that ends, stops or delays the process, wherever it happens; returns if it goes on.
void fault_process(enum fault fault, const char *step);
