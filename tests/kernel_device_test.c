// SPDX-License-Identifier: MIT
//
// A driver of a device on the machine's bus: start and removal, resources, ports and registers,
// interrupts. DMA is in kernel_dma_test.c.
#include "ps_test.h"

#include <limits.h>
#include <wdmguid.h>

#include "kernel_copier.h"

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

struct seen {
    unsigned arrivals, removals;
    WCHAR last[128];
};

static NTSTATUS NTAPI seen_interface(PVOID structure, PVOID context)
{
    const DEVICE_INTERFACE_CHANGE_NOTIFICATION *change = structure;
    struct seen *seen = context;

    assert_int_equal(change->Version, 1);
    assert_int_equal(change->Size, sizeof(*change));
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(IsEqualGUID(&change->InterfaceClassGuid, &GUID_BUS_INTERFACE_STANDARD));
    if (IsEqualGUID(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL))
        seen->arrivals++;
    if (IsEqualGUID(&change->Event, &GUID_DEVICE_INTERFACE_REMOVAL))
        seen->removals++;
    memcpy(seen->last, change->SymbolicLinkName->Buffer, change->SymbolicLinkName->Length);
    return STATUS_SUCCESS;
}

static NTSTATUS watch_interfaces(ULONG flags, const GUID *class, struct seen *seen, PVOID *entry)
{
    return IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, flags, (PVOID)class,
                                          fdo->DriverObject, seen_interface, seen, entry);
}

static void interface_notifications(void *argument)
{
    struct seen later = {0}, all = {0}, other = {0};
    PVOID entries[3];
    UNICODE_STRING name;

    bring_up();
    assert_int_equal(IoRegisterDeviceInterface(pdo, &GUID_BUS_INTERFACE_STANDARD, NULL, &name), STATUS_SUCCESS);
    assert_int_equal(IoSetDeviceInterfaceState(&name, TRUE), STATUS_SUCCESS);
    watch_interfaces(0, &GUID_BUS_INTERFACE_STANDARD, &later, &entries[0]);
    watch_interfaces(PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, &GUID_BUS_INTERFACE_STANDARD, &all,
                     &entries[1]);
    watch_interfaces(1, &GUID_DEVICE_INTERFACE_ARRIVAL, &other, &entries[2]);
    assert_int_equal(later.arrivals, 0);
    assert_int_equal(all.arrivals, 1);
    assert_memory_equal(all.last, name.Buffer, name.Length);
    assert_int_equal(IoSetDeviceInterfaceState(&name, FALSE), STATUS_SUCCESS);
    assert_int_equal(IoUnregisterPlugPlayNotificationEx(entries[0]), STATUS_SUCCESS);
    assert_int_equal(IoUnregisterPlugPlayNotification(entries[0]), STATUS_INVALID_PARAMETER);
    assert_int_equal(IoSetDeviceInterfaceState(&name, TRUE), STATUS_SUCCESS);
    assert_int_equal(later.removals, 1);
    assert_int_equal(later.arrivals, 0);
    assert_int_equal(all.removals, 1);
    assert_int_equal(all.arrivals, 2);
    assert_int_equal(other.arrivals + other.removals, 0);
    assert_int_equal(watch_interfaces(0, NULL, &later, &entries[0]), STATUS_INVALID_PARAMETER);
    assert_int_equal(IoUnregisterPlugPlayNotification(entries[1]), STATUS_SUCCESS);
    assert_int_equal(IoSetDeviceInterfaceState(&name, FALSE), STATUS_SUCCESS);
    assert_int_equal(all.removals, 1);
    RtlFreeUnicodeString(&name);
    take_down(false); // the third goes with the driver
}

