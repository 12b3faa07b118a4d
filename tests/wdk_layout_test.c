// SPDX-License-Identifier: MIT
//
// The layouts hold in C (compiling tests/wdk_layout.h proves them), and what include/wdk defines inline
// does what its name says.
#include "tests/ps_test.h"

#include "tests/wdk_layout.h"

#define STATIC_PRIVATE_SET 0x11223344, 0x5566, 0x7788, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x01
DEFINE_GUIDEX(PRIVATE_SET);
DEFINE_GUIDSTRUCT("11223344-5566-7788-99aa-BBCCDDEEFF01", PRIVATE_TEXT);
#define PRIVATE_TEXT DEFINE_GUIDNAMED(PRIVATE_TEXT)

PS_TEST(a_driver_defines_its_own_guids, "DS-22")
{
    assert_true(IsEqualGUID(&PRIVATE_SET, &PRIVATE_TEXT));
    assert_int_equal(PRIVATE_TEXT.Data1, 0x11223344);
    assert_int_equal(PRIVATE_TEXT.Data3, 0x7788);
    assert_int_equal(PRIVATE_TEXT.Data4[1], 0xAA);
    assert_int_equal(PRIVATE_TEXT.Data4[7], 0x01);
    assert_false(IsEqualGUID(&PRIVATE_TEXT, &GUID_NULL));
}

PS_TEST(guids_of_families_differ_in_their_first_field)
{
    assert_int_equal(IID_IPortWavePci.Data1, 0xB4C90A50);
    assert_memory_equal(&IID_IPortWavePci.Data2, &IID_IMiniport.Data2, sizeof(GUID) - 4);
    assert_int_equal(KSNODETYPE_SPEAKER.Data1, 0xDFF21CE1);
    assert_int_equal(KSAUDFNAME_MASTER_VOLUME.Data1, 0x185FEDE3);
    assert_int_equal(KSAUDFNAME_VOLUME_CONTROL.Data1, 0x185FEDF7);
    assert_int_equal(KSAUDFNAME_VIDEO.Data1, 0x915DAEC4); // of another family
}

PS_TEST(wave_tags_become_subtypes, "KP-71")
{
    GUID guid;

    INIT_WAVEFORMATEX_GUID(&guid, WAVE_FORMAT_PCM);
    assert_true(IsEqualGUID(&guid, &KSDATAFORMAT_SUBTYPE_PCM));
    INIT_WAVEFORMATEX_GUID(&guid, WAVE_FORMAT_DOLBY_AC3_SPDIF);
    assert_true(IsEqualGUID(&guid, &KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL));
    assert_true(IS_VALID_WAVEFORMATEX_GUID(&guid));
    assert_int_equal(EXTRACT_WAVEFORMATEX_ID(&guid), 0x92);
    assert_false(IS_VALID_WAVEFORMATEX_GUID(&KSDATAFORMAT_SUBTYPE_ANALOG));
}

PS_TEST(control_codes_are_windows_own, "KP-30")
{
    assert_int_equal(IOCTL_KS_PROPERTY, 0x2F0003);
    assert_int_equal(IOCTL_KS_ENABLE_EVENT, 0x2F0007);
    assert_int_equal(IOCTL_KS_DISABLE_EVENT, 0x2F000B);
    assert_int_equal(IOCTL_KS_METHOD, 0x2F000F);
    assert_int_equal(IOCTL_KS_WRITE_STREAM, 0x2F8013);
    assert_int_equal(IOCTL_KS_READ_STREAM, 0x2F4017);
    assert_int_equal(IOCTL_KS_RESET_STATE, 0x2F001B);
    assert_int_equal(IOCTL_KS_HANDSHAKE, 0x2F001F);
}

