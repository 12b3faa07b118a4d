// SPDX-License-Identifier: MIT
//
// The codec's verbs. Each gets a 32-bit response: sets answer 0, and so do unknown verbs and nodes
// (HD-121).
#include "models/hda.h"
#include "models/hda_format.h"

enum {
    POWER_UP_FRAMES = 48, // HD-132: 1 ms
    POWER_D3 = 3,
    SETTINGS_RESET = 1 << 10,
    MUTE = 0x80,
    UNSOLICITED_ENABLE = 0x80,
    PIN_WRITABLE = 0xE7, // HD-130
    EAPD_WRITABLE = 0x07,
};

enum { // payload of the amplifier verbs, HD-126, HD-127
    AMP_OUTPUT = 1 << 15,
    AMP_INPUT = 1 << 14,
    AMP_LEFT = 1 << 13,
    AMP_RIGHT = 1 << 12,
};

// ---- reset --------------------------------------------------------------------------------------

// HD-173. What survives is left alone: configuration default, unsolicited enable, the jacks.
static void reset_node(struct hda *hda, unsigned node)
{
    struct hda_node_state *state = &hda->codec.nodes[node];
    uint32_t amp = hda_node_amp(node);
    uint8_t level = MUTE | (amp & 0x7F);

    state->power = POWER_D3;
    state->d0_at = HDA_NEVER;
    state->lost = true;
    state->stream = 0;
    state->pin = 0;
    state->eapd = hda_nodes[node].traits & HDA_HAS_EAPD ? 2 : 0;
    state->format = 0x0011;
    state->amp[0] = state->amp[1] = level;
}

void hda_codec_reset(struct hda *hda)
{
    if (hda->options.quirks)
        return; // its converters keep everything
    for (unsigned node = HDA_AFG; node < HDA_NODES; node++)
        reset_node(hda, node);
}

void hda_codec_power_on(struct hda *hda)
{
    if (hda->options.quirks) {
        hda_quirk_power_on(hda);
        return;
    }
    hda->codec.subsystem = 0xFFFE0101; // HD-172
    for (unsigned node = 0; node < HDA_NODES; node++) {
        hda->codec.nodes[node].config = hda_nodes[node].config;
        hda->codec.nodes[node].plugged = hda_nodes[node].traits & HDA_IS_PIN;
        hda->codec.nodes[node].told = true;
    }
    hda_codec_reset(hda);
}

// ---- power --------------------------------------------------------------------------------------

static bool own_d0(const struct hda *hda, unsigned node)
{
    return hda->codec.nodes[node].d0_at <= hda->frame;
}

bool hda_codec_in_d0(const struct hda *hda, unsigned node)
{
    if (hda->options.quirks)
        return true; // it has no other state
    return own_d0(hda, node) && own_d0(hda, HDA_AFG);
}

static uint32_t get_power(const struct hda *hda, unsigned node)
{
    const struct hda_node_state *state = &hda->codec.nodes[node];
    uint32_t actual = hda_codec_in_d0(hda, node) ? 0 : POWER_D3;

    return state->power | actual << 4 | (state->lost ? SETTINGS_RESET : 0);
}

static void set_power(struct hda *hda, unsigned node, unsigned power)
{
    struct hda_node_state *state = &hda->codec.nodes[node];

    if (power != 0 && power != POWER_D3) {
        ps_device_report(hda->device, "HD-148", "power state set that the codec does not have");
        return;
    }
    state->lost = false;
    if (power == POWER_D3)
        state->d0_at = HDA_NEVER;
    else if (state->power != 0)
        state->d0_at = hda->frame + POWER_UP_FRAMES;
    state->power = (uint8_t)power;
}

// ---- amplifiers ---------------------------------------------------------------------------------

static uint8_t clamped(struct hda *hda, unsigned node, uint32_t payload)
{
    uint8_t top = hda_node_amp(node) >> 8 & 0x7F, gain = payload & 0x7F;

    if (gain > top) {
        ps_device_report(hda->device, "HD-128", "amplifier gain above its number of steps");
        gain = top;
    }
    return gain | (payload & MUTE);
}

static void set_amp(struct hda *hda, unsigned node, uint32_t payload)
{
    struct hda_node_state *state = &hda->codec.nodes[node];
    unsigned traits = hda_nodes[node].traits;
    bool output = (traits & HDA_HAS_OUTPUT_AMP) && (payload & AMP_OUTPUT);
    bool input = (traits & HDA_HAS_INPUT_AMP) && (payload & AMP_INPUT) && !(payload >> 8 & 15);

    if (!output && !input)
        return;
    if (payload & AMP_LEFT)
        state->amp[0] = clamped(hda, node, payload);
    if (payload & AMP_RIGHT)
        state->amp[1] = clamped(hda, node, payload);
}

static uint32_t get_amp(const struct hda *hda, unsigned node, uint32_t payload)
{
    unsigned wanted = payload & AMP_OUTPUT ? HDA_HAS_OUTPUT_AMP : HDA_HAS_INPUT_AMP;
    bool other_index = !(payload & AMP_OUTPUT) && (payload & 15);

    if (!(hda_nodes[node].traits & wanted) || other_index)
        return 0;
    return hda->codec.nodes[node].amp[payload & AMP_LEFT ? 0 : 1];
}

// ---- formats ------------------------------------------------------------------------------------

static void set_format(struct hda *hda, unsigned node, uint16_t format)
{
    hda->codec.nodes[node].format = format;
    if (!hda_format_accepted(format, hda_nodes[node].parameters[0x0A]))
        ps_device_report(hda->device, "HD-174", "converter format that the converter has not");
}

