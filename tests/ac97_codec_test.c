// SPDX-License-Identifier: MIT
//
// The AC'97 model's PCI face and codec: registers, volumes, rates, power-down, posted accesses.
#include <math.h>
#include <string.h>

#include "models/models.h"
#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

// ---- PCI ----------------------------------------------------------------------------------------

PS_TEST(pci_identity, "AC-1", "AC-3", "AC-4")
{
    const struct ps_pci_identity *pci = &ac97_model.pci;

    assert_int_equal(pci->vendor, 0x8086);
    assert_int_equal(pci->device, 0x2415);
    assert_int_equal(pci->revision, 0x01);
    assert_int_equal(pci->class_code, 0x040100);
    assert_int_equal(pci->command_writable, 0x0005);
    assert_int_equal(pci->status, 0x0280);
    assert_int_equal(pci->subsystem_vendor, 0);
    assert_int_equal(pci->subsystem, 0);
    assert_int_equal(pci->interrupt_pin, 2);
    assert_int_equal(pci->bars[0].kind, PS_BAR_IO);
    assert_int_equal(pci->bars[0].size, 256);
    assert_int_equal(pci->bars[1].kind, PS_BAR_IO);
    assert_int_equal(pci->bars[1].size, 64);
    assert_ptr_equal(model_find("ac97"), &ac97_model);
    assert_null(model_find("ac98"));
    assert_null(model_find(NULL));
}

PS_TEST(no_memory_bars, "AC-6")
{
    for (unsigned i = 2; i < PS_DEVICE_BARS; i++) {
        assert_int_equal(ac97_model.pci.bars[i].kind, PS_BAR_NONE);
        assert_int_equal(ac97_model.pci.bars[i].size, 0);
    }
}

PS_TEST(io_enable_clear_answers_nothing, "AC-7", "AC-137")
{
    struct ps_device *m = ready();

    set_command(m, 0);
    assert_int_equal(nam_read(m, 0x7C), 0xFFFF);
    assert_int_equal(get(m, GLOB_STA, 4), 0xFFFFFFFF);
    assert_int_equal(get(m, PO + SR, 2), 0xFFFF);
    put(m, PO + LVI, 1, 5);
    set_command(m, 5);
    assert_int_equal(nam_read(m, 0x7C), 0x8384);
    assert_int_equal(get(m, PO + LVI, 1), 0);
    power_off(m);
}

// ---- access rules -------------------------------------------------------------------------------

PS_TEST(reset_values, "AC-10", "AC-12", "AC-20", "AC-22", "AC-40", "AC-42", "AC-50")
{
    static const uint16_t expected[64] = {
        [0x00 / 2] = 0x0001, [0x02 / 2] = 0x8000, [0x04 / 2] = 0x8000, [0x06 / 2] = 0x8000,
        [0x0A / 2] = 0x0000, [0x0C / 2] = 0x8008, [0x0E / 2] = 0x8008, [0x10 / 2] = 0x8808,
        [0x12 / 2] = 0x8808, [0x14 / 2] = 0x8808, [0x16 / 2] = 0x8808, [0x18 / 2] = 0x8808,
        [0x1A / 2] = 0x0000, [0x1C / 2] = 0x8000, [0x1E / 2] = 0x8000, [0x20 / 2] = 0x0000,
        [0x26 / 2] = 0x000F, [0x28 / 2] = 0x0809, [0x2A / 2] = 0x0200, [0x2C / 2] = 0xBB80,
        [0x32 / 2] = 0xBB80, [0x34 / 2] = 0xBB80, [0x7C / 2] = 0x8384, [0x7E / 2] = 0x7600,
    };
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, 20 * MILLISECOND);
    for (unsigned offset = 0; offset < 0x80; offset += 2)
        assert_int_equal(nam_read(m, offset), expected[offset / 2]);
    power_off(m);
}

