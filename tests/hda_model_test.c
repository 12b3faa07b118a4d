// SPDX-License-Identifier: MIT
//
// The HD Audio model under seeded random use: nothing crashes, what always holds holds, and it
// makes no difference how often somebody looks.
#include "tests/dice.h"
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

// ---- what a random driver does ------------------------------------------------------------------

static uint32_t random_stream(struct dice *dice)
{
    static const uint32_t streams[] = {IN0, OUT0, OUT0, OUT1, 0xA0};
    return streams[throw_dice(dice, 5)];
}

// Two streams with one tag meet at the codec in whatever order they come.
static uint32_t tag_of(uint32_t sd)
{
    return sd == OUT0 ? 0x10 : sd == IN0 ? 0x20 : sd == OUT1 ? 0x30 : 0x40;
}

static uint16_t random_format(struct dice *dice)
{
    static const uint16_t formats[] = {0x0011, 0x4011, 0x0031, 0x0811, 0x0015, 0x1831, 0x0511};
    unsigned n = throw_dice(dice, 9);

    return n < 7 ? formats[n] : n == 7 ? 0x0011 : (uint16_t)any(dice);
}

static void random_entry(struct ps_device *m, struct dice *dice)
{
    uint32_t sd = random_stream(dice), index = throw_dice(dice, 4);
    uint32_t region = SOUND + 0x1C000 * ((sd - IN0) / 0x20); // streams never meet in memory
    uint64_t address = region + throw_dice(dice, 0x1B000), length = 2 * throw_dice(dice, 1000);

    if (throw_dice(dice, 50) == 0)
        address = (uint64_t)any(dice) << 32 | any(dice);
    if (throw_dice(dice, 5))
        address &= ~127ull, length = (length + 4) & ~3ull;
    sync(m); // memory changes now, not earlier
    describe(m, sd, index, address, (uint32_t)length, any(dice) & 3);
}

static void random_setup(struct ps_device *m, struct dice *dice, uint32_t sd)
{
    uint16_t format = random_format(dice);

    put(m, sd + CTL, 1, SRST);
    jump(m, frames(1));
    put(m, sd + CTL, 1, 0);
    jump(m, frames(1));
    put(m, sd + CBL, 4, 4 * throw_dice(dice, 4000));
    put(m, sd + LVI, 2, throw_dice(dice, 4));
    put(m, sd + FMT, 2, format);
    put(m, sd + BDPL, 4, throw_dice(dice, 20) ? list_of(sd) : any(dice));
    put(m, sd + CTL + 2, 1, throw_dice(dice, 10) ? tag_of(sd) : 0);
    put(m, sd + CTL, 1, ENABLES | RUN);
    if (throw_dice(dice, 2))
        put(m, ICW, 4, verb4(sd < OUT0 ? HDA_ADC : HDA_DAC, 2, format));
    put(m, ICS, 1, 1);
}

static void random_stream_step(struct ps_device *m, struct dice *dice)
{
    uint32_t sd = random_stream(dice);

    switch (throw_dice(dice, 6)) {
    case 0:
        put(m, sd + CTL, 1, ENABLES);
        break;
    case 1:
        put(m, sd + STS, 1, any(dice) & 0xFF);
        break;
    case 2:
        put(m, sd + CTL, 1, ENABLES | RUN);
        break;
    case 3:
        put(m, SSYNC, 1, throw_dice(dice, 4) ? 0 : any(dice) & 0xFF);
        break;
    default:
        random_setup(m, dice, sd);
    }
}

static void random_verb(struct ps_device *m, struct dice *dice)
{
    static const uint16_t verbs[] = {0x705, 0x706, 0x707, 0x70C, 0x708, 0xF00, 0xF05, 0x7FF};
    unsigned node = throw_dice(dice, 7), n = throw_dice(dice, 12);
    uint32_t command = n < 8    ? verb12(node, verbs[n], throw_dice(dice, 6) ? 0x10 : 0x40)
                       : n == 8 ? verb4(node, 3, 0xF000 | throw_dice(dice, 256))
                       : n == 9 ? verb4(node, 2, random_format(dice))
                                : any(dice);

    if (n < 8 && verbs[n] == 0x705)
        command &= throw_dice(dice, 5) ? ~0xFFu : ~0u;
    sync(m);
    if (get(m, CORBCTL, 1) & 2) {
        send(m, command);
    } else {
        put(m, ICW, 4, command);
        put(m, ICS, 1, 1);
    }
}

static void random_global(struct ps_device *m, struct dice *dice)
{
    switch (throw_dice(dice, 8)) {
    case 0:
        set_command(m, throw_dice(dice, 2) ? 2 : 6);
        set_command(m, 6);
        break;
    case 1:
        set_command(m, 2);
        break;
    case 2:
        put(m, GCTL, 4, throw_dice(dice, 3) ? 0x101 : 0);
        break;
    case 3:
        start_rings(m);
        break;
    case 4:
        put(m, DPLBASE, 4, (LIST + 0xA000) | throw_dice(dice, 2));
        break;
    case 5:
        hda_codec_plug(inside(m), throw_dice(dice, HDA_NODES), throw_dice(dice, 2));
        break;
    default:
        put(m, GCTL, 4, 0x101);
        set_command(m, 6);
        put(m, INTCTL, 4, GIE | CIE | 0xFF);
    }
}

// Anything at all, but where the device would read and write memory of other streams.
static void random_register(struct ps_device *m, struct dice *dice)
{
    static const uint8_t widths[] = {1, 2, 4};
    uint32_t offset = throw_dice(dice, throw_dice(dice, 4) ? 0x180 : 0x4100);
    uint32_t value = any(dice);

    if ((offset >= 0x40 && offset < 0x60) || (offset >= 0x70 && offset < 0x78))
        value = 0;
    put(m, offset, widths[throw_dice(dice, 3)], value);
}

