// SPDX-License-Identifier: MIT
//
// drivers/hda from power-on to paths that pass sound: reset, commands, codecs, volume; on a mock with the habits of real
// and emulated parts.
#include "tests/hda_rig.h"

static void nothing(struct fixture *f)
{
    (void)f;
}

static int setup(void **context)
{
    (void)context;
    hda_mock_reset();
    return 0;
}

PS_TEST_HOOKS(setup, NULL);

// ---- verbs -------------------------------------------------------------------------------------------------

#define TOLD(node, verb) assert_true(rig_told((uint32_t)(node) << 20 | (verb)))
#define NOT_TOLD(node, verb) assert_false(rig_told((uint32_t)(node) << 20 | (verb)))

static void assert_reference_is_ready(void)
{
    for (unsigned node = 1; node <= 5; node++)
        TOLD(node, 0x70500);      // D0
    TOLD(2, 0x3B040);             // 0 dB, both channels, not muted
    TOLD(3, 0x37008);
    TOLD(4, 0x70740);             // out
    TOLD(4, 0x70C02);             // EAPD
    TOLD(5, 0x70720);             // in
    assert_int_equal(hda_mock.verbs[0], 0x170500); // the group before all
}

PS_TEST(the_reference_codec_passes_sound_after_start, "HD-24", "HD-133", "HD-176", "HD-194")
{
    hda_rig_run(nothing);
    assert_reference_is_ready();
    assert_int_equal(hda_mock.immediates, 0);
}

PS_TEST(rings_of_every_size_work, "HD-100", "HD-101", "HD-106")
{
    static const uint8_t sizes[] = {0x10, 0x20, 0x42, 0x70};

    for (unsigned i = 0; i < sizeof(sizes); i++) {
        hda_mock_reset();
        hda_mock.ring_sizes = sizes[i];
        hda_rig_run(nothing);
        assert_reference_is_ready();
        assert_int_equal(hda_mock.immediates, 0);
    }
}

PS_TEST(rings_that_stop_after_each_response_are_kept_going, "HD-110")
{
    hda_mock.stops_at_count = true;
    hda_rig_run(nothing);
    assert_reference_is_ready();
    assert_int_equal(hda_mock.immediates, 0);
}

PS_TEST(what_a_codec_says_unasked_is_no_response, "HD-106", "HD-107")
{
    hda_mock.unsolicited = 3;
    hda_rig_run(nothing);
    assert_reference_is_ready();
}

PS_TEST(reset_bits_that_never_show_do_not_hang_the_driver, "HD-102", "HD-185")
{
    hda_mock.self_clearing = hda_mock.hidden_reset = true;
    hda_rig_run(nothing);
    assert_reference_is_ready();
}

PS_TEST(dead_rings_are_given_up_for_immediate_commands, "HD-113")
{
    hda_mock.dead_rings = true;
    hda_rig_run(nothing);
    assert_reference_is_ready();
    assert_true(hda_mock.immediates > 20);
}

// ---- codecs that are not where or what one thinks ----------------------------------------------------------

PS_TEST(a_codec_at_any_address_is_found_even_if_it_comes_late, "HD-21", "HD-90", "HD-186")
{
    hda_mock.address = 2;
    hda_mock.codec_us = 3000;
    hda_rig_run(nothing);
    assert_reference_is_ready();
}

PS_TEST(without_a_codec_or_an_answer_the_device_does_not_start, "HD-111", "HD-114", "HD-188")
{
    hda_mock.codec_us = 1000000;
    hda_rig_refuses(STATUS_DEVICE_NOT_READY);
    hda_mock_reset();
    hda_mock.dumb = true;
    hda_rig_refuses(STATUS_IO_TIMEOUT);
    hda_mock_reset();
    hda_mock.gone = true;
    hda_rig_refuses(STATUS_DEVICE_NOT_CONNECTED);
    hda_mock_reset();
    hda_mock.answer_count = 3; // a group without widgets
    hda_rig_refuses(STATUS_NOT_FOUND);
}

