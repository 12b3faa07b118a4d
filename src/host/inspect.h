// SPDX-License-Identifier: MIT
//
// What `inspect` writes, between its text (inspect.c) and its drawing (inspect_dot.c).
#ifndef PORTSIDE_HOST_INSPECT_H
#define PORTSIDE_HOST_INSPECT_H

#include <stdio.h>

#include "host/graph.h"

// UTF-16 as it can be shown: ASCII, '?' for the rest. Valid until the next call but one.
const char *inspect_text(const WCHAR *text);
void inspect_dot(struct port_device *device, const char *driver, FILE *file);

#endif
