// SPDX-License-Identifier: MIT
//
// What the files of this folder share: the kernel's state, its side tables and the internal halves
// of services. Everything lives in the system's arena; one OS thread runs a system and fibers
// switch only at scheduling points, so code between two points needs no lock.
#ifndef PORTSIDE_KERNEL_PRIVATE_H
#define PORTSIDE_KERNEL_PRIVATE_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/hooks.h"
#include "base/list.h"
#include "base/trace.h"
#include "kernel/kernel.h"

// The guilty code's address, taken in the entry point itself.
#define CALLER __builtin_return_address(0)

// First line of every NT entry point: the system, and the cost of a service.
#define NT_SERVICE(cost) \
    struct ps_system *system = system_here(__func__); \
    sched_point(system->sched, cost)

// Before a service returns that has woken somebody or queued something: on another processor that may be over already, and
// what the caller gave may be freed. Nothing of it may be touched after this.
static inline void kernel_begun(struct ps_system *system)
{
    sched_point(system->sched, COST_IRQL);
}

// ---- misuse (check.c) ---------------------------------------------------------------------------

#define CODE_VERIFIER 0xC4u
#define CODE_IO_VERIFIER 0xC9u
#define CODE_BAD_POOL 0xC2u
#define CODE_SPECIAL_POOL 0xC1u

// A finding against the driver with Windows' bug-check code and parameters.
__attribute__((format(printf, 9, 10))) void
kernel_misuse(struct ps_system *system, const char *rule, const void *caller, uint32_t code,
              uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4, const char *format, ...);

// bugcheck.c: an exception of driver code; `caller` is who raised it.
_Noreturn void kernel_raise(struct ps_system *system, NTSTATUS status, const void *caller);

// ms_abi, as all that a spin lock service calls: see design.md on xmm6-15.
__attribute__((cold)) HOOK_ABI void kernel_irql_misuse(struct ps_system *system, const char *rule,
                                                       uint32_t p1, const char *service,
                                                       uint8_t max, const void *caller);

// True if the IRQL is at most `max`; else a finding with 0xC4/`p1` and false.
static inline bool irql_at_most(struct ps_system *system, uint8_t max, const char *rule,
                                uint32_t p1, const char *service, const void *caller)
{
    if (__builtin_expect(sched_irql(system->sched) <= max, 1))
        return true;
    kernel_irql_misuse(system, rule, p1, service, max, caller);
    return false;
}

// address.c, VF-54: `object` waits or is waited for, so it must be resident.
void check_resident(struct ps_system *system, const void *object, const char *service, const void *caller);
// What a Zw routine is given: an address, which must be no client's; a name.
void check_kernel_address(struct ps_system *system, const volatile void *address, const char *service,
                          const void *caller);
void check_name(struct ps_system *system, const UNICODE_STRING *name, const char *service, const void *caller);
void check_attributes(struct ps_system *system, const OBJECT_ATTRIBUTES *attributes, const char *service,
                      const void *caller);
// An IRP on its way down.
void check_requestor(struct ps_system *system, const IRP *irp, const void *caller);

// Drops locks and restores the IRQL after a callee left them otherwise.
void kernel_call_repair(struct ps_system *system, const struct kernel_call *call);

// ---- a map from addresses to records (table.c) --------------------------------------------------

// For lookup only: nothing may depend on the order of its slots.
struct table {
    uintptr_t *keys; // 0: free
    void **values;
    size_t capacity, count;
};
bool table_put(struct ps_system *system, struct table *table, const void *key, void *value);
void *table_get(const struct table *table, const void *key);
void *table_remove(struct table *table, const void *key);

// ---- objects a driver initialises in its own memory (watch.c) -----------------------------------

struct kernel_thread;

enum watched_kind { WATCHED_TIMER, WATCHED_DPC, WATCHED_RESOURCE, WATCHED_LOOKASIDE };

// The first member of each record; all of a lookaside list's. Records are found by the object's address,
// replaced when it is initialised again, and dropped when its memory is freed.
struct watched {
    struct list link; // kernel.watched
    const void *object;
    const void *caller; // who initialised it
    uint32_t number;
    uint8_t kind;
    bool busy; // a timer or DPC: armed or queued. Freeing its memory is a finding then (SV-31), and with a
               // resource or lookaside list that was not deleted
};

