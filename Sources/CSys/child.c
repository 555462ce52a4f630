#include "csys.h"
int csys_placeholder;
