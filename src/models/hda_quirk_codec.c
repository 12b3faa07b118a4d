// SPDX-License-Identifier: MIT
//
// QEMU's codec (hda-duplex), as observed from outside (tests/machine/differences.txt, machine_codec_test.c): other nodes, none
// with power states, pins that are always on, and converters that keep what they were told over every reset. A node without a
// converter of its own answers for the DAC. Their state lies where the mixer looks for it: at HDA_DAC and HDA_ADC.
#include "models/hda.h"
#include "models/hda_parameters.h"

enum { QEMU_DAC = 2, QEMU_LINE_OUT, QEMU_ADC, QEMU_LINE_IN };
enum { FULL_SCALE = 0x4A, MUTE = 0x80, AMP_LEFT = 1 << 13, AMP_RIGHT = 1 << 12, LAST_NODE = 0x7F };

#define QEMUS 0x1AF40022u
#define RATES_16_TO_96_IN_16_BITS 0x000201FCu
#define STEPS_OF_1_DB 0x80034A4Au

static const struct hda_node nodes[HDA_NODES] = {
    [HDA_ROOT] = {.parameters = {[VENDOR] = QEMUS, [SUBSYSTEM] = QEMUS, [REVISION] = 0x00100101, [SUBORDINATES] = 0x00010001}},
    [HDA_AFG] = {.parameters = {[SUBSYSTEM] = QEMUS,
                                [SUBORDINATES] = 0x00020004,
                                [GROUP_TYPE] = 1,
                                [GROUP] = 0x0808,
                                [PCM] = RATES_16_TO_96_IN_16_BITS,
                                [FORMATS] = 1}},
    [QEMU_DAC] = {.parameters = {[WIDGET] = 0x0000001D,
                                 [PCM] = RATES_16_TO_96_IN_16_BITS,
                                 [FORMATS] = 1,
                                 [OUTPUT_AMP] = STEPS_OF_1_DB}},
    [QEMU_LINE_OUT] = {.connection = QEMU_DAC,
                       .config = 0x00004010,
                       .parameters = {[WIDGET] = 0x00400101, [PIN] = 0x00000010, [CONNECTIONS] = 1}},
    [QEMU_ADC] = {.connection = QEMU_LINE_IN,
                  .parameters = {[WIDGET] = 0x0010011B,
                                 [PCM] = RATES_16_TO_96_IN_16_BITS,
                                 [FORMATS] = 1,
                                 [INPUT_AMP] = STEPS_OF_1_DB,
                                 [CONNECTIONS] = 1}},
    [QEMU_LINE_IN] = {.config = 0x00805020, .parameters = {[WIDGET] = 0x00400001, [PIN] = 0x00000020}},
};

void hda_quirk_power_on(struct hda *hda)
{
    for (unsigned node = 0; node < HDA_NODES; node++)
        hda->codec.nodes[node] = (struct hda_node_state){.format = 0x0011, .told = true};
    hda->codec.nodes[HDA_DAC].amp[0] = hda->codec.nodes[HDA_DAC].amp[1] = FULL_SCALE;
}

bool hda_quirk_hears(uint32_t command)
{
    return (command >> 20 & 0xFF) <= LAST_NODE;
}

uint32_t hda_quirk_formats(void)
{
    return RATES_16_TO_96_IN_16_BITS;
}

static struct hda_node_state *converter(struct hda *hda, unsigned node)
{
    return &hda->codec.nodes[node == QEMU_ADC ? HDA_ADC : HDA_DAC];
}

static uint32_t get(struct hda *hda, unsigned node, unsigned verb, uint8_t payload)
{
    uint32_t pin = nodes[node].parameters[PIN];

    switch (verb) {
    case 0xF00: return payload < HDA_PARAMETERS ? nodes[node].parameters[payload] : 0;
    case 0xF02: return payload ? 0 : nodes[node].connection;
    case 0xF06: return converter(hda, node)->stream;
    case 0xF07: return pin & 0x10 ? 0x40 : pin; // out, or in
    case 0xF1C: return nodes[node].config;
    case 0xF20: return QEMUS;
    default: return 0;
    }
}

static void set_amp(struct hda_node_state *state, uint16_t payload)
{
    if (payload & AMP_LEFT)
        state->amp[0] = (uint8_t)payload;
    if (payload & AMP_RIGHT)
        state->amp[1] = (uint8_t)payload;
}

uint32_t hda_quirk_verb(struct hda *hda, uint32_t command)
{
    unsigned node = command >> 20 & 0xFF, kind = command >> 16 & 0xF;
    struct hda_node_state *state = converter(hda, node);

    if (node >= HDA_NODES)
        return 0;
    switch (kind) {
    case 0x2: state->format = (uint16_t)command; return 0;
    case 0x3: set_amp(state, (uint16_t)command); return 0;
    case 0xA: return state->format;
    case 0xB: return state->amp[command & AMP_LEFT ? 0 : 1];
    case 0xF: return get(hda, node, command >> 8 & 0xFFF, (uint8_t)command);
    default: break;
    }
    if ((command >> 8 & 0xFFF) == 0x706)
        state->stream = (uint8_t)command;
    return 0;
}

unsigned hda_quirk_level(uint8_t amp)
{
    return amp & MUTE ? 0 : (uint8_t)(255 * amp / FULL_SCALE); // above full scale it begins anew
}
