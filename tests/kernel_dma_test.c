// SPDX-License-Identifier: MIT
//
// DMA adapters, common buffers and scatter/gather lists of a driver's device.
#include "ps_test.h"

#include "kernel_copier.h"

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
        "~VF-143", "~VF-149", "~VF-150", "~VF-152")
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

PS_TEST(a_scatter_gather_list_is_granted_while_it_is_out, "SV-102", "~VF-146", "~VF-150", "~VF-151",
        "~VF-153")
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

static void version_unknown(void *argument)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION3 + 1, .Master = TRUE};
    ULONG map_registers;

    bring_up();
    assert_null(IoGetDmaAdapter(pdo, &description, &map_registers));
    take_down(false);
}

PS_TEST(a_device_description_of_an_unknown_version_is_found, "VF-153")
{
    struct kernel_rig rig = with_device(version_unknown);

    assert_int_equal(kernel_rig_finding(&rig, "VF-153")->parameters[0], 0x25);
    kernel_rig_end(&rig);
}

static void ask_the_hal(void *argument)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION, .Master = TRUE};
    ULONG map_registers = 7;

    assert_null(HalGetAdapter(&description, &map_registers));
    assert_int_equal(map_registers, 7);
}

PS_TEST(asking_the_hal_for_an_adapter_is_found, "VF-152")
{
    struct kernel_rig rig = kernel_rig_do(ask_the_hal, NULL);

    assert_int_equal(kernel_rig_finding(&rig, "VF-152")->parameters[0], 0x1E);
    kernel_rig_end(&rig);
}

static void write_behind(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    char *buffer;

    bring_up();
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    memset(buffer, 1, 101);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(a_write_behind_a_common_buffer_is_found, "VF-147")
{
    struct kernel_rig rig = with_device(write_behind);

    assert_int_equal(kernel_rig_finding(&rig, "VF-147")->parameters[3], 100);
    kernel_rig_end(&rig);
}

static void write_to_its_end(void *argument)
{
    PHYSICAL_ADDRESS logical;
    PDMA_ADAPTER adapter;
    char *buffer;

    bring_up();
    adapter = get_adapter();
    buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 100, &logical, TRUE);
    memset(buffer, 1, 100);
    adapter->DmaOperations->FreeCommonBuffer(adapter, 100, logical, buffer, TRUE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

PS_TEST(a_common_buffer_is_the_drivers_to_its_last_byte, "~VF-147")
{
    struct kernel_rig rig = with_device(write_to_its_end);

    kernel_rig_clean(&rig);
}

// ---- scatter/gather lists of what cannot be transferred
// ------------------------------------------------

static VOID NTAPI no_list(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    fail();
}

// Asks for `bytes` from `skip` on of a client's buffer of one page.
static void ask_for_list(bool locked, ULONG skip, ULONG bytes)
{
    PDMA_ADAPTER adapter;
    uint8_t *buffer;
    KIRQL old;
    PMDL mdl;

    bring_up();
    adapter = get_adapter();
    buffer = kernel_user_allocate(system_current, PAGE_SIZE, UINT32_MAX);
    mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (locked)
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_false(NT_SUCCESS(adapter->DmaOperations->GetScatterGatherList(
        adapter, fdo, mdl, buffer + skip, bytes, no_list, NULL, TRUE)));
    KeLowerIrql(old);
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    kernel_user_free(system_current, buffer, PAGE_SIZE);
    adapter->DmaOperations->PutDmaAdapter(adapter);
    take_down(false);
}

static void not_locked(void *argument)
{
    ask_for_list(false, 0, PAGE_SIZE);
}

static void one_byte_more(void *argument)
{
    ask_for_list(true, 1, PAGE_SIZE);
}

static void no_bytes(void *argument)
{
    ask_for_list(true, 0, 0);
}

static void refused_list(void (*body)(void *argument), const char *rule, uint64_t p1)
{
    struct kernel_rig rig = with_device(body);

    assert_int_equal(kernel_rig_finding(&rig, rule)->parameters[0], p1);
    nothing_left(&rig);
    kernel_rig_end(&rig);
}

PS_TEST(a_list_of_unlocked_foreign_or_no_bytes_is_found, "SV-102", "VF-146", "VF-151", "VF-153")
{
    refused_list(not_locked, "VF-146", 0x0E);
    refused_list(one_byte_more, "VF-151", 0x1B);
    refused_list(no_bytes, "VF-153", 0x21);
}
