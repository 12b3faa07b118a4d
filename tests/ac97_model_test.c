// SPDX-License-Identifier: MIT
//
// The AC'97 model under seeded random use: nothing crashes, what always holds holds, and it makes
// no difference how often somebody looks.
#include <string.h>

#include "tests/ac97_machine.h"
#include "tests/dice.h"
#include "tests/ps_test.h"

// ---- what a random driver does ------------------------------------------------------------------

static void random_descriptor(struct ps_device *m, struct dice *dice)
{
    uint32_t number = throw_dice(dice, 3), index = throw_dice(dice, 32);
    uint32_t region = SOUND + 0x40000 * number; // one for each engine: they never meet in memory
    uint32_t address = region + throw_dice(dice, 0x3F000), length = throw_dice(dice, 2000);

    if (throw_dice(dice, 50) == 0)
        address = any(dice);
    if (throw_dice(dice, 5))
        address &= ~3u, length &= ~1u;
    sync(m); // memory changes now, not earlier
    describe(m, 0x10 * number, index, address, (any(dice) & (IOC | BUP)) | length);
}

static void random_engine_write(struct ps_device *m, struct dice *dice)
{
    uint32_t engine = 0x10 * throw_dice(dice, 3);

    switch (throw_dice(dice, 8)) {
    case 0:
        put(m, engine + BDBAR, 4, throw_dice(dice, 20) ? LIST + 0x10 * engine : any(dice));
        break;
    case 1:
    case 2:
        put(m, engine + LVI, 1, any(dice));
        break;
    case 3:
        put(m, engine + SR, 2, any(dice));
        break;
    case 4:
        put(m, engine + CR, 1, throw_dice(dice, 4) ? RUN & ~RPBM : RR);
        break;
    default:
        put(m, engine + CR, 1, RUN & (any(dice) | RPBM));
    }
}

static uint32_t random_codec_access(struct ps_device *m, struct dice *dice)
{
    static const uint8_t favourites[] = {0x02, 0x18, 0x1C, 0x2A, 0x2C, 0x32, 0x34, 0x1A, 0x0E};
    uint32_t offset = favourites[throw_dice(dice, sizeof(favourites))];

    if (throw_dice(dice, 10) == 0)
        offset = throw_dice(dice, 256);
    if (throw_dice(dice, 3) == 0)
        return nam_read(m, offset);
    nam_post(m, offset, offset == 0x26 && throw_dice(dice, 4) ? 0 : (uint16_t)any(dice));
    return 0;
}

static void random_global(struct ps_device *m, struct dice *dice)
{
    switch (throw_dice(dice, 6)) {
    case 0:
        put(m, GLOB_STA, 4, any(dice));
        break;
    case 1:
        set_command(m, throw_dice(dice, 2) ? 5 : 1);
        set_command(m, 5);
        break;
    case 2:
        set_command(m, 1);
        break;
    case 3:
        put(m, GLOB_CNT, 4, throw_dice(dice, 4) ? 6 : any(dice));
        break;
    default:
        set_command(m, 5);
        put(m, GLOB_CNT, 4, 2);
    }
}

static uint32_t random_step(struct ps_device *m, struct dice *dice)
{
    static const uint8_t widths[] = {1, 2, 4};

    switch (throw_dice(dice, 16)) {
    case 0:
    case 1:
    case 2:
        random_descriptor(m, dice);
        return 0;
    case 3:
    case 4:
        return random_codec_access(m, dice);
    case 5:
        return get(m, throw_dice(dice, 64), widths[throw_dice(dice, 3)]);
    case 6:
        put(m, throw_dice(dice, 64), widths[throw_dice(dice, 3)], any(dice));
        return 0;
    case 7:
        if (throw_dice(dice, 8) == 0)
            random_global(m, dice);
        return 0;
    case 8:
        sync(m);
        m->denied = throw_dice(dice, 2) ? SOUND + throw_dice(dice, 0x40000) : LIST;
        m->denied_bytes = throw_dice(dice, 20) ? 0 : 4096;
        return 0;
    default:
        random_engine_write(m, dice);
        return 0;
    }
}

// ---- what always holds --------------------------------------------------------------------------

static bool requests(struct ps_device *m, uint32_t engine)
{
    uint32_t events = sr(m, engine), enables = get(m, engine + CR, 1);

    return (events & BCIS && enables & IOCE) || (events & LVBCI && enables & LVBIE) ||
           (events & FIFOE && enables & FEIE);
}

static void assert_sane(struct ps_device *m)
{
    uint32_t interrupting = 0;

    for (unsigned i = 0; i < 3; i++) {
        uint32_t engine = 0x10 * i, status = sr(m, engine);
        assert_in_range(civ(m, engine), 0, 31);
        assert_in_range(get(m, engine + LVI, 1), 0, 31);
        assert_in_range(get(m, engine + PIV, 1), 0, 31);
        assert_int_equal(status & ~0x1Fu, 0);
        assert_int_equal(get(m, engine + CR, 1) & ~0x1Du, 0);
        if (status & CELV)
            assert_true(status & DCH && picb(m, engine) == 0);
        if (requests(m, engine))
            interrupting |= 0x20u << i;
    }
    assert_int_equal(get(m, GLOB_STA, 4) & 0xE0, interrupting);
    assert_int_equal(m->line, interrupting != 0);
    assert_true(m->wake_at > m->now);
}

PS_TEST(random_use_keeps_its_invariants, "AC-130", "AC-132")
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct dice dice = dice_of(seed);
        struct ps_device *m = ready();
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

PS_TEST(it_does_not_matter_how_often_one_looks, "AC-104", "AC-105")
{
    size_t fetched = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct dice dice = dice_of(seed), other = dice;
        struct ps_device *lazy = ready(), *eager = ready();
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
    assert_in_range(fetched, 10000, 100000000); // something was played at all
}
