// SPDX-License-Identifier: MIT
//
// What a driver reports: entries of the error log, event providers; and whom it is attached to.
#include "ps_test.h"

#include <detail/errorlog.h>
#include <detail/etw.h>

#include "kernel_stack.h"

static char printed[256];

static void keep(void *context, const char *text)
{
    snprintf(printed, sizeof(printed), "%s", text);
}

static void write_entry(void *argument)
{
    PIO_ERROR_LOG_PACKET packet;

    stack_create(false);
    kernel_set_print(system_current, keep, NULL);
    assert_null(IoAllocateErrorLogEntry(lower_device, sizeof(*packet) - 1));
    assert_null(IoAllocateErrorLogEntry(lower_device, ERROR_LOG_MAXIMUM_SIZE + 1));
    assert_null(IoAllocateErrorLogEntry(NULL, sizeof(*packet)));
    packet = IoAllocateErrorLogEntry(lower_device, sizeof(*packet));
    assert_int_equal(packet->RetryCount, 0);
    packet->ErrorCode = (NTSTATUS)0xC0050001;
    packet->UniqueErrorValue = 0x17;
    packet->FinalStatus = STATUS_UNSUCCESSFUL;
    IoWriteErrorLogEntry(packet);
    assert_string_equal(printed, "error log: code 0xc0050001, unique value 0x00000017, final status 0xc0000001\n");
    IoFreeErrorLogEntry(IoAllocateErrorLogEntry(lower_device, ERROR_LOG_MAXIMUM_SIZE));
    stack_drop();
}

PS_TEST(an_entry_of_the_error_log_is_written_or_freed, "SV-138")
{
    struct kernel_rig rig = kernel_rig_do(write_entry, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

static void provide(void *argument)
{
    static const GUID id = {1, 2, 3, {4}};
    EVENT_DESCRIPTOR event = {.Id = 1};
    EVENT_DATA_DESCRIPTOR data;
    REGHANDLE one, two;

    assert_int_equal(EtwRegister(NULL, NULL, NULL, &one), STATUS_INVALID_PARAMETER);
    assert_int_equal(EtwRegister(&id, NULL, NULL, &one), STATUS_SUCCESS);
    assert_int_equal(EtwRegister(&id, NULL, NULL, &two), STATUS_SUCCESS);
    assert_true(one && two && one != two);
    assert_false(EtwEventEnabled(one, &event) || EtwProviderEnabled(two, 5, 0));
    EventDataDescCreate(&data, &event, sizeof(event));
    assert_int_equal(EtwWrite(one, &event, NULL, 1, &data), STATUS_SUCCESS);
    assert_int_equal(EtwUnregister(one), STATUS_SUCCESS);
    assert_int_equal(EtwWrite(one, &event, NULL, 1, &data), STATUS_INVALID_HANDLE);
    assert_int_equal(EtwUnregister(one), STATUS_INVALID_HANDLE);
    assert_int_equal(EtwWriteTransfer(two, &event, NULL, NULL, 0, NULL), STATUS_SUCCESS);
    assert_int_equal(EtwWriteString(two, 5, 0, NULL, u"text"), STATUS_SUCCESS);
    assert_int_equal(EtwUnregister(two), STATUS_SUCCESS);
}

PS_TEST(event_providers_are_registered_and_never_enabled, "SV-137")
{
    struct kernel_rig rig = kernel_rig_do(provide, NULL);

    kernel_rig_clean(&rig);
}

static void attach(void *argument)
{
    KAPC_STATE state;

    KeStackAttachProcess(PsGetCurrentProcess(), &state);
    assert_ptr_equal(PsGetProcessId(PsGetCurrentProcess()), PsGetCurrentProcessId());
    KeUnstackDetachProcess(&state);
}

PS_TEST(a_thread_attaches_and_detaches, "SV-139")
{
    struct kernel_rig rig = kernel_rig_do(attach, NULL);

    kernel_rig_clean(&rig);
}

static void detach_only(void *argument)
{
    KAPC_STATE state = {0};

    KeUnstackDetachProcess(&state);
}

PS_TEST(detaching_without_having_attached_is_found, "SV-139")
{
    kernel_rig_misuse(detach_only, "SV-139", 0x5, kernel_rig_any);
}
