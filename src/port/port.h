// SPDX-License-Identifier: MIT
//
// The port class: what the files of this folder share. COM objects live in nonpaged pool, begin with
// their vtable pointer and count references through `struct unknown` (unknown.c).
#ifndef PORTSIDE_PORT_PORT_H
#define PORTSIDE_PORT_PORT_H

#include <portcls.h>

#include "ks/ks.h"

// ---- the base of every COM object of ours (unknown.c) ------------------------------------------------

struct unknown;

struct unknown_class {
    // Sets *out without a reference when `iid` is one of the object's interfaces; unknown.c adds the
    // reference, nulls *out otherwise and answers STATUS_INVALID_PARAMETER (AD-12).
    void *(*find)(struct unknown *unknown, REFIID iid);
    // The last reference went, at that caller's IRQL: give everything back.
    void (*destroy)(struct unknown *unknown);
    const char *name; // of its interface, for the driver that is unloaded before it goes (VF-16); NULL: it may
};

struct unknown {
    IUnknown inner; // non-delegating; what a creator with an outer object gets
    volatile LONG references;
    PUNKNOWN outer; // aggregation: the interfaces delegate to it if not NULL (AD-11); not referenced
    const struct unknown_class *class;
    struct kernel_com_object made;
};

// One reference, counted in kernel_counts.interfaces. `caller`: where the driver asked for it; NULL: it did not.
void unknown_init(struct ps_system *system, struct unknown *unknown, PUNKNOWN outer,
                  const struct unknown_class *class, const void *caller);
// Delegating, as the methods of every interface of the object must be. Any IRQL.
NTSTATUS unknown_query(struct unknown *unknown, REFIID iid, PVOID *out);
ULONG unknown_addref(struct unknown *unknown);
ULONG unknown_release(struct unknown *unknown);
// A reference on the object alone, past its outer object, for what the object itself has under way. False: it
// is being destroyed. Any IRQL.
bool unknown_hold(struct unknown *unknown);
void unknown_drop(struct unknown *unknown);
// What a Pc*New* function puts into its out parameter: `interface`, or the inner unknown if aggregated.
void *unknown_result(struct unknown *unknown, void *interface);

// The three IUnknown methods of interface `interface_type`, embedded as `member` in `type`, whose
// struct unknown is called `unknown`: NAME_query, NAME_addref, NAME_release.
#define UNKNOWN_METHODS(name, type, member, interface_type)                                            \
    static NTSTATUS NTAPI name##_query(interface_type *This, REFIID iid, PVOID *out)                   \
    {                                                                                                  \
        return unknown_query(&CONTAINING_RECORD(This, type, member)->unknown, iid, out);               \
    }                                                                                                  \
    static ULONG NTAPI name##_addref(interface_type *This)                                             \
    {                                                                                                  \
        return unknown_addref(&CONTAINING_RECORD(This, type, member)->unknown);                        \
    }                                                                                                  \
    static ULONG NTAPI name##_release(interface_type *This)                                            \
    {                                                                                                  \
        return unknown_release(&CONTAINING_RECORD(This, type, member)->unknown);                       \
    }

void *port_allocate(size_t bytes, ULONG tag); // zeroed nonpaged pool
void port_free(void *memory);
bool guid_equal(const GUID *a, const GUID *b);
// The code of findings for which Windows has none; the first parameter is the VF number, or 0.
#define PROJECT_CODE 0xA0D10u
// VF-20 (0xC4/0x71001): a Pc* function called above `highest`; VF-21 (0x71003) if its name begins with IPort. Reports, and
// says whether all was well.
bool port_check_irql(struct ps_system *system, KIRQL highest, const char *function,
                     const void *caller);

// ---- one adapter device (adapter.c) ------------------------------------------------------------------

// Lives behind the FDO's device extension, beyond what the adapter may use (AD-4, AD-5).
struct port_power {
    PVOID adapter;                 // IAdapterPowerManagement, 2 or 3; referenced; NULL: none registered
    unsigned version;              // which of them
    DEVICE_POWER_STATE state;
    SYSTEM_POWER_STATE system_state;
    DEVICE_POWER_STATE map[PowerSystemMaximum]; // of the capabilities
    bool raising;                  // to D0, on behalf of who holds the device lock
};

struct port_idle {
    ULONG seconds;                 // 0: off
    DEVICE_POWER_STATE state;      // to go to
    bool allowed, stopping, queued;
    LONGLONG last;                 // system time of the last access
    KTIMER timer;
    KDPC dpc;
    PIO_WORKITEM work;             // NULL: not started
    KEVENT rest;                   // set while the work item is not queued
};

struct port_device {
    struct ks_device ks;           // first
    PDEVICE_OBJECT fdo, pdo, next; // next: lower device
    PCPFNSTARTDEVICE start;
    ULONG max_subdevices, subdevice_count;
    struct list subdevices, connections;
    struct list ports;             // initialised on this device (port_extras.c)
    struct port_power power;
    struct port_idle idle;
    PVOID pnp;                     // IAdapterPnpManagement, referenced; NULL: none registered (pnp.c)
    struct list timeouts;          // I/O timeouts (timeout.c)
    KSPIN_LOCK timeout_lock;       // guards them
    ULONG timeout_ticks;
    bool timeouts_ready;           // the FDO's timer is initialised
    bool position_lock;            // DispatchSettings\\UsePositionLock at device add (AD-76)
    bool started;
};
struct port_device *port_device_from(PDEVICE_OBJECT fdo);

// ---- what every port has (IPort) ---------------------------------------------------------------------

// PcNewPort's factories (AD-20): each returns an object with one reference, for the driver's code at `caller`.
NTSTATUS wavepci_port_new(PPORT *out, const void *caller);
NTSTATUS wavecyclic_port_new(PPORT *out, const void *caller);
NTSTATUS wavert_port_new(PPORT *out, const void *caller);
NTSTATUS topology_port_new(PPORT *out, const void *caller);

// PcRegisterSubdevice asks a port for its filter through this private interface; NULL before Init.
DEFINE_GUID(IID_port_private, 0x5d1f3c52, 0x0a3e, 0x4b6f, 0x9c, 0x1d, 0x52, 0x1e, 0x77, 0x0b, 0x3a, 0x90);
struct port_private {
    const struct port_private_vtbl *vtbl;
};
struct port_private_vtbl {
    struct ks_filter *(*filter)(struct port_private *port);
};

// A number of a subkey of the device's driver key; `otherwise` if there is none (setting.c).
ULONG port_setting(PDEVICE_OBJECT pdo, const char *subkey, const char *name, ULONG otherwise);

// Objects other files make. `caller`: where the driver asked for it.
NTSTATUS dma_channel_new(PDMACHANNEL *out, PUNKNOWN outer, PDEVICE_OBJECT pdo,
                         PDEVICE_DESCRIPTION description, const void *caller);
// WC-31: `index` counts the DMA entries of `resources`. STATUS_INVALID_PARAMETER: there is no such.
NTSTATUS slave_dma_channel_new(PDMACHANNELSLAVE *out, PUNKNOWN outer, PDEVICE_OBJECT pdo,
                               PRESOURCELIST resources, ULONG index, ULONG maximum, BOOLEAN demand,
                               DMA_SPEED speed, const void *caller);
// Whether its copies leave the bytes as they are: it is one of ours.
bool dma_channel_is_plain(const IDmaChannel *channel);

#endif
