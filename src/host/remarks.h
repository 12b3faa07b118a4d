// SPDX-License-Identifier: MIT
//
// What is unusual in a driver's filters and wires though nothing forbids it: clients of Windows
// read it in a way that the driver's author may not expect. One line each, with its rule. The
// device lock is held around every call.
#ifndef PORTSIDE_HOST_REMARKS_H
#define PORTSIDE_HOST_REMARKS_H

#include <stdio.h>

#include "port/port.h"

// Of a filter's description (TP-11, 12, 16, 28..32), each line after `  `.
void remarks_filter(FILE *file, const struct ks_filter *filter);
// Of the wires between a device's filters (TP-22, 26).
void remarks_wires(FILE *file, struct port_device *device);

#endif
