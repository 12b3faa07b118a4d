// SPDX-License-Identifier: MIT
//
// The formatter behind Windows' printf family and DbgPrint. Any IRQL; allocates nothing.
#ifndef PORTSIDE_KERNEL_PRINTF_H
#define PORTSIDE_KERNEL_PRINTF_H

#include <stdarg.h>

#include "kernel/private.h"

// Takes characters one by one; `wide`: format and plain %s are 16-bit.
struct printf_sink {
    void (*put)(struct printf_sink *sink, WCHAR c);
    bool wide;
};

// Variable arguments of either calling convention.
struct printf_arguments {
    bool ms;
    va_list list;                 // if not ms
    __builtin_ms_va_list ms_list; // if ms
};

// Returns how many characters it put.
size_t printf_format(struct printf_sink *sink, const void *format,
                     struct printf_arguments *arguments);

// As _snprintf: -1 when it did not fit, no terminator when it just did. `limit` in characters.
int printf_to_buffer(void *to, size_t limit, bool wide, const void *format,
                     struct printf_arguments *arguments);

#endif
