// SPDX-License-Identifier: MIT
//
// Controls of nodes, as a client reads and sets them through a filter's handle. On a system thread, PASSIVE_LEVEL.
#ifndef PORTSIDE_HOST_CONTROL_H
#define PORTSIDE_HOST_CONTROL_H

#include "host/graph.h"

// One property of a node, of a channel if the property has channels.
struct control {
    PFILE_OBJECT file; // the filter's
    ULONG node, property;
    LONG channel;
};
NTSTATUS control_get(struct ps_system *system, const struct control *control, LONG *value);
NTSTATUS control_set(struct ps_system *system, const struct control *control, LONG value);
// Opens the filter by its reference string.
NTSTATUS control_open(struct ps_system *system, PDEVICE_OBJECT pdo, const struct ks_filter *filter,
                      PFILE_OBJECT *file);

#endif
