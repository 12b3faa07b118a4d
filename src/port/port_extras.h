// SPDX-License-Identifier: MIT
//
// The optional interfaces that every port object offers (AD-23, DS-8), and the private one that
// PcRegisterSubdevice asks.
// A port embeds one struct port_extras and sends unknown identifiers to port_extras_find.
#ifndef PORTSIDE_PORT_PORT_EXTRAS_H
#define PORTSIDE_PORT_PORT_EXTRAS_H

#include "port/port.h"

struct port_extras {
    IPortEvents events;
    IPortClsVersion version;
    IUnregisterSubdevice unregister_subdevice;
    IUnregisterPhysicalConnection unregister_connection;
    IPortClsPower power;          // power.c
    IPortClsPnp pnp;              // pnp.c
    IPortClsEtwHelper etw;
    IDrmPort2 drm;                // drm.c
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

// IUnknown methods of an interface embedded as `member`.
#define EXTRA_METHODS(name, member, interface_type)                                                    \
    static NTSTATUS NTAPI name##_query(interface_type *This, REFIID iid, PVOID *out)                   \
    {                                                                                                  \
        return unknown_query(CONTAINING_RECORD(This, struct port_extras, member)->unknown, iid, out);  \
    }                                                                                                  \
    static ULONG NTAPI name##_addref(interface_type *This)                                             \
    {                                                                                                  \
        return unknown_addref(CONTAINING_RECORD(This, struct port_extras, member)->unknown);           \
    }                                                                                                  \
    static ULONG NTAPI name##_release(interface_type *This)                                            \
    {                                                                                                  \
        return unknown_release(CONTAINING_RECORD(This, struct port_extras, member)->unknown);          \
    }

void port_extras_init(struct port_extras *extras, struct unknown *unknown);
// The port's Init succeeded on this device: whatever becomes of its registration, the device's removal makes it
// release its children.
void port_extras_joined(struct port_extras *extras, struct port_device *device);
// Every port of the device releases its miniport; PASSIVE_LEVEL under the device lock.
void port_extras_release_all(struct port_device *device);
// The methods of those that live elsewhere.
extern const IPortClsPowerVtbl port_power_vtbl;
extern const IPortClsPnpVtbl port_pnp_vtbl;
extern const IDrmPort2Vtbl port_drm_vtbl;
// One of the interfaces above, without a reference; NULL: not one of these.
void *port_extras_find(struct port_extras *extras, REFIID iid);
// Before the port's memory goes.
void port_extras_destroy(struct port_extras *extras);

#endif
