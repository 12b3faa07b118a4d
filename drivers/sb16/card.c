/* SPDX-License-Identifier: MIT */
/*
 * The card: reset, version, mixer, commands. Its mixer is touched only before the interrupt is connected, and by the
 * interrupt service routine.
 */
#include "sb16.h"

enum {
    HOLD_US = 10,      /* of the reset bit; 3 are asked for */
    READY_POLLS = 200, /* of 10 us, after reset */
    READY_STEP_US = 10,
    COMMAND_POLLS = 200, /* of 1 us: what a card that is there needs by far not */
    PRESENT = 0xAA,
    VERSION = 4,

    MIXER_RESET = 0x00,
    MIXER_MASTER = 0x30,
    MIXER_VOICE = 0x32,
    MIXER_LINE = 0x38,
    MIXER_INPUT_LEFT = 0x3D,
    MIXER_INPUT_RIGHT = 0x3E,
    MIXER_INTERRUPT = 0x80,
    MIXER_CHANNELS = 0x81,
    MIXER_PENDING = 0x82,

    LINE_LEFT = 0x10, /* of the input switches */
    LINE_RIGHT = 0x08,
    LOUDEST = 0xF8,
};

static UCHAR get(const CARD *card, ULONG port)
{
    return READ_PORT_UCHAR((PUCHAR)(card->base + port));
}

static void put(const CARD *card, ULONG port, UCHAR value)
{
    WRITE_PORT_UCHAR((PUCHAR)(card->base + port), value);
}

/* ---- the DSP -------------------------------------------------------------------------------------------- */

/* STATUS_IO_TIMEOUT: no byte came. PASSIVE_LEVEL, before the interrupt is connected. */
static NTSTATUS read_byte(const CARD *card, UCHAR *byte)
{
    ULONG polls;

    for (polls = 0; polls < READY_POLLS; polls++) {
        if (get(card, PORT_STATUS) & 0x80) {
            *byte = get(card, PORT_READ);
            return STATUS_SUCCESS;
        }
        KeStallExecutionProcessor(READY_STEP_US);
    }
    return STATUS_IO_TIMEOUT;
}

static NTSTATUS write_byte(const CARD *card, UCHAR byte)
{
    ULONG polls;

    for (polls = 0; polls < COMMAND_POLLS; polls++) {
        if (!(get(card, PORT_COMMAND) & 0x80)) {
            put(card, PORT_COMMAND, byte);
            return STATUS_SUCCESS;
        }
        KeStallExecutionProcessor(1);
    }
    return STATUS_IO_TIMEOUT;
}

NTSTATUS card_command(CARD *card, const UCHAR *bytes, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;
    ULONG i;

    KeAcquireSpinLock(&card->lock, &irql);
    for (i = 0; i < count && NT_SUCCESS(status); i++)
        status = write_byte(card, bytes[i]);
    KeReleaseSpinLock(&card->lock, irql);
    return status;
}

static NTSTATUS reset(const CARD *card)
{
    NTSTATUS status;
    UCHAR answer;

    put(card, PORT_RESET, 1);
    KeStallExecutionProcessor(HOLD_US);
    put(card, PORT_RESET, 0);
    status = read_byte(card, &answer);
    if (NT_SUCCESS(status) && answer != PRESENT)
        status = STATUS_NO_SUCH_DEVICE;
    return status;
}

static NTSTATUS check_version(CARD *card)
{
    static const UCHAR ask[] = {DSP_VERSION};
    UCHAR major = 0, minor = 0;
    NTSTATUS status = card_command(card, ask, sizeof(ask));

    if (NT_SUCCESS(status))
        status = read_byte(card, &major);
    if (NT_SUCCESS(status))
        status = read_byte(card, &minor);
    if (NT_SUCCESS(status) && major != VERSION)
        status = STATUS_NO_SUCH_DEVICE;
    return status;
}

/* ---- the mixer ------------------------------------------------------------------------------------------ */

static UCHAR mixer_get(const CARD *card, UCHAR index)
{
    put(card, PORT_MIXER_INDEX, index);
    return get(card, PORT_MIXER_DATA);
}

static void mixer_put(const CARD *card, UCHAR index, UCHAR value)
{
    put(card, PORT_MIXER_INDEX, index);
    put(card, PORT_MIXER_DATA, value);
}

