// SPDX-License-Identifier: MIT
//
// AC'97's DMA engine in front of QEMU's device, and our model with quirks beside it: what is left in the registers, what
// the interrupt line is, and what is heard, once a script has come to rest. Little of it is about how long that takes.
#include <stdio.h>

#include "tests/machine/bench.h"

enum { NAM = 0xc000, NABM = 0xc400, PO = 0x10, PI = 0x00 };
enum { BDBAR = 0x0, CIV = 0x4, LVI = 0x5, SR = 0x6, PICB = 0x8, PIV = 0xa, CR = 0xb, GLOB_CNT = 0x2c, GLOB_STA = 0x30 };
enum { DCH = 1, RPBM = 1, RR = 2, LVBIE = 4, FEIE = 8, IOCE = 16 };
#define IOC 0x80000000u
#define BUP 0x40000000u

// ---- the device --------------------------------------------------------------------------------------

static void put(struct bench *bench, uint32_t offset, unsigned width, uint32_t value)
{
    machine_port_write(bench->t.system, NABM + offset, width, value);
}

static uint32_t get(struct bench *bench, uint32_t offset, unsigned width)
{
    return machine_port_read(bench->t.system, NABM + offset, width);
}

static void mixer(struct bench *bench, uint32_t offset, uint16_t value)
{
    machine_port_write(bench->t.system, NAM + offset, 2, value);
}

static void ready(struct bench *bench)
{
    put(bench, GLOB_CNT, 4, 2);
    pass(bench, MS);
    mixer(bench, 0x02, 0);
    mixer(bench, 0x18, 0x0808); // passed on to QEMU as 0, see docs/deviations.md
}

static void describe(struct bench *bench, unsigned engine, unsigned index, uint64_t address, uint32_t control)
{
    uint32_t *words = memory_direct(bench->t.machine, bench->list + 0x100 * (engine == PI) + 8 * index, 8);

    words[0] = (uint32_t)address;
    words[1] = control;
}

static void start(struct bench *bench, unsigned engine, unsigned last, unsigned control)
{
    put(bench, engine + BDBAR, 4, (uint32_t)bench->list + 0x100 * (engine == PI));
    put(bench, engine + LVI, 1, last);
    put(bench, engine + CR, 1, control);
}

static void state(struct bench *bench, const char *when, unsigned engine)
{
    note(bench, "%s: %s SR %02x CIV %u PIV %u PICB %u CR %02x line %d GLOB_STA %x", when, engine == PI ? "PI" : "PO",
         get(bench, engine + SR, 2), get(bench, engine + CIV, 1), get(bench, engine + PIV, 1),
         get(bench, engine + PICB, 2), get(bench, engine + CR, 1), device_interrupt_line(bench->device)->asserted,
         get(bench, GLOB_STA, 4));
}

// Until the engine halts.
static void rest(struct bench *bench, unsigned engine)
{
    for (unsigned i = 0; i < 100 && !(get(bench, engine + SR, 2) & DCH); i++)
        pass(bench, 10 * MS);
    pass(bench, 150 * MS); // QEMU plays it later
}

// Runs of equal frames and of frames that count up, of all that was heard.
static void sound(struct bench *bench, const char *when)
{
    for (size_t i = 0; i < bench->count;) {
        const int16_t *frame = bench->heard + 2 * i;
        size_t same = 1, up = 1;

        while (i + same < bench->count && !memcmp(frame, frame + 2 * same, 4))
            same++;
        while (i + up < bench->count && frame[2 * up] == (int16_t)(frame[0] + (int)up) &&
               frame[2 * up + 1] == (int16_t)(frame[1] - (int)up))
            up++;
        if (same > 1 && frame[0])
            note(bench, "%s: heard %d,%d again and again", when, frame[0], frame[1]);
        else if (up > 1 && frame[0])
            note(bench, "%s: heard %d to %d", when, frame[0], frame[2 * (up - 1)]);
        else if (frame[0])
            note(bench, "%s: heard %d,%d", when, frame[0], frame[1]);
        i += up > same ? up : same;
    }
    bench->count = 0;
}

// ---- scripts ----------------------------------------------------------------------------------------

static void empty_buffers(struct bench *bench)
{
    describe(bench, PO, 0, bench->sound, IOC);
    describe(bench, PO, 1, bench->sound, 2 * 480);
    start(bench, PO, 1, RPBM | IOCE | LVBIE);
    rest(bench, PO);
    state(bench, "empty, then full", PO);
    put(bench, PO + CR, 1, 0);
    put(bench, PO + CR, 1, RR);
    describe(bench, PO, 0, bench->sound, 2 * 480);
    describe(bench, PO, 1, bench->sound, IOC);
    start(bench, PO, 1, RPBM | IOCE | LVBIE);
    rest(bench, PO);
    state(bench, "full, then empty", PO);
    put(bench, PO + CR, 1, 0);
}

