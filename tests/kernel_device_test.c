// SPDX-License-Identifier: MIT
//
// A driver of a device on the machine's bus: start and removal, resources, ports and registers,
// interrupts, DMA. The device copies memory and interrupts (machine_tester.h).
#include "ps_test.h"

#include "kernel_fixture.h"
#include "machine_tester.h"

// ---- the driver ---------------------------------------------------------------------------------

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

static VOID take_resource(const CM_PARTIAL_RESOURCE_DESCRIPTOR *resource)
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

static NTSTATUS start(PIRP irp)
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

static NTSTATUS remove_device(PIRP irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(extension->lower, irp);
    IoDetachDevice(extension->lower);
    IoDeleteDevice(fdo);
    return status;
}

static NTSTATUS NTAPI pnp(PDEVICE_OBJECT device, PIRP irp)
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

static NTSTATUS NTAPI open_or_close(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
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

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
}

static NTSTATUS NTAPI entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
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

static void bring_up(void)
{
    start_status = query_remove_status = STATUS_SUCCESS;
    minor_count = 0;
    assert_int_equal(kernel_load_driver(system_current, "copier", entry, &driver), STATUS_SUCCESS);
    assert_int_equal(kernel_start_device(system_current, driver,
                                         machine_device(system_current->machine, 0), &pdo),
                     STATUS_SUCCESS);
}

static void take_down(bool surprise)
{
    assert_int_equal(kernel_remove_device(system_current, pdo, surprise), STATUS_SUCCESS);
    assert_int_equal(kernel_unload_driver(system_current, driver), STATUS_SUCCESS);
}

static struct kernel_rig with_device(void (*test)(void *argument))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    struct ps_device *device;

    assert_int_equal(machine_attach(rig.system, &copier_ops, &device), 0);
    kernel_rig_thread(&rig, "test", test, NULL);
    kernel_rig_run(&rig);
    return rig;
}

static void nothing_left(const struct kernel_rig *rig)
{
    struct kernel_counts counts;

    kernel_get_counts(rig->system, &counts);
    assert_int_equal(counts.pool_blocks + counts.devices + counts.irps + counts.files, 0);
    assert_int_equal(counts.pages + counts.grants + counts.views, 0);
}

// ---- start and removal --------------------------------------------------------------------------

static void up_and_down(void *argument)
{
    bring_up();
    assert_int_equal(minors[0], IRP_MN_QUERY_CAPABILITIES);
    assert_int_equal(minors[1], IRP_MN_START_DEVICE);
    assert_int_equal(extension->port_length, 16);
    assert_int_equal(extension->registers_length, 8192);
    assert_in_range(extension->irql, 3, 11);
    assert_int_equal(extension->affinity, 3);
    assert_ptr_equal(IoGetAttachedDevice(pdo), fdo);
    take_down(false);
    assert_int_equal(minors[2], IRP_MN_QUERY_REMOVE_DEVICE);
    assert_int_equal(minors[3], IRP_MN_REMOVE_DEVICE);
}