/* Sound passes unchanged: both directions at 0 dB, the line input alone. */
static void set_levels(const CARD *card)
{
    mixer_put(card, MIXER_RESET, 0);
    mixer_put(card, MIXER_MASTER, LOUDEST);
    mixer_put(card, MIXER_MASTER + 1, LOUDEST);
    mixer_put(card, MIXER_VOICE, LOUDEST);
    mixer_put(card, MIXER_VOICE + 1, LOUDEST);
    mixer_put(card, MIXER_LINE, LOUDEST);
    mixer_put(card, MIXER_LINE + 1, LOUDEST);
    mixer_put(card, MIXER_INPUT_LEFT, LINE_LEFT);
    mixer_put(card, MIXER_INPUT_RIGHT, LINE_RIGHT);
}

static UCHAR line_bit(ULONG line)
{
    switch (line) {
    case 2:
    case 9:
        return 0x01;
    case 5:
        return 0x02;
    case 7:
        return 0x04;
    case 10:
        return 0x08;
    default:
        return 0;
    }
}

/* The line's own number stands in the untranslated list. Reads back what it wrote: a card may refuse. */
static NTSTATUS select_resources(const CARD *card, PRESOURCELIST resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR line =
        resources->lpVtbl->FindUntranslatedEntry(resources, CmResourceTypeInterrupt, 0);
    UCHAR lines = line_bit(line->u.Interrupt.Level), channels = 0;
    ULONG i;

    for (i = 0; i < WIDTHS; i++)
        channels |= (UCHAR)(1u << (resources->lpVtbl
                                       ->FindTranslatedEntry(resources, CmResourceTypeDma, i)
                                       ->u.Dma.Channel &
                                   7));
    mixer_put(card, MIXER_INTERRUPT, lines);
    mixer_put(card, MIXER_CHANNELS, channels);
    if (!lines || (mixer_get(card, MIXER_INTERRUPT) & 0x0F) != lines ||
        mixer_get(card, MIXER_CHANNELS) != channels)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return STATUS_SUCCESS;
}

/* ---- interrupts ----------------------------------------------------------------------------------------- */

UCHAR card_interrupts(const CARD *card)
{
    UCHAR index = get(card, PORT_MIXER_INDEX), pending = mixer_get(card, MIXER_PENDING);

    put(card, PORT_MIXER_INDEX, index);
    return pending == 0xFF ? 0 : pending & (INTERRUPT_8 | INTERRUPT_16);
}

void card_acknowledge(const CARD *card, UCHAR interrupts)
{
    if (interrupts & INTERRUPT_8)
        get(card, PORT_STATUS);
    if (interrupts & INTERRUPT_16)
        get(card, PORT_STATUS_16);
}

/* ---- life ----------------------------------------------------------------------------------------------- */

static CARD *card_from(IUnknown *This)
{
    return CONTAINING_RECORD(This, CARD, unknown);
}

static ULONG NTAPI card_add_ref(IUnknown *This)
{
    return (ULONG)InterlockedIncrement(&card_from(This)->references);
}

static ULONG NTAPI card_release(IUnknown *This)
{
    LONG left = InterlockedDecrement(&card_from(This)->references);

    if (left == 0)
        ExFreePoolWithTag(card_from(This), SB16_TAG);
    return (ULONG)left;
}

static NTSTATUS NTAPI card_query(IUnknown *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    card_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IUnknownVtbl card_vtbl = {card_query, card_add_ref, card_release};

static NTSTATUS bring_up(CARD *card, PRESOURCELIST resources)
{
    NTSTATUS status = reset(card);

    if (NT_SUCCESS(status))
        status = check_version(card);
    if (!NT_SUCCESS(status))
        return status;
    set_levels(card);
    return select_resources(card, resources);
}

NTSTATUS card_create(CARD **out, PRESOURCELIST resources)
{
    CARD *card = ExAllocatePoolWithTag(NonPagedPool, sizeof(*card), SB16_TAG);
    NTSTATUS status;

    *out = NULL;
    if (!card)
        return STATUS_INSUFFICIENT_RESOURCES;
    card->unknown.lpVtbl = &card_vtbl;
    card->references = 1;
    card->base = (ULONG_PTR)resources->lpVtbl
                     ->FindTranslatedEntry(resources, CmResourceTypePort, 0)
                     ->u.Port.Start.QuadPart;
    KeInitializeSpinLock(&card->lock);
    status = bring_up(card, resources);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(card, SB16_TAG);
        return status;
    }
    *out = card;
    return status;
}
