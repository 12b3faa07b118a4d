// SPDX-License-Identifier: MIT
//
// What kernel services cost, on a fiber of a system that plays (round-robin, nobody observes).
#include "bench/bench.h"

#include <stdlib.h>

#include "kernel/kernel.h"

#define TAG 0x68636E62u // "bnch"

static KSPIN_LOCK lock;
static KEVENT event;
static uint8_t *user;
static PDEVICE_OBJECT device;

// ---- what is measured ---------------------------------------------------------------------------

static void spin_lock_pair(void *context, uint64_t rounds)
{
    KIRQL old;

    for (uint64_t i = 0; i < rounds; i++) {
        KeAcquireSpinLock(&lock, &old);
        KeReleaseSpinLock(&lock, old);
    }
}

static void set_and_reset(void *context, uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++) {
        KeSetEvent(&event, 0, FALSE);
        KeResetEvent(&event);
    }
}

static void pool_pair(void *context, uint64_t rounds)
{
    size_t bytes = *(const size_t *)context;

    for (uint64_t i = 0; i < rounds; i++)
        ExFreePoolWithTag(ExAllocatePoolWithTag(NonPagedPool, bytes, TAG), TAG);
}

static void locked_mdl(void *context, uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++) {
        PMDL mdl = IoAllocateMdl(user + i % 4096, 8192, FALSE, FALSE, NULL);

        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        BENCH_KEEP(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
}

static void control_request(void *context, uint64_t rounds)
{
    PFILE_OBJECT file = context;

    for (uint64_t i = 0; i < rounds; i++)
        kernel_control_wait(system_current, file, 3, NULL, 0, NULL, 0, NULL);
}

static VOID NTAPI empty_dpc(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
}

static void dpc_round(void *context, uint64_t rounds)
{
    KDPC *dpc = context;

    for (uint64_t i = 0; i < rounds; i++)
        KeInsertQueueDpc(dpc, NULL, NULL);
}

// ---- the system ---------------------------------------------------------------------------------

static NTSTATUS NTAPI complete(PDEVICE_OBJECT target, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    for (int i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        driver->MajorFunction[i] = complete;
    return IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
}

static void measure(void *argument)
{
    static size_t small = 200, page = 4096;
    static KDPC dpc;
    PDRIVER_OBJECT driver;
    PFILE_OBJECT file;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeDpc(&dpc, empty_dpc, NULL);
    user = kernel_user_allocate(system_current, 16384, UINT64_MAX);
    kernel_load_driver(system_current, "bench", entry, &driver);
    kernel_open(system_current, device, NULL, NULL, 0, &file);
    bench_report("spin-lock", bench_ns(spin_lock_pair, NULL), "ns", BENCH_NO_AIM, 0);
    bench_report("event-set-reset", bench_ns(set_and_reset, NULL), "ns", BENCH_NO_AIM, 0);
    bench_report("pool-200", bench_ns(pool_pair, &small), "ns", BENCH_NO_AIM, 0);
    bench_report("pool-4096", bench_ns(pool_pair, &page), "ns", BENCH_NO_AIM, 0);
    bench_report("mdl-lock-map-free", bench_ns(locked_mdl, NULL), "ns", BENCH_NO_AIM, 0);
    bench_report("control-request", bench_ns(control_request, file), "ns", BENCH_NO_AIM, 0);
    bench_report("dpc", bench_ns(dpc_round, &dpc), "ns", BENCH_NO_AIM, 0);
}

int main(int argc, char **argv)
{
    struct ps_system *system = system_create(1);
    struct chooser *chooser = chooser_round_robin();
    struct sched_options options = {.processors = 2, .chooser = chooser};
    struct machine_options machine = {.layout = LAYOUT_CONTIGUOUS};

    bench_start(argc, argv);
    if (!system || sched_create(system, &options) || machine_create(system, &machine))
        abort();
    system_current = system;
    if (kernel_create(system) || !kernel_thread(system, "bench", measure, NULL))
        abort();
    sched_run(system->sched, UINT64_MAX / 2);
    kernel_destroy(system);
    machine_destroy(system);
    sched_destroy(system);
    system_destroy(system);
    chooser_destroy(chooser);
    return bench_end();
}
