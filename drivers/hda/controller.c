/* SPDX-License-Identifier: MIT */
/*
 * The adapter-common object: maps the registers, brings controller and link out of reset, owns the page that the
 * hardware reads and writes on its own, and finds the paths. Both miniports hold a reference.
 */
#include "hda.h"

enum {
    WAIT_SHORT_US = 10,
    WAIT_SHORT_COUNT = 100,
    RESET_WAITS = 200, /* 1 ms, then 100 ms (HD-91) */
    CODEC_WAITS = 110, /* 1 ms, then 10 ms; codecs report within 25 frames (HD-90) */
};

static void sleep_ms(ULONG ms)
{
    LARGE_INTEGER interval;

    interval.QuadPart = -10000ll * ms;
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

void controller_wait(ULONG attempt)
{
    if (attempt < WAIT_SHORT_COUNT)
        KeStallExecutionProcessor(WAIT_SHORT_US);
    else
        sleep_ms(1);
}

/* ---- reset --------------------------------------------------------------------------------------------- */

static NTSTATUS set_reset_bit(const CONTROLLER *controller, ULONG value)
{
    ULONG attempt;

    write32(controller, REG_GCTL, value);
    for (attempt = 0; attempt < RESET_WAITS; attempt++) {
        if ((read32(controller, REG_GCTL) & GCTL_CRST) == value)
            return STATUS_SUCCESS;
        controller_wait(attempt);
    }
    return STATUS_DEVICE_NOT_READY;
}

/* No DMA may run when the controller enters reset (HD-18); what ran before us may have left some. */
static void stop_everything(CONTROLLER *controller)
{
    ULONG i;

    for (i = 0; i < controller->engine_count; i++)
        engine_stop(&controller->engines[i]);
    rings_stop(controller);
    write32(controller, REG_DPLBASE, 0);
    write32(controller, REG_INTCTL, 0);
    write16(controller, REG_STATESTS, STATESTS_ALL);
}

/* Codecs come one after another: once there is one, the others have had their time after as long again. */
static USHORT wait_for_codecs(const CONTROLLER *controller)
{
    USHORT present = 0;
    ULONG attempt;

    KeStallExecutionProcessor(600);
    for (attempt = 0; attempt < CODEC_WAITS && !present; attempt++) {
        controller_wait(attempt);
        present = read16(controller, REG_STATESTS) & STATESTS_ALL;
    }
    KeStallExecutionProcessor(600);
    return present | (read16(controller, REG_STATESTS) & STATESTS_ALL);
}

static void enable_positions(const CONTROLLER *controller)
{
    ULONGLONG base = controller->shared_address + FIELD_OFFSET(SHARED, positions);

    write32(controller, REG_DPUBASE, (ULONG)(base >> 32)); /* both halves first (HD-182) */
    write32(controller, REG_DPLBASE, (ULONG)base);
    write32(controller, REG_DPLBASE, (ULONG)base | DPLBASE_ENABLE);
}

NTSTATUS controller_reset(CONTROLLER *controller, USHORT *codecs)
{
    NTSTATUS status;

    *codecs = 0;
    if (read32(controller, REG_GCTL) & GCTL_CRST)
        stop_everything(controller);
    status = set_reset_bit(controller, 0);
    if (!NT_SUCCESS(status))
        return status;
    KeStallExecutionProcessor(100);
    status = set_reset_bit(controller, GCTL_CRST);
    if (!NT_SUCCESS(status))
        return status;
    *codecs = wait_for_codecs(controller);
    write16(controller, REG_WAKEEN, 0);
    write16(controller, REG_STATESTS, STATESTS_ALL);
    write32(controller, REG_INTCTL, controller->interrupting);
    enable_positions(controller);
    return *codecs ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
}

/* ---- what there is ---------------------------------------------------------------------------------------- */

/* Inputs first, then outputs, then those that can be either (HD-30). */
static void number_engines(CONTROLLER *controller, USHORT gcap)
{
    ULONG outputs = gcap >> 12, inputs = gcap >> 8 & 0xF, either = gcap >> 3 & 0x1F, i;

    controller->engine_count = inputs + outputs + either;
    if (controller->engine_count > ENGINES)
        controller->engine_count = ENGINES;
    for (i = 0; i < controller->engine_count; i++) {
        ENGINE *engine = &controller->engines[i];

        engine->controller = controller;
        engine->registers = controller->registers + REG_STREAMS + i * STREAM_BYTES;
        engine->index = i;
        engine->tag = 1 + i % 15;
        engine->output = i >= inputs && i < inputs + outputs;
        engine->bidirectional = i >= inputs + outputs;
    }
}

/* The page of copies is mapped for clients rather than all registers, if it is there. */
static BOOLEAN has_aliases(const CONTROLLER *controller)
{
    ULONG before, alias, after;

    if (controller->register_bytes < REG_ALIASES + PAGE_SIZE)
        return FALSE;
    before = read32(controller, REG_WALCLK);
    alias = read32(controller, REG_ALIASES + REG_WALCLK);
    after = read32(controller, REG_WALCLK);
    return alias - before <= after - before && after != before;
}

static NTSTATUS read_codec(CONTROLLER *controller, UCHAR address, CODEC *codec)
{
    NTSTATUS status = codec_read(controller, address, codec);
    PATH found;
    ULONG side;

    for (side = 0; side < SIDES && NT_SUCCESS(status); side++) {
        if (!path_find(codec, side, &found) ||
            (controller->paths[side].present &&
             controller->paths[side].preference <= found.preference))
            continue;
        status = path_open(controller, codec, &found, side);
        if (NT_SUCCESS(status))
            controller->paths[side] = found;
    }
    return status;
}

/* A codec that does not answer is passed over as long as another one has something to offer. */
static NTSTATUS read_codecs(CONTROLLER *controller, USHORT present)
{
    CODEC *codec = ExAllocatePoolWithTag(NonPagedPool, sizeof(*codec), HDA_TAG);
    NTSTATUS status = STATUS_SUCCESS, one;
    UCHAR address;

    if (!codec)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (address = 0; address < 15; address++) {
        if (!(present >> address & 1))
            continue;
        one = read_codec(controller, address, codec);
        if (!NT_SUCCESS(one))
            status = one;
    }
    ExFreePoolWithTag(codec, HDA_TAG);
    if (controller->paths[SIDE_RENDER].present || controller->paths[SIDE_CAPTURE].present)
        return STATUS_SUCCESS;
    return NT_SUCCESS(status) ? STATUS_DEVICE_CONFIGURATION_ERROR : status;
}

/* ---- start ------------------------------------------------------------------------------------------------- */

static NTSTATUS map_registers(CONTROLLER *controller, PRESOURCELIST resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR memory =
        resources->lpVtbl->FindTranslatedEntry(resources, CmResourceTypeMemory, 0);

    if (!memory || memory->u.Memory.Length < REG_STREAMS + ENGINES * STREAM_BYTES)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    controller->register_bytes = memory->u.Memory.Length;
    controller->registers =
        MmMapIoSpace(memory->u.Memory.Start, controller->register_bytes, MmNonCached);
    return controller->registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS share_page(CONTROLLER *controller, PDEVICE_OBJECT device)
{
    DEVICE_DESCRIPTION description;
    PHYSICAL_ADDRESS address;
    NTSTATUS status;

    RtlZeroMemory(&description, sizeof(description));
    description.Version = DEVICE_DESCRIPTION_VERSION;
    description.Master = TRUE;
    description.Dma32BitAddresses = TRUE;
    description.Dma64BitAddresses = controller->wide;
    description.InterfaceType = PCIBus;
    description.MaximumLength = PAGE_SIZE;
    status = PcNewDmaChannel(&controller->dma, NULL, NonPagedPool, &description, device);
    if (NT_SUCCESS(status))
        status = controller->dma->lpVtbl->AllocateBuffer(controller->dma, PAGE_SIZE, NULL);
    if (!NT_SUCCESS(status))
        return status;
    controller->shared = controller->dma->lpVtbl->SystemAddress(controller->dma);
    address = IDmaChannel_PhysicalAddress(controller->dma);
    controller->shared_address = (ULONGLONG)address.QuadPart;
    RtlZeroMemory(controller->shared, sizeof(SHARED));
    return STATUS_SUCCESS;
}

static NTSTATUS start(CONTROLLER *controller, PDEVICE_OBJECT device, PRESOURCELIST resources)
{
    USHORT gcap, codecs;
    NTSTATUS status = map_registers(controller, resources);

    if (!NT_SUCCESS(status))
        return status;
    if (controller_gone(controller))
        return STATUS_DEVICE_NOT_CONNECTED;
    gcap = read16(controller, REG_GCAP);
    controller->wide = (gcap & GCAP_64BIT) != 0;
    number_engines(controller, gcap);
    status = share_page(controller, device);
    if (NT_SUCCESS(status))
        status = controller_reset(controller, &codecs);
    if (!NT_SUCCESS(status))
        return status;
    controller->aliases = has_aliases(controller);
    rings_start(controller);
    status = read_codecs(controller, codecs);
    if (NT_SUCCESS(status))
        status = interrupt_connect(controller, resources);
    return status;
}

/* ---- end, IUnknown ------------------------------------------------------------------------------------------- */

static CONTROLLER *from_unknown(IUnknown *This)
{
    return CONTAINING_RECORD(This, CONTROLLER, unknown);
}

static void controller_destroy(CONTROLLER *controller)
{
    if (controller->shared && !controller_gone(controller) &&
        read32(controller, REG_GCTL) & GCTL_CRST) {
        stop_everything(controller);
        set_reset_bit(controller, 0);
    }
    interrupt_disconnect(controller);
    if (controller->dma)
        controller->dma->lpVtbl->Release(controller->dma);
    if (controller->registers)
        MmUnmapIoSpace(controller->registers, controller->register_bytes);
    ExFreePoolWithTag(controller, HDA_TAG);
}

static ULONG NTAPI controller_add_ref(IUnknown *This)
{
    return (ULONG)InterlockedIncrement(&from_unknown(This)->references);
}

static ULONG NTAPI controller_release(IUnknown *This)
{
    LONG left = InterlockedDecrement(&from_unknown(This)->references);

    if (left == 0)
        controller_destroy(from_unknown(This));
    return (ULONG)left;
}

static NTSTATUS NTAPI controller_query(IUnknown *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    controller_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IUnknownVtbl controller_vtbl = {
    .QueryInterface = controller_query,
    .AddRef = controller_add_ref,
    .Release = controller_release,
};

NTSTATUS controller_create(CONTROLLER **out, PDEVICE_OBJECT device, PRESOURCELIST resources)
{
    CONTROLLER *controller = ExAllocatePoolWithTag(NonPagedPool, sizeof(*controller), HDA_TAG);
    NTSTATUS status;

    *out = NULL;
    if (!controller)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(controller, sizeof(*controller));
    controller->unknown.lpVtbl = &controller_vtbl;
    controller->references = 1;
    KeInitializeMutex(&controller->command_mutex, 0);
    status = start(controller, device, resources);
    if (NT_SUCCESS(status))
        *out = controller;
    else
        controller_release(&controller->unknown);
    return status;
}
