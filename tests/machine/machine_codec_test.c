// SPDX-License-Identifier: MIT
//
// HD Audio's codec and its stream in front of QEMU's device, and our model with quirks beside it: what is heard.
#include <stdio.h>

#include "tests/machine/bench.h"

enum { GCTL = 0x08, ICW = 0x60, IRR = 0x64, ICS = 0x68, SD = 0x100 };
enum { CTL = 0x00, LPIB = 0x04, CBL = 0x08, LVI = 0x0c, FMT = 0x12, BDL = 0x18 };
enum { RUN = 2, RESET = 1, DAC = 2 };
#define TAG (1u << 20)

static uint64_t bar(struct bench *bench)
{
    struct device_resource resources[8];

    assert_true(device_resources(bench->device, resources, 8) >= 1);
    return resources[0].start;
}

static void put(struct bench *bench, uint32_t offset, unsigned width, uint32_t value)
{
    machine_mmio_write(bench->t.system, bar(bench) + offset, width, value);
}

static uint32_t get(struct bench *bench, uint32_t offset, unsigned width)
{
    return machine_mmio_read(bench->t.system, bar(bench) + offset, width);
}

static void verb(struct bench *bench, unsigned node, uint32_t payload)
{
    put(bench, ICS, 2, 2);
    put(bench, ICW, 4, node << 20 | payload);
    put(bench, ICS, 2, 1);
    for (unsigned i = 0; i < 50 && (get(bench, ICS, 2) & 3) != 2; i++)
        pass(bench, MS / 50);
}

static void ready(struct bench *bench)
{
    put(bench, GCTL, 4, 1);
    pass(bench, 2 * MS);
    verb(bench, DAC, 0x20011);
    verb(bench, DAC, 0x70610);
}

// Until so many frames have been heard that are not silence.
static void hear(struct bench *bench, size_t wanted)
{
    for (unsigned i = 0; i < 500; i++) {
        size_t sounding = 0;

        for (size_t frame = 0; frame < bench->count; frame++)
            sounding += bench->heard[2 * frame] != 0;
        if (sounding >= wanted)
            return;
        pass(bench, 10 * MS);
    }
}

// `from`, in frames of what counts up, `frames` of them in two entries, round and round.
static void play(struct bench *bench, unsigned from, unsigned frames)
{
    uint32_t *words = memory_direct(bench->t.machine, bench->list, 32);

    for (unsigned i = 0; i < 2; i++) {
        words[4 * i] = (uint32_t)bench->sound + 4 * from + 2 * frames * i;
        words[4 * i + 1] = 0;
        words[4 * i + 2] = 2 * frames;
        words[4 * i + 3] = 0;
    }
    put(bench, SD + BDL, 4, (uint32_t)bench->list);
    put(bench, SD + CBL, 4, 4 * frames);
    put(bench, SD + LVI, 2, 1);
    put(bench, SD + FMT, 2, 0x11);
    put(bench, SD + CTL, 4, TAG | RUN);
    hear(bench, 2 * FRAMES); // QEMU begins with what it still had
    put(bench, SD + CTL, 4, TAG);
    pass(bench, 150 * MS);
    put(bench, SD + CTL, 4, RESET);
    pass(bench, MS);
    put(bench, SD + CTL, 4, 0);
    pass(bench, MS);
}

// The frame that was heard last with that on its left.
static int right_of(const struct bench *bench, int16_t left)
{
    for (size_t i = bench->count; i-- > 0;)
        if (bench->heard[2 * i] == left)
            return bench->heard[2 * i + 1];
    return INT16_MAX;
}

static void gains(struct bench *bench)
{
    static const uint8_t amps[] = {0x4a, 0x49, 0x48, 0x40, 0x25, 0x10, 0x01, 0x00, 0x4b, 0x7f, 0xca};

    for (unsigned i = 0; i < sizeof(amps); i++) {
        char when[32];

        snprintf(when, sizeof(when), "gain %02x", amps[i]);
        bench->count = 0;
        verb(bench, DAC, 0x3a04a);
        verb(bench, DAC, 0x39000u | amps[i]);
        play(bench, 4000, 480);
        for (int16_t left = 4010; left < 4480; left += 67)
            note(bench, "%s: with %d on the left: %d", when, left, right_of(bench, left));
    }
}