struct dpc_record {
    struct watched watched;
    struct list link;  // its processor's queue while busy
    uint64_t sequence; // order of queueing
    uint8_t processor; // of the queue it is in
    const void *timer; // the timer that was last set with it (SV-30)
};

struct timer_record {
    struct watched watched;
    struct sched_deadline deadline;
    uint64_t due;      // ns, not rounded to ticks: periods do not drift
    uint64_t period;   // ns; 0: one shot
    uint8_t processor; // whose DPC queue
};

struct resource_record {
    struct watched watched;
    struct list owners, waiters; // resource.c's
    bool exclusive;              // there is one owner, and it shares with nobody
};

// NULL if the object was never initialised.
struct dpc_record *watched_dpc(struct ps_system *system, const void *object);
struct timer_record *watched_timer(struct ps_system *system, const void *object);
struct resource_record *watched_resource(struct ps_system *system, const void *object);
// Makes or renews the record. Never NULL: without memory for it the system stops.
void *watched_init(struct ps_system *system, enum watched_kind kind, const void *object,
                   const void *caller);
void watched_forget(struct ps_system *system, struct watched *watched);
// The lookaside list there is deleted.
void watched_deleted(struct ps_system *system, const void *object);
// resource.c: the record goes; `thread` ends.
void resource_dropped(struct ps_system *system, struct resource_record *record);
void resources_abandon(struct ps_system *system, struct kernel_thread *thread);
// [base, +bytes) is about to be freed: reports busy objects and locks in it, forgets the rest.
void watched_freed(struct ps_system *system, const void *base, size_t bytes, const void *caller);

// ---- processors ---------------------------------------------------------------------------------

enum lock_kind { LOCK_RAISED, LOCK_AT_DPC, LOCK_QUEUED, LOCK_QUEUED_AT_DPC, LOCK_INTERRUPT };

struct lock_note {
    volatile uintptr_t *lock;
    uint8_t kind, old_irql;
    uint64_t busy_before; // busy_ns when it was taken
};

struct kernel_processor {
    struct list dpcs; // queued dpc_records
    uint64_t running; // sequence of the running DPC; 0: none
    uint32_t running_number;
    uint64_t busy_ns;    // of stalls, ports and registers, since boot
    uint64_t stalled_us; // that the running DPC has asked of KeStallExecutionProcessor
    uint8_t note_count;
    uint8_t raised_from[16]; // per IRQL: what it was raised from
    struct lock_note notes[SCHED_MAX_HELD];
    struct kernel_thread *idle; // what KeGetCurrentThread says in the idle fiber
};

// ---- dispatcher objects (wait.c) ----------------------------------------------------------------

enum dispatcher_type {
    DISPATCHER_NOTIFICATION_EVENT = 0,
    DISPATCHER_SYNCHRONIZATION_EVENT = 1,
    DISPATCHER_MUTANT = 2,
    DISPATCHER_SEMAPHORE = 5,
    DISPATCHER_THREAD = 6,
    DISPATCHER_NOTIFICATION_TIMER = 8,
    DISPATCHER_SYNCHRONIZATION_TIMER = 9,
    DISPATCHER_DPC = 0x13,
};

void dispatcher_init(DISPATCHER_HEADER *header, enum dispatcher_type type, size_t bytes,
                     LONG state);
// True for an initialised dispatcher object; else a finding.
bool dispatcher_valid(struct ps_system *system, const DISPATCHER_HEADER *header,
                      const char *service, const void *caller);
// Wakes whom the state of `header` allows. No scheduling point.
void dispatcher_signalled(struct ps_system *system, DISPATCHER_HEADER *header);

struct wait;

// Whether this thread can be made to wait; a finding if not, as on the host's stack.
bool wait_can_block(struct ps_system *system, const struct kernel_thread *thread);
// mutex.c: by the IRQL, a region, or a mutex that the thread owns.
bool apcs_disabled(struct ps_system *system);

// Sets without a scheduling point; returns the previous state.
LONG event_set(struct ps_system *system, PRKEVENT event);
void mutex_abandon(struct ps_system *system, PRKMUTEX mutex);

