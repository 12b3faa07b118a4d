// SPDX-License-Identifier: MIT
//
// Node requests without a channel, as an author of handlers may write them: a mixing matrix, a switch that turns a node off,
// a peak meter. The port hands them over whole and gives back what the handler says. And jacks that come and go.
#include "tests/adapter_rig.h"

enum { SUPERMIX, AGC, METER, NODES, INPUTS = 3, OUTPUTS = 2 };

static PCPROPERTY_REQUEST seen;
static KSAUDIO_MIXLEVEL matrix[INPUTS * OUTPUTS];
static BOOL enabled, adapted; // adapted: state that RESET drops
static LONG peak;
static bool readable;

static NTSTATUS give(PPCPROPERTY_REQUEST request, const void *value, ULONG bytes)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!request->ValueSize)
        status = STATUS_BUFFER_OVERFLOW;
    else if (request->ValueSize < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    else
        memcpy(request->Value, value, bytes);
    request->ValueSize = bytes;
    return status;
}

static NTSTATUS NTAPI on_caps(PPCPROPERTY_REQUEST request)
{
    struct {
        ULONG inputs, outputs;
        KSAUDIO_MIX_CAPS caps[INPUTS * OUTPUTS];
    } caps = {.inputs = INPUTS, .outputs = OUTPUTS};

    seen = *request;
    for (int i = 0; i < INPUTS * OUTPUTS; i++)
        caps.caps[i] = (KSAUDIO_MIX_CAPS){TRUE, -i * 65536, 0, {0}};
    return give(request, &caps, sizeof(caps));
}

// Input 2 leads to output 0 only; levels above 0 dB clamp.
static NTSTATUS NTAPI on_levels(PPCPROPERTY_REQUEST request)
{
    seen = *request;
    if (request->Verb & KSPROPERTY_TYPE_GET)
        return give(request, matrix, sizeof(matrix));
    if (request->ValueSize < sizeof(matrix))
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(matrix, request->Value, sizeof(matrix));
    for (int i = 0; i < INPUTS * OUTPUTS; i++)
        if (matrix[i].Level > 0)
            matrix[i].Level = 0;
    matrix[2 * OUTPUTS + 1].Mute = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_enable(PPCPROPERTY_REQUEST request)
{
    seen = *request;
    if (request->Verb & KSPROPERTY_TYPE_GET)
        return give(request, &enabled, sizeof(enabled));
    enabled = *(const BOOL *)request->Value != FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_reset(PPCPROPERTY_REQUEST request)
{
    seen = *request;
    if (*(const BOOL *)request->Value)
        adapted = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_peak(PPCPROPERTY_REQUEST request)
{
    NTSTATUS status;

    seen = *request;
    if (!readable)
        return STATUS_NOT_IMPLEMENTED;
    status = give(request, &peak, sizeof(peak));
    if (status == STATUS_SUCCESS)
        peak = 0;
    return status;
}

#define BOTH (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)
#define TABLE(items)                                                                                                   \
    {.PropertyItemSize = sizeof(PCPROPERTY_ITEM), .PropertyCount = sizeof(items) / sizeof(*(items)), .Properties = items}
static const PCPROPERTY_ITEM mix_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MIX_LEVEL_CAPS, KSPROPERTY_TYPE_GET, on_caps},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, BOTH, on_levels}};
static const PCPROPERTY_ITEM agc_items[] = {
    {&KSPROPSETID_TopologyNode, KSPROPERTY_TOPOLOGYNODE_ENABLE, BOTH, on_enable},
    {&KSPROPSETID_TopologyNode, KSPROPERTY_TOPOLOGYNODE_RESET, KSPROPERTY_TYPE_SET, on_reset}};
static const PCPROPERTY_ITEM meter_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_TYPE_GET, on_peak}};
static const PCAUTOMATION_TABLE mix_table = TABLE(mix_items), agc_table = TABLE(agc_items),
                                meter_table = TABLE(meter_items);
static const PCNODE_DESCRIPTOR nodes[NODES] = {{0, &mix_table, &KSNODETYPE_SUPERMIX, NULL},
                                               {0, &agc_table, &KSNODETYPE_AGC, NULL},
                                               {0, &meter_table, &KSNODETYPE_PEAKMETER, NULL}};
static PCFILTER_DESCRIPTOR filter = {.NodeSize = sizeof(nodes[0]), .NodeCount = NODES, .Nodes = nodes};
static PFILE_OBJECT file;

// A KSNODEPROPERTY and nothing behind it.
static NTSTATUS node(ULONG id, const GUID *set, ULONG number, ULONG verb, void *value, ULONG room, ULONG_PTR *bytes)
{
    KSNODEPROPERTY request = {.Property = {.Set = *set, .Id = number, .Flags = verb | KSPROPERTY_TYPE_TOPOLOGY},
                              .NodeId = id};
    NTSTATUS status = property(file, &request, sizeof(request), value, room, bytes);

    assert_int_equal(seen.InstanceSize, 0);
    assert_null(seen.Instance);
    assert_int_equal(seen.Node, id);
    return status;
}

