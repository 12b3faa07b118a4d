// SPDX-License-Identifier: MIT
//
// The lines that a mixer of old reads from a filter: which pins are lines, and whose nodes' controls are whose.
#include "tests/adapter_rig.h"

#include "host/mixer.h"

enum { WAVE, LINE, MIC, SPEAKER, RECORD, PINS };
enum { WAVE_VOLUME, LINE_VOLUME, BETWEEN, SUM, MASTER, MUTE, MUX, GAIN, NODES };

static PCPIN_DESCRIPTOR pins[PINS];
static PCNODE_DESCRIPTOR nodes[NODES];
static PCCONNECTION_DESCRIPTOR connections[20];
static PCFILTER_DESCRIPTOR filter;
static char text[600];

static void connect(ULONG from, ULONG from_pin, ULONG to, ULONG to_pin)
{
    connections[filter.ConnectionCount++] = (PCCONNECTION_DESCRIPTOR){from, from_pin, to, to_pin};
}

// WAVE -> WAVE_VOLUME -> SUM -> MASTER -> MUTE -> SPEAKER, LINE -> LINE_VOLUME -> SUM and -> MUX -> GAIN -> RECORD, MIC -> MUX.
static void reset(void)
{
    for (ULONG id = 0; id < PINS; id++)
        pins[id] = (PCPIN_DESCRIPTOR){.KsPinDescriptor.DataFlow = id < SPEAKER ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT};
    for (ULONG id = 0; id < NODES; id++)
        nodes[id] = (PCNODE_DESCRIPTOR){.Type = id == SUM    ? &KSNODETYPE_SUM
                                                : id == MUX  ? &KSNODETYPE_MUX
                                                : id == MUTE ? &KSNODETYPE_MUTE
                                                             : &KSNODETYPE_VOLUME};
    filter = (PCFILTER_DESCRIPTOR){.PinSize = sizeof(pins[0]), .PinCount = PINS, .Pins = pins,
                                   .NodeSize = sizeof(nodes[0]), .NodeCount = NODES, .Nodes = nodes,
                                   .Connections = connections};
    connect(PCFILTER_NODE, WAVE, WAVE_VOLUME, 1);
    connect(WAVE_VOLUME, 0, SUM, 1);
    connect(PCFILTER_NODE, LINE, LINE_VOLUME, 1);
    connect(LINE_VOLUME, 0, SUM, 2);
    connect(SUM, 0, MASTER, 1);
    connect(MASTER, 0, MUTE, 1);
    connect(MUTE, 0, PCFILTER_NODE, SPEAKER);
    connect(LINE_VOLUME, 0, MUX, 1);
    connect(PCFILTER_NODE, MIC, MUX, 2);
    connect(MUX, 0, GAIN, 1);
    connect(GAIN, 0, PCFILTER_NODE, RECORD);
}

static void write_line(const char *what, const struct mixer_line *line)
{
    size_t at = strlen(text);

    at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u:", what, line->pin);
    for (unsigned i = 0; i < line->count; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, " %u", line->nodes[i]);
    snprintf(text + at, sizeof(text) - at, "\n");
}

static void write_lines(void)
{
    struct list *link = port_device_from(adapter->fdo)->ks.filters.next;
    const struct ks_filter *of = LIST_OBJECT(link, struct ks_filter, link);
    struct mixer_line destination, source;

    for (unsigned i = 0; mixer_destination(of, i, &destination); i++) {
        write_line("to ", &destination);
        for (unsigned j = 0; mixer_source(of, &destination, j, &source); j++)
            write_line("  from ", &source);
    }
}

static const char *lines(void)
{
    memset(text, 0, sizeof(text));
    topology_reset(&filter);
    adapter_try(start_topology, write_lines);
    return text;
}

#define RECORD_LINES "to 4: 7 6\n  from 1: 1\n  from 2:\n" // the MUX is the destination's control; the split one is twice

PS_TEST(outputs_are_destinations_and_inputs_their_sources, "TP-73", "TP-74")
{
    reset();
    assert_string_equal(lines(), RECORD_LINES "to 3: 5 4\n  from 0: 0\n  from 1: 1\n");
}

PS_TEST(a_node_with_several_parents_is_a_sum, "TP-73")
{
    reset();
    nodes[SUM].Type = &KSNODETYPE_DELAY;
    assert_string_equal(lines(), RECORD_LINES "to 3: 5 4\n  from 0: 0\n  from 1: 1\n");
}

