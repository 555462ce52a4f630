// Capability names and sets, by libcap.
#include "csys.h"

#include <errno.h>
#include <sys/capability.h>

int csys_capability_number(const char *name) {
    cap_value_t value;
    return cap_from_name(name, &value) == 0 ? (int)value : -1;
}

int csys_capability_count(void) { return (int)cap_max_bits(); }

int csys_effective_capabilities(uint64_t *set) {
    cap_t caps = cap_get_proc();
    if (!caps) return -errno;
    *set = 0;
    int count = csys_capability_count();
    for (int cap = 0; cap < count; cap++) {
        cap_flag_value_t value;
        if (cap_get_flag(caps, cap, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET) *set |= 1ULL << cap;
    }
    cap_free(caps);
    return 0;
}