static uint32_t random_step(struct ps_device *m, struct dice *dice)
{
    static const uint8_t widths[] = {1, 2, 4};

    switch (throw_dice(dice, 16)) {
    case 0:
    case 1:
    case 2:
        random_entry(m, dice);
        return 0;
    case 3:
    case 4:
        random_verb(m, dice);
        return 0;
    case 5:
        return get(m, throw_dice(dice, 0x180), widths[throw_dice(dice, 3)]);
    case 6:
        random_register(m, dice);
        return 0;
    case 7:
        random_global(m, dice);
        return 0;
    case 8:
        sync(m);
        m->denied = throw_dice(dice, 2) ? SOUND + throw_dice(dice, 0x40000) : LIST;
        m->denied_bytes = throw_dice(dice, 20) ? 0 : 4096;
        return 0;
    default:
        random_stream_step(m, dice);
        return 0;
    }
}

static struct ps_device *listening(void)
{
    struct ps_device *m = awake();

    listen(m, PCM_48_16);
    put(m, INTCTL, 4, GIE | CIE | 0xFF);
    for (uint32_t sd = IN0; sd < 0x180; sd += 0x20)
        for (unsigned i = 0; i < 4; i++)
            describe(m, sd, i, SOUND + 0x1C000 * ((sd - IN0) / 0x20) + 0x1000 * i, 2048, IOC);
    return m;
}

// ---- what always holds --------------------------------------------------------------------------

static void assert_stream_sane(struct ps_device *m, unsigned n, uint32_t interrupting)
{
    uint32_t sd = IN0 + 0x20 * n, control = get(m, sd + CTL, 4);
    uint32_t events = control >> 24, enables = control & ENABLES;

    assert_int_equal(control & 0xC308FFE0, 0);
    assert_int_equal(interrupting >> n & 1, (events & enables & ENABLES) != 0);
    assert_true(inside(m)->streams[n].level <= HDA_FIFO_BYTES);
    if (events & DESE && !(control & SRST))
        assert_int_equal(control & RUN, 0);
}

static void assert_sane(struct ps_device *m)
{
    uint32_t status = get(m, INTSTS, 4), control = get(m, INTCTL, 4);

    for (unsigned n = 0; n < HDA_STREAMS; n++)
        assert_stream_sane(m, n, status);
    assert_int_equal((status & GIE) != 0, (status & ~GIE) != 0);
    assert_int_equal(m->line, (control & GIE) && (status & control & ~GIE));
    assert_true(m->wake_at > m->now);
}

PS_TEST(random_use_keeps_its_invariants, "HD-80", "HD-82", "HD-83")
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct dice dice = dice_of(seed);
        struct ps_device *m = listening();
        m->deaf = true;
        for (unsigned i = 0; i < 3000; i++) {
            random_step(m, &dice);
            assert_sane(m);
            pass(m, random_time(&dice));
        }
        power_off(m);
    }
}

// ---- lazy and eager -----------------------------------------------------------------------------

static void assert_same(struct ps_device *a, struct ps_device *b)
{
    sync(a);
    sync(b);
    assert_int_equal(a->heard_count, b->heard_count);
    for (size_t i = 0; i < a->heard_count; i++) {
        assert_int_equal(a->heard[i].left, b->heard[i].left);
        assert_int_equal(a->heard[i].right, b->heard[i].right);
        assert_int_equal(a->heard[i].fetched, b->heard[i].fetched);
    }
    assert_memory_equal(a->memory, b->memory, MEMORY_BYTES);
    assert_memory_equal(a->arrived, b->arrived, sizeof(a->arrived));
    assert_int_equal(a->underruns, b->underruns);
    assert_int_equal(a->reports, b->reports);
}

PS_TEST(it_does_not_matter_how_often_one_looks, "HD-73", "HD-62")
{
    size_t fetched = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct dice dice = dice_of(seed), other = dice;
        struct ps_device *lazy = listening(), *eager = listening();
        for (unsigned i = 0; i < 1000; i++) {
            uint64_t ns = random_time(&dice);
            random_time(&other);
            jump(lazy, ns);
            pass(eager, ns / 3);
            sync(eager);
            pass(eager, ns - ns / 3);
            assert_int_equal(random_step(lazy, &dice), random_step(eager, &other));
        }
        assert_same(lazy, eager);
        fetched += lazy->fetched_count;
        power_off(lazy);
        power_off(eager);
    }
    fprintf(stderr, "fetched %zu\n", fetched);
    assert_in_range(fetched, 10000, 100000000); // something was played at all
}

// ---- snapshots ----------------------------------------------------------------------------------

PS_TEST(a_copy_of_the_state_goes_on_alike)
{
    struct ps_device *m = listening();
    struct hda *copy = malloc(sizeof(*copy));
    size_t heard;
    uint64_t then;

    play(m, 1024);
    run_frames(m, 100);
    sync(m);
    *copy = *inside(m);
    then = m->now;
    heard = m->heard_count;
    run_frames(m, 500);
    sync(m);
    *inside(m) = *copy; // a restore
    m->now = then;
    m->wake_at = copy->wake_at;
    run_frames(m, 500);
    sync(m);
    assert_int_equal(m->heard_count, heard + 1000);
    assert_true(heard_numbers(m, heard + 500, 500, (int)heard + 1));
    free(copy);
    power_off(m);
}