PS_TEST(a_mux_with_one_input_ends_a_line_all_the_same, "TP-73")
{
    reset();
    connections[8] = (PCCONNECTION_DESCRIPTOR){PCFILTER_NODE, MIC, SUM, 3};
    assert_string_equal(lines(), "to 4: 7 6\n  from 1: 1\nto 3: 5 4\n  from 0: 0\n  from 1: 1\n  from 2:\n");
}

PS_TEST(nodes_between_two_sums_are_not_seen, "TP-74")
{
    reset();
    filter.ConnectionCount = 0;
    connect(PCFILTER_NODE, WAVE, WAVE_VOLUME, 1);
    connect(WAVE_VOLUME, 0, SUM, 1);
    connect(PCFILTER_NODE, LINE, SUM, 2);
    connect(SUM, 0, BETWEEN, 1);
    connect(BETWEEN, 0, MUX, 1);
    connect(PCFILTER_NODE, MIC, MUX, 2);
    connect(MUX, 0, GAIN, 1);
    connect(GAIN, 0, PCFILTER_NODE, RECORD);
    assert_string_equal(lines(), "to 4: 7 6\n  from 0: 0\n  from 1:\n  from 2:\nto 3:\n");
}

PS_TEST(a_source_has_one_way_to_its_destination, "TP-75")
{
    reset();
    connect(LINE_VOLUME, 0, WAVE_VOLUME, 2); // LINE now reaches the SUM in two ways
    assert_string_equal(lines(), RECORD_LINES "to 3: 5 4\n  from 0:\n");
}

PS_TEST(circles_end)
{
    reset();
    connect(MUTE, 0, MASTER, 1);
    connect(GAIN, 0, LINE_VOLUME, 5);
    assert_non_null(strstr(lines(), "to 3:"));
}

// ---- controls --------------------------------------------------------------------------------------------

static const char *controls(const GUID *type, const KSAUDIO_MIX_CAPS *caps, ULONG count)
{
    struct ks_filter of = {.descriptor = &filter};

    reset();
    nodes[GAIN].Type = type;
    return mixer_controls(&of, GAIN, caps, count);
}

PS_TEST(only_some_nodes_have_controls, "TP-76")
{
    KSAUDIO_MIX_CAPS caps[2] = {{TRUE, -65536, 0, {0}}, {FALSE, INT32_MIN, INT32_MIN, {0}}};

    assert_string_equal(controls(&KSNODETYPE_AGC, NULL, 0), "gain control on/off");
    assert_string_equal(controls(&KSNODETYPE_LOUDNESS, NULL, 0), "loudness");
    assert_string_equal(controls(&KSNODETYPE_MUTE, NULL, 0), "mute");
    assert_string_equal(controls(&KSNODETYPE_TONE, NULL, 0), "bass, treble, bass boost");
    assert_string_equal(controls(&KSNODETYPE_VOLUME, NULL, 0), "volume");
    assert_string_equal(controls(&KSNODETYPE_PEAKMETER, NULL, 0), "peak meter");
    assert_string_equal(controls(&KSNODETYPE_MUX, NULL, 0), "source");
    assert_string_equal(controls(&KSNODETYPE_STEREO_WIDE, NULL, 0), "width");
    assert_string_equal(controls(&KSNODETYPE_CHORUS, NULL, 0), "chorus");
    assert_string_equal(controls(&KSNODETYPE_REVERB, NULL, 0), "reverb");
    assert_null(controls(&KSNODETYPE_DAC, NULL, 0));
    assert_null(controls(&KSNODETYPE_SUM, NULL, 0));
    // A matrix: the first entry can mute and has a range, the second is stuck in silence.
    assert_string_equal(controls(&KSNODETYPE_SUPERMIX, caps, 1), "mute, volume");
    assert_string_equal(controls(&KSNODETYPE_SUPERMIX, caps, 2), "mute");
    assert_string_equal(controls(&KSNODETYPE_SUPERMIX, (const KSAUDIO_MIX_CAPS[]){caps[1], caps[0]}, 2), "mute");
    caps[0].Mute = FALSE;
    assert_null(controls(&KSNODETYPE_SUPERMIX, caps, 2));
    assert_string_equal(controls(&KSNODETYPE_SUPERMIX, caps, 1), "volume");
    assert_null(controls(&KSNODETYPE_SUPERMIX, NULL, 0)); // it tells nothing
}
