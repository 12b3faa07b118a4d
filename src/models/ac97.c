// SPDX-License-Identifier: MIT
//
// The AC'97 audio function of an ICH (8086:2415) with a stereo codec, as docs/spec/ac97.md (AC-
// rules) describes it; docs/ac97.md is the page about this model, ac97.h names its other files.
//
// Missing:
//   - the analog mixer: line 0 carries PCM out through PCM-out and master volume, nothing else. The
//     other inputs, headphone and mono outputs, PC beep, loopback and general purpose bits are
//     registers only
//   - one input: record select chooses the gain path (mic boost), not another sound; MC has a
//     line of its own
//   - tone and 3D control, double rate, S/PDIF, surround, 20-bit samples, secondary codecs, modem
//   - GPIO and resume events, PCI power management (the ICH has none either)
//   - a codec read that has to wait, or times out, costs the caller no extra time
//   - gain and mute act where frames enter the output FIFO, up to 16 frames early
#include "models/ac97.h"
#include "models/models.h"

const struct ac97_variant ac97_variants[] = {
    [AC97_SPECIFIED] = {
        .registers = ac97_registers,
        .codec_id = 0x0001,    // dedicated mic ADC
        .extended_id = 0x0809, // revision 2.3, VRA, VRM
        .vendor_id = {0x8384, 0x7600},
        .output_bits = 5,
        .ready_ns = AC97_READY_NS,
    },
    [AC97_QUIRKS] = {
        .registers = ac97_quirk_registers,
        .codec_id = 0x0000,
        .extended_id = 0x0809,
        .vendor_id = {0x8384, 0x7600},
        .output_bits = 6,
        .quirks = true,
    },
};

// ---- time ---------------------------------------------------------------------------------------

