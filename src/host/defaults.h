// SPDX-License-Identifier: MIT
//
// The INF file beside a driver, and its values in the registry (defaults.c).
#ifndef PORTSIDE_HOST_DEFAULTS_H
#define PORTSIDE_HOST_DEFAULTS_H

#include "kernel/kernel.h"
#include "loader/inf.h"

// The path of the file beside `driver`: 0, -ENOENT.
int defaults_find(const char *driver, char *path, size_t size);
// A file of at most `limit` bytes, malloc'ed. Negative errno; -EFBIG.
int host_read_file(const char *path, size_t limit, char **out, size_t *size);
// Adds the values that are not there yet: of the device at `device` on the bus or, for -1, of the service and the
// machine. As inf_read.
int defaults_apply(struct ps_system *system, const char *service, int device,
                   const char *const *ids, const char *bytes, size_t size, char *error,
                   size_t error_size);

#endif