static void crooked_address(struct bench *bench)
{
    describe(bench, PO, 0, bench->sound + 2, 2 * 480);
    start(bench, PO, 0, RPBM);
    rest(bench, PO);
    put(bench, PO + CR, 1, 0);
    pass(bench, 150 * MS);
    sound(bench, "crooked");
}

static void after_the_last(struct bench *bench)
{
    for (unsigned i = 0; i < 2; i++) {
        describe(bench, PO, 0, bench->sound, 2 * 2400 | (i ? BUP : 0));
        start(bench, PO, 0, RPBM);
        rest(bench, PO);
        put(bench, PO + CR, 1, 0);
        pass(bench, 150 * MS);
        sound(bench, i ? "BUP" : "no BUP");
        put(bench, PO + CR, 1, RR);
    }
}

static void pauses(struct bench *bench)
{
    for (unsigned i = 0; i < 32; i++)
        describe(bench, PO, i, bench->sound, 2 * FRAMES);
    start(bench, PO, 7, RPBM);
    pass(bench, 50 * MS);
    note(bench, "running: CIV %u PIV %u", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1));
    put(bench, PO + CR, 1, 0);
    pass(bench, MS);
    note(bench, "paused: CIV %u PIV %u SR %02x", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1), get(bench, PO + SR, 2));
    put(bench, PO + CR, 1, RPBM);
    note(bench, "resumed: CIV %u PIV %u SR %02x", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1), get(bench, PO + SR, 2));
    put(bench, PO + CR, 1, RPBM);
    note(bench, "written again: CIV %u PIV %u", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1));
    put(bench, PO + CR, 1, RPBM | IOCE);
    note(bench, "with another enable: CIV %u PIV %u", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1));
    rest(bench, PO);
    state(bench, "ended", PO);
    put(bench, PO + CR, 1, 0);
    pass(bench, MS);
    put(bench, PO + CR, 1, RPBM);
    note(bench, "begun past the last: CIV %u PIV %u SR %02x", get(bench, PO + CIV, 1), get(bench, PO + PIV, 1),
         get(bench, PO + SR, 2));
    put(bench, PO + CR, 1, 0);
}

static void lines(struct bench *bench)
{
    describe(bench, PO, 0, bench->sound, IOC | 2 * 480);
    start(bench, PO, 0, RPBM | IOCE);
    rest(bench, PO);
    state(bench, "one enable, two bits", PO);
    put(bench, PO + SR, 2, 8);
    state(bench, "the enabled bit cleared", PO);
    put(bench, PO + SR, 2, 4);
    state(bench, "the other bit cleared", PO);
    put(bench, PO + CR, 1, 0);
    put(bench, PO + CR, 1, RR);
    start(bench, PO, 0, RPBM);
    rest(bench, PO);
    state(bench, "no enable", PO);
    put(bench, PO + CR, 1, IOCE | LVBIE);
    state(bench, "enabled later", PO);
    put(bench, PO + SR, 2, 0);
    state(bench, "zeros written to SR", PO);
    put(bench, PO + CR, 1, 0);
    state(bench, "disabled", PO);
    put(bench, PO + SR, 2, 0x1c);
    state(bench, "cleared", PO);
}

// The machine passes 18h on to QEMU less 8 (docs/deviations.md); `pcm` is what QEMU is to have.
static void set_levels(struct bench *bench, uint16_t master, uint16_t pcm)
{
    mixer(bench, 0x02, master);
    mixer(bench, 0x18, (uint16_t)(pcm + 0x0808));
}

static void volumes(struct bench *bench)
{
    static const uint16_t pairs[][2] = {{0, 0}, {0x0101, 0}, {0x1f0a, 0}, {0x3e20, 0}, {0x3f3f, 0}, {0x8000, 0},
                                        {0, 0x0101}, {0, 0x1708}, {0x0a14, 0x0307}, {0x0000, 0x8000}};

    for (unsigned i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        char when[32];

        snprintf(when, sizeof(when), "02h %04x, 18h %04x", pairs[i][0], pairs[i][1]);
        set_levels(bench, pairs[i][0], pairs[i][1]);
        describe(bench, PO, 0, bench->sound + 4 * 4000, 2 * 480);
        start(bench, PO, 0, RPBM);
        rest(bench, PO);
        put(bench, PO + CR, 1, 0);
        put(bench, PO + CR, 1, RR);
        pass(bench, 150 * MS);
        levels(bench, when);
    }
}

static unsigned moved(struct bench *bench)
{
    unsigned index, left;

    do { // a step may come between the two registers
        index = get(bench, PO + CIV, 1);
        left = get(bench, PO + PICB, 2) / 2;
    } while (get(bench, PO + CIV, 1) != index);
    return 480 * (index + 1) - left;
}

