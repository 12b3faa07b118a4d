// SPDX-License-Identifier: MIT
//
// What drivers/hda sets an engine to: formats, descriptor lists, directions; on the mock.
#include "tests/hda_rig.h"

enum { RENDER_ENGINE = 4 };

static int setup(void **context)
{
    (void)context;
    hda_mock_reset();
    return 0;
}

PS_TEST_HOOKS(setup, NULL);

// ---- formats -----------------------------------------------------------------------------------------------

static void check_format(struct fixture *f, ULONG rate, USHORT bits, USHORT channels, uint16_t code)
{
    struct pin_request request = {.pin = RIG_RENDER, .rate = rate, .bits = bits, .channels = channels};

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_SUCCESS);
    CHECK_EQUAL(rig_buffer(f, pin, 20000, 0, &buffer), STATUS_SUCCESS);
    rig_state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].format, code);
    CHECK(rig_told(0x220000u | code));     // converter and engine agree
    CHECK(rig_told(0x270600u | 5u << 4));  // and share a tag
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].tag, 5 << 4);
    rig_close(f);
    CHECK(rig_told(0x270600)); // nobody listens to it any more
}

static void formats(struct fixture *f)
{
    check_format(f, 48000, 16, 2, 0x0011);
    check_format(f, 44100, 16, 2, 0x4011);
    check_format(f, 96000, 16, 2, 0x0811);
}

PS_TEST(engine_and_converter_get_the_same_format_and_tag, "HD-45", "HD-46", "HD-47", "HD-60",
        "HD-125", "HD-191", "HD-192")
{
    hda_rig_run(formats);
}

static const struct mock_answer every_rate[] = {
    {0, 0x04, 0x00010001}, {1, 0x04, 0x00020002}, {1, 0x05, 1},       {1, 0x0A, 0x001207FF}, {1, 0x0B, 1},
    {2, 0x09, 0x00000001}, {3, 0x09, 0x00400101}, {3, 0x0C, 0x10},    {3, 0x0E, 1},          {3, 0x80, 2},
};

static void use_every_rate(void)
{
    hda_mock.answers = every_rate;
    hda_mock.answer_count = sizeof(every_rate) / sizeof(*every_rate);
}

static void rates(struct fixture *f)
{
    static const struct {
        ULONG rate;
        uint16_t code;
    } all[] = {{8000, 0x0511},  {11025, 0x4311}, {16000, 0x0211},  {22050, 0x4111},
               {32000, 0x0A11}, {44100, 0x4011}, {48000, 0x0011},  {88200, 0x4811},
               {96000, 0x0811}, {176400, 0x5811}, {192000, 0x1811}};

    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
        check_format(f, all[i].rate, 16, 2, all[i].code);
    check_format(f, 192000, 32, 2, 0x1841);
}

PS_TEST(every_rate_a_codec_names_has_its_code, "HD-45", "HD-143")
{
    use_every_rate();
    hda_rig_run(rates);
}

static void refuse(struct fixture *f, ULONG rate, USHORT bits, USHORT channels)
{
    struct pin_request request = {.pin = RIG_RENDER, .rate = rate, .bits = bits, .channels = channels};

    CHECK(!NT_SUCCESS(client_open(f, &request, &pin)));
    pin = NULL;
}

static void payload(struct fixture *f)
{
    check_format(f, 96000, 16, 2, 0x0811); // 4 words
    check_format(f, 44100, 16, 2, 0x4011); // 2 in most frames
    refuse(f, 192000, 16, 2);
    refuse(f, 96000, 32, 2);
}

PS_TEST(a_format_that_the_link_has_no_room_for_is_refused, "HD-15")
{
    use_every_rate();
    hda_mock.payload = 4;
    hda_rig_run(payload);
}

static const struct mock_answer mono[] = {
    {0, 0x04, 0x00010001}, {1, 0x04, 0x00020002}, {1, 0x05, 1},    {1, 0x0A, 0x00020040}, {1, 0x0B, 1},
    {2, 0x09, 0x00000000}, {3, 0x09, 0x00400100}, {3, 0x0C, 0x10}, {3, 0x0E, 1},          {3, 0x80, 2},
};

static void one_channel(struct fixture *f)
{
    check_format(f, 48000, 16, 1, 0x0010);
}

PS_TEST(a_mono_converter_plays_one_channel, "HD-142")
{
    hda_mock.answers = mono;
    hda_mock.answer_count = sizeof(mono) / sizeof(*mono);
    hda_rig_run(one_channel);
}

