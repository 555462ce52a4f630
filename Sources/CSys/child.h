#ifndef CSYS_CHILD_H
#define CSYS_CHILD_H

#include "csys.h"

// Runs in the child right after clone; ends in the program or in _exit(127).
_Noreturn void csys_run_child(const struct csys_child *child);

#endif
