// SPDX-License-Identifier: MIT
//
// The graph of a started device's filters as its clients walk it (TP-65..72): connections inside a filter, physical
// connections between filters, and the endpoints that people see. The device lock is held around every call.
#ifndef PORTSIDE_HOST_GRAPH_H
#define PORTSIDE_HOST_GRAPH_H

#include "port/port.h"

// A node, or (node -1) a pin of a filter.
struct graph_place {
    const struct ks_filter *filter;
    ULONG node, pin;
};

enum { GRAPH_HOSTS = 16 };

struct graph_endpoint {
    struct graph_place bridge;
    bool render;
    struct graph_place hosts[GRAPH_HOSTS]; // streaming pins that reach it, in the order of the walk
    unsigned host_count;                   // 0: not present (TP-68)
    bool shared;                           // one of them belongs to an earlier endpoint, too (TP-69)
    struct graph_place volume, mute;       // filter NULL: none (TP-72)
};

// Endpoint `index`, in the order of filters and pins; false past the last one.
bool graph_endpoint(struct port_device *device, unsigned index, struct graph_endpoint *out);
// The one that Windows takes first, of those that play or record and are present; false: there is none (TP-70).
bool graph_default(struct port_device *device, bool render, unsigned *index);
// Whether a pin ends the graph: it does not stream and is wired to nothing (TP-66).
bool graph_is_end(struct port_device *device, const struct ks_filter *filter, ULONG pin);
bool graph_streams(const struct ks_filter *filter, ULONG pin);

#endif
