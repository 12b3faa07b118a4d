// SPDX-License-Identifier: MIT
//
// The port class: what the files of this folder share. COM objects live in nonpaged pool, begin with
// their vtable pointer and count references through `struct unknown` (unknown.c).
#ifndef PORTSIDE_PORT_PORT_H
#define PORTSIDE_PORT_PORT_H

#include <portcls.h>

#include "ks/ks.h"

// ---- the base of every COM object of ours (unknown.c) ------------------------------------------------

// `delete` runs when the last reference goes, at the caller's IRQL.
struct unknown {
    volatile LONG references;
    PUNKNOWN outer;                // aggregation: delegates if not NULL (AD-11)
    void (*destroy)(struct unknown *unknown);
};
void unknown_init(struct ps_system *system, struct unknown *unknown, PUNKNOWN outer,
                  void (*destroy)(struct unknown *unknown)); // counted in kernel_counts.interfaces
ULONG unknown_addref(struct unknown *unknown);
ULONG unknown_release(struct unknown *unknown);
void *port_allocate(size_t bytes, ULONG tag); // zeroed nonpaged pool
void port_free(void *memory);
bool guid_equal(const GUID *a, const GUID *b);

// ---- one adapter device (adapter.c) ------------------------------------------------------------------

// Lives behind the FDO's device extension, beyond what the adapter may use (AD-4, AD-5).
struct port_device {
    struct ks_device ks;           // first
    PDEVICE_OBJECT fdo, pdo, next; // next: lower device
    PCPFNSTARTDEVICE start;
    ULONG max_subdevices, subdevice_count;
    struct list connections;
    PUNKNOWN power;                // registered IAdapterPowerManagement, or NULL
    bool started;
};
struct port_device *port_device_from(PDEVICE_OBJECT fdo);

// ---- what every port has (IPort) ---------------------------------------------------------------------

// PcNewPort's factories (AD-20): each returns an object with one reference.
NTSTATUS wavepci_port_new(PPORT *out);
NTSTATUS topology_port_new(PPORT *out);

// PcRegisterSubdevice asks a port for its filter through this private interface; NULL before Init.
DEFINE_GUID(IID_port_private, 0x5d1f3c52, 0x0a3e, 0x4b6f, 0x9c, 0x1d, 0x52, 0x1e, 0x77, 0x0b, 0x3a, 0x90);
struct port_private {
    const struct port_private_vtbl *vtbl;
};
struct port_private_vtbl {
    struct ks_filter *(*filter)(struct port_private *port);
};

// Objects other files make.
NTSTATUS dma_channel_new(PDMACHANNEL *out, PUNKNOWN outer, PDEVICE_OBJECT pdo,
                         PDEVICE_DESCRIPTION description);

#endif