// ---- objects and handles (object.c) -------------------------------------------------------------

enum object_type {
    OBJECT_TYPE_FILE,
    OBJECT_TYPE_THREAD,
    OBJECT_TYPE_EVENT,
    OBJECT_TYPE_SEMAPHORE,
    OBJECT_TYPE_DEVICE,
    OBJECT_TYPE_DRIVER,
    OBJECT_TYPE_KEY,
    OBJECT_TYPE_CALLBACK,
    OBJECT_TYPE_NT_FILE, // a file of the host's folder
    OBJECT_TYPE_SECTION,
};

// Part of the record of whatever drivers refer to by pointer or handle.
struct object {
    void *body; // what drivers call it by
    enum object_type type;
    LONG references;
    void (*destroy)(struct ps_system *system, struct object *object);
};
// With one reference. False: no memory.
bool object_add(struct ps_system *system, struct object *object, enum object_type type, void *body,
                void (*destroy)(struct ps_system *system, struct object *object));
struct object *object_find(struct ps_system *system, const void *body);
void object_release(struct ps_system *system, struct object *object);
// Adds a reference; NULL: no memory.
HANDLE handle_create(struct ps_system *system, struct object *object);
struct object *handle_object(struct ps_system *system, HANDLE handle); // NULL: not open
// As handle_create, into *handle; NULL there and STATUS_INSUFFICIENT_RESOURCES: no memory.
NTSTATUS handle_give(struct ps_system *system, struct object *object, PHANDLE handle);
// The name that attributes give, which may be absent; NULL: none.
const UNICODE_STRING *object_name(const OBJECT_ATTRIBUTES *attributes);

// Names of objects, in the arena (interface.c). False: no memory.
bool kernel_string_copy(struct ps_system *system, UNICODE_STRING *to, const UNICODE_STRING *from);
void kernel_string_free(struct ps_system *system, const UNICODE_STRING *string);

// ---- threads (thread.c) -------------------------------------------------------------------------

// PKTHREAD and PETHREAD point to it.
struct kernel_thread {
    DISPATCHER_HEADER header; // signalled when it has ended
    struct object object;
    struct list link; // kernel.threads
    struct ps_system *system;
    struct sched_thread *sched; // NULL: the idle thread of a processor
    uint32_t number;
    LONG apc_disable; // critical regions entered
    unsigned dispatching;      // dispatch routines that it is in, one inside the other (io.c)
    PDEVICE_OBJECT to_verify;  // IoSetDeviceToVerify
    LONG priority;
    struct wait *wait; // while blocked in a wait
    struct sched_deadline timeout;
    LIST_ENTRY mutexes;    // KMUTEXes owned
    uint32_t fast_mutexes; // owned
    void (*entry)(void *argument);
    PKSTART_ROUTINE routine; // a driver's thread
    void *argument;
    NTSTATUS status;
    const void *caller; // who created it
};

struct kernel_thread *thread_current(struct ps_system *system);
bool threads_create_idle(struct ps_system *system);
// Runs `routine` if not NULL, else `entry`; owns one reference until it ends. NULL: no memory.
struct kernel_thread *thread_create(struct ps_system *system, const char *name,
                                    void (*entry)(void *argument), PKSTART_ROUTINE routine,
                                    void *argument);
void wait_thread_init(struct kernel_thread *thread);

// ---- work items (work.c) ------------------------------------------------------------------------

bool workers_start(struct ps_system *system);
// Runs `entry(argument)` on a worker. Never fails.
void work_queue(struct ps_system *system, void (*entry)(void *argument), void *argument);

// ---- time (time.c) ------------------------------------------------------------------------------

// ns of virtual time at which `due` (100 ns units, negative: relative) is reached.
uint64_t time_due(const struct ps_system *system, LONGLONG due);
// The first tick at or after `when`.
uint64_t time_tick_up(const struct ps_system *system, uint64_t when);
// System time (100 ns since 1601) at virtual time `when`.
LONGLONG time_system(uint64_t when);

// ---- DPCs ---------------------------------------------------------------------------------------

