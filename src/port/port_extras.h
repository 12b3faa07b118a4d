// SPDX-License-Identifier: MIT
//
// The optional interfaces that every port object offers (AD-23, DS-8): IPortEvents, IPortClsVersion,
// IUnregisterSubdevice, IUnregisterPhysicalConnection, and the private one that PcRegisterSubdevice asks.
// A port embeds one struct port_extras and sends unknown identifiers to port_extras_find.
#ifndef PORTSIDE_PORT_PORT_EXTRAS_H
#define PORTSIDE_PORT_PORT_EXTRAS_H

#include "port/port.h"

struct port_extras {
    IPortEvents events;
    IPortClsVersion version;
    IUnregisterSubdevice unregister_subdevice;
    IUnregisterPhysicalConnection unregister_connection;
    struct port_private private;
    struct unknown *unknown;   // of the port
    struct list link;          // port_device's ports, from Init to the end
    struct ks_filter *filter;  // NULL before Init; set by the port, which owns it
    // The port gives up its miniport, with which it forms a cycle of references; NULL: it has none.
    void (*release_children)(struct unknown *unknown);
    // GenerateEventList above DISPATCH_LEVEL waits here for its DPC; one call at a time (KP-96).
    KDPC dpc;
    volatile LONG waiting;
    GUID set;
    bool any_set;
    ULONG id, pin, node;
};

void port_extras_init(struct port_extras *extras, struct unknown *unknown);
// The port's Init succeeded on this device: whatever becomes of its registration, the device's removal makes it
// release its children.
void port_extras_joined(struct port_extras *extras, struct port_device *device);
// Every port of the device releases its miniport; PASSIVE_LEVEL under the device lock.
void port_extras_release_all(struct port_device *device);
// One of the interfaces above, without a reference; NULL: not one of these.
void *port_extras_find(struct port_extras *extras, REFIID iid);
// Before the port's memory goes.
void port_extras_destroy(struct port_extras *extras);

#endif
