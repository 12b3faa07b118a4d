// SPDX-License-Identifier: MIT
//
// Code addresses in words that mean the same in every process: "ac97.so+0x1234". Used only when
// something is reported; from a signal handler, too.
#ifndef PORTSIDE_BASE_SITE_H
#define PORTSIDE_BASE_SITE_H

#include <stddef.h>

// Writes at most `size` bytes, always terminated; "unknown code" if no image holds the address.
void site_describe(const void *address, char *text, size_t size);

#endif
