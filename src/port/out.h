// SPDX-License-Identifier: MIT
//
// What a miniport must write: filled with a pattern before it is asked, so that what it forgot can be told. Windows'
// callers give what happens to be there.
#ifndef PORTSIDE_PORT_OUT_H
#define PORTSIDE_PORT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { OUT_PATTERN = 0xA5 };

static inline void out_spoil(void *out, size_t bytes)
{
    memset(out, OUT_PATTERN, bytes);
}

// Whether nobody wrote there; it is zero then. Two bytes at least: fewer may have the pattern's value.
static inline bool out_forgotten(void *out, size_t bytes)
{
    const unsigned char *at = out;

    for (size_t i = 0; i < bytes; i++)
        if (at[i] != OUT_PATTERN)
            return false;
    memset(out, 0, bytes);
    return true;
}

#define OUT_FORGOTTEN(object) out_forgotten(&(object), sizeof(object))

#endif