PS_TEST(ones_read_back_only_where_something_is, "AC-12", "AC-15", "AC-41")
{
    static const uint16_t expected[64] = {
        [0x00 / 2] = 0x0001, [0x02 / 2] = 0x9F1F, [0x04 / 2] = 0x9F1F, [0x06 / 2] = 0x801F,
        [0x0A / 2] = 0x9FFE, [0x0C / 2] = 0x801F, [0x0E / 2] = 0x805F, [0x10 / 2] = 0x9F1F,
        [0x12 / 2] = 0x9F1F, [0x14 / 2] = 0x9F1F, [0x16 / 2] = 0x9F1F, [0x18 / 2] = 0x9F1F,
        [0x1A / 2] = 0x0707, [0x1C / 2] = 0x8F0F, [0x1E / 2] = 0x800F, [0x20 / 2] = 0x0380,
        [0x28 / 2] = 0x0809, [0x2A / 2] = 0x4009, [0x2C / 2] = 0xBB80, [0x32 / 2] = 0xBB80,
        [0x34 / 2] = 0xBB80, [0x7C / 2] = 0x8384, [0x7E / 2] = 0x7600,
    };
    struct ps_device *m = ready();

    for (unsigned offset = 2; offset < 0x80; offset += 2) {
        if (offset == 0x26)
            continue; // would stop the link: see power-down
        nam_write(m, offset, 0xFFFF);
        assert_int_equal(nam_read(m, offset), expected[offset / 2]);
    }
    power_off(m);
}

PS_TEST(codec_takes_words_only, "AC-11", "AC-12")
{
    struct ps_device *m = ready();

    assert_int_equal(ac97_model.read(m, m->state, 0, 0x7C, 1), 0xFF);
    assert_string_equal(m->report, "AC-11");
    assert_int_equal(ac97_model.read(m, m->state, 0, 0x7C, 4), 0xFFFFFFFF);
    ac97_model.write(m, m->state, 0, 0x02, 1, 0x05);
    ac97_model.write(m, m->state, 0, 0x02, 4, 0x05);
    pass(m, MILLISECOND);
    assert_int_equal(nam_read(m, 0x02), 0x0000);
    assert_int_equal(m->reports, 4);
    assert_int_equal(nam_read(m, 0x03), 0); // odd offsets are empty
    nam_write(m, 0x03, 0x0505);
    assert_int_equal(nam_read(m, 0x02), 0);
    assert_int_equal(nam_read(m, 0x04), 0x8000);
    assert_int_equal(m->reports, 4);
    power_off(m);
}

PS_TEST(secondary_codec_times_out, "AC-10", "AC-13")
{
    struct ps_device *m = ready();

    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(nam_read(m, 0x80 + 0x7C), 0xFFFF);
    assert_int_equal(get(m, GLOB_STA, 4), 0x8100);
    nam_write(m, 0x80 + 0x02, 0x1F1F); // goes nowhere
    assert_int_equal(nam_read(m, 0x02), 0);
    power_off(m);
}

PS_TEST(codec_not_ready_times_out, "AC-13", "AC-142")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, 5 * MILLISECOND - 1);
    nam_write(m, 0x02, 0x0707);
    pass(m, MILLISECOND);
    assert_int_equal(nam_read(m, 0x02), 0x8000);
    put(m, GLOB_CNT, 4, 0);
    assert_int_equal(nam_read(m, 0x02), 0xFFFF);
    assert_int_equal(get(m, GLOB_STA, 4), 0x8000);
    power_off(m);
}

// ---- posted writes and CAS ----------------------------------------------------------------------

PS_TEST(writes_reach_the_codec_two_frames_later, "AC-14")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(100));
    nam_post(m, 0x02, 0x8000);
    pass(m, frames(100));
    sync(m);
    assert_int_equal(m->heard_count, 200);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(m->heard[i].left, i < 102 ? i + 1 : 0);
    power_off(m);
}

PS_TEST(semaphore_is_taken_by_reading, "AC-86", "AC-150", "AC-151", "AC-152")
{
    struct ps_device *m = ready();

    assert_int_equal(get(m, CAS, 1), 0); // mine
    assert_int_equal(get(m, CAS, 1), 1);
    put(m, CAS, 1, 0);
    assert_int_equal(get(m, CAS, 1), 1);
    nam_post(m, 0x02, 0x0101);
    pass(m, 41666);
    assert_int_equal(get(m, CAS, 1), 1);
    pass(m, 1);
    assert_int_equal(get(m, CAS, 1), 0); // written, and mine again
    nam_read(m, 0x02);
    assert_int_equal(get(m, CAS, 1), 0); // read
    nam_read(m, 0xFC);
    assert_int_equal(get(m, CAS, 1), 0); // timed out
    nam_post(m, 0xFC, 0);
    assert_int_equal(get(m, CAS, 1), 0); // nobody there
    power_off(m);
}

PS_TEST(semaphore_starts_clear, "AC-150")
{
    struct ps_device *m = power_on();

    assert_int_equal(get(m, CAS, 1), 0);
    power_off(m);
}

