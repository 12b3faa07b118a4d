// SPDX-License-Identifier: MIT
//
// Basic support of a node's properties: the ranges that a driver describes, asked for as a mixer
// asks (TP-44..51). On a system thread, PASSIVE_LEVEL.
#ifndef PORTSIDE_HOST_SUPPORT_H
#define PORTSIDE_HOST_SUPPORT_H

#include <stdio.h>

#include "host/graph.h"

// Writes the range that `item` of `node` describes and what is inconsistent in it; nothing if it
// describes none. `open` is the filter's handle.
void support_write(FILE *file, struct ps_system *system, PFILE_OBJECT open, ULONG node,
                   const PCPROPERTY_ITEM *item);

#endif
