// SPDX-License-Identifier: MIT
//
// The export list: every function that Portside offers drivers, from src/loader/exports.def. The same
// list makes the version script of libportside.
#ifndef PORTSIDE_LOADER_EXPORTS_H
#define PORTSIDE_LOADER_EXPORTS_H

#include <stdbool.h>

enum export_state { EXPORT_UNKNOWN, EXPORT_MISSING, EXPORT_STUB, EXPORT_IMPLEMENTED };

enum export_state export_state(const char *name);
// The Windows module that a listed name belongs to; NULL: no such name.
const char *export_module(const char *name);

// A symbol that a driver may take from the C library or its own run time.
bool export_is_runtime(const char *name);

#endif