// Output: speaker 30h (fixed) and line out 31h, of which the latter is wanted: selector 21h (input 1) <- mixer 20h
// (input 2) <- DAC 10h; the selector's input 0 leads back to itself through mixer 23h. Input: ADC 12h <- selector 22h <-
// 33h..35h, of which 34h is the line in; 33h is not there (connectivity none), 35h a microphone.
static const struct mock_answer tangled[] = {
    {0, 0x04, 0x00010001},
    {1, 0x04, 0x00100030}, // nodes 10h to 3Fh
    {1, 0x05, 0x00000001}, {1, 0x08, 0x00000C07}, {1, 0x0A, 0x001E07FF}, {1, 0x0B, 1},
    {1, 0x0D, 0x80000000}, {1, 0x12, 0x00051F17}, // one description for all amplifiers
    {0x10, 0x09, 0x00000005}, {0x11, 0x09, 0x00000205}, // the second is digital
    {0x12, 0x09, 0x00100103}, {0x12, 0x0E, 1}, {0x12, 0x80, 0x22},
    {0x20, 0x09, 0x00200103}, {0x20, 0x0E, 3}, {0x20, 0x80, 0x00103311},
    {0x21, 0x09, 0x00300101}, {0x21, 0x0E, 2}, {0x21, 0x80, 0x2023},
    {0x22, 0x09, 0x00300101}, {0x22, 0x0E, 0x82}, {0x22, 0x80, 0x80350033}, // long form, a range
    {0x23, 0x09, 0x00200101}, {0x23, 0x0E, 1}, {0x23, 0x80, 0x21},
    {0x30, 0x09, 0x00400185}, {0x30, 0x0C, 0x10}, {0x30, 0x0E, 1}, {0x30, 0x80, 0x21}, {0x30, 0x1C, 0x90170110},
    {0x31, 0x09, 0x00400105}, {0x31, 0x0C, 0x10}, {0x31, 0x0E, 1}, {0x31, 0x80, 0x21}, {0x31, 0x1C, 0x01014010},
    {0x33, 0x09, 0x00400001}, {0x33, 0x0C, 0x20}, {0x33, 0x1C, 0x41813020},
    {0x34, 0x09, 0x00400001}, {0x34, 0x0C, 0x20}, {0x34, 0x1C, 0x01813030},
    {0x35, 0x09, 0x00400003}, {0x35, 0x0C, 0x1020}, {0x35, 0x1C, 0x01A19040},
};

static void use_tangled(void)
{
    hda_mock.answers = tangled;
    hda_mock.answer_count = sizeof(tangled) / sizeof(*tangled);
}

PS_TEST(paths_lead_through_mixers_and_selectors_to_the_preferred_jack, "HD-140", "HD-142", "HD-145",
        "HD-147", "HD-149", "HD-150", "HD-151")
{
    use_tangled();
    hda_rig_run(nothing);
    TOLD(0x21, 0x70101);   // the selector listens to the mixer
    TOLD(0x20, 0x37200);   // its third input passes sound
    NOT_TOLD(0x20, 0x70102); // a mixer hears all, nothing to select
    TOLD(0x10, 0x3B017);
    TOLD(0x31, 0x3B017);
    TOLD(0x31, 0x70740);
    NOT_TOLD(0x30, 0x70740);
    TOLD(0x22, 0x70101);
    TOLD(0x12, 0x37000);
    TOLD(0x34, 0x70720);
    NOT_TOLD(0x35, 0x70724);
}

// 32 mixers that all hear each other, and a jack; no converter.
PS_TEST(a_codec_of_nothing_but_loops_is_refused, "HD-147")
{
    static struct mock_answer loops[5 + 3 * 32 + 4] = {
        {0, 0x04, 0x00010001}, {1, 0x04, 0x00100030}, {1, 0x05, 1}, {1, 0x0A, 0x00020040}, {1, 0x0B, 1},
        {0x30, 0x09, 0x00400100}, {0x30, 0x0C, 0x10}, {0x30, 0x0E, 1}, {0x30, 0x80, 0x10},
    };
    unsigned count = 9;

    for (uint8_t node = 0x10; node < 0x30; node++) {
        loops[count++] = (struct mock_answer){node, 0x09, 0x00200100};
        loops[count++] = (struct mock_answer){node, 0x0E, 2};
        loops[count++] = (struct mock_answer){node, 0x80, 0xAF10};
    }
    hda_mock.answers = loops;
    hda_mock.answer_count = count;
    hda_rig_refuses(STATUS_DEVICE_CONFIGURATION_ERROR);
}

// ---- volume and mute -------------------------------------------------------------------------------------------

enum { RENDER_VOLUME, RENDER_MUTE, CAPTURE_VOLUME, CAPTURE_MUTE };
enum { VOLUME = KSPROPERTY_AUDIO_VOLUMELEVEL, MUTE = KSPROPERTY_AUDIO_MUTE };
enum { GET = KSPROPERTY_TYPE_GET, SET = KSPROPERTY_TYPE_SET, SUPPORT = KSPROPERTY_TYPE_BASICSUPPORT };
enum { DB = 65536 };

static LONG level_of(struct fixture *f, ULONG node, LONG channel)
{
    LONG level = 0x12345678;

    CHECK_EQUAL(rig_node(f, node, VOLUME, channel, GET, &level, sizeof(level)), STATUS_SUCCESS);
    return level;
}

static void set_level(struct fixture *f, ULONG node, LONG channel, LONG level)
{
    CHECK_EQUAL(rig_node(f, node, VOLUME, channel, SET, &level, sizeof(level)), STATUS_SUCCESS);
}

