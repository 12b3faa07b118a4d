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

PS_TEST(amplifiers_are_linear, "HD-129") { compare(&hda_model, ready, gains); }
