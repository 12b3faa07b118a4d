// SPDX-License-Identifier: MIT
//
// NT services: IRQL, spin locks, DPCs, timers, threads, events, IRPs, MDLs, pool, PnP. What drivers
// and the port class call are the NT functions themselves (<wdm.h>, exported to drivers); this
// header is what the layers above (ks, port, host) need besides.
//
// State lives in the arena. One OS thread; IRQL as each function's comment says.
#ifndef PORTSIDE_KERNEL_KERNEL_H
#define PORTSIDE_KERNEL_KERNEL_H

#include <wdm.h>

#include "base/finding.h"
#include "base/system.h"
#include "machine/machine.h"
#include "sched/sched.h"

// Needs system->sched and system->machine. 0 or negative errno.
int kernel_create(struct ps_system *system);
void kernel_destroy(struct ps_system *system);

// ---- driver and device --------------------------------------------------------------------------

// A DRIVER_OBJECT for an image; calls `entry` (DriverEntry) at PASSIVE_LEVEL on a system thread.
NTSTATUS kernel_load_driver(struct ps_system *system, const char *name, PDRIVER_INITIALIZE entry,
                            PDRIVER_OBJECT *out);

// Makes a PDO for `device` (its resources become CM_RESOURCE_LISTs), calls AddDevice, then sends
// IRP_MN_QUERY_CAPABILITIES and IRP_MN_START_DEVICE down the new stack. On failure the stack is
// removed again.
NTSTATUS kernel_start_device(struct ps_system *system, PDRIVER_OBJECT driver,
                             struct ps_device *device, PDEVICE_OBJECT *pdo);

// IRP_MN_SURPRISE_REMOVAL: the device is unplugged while handles may be open. When those are closed,
// kernel_remove_device takes the stack down.
NTSTATUS kernel_surprise_removal(struct ps_system *system, PDEVICE_OBJECT pdo);

// IRP_MN_QUERY_REMOVE_DEVICE + REMOVE_DEVICE, or SURPRISE_REMOVAL, if it has not come yet, + REMOVE_DEVICE.
// STATUS_DEVICE_BUSY while a handle is open (AD-79a), or a driver's veto: a device that was only asked stays
// as it was, one that is unplugged waits for the next call.
NTSTATUS kernel_remove_device(struct ps_system *system, PDEVICE_OBJECT pdo, bool surprise);

// IRP_MN_QUERY_STOP_DEVICE and STOP_DEVICE, as when resources are dealt out anew: the stack stays. A veto is taken back
// with CANCEL_STOP_DEVICE and returned. kernel_restart_device starts it again.
NTSTATUS kernel_stop_device(struct ps_system *system, PDEVICE_OBJECT pdo);
NTSTATUS kernel_restart_device(struct ps_system *system, PDEVICE_OBJECT pdo);

// DriverUnload; then everything the driver left (pool, timers, DPCs, threads) is a finding.
NTSTATUS kernel_unload_driver(struct ps_system *system, PDRIVER_OBJECT driver);

// ---- a client's view of I/O ---------------------------------------------------------------------
// All at PASSIVE_LEVEL on a system thread. Buffers are user memory: anywhere readable.

// IRP_MJ_CREATE for `name` (UTF-16 part below the device, such as L"\\Wave" or the KSPIN create
// name with its binary parameters) relative to `device`, or to `related` as parent. Ownership of
// the file object goes to the caller.
NTSTATUS kernel_open(struct ps_system *system, PDEVICE_OBJECT device, PFILE_OBJECT related,
                     const void *name, size_t name_bytes, PFILE_OBJECT *out);
// IRP_MJ_CLEANUP, then IRP_MJ_CLOSE; cancels nothing by itself.
void kernel_close(struct ps_system *system, PFILE_OBJECT file);
// A reference on an open file (given back with ObDereferenceObject) without a scheduling point, in which another
// thread might close it. Any IRQL.
void kernel_file_reference(struct ps_system *system, PFILE_OBJECT file);

