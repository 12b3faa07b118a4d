// SPDX-License-Identifier: MIT
//
// A member of a service group that the port makes (WP-5, WP-14, WC-13): a plain function behind IServiceSink.
#ifndef PORTSIDE_PORT_SERVICE_SINK_H
#define PORTSIDE_PORT_SERVICE_SINK_H

#include "port/port.h"

// It does not keep its owner alive: the owner removes it first.
struct service_sink {
    IServiceSink iface;
    struct unknown unknown;
    void (*service)(void *context); // DISPATCH_LEVEL
    void *context;
};

// Adds a new sink to `group`. STATUS_INSUFFICIENT_RESOURCES or AddMember's status.
NTSTATUS service_sink_add(struct ps_system *system, PSERVICEGROUP group,
                          void (*service)(void *context), void *context, struct service_sink **out);
// Takes it out; waits for a call of it on another processor (WP-83). PASSIVE_LEVEL. NULL is ignored.
void service_sink_remove(PSERVICEGROUP group, struct service_sink *sink);

#endif