PS_TEST(who_asked_is_told_of_interfaces, "SV-112")
{
    struct kernel_rig rig = with_device(interface_notifications);

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

static void write_into_what_was_freed(void *argument)
{
    uint8_t *volatile base;

    bring_up();
    base = ExAllocatePoolWithTag(NonPagedPool, 33, TEST_TAG);
    ExFreePoolWithTag(base, TEST_TAG);
    base[20] = 1;
    take_down(false);
}

PS_TEST(a_write_after_the_free_is_found_at_unload, "VF-71")
{
    struct kernel_rig rig = with_device(write_into_what_was_freed);

    assert_int_equal(kernel_rig_finding(&rig, "VF-71")->code, 0xCC);
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

static void lock_registers(void *argument)
{
    const ULONG into_the_output = CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
    IO_STATUS_BLOCK block;
    KEVENT event;
    PVOID buffer;

    bring_up();
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    extension->mapped = MmMapIoSpace(extension->registers, 64, MmNonCached);
    buffer = (PVOID)(uintptr_t)extension->mapped;
    assert_null(IoBuildDeviceIoControlRequest(into_the_output, pdo, NULL, 0, buffer, 64, FALSE, &event, &block));
    MmUnmapIoSpace(buffer, 64);
    take_down(false);
}

PS_TEST(registers_are_no_memory_to_lock, "VF-90")
{
    struct kernel_rig rig = with_device(lock_registers);
    const struct finding *finding = kernel_rig_finding(&rig, "VF-90");

    assert_int_equal(finding->parameters[0], 0x6F);
    assert_true(finding->parameters[2] > finding->parameters[3]); // beyond the last page of RAM
    kernel_rig_end(&rig);
}

static void lock_memory(void *argument)
{
    const ULONG into_the_output = CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
    PVOID buffer = ExAllocatePoolWithTag(NonPagedPool, 64, TEST_TAG);
    IO_STATUS_BLOCK block;
    KEVENT event;
    PIRP irp;

    bring_up();
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(into_the_output, pdo, NULL, 0, buffer, 64, FALSE, &event, &block);
    assert_non_null(irp);
    assert_true(irp->MdlAddress->MdlFlags & MDL_PAGES_LOCKED);
    IoCallDriver(pdo, irp);
    ExFreePoolWithTag(buffer, TEST_TAG);
    assert_null(IoBuildDeviceIoControlRequest(into_the_output, pdo, NULL, 0, (PVOID)64, 64, FALSE, &event, &block));
    take_down(false);
}

PS_TEST(memory_is_locked_and_nothing_at_all_is_refused, "~VF-90")
{
    struct kernel_rig rig = with_device(lock_memory);

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

// The lock of the interrupt goes as soon as it is disconnected.
static void disconnect_and_free(void *argument)
{
    PKSPIN_LOCK lock;

    bring_up();
    lock = ExAllocatePoolWithTag(NonPagedPool, sizeof(*lock), 'kcol');
    KeInitializeSpinLock(lock);
    served = 0;
    claims = true;
    assert_int_equal(IoConnectInterrupt(&interrupt, serve, extension, lock, extension->vector,
                                        extension->irql, extension->irql, LevelSensitive, TRUE,
                                        extension->affinity, FALSE),
                     STATUS_SUCCESS);
    raise_line();
    KeStallExecutionProcessor(*(const ULONG *)argument);
    IoDisconnectInterrupt(interrupt);
    ExFreePoolWithTag(lock, 'kcol');
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    take_down(false);
}

PS_TEST(disconnecting_waits_for_a_delivery_that_has_begun, "SV-50", "~VF-33")
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));
        ULONG stall = 995 + seed % 8; // us; the line rises after 1000
        struct ps_device *device;

        assert_int_equal(machine_attach(rig.system, &copier_ops, &device), 0);
        kernel_rig_thread(&rig, "test", disconnect_and_free, &stall);
        kernel_rig_run(&rig);
        kernel_rig_clean(&rig);
    }
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

static BOOLEAN NTAPI serve_message(PKINTERRUPT self, PVOID context, ULONG message)
{
    fail_msg("no device here sends messages");
    return FALSE;
}

static void take_one(IO_CONNECT_INTERRUPT_PARAMETERS *parameters)
{
    IO_DISCONNECT_INTERRUPT_PARAMETERS back;

    served = 0;
    claims = true;
    assert_int_equal(IoConnectInterruptEx(parameters), STATUS_SUCCESS);
    raise_line();
    sleep_ms(3);
    assert_int_equal(served, 1);
    back.Version = parameters->Version;
    back.ConnectionContext.InterruptObject = interrupt;
    IoDisconnectInterruptEx(&back);
    raise_line();
    sleep_ms(3);
    assert_int_equal(served, 1);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
}

static void connect_by_device(void)
{
    IO_CONNECT_INTERRUPT_PARAMETERS line = {.Version = CONNECT_LINE_BASED,
                                            .LineBased = {pdo, &interrupt, serve, extension, NULL, 0, FALSE}};
    IO_CONNECT_INTERRUPT_PARAMETERS messages = {
        .Version = CONNECT_MESSAGE_BASED,
        .MessageBased = {pdo, {.InterruptObject = &interrupt}, serve_message, extension, NULL, 0, FALSE, serve}};
    IO_CONNECT_INTERRUPT_PARAMETERS full = {
        .Version = CONNECT_FULLY_SPECIFIED,
        .FullySpecified = {pdo, &interrupt, serve, extension, NULL, extension->irql, FALSE, TRUE, extension->vector,
                           extension->irql, LevelSensitive, extension->affinity, 0}};

    take_one(&line);
    take_one(&messages);
    assert_int_equal(messages.Version, CONNECT_LINE_BASED);
    take_one(&full);
    messages.Version = CONNECT_MESSAGE_BASED;
    messages.MessageBased.FallBackServiceRoutine = NULL;
    assert_int_equal(IoConnectInterruptEx(&messages), STATUS_NOT_FOUND);
    line.LineBased.PhysicalDeviceObject = NULL;
    assert_int_equal(IoConnectInterruptEx(&line), STATUS_INVALID_PARAMETER);
    full.FullySpecified.ProcessorEnableMask = 0;
    assert_int_equal(IoConnectInterruptEx(&full), STATUS_INVALID_PARAMETER_10);
    full.Version = 77;
    assert_int_equal(IoConnectInterruptEx(&full), STATUS_INVALID_PARAMETER_1);
}

