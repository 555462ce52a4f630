#define _GNU_SOURCE

#include "CTestSupport.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

int ts_limit_descriptors(pid_t pid, unsigned count, unsigned *before) {
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0) return -errno;
    *before = (unsigned)limit.rlim_cur;
    limit.rlim_cur = count;
    return prlimit(pid, RLIMIT_NOFILE, &limit, NULL) < 0 ? -errno : 0;
}
