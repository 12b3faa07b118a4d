// SPDX-License-Identifier: MIT
//
// Strings, printf, dates, debug output, bug checks, versions and power: the services around the
// kernel.
#include "ps_test.h"

#include <stdio.h>

#include "kernel_stack.h"

// ---- strings ------------------------------------------------------------------------------------

static UNICODE_STRING wide(PCWSTR text)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, text);
    return string;
}

static void strings(void *argument)
{
    UNICODE_STRING a = wide(u"Wave"), b = wide(u"wAVE"), none = wide(NULL), to, number, from_ansi;
    WCHAR room[8];
    ANSI_STRING ansi, back;
    ULONG value, hash;

    assert_int_equal(a.Length, 8);
    assert_int_equal(a.MaximumLength, 10);
    assert_int_equal(none.Length + none.MaximumLength, 0);
    assert_true(RtlEqualUnicodeString(&a, &b, TRUE));
    assert_false(RtlEqualUnicodeString(&a, &b, FALSE));
    assert_true(RtlCompareUnicodeString(&a, &b, FALSE) < 0);
    assert_int_equal(RtlHashUnicodeString(&a, TRUE, HASH_STRING_ALGORITHM_X65599, &value), STATUS_SUCCESS);
    assert_int_equal(RtlHashUnicodeString(&b, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash), STATUS_SUCCESS);
    assert_int_equal(value, hash);
    assert_int_equal(value, (('W' * 65599u + 'A') * 65599u + 'V') * 65599u + 'E');
    assert_int_equal(RtlHashUnicodeString(&a, FALSE, HASH_STRING_ALGORITHM_X65599, &value), STATUS_SUCCESS);
    assert_int_not_equal(value, hash);
    assert_int_equal(RtlHashUnicodeString(&a, FALSE, 2, &value), STATUS_INVALID_PARAMETER);
    to = (UNICODE_STRING){0, 10, room};
    RtlCopyUnicodeString(&to, &a);
    assert_int_equal(RtlAppendUnicodeToString(&to, u"1"), STATUS_SUCCESS);
    assert_int_equal(to.Length, 10);
    assert_int_equal(RtlAppendUnicodeToString(&to, u"2"), STATUS_BUFFER_TOO_SMALL);
    assert_true(RtlPrefixUnicodeString(&b, &to, TRUE));
    number = wide(u" -0x1f");
    assert_int_equal(RtlUnicodeStringToInteger(&number, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, (ULONG)-31);
    assert_int_equal(RtlIntegerToUnicodeString(255, 16, &to), STATUS_SUCCESS);
    assert_memory_equal(to.Buffer, u"FF", 4);
    assert_int_equal(RtlIntegerToUnicodeString(123456, 10, &to), STATUS_BUFFER_OVERFLOW);
    RtlInitAnsiString(&ansi, "topology");
    assert_int_equal(RtlAnsiStringToUnicodeString(&from_ansi, &ansi, TRUE), STATUS_SUCCESS);
    assert_int_equal(from_ansi.Length, 16);
    assert_int_equal(RtlUnicodeStringToAnsiString(&back, &from_ansi, TRUE), STATUS_SUCCESS);
    assert_string_equal(back.Buffer, "topology");
    RtlFreeUnicodeString(&from_ansi);
    RtlFreeAnsiString(&back);
    assert_int_equal(RtlCompareMemory("abcd", "abxd", 4), 2);
}

PS_TEST(counted_strings, "SV-111")
{
    struct kernel_rig rig = kernel_rig_do(strings, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

static void guids(void *argument)
{
    const GUID guid = {0x01234567, 0x89ab, 0xcdef, {1, 2, 3, 4, 5, 6, 7, 8}};
    UNICODE_STRING text, bad = wide(u"{01234567-89ab-cdef-0102-03040506070g}");
    GUID again;

    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_memory_equal(text.Buffer, u"{01234567-89AB-CDEF-0102-030405060708}", 76);
    assert_int_equal(RtlGUIDFromString(&text, &again), STATUS_SUCCESS);
    assert_memory_equal(&guid, &again, sizeof(guid));
    assert_int_equal(RtlGUIDFromString(&bad, &again), STATUS_INVALID_PARAMETER);
    RtlFreeUnicodeString(&text);
}

PS_TEST(guids_as_text, "SV-111")
{
    struct kernel_rig rig = kernel_rig_do(guids, NULL);

    kernel_rig_clean(&rig);
}

static void guid_at_dispatch(void *argument)
{
    const GUID guid = {0};
    UNICODE_STRING text;
    KIRQL old;

    KeRaiseIrql(APC_LEVEL, &old);
    RtlStringFromGUID(&guid, &text);
    KeLowerIrql(old);
    RtlFreeUnicodeString(&text);
}

PS_TEST(conversions_above_passive_are_found, "SV-111", "VF-103")
{
    kernel_rig_misuse(guid_at_dispatch, "VF-103", 0xC4, 0x2001E);
}

PS_TEST(wide_functions_of_the_c_library, "SV-111")
{
    WCHAR to[16];

    assert_int_equal(nt_wcslen(u"abcdefg"), 7);
    assert_int_equal(nt_wcsnlen(u"abcdefg", 3), 3);
    assert_true(nt_wcscmp(u"a", u"b") < 0);
    assert_int_equal(nt_wcsncmp(u"abc", u"abd", 2), 0);
    assert_int_equal(nt__wcsicmp(u"PCI", u"pci"), 0);
    assert_int_equal(nt__stricmp("PCI", "pci"), 0);
    assert_true(nt__strnicmp("PCIa", "pcib", 4) < 0);
    nt_wcscpy(to, u"ab");
    nt_wcscat(to, u"cd");
    nt_wcsncat(to, u"efgh", 2);
    assert_int_equal(nt_wcscmp(to, u"abcdef"), 0);
    assert_ptr_equal(nt_wcschr(to, 'c'), to + 2);
    assert_null(nt_wcschr(to, 'x'));
    assert_ptr_equal(nt_wcsrchr(to, 'f'), to + 5);
    assert_null(nt_wcsrchr(to, 'x'));
    assert_ptr_equal(nt_wcsstr(to, u"cd"), to + 2);
    assert_null(nt_wcsstr(to, u"cx"));
    nt_wcsncpy(to, u"z", 3);
    assert_int_equal(to[0] + to[1] + to[2], 'z');
    assert_int_equal(to[3], 'd');
}

PS_TEST(printf_as_windows_has_it, "SV-111")
{
    UNICODE_STRING counted = {4, 4, (PWCH)(uintptr_t)u"abX"};
    char text[64];
    WCHAR out[8];

    nt_sprintf(text, "%d %5u|%-5d|%05d", -7, 42u, 3, -12);
    assert_string_equal(text, "-7    42|3    |-0012");
    nt_sprintf(text, "%lx %I64x %#x %X", (ULONG)0xffffffff, (ULONGLONG)0x123456789a, 255, 0xabc);
    assert_string_equal(text, "ffffffff 123456789a 0xff ABC");
    nt_sprintf(text, "%ws|%S|%s|%.2s|%wZ", u"wide", u"big", "small", "cut", &counted);
    assert_string_equal(text, "wide|big|small|cu|ab");
    nt_sprintf(text, "%p %c%% %q", (void *)0x1234, 'x');
    assert_string_equal(text, "0000000000001234 x% %q");
    nt_sprintf(text, "%*d|%s|%hhu|%I64d", 4, 9, (char *)NULL, 0x1ff, -5LL);
    assert_string_equal(text, "   9|(null)|255|-5");
    assert_int_equal(nt__snprintf(text, 3, "abcdef"), -1);
    assert_memory_equal(text, "abc", 3);
    assert_int_equal(nt__snwprintf(out, 8, u"%s-%hs", u"w", "n"), 3);
    assert_int_equal(nt_wcscmp(out, u"w-n"), 0);
}

PS_TEST(dates, "SV-111")
{
    static const struct {
        LONGLONG seconds; // since 1601
        TIME_FIELDS fields;
    } cases[] = {
        {0, {1601, 1, 1, 0, 0, 0, 0, 1}},
        {11644473600, {1970, 1, 1, 0, 0, 0, 0, 4}},
        {12596255999, {2000, 2, 28, 23, 59, 59, 0, 1}},
        {12596256000, {2000, 2, 29, 0, 0, 0, 0, 2}},
        {13411699200, {2026, 1, 1, 0, 0, 0, 0, 4}},
        {15752102400, {2100, 3, 2, 0, 0, 0, 0, 2}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        LARGE_INTEGER time = {.QuadPart = cases[i].seconds * 10000000}, back;
        TIME_FIELDS fields;

        RtlTimeToTimeFields(&time, &fields);
        assert_memory_equal(&fields, &cases[i].fields, sizeof(fields));
        assert_true(RtlTimeFieldsToTime(&fields, &back));
        assert_int_equal(back.QuadPart, time.QuadPart);
    }
    assert_false(RtlTimeFieldsToTime(&(TIME_FIELDS){2100, 2, 29, 0, 0, 0, 0, 0},
                                     &(LARGE_INTEGER){.QuadPart = 0}));
}

// ---- debug output, assertions, bug checks -------------------------------------------------------

static char printed[600];

static void print(void *context, const char *text)
{
    assert_ptr_equal(context, printed);
    snprintf(printed, sizeof(printed), "%s", text);
}

static void debug_print(void *argument)
{
    UNICODE_STRING name = wide(u"pin");
    KIRQL old;

    kernel_set_print(system_current, print, printed);
    KeRaiseIrql(5, &old);
    DbgPrint("%wZ %d %I64u %s", &name, 7, 1234567890123ULL, "end");
    KeLowerIrql(old);
    assert_string_equal(printed, "pin 7 1234567890123 end");
    DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_INFO_LEVEL, "%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6);
    assert_string_equal(printed, "123456");
}

PS_TEST(debug_output_goes_to_the_host, "SV-115")
{
    struct kernel_rig rig = kernel_rig_do(debug_print, NULL);

    kernel_rig_clean(&rig);
}

static void paged_code(void *argument)
{
    KIRQL old;

    PAGED_CODE();
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    PAGED_CODE();
    KeLowerIrql(old);
}

PS_TEST(paged_code_above_apc_is_found, "SV-8", "VF-57")
{
    kernel_rig_misuse(paged_code, "SV-8", 0xD1, kernel_rig_any);
}

static void bug_check(void *argument)
{
    KSPIN_LOCK lock = 0;
    KIRQL old;

    KeAcquireSpinLock(&lock, &old);
    KeBugCheckEx(0xDEAD, 1, 2, 3, 4);
}

PS_TEST(a_bug_check_halts_the_system_and_names_held_locks, "SV-115")
{
    struct kernel_rig rig = kernel_rig_do(bug_check, NULL);
    const struct finding *finding = kernel_rig_finding(&rig, "BUGCHECK");

    assert_int_equal(finding->code, 0xDEAD);
    assert_int_equal(finding->parameters[3], 4);
    assert_non_null(strstr(finding->text, "owned spin locks"));
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}

// ---- versions and floating point ----------------------------------------------------------------

static void versions(void *argument)
{
    RTL_OSVERSIONINFOW info = {.dwOSVersionInfoSize = sizeof(info)};
    UNICODE_STRING unknown = wide(u"KeNoSuchService"), libc = wide(u"malloc");
    KFLOATING_SAVE save;

    assert_true(IoIsWdmVersionAvailable(1, 0x10));
    assert_false(IoIsWdmVersionAvailable(7, 0));
    assert_int_equal(RtlGetVersion(&info), STATUS_SUCCESS);
    assert_int_equal(info.dwMajorVersion, 10);
    info.dwOSVersionInfoSize = 3;
    assert_int_equal(RtlGetVersion(&info), STATUS_INVALID_PARAMETER);
    assert_null(MmGetSystemRoutineAddress(&unknown));
    assert_null(MmGetSystemRoutineAddress(&libc)); // not a service of ours
    assert_int_equal(KeSaveFloatingPointState(&save), STATUS_SUCCESS);
    assert_int_equal(KeRestoreFloatingPointState(&save), STATUS_SUCCESS);
    assert_int_equal(PAGE_SIZE, 4096);
}

PS_TEST(versions_and_floating_point, "SV-85", "SV-114", "SV-117")
{
    struct kernel_rig rig = kernel_rig_do(versions, NULL);

    kernel_rig_clean(&rig);
}

static void float_above_dispatch(void *argument)
{
    KFLOATING_SAVE save;
    KIRQL old;

    KeRaiseIrql(5, &old);
    KeSaveFloatingPointState(&save);
    KeLowerIrql(old);
}

PS_TEST(floating_point_above_dispatch_is_found, "SV-114", "VF-105")
{
    kernel_rig_misuse(float_above_dispatch, "VF-105", 0xC4, 0x20011);
}

// ---- power --------------------------------------------------------------------------------------

static unsigned power_done;

static VOID NTAPI power_complete(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state,
                                 PVOID context, PIO_STATUS_BLOCK status)
{
    assert_ptr_equal(device, lower_device);
    assert_int_equal(minor, IRP_MN_SET_POWER);
    assert_int_equal(state.DeviceState, PowerDeviceD3);
    assert_int_equal(status->Status, STATUS_SUCCESS);
    power_done++;
}

static NTSTATUS NTAPI serve_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    assert_int_equal(stack->MajorFunction, IRP_MJ_POWER);
    assert_int_equal(stack->Parameters.Power.State.DeviceState, PowerDeviceD3);
    PoStartNextPowerIrp(irp);
    if (device != lower_device) {
        IoSkipCurrentIrpStackLocation(irp);
        return PoCallDriver(lower_device, irp);
    }
    PoSetPowerState(device, DevicePowerState, stack->Parameters.Power.State);
    return complete_at_once(device, irp);
}

static void power(void *argument)
{
    POWER_STATE d3 = {.DeviceState = PowerDeviceD3};

    power_done = 0;
    lower_dispatch = upper_dispatch = serve_power;
    stack_create(true);
    assert_int_equal(PoSetPowerState(lower_device, DevicePowerState, d3).DeviceState,
                     PowerDeviceD0);
    assert_int_equal(
        PoRequestPowerIrp(lower_device, IRP_MN_SET_POWER, d3, power_complete, NULL, NULL),
        STATUS_PENDING);
    assert_int_equal(power_done, 1);
    assert_int_equal(PoSetPowerState(lower_device, DevicePowerState, d3).DeviceState,
                     PowerDeviceD3);
    assert_int_equal(PoRequestPowerIrp(lower_device, 99, d3, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER_2);
    stack_drop();
}

PS_TEST(power_irps_go_down_a_stack_and_back, "SV-116")
{
    struct kernel_rig rig = kernel_rig_do(power, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.irps, 0);
    kernel_rig_clean(&rig);
}

// ---- I/O timers and remove locks ----------------------------------------------------------------

static unsigned ticks;

static VOID NTAPI io_tick(PDEVICE_OBJECT device, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_ptr_equal(context, &ticks);
    ticks++;
}

static void io_timer(void *argument)
{
    lower_dispatch = complete_at_once;
    stack_create(false);
    ticks = 0;
    assert_int_equal(IoInitializeTimer(lower_device, io_tick, &ticks), STATUS_SUCCESS);
    IoStartTimer(lower_device);
    sleep_ms(3500);
    assert_int_equal(ticks, 3);
    IoStopTimer(lower_device);
    sleep_ms(2000);
    assert_int_equal(ticks, 3);
    stack_drop();
}

PS_TEST(an_io_timer_ticks_once_a_second, "")
{
    struct kernel_rig rig = kernel_rig_do(io_timer, NULL);

    kernel_rig_clean(&rig);
}

static IO_REMOVE_LOCK remove_lock;
static bool removed;

static void use_remove_lock(void *argument)
{
    assert_int_equal(IoAcquireRemoveLock(&remove_lock, NULL), STATUS_SUCCESS);
    sleep_ms(5);
    assert_false(removed);
    IoReleaseRemoveLock(&remove_lock, NULL);
}

static void wait_remove_lock(void *argument)
{
    sleep_ms(2);
    assert_int_equal(IoAcquireRemoveLock(&remove_lock, NULL), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&remove_lock, NULL);
    removed = true;
    assert_int_equal(IoAcquireRemoveLock(&remove_lock, NULL), STATUS_DELETE_PENDING);
}

PS_TEST(a_remove_lock_waits_for_its_users, "")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    removed = false;
    IoInitializeRemoveLock(&remove_lock, 0, 0, 0);
    kernel_rig_thread(&rig, "user", use_remove_lock, NULL);
    kernel_rig_thread(&rig, "remover", wait_remove_lock, NULL);
    assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
    assert_true(removed);
    kernel_rig_clean(&rig);
}