// Two buffers of `bytes` each, round and round.
static void begin(struct bench *bench, uint32_t bytes, uint32_t cbl)
{
    uint32_t *words = memory_direct(bench->t.machine, bench->list, 32);

    for (unsigned i = 0; i < 2; i++) {
        words[4 * i] = (uint32_t)bench->sound + bytes * i;
        words[4 * i + 1] = 0;
        words[4 * i + 2] = bytes;
        words[4 * i + 3] = i;
    }
    put(bench, SD + BDL, 4, (uint32_t)bench->list);
    put(bench, SD + CBL, 4, cbl);
    put(bench, SD + LVI, 2, 1);
    put(bench, SD + FMT, 2, 0x11);
    put(bench, SD + CTL, 4, TAG | RUN);
}

static void reset(struct bench *bench)
{
    put(bench, SD + CTL, 4, TAG);
    pass(bench, 20 * MS);
    put(bench, SD + CTL, 4, RESET);
    pass(bench, MS);
    put(bench, SD + CTL, 4, 0);
    pass(bench, MS);
}

static uint32_t status(struct bench *bench)
{
    return get(bench, SD + CTL, 4) >> 24;
}

// Until LPIB has moved, and no longer than it takes to see it.
static uint32_t next_step(struct bench *bench, uint32_t before)
{
    uint32_t now = before;

    for (unsigned i = 0; i < 10000 && now == before; i++) {
        pass(bench, MS / 10);
        now = get(bench, SD + LPIB, 4);
    }
    return now;
}

// How late a tick is depends on what else goes on: steps are noted by what they are multiples of.
static void steps(struct bench *bench)
{
    uint32_t at = 0;

    begin(bench, 9600, 19200);
    note(bench, "at once: %u", get(bench, SD + LPIB, 4));
    for (unsigned i = 0; i < 3; i++) {
        uint32_t before = at;

        at = next_step(bench, at);
        note(bench, "whole pieces of 256: %d, enough for 5 ms: %d", at % 256 == 0, at - before >= 960 || at < before);
        if (!i)
            note(bench, "1,024 frames at first: %d", at >= 4096);
    }
    put(bench, SD + CTL, 4, TAG);
    pass(bench, MS);
    note(bench, "stopped, it keeps where it was: %d", get(bench, SD + LPIB, 4) != 0);
    put(bench, SD + CTL, 4, TAG | RUN);
    pass(bench, MS / 10);
    note(bench, "started again: %u", get(bench, SD + LPIB, 4));
    reset(bench);
}

static void ends(struct bench *bench)
{
    static const uint32_t lengths[] = {9600, 9600 + 640, 38400};

    for (unsigned i = 0; i < 3; i++) {
        uint32_t most = 0;

        begin(bench, 9600, lengths[i]);
        for (unsigned look = 0; look < 60; look++) {
            uint32_t now = get(bench, SD + LPIB, 4);

            most = now > most ? now : most;
            pass(bench, 5 * MS);
        }
        note(bench, "CBL %u: it stands there: %d, stays within the list: %d, status %02x", lengths[i], most == lengths[i],
             most <= 19200, status(bench));
        reset(bench);
    }
    begin(bench, 1001, 2002);
    pass(bench, 50 * MS);
    note(bench, "an odd length: status %02x", status(bench));
    reset(bench);
}

PS_TEST(it_moves_in_steps, "HD-72") { compare(&hda_model, ready, steps); }
PS_TEST(where_its_position_ends, "HD-72") { compare(&hda_model, ready, ends); }
PS_TEST(amplifiers_are_linear, "HD-129") { compare(&hda_model, ready, gains); }
