// SPDX-License-Identifier: MIT
//
// What clients set, kept in the registry from run to run, as Windows' audio service does for drivers (TP-79, TP-80). PASSIVE_LEVEL.
#ifndef PORTSIDE_HOST_KEEP_H
#define PORTSIDE_HOST_KEEP_H

#include "host/control.h"

struct ps_driver;

// A client set it. Nothing happens unless ps_controls_keep was called for the driver, or where the driver opted out.
void keep_control(struct ps_driver *driver, const struct ks_filter *filter, const struct control *control,
                  LONG value);

#endif