static void connect_started(void *argument)
{
    bring_up();
    connect_by_device();
    take_down(false);
}

PS_TEST(an_interrupt_is_connected_by_its_device_or_in_full, "SV-51a")
{
    struct kernel_rig rig = with_device(connect_started);

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

// ---- a storm

static unsigned forgets; // services that leave the device as it is

static BOOLEAN NTAPI forgetful_isr(PKINTERRUPT self, PVOID context)
{
    if (++served > forgets)
        WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    return TRUE;
}

static void be_forgetful(unsigned times)
{
    bring_up();
    served = 0;
    forgets = times;
    IoConnectInterrupt(&interrupt, forgetful_isr, extension, NULL, extension->vector, extension->irql,
                       extension->irql, LevelSensitive, TRUE, extension->affinity, FALSE);
    raise_line();
    sleep_ms(50);
    IoDisconnectInterrupt(interrupt);
    WRITE_PORT_ULONG((PULONG)(extension->port + 12), COPIER_ACKNOWLEDGE);
    take_down(false);
}

static void forget_for_ever(void *argument)
{
    be_forgetful(UINT_MAX);
    assert_int_equal(served, 1000);
}

static void forget_for_a_while(void *argument)
{
    be_forgetful(999);
    assert_int_equal(served, 1000);
}

PS_TEST(an_interrupt_that_is_served_and_comes_again_at_once_for_ever_is_masked, "VF-58b", "~VF-58b")
{
    struct kernel_rig rig = with_device(forget_for_ever);
    const struct finding *finding = kernel_rig_finding(&rig, "VF-58b");

    assert_int_equal(finding->code, 0x133);
    assert_ptr_equal(finding->caller, (const void *)(uintptr_t)forgetful_isr);
    kernel_rig_end(&rig);
    rig = with_device(forget_for_a_while);
    kernel_rig_clean(&rig);
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

static BOOLEAN NTAPI slow_isr(PKINTERRUPT self, PVOID context)
{
    serve(self, context);
    KeStallExecutionProcessor(30);
    return TRUE;
}

static enum finding_mode decide_isr(void *context, const struct finding *finding)
{
    return context && !strcmp(finding->rule, "SV-54") ? FINDING_REPORT : FINDING_OFF;
}

static void slow_service(bool asked)
{
    journal_set_policy(system_current->journal, asked ? &asked : NULL, decide_isr);
    bring_up();
    claims = true;
    IoConnectInterrupt(&interrupt, slow_isr, extension, NULL, extension->vector, extension->irql,
                       extension->irql, LevelSensitive, TRUE, extension->affinity, FALSE);
    raise_line();
    sleep_ms(5);
    IoDisconnectInterrupt(interrupt);
    take_down(false);
    journal_set_policy(system_current->journal, NULL, NULL);
}

static void slow_and_asked(void *argument)
{
    slow_service(true);
}

static void slow_unasked(void *argument)
{
    slow_service(false);
}

PS_TEST(a_slow_isr_is_found_where_it_is_asked_for, "SV-54", "VF-58a", "~VF-58a")
{
    struct kernel_rig rig = with_device(slow_and_asked);

    assert_int_equal(kernel_rig_finding(&rig, "SV-54")->parameters[1], 31); // the port, too
    kernel_rig_end(&rig);
    rig = with_device(slow_unasked);
    kernel_rig_clean(&rig);
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

// ---- what a driver leaves behind -----------------------------------------------------------------

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

static NTSTATUS NTAPI stays_attached(PDEVICE_OBJECT device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(extension->lower, irp);
}

static void remove_and_stay(void *argument)
{
    bring_up();
    driver->MajorFunction[IRP_MJ_PNP] = stays_attached;
    kernel_remove_device(system_current, pdo, false);
    IoDeleteDevice(fdo);
    kernel_unload_driver(system_current, driver);
}

PS_TEST(a_device_that_stays_attached_after_its_removal_is_found, "SV-112", "VF-116")
{
    struct kernel_rig rig = with_device(remove_and_stay);

    assert_int_equal(kernel_rig_finding(&rig, "VF-116")->parameters[0], 0x43006);
    kernel_rig_end(&rig);
}