static void with_file(void (*body)(void))
{
    topology_reset(&filter);
    adapter_try(start_topology, body);
}

static NTSTATUS mix(ULONG number, ULONG verb, void *value, ULONG room, ULONG_PTR *bytes)
{
    return node(SUPERMIX, &KSPROPSETID_Audio, number, verb, value, room, bytes);
}

static void mixes(void)
{
    UCHAR space[200];
    const KSAUDIO_MIXCAP_TABLE *caps = (const void *)space;
    KSAUDIO_MIXLEVEL levels[INPUTS * OUTPUTS] = {0};
    ULONG_PTR bytes = 0;

    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(mix(KSPROPERTY_AUDIO_MIX_LEVEL_CAPS, KSPROPERTY_TYPE_GET, NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 8 + INPUTS * OUTPUTS * 16);
    assert_int_equal(mix(KSPROPERTY_AUDIO_MIX_LEVEL_CAPS, KSPROPERTY_TYPE_GET, space, sizeof(space), &bytes),
                     STATUS_SUCCESS);
    assert_int_equal(caps->InputChannels, INPUTS);
    assert_int_equal(caps->OutputChannels, OUTPUTS);
    assert_int_equal(caps->Capabilities[5].Minimum, -5 * 65536);
    levels[1 * OUTPUTS + 0].Level = -6 * 65536; // input 1 to output 0
    levels[0 * OUTPUTS + 1].Level = 1;          // input 0 to output 1: too loud
    assert_int_equal(mix(KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, KSPROPERTY_TYPE_SET, levels, sizeof(levels) - 1, NULL),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(mix(KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, KSPROPERTY_TYPE_SET, levels, sizeof(levels), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(matrix[2].Level, -6 * 65536);
    memset(levels, 0xFF, sizeof(levels));
    assert_int_equal(mix(KSPROPERTY_AUDIO_MIX_LEVEL_TABLE, KSPROPERTY_TYPE_GET, levels, sizeof(levels), &bytes),
                     STATUS_SUCCESS);
    assert_int_equal(bytes, INPUTS * OUTPUTS * 8);
    assert_int_equal(levels[2].Level, -6 * 65536);
    assert_int_equal(levels[1].Level, 0);
    assert_true(levels[5].Mute); // no such path
    assert_false(levels[4].Mute);
    kernel_close(adapter->system, file);
}

PS_TEST(a_mixing_matrix_is_passed_whole_in_rows_of_outputs, "TP-40")
{
    with_file(mixes);
}

static NTSTATUS agc(ULONG number, ULONG verb, BOOL *value)
{
    return node(AGC, &KSPROPSETID_TopologyNode, number, verb, value, sizeof(*value), NULL);
}

static void switches(void)
{
    BOOL on = TRUE, off = FALSE, now;

    enabled = adapted = TRUE;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_ENABLE, KSPROPERTY_TYPE_SET, &on), STATUS_SUCCESS); // it is on
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_ENABLE, KSPROPERTY_TYPE_SET, &off), STATUS_SUCCESS);
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_ENABLE, KSPROPERTY_TYPE_GET, &now), STATUS_SUCCESS);
    assert_false(now);
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_RESET, KSPROPERTY_TYPE_SET, &off), STATUS_SUCCESS);
    assert_true(adapted); // no effect, no error
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_RESET, KSPROPERTY_TYPE_SET, &on), STATUS_SUCCESS);
    assert_false(adapted);
    // Only set: a reset cannot be read.
    assert_int_equal(agc(KSPROPERTY_TOPOLOGYNODE_RESET, KSPROPERTY_TYPE_GET, &now), STATUS_INVALID_DEVICE_REQUEST);
    kernel_close(adapter->system, file);
}

PS_TEST(a_node_is_enabled_and_reset, "TP-41")
{
    with_file(switches);
}

static NTSTATUS meter(LONG *value, ULONG room)
{
    return node(METER, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_TYPE_GET, value, room, NULL);
}

static void peaks(void)
{
    LONG value = -1;

    peak = 0x7FFFFFFF; // full scale
    readable = false;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(meter(&value, sizeof(value)), STATUS_NOT_IMPLEMENTED);
    assert_int_equal(value, -1);
    readable = true;
    assert_int_equal(meter(&value, sizeof(value) - 1), STATUS_BUFFER_TOO_SMALL); // the peak stays
    assert_int_equal(meter(&value, sizeof(value)), STATUS_SUCCESS);              // at once: nothing pends
    assert_int_equal(value, 0x7FFFFFFF);
    assert_int_equal(meter(&value, sizeof(value)), STATUS_SUCCESS);
    assert_int_equal(value, 0);
    kernel_close(adapter->system, file);
}