// ---- verbs --------------------------------------------------------------------------------------

static uint32_t parameter(unsigned node, unsigned id)
{
    return id < HDA_PARAMETERS ? hda_nodes[node].parameters[id] : 0;
}

// Gets that depend on what the node is.
static uint32_t get_by_trait(const struct hda *hda, unsigned node, unsigned verb)
{
    const struct hda_node_state *state = &hda->codec.nodes[node];
    unsigned traits = hda_nodes[node].traits;

    if (verb == 0xF05 && (traits & HDA_HAS_POWER))
        return get_power(hda, node);
    if (verb == 0xF06 && (traits & HDA_IS_CONVERTER))
        return state->stream;
    if (verb == 0xF07 && (traits & HDA_IS_PIN))
        return state->pin;
    if (verb == 0xF08 && (traits & HDA_SPEAKS))
        return state->unsolicited;
    if (verb == 0xF09 && (traits & HDA_IS_PIN))
        return state->plugged ? 1u << 31 : 0; // HD-175
    if (verb == 0xF0C && (traits & HDA_HAS_EAPD))
        return state->eapd;
    if (verb == 0xF1C && (traits & HDA_IS_PIN))
        return state->config;
    if (verb == 0xF20 && node == HDA_AFG)
        return hda->codec.subsystem;
    return 0;
}

static uint32_t get(const struct hda *hda, unsigned node, unsigned verb, uint8_t payload)
{
    if (verb == 0xF00)
        return parameter(node, payload);
    if (verb == 0xF02)
        return payload == 0 ? hda_nodes[node].connection : 0; // HD-147, HD-171
    return get_by_trait(hda, node, verb);
}

static void set_byte(uint32_t *target, unsigned byte, uint8_t value)
{
    *target = (*target & ~(0xFFu << 8 * byte)) | (uint32_t)value << 8 * byte;
}

static void set_by_trait(struct hda *hda, unsigned node, unsigned verb, uint8_t payload)
{
    struct hda_node_state *state = &hda->codec.nodes[node];
    unsigned traits = hda_nodes[node].traits;

    if (verb == 0x705 && (traits & HDA_HAS_POWER))
        set_power(hda, node, payload & 15);
    else if (verb == 0x706 && (traits & HDA_IS_CONVERTER))
        state->stream = payload;
    else if (verb == 0x707 && (traits & HDA_IS_PIN))
        state->pin = payload & PIN_WRITABLE;
    else if (verb == 0x708 && (traits & HDA_SPEAKS))
        state->unsolicited = payload & (UNSOLICITED_ENABLE | 0x3F);
    else if (verb == 0x70C && (traits & HDA_HAS_EAPD))
        state->eapd = payload & EAPD_WRITABLE;
    else if (verb >= 0x71C && verb <= 0x71F && (traits & HDA_IS_PIN))
        set_byte(&state->config, verb - 0x71C, payload);
}

static void set(struct hda *hda, unsigned node, unsigned verb, uint8_t payload)
{
    if (verb == 0x7FF && node == HDA_AFG)
        hda_codec_reset(hda); // HD-135
    else if (verb >= 0x720 && verb <= 0x723 && node == HDA_AFG)
        set_byte(&hda->codec.subsystem, verb - 0x720, payload);
    else
        set_by_trait(hda, node, verb, payload);
}

static uint32_t long_verb(struct hda *hda, unsigned node, unsigned verb, uint16_t payload)
{
    bool converter = hda_nodes[node].traits & HDA_IS_CONVERTER;

    if (verb == 0xA)
        return converter ? hda->codec.nodes[node].format : 0;
    if (verb == 0xB)
        return get_amp(hda, node, payload);
    if (verb == 0x2 && converter)
        set_format(hda, node, payload);
    else if (verb == 0x3)
        set_amp(hda, node, payload);
    return 0;
}

bool hda_codec_hears(const struct hda *hda, uint32_t command)
{
    return !(command >> 28) && (!hda->options.quirks || hda_quirk_hears(command));
}

uint32_t hda_codec_verb(struct hda *hda, uint32_t command)
{
    unsigned node = command >> 20 & 0xFF, kind = command >> 16 & 0xF; // HD-120

    if (hda->options.quirks)
        return hda_quirk_verb(hda, command);
    if (node >= HDA_NODES)
        return 0; // HD-178
    if (kind == 0xF)
        return get(hda, node, command >> 8 & 0xFFF, (uint8_t)command);
    if (kind != 0x7)
        return long_verb(hda, node, kind, (uint16_t)command);
    set(hda, node, command >> 8 & 0xFFF, (uint8_t)command);
    return 0;
}

// ---- jacks --------------------------------------------------------------------------------------

bool hda_codec_wants_to_speak(const struct hda *hda)
{
    for (unsigned node = HDA_AFG; node < HDA_NODES; node++)
        if (!hda->codec.nodes[node].told)
            return true;
    return false;
}

bool hda_codec_speaks(struct hda *hda, uint32_t *response)
{
    for (unsigned node = HDA_AFG; node < HDA_NODES; node++) {
        struct hda_node_state *state = &hda->codec.nodes[node];
        if (state->told)
            continue;
        state->told = true;
        *response = (uint32_t)(state->unsolicited & 0x3F) << 26 | state->plugged; // HD-175
        return true;
    }
    return false;
}

void hda_codec_plug(struct hda *hda, unsigned node, bool plugged)
{
    struct hda_node_state *state = &hda->codec.nodes[node];

    if (state->plugged == plugged)
        return;
    state->plugged = plugged;
    if (state->unsolicited & UNSOLICITED_ENABLE)
        state->told = false;
}