static void refusals(struct fixture *f)
{
    refuse(f, 22050, 16, 2);
    refuse(f, 192000, 16, 2);
    refuse(f, 48000, 8, 2);
    refuse(f, 48000, 24, 2); // three bytes are no container
    refuse(f, 48000, 32, 2); // 32 bits of which all count
    refuse(f, 48000, 16, 3);
    refuse(f, 48000, 16, 1); // one channel alone of a stereo converter
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(formats_that_the_converter_has_not_got_are_refused, "HD-143", "HD-160", "RT-84")
{
    hda_rig_run(refusals);
}

// ---- samples of four bytes -----------------------------------------------------------------------------------

struct intersection {
    KSP_PIN pin;
    KSMULTIPLE_ITEM items;
    KSDATARANGE_AUDIO range;
};

static NTSTATUS intersect(struct fixture *f, ULONG bits, ULONG channels, ULONG highest, void *out,
                          ULONG bytes, ULONG_PTR *needed)
{
    struct intersection request = {.pin.PinId = RIG_RENDER, .items = {.Count = 1}};

    request.pin.Property.Set = KSPROPSETID_Pin;
    request.pin.Property.Id = KSPROPERTY_PIN_DATAINTERSECTION;
    request.pin.Property.Flags = KSPROPERTY_TYPE_GET;
    request.items.Size = sizeof(request.items) + sizeof(request.range);
    request.range.DataRange.FormatSize = sizeof(request.range);
    request.range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    request.range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    request.range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    request.range.MaximumChannels = channels;
    request.range.MinimumBitsPerSample = request.range.MaximumBitsPerSample = bits;
    request.range.MaximumSampleFrequency = highest;
    return kernel_control_wait(f->system, f->filter, IOCTL_KS_PROPERTY, &request, sizeof(request),
                               out, bytes, needed);
}

// Opens a pin with the format, whose valid bits the test has its say on, and plays.
static NTSTATUS open_wide(struct fixture *f, KSDATAFORMAT_WAVEFORMATEXTENSIBLE *format, WORD bits)
{
    struct {
        KSPIN_CONNECT connect;
        KSDATAFORMAT_WAVEFORMATEXTENSIBLE format;
    } request = {.format = *format};

    request.connect.Interface.Set = KSINTERFACESETID_Standard;
    request.connect.Medium.Set = KSMEDIUMSETID_Standard;
    request.connect.PinId = RIG_RENDER;
    request.format.WaveFormatExt.Samples.wValidBitsPerSample = bits;
    return client_open_raw(f, &request, sizeof(request), &pin);
}

static void check_wide(struct fixture *f, KSDATAFORMAT_WAVEFORMATEXTENSIBLE *format, WORD bits,
                       uint16_t code)
{
    CHECK_EQUAL(open_wide(f, format, bits), STATUS_SUCCESS);
    CHECK_EQUAL(rig_buffer(f, pin, 20000, 0, &buffer), STATUS_SUCCESS);
    rig_state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].format, code);
    rig_close(f);
}

