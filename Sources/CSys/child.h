#ifndef CSYS_CHILD_H
#define CSYS_CHILD_H

#include <stdbool.h>

#include "csys.h"

// Runs in the child right after clone; ends in the program or in _exit(127).
_Noreturn void csys_run_child(const struct csys_child *child);

// Closes all descriptors from this one on, now or when a program is executed.
int csys_close_from(int first, bool on_exec);

#endif
