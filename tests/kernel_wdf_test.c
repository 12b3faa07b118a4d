// SPDX-License-Identifier: MIT
//
// KMDF's five calls of miniport drivers, the newer lookaside lists, and small services.
#include "ps_test.h"

#include <wdf.h>

#include "kernel_copier.h"
#include "wide.h"

static unsigned unloaded;

static VOID NTAPI on_unload(WDFDRIVER handle)
{
    unloaded++;
}

static void miniport(void *argument)
{
    WDF_DRIVER_CONFIG config;
    WDFDEVICE device;
    WIDE(path, "\\Registry");

    WdfFunctions = NULL;
    WdfDriverGlobals = NULL;
    bring_up();
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    assert_null(WdfGetDriver());
    // KMDF makes no devices here.
    assert_int_equal(WdfDriverCreate(driver, &path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE),
                     STATUS_NOT_SUPPORTED);
    config.DriverInitFlags = WdfDriverInitNoDispatchOverride;
    config.EvtDriverUnload = on_unload;
    assert_int_equal(WdfDriverCreate(driver, &path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE),
                     STATUS_SUCCESS);
    assert_int_equal(WdfDriverCreate(driver, &path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE),
                     STATUS_DRIVER_INTERNAL_ERROR);
    assert_ptr_equal(WdfDriverWdmGetDriverObject(WdfGetDriver()), driver);
    assert_int_equal(WdfDeviceMiniportCreate(WdfGetDriver(), WDF_NO_OBJECT_ATTRIBUTES, fdo,
                                             extension->lower, pdo, &device),
                     STATUS_SUCCESS);
    WdfObjectDelete(device);
    unloaded = 0;
    WdfDriverMiniportUnload(WdfGetDriver());
    assert_int_equal(unloaded, 1);
    assert_null(WdfGetDriver());
    take_down(false);
}

PS_TEST(a_miniport_driver_uses_the_framework, "DS-7")
{
    struct kernel_rig rig = with_device(miniport);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void other_function(void *argument)
{
    PWDF_DRIVER_GLOBALS globals;
    const WDFFUNC *functions = NULL;
    WDF_BIND_INFO bind = {.Size = sizeof(bind),
                          .Version = {1, 15, 0},
                          .FuncCount = WdfFunctionTableNumEntries,
                          .FuncTable = &functions};

    assert_int_equal(WdfVersionBind(NULL, NULL, &bind, (PWDF_COMPONENT_GLOBALS *)&globals),
                     STATUS_SUCCESS);
    for (unsigned i = 0; i < WdfFunctionTableNumEntries; i++)
        assert_non_null(functions[i]);
    functions[0]();
}

PS_TEST(another_function_of_the_framework_stops_with_a_finding, "DS-7")
{
    struct kernel_rig rig = kernel_rig_do(other_function, NULL);
    const struct journal *journal = rig.system->journal;

    assert_string_equal(journal_get(journal, 0)->rule, "DS-7");
    kernel_rig_end(&rig);
}

// ---- lookaside lists, addresses ------------------------------------------------------------------

static void lookaside(void *argument)
{
    LOOKASIDE_LIST_EX list;
    PVOID one, two;

    assert_int_equal(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPool, 0, 40, TEST_TAG, 0),
                     STATUS_SUCCESS);
    one = ExAllocateFromLookasideListEx(&list);
    ExFreeToLookasideListEx(&list, one);
    two = ExAllocateFromLookasideListEx(&list);
    assert_ptr_equal(one, two);
    ExFreeToLookasideListEx(&list, two);
    ExDeleteLookasideListEx(&list);
}

PS_TEST(a_lookaside_list_gives_its_blocks_again, "SV-71")
{
    struct kernel_rig rig = kernel_rig_do(lookaside, NULL);

    kernel_rig_clean(&rig);
}

static void addresses(void *argument)
{
    static const struct {
        const char *text;
        BOOLEAN strict;
        ULONG address; // 0: refused
    } cases[] = {
        {"10.0.0.1", TRUE, 0x0A000001}, {"10.1", FALSE, 0x0A000001}, {"10.1", TRUE, 0},
        {"0x0A000001", FALSE, 0x0A000001}, {"256.0.0.1", TRUE, 0}, {"1.2.3.256", FALSE, 0},
        {"", FALSE, 0}, {"012.0.0.1", FALSE, 0x0A000001}, {"1.2.3.4:99", TRUE, 0x01020304},
        {"4294967296", FALSE, 0}, {"1..2", FALSE, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        UCHAR bytes[4] = {0};
        PCSTR end;
        NTSTATUS status = RtlIpv4StringToAddressA(cases[i].text, cases[i].strict, &end, bytes);

        assert_int_equal(NT_SUCCESS(status), cases[i].address != 0);
        assert_int_equal(((ULONG)bytes[0] << 24) | ((ULONG)bytes[1] << 16) | ((ULONG)bytes[2] << 8) | bytes[3],
                         cases[i].address);
    }
}

PS_TEST(an_internet_address_is_read, "SV-111")
{
    struct kernel_rig rig = kernel_rig_do(addresses, NULL);

    kernel_rig_clean(&rig);
}