static void wide(struct fixture *f)
{
    KSDATAFORMAT_WAVEFORMATEXTENSIBLE format;
    KSDATAFORMAT_WAVEFORMATEX plain;
    ULONG_PTR needed = 0;

    CHECK_EQUAL(intersect(f, 32, 6, 90000, NULL, 0, &needed), STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(needed, sizeof(format));
    CHECK_EQUAL(intersect(f, 32, 6, 90000, &format, sizeof(plain), NULL), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(intersect(f, 32, 6, 90000, &format, sizeof(format), NULL), STATUS_SUCCESS);
    CHECK_EQUAL(format.WaveFormatExt.Format.nSamplesPerSec, 48000);
    CHECK_EQUAL(format.WaveFormatExt.Format.nChannels, 2);
    CHECK_EQUAL(format.WaveFormatExt.Samples.wValidBitsPerSample, 24);
    check_wide(f, &format, 24, 0x0031);
    check_wide(f, &format, 20, 0x0021);
    check_wide(f, &format, 18, 0x0021); // at the top of 20
    CHECK(!NT_SUCCESS(open_wide(f, &format, 32)));
    CHECK_EQUAL(intersect(f, 32, 2, 8000, &format, sizeof(format), NULL), STATUS_NO_MATCH);
    CHECK_EQUAL(intersect(f, 16, 2, 44100, &plain, sizeof(plain), NULL), STATUS_SUCCESS);
    CHECK_EQUAL(plain.WaveFormatEx.nSamplesPerSec, 44100);
}

PS_TEST(samples_of_20_and_24_bits_lie_in_four_bytes, "HD-46", "HD-160", "KP-79")
{
    hda_rig_run(wide);
}

// ---- the descriptor list -----------------------------------------------------------------------------------

// Every byte of the buffer once, in order, where the pages lie; interrupts in the middle and at the end.
static void check_list(struct fixture *f, ULONG middle)
{
    const struct mock_engine *engine = &hda_mock.engines[RENDER_ENGINE];
    const unsigned char *data = buffer.BufferAddress;
    uint64_t at = 0;

    CHECK_EQUAL(engine->bytes, buffer.ActualBufferSize);
    CHECK(engine->last >= 1);
    for (unsigned i = 0; i <= engine->last; i++) {
        const struct mock_list_entry *entry = &engine->list[i];

        CHECK_EQUAL(entry->address % 128, 0);
        CHECK(entry->bytes && entry->bytes % 2 == 0);
        for (uint64_t byte = 0; byte < entry->bytes; byte += 64)
            CHECK_EQUAL(memory_physical(f->system->machine, data + at + byte), entry->address + byte);
        at += entry->bytes;
        CHECK_EQUAL(entry->interrupt, at == middle || at == engine->bytes);
    }
    CHECK_EQUAL(at, engine->bytes);
}

static void lists(struct fixture *f)
{
    static const struct {
        ULONG asked, notifications, bytes, middle;
    } all[] = {
        {4096, 0, 4096, 2048},   {40000, 0, 40000, 19968}, {4004, 0, 4004, 1920}, {7, 0, 512, 256},
        {40001, 0, 40004, 19968}, {3840, 2, 3840, 1920},   {3528, 2, 3584, 1792}, {1, 2, 1024, 512},
        {10000, 1, 10112, 4992}, {131072, 2, 131072, 65536},
    };

    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        rig_open(f, false, all[i].asked, all[i].notifications);
        CHECK_EQUAL(buffer.ActualBufferSize, all[i].bytes);
        CHECK_EQUAL(buffer.CallMemoryBarrier, TRUE);
        rig_state(f, KSSTATE_RUN);
        check_list(f, all[i].middle);
        rig_close(f);
    }
}

static void in_layout(enum memory_layout layout, void (*scenario)(struct fixture *f))
{
    const struct fixture_options options = {.device = &hda_mock_ops, .layout = layout};

    hda_rig_run_with(&options, scenario);
}

PS_TEST(lists_describe_every_page_of_scattered_and_contiguous_buffers, "HD-42", "HD-43", "HD-50",
        "HD-51", "HD-52", "HD-166", "RT-54")
{
    in_layout(LAYOUT_SCATTERED, lists);
    in_layout(LAYOUT_CONTIGUOUS, lists);
    in_layout(LAYOUT_FRAGMENTED, lists);
}

PS_TEST(every_register_is_written_after_a_reset, "HD-24", "HD-33", "HD-35", "HD-86", "HD-190")
{
    hda_mock.keeps_registers = hda_mock.restarts = true;
    hda_rig_run(lists);
}

static void neighbours(struct fixture *f)
{
    rig_open(f, false, 2 << 20, 2);
    rig_state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].last, 1);
    check_list(f, 1 << 20);
    rig_close(f);
}

PS_TEST(neighbouring_pages_share_an_entry, "HD-50")
{
    in_layout(LAYOUT_CONTIGUOUS, neighbours);
}

// Scattered pages would need more than 256 entries; the buffer is contiguous instead.
PS_TEST(a_buffer_of_more_pieces_than_a_list_holds_is_contiguous, "HD-51")
{
    in_layout(LAYOUT_SCATTERED, neighbours);
}

static void too_large(struct fixture *f)
{
    pin = rig_pin(f, false, 48000);
    CHECK_EQUAL(rig_buffer(f, pin, 0xFFFFFFFF, 0, &buffer), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rig_buffer(f, pin, 0xFFFFFFFF, 2, &buffer), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rig_buffer(f, pin, 4096, 2, &buffer), STATUS_SUCCESS);
    rig_close(f);
}

PS_TEST(a_buffer_beyond_all_memory_can_be_asked_for_smaller, "RT-42")
{
    hda_rig_run(too_large);
}

// ---- engines -------------------------------------------------------------------------------------------------

static void bidirectional(struct fixture *f)
{
    rig_open(f, false, 4096, 0);
    rig_state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[1].runs, 1);
    CHECK_EQUAL(hda_mock.engines[1].tag, 2 << 4 | 8);
    rig_close(f);
}

PS_TEST(engines_are_counted_and_may_serve_either_direction, "HD-13", "HD-30", "HD-32")
{
    hda_mock.gcap = 0x0109; // one input, no output, one that can be either; 64 bits
    hda_rig_run(bidirectional);
}

static void below_4g(struct fixture *f)
{
    rig_open(f, false, 40000, 0);
    rig_state(f, KSSTATE_RUN);
    for (unsigned i = 0; i <= hda_mock.engines[RENDER_ENGINE].last; i++)
        CHECK(hda_mock.engines[RENDER_ENGINE].list[i].address < 0x100000000);
    rig_close(f);
}

PS_TEST(a_controller_with_32_address_bits_is_given_low_memory, "HD-56")
{
    hda_mock.gcap = 0x4400;
    hda_rig_run(below_4g);
}
