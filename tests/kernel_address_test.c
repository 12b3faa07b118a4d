// SPDX-License-Identifier: MIT
//
// What the kernel's routines must not be given: a client's addresses, strings that contradict themselves, objects to
// wait for in paged pool. And who may call the routines of file systems, and where.
#include "ps_test.h"

#include <ntifs.h>

#include "kernel_stack.h"
#include "wide.h"

static void silent(void (*step)(void *argument))
{
    struct kernel_rig rig = kernel_rig_do(step, NULL);

    kernel_rig_clean(&rig);
}

// ---- objects that are waited for ----------------------------------------------------------------

static POOL_TYPE where;
static unsigned what;

static void initialise(void *argument)
{
    void *block = ExAllocatePoolWithTag(where, 256, TEST_TAG);

    switch (what) {
    case 0:
        KeInitializeEvent(block, NotificationEvent, FALSE);
        break;
    case 1:
        KeInitializeMutex(block, 0);
        break;
    case 2:
        KeInitializeSemaphore(block, 0, 1);
        break;
    case 3:
        KeInitializeTimer(block);
        break;
    default:
        ExInitializeResourceLite(block);
        ExDeleteResourceLite(block);
    }
    ExFreePoolWithTag(block, TEST_TAG);
}

PS_TEST(what_is_waited_for_is_not_in_paged_pool, "VF-54", "~VF-54", "SV-124")
{
    for (what = 0; what < 5; what++) {
        where = PagedPool;
        kernel_rig_misuse(initialise, "VF-54", 0xC4, 0xE1);
        where = NonPagedPoolNx;
        silent(initialise);
    }
}

// ---- a client's addresses -----------------------------------------------------------------------

static UNICODE_STRING name;
static PVOID data;

static void set_value(void *argument)
{
    static WCHAR text[64];
    UNICODE_STRING path = wide_string("\\Registry\\Machine\\Software\\Test", text);
    OBJECT_ATTRIBUTES attributes;
    HANDLE key;

    InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE, NULL, NULL);
    assert_int_equal(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL), STATUS_SUCCESS);
    ZwSetValueKey(key, &name, 0, REG_BINARY, data, 4);
    ZwClose(key);
}

static void set_client_data(void *argument)
{
    data = kernel_user_allocate(system_current, PAGE_SIZE, UINT64_MAX);
    set_value(NULL);
    kernel_user_free(system_current, data, PAGE_SIZE);
}

static void set_client_name(void *argument)
{
    WCHAR *text = kernel_user_allocate(system_current, PAGE_SIZE, UINT64_MAX);

    text[0] = 'n';
    name = (UNICODE_STRING){2, 2, text};
    data = "ours";
    set_value(NULL);
    kernel_user_free(system_current, text, PAGE_SIZE);
}

static void set_own(void *argument)
{
    name = (UNICODE_STRING){2, 2, (WCHAR[1]){'n'}};
    data = "ours";
    set_value(NULL);
}

PS_TEST(a_zw_routine_takes_the_drivers_own_memory, "VF-54", "~VF-54")
{
    name = (UNICODE_STRING){2, 2, (WCHAR[1]){'n'}};
    kernel_rig_misuse(set_client_data, "VF-54", 0xC4, 0xE3);
    kernel_rig_misuse(set_client_name, "VF-54", 0xC4, 0xE3);
    silent(set_own);
}

static void set_value_named(void *argument)
{
    data = "ours";
    set_value(NULL);
}

PS_TEST(a_zw_routine_takes_well_formed_names, "VF-54", "~VF-54")
{
    static WCHAR text[4] = {'n', 'a', 'm', 'e'};

    name = (UNICODE_STRING){3, 8, text}; // half a character
    kernel_rig_misuse(set_value_named, "VF-54", 0xC4, 0xE4);
    name = (UNICODE_STRING){8, 6, text}; // longer than its buffer
    kernel_rig_misuse(set_value_named, "VF-54", 0xC4, 0xE4);
    name = (UNICODE_STRING){0, 0, NULL}; // the default value
    silent(set_value_named);
    name = (UNICODE_STRING){8, 8, text};
    silent(set_value_named);
}

static KPROCESSOR_MODE requestor;

static void send_with_clients_buffer(void *argument)
{
    void *buffer = kernel_user_allocate(system_current, PAGE_SIZE, UINT64_MAX);
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    irp = stack_irp(1, NULL);
    irp->UserBuffer = buffer;
    irp->RequestorMode = requestor;
    IoCallDriver(lower_device, irp);
    IoFreeIrp(irp);
    stack_drop();
    kernel_user_free(system_current, buffer, PAGE_SIZE);
}

PS_TEST(an_irp_of_kernel_mode_brings_no_clients_buffer, "VF-54", "~VF-54")
{
    requestor = KernelMode;
    kernel_rig_misuse(send_with_clients_buffer, "VF-54", 0xC4, 0xE2);
    requestor = UserMode;
    silent(send_with_clients_buffer);
}

// ---- routines of file systems -------------------------------------------------------------------

static KIRQL level;

static void note_device(void *argument)
{
    PETHREAD thread = PsGetCurrentThread();
    KIRQL old;

    assert_null(IoGetDeviceToVerify(thread));
    IoSetDeviceToVerify(thread, (PDEVICE_OBJECT)argument);
    KeRaiseIrql(level, &old);
    assert_ptr_equal(IoGetDeviceToVerify(thread), argument);
    KeLowerIrql(old);
}

PS_TEST(the_device_to_verify_is_the_threads_up_to_dispatch_level, "VF-111", "~VF-111")
{
    level = 5;
    kernel_rig_misuse(note_device, "VF-111", 0xC4, 0x20022);
    level = DISPATCH_LEVEL;
    silent(note_device);
}

static void write_nothing(void *argument)
{
    IO_STATUS_BLOCK block;
    KIRQL old;

    KeRaiseIrql(level, &old);
    if (argument)
        assert_int_equal(NtWriteFile(NULL, NULL, NULL, NULL, &block, NULL, 0, NULL, NULL), STATUS_INVALID_HANDLE);
    else
        assert_int_equal(ZwWriteFile(NULL, NULL, NULL, NULL, &block, NULL, 0, NULL, NULL), STATUS_INVALID_HANDLE);
    KeLowerIrql(old);
}

static void set_nothing(void *argument)
{
    FILE_POSITION_INFORMATION position = {0};
    IO_STATUS_BLOCK block;
    KIRQL old;

    KeRaiseIrql(level, &old);
    NtSetInformationFile(NULL, &block, &position, sizeof(position), FilePositionInformation);
    KeLowerIrql(old);
}

PS_TEST(files_are_written_at_passive_level, "VF-111", "SV-112")
{
    level = APC_LEVEL;
    kernel_rig_misuse(write_nothing, "VF-111", 0xC4, 0x20024);
    kernel_rig_misuse(set_nothing, "VF-111", 0xC4, 0x20024);
}