PS_TEST(stale_semaphore_is_freed_by_any_access, "AC-153")
{
    struct ps_device *m = ready();

    get(m, CAS, 1);
    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, CAS, 1), 1);
    nam_read(m, 0x00);
    assert_int_equal(get(m, CAS, 1), 0);
    power_off(m);
}

PS_TEST(polling_for_100_us_is_enough, "AC-154")
{
    struct ps_device *m = ready();
    unsigned polls = 0;

    nam_post(m, 0x02, 0x0101);
    for (; polls < 10 && get(m, CAS, 1); polls++)
        pass(m, 10000);
    assert_in_range(polls, 1, 9);
    assert_true(m->wake_at == PS_NEVER); // nobody needs to be told
    assert_int_equal(nam_read(m, 0x02), 0x0101);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(access_while_another_is_in_flight, "AC-14", "AC-155")
{
    struct ps_device *m = ready();

    nam_post(m, 0x02, 0x0101); // without CAS, but alone
    assert_int_equal(m->reports, 0);
    nam_post(m, 0x02, 0x0202); // lost
    assert_string_equal(m->report, "AC-155");
    pass(m, 42000);
    assert_int_equal(nam_read(m, 0x02), 0x0101);
    assert_int_equal(m->reports, 1);
    nam_post(m, 0x02, 0x0303);
    assert_int_equal(nam_read(m, 0x02), 0x0303); // waited
    assert_int_equal(m->reports, 2);
    power_off(m);
}

// ---- reset and plain registers ------------------------------------------------------------------

PS_TEST(register_reset_leaves_the_controller_alone, "AC-21", "AC-59")
{
    struct ps_device *m = ready();

    nam_write(m, 0x2A, 0x0001);
    nam_write(m, 0x2C, 44100);
    nam_write(m, 0x26, 0x8800); // PR3, EAPD
    play(m, 2, 4800);
    pass(m, 10 * MILLISECOND);
    nam_write(m, 0x00, 0x1234);
    assert_int_equal(nam_read(m, 0x02), 0x8000);
    assert_int_equal(nam_read(m, 0x18), 0x8808);
    assert_int_equal(nam_read(m, 0x2A), 0x0200);
    assert_int_equal(nam_read(m, 0x2C), 48000);
    assert_int_equal(nam_read(m, 0x26) & 0xFF00, 0);
    assert_int_equal(get(m, GLOB_CNT, 4), 2);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(get(m, PO + CR, 1), RUN);
    assert_int_equal(sr(m, PO), 0);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    power_off(m);
}

// ---- volumes ------------------------------------------------------------------------------------

static struct heard heard_with(uint16_t master, uint16_t pcm, int16_t left, int16_t right)
{
    struct ps_device *m = ready();
    int16_t frame[2] = {left, right};
    struct heard heard;

    memcpy(at(m, SOUND), frame, sizeof(frame));
    describe(m, PO, 0, SOUND, 2);
    nam_write(m, 0x02, master);
    nam_write(m, 0x18, pcm);
    start(m, PO, 0);
    pass(m, frames(1));
    assert_int_equal(m->heard_count, 1);
    heard = m->heard[0];
    assert_true(heard.fetched);
    power_off(m);
    return heard;
}

static int expected(int sample, double decibel)
{
    double value = floor(sample * pow(10, decibel / 20) + 0.5);
    return (int)fmin(fmax(value, -32768), 32767);
}

PS_TEST(unity_is_bit_exact, "AC-39", "AC-95")
{
    for (int s = -32768; s <= 32767; s += 4369) {
        struct heard heard = heard_with(0x0000, 0x0808, (int16_t)s, (int16_t)~s);
        assert_int_equal(heard.left, s);
        assert_int_equal(heard.right, ~s);
        heard = heard_with(0x0404, 0x0404, (int16_t)s, (int16_t)~s); // -6 dB and +6 dB
        assert_int_equal(heard.left, s);
        assert_int_equal(heard.right, ~s);
    }
}

PS_TEST(master_volume_in_steps, "AC-30", "AC-39")
{
    for (unsigned step = 0; step < 32; step++) {
        uint16_t right = (uint16_t)(31 - step);
        struct heard heard = heard_with((uint16_t)(step << 8 | right), 0x0808, 32767, -32768);
        assert_int_equal(heard.left, expected(32767, -1.5 * step));
        assert_int_equal(heard.right, expected(-32768, -1.5 * right));
    }
}

PS_TEST(pcm_out_volume_in_steps, "AC-34", "AC-39")
{
    for (unsigned step = 0; step < 32; step++) {
        uint16_t right = (uint16_t)(31 - step);
        struct heard heard = heard_with(0x0000, (uint16_t)(step << 8 | right), 20000, -9999);
        assert_int_equal(heard.left, expected(20000, 12 - 1.5 * step));
        assert_int_equal(heard.right, expected(-9999, 12 - 1.5 * right));
    }
}

PS_TEST(gains_multiply, "AC-39")
{
    struct heard heard = heard_with(0x1F03, 0x1F01, 32767, 12345);

    assert_int_equal(heard.left, expected(32767, -81));
    assert_int_equal(heard.right, expected(12345, 6));
}

PS_TEST(long_runs_are_scaled_to_the_end, "AC-39")
{
    struct ps_device *m = ready();

    nam_write(m, 0x02, 0x0002); // left 0 dB, right -3 dB
    play(m, 1, 4800);
    jump(m, frames(4800));
    sync(m);
    assert_int_equal(m->heard_count, 4800);
    for (int i = 0; i < 4800; i++) {
        assert_int_equal(m->heard[i].left, i + 1);
        assert_int_equal(m->heard[i].right, expected(-(i + 1), -3));
    }
    power_off(m);
}

PS_TEST(mute_silences_and_keeps_the_level, "AC-30", "AC-34", "AC-39")
{
    struct ps_device *m = ready();
    struct heard heard = heard_with(0x8000, 0x0808, 1000, 1000);

    assert_int_equal(heard.left | heard.right, 0);
    heard = heard_with(0x0000, 0x8808, 1000, 1000);
    assert_int_equal(heard.left | heard.right, 0);
    nam_write(m, 0x02, 0x8A05);
    assert_int_equal(nam_read(m, 0x02), 0x8A05);
    power_off(m);
}

PS_TEST(sixth_level_bit_reads_back_as_lowest_level, "AC-31", "AC-32")
{
    struct ps_device *m = ready();

    nam_write(m, 0x02, 0x2000);
    assert_int_equal(nam_read(m, 0x02), 0x1F00);
    nam_write(m, 0x02, 0x0020);
    assert_int_equal(nam_read(m, 0x02), 0x001F);
    nam_write(m, 0x02, 0x8125);
    assert_int_equal(nam_read(m, 0x02), 0x811F);
    nam_write(m, 0x04, 0x2010);
    assert_int_equal(nam_read(m, 0x04), 0x1F10);
    nam_write(m, 0x06, 0x0020);
    assert_int_equal(nam_read(m, 0x06), 0x001F);
    power_off(m);
}

// ---- recording ----------------------------------------------------------------------------------

static void recorded(uint16_t select, uint16_t mic, uint16_t gain, int16_t frame[2])
{
    struct ps_device *m = ready();

    nam_write(m, 0x1A, select);
    nam_write(m, 0x0E, mic);
    nam_write(m, 0x1C, gain);
    m->arrived[0] = 99; // the next frame is 100
    describe(m, PI, 0, SOUND, 2);
    start(m, PI, 0);
    pass(m, frames(1));
    memcpy(frame, at(m, SOUND), 4);
    power_off(m);
}

PS_TEST(record_gain_in_steps, "AC-36", "AC-39")
{
    int16_t frame[2];

    for (unsigned step = 0; step < 16; step++) {
        recorded(0x0404, 0x8008, (uint16_t)(step << 8 | (15 - step)), frame);
        assert_int_equal(frame[0], expected(100, 1.5 * step));
        assert_int_equal(frame[1], expected(-100, 1.5 * (15 - step)));
    }
    recorded(0x0404, 0x8008, 0x8000, frame);
    assert_int_equal(frame[0] | frame[1], 0);
}

PS_TEST(mic_boost_only_where_mic_is_recorded, "AC-23", "AC-35")
{
    int16_t frame[2];

    recorded(0x0004, 0x0048, 0x0000, frame); // left mic, right line in
    assert_int_equal(frame[0], 1000);
    assert_int_equal(frame[1], -100);
    recorded(0x0400, 0x0048, 0x0000, frame);
    assert_int_equal(frame[0], 100);
    assert_int_equal(frame[1], -1000);
}

PS_TEST(record_sources_are_chosen_per_side, "AC-23")
{
    struct ps_device *m = ready();

    for (uint16_t source = 0; source < 8; source++) {
        uint16_t select = (uint16_t)(source << 8 | (7 - source));
        nam_write(m, 0x1A, select);
        assert_int_equal(nam_read(m, 0x1A), select);
    }
    power_off(m);
}

// ---- rates --------------------------------------------------------------------------------------

PS_TEST(rates_need_their_enable_bit, "AC-41", "AC-43", "AC-45")
{
    struct ps_device *m = ready();

    nam_write(m, 0x2C, 44100);
    assert_int_equal(nam_read(m, 0x2C), 48000);
    nam_write(m, 0x2A, 0x0001);
    nam_write(m, 0x2C, 44100);
    nam_write(m, 0x32, 8000);
    nam_write(m, 0x34, 16000);
    assert_int_equal(nam_read(m, 0x2C), 44100);
    assert_int_equal(nam_read(m, 0x32), 8000);
    assert_int_equal(nam_read(m, 0x34), 48000);
    nam_write(m, 0x2A, 0x0008);
    nam_write(m, 0x34, 16000);
    assert_int_equal(nam_read(m, 0x2C), 48000);
    assert_int_equal(nam_read(m, 0x32), 48000);
    assert_int_equal(nam_read(m, 0x34), 16000);
    nam_write(m, 0x2A, 0x0000);
    assert_int_equal(nam_read(m, 0x34), 48000);
    nam_write(m, 0x2A, 0xBFF6); // none of these features is there
    assert_int_equal(nam_read(m, 0x2A), 0x0200);
    power_off(m);
}

PS_TEST(rates_read_back_as_stored, "AC-44", "AC-46")
{
    static const uint16_t cases[][2] = {{8000, 8000},   {11025, 11025}, {16000, 16000},
                                        {22050, 22050}, {32000, 32000}, {44100, 44100},
                                        {48000, 48000}, {12347, 12347}, {7999, 8000},
                                        {0, 8000},      {48001, 48000}, {65535, 48000}};
    struct ps_device *m = ready();

    nam_write(m, 0x2A, 0x0009);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (unsigned reg = 0x2C; reg <= 0x34; reg += reg == 0x2C ? 6 : 2) {
            nam_write(m, reg, cases[i][0]);
            assert_int_equal(nam_read(m, reg), cases[i][1]);
        }
    power_off(m);
}

PS_TEST(engines_run_at_their_converter_rate, "AC-43", "AC-47", "AC-49")
{
    struct ps_device *m = ready();

    nam_write(m, 0x2A, 0x0009);
    nam_write(m, 0x2C, 44100);
    nam_write(m, 0x32, 22050);
    nam_write(m, 0x34, 11025);
    describe(m, PI, 0, SOUND, 60000);
    describe(m, PO, 0, SOUND + 0x40000, 60000);
    describe(m, MC, 0, SOUND + 0x80000, 60000);
    start(m, PI, 0);
    start(m, PO, 0);
    start(m, MC, 0);
    pass(m, 500 * MILLISECOND);
    assert_int_equal(picb(m, PO), 60000 - 2 * 22050);
    assert_int_equal(picb(m, PI), 60000 - 2 * 11025);
    assert_int_equal(picb(m, MC), 60000 - 5512);
    assert_int_equal(m->heard[0].rate, 44100);
    power_off(m);
}

PS_TEST(rate_changes_from_the_next_frame_on, "AC-47")
{
    struct ps_device *m = ready();

    nam_write(m, 0x2A, 0x0001);
    describe(m, PO, 0, SOUND, 60000);
    start(m, PO, 0);
    pass(m, 100 * MILLISECOND - 41667);
    nam_post(m, 0x2C, 8000); // arrives at 100 ms
    pass(m, 41667 + 100 * MILLISECOND);
    assert_int_equal(picb(m, PO), 60000 - 2 * 4800 - 2 * 800);
    assert_int_equal(m->heard[4799].rate, 48000);
    assert_int_equal(m->heard[4800].rate, 8000);
    power_off(m);
}

PS_TEST(rate_change_moves_the_next_interrupt, "AC-47")
{
    struct ps_device *m = ready();
    uint64_t begin;

    nam_write(m, 0x2A, 0x0001);
    nam_write(m, 0x2C, 8000);
    describe(m, PO, 0, SOUND, IOC | 40);
    start(m, PO, 0);
    begin = m->now;
    nam_post(m, 0x2C, 48000); // a third of a frame later
    pass(m, 10 * MILLISECOND);
    assert_in_range(m->rose_at - begin, 41667 + frames(19), 41667 + frames(20));
    power_off(m);
}

PS_TEST(no_drift_in_ten_hours, "AC-49")
{
    struct ps_device *m = ready();
    uint64_t seconds = 36000;

    nam_write(m, 0x2A, 0x0001);
    nam_write(m, 0x2C, 44100);
    for (unsigned i = 0; i < 32; i++)
        describe(m, PO, i, SOUND, 2 * 30000);
    m->deaf = true;
    start(m, PO, 31);
    for (uint64_t s = 0; s < seconds; s++) {
        jump(m, 1000 * MILLISECOND - 1); // 44100 frames, less than two buffers
        put(m, PO + LVI, 1, (civ(m, PO) + 31) % 32);
        jump(m, 1);
    }
    sync(m);
    assert_true(m->fetched_count == seconds * 44100);
    assert_true(m->heard_count == seconds * 44100);
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

// ---- power-down ---------------------------------------------------------------------------------

PS_TEST(ready_bits_are_read_only, "AC-55", "AC-56")
{
    struct ps_device *m = ready();

    assert_int_equal(nam_read(m, 0x26), 0x000F);
    nam_write(m, 0x26, 0x00FF);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    nam_write(m, 0x26, 0xE000); // PR5, PR6, EAPD
    assert_int_equal(nam_read(m, 0x26), 0xE00F);
    power_off(m);
}

PS_TEST(power_bits_take_ready_bits_away, "AC-56", "AC-57")
{
    static const uint16_t cases[][2] = {
        {0x0100, 0x010E}, {0x0200, 0x020D}, {0x0400, 0x040B}, {0x0800, 0x0803}, {0x0700, 0x0708}};
    struct ps_device *m = ready();

    for (unsigned i = 0; i < 5; i++) {
        nam_write(m, 0x26, cases[i][0]);
        assert_int_equal(nam_read(m, 0x26), cases[i][1]);
        nam_write(m, 0x26, 0);
        assert_int_equal(nam_read(m, 0x26), cases[i][1] & 0xF);
        pass(m, 10 * MILLISECOND);
        assert_int_equal(nam_read(m, 0x26), 0x000F);
    }
    nam_write(m, 0x2A, 0x4000); // PRL: the mic's ADC
    assert_int_equal(nam_read(m, 0x2A), 0x4000);
    nam_write(m, 0x2A, 0);
    pass(m, 10 * MILLISECOND);
    assert_int_equal(nam_read(m, 0x2A), 0x0200);
    power_off(m);
}

PS_TEST(converters_without_power_are_silent, "AC-56", "AC-57")
{
    struct ps_device *m = ready();
    int16_t frame[2];

    nam_write(m, 0x26, 0x0300); // ADC and DAC off
    number(m, SOUND, 10, 1);
    describe(m, PO, 0, SOUND, 20);
    describe(m, PI, 0, SOUND + 0x1000, 20);
    memset(at(m, SOUND + 0x1000), 0x55, 40);
    start(m, PO, 0);
    start(m, PI, 0);
    pass(m, frames(10));
    assert_int_equal(m->heard_count, 10);
    assert_true(m->heard[5].fetched);
    assert_int_equal(m->heard[5].left, 0);
    memcpy(frame, at(m, SOUND + 0x1000 + 20), 4);
    assert_int_equal(frame[0] | frame[1], 0);
    assert_int_equal(m->arrived[0], 10);
    power_off(m);
}

PS_TEST(pr4_stops_the_link_until_a_warm_reset, "AC-58", "AC-84", "AC-144", "AC-145")
{
    struct ps_device *m = ready();

    nam_write(m, 0x02, 0x0303);
    nam_write(m, 0x26, 0x1000);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    assert_int_equal(nam_read(m, 0x02), 0xFFFF);
    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4) & 0x100, 0);
    put(m, GLOB_CNT, 4, 6);
    assert_int_equal(get(m, GLOB_CNT, 4), 6);
    pass(m, MILLISECOND - 1);
    assert_int_equal(get(m, GLOB_CNT, 4), 6);
    assert_int_equal(get(m, GLOB_STA, 4) & 0x100, 0);
    pass(m, 1);
    assert_int_equal(get(m, GLOB_CNT, 4), 2);
    assert_int_equal(get(m, GLOB_STA, 4) & 0x100, 0x100);
    assert_int_equal(nam_read(m, 0x02), 0x0303);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    power_off(m);
}

PS_TEST(codec_ready_says_nothing_of_the_converters, "AC-59", "AC-60")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, 5 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(nam_read(m, 0x7C), 0x8384);
    assert_int_equal(nam_read(m, 0x26), 0x0000);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    power_off(m);
}