// How late a tick is depends on what else goes on; how much it moves at least does not.
static void ticks(struct bench *bench)
{
    unsigned first;

    for (unsigned i = 0; i < 32; i++)
        describe(bench, PO, i, bench->sound, 2 * 480);
    start(bench, PO, 31, RPBM);
    note(bench, "at once: %u", moved(bench));
    while (!(first = moved(bench)))
        pass(bench, MS / 2);
    note(bench, "the first step is 1,024 frames or more: %d", first >= 1024);
    rest(bench, PO);
    state(bench, "ended", PO);
    put(bench, PO + CR, 1, 0);
}

static bool moves(struct bench *bench)
{
    uint32_t before = get(bench, PO + PICB, 2);

    pass(bench, 70 * MS);
    return get(bench, PO + PICB, 2) != before;
}

static void rate_of_nothing(struct bench *bench)
{
    mixer(bench, 0x2a, 1);
    mixer(bench, 0x2c, 0);
    describe(bench, PO, 0, bench->sound, 2 * 480);
    describe(bench, PO, 1, bench->sound, IOC | 2 * 480);
    start(bench, PO, 1, RPBM | IOCE);
    pass(bench, 200 * MS);
    state(bench, "0 Hz", PO);
    mixer(bench, 0x2c, RATE);
    pass(bench, 200 * MS);
    state(bench, "and again 48,000 Hz", PO);
    put(bench, PO + CR, 1, RPBM | IOCE);
    rest(bench, PO);
    state(bench, "control written", PO);
    put(bench, PO + CR, 1, 0);
    put(bench, PO + CR, 1, RR);
    for (unsigned i = 0; i < 32; i++)
        describe(bench, PO, i, bench->sound, 2 * FRAMES);
    start(bench, PO, 31, RPBM);
    pass(bench, 50 * MS);
    mixer(bench, 0x2c, 0);
    pass(bench, 50 * MS);
    note(bench, "0 Hz while it runs: CIV %u moves %d", get(bench, PO + CIV, 1), moves(bench));
    mixer(bench, 0x2c, RATE);
    note(bench, "48,000 Hz: CIV %u moves %d", get(bench, PO + CIV, 1), moves(bench));
    put(bench, PO + CR, 1, RPBM);
    note(bench, "control written: CIV %u moves %d", get(bench, PO + CIV, 1), moves(bench));
    put(bench, PO + CR, 1, 0);
}

static void two_engines(struct bench *bench)
{
    describe(bench, PI, 0, bench->taken, IOC | 2 * 480);
    describe(bench, PO, 0, bench->sound, IOC | 2 * 480);
    start(bench, PI, 0, RPBM | IOCE);
    rest(bench, PI);
    state(bench, "one asks", PI);
    start(bench, PO, 0, RPBM | IOCE);
    rest(bench, PO);
    state(bench, "both ask", PO);
    put(bench, PO + SR, 2, 0x1c);
    state(bench, "one cleared", PO);
    put(bench, PO + SR, 2, 0x1c);
    state(bench, "the same again", PO);
    put(bench, PI + SR, 2, 0);
    state(bench, "zeros for the other", PI);
    put(bench, PI + SR, 2, 0x1c);
    state(bench, "the other cleared", PI);
    put(bench, PO + CR, 1, 0);
    put(bench, PO + CR, 1, RR);
    start(bench, PO, 0, RPBM | IOCE);
    rest(bench, PO);
    state(bench, "asks anew", PO);
    put(bench, PO + CR, 1, 0);
    put(bench, PO + CR, 1, RR);
    state(bench, "reset while it asks", PO);
}

PS_TEST(buffers_without_samples, "AC-94") { compare(&ac97_model, ready, empty_buffers); }
PS_TEST(buffers_off_a_frame, "AC-94") { compare(&ac97_model, ready, crooked_address); }
PS_TEST(what_follows_the_last_buffer, "AC-109") { compare(&ac97_model, ready, after_the_last); }
PS_TEST(pauses_and_control_writes, "AC-114", "AC-117") { compare(&ac97_model, ready, pauses); }
PS_TEST(levels_are_linear, "AC-33") { compare(&ac97_model, ready, volumes); }
PS_TEST(a_rate_of_0_closes_the_voice, "AC-48") { compare(&ac97_model, ready, rate_of_nothing); }
PS_TEST(the_first_step, "AC-124") { compare(&ac97_model, ready, ticks); }
PS_TEST(the_interrupt_line, "AC-133", "AC-138") { compare(&ac97_model, ready, lines); }
PS_TEST(the_interrupt_line_of_two_engines, "AC-138") { compare(&ac97_model, ready, two_engines); }