PS_TEST(numbers_of_the_specification)
{
    assert_int_equal((ULONG)STATUS_NOT_FOUND, 0xC0000225);
    assert_int_equal(KSPROPERTY_CONNECTION_STARTAT, 7);
    assert_int_equal(KSPROPERTY_PIN_PROPOSEDATAFORMAT, 14);
    assert_int_equal(KSPROPERTY_AUDIO_POSITION, 5);
    assert_int_equal(KSPROPERTY_AUDIO_MUTE, 13);
    assert_int_equal(KSPROPERTY_AUDIO_CPU_RESOURCES, 33);
    assert_int_equal(KSPROPERTY_AUDIO_PREFERRED_STATUS, 40);
    assert_int_equal(KSPROPERTY_AUDIO_PEAKMETER2, 55);
    assert_int_equal(KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT, 7);
    assert_int_equal(KSEVENT_CONNECTION_ENDOFSTREAM, 4);
    assert_int_equal(NonPagedPoolNx, 512);
    assert_int_equal(KSSTATE_RUN, 3);
    assert_int_equal(PCIBus, 5);
    assert_int_equal(ACPIBus, 17);
}

PS_TEST(lists_keep_their_order)
{
    LIST_ENTRY head, a, b, c;

    InitializeListHead(&head);
    assert_true(IsListEmpty(&head));
    InsertTailList(&head, &b);
    InsertTailList(&head, &c);
    InsertHeadList(&head, &a);
    assert_ptr_equal(head.Flink, &a);
    assert_ptr_equal(head.Blink, &c);
    assert_false(RemoveEntryList(&b));
    assert_ptr_equal(a.Flink, &c);
    assert_ptr_equal(RemoveHeadList(&head), &a);
    assert_ptr_equal(RemoveTailList(&head), &c);
    assert_true(IsListEmpty(&head));
    assert_ptr_equal(RemoveHeadList(&head), &head);
}

PS_TEST(a_ring_without_head_is_appended)
{
    LIST_ENTRY head, a, b, c;

    InitializeListHead(&head);
    InsertTailList(&head, &a);
    InitializeListHead(&b);
    InsertTailList(&b, &c);
    AppendTailList(&head, &b);
    assert_ptr_equal(RemoveTailList(&head), &c);
    assert_ptr_equal(RemoveTailList(&head), &b);
    assert_ptr_equal(RemoveTailList(&head), &a);
    assert_true(IsListEmpty(&head));
}

PS_TEST(interlocked_operations_return_what_windows_returns)
{
    volatile LONG value = 5;
    PVOID volatile pointer = NULL;

    assert_int_equal(InterlockedIncrement(&value), 6);
    assert_int_equal(InterlockedDecrement(&value), 5);
    assert_int_equal(InterlockedExchange(&value, 9), 5);
    assert_int_equal(InterlockedExchangeAdd(&value, 3), 9);
    assert_int_equal(InterlockedCompareExchange(&value, 1, 99), 12);
    assert_int_equal(InterlockedCompareExchange(&value, 1, 12), 12);
    assert_int_equal(InterlockedOr(&value, 6), 1);
    assert_int_equal(InterlockedAnd(&value, 3), 7);
    assert_int_equal(value, 3);
    assert_ptr_equal(InterlockedExchangePointer(&pointer, (PVOID)&value), NULL);
    assert_ptr_equal(InterlockedCompareExchangePointer(&pointer, NULL, (PVOID)&value), &value);
    assert_ptr_equal(pointer, NULL);
}

struct stacked_irp {
    IRP irp;
    IO_STACK_LOCATION stack[2];
};

static void stacked_irp_init(struct stacked_irp *stacked)
{
    memset(stacked, 0, sizeof(*stacked));
    stacked->irp.StackCount = 2;
    stacked->irp.CurrentLocation = 2;
    stacked->irp.Tail.Overlay.CurrentStackLocation = &stacked->stack[1];
}

static NTSTATUS NTAPI complete(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    return STATUS_SUCCESS;
}

