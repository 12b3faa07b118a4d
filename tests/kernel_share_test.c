// SPDX-License-Identifier: MIT
//
// What drivers share by a name: callback objects, named events, interfaces under another class; and services that few
// drivers use.
#include "ps_test.h"

#include <wdmsec.h>
#include <wsk.h>

#include "kernel_copier.h"
#include "wide.h"

static ULONG told;

static VOID NTAPI add_up(PVOID context, PVOID one, PVOID two)
{
    told = told * 10 + (ULONG)(ULONG_PTR)context + (ULONG)(ULONG_PTR)one + (ULONG)(ULONG_PTR)two;
}

static NTSTATUS callback_open(const char *text, bool create, bool multiple, PCALLBACK_OBJECT *out)
{
    OBJECT_ATTRIBUTES attributes;
    WCHAR buffer[64];
    UNICODE_STRING name = wide_string(text, buffer);

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return ExCreateCallback(out, &attributes, create, multiple);
}

static void callbacks(void *argument)
{
    PCALLBACK_OBJECT one, same, none, single;
    PVOID first, second;

    assert_int_equal(callback_open("\\Callback\\Ours", false, true, &none), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(callback_open("\\Callback\\Ours", true, true, &one), STATUS_SUCCESS);
    assert_int_equal(callback_open("\\CALLBACK\\ours", false, false, &same), STATUS_SUCCESS);
    assert_ptr_equal(one, same);
    first = ExRegisterCallback(one, add_up, (PVOID)1);
    second = ExRegisterCallback(same, add_up, (PVOID)2);
    told = 0;
    ExNotifyCallback(one, (PVOID)1, (PVOID)1);
    assert_int_equal(told, 34); // in the order of registration
    ExUnregisterCallback(first);
    ObDereferenceObject(one);
    ObDereferenceObject(same);
    ExNotifyCallback(one, NULL, NULL); // the second registration keeps it
    assert_int_equal(told, 342);
    ExUnregisterCallback(second);
    assert_int_equal(callback_open("\\Callback\\Ours", false, true, &none), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(callback_open("\\Callback\\One", true, false, &single), STATUS_SUCCESS);
    first = ExRegisterCallback(single, add_up, NULL);
    assert_null(ExRegisterCallback(single, add_up, NULL));
    ExUnregisterCallback(first);
    ObDereferenceObject(single);
    assert_int_equal(callback_open("\\Callback\\PowerState", false, true, &single), STATUS_SUCCESS);
    ObDereferenceObject(single);
}

PS_TEST(drivers_call_each_other_through_a_callback_object)
{
    struct kernel_rig rig = kernel_rig_do(callbacks, NULL);

    kernel_rig_clean(&rig);
}

static void named_events(void *argument)
{
    WIDE(name, "\\BaseNamedObjects\\Ours");
    HANDLE one, two, three;
    PKEVENT event = IoCreateSynchronizationEvent(&name, &one);
    PKEVENT same = IoCreateNotificationEvent(&name, &two);

    assert_non_null(event);
    assert_ptr_equal(event, same);
    assert_int_equal(KeReadStateEvent(event), 1);
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(KeReadStateEvent(event), 0); // of the kind that came first
    ZwClose(one);
    KeSetEvent(same, 0, FALSE);
    ZwClose(two);
    assert_non_null(IoCreateNotificationEvent(&name, &three));
    ZwClose(three);
}

PS_TEST(an_event_is_shared_by_its_name, "SV-40")
{
    struct kernel_rig rig = kernel_rig_do(named_events, NULL);

    kernel_rig_clean(&rig);
}

static void aliases(void *argument)
{
    static const GUID classes[3] = {{1, 2, 3, {4}}, {5, 6, 7, {8}}, {9, 9, 9, {9}}};
    WIDE(wave, "Wave");
    WIDE(topology, "Topology");
    UNICODE_STRING names[2], other, alias;

    bring_up();
    for (int i = 0; i < 2; i++)
        assert_int_equal(IoRegisterDeviceInterface(pdo, &classes[i], &wave, &names[i]), STATUS_SUCCESS);
    assert_int_equal(IoRegisterDeviceInterface(pdo, &classes[2], &topology, &other), STATUS_SUCCESS);
    assert_int_equal(IoGetDeviceInterfaceAlias(&names[0], &classes[1], &alias), STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&alias, &names[1], FALSE));
    RtlFreeUnicodeString(&alias);
    assert_int_equal(IoGetDeviceInterfaceAlias(&names[0], &classes[2], &alias), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(alias.Buffer);
    RtlFreeUnicodeString(&other);
    RtlFreeUnicodeString(&names[0]);
    RtlFreeUnicodeString(&names[1]);
    take_down(false);
}

PS_TEST(an_interface_is_found_under_another_class, "SV-112")
{
    struct kernel_rig rig = with_device(aliases);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void memory(void *argument)
{
    UCHAR *base = MmAllocateNonCachedMemory(5000);
    ULONG64 cell = 0;

    assert_non_null(base);
    base[4999] = 1;
    assert_int_equal(MmGetPhysicalAddress(base + 4096).QuadPart, MmGetPhysicalAddress(base).QuadPart + 4096);
    MmFreeNonCachedMemory(base, 5000);
    WRITE_REGISTER_ULONG64(&cell, 0x1122334455667788u);
    assert_int_equal(cell, 0x1122334455667788u);
    assert_int_equal(READ_REGISTER_ULONG64(&cell), 0x1122334455667788u);
}

PS_TEST(memory_without_a_cache_and_wide_registers, "SV-110")
{
    struct kernel_rig rig = kernel_rig_do(memory, NULL);

    kernel_rig_clean(&rig);
}

static void freed_with_another_size(void *argument)
{
    MmFreeNonCachedMemory(MmAllocateNonCachedMemory(5000), 4096);
}

PS_TEST(memory_without_a_cache_is_freed_whole, "SV-81")
{
    struct kernel_rig rig = kernel_rig_do(freed_with_another_size, NULL);

    assert_string_equal(journal_get(rig.system->journal, 0)->rule, "SV-81");
    kernel_rig_end(&rig);
}

static void network(void *argument)
{
    WSK_CLIENT_DISPATCH dispatch = {.Version = MAKE_WSK_VERSION(1, 0)};
    WSK_CLIENT_NPI client = {.Dispatch = &dispatch};
    WSK_REGISTRATION registration;
    WSK_PROVIDER_NPI provider;
    WIDE(address, "10.0.0.1:7");
    PCWSTR end;
    IN_ADDR in;

    assert_int_equal(WskRegister(&client, &registration), STATUS_NOT_SUPPORTED);
    assert_int_equal(WskCaptureProviderNPI(&registration, WSK_INFINITE_WAIT, &provider),
                     STATUS_DEVICE_NOT_READY);
    assert_null(provider.Dispatch);
    WskDeregister(&registration);
    assert_int_equal(RtlIpv4StringToAddressW(address.Buffer, TRUE, &end, &in), STATUS_SUCCESS);
    assert_int_equal(in.S_un.S_un_b.s_b1, 10);
    assert_int_equal(*end, ':');
    assert_int_equal(RtlUshortByteSwap(0x1234), 0x3412);
}

PS_TEST(there_is_no_network, "SV-111")
{
    struct kernel_rig rig = kernel_rig_do(network, NULL);

    kernel_rig_clean(&rig);
}

static ULONG requests_done;

static NTSTATUS NTAPI request_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    requests_done++;
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void asynchronous(void *argument)
{
    IO_STATUS_BLOCK status;
    PIRP irp;

    bring_up();
    requests_done = 0;
    irp = IoBuildAsynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, fdo, NULL, 0, NULL, &status);
    assert_non_null(irp);
    assert_int_equal(IoGetNextIrpStackLocation(irp)->MajorFunction, IRP_MJ_FLUSH_BUFFERS);
    IoSetCompletionRoutine(irp, request_done, NULL, TRUE, TRUE, TRUE);
    IoCallDriver(fdo, irp);
    assert_int_equal(requests_done, 1);
    take_down(false);
}

PS_TEST(a_request_without_a_thread_is_the_drivers_to_free, "SV-66")
{
    struct kernel_rig rig = with_device(asynchronous);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void secure_device(void *argument)
{
    PDEVICE_OBJECT device = NULL;
    WIDE(name, "\\Device\\Ours");

    bring_up();
    assert_int_equal(IoCreateDeviceSecure(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                          &SDDL_DEVOBJ_SYS_ALL_ADM_ALL, NULL, &device),
                     STATUS_SUCCESS);
    assert_non_null(device);
    IoDeleteDevice(device);
    take_down(false);
}

PS_TEST(a_device_with_a_security_descriptor_is_a_device, "SV-112")
{
    struct kernel_rig rig = with_device(secure_device);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}
