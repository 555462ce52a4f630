// The Sentry's side of the control socket: containers and processes that exist only as entries of a table.
#pragma once

// Serves the control socket until the root container ends, and then ends the process with its exit code.
_Noreturn void sentry_serve(int listener, const char *root);