PS_TEST(a_peak_is_read_once_and_kept_by_a_failure, "TP-42")
{
    with_file(peaks);
}

// ---- the descriptor is the miniport's ------------------------------------------------------------------------

static GUID category;

static void lies_there(void)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Topology, .Id = KSPROPERTY_TOPOLOGY_CATEGORIES,
                          .Flags = KSPROPERTY_TYPE_GET};
    PCFILTER_DESCRIPTOR before = filter;
    UCHAR reply[8 + 16];

    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    category.Data1++; // what a driver must not do shows that nothing was copied
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), NULL), STATUS_SUCCESS);
    assert_memory_equal(reply + 8, &category, 16);
    assert_memory_equal(&filter, &before, sizeof(filter));
    kernel_close(adapter->system, file);
}

PS_TEST(the_descriptor_is_read_where_the_miniport_has_it, "TP-17")
{
    filter.CategoryCount = 1;
    filter.Categories = &category;
    with_file(lies_there);
    filter.CategoryCount = 0;
}

// ---- jacks that come and go ------------------------------------------------------------------------------------

static KSJACK_DESCRIPTION jack = {.IsConnected = TRUE};
static ULONG configuration;

static NTSTATUS NTAPI on_jack(PPCPROPERTY_REQUEST request)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSJACK_DESCRIPTION jack;
    } reply = {{sizeof(reply), 1}, jack};

    return give(request, &reply, sizeof(reply));
}

static NTSTATUS NTAPI on_jack3(PPCPROPERTY_REQUEST request)
{
    struct {
        KSMULTIPLE_ITEM head;
        ULONG configuration;
    } reply = {{sizeof(reply), 1}, configuration};

    return give(request, &reply, sizeof(reply));
}

static const PCPROPERTY_ITEM jack_items[] = {
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_TYPE_GET, on_jack},
    {&KSPROPSETID_Jack, 5, KSPROPERTY_TYPE_GET, on_jack3}};
static const PCAUTOMATION_TABLE jack_table = TABLE(jack_items);

static NTSTATUS ask_jack(ULONG number, void *reply, ULONG room)
{
    KSP_PIN request = {.Property = {.Set = KSPROPSETID_Jack, .Id = number, .Flags = KSPROPERTY_TYPE_GET}};

    return property(file, &request, sizeof(request), reply, room, NULL);
}

static void plug_and_pull(void)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSJACK_DESCRIPTION jack;
    } reply;
    struct {
        KSMULTIPLE_ITEM head;
        ULONG configuration;
    } third;
    PPORT port = topology_port(adapter->fdo, NULL);
    IUnregisterSubdevice *pull;
    PVOID out;

    assert_false(NT_SUCCESS(open_topology(&file)));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(PcRegisterSubdevice(adapter->fdo, adapter_name, (PUNKNOWN)port), STATUS_SUCCESS);
        assert_int_equal(open_topology(&file), STATUS_SUCCESS);
        assert_int_equal(ask_jack(KSPROPERTY_JACK_DESCRIPTION, &reply, sizeof(reply)), STATUS_SUCCESS);
        assert_int_equal(reply.head.Count, 1);
        assert_true(reply.jack.IsConnected);
        for (configuration = 7; configuration < 9; configuration++) { // nothing of it is kept
            assert_int_equal(ask_jack(5, &third, sizeof(third)), STATUS_SUCCESS);
            assert_int_equal(third.configuration, configuration);
        }
        kernel_close(adapter->system, file);
        assert_int_equal(COM_CALL(port, QueryInterface, &IID_IUnregisterSubdevice, &out), STATUS_SUCCESS);
        pull = out;
        assert_int_equal(COM_CALL(pull, UnregisterSubdevice, adapter->fdo, (PUNKNOWN)port), STATUS_SUCCESS);
        COM_CALL(pull, Release);
        assert_false(NT_SUCCESS(open_topology(&file)));
    }
    COM_CALL(port, Release);
}

static NTSTATUS NTAPI start_bare(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    return STATUS_SUCCESS;
}

PS_TEST(a_jack_that_comes_and_goes_is_connected_while_it_is_there, "TP-64")
{
    static const PCPIN_DESCRIPTOR pin = {.KsPinDescriptor = {.DataFlow = KSPIN_DATAFLOW_OUT}};
    static PCFILTER_DESCRIPTOR jacks = {.AutomationTable = &jack_table, .PinSize = sizeof(pin), .PinCount = 1,
                                        .Pins = &pin};

    topology_reset(&jacks);
    adapter_try(start_bare, plug_and_pull);
}
