// SPDX-License-Identifier: MIT
//
// Registered subdevices of an adapter device (AD-30..35) and the connections between them (AD-40..42). All under
// the device lock, PASSIVE_LEVEL.
#ifndef PORTSIDE_PORT_SUBDEVICE_H
#define PORTSIDE_PORT_SUBDEVICE_H

#include "port/port.h"

// The filter of a port object; NULL if it is none of ours or was never initialised (AD-32).
struct ks_filter *subdevice_filter(PUNKNOWN port);

// The symbolic link of a registered filter's first interface, empty if it has none; NULL if it is not registered.
const UNICODE_STRING *subdevice_link(struct port_device *device, const struct ks_filter *filter);

// Unregisters all subdevices and connections and drops their references.
void subdevice_remove_all(struct port_device *device);

// IUnregisterSubdevice (AD-33) and IUnregisterPhysicalConnection (AD-42).
NTSTATUS subdevice_unregister(PDEVICE_OBJECT fdo, PUNKNOWN port);
NTSTATUS connection_unregister(PDEVICE_OBJECT fdo, PUNKNOWN from, PUNICODE_STRING from_name,
                               ULONG from_pin, PUNKNOWN to, PUNICODE_STRING to_name, ULONG to_pin);
// What a pin is wired to: a filter of this device, or (`*peer` NULL) the one that `*foreign` names. False: nothing.
bool connection_peer(struct port_device *device, const struct ks_filter *filter, ULONG pin,
                     struct ks_filter **peer, ULONG *peer_pin, const UNICODE_STRING **foreign);
// A registered connection as it was given; `filter` NULL: an end of another driver.
struct wire_end {
    const struct ks_filter *filter;
    ULONG pin;
};
struct wire {
    struct wire_end from, to;
};
// Connection `index`, oldest first; false past the last one.
bool connection_wire(struct port_device *device, unsigned index, struct wire *out);
void connection_remove_all(struct port_device *device);

// KSPROPERTY_PIN_PHYSICALCONNECTION of `filter` (KP-66).
extern const struct ks_property_set connection_properties[];

#endif