static void volume(struct fixture *f)
{
    rig_open_topology(f);
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 0), 0);
    set_level(f, RENDER_VOLUME, 0, -10 * DB - DB / 3); // left
    CHECK(rig_told(0x23A036) && rig_told(0x239040));
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 0), -10 * DB);
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 1), 0);
    set_level(f, RENDER_VOLUME, -1, 5 * DB); // beyond the range, both
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 0), 0);
    set_level(f, RENDER_VOLUME, 1, (LONG)0x80000000);
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 1), -64 * DB);
    CHECK(rig_told(0x239000));
    set_level(f, CAPTURE_VOLUME, -1, 3 * DB);
    CHECK(rig_told(0x33600A) && rig_told(0x33500A)); // the input amplifier
    CHECK_EQUAL(level_of(f, CAPTURE_VOLUME, 1), 3 * DB);
    rig_close_topology(f);
}

PS_TEST(volume_changes_the_converters_amplifier, "HD-126", "HD-146", "TP-36", "TP-37", "TP-38")
{
    hda_rig_run(volume);
}

static void mute(struct fixture *f)
{
    BOOL value = TRUE;

    rig_open_topology(f);
    set_level(f, RENDER_VOLUME, -1, -4 * DB);
    CHECK_EQUAL(rig_node(f, RENDER_MUTE, MUTE, -1, SET, &value, sizeof(value)), STATUS_SUCCESS);
    CHECK(rig_told(0x23A0BC) && rig_told(0x2390BC)); // muted, the gain is kept
    CHECK_EQUAL(level_of(f, RENDER_VOLUME, 0), -4 * DB);
    value = FALSE;
    CHECK_EQUAL(rig_node(f, RENDER_MUTE, MUTE, 1, GET, &value, sizeof(value)), STATUS_SUCCESS);
    CHECK_EQUAL(value, TRUE);
    CHECK_EQUAL(rig_node(f, CAPTURE_MUTE, MUTE, -1, GET, &value, sizeof(value)), STATUS_SUCCESS);
    CHECK_EQUAL(value, FALSE);
    rig_close_topology(f);
}

PS_TEST(mute_is_the_amplifiers_bit, "HD-128", "TP-43")
{
    hda_rig_run(mute);
}

static void bad_requests(struct fixture *f)
{
    LONG value = 0;

    rig_open_topology(f);
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, 2, GET, &value, sizeof(value)),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, -2, SET, &value, sizeof(value)),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, 0, GET, &value, 2), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(rig_node(f, RENDER_MUTE, MUTE, 0, SET, &value, 1), STATUS_BUFFER_TOO_SMALL);
    rig_close_topology(f);
}

PS_TEST(requests_for_other_channels_or_with_too_little_room_fail, "TP-36")
{
    hda_rig_run(bad_requests);
}

static void support(struct fixture *f)
{
    struct {
        KSPROPERTY_DESCRIPTION description;
        KSPROPERTY_MEMBERSHEADER members;
        KSPROPERTY_STEPPING_LONG channels[2];
    } reply;

    rig_open_topology(f);
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, 0, SUPPORT, &reply, sizeof(reply)),
                STATUS_SUCCESS);
    CHECK_EQUAL(reply.description.DescriptionSize, sizeof(reply));
    CHECK_EQUAL(reply.members.MembersCount, 2);
    CHECK_EQUAL(reply.members.Flags, KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL);
    CHECK_EQUAL(reply.channels[1].Bounds.SignedMinimum, -64 * DB);
    CHECK_EQUAL(reply.channels[1].Bounds.SignedMaximum, 0);
    CHECK_EQUAL(reply.channels[1].SteppingDelta, DB);
    CHECK_EQUAL(rig_node(f, CAPTURE_MUTE, MUTE, 0, SUPPORT, &reply, sizeof(reply)),
                STATUS_SUCCESS);
    CHECK_EQUAL(reply.channels[0].Bounds.SignedMaximum, 1);
    memset(&reply, 0xEE, sizeof(reply));
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, 0, SUPPORT, &reply, sizeof(reply.description)),
                STATUS_SUCCESS);
    CHECK_EQUAL(reply.description.DescriptionSize, sizeof(reply));
    CHECK_EQUAL(reply.members.MembersFlags, 0xEEEEEEEE);
    CHECK_EQUAL(rig_node(f, RENDER_VOLUME, VOLUME, 0, SUPPORT, &reply, 3), STATUS_BUFFER_TOO_SMALL);
    rig_close_topology(f);
}

PS_TEST(ranges_come_from_the_amplifiers_description, "HD-146", "KP-87", "TP-44", "TP-46")
{
    hda_rig_run(support);
}

// ---- without memory --------------------------------------------------------------------------------------------

PS_TEST(a_start_without_memory_leaves_nothing_behind)
{
    hda_rig_starve(&hda_mock_ops, nothing);
}