PS_TEST(a_device_is_started_with_its_resources_and_removed, "SV-112", "~VF-67", "~VF-116",
        "~VF-132")
{
    struct kernel_rig rig = with_device(up_and_down);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void surprise(void *argument)
{
    bring_up();
    take_down(true);
    assert_int_equal(minors[2], IRP_MN_SURPRISE_REMOVAL);
    assert_int_equal(minors[3], IRP_MN_REMOVE_DEVICE);
}

PS_TEST(a_device_that_is_pulled_out_gets_surprise_removal, "SV-112")
{
    struct kernel_rig rig = with_device(surprise);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void start_fails(void *argument)
{
    assert_int_equal(kernel_load_driver(system_current, "copier", entry, &driver), STATUS_SUCCESS);
    start_status = STATUS_UNSUCCESSFUL;
    minor_count = 0;
    assert_int_equal(kernel_start_device(system_current, driver,
                                         machine_device(system_current->machine, 0), &pdo),
                     STATUS_UNSUCCESSFUL);
    assert_null(pdo);
    assert_int_equal(minors[2], IRP_MN_REMOVE_DEVICE);
    assert_int_equal(kernel_unload_driver(system_current, driver), STATUS_SUCCESS);
}

PS_TEST(a_failed_start_removes_the_stack, "SV-112")
{
    struct kernel_rig rig = with_device(start_fails);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void removal_refused(void *argument)
{
    bring_up();
    query_remove_status = STATUS_UNSUCCESSFUL;
    assert_int_equal(kernel_remove_device(system_current, pdo, false), STATUS_UNSUCCESSFUL);
    assert_int_equal(minors[3], IRP_MN_CANCEL_REMOVE_DEVICE);
    query_remove_status = STATUS_SUCCESS;
    take_down(false);
}

PS_TEST(a_refused_removal_is_cancelled, "SV-112")
{
    struct kernel_rig rig = with_device(removal_refused);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static PFILE_OBJECT handle;

static NTSTATUS open_handle(void)
{
    return kernel_open(system_current, pdo, NULL, NULL, 0, &handle);
}

static void removal_in_use(void *argument)
{
    bring_up();
    assert_int_equal(open_handle(), STATUS_SUCCESS);
    assert_int_equal(kernel_remove_device(system_current, pdo, false), STATUS_DEVICE_BUSY);
    assert_int_equal(minors[2], IRP_MN_QUERY_REMOVE_DEVICE);
    assert_int_equal(minors[3], IRP_MN_CANCEL_REMOVE_DEVICE);
    assert_int_equal(minor_count, 4);
    kernel_close(system_current, handle);
    assert_int_equal(open_handle(), STATUS_SUCCESS); // the device is as it was
    kernel_close(system_current, handle);
    take_down(false);
}

PS_TEST(an_open_handle_vetoes_removal, "AD-79a")
{
    struct kernel_rig rig = with_device(removal_in_use);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void pulled_out_in_use(void *argument)
{
    PFILE_OBJECT first, second;

    bring_up();
    assert_int_equal(open_handle(), STATUS_SUCCESS);
    first = handle;
    assert_int_equal(open_handle(), STATUS_SUCCESS);
    second = handle;
    assert_int_equal(kernel_remove_device(system_current, pdo, true), STATUS_DEVICE_BUSY);
    assert_int_equal(minors[minor_count - 1], IRP_MN_SURPRISE_REMOVAL);
    assert_int_equal(open_handle(), STATUS_NO_SUCH_DEVICE);
    kernel_close(system_current, first);
    assert_int_equal(kernel_remove_device(system_current, pdo, false), STATUS_DEVICE_BUSY);
    assert_int_equal(minors[minor_count - 1], IRP_MN_SURPRISE_REMOVAL); // nothing more was sent
    kernel_close(system_current, second);
    take_down(true);
    assert_int_equal(minors[minor_count - 1], IRP_MN_REMOVE_DEVICE);
}

PS_TEST(a_device_pulled_out_stays_until_its_handles_are_closed, "AD-79a")
{
    struct kernel_rig rig = with_device(pulled_out_in_use);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void properties(void *argument)
{
    UNICODE_STRING name;
    ULONG length;
    WCHAR id[128];

    bring_up();
    assert_int_equal(IoGetDeviceProperty(pdo, DevicePropertyHardwareID, 4, id, &length),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(IoGetDeviceProperty(pdo, DevicePropertyHardwareID, sizeof(id), id, &length),
                     STATUS_SUCCESS);
    assert_memory_equal(id, u"PCI\\VEN_1234&DEV_C0B1&SUBSYS_", 58);
    assert_int_equal(id[length / 2 - 1] | id[length / 2 - 2], 0);
    assert_int_equal(IoRegisterDeviceInterface(pdo, &GUID_BUS_INTERFACE_STANDARD, NULL, &name),
                     STATUS_SUCCESS);
    assert_int_equal(IoSetDeviceInterfaceState(&name, TRUE), STATUS_SUCCESS);
    assert_int_equal(IoSetDeviceInterfaceState(&name, TRUE), STATUS_OBJECT_NAME_EXISTS);
    assert_int_equal(IoSetDeviceInterfaceState(&name, FALSE), STATUS_SUCCESS);
    RtlFreeUnicodeString(&name);
    take_down(false);
}

PS_TEST(properties_and_interfaces_of_a_device, "SV-112")
{
    struct kernel_rig rig = with_device(properties);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void leave_things(void *argument)
{
    bring_up();
    ExAllocatePoolWithTag(NonPagedPool, 33, TEST_TAG);
    take_down(false);
}

PS_TEST(pool_left_at_unload_is_found, "VF-67")
{
    struct kernel_rig rig = with_device(leave_things);

    assert_int_equal(kernel_rig_finding(&rig, "VF-67")->parameters[0], 0x62);
    kernel_rig_end(&rig);
}

static KTIMER left_timer;

static void leave_timer(void *argument)
{
    bring_up();
    KeInitializeTimer(&left_timer);
    KeSetTimer(&left_timer, relative_ms(100), NULL);
    take_down(false);
}

PS_TEST(a_timer_left_at_unload_is_found, "SV-31", "VF-65")
{
    struct kernel_rig rig = with_device(leave_timer);

    kernel_rig_finding(&rig, "VF-65");
    kernel_rig_end(&rig);
}

// ---- ports and registers ------------------------------------------------------------------------

static void registers(void *argument)
{
    ULONG three[3] = {0};

    bring_up();
    assert_int_equal(READ_PORT_ULONG((PULONG)extension->port), 0xfeed);
    WRITE_PORT_ULONG((PULONG)(extension->port + 4), 0x12345678);
    extension->mapped = MmMapIoSpace(extension->registers, 64, MmNonCached);
    assert_int_equal(READ_REGISTER_ULONG(extension->mapped + 1), 0x12345678);
    WRITE_REGISTER_ULONG(extension->mapped + 2, 9);
    READ_REGISTER_BUFFER_ULONG(extension->mapped, three, 3);
    assert_int_equal(three[0], 0xfeed);
    assert_int_equal(three[2], 9);
    assert_int_equal(MmGetPhysicalAddress((PVOID)(uintptr_t)extension->mapped).QuadPart,
                     extension->registers.QuadPart);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)(ULONG_PTR)0x9999), 0xff);
    MmUnmapIoSpace((PVOID)(uintptr_t)extension->mapped, 64);
    take_down(false);
}

PS_TEST(ports_and_registers_reach_the_device, "SV-83", "SV-110", "~VF-81")
{
    struct kernel_rig rig = with_device(registers);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void unmap_at_dispatch(void *argument)
{
    KIRQL old;

    bring_up();
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    extension->mapped = MmMapIoSpace(extension->registers, 64, MmNonCached);
    MmUnmapIoSpace((PVOID)(uintptr_t)extension->mapped, 64);
    KeLowerIrql(old);
    take_down(false);
}

PS_TEST(unmapping_registers_above_apc_is_found, "SV-83", "VF-81")
{
    struct kernel_rig rig = with_device(unmap_at_dispatch);

    assert_int_equal(kernel_rig_finding(&rig, "VF-81")->parameters[0], 0x7B);
    kernel_rig_end(&rig);
}

static void poll_status(void *argument)
{
    bring_up();
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_START);
    while (!machine_device(system_current->machine, 0) || !copier->wakes)
        READ_PORT_ULONG((PULONG)(extension->port + 12));
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    take_down(false);
}

PS_TEST(polling_a_status_register_ends, "SV-110")
{
    struct kernel_rig rig = with_device(poll_status);

    kernel_rig_clean(&rig);
}

// ---- interrupts ---------------------------------------------------------------------------------

static PKINTERRUPT interrupt;
static unsigned served, preempted;
static KIRQL lowest_preempted;
static bool claims;

static BOOLEAN NTAPI serve(PKINTERRUPT self, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), extension->irql);
    assert_ptr_equal(context, extension);
    served++;
    if (!claims)
        return FALSE;
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    return TRUE;
}

static NTSTATUS connect(void)
{
    served = 0;
    claims = true;
    return IoConnectInterrupt(&interrupt, serve, extension, NULL, extension->vector,
                              extension->irql, extension->irql, LevelSensitive, TRUE,
                              extension->affinity, FALSE);
}

static void raise_line(void)
{
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_START);
}

static void one_interrupt(void *argument)
{
    KIRQL old;

    bring_up();
    assert_int_equal(connect(), STATUS_SUCCESS);
    raise_line();
    KeRaiseIrql(extension->irql, &old);
    KeStallExecutionProcessor(3000); // the other processor takes it, or nobody
    KeLowerIrql(old);
    assert_int_equal(served, 1);
    IoDisconnectInterrupt(interrupt);
    raise_line();
    sleep_ms(5);
    assert_int_equal(served, 1);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    take_down(false);
}

PS_TEST(an_isr_runs_at_its_irql_while_connected, "SV-50", "SV-53", "~VF-50")
{
    struct kernel_rig rig = with_device(one_interrupt);

    kernel_rig_clean(&rig);
}

static void connect_wrongly(void *argument)
{
    bring_up();
    assert_int_equal(IoConnectInterrupt(&interrupt, serve, extension, NULL, extension->vector + 99,
                                        extension->irql, extension->irql, LevelSensitive, TRUE,
                                        extension->affinity, FALSE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoConnectInterrupt(&interrupt, NULL, extension, NULL, extension->vector,
                                        extension->irql, extension->irql, LevelSensitive, TRUE,
                                        extension->affinity, FALSE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(IoConnectInterrupt(&interrupt, serve, extension, NULL, extension->vector,
                                        extension->irql, (KIRQL)(extension->irql - 1),
                                        LevelSensitive, TRUE, extension->affinity, FALSE),
                     STATUS_INVALID_PARAMETER);
    take_down(false);
}

PS_TEST(connecting_needs_a_vector_a_routine_and_an_irql, "SV-52")
{
    struct kernel_rig rig = with_device(connect_wrongly);

    kernel_rig_clean(&rig);
}

// On one processor the ISR can only come between two services of the thread, and only below its own
// IRQL.
static BOOLEAN NTAPI note_preempted(PKINTERRUPT self, PVOID context)
{
    preempted++;
    assert_true(lowest_preempted < extension->irql);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    return TRUE;
}

static void be_preempted(void *argument)
{
    KIRQL old;

    bring_up();
    preempted = 0;
    IoConnectInterrupt(&interrupt, note_preempted, extension, NULL, extension->vector,
                       extension->irql, extension->irql, LevelSensitive, TRUE, extension->affinity,
                       FALSE);
    for (KIRQL irql = 0; irql <= HIGH_LEVEL; irql++) {
        unsigned before = preempted;

        raise_line();
        lowest_preempted = irql;
        KeRaiseIrql(irql, &old);
        for (int i = 0; i < 1000; i++)
            KeStallExecutionProcessor(2);
        assert_int_equal(preempted - before, irql < extension->irql);
        lowest_preempted = 0;
        KeLowerIrql(old);
        KeQueryPerformanceCounter(NULL);
        assert_int_equal(preempted - before, 1);
    }
    IoDisconnectInterrupt(interrupt);
    take_down(false);
}

PS_TEST(an_isr_preempts_between_services_and_never_at_its_level, "SV-1", "SV-2", "SV-50")
{
    struct kernel_rig rig = kernel_rig_new(1, chooser_round_robin());
    struct ps_device *device;

    assert_int_equal(machine_attach(rig.system, &copier_ops, &device), 0);
    kernel_rig_thread(&rig, "test", be_preempted, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

static BOOLEAN NTAPI synchronised(PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), extension->irql);
    KeStallExecutionProcessor(2000);
    assert_int_equal(served, 0); // the ISR waits for us
    return *(BOOLEAN *)context;
}

static void synchronise(void *argument)
{
    BOOLEAN answer = TRUE;
    KIRQL old;

    bring_up();
    connect();
    raise_line();
    assert_true(KeSynchronizeExecution(interrupt, synchronised, &answer));
    sleep_ms(1);
    assert_int_equal(served, 1);
    answer = FALSE;
    served = 0;
    assert_false(KeSynchronizeExecution(interrupt, synchronised, &answer));
    old = KeAcquireInterruptSpinLock(interrupt);
    assert_int_equal(KeGetCurrentIrql(), extension->irql);
    KeReleaseInterruptSpinLock(interrupt, old);
    IoDisconnectInterrupt(interrupt);
    take_down(false);
}

PS_TEST(synchronising_excludes_the_isr, "SV-51")
{
    struct kernel_rig rig = with_device(synchronise);

    kernel_rig_clean(&rig);
}

static void synchronise_above(void *argument)
{
    KIRQL old;

    bring_up();
    connect();
    KeRaiseIrql(HIGH_LEVEL, &old);
    KeReleaseInterruptSpinLock(interrupt, KeAcquireInterruptSpinLock(interrupt));
    KeLowerIrql(old);
    IoDisconnectInterrupt(interrupt);
    take_down(false);
}

PS_TEST(synchronising_above_its_irql_is_found, "SV-51", "VF-101")
{
    struct kernel_rig rig = with_device(synchronise_above);

    kernel_rig_finding(&rig, "VF-101");
    kernel_rig_end(&rig);
}

static void storm(void *argument)
{
    bring_up();
    connect();
    claims = false;
    raise_line();
    sleep_ms(50);
    assert_in_range(served, 100, 2000);
    IoDisconnectInterrupt(interrupt);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    take_down(false);
}

PS_TEST(an_interrupt_nobody_claims_is_masked, "SV-53")
{
    struct kernel_rig rig = with_device(storm);

    kernel_rig_finding(&rig, "SV-53");
    kernel_rig_end(&rig);
}

static BOOLEAN NTAPI raises_in_isr(PKINTERRUPT self, PVOID context)
{
    KIRQL old;

    serve(self, context);
    KeRaiseIrql(HIGH_LEVEL, &old);
    return TRUE;
}

static void isr_raises(void *argument)
{
    bring_up();
    claims = true;
    IoConnectInterrupt(&interrupt, raises_in_isr, extension, NULL, extension->vector,
                       extension->irql, extension->irql, LevelSensitive, TRUE, extension->affinity,
                       FALSE);
    raise_line();
    sleep_ms(5);
    IoDisconnectInterrupt(interrupt);
    take_down(false);
}

PS_TEST(an_isr_at_another_irql_is_found, "SV-6", "VF-50")
{
    struct kernel_rig rig = with_device(isr_raises);

    assert_int_equal(kernel_rig_finding(&rig, "VF-50")->parameters[0], 0x111);
    kernel_rig_end(&rig);
}

static void leave_interrupt(void *argument)
{
    bring_up();
    connect();
    take_down(false);
}

PS_TEST(an_interrupt_left_at_unload_is_found_and_disconnected, "VF-67")
{
    struct kernel_rig rig = with_device(leave_interrupt);

    assert_int_equal(kernel_rig_finding(&rig, "VF-67")->code, 0xCE);
    assert_true(device_interrupt_line(machine_device(rig.system->machine, 0))->masked);
    kernel_rig_end(&rig);
}

// ---- DMA ----------------------------------------------------------------------------------------

static PDMA_ADAPTER get_adapter(void)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION,
                                      .Master = TRUE,
                                      .ScatterGather = TRUE,
                                      .Dma32BitAddresses = TRUE,
                                      .InterfaceType = PCIBus,
                                      .MaximumLength = 0x10000};
    ULONG map_registers;

    return IoGetDmaAdapter(pdo, &description, &map_registers);
}

// Copies by DMA from the first half of a common buffer to the second.
static void copy_by_dma(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    uint8_t *buffer;

    bring_up();
    pci_config_write(machine_device(system_current->machine, 0), 4, 2, 7); // bus master
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 2 * PAGE_SIZE, &logical, TRUE);
    assert_int_equal((uintptr_t)buffer % PAGE_SIZE, 0);
    assert_int_equal(MmGetPhysicalAddress(buffer).QuadPart, logical.QuadPart);
    assert_in_range(logical.QuadPart, 1, UINT32_MAX);
    memset(buffer, 0x3c, PAGE_SIZE);
    WRITE_PORT_ULONG((PULONG)extension->port, (ULONG)logical.QuadPart);
    WRITE_PORT_ULONG((PULONG)(extension->port + 4), (ULONG)logical.QuadPart + PAGE_SIZE);
    WRITE_PORT_ULONG((PULONG)(extension->port + 8), PAGE_SIZE);
    raise_line();
    sleep_ms(3);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    assert_int_equal(copier->last_error, 0);
    assert_memory_equal(buffer, buffer + PAGE_SIZE, PAGE_SIZE);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 2 * PAGE_SIZE, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(a_common_buffer_is_granted_for_its_whole_life, "SV-100", "SV-101", "SV-103", "~VF-142",
        "~VF-143", "~VF-149", "~VF-150")
{
    struct kernel_rig rig = with_device(copy_by_dma);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static VOID NTAPI check_list(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list,
                             PVOID context)
{
    ULONG bytes = 0;

    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        assert_true(grant_covers(system_current->machine,
                                 (uint64_t)list->Elements[i].Address.QuadPart,
                                 list->Elements[i].Length, PS_DMA_FROM_MEMORY));
        bytes += list->Elements[i].Length;
    }
    assert_int_equal(bytes, 5000);
    *(PSCATTER_GATHER_LIST *)context = list;
}

static void scatter_gather(void *argument)
{
    PSCATTER_GATHER_LIST list = NULL;
    PDMA_ADAPTER adapter;
    uint8_t *buffer;
    KIRQL old;
    PMDL mdl;

    bring_up();
    adapter = get_adapter();
    buffer = kernel_user_allocate(system_current, 8192, UINT32_MAX);
    mdl = IoAllocateMdl(buffer + 10, 6000, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(adapter->DmaOperations->GetScatterGatherList(adapter, fdo, mdl, buffer + 500,
                                                                  5000, check_list, &list, TRUE),
                     STATUS_SUCCESS);
    adapter->DmaOperations->PutScatterGatherList(adapter, list, TRUE);
    KeLowerIrql(old);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    kernel_user_free(system_current, buffer, 8192);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(a_scatter_gather_list_is_granted_while_it_is_out, "SV-102", "~VF-146", "~VF-150",
        "~VF-151", "~VF-153")
{
    struct kernel_rig rig = with_device(scatter_gather);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void put_with_buffers(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    void *buffer;

    bring_up();
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(putting_an_adapter_with_common_buffers_is_found, "SV-101", "VF-143")
{
    struct kernel_rig rig = with_device(put_with_buffers);
    const struct finding *finding = kernel_rig_finding(&rig, "VF-143");

    assert_int_equal(finding->code, 0xE6);
    assert_int_equal(finding->parameters[0], 0x07);
    kernel_rig_end(&rig);
}

static void free_common_twice(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    void *buffer;

    bring_up();
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(freeing_a_common_buffer_twice_is_found, "VF-142")
{
    struct kernel_rig rig = with_device(free_common_twice);

    assert_int_equal(kernel_rig_finding(&rig, "VF-142")->parameters[0], 0x03);
    kernel_rig_end(&rig);
}

static void free_common_otherwise(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    void *buffer;

    bring_up();
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 200, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(freeing_a_common_buffer_with_other_parameters_is_found, "SV-101")
{
    struct kernel_rig rig = with_device(free_common_otherwise);

    kernel_rig_finding(&rig, "SV-101");
    kernel_rig_end(&rig);
}

static void leave_adapter(void *argument)
{
    bring_up();
    get_adapter();
    take_down(false);
}

PS_TEST(an_adapter_left_at_unload_is_found, "VF-149")
{
    struct kernel_rig rig = with_device(leave_adapter);

    assert_int_equal(kernel_rig_finding(&rig, "VF-149")->parameters[0], 0x11);
    kernel_rig_end(&rig);
}

static void leave_device(void *argument)
{
    PDEVICE_OBJECT left;

    bring_up();
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &left);
    kernel_remove_device(system_current, pdo, false);
    kernel_unload_driver(system_current, driver);
}

PS_TEST(a_device_left_at_unload_is_found, "VF-132")
{
    struct kernel_rig rig = with_device(leave_device);

    assert_string_equal(journal_get(rig.system->journal, 0)->rule, "VF-132");
    kernel_rig_end(&rig);
}

static void use_after_put(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_OPERATIONS operations;
    PDMA_ADAPTER adapter;

    bring_up();
    adapter = get_adapter();
    operations = adapter->DmaOperations;
    operations->PutDmaAdapter(adapter);
    assert_null(operations->AllocateCommonBuffer(adapter, 100, &logical, TRUE));
    take_down(false);
}

PS_TEST(using_an_adapter_after_it_was_put_is_found, "VF-149")
{
    struct kernel_rig rig = with_device(use_after_put);

    assert_int_equal(kernel_rig_finding(&rig, "VF-149")->parameters[0], 0x18);
    kernel_rig_end(&rig);
}

static void dma_at_dispatch(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    void *buffer;
    KIRQL old;

    bring_up();
    adapter = get_adapter();
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    KeLowerIrql(old);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(allocating_a_common_buffer_at_dispatch_is_found, "SV-101", "VF-150")
{
    struct kernel_rig rig = with_device(dma_at_dispatch);

    kernel_rig_finding(&rig, "VF-150");
    kernel_rig_end(&rig);
}
