// SPDX-License-Identifier: MIT
//
// An Intel HD Audio controller (8086:293E, ICH9) with one stereo codec, as docs/spec/hda.md (HD-
// rules) describes it; docs/hda.md is the page about this model, hda.h names its other files.
//
// Missing:
//   - the line out has 16 bits: of longer samples the upper 16 are heard, rounded
//   - HDCTL, TCSEL and the PCI Express capability are registers without effect; PME
//   - bidirectional streams, several SDO lines (STRIPE is stored)
//   - wake events of codecs in link reset, GPIO, beep, processing coefficients
//   - jacks, the loopback wire and the other options (struct hda_options) are for tests; no
//     command line sets them
#include "models/hda.h"
#include "models/models.h"

enum {
    BAR_BYTES = 0x4000,
    CODEC_FRAMES = 10, // HD-92
};

// ---- time ---------------------------------------------------------------------------------------

// 48000 frames a second are 3 in 62500 ns.
uint64_t hda_frame_time(const struct hda *hda, uint64_t frame)
{
    return hda->born + (frame * 62500 + 2) / 3;
}

static uint64_t frame_at(const struct hda *hda, uint64_t now)
{
    return (now - hda->born) * 3 / 62500;
}

void hda_latch_soon(struct hda *hda)
{
    hda->latch_at = hda->frame + 1;
}

// The next boundary at which something else than samples may move.
static uint64_t next_event(const struct hda *hda)
{
    uint64_t frame = hda_earlier(hda->latch_at, hda_control_deadline(hda));

    for (unsigned i = 0; i < HDA_STREAMS; i++)
        frame = hda_earlier(frame, hda->streams[i].reset_at);
    if (hda->options.loopback && hda_streams_in_use(hda))
        frame = hda->frame + 1;
    return hda_commands_active(hda) ? hda_earlier(frame, hda->frame + 1) : frame;
}

static void latch(struct hda *hda)
{
    if (hda->latch_at > hda->frame)
        return;
    hda->latch_at = HDA_NEVER;
    hda_commands_latch(hda);
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        hda_stream_latch(hda, &hda->streams[i]);
}

static void boundary(struct hda *hda)
{
    hda_control_frame(hda);
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        hda_stream_frame(hda, &hda->streams[i]);
    latch(hda);
    if (hda_commands_active(hda))
        hda_commands_frame(hda);
}

static void advance(struct hda *hda, uint64_t frame)
{
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        hda_stream_advance(hda, &hda->streams[i], frame - hda->frame);
    hda->frame = frame;
}

// Lets happen, in order, all that should have happened until now. A machine that takes bus
// mastering away syncs first; what is nevertheless left to do then can only be done without memory.
static uint64_t catch_up(struct hda *hda)
{
    uint64_t now = ps_device_now(hda->device), last = frame_at(hda, now);
    bool bus_master = ps_device_bus_master(hda->device);

    hda->bus_master &= bus_master;
    while (hda->frame < last) {
        advance(hda, hda_earlier(last, next_event(hda)));
        boundary(hda);
    }
    if (bus_master && !hda->bus_master)
        hda_latch_soon(hda); // streams that wait for memory
    hda->bus_master = bus_master;
    return now;
}

static uint64_t boundary_time(const struct hda *hda, uint64_t frame)
{
    return frame == HDA_NEVER ? PS_NEVER : hda_frame_time(hda, frame);
}

// Between the ends of buffers a stream only fills its FIFO and writes its position.
static void set_deadline(struct hda *hda)
{
    uint64_t event = next_event(hda), latest = event, when;

    for (unsigned i = 0; i < HDA_STREAMS; i++) {
        event = hda_earlier(event, hda_stream_deadline(hda, &hda->streams[i]));
        latest = hda_earlier(latest, hda_stream_event(hda, &hda->streams[i]));
    }
    when = boundary_time(hda, event);
    latest = boundary_time(hda, latest);
    if (when == hda->wake_at && latest == hda->wake_latest)
        return;
    hda->wake_at = when;
    hda->wake_latest = latest;
    ps_device_wake_lazily(hda->device, when, latest);
}

// Tells the machine what it must know after the state changed.
static void publish(struct hda *hda)
{
    bool line = hda_interrupt_line(hda);

    if (line != hda->line) {
        hda->line = line;
        ps_device_interrupt(hda->device, line);
    }
    set_deadline(hda);
}

// ---- the device ---------------------------------------------------------------------------------

