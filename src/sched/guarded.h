// SPDX-License-Identifier: MIT
//
// Memory that somebody else named, at an address that may be anything: a client's buffers. While a system runs, a
// fault in guarded_copy comes back as false instead of halting the system (trap.c).
#ifndef PORTSIDE_SCHED_GUARDED_H
#define PORTSIDE_SCHED_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

// False: a byte of either side cannot be touched; what came before it may have been copied.
bool guarded_copy(void *to, const void *from, size_t bytes);

// For the trap handler: the instruction that faults, and where to go on after its fault.
extern const char guarded_copy_access[], guarded_copy_fault[];

#endif
