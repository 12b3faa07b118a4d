// SPDX-License-Identifier: MIT
//
// A Sound Blaster 16 in front of QEMU's, and our model with quirks beside it.
#include "tests/machine/bench.h"

enum { CARD = 0x220, MIXER_INDEX = 4, MIXER_DATA = 5, RESET = 6, DATA = 0xA, COMMAND = 0xC, STATUS = 0xE, STATUS_16 = 0xF };
enum { BYTES = 4 * FRAMES & ~0xFFF, HZ = 22050 };

static void put(struct bench *bench, unsigned port, unsigned value)
{
    machine_port_write(bench->t.system, port, 1, value);
}

static unsigned get(struct bench *bench, unsigned port)
{
    return machine_port_read(bench->t.system, port, 1);
}

static void command(struct bench *bench, unsigned count, const uint8_t *bytes)
{
    for (unsigned i = 0; i < count; i++) {
        put(bench, CARD + COMMAND, bytes[i]);
        pass(bench, MS / 100);
    }
}
#define COMMAND_OF(bench, ...) command(bench, sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static unsigned mixer(struct bench *bench, unsigned index)
{
    put(bench, CARD + MIXER_INDEX, index);
    return get(bench, CARD + MIXER_DATA);
}

static void set_mixer(struct bench *bench, unsigned index, unsigned value)
{
    put(bench, CARD + MIXER_INDEX, index);
    put(bench, CARD + MIXER_DATA, value);
}

// Channel 5, all of the sound, again and again.
static void program(struct bench *bench)
{
    uint32_t at = (uint32_t)bench->sound;

    put(bench, 0xD4, 5);
    put(bench, 0xD8, 0);
    put(bench, 0xD6, 0x59);
    put(bench, 0x8B, at >> 16);
    put(bench, 0xC4, at >> 1 & 0xFF);
    put(bench, 0xC4, at >> 9 & 0xFF);
    put(bench, 0xC6, (BYTES / 2 - 1) & 0xFF);
    put(bench, 0xC6, (BYTES / 2 - 1) >> 8);
    put(bench, 0xD4, 1);
}

static unsigned moved(struct bench *bench)
{
    unsigned low;

    put(bench, 0xD8, 0);
    low = get(bench, 0xC6);
    return BYTES / 2 - 1 - (low | get(bench, 0xC6) << 8);
}

static void ready(struct bench *bench)
{
    put(bench, CARD + RESET, 1);
    pass(bench, MS);
    put(bench, CARD + RESET, 0);
    pass(bench, MS);
    note(bench, "reset: %02x", get(bench, CARD + DATA));
    COMMAND_OF(bench, 0x41, HZ >> 8, HZ & 0xFF);
    program(bench);
}

// The line has risen since it was asked last: nobody is connected, so what is latched stays.
static bool rose(struct bench *bench)
{
    struct sched_interrupt *line = device_interrupt_line(bench->device);
    struct machine_counts counts;
    bool was = line->asserted;

    machine_get_counts(bench->t.machine, &counts);
    was |= counts.interrupts != bench->rises;
    get(bench, CARD + STATUS); // both kinds are acknowledged
    get(bench, CARD + STATUS_16);
    line->asserted = false;
    machine_get_counts(bench->t.machine, &counts);
    bench->rises = counts.interrupts;
    return was;
}

static void registers(struct bench *bench)
{
    static const uint8_t writes[][2] = {{0x30, 0x55}, {0x47, 0x12}, {0x04, 0x31}, {0x22, 0x77}, {0x0A, 0xFF}, {0x0E, 0x02},
                                        {0x82, 0xFF}, {0x81, 0x41}, {0x80, 0x01}, {0x80, 0x02}};

    for (unsigned index = 0; index < 0x48; index++)
        note(bench, "mixer %02x: %02x", index, mixer(bench, index));
    for (unsigned i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
        set_mixer(bench, writes[i][0], writes[i][1]);
        note(bench, "%02x written to %02x: %02x", writes[i][1], writes[i][0], mixer(bench, writes[i][0]));
    }
    set_mixer(bench, 0, 0);
    note(bench, "reset: 30 %02x 80 %02x 81 %02x", mixer(bench, 0x30), mixer(bench, 0x80), mixer(bench, 0x81));
    COMMAND_OF(bench, 0xE1);
    note(bench, "version %u", get(bench, CARD + DATA));
    note(bench, "and %u", get(bench, CARD + DATA));
}

static void resets(struct bench *bench)
{
    static const uint8_t values[] = {0xB8, 0x39, 0xC6};

    COMMAND_OF(bench, 0xB6, 0x30, 0xFF, 0x0F);
    pass(bench, 20 * MS);
    rose(bench);
    put(bench, CARD + RESET, 1);
    get(bench, CARD + MIXER_INDEX);
    note(bench, "reset begins: rose %d", rose(bench));
    put(bench, CARD + RESET, 0);
    get(bench, CARD + MIXER_INDEX);
    note(bench, "reset ends: rose %d", rose(bench));
    for (unsigned i = 0; i < sizeof(values); i++) {
        pass(bench, MS);
        get(bench, CARD + DATA);
        put(bench, CARD + RESET, values[i]);
        note(bench, "%02x: data %d", values[i], get(bench, CARD + STATUS) >> 7);
        note(bench, "%02x", get(bench, CARD + DATA));
    }
}

static void recording(struct bench *bench)
{
    unsigned before = moved(bench);

    COMMAND_OF(bench, 0xBE, 0x30, 0xFF, 0x03);
    pass(bench, 300 * MS);
    note(bench, "recording moves %d, line %d", moved(bench) != before, rose(bench));
    COMMAND_OF(bench, 0xE1);
    note(bench, "then %u", get(bench, CARD + DATA));
    get(bench, CARD + DATA);
    COMMAND_OF(bench, 0xB6, 0x30, 0xFF, 0x0F);
    pass(bench, 50 * MS);
    COMMAND_OF(bench, 0xD0);
    pass(bench, 50 * MS);
    before = moved(bench);
    pass(bench, 100 * MS);
    note(bench, "D0h: moves %d", moved(bench) != before);
}

static void single_cycles(struct bench *bench)
{
    static const uint8_t modes[] = {0x10, 0x30};

    for (unsigned i = 0; i < 2; i++) {
        rose(bench);
        program(bench);
        COMMAND_OF(bench, 0xB0, modes[i], 0xFF, 0x07);
        pass(bench, 600 * MS);
        note(bench, "mode %02x: %u transfers, line %d", modes[i], moved(bench), rose(bench));
    }
}

// How late a tick is depends on what else goes on.
static void steps(struct bench *bench)
{
    unsigned first = 0;

    COMMAND_OF(bench, 0xB6, 0x30, 0xFF, 0x0F);
    note(bench, "at once: %u", moved(bench));
    for (unsigned i = 0; i < 10000 && !first; i++) {
        pass(bench, MS / 10);
        first = moved(bench);
    }
    note(bench, "1,024 frames at first: %d", first >= 2 * 1024);
    pass(bench, 300 * MS);
    note(bench, "the count goes on: %d", moved(bench) != first);
}

PS_TEST(mixer_registers, "SB-76") { compare(&sb16_model, ready, registers); }
PS_TEST(resets_and_the_line, "SB-16") { compare(&sb16_model, ready, resets); }
PS_TEST(it_does_not_record, "SB-25") { compare(&sb16_model, ready, recording); }
PS_TEST(single_cycles_count_frames, "SB-40") { compare(&sb16_model, ready, single_cycles); }
PS_TEST(the_count_moves_in_steps, "SB-115") { compare(&sb16_model, ready, steps); }
