/* SPDX-License-Identifier: MIT */
/* Asking for physical addresses as a driver does: one source, compiled as C and as C++ by each compiler there is. */
#ifndef PORTSIDE_TESTS_WAVERT_ADDRESSES_H
#define PORTSIDE_TESTS_WAVERT_ADDRESSES_H

#include <portcls.h>

#ifdef __cplusplus
extern "C" {
#endif

struct address_caller {
    const char *name;
    void (*pages)(PPORTWAVERTSTREAM stream, PMDL mdl, ULONG count, ULONGLONG *out);
    ULONGLONG (*channel)(PDMACHANNEL channel);
};

/* ADDRESS_CALLERS: X(name) for each of them; from the build. */
#define X(name) extern const struct address_caller name;
ADDRESS_CALLERS
#undef X

#ifdef __cplusplus
}
#endif

#endif
