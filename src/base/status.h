// SPDX-License-Identifier: MIT
//
// The one converter between NTSTATUS (driver side) and negative errno (host side), and names for both.
#ifndef PORTSIDE_BASE_STATUS_H
#define PORTSIDE_BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

// 0 for any success status; -EIO for a failure without a closer errno.
int status_to_errno(int32_t status);

// STATUS_SUCCESS for >= 0; STATUS_UNSUCCESSFUL for an errno without a closer status.
int32_t status_from_errno(int error);

// "STATUS_NOT_FOUND", or "0xc0000123" in a static per-thread buffer for an unknown one.
const char *status_name(int32_t status);

// The way back; false for a name that is not known here.
bool status_from_name(const char *name, int32_t *out);

#endif