void dpc_run(struct ps_system *system, struct processor *processor);
bool dpc_queue(struct ps_system *system, PKDPC dpc, struct dpc_record *record, uint8_t processor,
               void *argument1, void *argument2);
bool dpc_remove(struct ps_system *system, struct dpc_record *record);
// It has left its queue and not ended.
bool dpc_runs(struct ps_system *system, PKDPC dpc);
// Waits for those that are queued or run. IRQL < DISPATCH_LEVEL.
void dpcs_flush(struct ps_system *system);

// ---- timers -------------------------------------------------------------------------------------

bool timer_cancel(struct ps_system *system, struct timer_record *record);

// ---- pool (pool.c) ------------------------------------------------------------------------------

#define TAG_KERNEL 0x6C6E724Bu // "Krnl"
enum { POOL_CLASSES = 13 };

// One slot, run of pages or guarded view, live or freed. pool.c's, and pager.c's.
struct pool_block {
    struct list link; // live: kernel.pool.live; freed slot: its class's resting list
    uint8_t *base;
    size_t bytes; // asked for
    size_t room;  // of the slot or pages
    const void *caller;
    ULONG tag, type;
    uint32_t number;
    int8_t class; // -1: whole pages; below: the end of a view of its own
    bool live, used_before;
    bool granted; // to devices: a driver has asked for its physical address
    bool pageable, paged_out;
    int pins; // MDLs that lock it
};

struct pool {
    struct table blocks; // base address to pool_block; freed slots too
    struct list live;
    struct list resting[POOL_CLASSES];
    size_t resting_count[POOL_CLASSES];
    size_t live_count, live_bytes, pages;
    bool guarded;        // blocks below a page end at an inaccessible page
    struct list gone;    // guarded blocks that were freed: their pages stay inaccessible
    size_t gone_count;
    size_t pageable, resident; // blocks that the pager may take away; those of them that are in
};

// A live block as leak checks see it.
struct pool_view {
    const void *base;
    size_t bytes;
    ULONG tag, type;
    uint32_t number;
    const void *caller; // NULL: the kernel's own
};

void pool_init(struct ps_system *system);
// The halves of ExAllocatePool... and ExFreePool... behind their checks; no scheduling point.
void *pool_allocate(struct ps_system *system, ULONG type, size_t bytes, ULONG tag, bool zero,
                    const void *caller);
void pool_free(struct ps_system *system, void *base, ULONG tag, const void *caller); // tag 0: any
// Devices may touch the nonpaged block at `address` until it is freed.
void pool_grant(struct ps_system *system, const void *address);
bool pool_is_paged(struct ps_system *system, const void *address);
// An access that faulted at `address`: behind a guarded block or in one that was freed, it is a finding and does not
// return (VF-71).
void pool_faulted(struct ps_system *system, const struct sched_fault *fault);
// Of a guarded block.
uint8_t *pool_view_of(const struct pool_block *block);
size_t pool_view_pages(const struct pool_block *block);
// An MDL locks (1) or unlocks (-1) the block at `address`, if it is pageable.
void pool_pin(struct ps_system *system, const void *address, int by);

// pager.c: whether a block is to be pageable; it has become so; it is about to be freed; an MDL has it.
bool pager_wanted(struct ps_system *system, ULONG type, const void *caller);
void pager_add(struct ps_system *system, struct pool_block *block);
void pager_remove(struct ps_system *system, struct pool_block *block);
void pager_pin(struct ps_system *system, struct pool_block *block, int by);
// What the scheduler asks for (sched_kernel_ops).
void pager_trim(struct ps_system *system);
void pager_rest(struct ps_system *system);
enum sched_page pager_fault(struct ps_system *system, const struct sched_fault *fault);
void pager_report(struct ps_system *system, const struct sched_fault *fault);
void pool_each(struct ps_system *system, void *context,
               void (*visit)(void *context, const struct pool_view *view));
// Looks over the freed slots that rest, of those that `ours` says freed them: what was written since is told, once (VF-71).
void pool_check_freed(struct ps_system *system, bool (*ours)(void *context, const void *caller),
                      void *context);

// ---- IRPs (irp.c, io.c, cancel.c) ---------------------------------------------------------------