PS_TEST(copying_a_stack_location_leaves_the_completion_routine)
{
    struct stacked_irp stacked;
    PIO_STACK_LOCATION next = &stacked.stack[0];

    stacked_irp_init(&stacked);
    stacked.stack[1].MajorFunction = IRP_MJ_PNP;
    stacked.stack[1].FileObject = (PFILE_OBJECT)&stacked;
    stacked.stack[1].CompletionRoutine = complete;
    stacked.stack[1].Control = SL_INVOKE_ON_SUCCESS;
    IoCopyCurrentIrpStackLocationToNext(&stacked.irp);
    assert_int_equal(next->MajorFunction, IRP_MJ_PNP);
    assert_ptr_equal(next->FileObject, &stacked);
    assert_int_equal(next->Control, 0);
    assert_null(next->CompletionRoutine);
}

PS_TEST(completion_routines_are_set_where_windows_has_them)
{
    struct stacked_irp stacked;

    stacked_irp_init(&stacked);
    IoSetCompletionRoutine(&stacked.irp, complete, &stacked, TRUE, FALSE, TRUE);
    assert_int_equal(stacked.stack[0].Control, SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_CANCEL);
    assert_ptr_equal(stacked.stack[0].Context, &stacked);
    IoMarkIrpPending(&stacked.irp);
    assert_int_equal(stacked.stack[1].Control, SL_PENDING_RETURNED);
    IoSkipCurrentIrpStackLocation(&stacked.irp);
    assert_int_equal(stacked.irp.CurrentLocation, 3);
    IoSetNextIrpStackLocation(&stacked.irp);
    assert_ptr_equal(IoGetCurrentIrpStackLocation(&stacked.irp), &stacked.stack[1]);
}

static PVOID mapped;

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE type,
                                         PVOID address, ULONG stop_on_failure, ULONG priority)
{
    assert_int_equal(mode, KernelMode);
    assert_int_equal(type, MmCached);
    assert_false(stop_on_failure);
    return mapped;
}

PS_TEST(an_unmapped_mdl_is_mapped_cached_and_may_fail, "SV-95")
{
    MDL mdl = {.MdlFlags = MDL_PAGES_LOCKED};

    mapped = &mdl;
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(&mdl, NormalPagePriority), &mdl);
    mapped = NULL;
    assert_null(MmGetSystemAddressForMdlSafe(&mdl, NormalPagePriority));
}

PS_TEST(mdl_macros_read_and_fill_the_fields, "SV-90")
{
    struct {
        MDL mdl;
        PFN_NUMBER pages[3];
    } list;
    PVOID address = (PVOID)(ULONG_PTR)0x10FF0;

    MmInitializeMdl(&list.mdl, address, 0x1020);
    assert_int_equal(MmSizeOfMdl(address, 0x1020), sizeof(list));
    assert_ptr_equal(list.mdl.StartVa, 0x10000);
    assert_int_equal(MmGetMdlByteOffset(&list.mdl), 0xFF0);
    assert_int_equal(MmGetMdlByteCount(&list.mdl), 0x1020);
    assert_ptr_equal(MmGetMdlVirtualAddress(&list.mdl), address);
    assert_ptr_equal(MmGetMdlPfnArray(&list.mdl), list.pages);
    list.mdl.MappedSystemVa = address;
    list.mdl.MdlFlags = MDL_MAPPED_TO_SYSTEM_VA;
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(&list.mdl, NormalPagePriority), address);
}

PS_TEST(pages_spanned_by_ranges)
{
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES((PVOID)0x1000, 0), 0);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES((PVOID)0x1000, 1), 1);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES((PVOID)0x1FFF, 1), 1);
    assert_int_equal(ADDRESS_AND_SIZE_TO_SPAN_PAGES((PVOID)0x1FFF, 2), 2);
    assert_int_equal(ROUND_TO_PAGES(1), 0x1000);
    assert_int_equal(BYTES_TO_PAGES(0x1001), 2);
}