// An asynchronous request in flight. Owned by the caller; must stay until `done`.
struct kernel_request {
    PIRP irp;        // valid until done
    NTSTATUS status; // valid when done
    ULONG_PTR information;
    bool done;
    KEVENT event;  // notification event, set when done
    void *context; // the caller's
    void (*complete)(
        struct kernel_request *request); // at completion, IRQL <= DISPATCH; may be NULL
};

// IRP_MJ_DEVICE_CONTROL (METHOD_NEITHER codes: buffers passed as they are). Returns the dispatch
// routine's status; STATUS_PENDING: wait for request->event.
NTSTATUS kernel_control(struct ps_system *system, PFILE_OBJECT file, ULONG code, void *input,
                        ULONG input_bytes, void *output, ULONG output_bytes,
                        struct kernel_request *request);
// kernel_control and wait. `information` may be NULL.
NTSTATUS kernel_control_wait(struct ps_system *system, PFILE_OBJECT file, ULONG code, void *input,
                             ULONG input_bytes, void *output, ULONG output_bytes,
                             ULONG_PTR *information);
// IoCancelIrp if still in flight; the request still ends through `complete`.
bool kernel_cancel(struct kernel_request *request);
void kernel_wait(struct kernel_request *request);
// IoCancelIrp in two steps, for code of ours that holds a lock which the cancel routine takes: marks the IRP
// cancelled and takes its routine out (NULL: it has none); then calls it, holding no lock. <= DISPATCH.
PDRIVER_CANCEL kernel_cancel_take(struct ps_system *system, PIRP irp);
void kernel_cancel_taken(struct ps_system *system, PIRP irp, PDRIVER_CANCEL routine);

// ---- threads ------------------------------------------------------------------------------------

// A system thread for host or client code. NULL: no memory. Gone when `entry` has returned.
struct sched_thread *kernel_thread(struct ps_system *system, const char *name,
                                   void (*entry)(void *argument), void *argument);

// MmProbeAndLockPages of a client's buffer for code of ours, which cannot catch what that raises:
// STATUS_ACCESS_VIOLATION, STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS kernel_lock_pages(struct ps_system *system, PMDL mdl, LOCK_OPERATION operation);

// Between a client's memory, where any address may be bad, and ours: STATUS_SUCCESS or
// STATUS_ACCESS_VIOLATION; what came before the bad byte may have been copied. Any IRQL.
NTSTATUS kernel_copy_in(void *to, const void *client, size_t bytes);
NTSTATUS kernel_copy_out(void *client, const void *from, size_t bytes);

// ---- buffers of the client process --------------------------------------------------------------

// `bytes` of client memory out of machine pages not above `high`, mapped once, page aligned; NULL:
// none.
void *kernel_user_allocate(struct ps_system *system, size_t bytes, uint64_t high);
void kernel_user_free(struct ps_system *system, void *base, size_t bytes);

// An auto-reset event of the client and its handle, closed by ZwClose.
// STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS kernel_event_create(struct ps_system *system, PKEVENT *out, HANDLE *handle);
// The event behind a client's handle, with a reference for ObDereferenceObject.
// STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH; the client's mistake, so no finding.
NTSTATUS kernel_event_reference(struct ps_system *system, HANDLE handle, PKEVENT *out);
// The same for the address of the event, which may be anything: STATUS_INVALID_PARAMETER if it is no
// client's event.
NTSTATUS kernel_event_reference_object(struct ps_system *system, const void *event, PKEVENT *out);

// From now on the caller sets the device power states of this device object's stack: a driver that asks for
// IRP_MN_SET_POWER itself breaks VF-28. `device` is one that IoCreateDevice made.
void kernel_own_power(struct ps_system *system, PDEVICE_OBJECT device);
// Asks for a device power state as the power manager does: PoRequestPowerIrp without VF-28, which is for drivers.
// STATUS_PENDING (`completion` comes), or STATUS_INSUFFICIENT_RESOURCES. PASSIVE_LEVEL.
NTSTATUS kernel_set_power(struct ps_system *system, PDEVICE_OBJECT device, POWER_STATE state,
                          PREQUEST_POWER_COMPLETE completion, PVOID context);