enum irp_origin { IRP_OF_DRIVER, IRP_OF_CLIENT, IRP_OF_KERNEL };

// Directly before the IRP; found through kernel.irps only.
struct irp_record {
    struct list link; // kernel.irp_list
    PIRP irp;
    size_t bytes;
    uint32_t number;
    enum irp_origin origin;
    unsigned pins;     // memory stays while not 0
    bool dead;         // freed while pinned
    struct list calls; // dispatch routines that have it (io.c)
    void (*finish)(struct ps_system *system, struct irp_record *record); // completed to the top
    void *context;                                                       // of finish
    const MDL *kept; // whose memory looked so when it was sent last (invariant.c); NULL: none
    uint64_t signature;
    struct sched_deadline cancelled; // armed by the cancel of a client's IRP (SV-67)
    const void *caller;
} __attribute__((aligned(16)));

struct irp_record *irp_find(struct ps_system *system, const void *irp);
bool irp_known(struct ps_system *system, const void *address);
struct irp_record *irp_allocate(struct ps_system *system, CCHAR stack_size, enum irp_origin origin,
                                const void *caller);
// For requests that must get through (PnP, power, cleanup, close): Windows keeps IRPs for them, so
// they are no fault sites.
struct irp_record *irp_reserved(struct ps_system *system, CCHAR stack_size, enum irp_origin origin);
void irp_free(struct ps_system *system, struct irp_record *record);
void irp_unpin(struct ps_system *system, struct irp_record *record);
void irp_calls_detach(struct irp_record *record);
void irp_irql(struct ps_system *system, const char *service, const void *caller);
// irpcheck.c: before IoCallDriver moves to the next location; before a location is completed.
void irp_check_sent(struct ps_system *system, PIRP irp, const void *caller);
void irp_check_answer(struct ps_system *system, PIRP irp, const void *caller);
// The halves of IoCancelIrp, IoCallDriver and IoCompleteRequest behind their scheduling points.
bool irp_cancel(struct ps_system *system, PIRP irp, const void *caller);
// Whether the code at `caller` has sent this IRP down, and those below have it still.
bool irp_sent_down(struct ps_system *system, PIRP irp, const void *caller);
// invariant.c: VF-92, when an IRP is sent and when it is completed.
void invariant_sent(struct ps_system *system, PIRP irp, PDEVICE_OBJECT device, const void *caller);
void invariant_completed(struct ps_system *system, PIRP irp, const void *caller);
NTSTATUS io_call(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp, const void *caller);
void io_complete(struct ps_system *system, PIRP irp, const void *caller);

// ---- MDLs and memory (mdl.c, memory.c, user.c) --------------------------------------------------

enum mdl_source { MDL_OF_BUFFER, MDL_OF_PAGES };

struct mdl_record {
    struct list link; // kernel.mdl_list
    PMDL mdl;
    enum mdl_source source;
    uint32_t number;
    bool locked;
    void *view;   // own mapping, or NULL
    size_t pages; // MDL_OF_PAGES: allocated for it
    const void *caller;
};

struct mdl_record *mdl_find(struct ps_system *system, const MDL *mdl);
void mdl_freed(struct ps_system *system, const void *address); // its pool block goes
NTSTATUS mdl_lock(struct ps_system *system, PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation,
                  const void *caller);
// The kernel's alias of `pages` pages of a client buffer; NULL: none, or no client buffer.
void *user_alias(struct ps_system *system, const void *address, size_t pages);
// `request->contiguous` is set. NULL: none.
void *contiguous_allocate(struct ps_system *system, const struct page_request *request, bool zero);
void contiguous_free(struct ps_system *system, void *base, size_t bytes);
void memory_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                  void *context);

// ---- devices and drivers (device.c, driver.c, pnp.c, bus.c) -------------------------------------

