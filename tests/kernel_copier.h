// SPDX-License-Identifier: MIT
//
// A driver of the device that copies memory and interrupts (machine_tester.h), and a system with
// both.
#ifndef PORTSIDE_TESTS_KERNEL_COPIER_H
#define PORTSIDE_TESTS_KERNEL_COPIER_H

#include "kernel_fixture.h"
#include "machine_tester.h"

struct extension {
    PDEVICE_OBJECT lower, pdo;
    ULONG_PTR port, port_length;
    PHYSICAL_ADDRESS registers;
    ULONG registers_length;
    ULONG vector;
    KIRQL irql;
    KAFFINITY affinity;
    volatile ULONG *mapped;
};

static struct extension *extension;
static PDEVICE_OBJECT fdo;
static NTSTATUS start_status, query_remove_status;
static unsigned minors[64], minor_count;

static inline VOID take_resource(const CM_PARTIAL_RESOURCE_DESCRIPTOR *resource)
{
    switch (resource->Type) {
    case CmResourceTypePort:
        extension->port = (ULONG_PTR)resource->u.Port.Start.QuadPart;
        extension->port_length = resource->u.Port.Length;
        break;
    case CmResourceTypeMemory:
        extension->registers = resource->u.Memory.Start;
        extension->registers_length = resource->u.Memory.Length;
        break;
    case CmResourceTypeInterrupt:
        extension->vector = resource->u.Interrupt.Vector;
        extension->irql = (KIRQL)resource->u.Interrupt.Level;
        extension->affinity = resource->u.Interrupt.Affinity;
        break;
    }
}

static inline NTSTATUS start(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PCM_PARTIAL_RESOURCE_LIST list =
        &stack->Parameters.StartDevice.AllocatedResourcesTranslated->List[0].PartialResourceList;

    assert_true(IoForwardIrpSynchronously(extension->lower, irp));
    for (ULONG i = 0; i < list->Count; i++)
        take_resource(&list->PartialDescriptors[i]);
    irp->IoStatus.Status = start_status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return start_status;
}

static inline NTSTATUS remove_device(PIRP irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(extension->lower, irp);
    IoDetachDevice(extension->lower);
    IoDeleteDevice(fdo);
    return status;
}

static inline NTSTATUS NTAPI pnp(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;

    minors[minor_count++ % 64] = minor;
    if (minor == IRP_MN_START_DEVICE)
        return start(irp);
    if (minor == IRP_MN_REMOVE_DEVICE)
        return remove_device(irp);
    if (minor == IRP_MN_QUERY_REMOVE_DEVICE && !NT_SUCCESS(query_remove_status)) {
        irp->IoStatus.Status = query_remove_status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return query_remove_status;
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(extension->lower, irp);
}

static inline NTSTATUS NTAPI open_or_close(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static inline NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(*extension), NULL, FILE_DEVICE_SOUND, 0, FALSE, &fdo);

    if (!NT_SUCCESS(status))
        return status;
    extension = fdo->DeviceExtension;
    extension->pdo = pdo;
    extension->lower = IoAttachDeviceToDeviceStack(fdo, pdo);
    if (!extension->lower) {
        IoDeleteDevice(fdo);
        return STATUS_NO_SUCH_DEVICE;
    }
    fdo->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static inline VOID NTAPI unload(PDRIVER_OBJECT driver)
{
}

static inline NTSTATUS NTAPI entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    driver->DriverExtension->AddDevice = add_device;
    driver->DriverUnload = unload;
    driver->MajorFunction[IRP_MJ_PNP] = pnp;
    driver->MajorFunction[IRP_MJ_CREATE] = open_or_close;
    driver->MajorFunction[IRP_MJ_CLEANUP] = open_or_close;
    driver->MajorFunction[IRP_MJ_CLOSE] = open_or_close;
    return STATUS_SUCCESS;
}

static PDRIVER_OBJECT driver;
static PDEVICE_OBJECT pdo;

static inline void bring_up(void)
{
    start_status = query_remove_status = STATUS_SUCCESS;
    minor_count = 0;
    assert_int_equal(kernel_load_driver(system_current, "copier", entry, &driver), STATUS_SUCCESS);
    assert_int_equal(kernel_start_device(system_current, driver,
                                         machine_device(system_current->machine, 0), &pdo),
                     STATUS_SUCCESS);
}

static inline void take_down(bool surprise)
{
    assert_int_equal(kernel_remove_device(system_current, pdo, surprise), STATUS_SUCCESS);
    assert_int_equal(kernel_unload_driver(system_current, driver), STATUS_SUCCESS);
}

static inline struct kernel_rig with_device(void (*test)(void *argument))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    struct ps_device *device;

    assert_int_equal(machine_attach(rig.system, &copier_ops, &device), 0);
    kernel_rig_thread(&rig, "test", test, NULL);
    kernel_rig_run(&rig);
    return rig;
}

static inline void nothing_left(const struct kernel_rig *rig)
{
    struct kernel_counts counts;

    kernel_get_counts(rig->system, &counts);
    assert_int_equal(counts.pool_blocks + counts.devices + counts.irps + counts.files, 0);
    assert_int_equal(counts.pages + counts.grants + counts.views, 0);
}

static inline void raise_line(void)
{
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_START);
}

#endif
