// SPDX-License-Identifier: MIT
//
// A Sound Blaster 16 with DSP 4.05 (docs/spec/sb16.md, SB- rules); docs/sb16.md is the page about
// this model, sb16.h names its other files.
//
// Missing:
//   - FM, MPU-401, DSP MIDI, the joystick, ADPCM, high-speed and direct commands
//   - the analog mixer beyond voice, master and output gain for playback, and the line input for
//   recording: other levels,
//     the output switches, tone, AGC and the speaker are registers only
//   - wiring of other interrupt lines than 5: a card set to one in mixer 80h interrupts nobody
//   - levels act where samples enter the output FIFO, up to 64 bytes early
#include "models/sb16.h"

#include "models/models.h"

enum { // offsets from the base port, SB-2
    MIXER_INDEX = 0x4,
    MIXER_DATA = 0x5,
    RESET = 0x6,
    READ_DATA = 0xA,
    WRITE_DATA = 0xC, // read: bit 7 busy
    READ_STATUS = 0xE,
    ACKNOWLEDGE_16 = 0xF,
};

static const struct ps_isa_identity identity = {.id = "PNPB003",
                                                .port = 0x220,
                                                .ports = 16,
                                                .interrupt = 5,
                                                .channel_count = 2,
                                                .channels = {1, 5}};

// ---- time ---------------------------------------------------------------------------------------

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t elapsed_frames(struct sb16 *sb, uint64_t nanoseconds)
{
    uint32_t rate = sb16_frame_rate(sb);
    uint64_t seconds = nanoseconds / SB16_NANOSECONDS;
    uint64_t part = nanoseconds % SB16_NANOSECONDS * rate + sb->phase;

    sb->phase = part % SB16_NANOSECONDS;
    return seconds * rate + part / SB16_NANOSECONDS;
}

static void advance(struct sb16 *sb, uint64_t to)
{
    uint64_t frames = elapsed_frames(sb, to - sb->at);

    sb->at = to;
    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        sb16_advance(sb, i, frames);
}

// Lets happen, in order, all that should have happened until now.
static uint64_t catch_up(struct sb16 *sb)
{
    uint64_t now = ps_device_now(sb->device), when;

    while ((when = sb16_dsp_deadline(sb)) <= now) {
        advance(sb, when);
        sb16_dsp_event(sb, when);
    }
    advance(sb, now);
    return now;
}

static uint64_t next_deadline(const struct sb16 *sb)
{
    uint64_t when = sb16_dsp_deadline(sb);
    uint32_t rate = sb16_frame_rate(sb);

    for (unsigned i = 0; i < SB16_TRANSFERS; i++) {
        uint64_t frames = sb16_frames_to_look(sb, i);

        if (frames)
            when =
                earlier(when, sb->at + (frames * SB16_NANOSECONDS - sb->phase + rate - 1) / rate);
    }
    return when;
}

// A transfer that could not do all that is due asks the controller (SB-48).
static uint8_t requests(const struct sb16 *sb)
{
    uint8_t asking = 0;

    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        if (sb16_moving(&sb->transfers[i]) && sb->transfers[i].due && sb16_channel(sb, i) >= 0)
            asking |= (uint8_t)(1u << sb16_channel(sb, i));
    return asking;
}

// Tells the machine what it must know after the state changed.
static void publish(struct sb16 *sb)
{
    bool line = sb->flags && sb16_drives_line(sb);
    uint8_t asking = requests(sb);
    uint64_t when = next_deadline(sb);

    for (unsigned channel = 0; asking != sb->asking && channel < 8; channel++)
        if ((asking ^ sb->asking) >> channel & 1)
            ps_device_channel_request(sb->device, channel, asking >> channel & 1);
    sb->asking = asking;
    if (line != sb->line)
        ps_device_interrupt(sb->device, line);
    sb->line = line;
    if (when != sb->wake_at)
        ps_device_wake(sb->device, when);
    sb->wake_at = when;
}

// ---- the device ---------------------------------------------------------------------------------

static int attach(struct ps_device *device, void *state)
{
    struct sb16 *sb = state;

    sb->device = device;
    sb->at = ps_device_now(device);
    sb->wake_at = PS_NEVER;
    sb->quirks = ps_device_quirks(device);
    sb16_dsp_init(sb);
    sb16_mixer_init(sb);
    return 0;
}

static uint8_t read_port(struct sb16 *sb, uint32_t offset, uint64_t now)
{
    switch (offset) {
    case MIXER_INDEX:
        return sb->mixer.index;
    case MIXER_DATA:
        return sb16_mixer_read(sb);
    case READ_DATA:
        return sb16_dsp_read(sb);
    case WRITE_DATA:
        return sb16_dsp_busy(sb, now) ? 0xFF : 0x7F; // SB-4
    case READ_STATUS:
        sb->flags &= (uint8_t) ~(1u << SB16_EIGHT); // SB-7
        return sb->dsp.out_count ? 0xFF : 0x7F;
    case ACKNOWLEDGE_16:
        sb->flags &= (uint8_t) ~(1u << SB16_SIXTEEN);
        return 0xFF;
    default:
        return 0xFF; // SB-3
    }
}

static void write_port(struct sb16 *sb, uint32_t offset, uint8_t value, uint64_t now)
{
    switch (offset) {
    case MIXER_INDEX:
        sb->mixer.index = value;
        break;
    case MIXER_DATA:
        sb16_mixer_write(sb, value);
        break;
    case RESET:
        sb16_reset_write(sb, value, now);
        break;
    case WRITE_DATA:
        sb16_dsp_write(sb, value, now);
        break;
    }
}

// Ports are 8 bits wide: a wider access is one after the other.
static uint32_t read_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    struct sb16 *sb = state;
    uint64_t now = catch_up(sb);
    uint32_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)read_port(sb, offset + i, now) << 8 * i;
    publish(sb);
    return value;
}

static void write_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                           unsigned width, uint32_t value)
{
    struct sb16 *sb = state;
    uint64_t now = catch_up(sb);

    for (unsigned i = 0; i < width; i++)
        write_port(sb, offset + i, (uint8_t)(value >> 8 * i), now);
    publish(sb);
}

static void wake(struct ps_device *device, void *state)
{
    struct sb16 *sb = state;

    sb->wake_at = PS_NEVER;
    catch_up(sb);
    publish(sb);
}

static void sync(struct ps_device *device, void *state)
{
    catch_up(state);
    publish(state);
}

const struct ps_device_ops sb16_model = {
    .version = PS_DEVICE_VERSION,
    .name = "sb16",
    .description = "Sound Blaster 16 (DSP 4.05) on the ISA bus",
    .state_size = sizeof(struct sb16),
    .attach = attach,
    .read = read_register,
    .write = write_register,
    .wake = wake,
    .sync = sync,
    .isa = &identity,
};