struct device_record {
    struct list link; // kernel.devices
    struct object object;
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT lower; // what it is attached to
    UNICODE_STRING name;
    uint32_t number;
    bool deleted;            // by IoDeleteDevice; references may remain
    bool leaving;            // a PDO that is about to be removed: no further handles
    struct ps_device *model; // a PDO's device on the machine's bus
    PCM_RESOURCE_LIST raw, translated;
    bool unplugged;    // IRP_MN_SURPRISE_REMOVAL was sent
    LONG device_power; // DEVICE_POWER_STATE told by PoSetPowerState
    struct idle_detection *idle; // NULL: none (poidle.c)
    PIRP start_next;             // of StartIo, once it returns (devqueue.c)
    bool starting, start_deferred, start_uncancelable;
    bool power_owned;  // by the port class: see kernel_own_power
    const void *caller;
};

struct driver_client {
    struct driver_client *next;
    PVOID identity;
    size_t bytes; // of this block; the extension follows
};

struct driver_record {
    struct list link; // kernel.drivers
    struct object object;
    DRIVER_OBJECT driver;
    DRIVER_EXTENSION extension;
    UNICODE_STRING registry_path;
    struct driver_client *extensions;
};

// Whether a file object is open anywhere in the stack above `pdo` (client.c).
bool files_open(struct ps_system *system, const struct device_record *pdo);
struct device_record *device_find(struct ps_system *system, const void *device);
bool device_known(struct ps_system *system, const void *device);
struct device_record *device_by_name(struct ps_system *system, const UNICODE_STRING *name);
struct device_record *device_bottom(struct ps_system *system, PDEVICE_OBJECT device);
PDEVICE_OBJECT device_top(PDEVICE_OBJECT device);
NTSTATUS device_create(struct ps_system *system, PDRIVER_OBJECT driver, ULONG extension,
                       PUNICODE_STRING name, DEVICE_TYPE type, const void *caller,
                       PDEVICE_OBJECT *out);
struct driver_record *driver_create(struct ps_system *system, const char *name,
                                    PDRIVER_INITIALIZE entry);
void providers_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller), void *context);
void sections_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller), void *context);
void interrupts_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                      void *context);
void adapters_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                    void *context);
void iotimer_free(struct ps_system *system, PDEVICE_OBJECT device, const void *caller);
void idle_free(struct ps_system *system, struct device_record *record); // poidle.c
void device_queue_init(PKDEVICE_QUEUE queue);                          // devqueue.c
void power_settings_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                          void *context);
void frameworks_forget(struct ps_system *system, PDRIVER_OBJECT driver); // wdf.c
void notifications_forget(struct ps_system *system, PDRIVER_OBJECT driver); // pnpnotify.c
// Tells who asked that an interface of `class` was enabled or disabled. PASSIVE_LEVEL.
void notify_interface(struct ps_system *system, const GUID *class, const UNICODE_STRING *name, bool arrived);
// The name, still the interface's own, of the enabled interface number `index` of `class`; false if there are fewer.
bool interface_enabled(struct ps_system *system, const GUID *class, unsigned index, UNICODE_STRING *name);
void leaks_report(struct ps_system *system, PDRIVER_OBJECT driver);
// Whether `address` lies in the driver's image (leaks.c).
bool driver_has(PDRIVER_OBJECT driver, const void *address);
void interfaces_forget(struct ps_system *system, PDEVICE_OBJECT pdo); // interface.c
// The registry key of a registered interface. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_INSUFFICIENT_RESOURCES.
struct registry_key;
NTSTATUS interface_key(struct ps_system *system, const UNICODE_STRING *name,
                       struct registry_key **out);
// The PDO of an enabled interface whose name `name` is or begins with, and what a file is opened with below it.
struct device_record *interface_device(struct ps_system *system, const UNICODE_STRING *name,
                                       UNICODE_STRING *rest);
// What a symbolic link of that name stands for.
bool link_target(struct ps_system *system, const UNICODE_STRING *name, UNICODE_STRING *target);
// Where on the bus a PDO's device sits: stable names are made of it.
unsigned device_index(struct ps_system *system, const struct device_record *pdo);
NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI bus_power(PDEVICE_OBJECT DeviceObject, PIRP Irp);

// ---- interrupts (interrupt.c) -------------------------------------------------------------------

struct interrupt_connection {
    PKSERVICE_ROUTINE routine;
    PVOID context;
    PKSPIN_LOCK lock; // NULL: one of its own
    KIRQL irql;       // at which the routine runs, at least the line's
    const void *caller;
};
NTSTATUS kernel_interrupt_connect(struct ps_system *system, struct sched_interrupt *interrupt,
                           const struct interrupt_connection *wanted, PKINTERRUPT *out);