static void advance_engines(struct ac97 *ac97, uint64_t to)
{
    for (unsigned i = 0; i < AC97_ENGINES; i++)
        ac97_engine_advance(ac97, &ac97->engines[i], to);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t codec_deadline(const struct ac97 *ac97)
{
    return earlier(ac97->link.up_at, earlier(ac97->codec.settle_at, ac97->codec.write_at));
}

static void codec_event(struct ac97 *ac97, uint64_t when)
{
    if (ac97->link.up_at == when)
        ac97_link_rise(ac97);
    else if (ac97->codec.settle_at == when)
        ac97_codec_settle(ac97);
    else
        ac97_codec_arrive(ac97, when);
}

// Lets happen, in order, all that should have happened until now. A machine that takes bus
// mastering away syncs first; what is nevertheless left to do then can only be done without memory.
static uint64_t catch_up(struct ac97 *ac97)
{
    uint64_t now = ps_device_now(ac97->device), when;
    bool bus_master = ps_device_bus_master(ac97->device);

    ac97->bus_master &= bus_master;
    while ((when = codec_deadline(ac97)) <= now) {
        advance_engines(ac97, when);
        codec_event(ac97, when);
    }
    advance_engines(ac97, now);
    if (bus_master && !ac97->bus_master) {
        ac97->bus_master = true;
        for (unsigned i = 0; i < AC97_ENGINES; i++)
            ac97_engine_run(ac97, &ac97->engines[i]);
    }
    return now;
}

// The codec's own events need no deadline unless an engine would notice them.
static uint64_t next_deadline(const struct ac97 *ac97)
{
    uint64_t when = PS_NEVER;

    for (unsigned i = 0; i < AC97_ENGINES; i++) {
        const struct ac97_engine *engine = &ac97->engines[i];
        when = earlier(when, ac97_engine_deadline(ac97, engine));
        if (engine->cr & AC97_RPBM)
            when = earlier(when, codec_deadline(ac97));
    }
    return when;
}

// Tells the machine what it must know after the state changed.
static void publish(struct ac97 *ac97)
{
    uint64_t when = next_deadline(ac97);
    bool line = false;

    for (unsigned i = 0; i < AC97_ENGINES; i++)
        line |= ac97_engine_request(ac97, &ac97->engines[i]); // AC-130
    if (ac97_variant(ac97)->quirks)
        line = ac97_quirk_line(ac97);
    if (line != ac97->line) {
        ac97->line = line;
        ps_device_interrupt(ac97->device, line);
    }
    if (when != ac97->wake_at) {
        ac97->wake_at = when;
        ps_device_wake(ac97->device, when);
    }
}

// ---- the device ---------------------------------------------------------------------------------

static int attach(struct ps_device *device, void *state)
{
    struct ac97 *ac97 = state;

    ac97->device = device;
    ac97->variant = ps_device_quirks(device) ? AC97_QUIRKS : AC97_SPECIFIED;
    ac97->decoding = true; // until the machine says otherwise, it only asks us when it is on
    ac97->bus_master = ps_device_bus_master(device);
    ac97->wake_at = PS_NEVER;
    ac97_link_init(ac97);
    ac97_codec_reset(ac97);
    for (unsigned i = 0; i < AC97_ENGINES; i++) {
        struct ac97_engine *engine = &ac97->engines[i];
        engine->id = (uint8_t)i;
        engine->channels = i == AC97_MC ? 1 : 2; // AC-96, AC-97
        engine->at = ps_device_now(device);
        ac97_engine_reset(engine, false);
    }
    return 0;
}

static uint32_t within(uint32_t value, unsigned width)
{
    return width == 4 ? value : value & ((1u << width * 8) - 1);
}

static bool decoded(const struct ac97 *ac97, unsigned bar, uint32_t offset, unsigned width)
{
    bool sane = width == 1 || width == 2 || width == 4;
    return sane && ac97->decoding && bar <= 1 && offset < ac97_model.pci.bars[bar].size;
}

static uint32_t read_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    struct ac97 *ac97 = state;
    uint32_t value;
    uint64_t now;

    if (!decoded(ac97, bar, offset, width))
        return within(UINT32_MAX, width);
    now = catch_up(ac97);
    value =
        bar == 0 ? ac97_codec_read(ac97, offset, width, now) : ac97_bus_read(ac97, offset, width);
    publish(ac97);
    return within(value, width);
}

static void write_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                           unsigned width, uint32_t value)
{
    struct ac97 *ac97 = state;
    uint64_t now;

    if (!decoded(ac97, bar, offset, width))
        return;
    now = catch_up(ac97);
    if (bar == 0)
        ac97_codec_write(ac97, offset, width, value, now);
    else
        ac97_bus_write(ac97, offset, width, value, now);
    publish(ac97);
}

static void wake(struct ps_device *device, void *state)
{
    struct ac97 *ac97 = state;

    ac97->wake_at = PS_NEVER;
    catch_up(ac97);
    publish(ac97);
}

static void sync(struct ps_device *device, void *state)
{
    catch_up(state);
    publish(state);
}

static void command(struct ps_device *device, void *state, uint16_t value)
{
    struct ac97 *ac97 = state;

    ac97->decoding = value & 1;
    catch_up(ac97);
    publish(ac97);
}

const struct ps_device_ops ac97_model = {
    .version = PS_DEVICE_VERSION,
    .name = "ac97",
    .description = "Intel 82801AA (ICH) AC'97 audio with a stereo variable-rate codec",
    .pci =
        {
            .vendor = 0x8086,
            .device = 0x2415,
            .revision = 0x01,
            .class_code = 0x040100,
            .interrupt_pin = 2,
            .command_writable = 0x0005,
            .status = 0x0280,
            .bars = {{PS_BAR_IO, 256}, {PS_BAR_IO, 64}},
        },
    .state_size = sizeof(struct ac97),
    .attach = attach,
    .read = read_register,
    .write = write_register,
    .wake = wake,
    .sync = sync,
    .command = command,
};