// The same, and waits for it: the final status.
NTSTATUS kernel_change_power(struct ps_system *system, PDEVICE_OBJECT device,
                             DEVICE_POWER_STATE state);

// The creation number of an MDL; 0: this is none, or it was freed.
uint32_t kernel_mdl_number(struct ps_system *system, const MDL *mdl);
// How many pages a live MDL describes; what it says of itself is believed only as far as it has room for.
size_t kernel_mdl_pages(const MDL *mdl);

// Where DbgPrint goes: one line or part of one, as the driver wrote it. NULL: nowhere (the
// default).
void kernel_set_print(struct ps_system *system, void (*print)(void *context, const char *text),
                      void *context);

// The folder in which drivers' files are kept (drive.h); without one they are in memory. 0 or -ENOMEM.
int kernel_set_files(struct ps_system *system, const char *folder);
// The files in memory, and their bytes.
void kernel_memory_files(const struct ps_system *system, size_t *count, uint64_t *bytes);

// From now on each pool block below a page ends at an inaccessible page, and is inaccessible once it is freed, as far as
// the machine's map budget goes. Nothing else of a run changes. From the host's stack.
void kernel_guard_pool(struct ps_system *system);

// ---- what there is now, for leak checks ---------------------------------------------------------

struct kernel_counts {
    size_t pool_blocks, pool_bytes;
    size_t mdls, irps, files, devices, timers, dpcs, threads;
    size_t pages; // physical pages allocated outside pool
    size_t views, grants;
    size_t interfaces;  // COM objects of the port class
    size_t descriptors; // open file descriptors of the process
};
void kernel_get_counts(struct ps_system *system, struct kernel_counts *out);

// A COM object of the port class, from its making to its last Release. The object's owner has the memory.
struct kernel_com_object {
    struct list link;
    const char *name;   // NULL: it may outlive the driver
    const void *caller; // where the driver asked for it; otherwise made for it by the port class
};
void kernel_com_made(struct ps_system *system, struct kernel_com_object *made);
void kernel_com_gone(struct kernel_com_object *made);

// ---- calls that failed (failure.c) ----------------------------------------------------------------

enum { KERNEL_FAILURES = 16, KERNEL_FAILURE_STACK = 16 }; // so many are remembered

struct kernel_failure {
    const char *call;   // "PcNewInterruptSync": a service's, or what the driver's own routine is for
    const void *caller; // of the service; the routine itself where it is the driver's
    NTSTATUS status;
    unsigned depth;
    const void *stack[KERNEL_FAILURE_STACK]; // return addresses, innermost first
};

__attribute__((cold)) HOOK_ABI NTSTATUS kernel_tell_failure(NTSTATUS status, const char *call, const void *caller);
void kernel_forget_failures(struct ps_system *system);
// The latest for 0, the one before for 1; NULL: no more are known.
const struct kernel_failure *kernel_get_failure(const struct ps_system *system, unsigned back);

// Of a call that ended with `status`, which it returns.
static inline NTSTATUS kernel_tell(NTSTATUS status, const char *call, const void *caller)
{
    return __builtin_expect(NT_SUCCESS(status), 1) ? status : kernel_tell_failure(status, call, caller);
}

// What a service returns.
#define NT_TELL(status) NT_TELL_AS(__func__, status)
// The same of a method, which goes by another name.
#define NT_TELL_AS(call, status) kernel_tell((status), (call), __builtin_return_address(0))

// Checked call of driver code: notes IRQL and held locks before, reports rule `rule` (VF-59 family)
// when they differ after.
struct kernel_call {
    uint8_t irql, held;
};
void kernel_call_enter(struct ps_system *system, struct kernel_call *call);
void kernel_call_leave(struct ps_system *system, const struct kernel_call *call, const char *rule,
                       const char *what, const void *routine);

// From a service routine that asks others in turn: which of them claimed `interrupt`, for findings. In its ISR.
void kernel_interrupt_claimed(PKINTERRUPT interrupt, const void *routine);

#endif