static int attach(struct ps_device *device, void *state)
{
    struct hda *hda = state;

    hda->device = device;
    hda->options =
        (struct hda_options){.quirks = ps_device_quirks(device), .ring_sizes = 4, .reset_frames = 1, .codec_frames = CODEC_FRAMES};
    hda->born = ps_device_now(device);
    hda->latch_at = HDA_NEVER;
    hda->decoding = true; // until the machine says otherwise, it only asks us when it is on
    hda->bus_master = ps_device_bus_master(device);
    hda->wake_at = PS_NEVER;
    for (unsigned i = 0; i < HDA_STREAMS; i++)
        hda->streams[i].id = (uint8_t)i;
    hda_control_init(hda);
    hda_codec_power_on(hda);
    hda_controller_reset(hda);
    hda->control.statests = hda->options.quirks;
    return 0;
}

static uint32_t ones(unsigned width)
{
    return width == 4 ? UINT32_MAX : (1u << width * 8) - 1;
}

static bool decoded(struct hda *hda, unsigned bar, uint32_t offset, unsigned width)
{
    bool sane = width == 1 || width == 2 || width == 4;

    if (!sane || !hda->decoding || bar != 0 || offset >= BAR_BYTES)
        return false;
    if (offset % width == 0)
        return true;
    ps_device_report(hda->device, "HD-4", "register access off its natural boundary");
    return false;
}

static uint32_t read_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    struct hda *hda = state;
    uint32_t value;

    if (!decoded(hda, bar, offset, width))
        return ones(width);
    value = hda_quirk_read(hda, offset & ~3u, hda_register_read(hda, offset & ~3u, catch_up(hda)));
    publish(hda);
    return value >> offset % 4 * 8 & ones(width);
}

static void write_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                           unsigned width, uint32_t value)
{
    struct hda *hda = state;
    unsigned shift = offset % 4 * 8;

    if (!decoded(hda, bar, offset, width))
        return;
    catch_up(hda);
    hda_register_write(hda, offset & ~3u, ones(width) << shift, value << shift);
    publish(hda);
}

static void wake(struct ps_device *device, void *state)
{
    struct hda *hda = state;

    hda->wake_at = PS_NEVER;
    catch_up(hda);
    publish(hda);
}

static void sync(struct ps_device *device, void *state)
{
    catch_up(state);
    publish(state);
}

static void command(struct ps_device *device, void *state, uint16_t value)
{
    struct hda *hda = state;

    hda->decoding = value & 2;
    catch_up(hda);
    publish(hda);
}

// D3hot ends the clock and all DMA; of the registers only the resume well and two bits survive.
static void power(struct ps_device *device, void *state, unsigned d_state)
{
    struct hda *hda = state;
    uint32_t kept = hda->intctl & HDA_SURVIVES_D3;

    catch_up(hda);
    if (d_state == 3) {
        hda_controller_reset(hda); // HD-8
        hda->control.crst = hda->control.crst_written = false;
        hda->control.crst_at = HDA_NEVER;
        hda->intctl = kept; // HD-17
    }
    publish(hda);
}

// Section 2 of docs/spec/hda.md.
static const struct ps_pci_register registers[] = {
    {0x40, 1, 0x01, 0},        // HDCTL: HD audio, HD-5
    {0x44, 1, 0x00, 0x07},     // TCSEL, HD-6
    {0x50, 2, 0x6001, 0},      // power management; next 60h
    {0x52, 2, 0xC842, 0},      // D0 and D3
    {0x54, 2, 0x0000, 0x0103}, // its control
    {0x60, 2, 0x7005, 0},      // MSI; next 70h
    {0x62, 2, 0x0080, 0x0001}, // 64-bit, one message
    {0x64, 4, 0, 0xFFFFFFFC},  // address
    {0x68, 4, 0, 0xFFFFFFFF},  //
    {0x6C, 2, 0, 0xFFFF},      // data
    {0x70, 2, 0x0010, 0},      // PCI Express
    {0x72, 2, 0x0091, 0},      // an integrated endpoint
    {0x78, 2, 0x0800, 0x0800}, // no-snoop enable, HD-7
};

const struct ps_device_ops hda_model = {
    .version = PS_DEVICE_VERSION,
    .name = "hda",
    .description = "Intel ICH9 HD Audio with a stereo codec",
    .pci =
        {
            .vendor = 0x8086,
            .device = 0x293E,
            .revision = 0x03,
            .class_code = 0x040300,
            .interrupt_pin = 1,
            .command_writable = 0x0406,
            .status = 0x0010,
            .bars = {{PS_BAR_MEMORY_64, BAR_BYTES}},
        },
    .state_size = sizeof(struct hda),
    .attach = attach,
    .read = read_register,
    .write = write_register,
    .wake = wake,
    .sync = sync,
    .command = command,
    .registers = registers,
    .register_count = sizeof(registers) / sizeof(*registers),
    .capabilities = 0x50,
    .power = power,
};