void kernel_interrupt_disconnect(struct ps_system *system, PKINTERRUPT interrupt, const void *caller);

// ---- the kernel ---------------------------------------------------------------------------------

#define KERNEL_DMA_CHANNELS 8u

// Who may program a slave DMA channel, and which adapters wait for it.
struct dma_channel_use {
    struct dma_adapter *owner;
    struct list waiting;
};

struct kernel {
    struct ps_system *system;
    struct kernel_processor processors[SCHED_MAX_PROCESSORS];
    struct list watched;
    struct table watched_table;
    size_t timers_armed, dpcs_queued;
    uint64_t dpc_sequence;
    struct list flushes;  // threads in KeFlushQueuedDpcs
    struct table objects; // body to struct object
    struct object **handles;
    size_t handle_capacity;
    struct list threads;
    size_t thread_count;
    struct list work; // queued work items
    struct list work_items;
    struct table work_table;
    struct list workers_idle;
    unsigned workers;
    struct pool pool;
    struct table irps;
    struct list irp_list, irp_graves;
    unsigned irp_grave_count;
    KSPIN_LOCK cancel_lock;
    struct table mdls;
    struct list mdl_list;
    struct list contiguous, io_maps, user_buffers, adapters, lines;
    uint64_t adapter_numbers, unclaimed_interrupts;
    KSPIN_LOCK dma_lock; // the registers of the 8237 pair
    struct dma_channel_use dma_channels[KERNEL_DMA_CHANNELS];
    struct table device_table;
    struct list devices, drivers, files;
    size_t file_count;
    struct driver_record *bus; // the driver of all PDOs
    struct list interface_list, links, callbacks, named_events, power_settings, notifications;
    struct list sections, views, providers; // section.c, etw.c
    uint64_t provider_serial;       // of the last one
    uint64_t notification_serial;  // of the last one
    struct list com_objects;       // of the port class
    struct registry_key *registry; // the root (registry.h)
    struct list frameworks;        // drivers that use KMDF (wdf.c)
    const char *files_folder;      // of drivers' files, or NULL (drive_folder.c)
    struct list memory_files;      // where there is no such folder (drive_memory.c)
    size_t memory_file_chunks;     // of all of them
    struct kernel_failure failures[KERNEL_FAILURES]; // the latest, in a ring
    unsigned failure_count;
    void (*print)(void *context, const char *text); // outside the arena
    void *print_context;
};

static inline struct kernel_processor *kernel_here(struct ps_system *system)
{
    return &system->kernel->processors[system->sched->current->number];
}

// ---- IRQL and spin locks ------------------------------------------------------------------------

// False if `irql` is above the current level or below what the running DPC or ISR came in with.
static inline bool irql_lower_allowed(struct ps_system *system, KIRQL irql)
{
    const struct processor *processor = system->sched->current;

    return irql <= processor->irql &&
           (irql >= IRQL_DISPATCH ||
            processor->contexts[processor->context_count - 1].kind < CONTEXT_DPC);
}
__attribute__((cold)) HOOK_ABI void irql_lower_refused(struct ps_system *system, KIRQL irql,
                                                       const void *caller);

// For interrupt locks: raises to `irql` >= current, takes the lock, returns the old level; and
// back.
KIRQL lock_interrupt(struct ps_system *system, volatile uintptr_t *lock, uint8_t irql,
                     const void *caller);
void unlock_interrupt(struct ps_system *system, volatile uintptr_t *lock, KIRQL irql,
                      const void *caller);
// As KeAcquireSpinLock and KeReleaseSpinLock, for locks of the kernel itself.
KIRQL lock_ordinary(struct ps_system *system, volatile uintptr_t *lock, const void *caller);
void unlock_ordinary(struct ps_system *system, volatile uintptr_t *lock, KIRQL irql,
                     const void *caller);
// Drops what the current processor owns beyond `held` locks (after a finding about them).
void locks_drop(struct ps_system *system, uint8_t held);

#endif
