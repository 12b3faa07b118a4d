// SPDX-License-Identifier: MIT
//
// The nodes of the codec, section 13 of docs/spec/hda.md: a root, an audio function group, a DAC
// with its line-out jack, an ADC with its line-in jack.
#include "models/hda.h"
#include "models/hda_parameters.h"

#define PCM_44_48_96_IN_16_20_24_BITS 0x000E0160u
#define D0_AND_D3_WITH_EPSS 0x80000009u

const struct hda_node hda_nodes[HDA_NODES] = {
    [HDA_ROOT] =
        {.parameters =
             {[VENDOR] = 0xFFFE0001, [REVISION] = 0x00100100, [SUBORDINATES] = 0x00010001}},
    [HDA_AFG] = {.traits = HDA_HAS_POWER | HDA_SPEAKS,
                 .parameters = {[SUBORDINATES] = 0x00020004,
                                [GROUP_TYPE] = 0x00000101,
                                [PCM] = PCM_44_48_96_IN_16_20_24_BITS,
                                [FORMATS] = 1,
                                [POWER] = D0_AND_D3_WITH_EPSS}},
    [HDA_DAC] = {.traits = HDA_HAS_POWER | HDA_HAS_OUTPUT_AMP | HDA_IS_CONVERTER,
                 .parameters = {[WIDGET] = 0x0000041D,
                                [PCM] = PCM_44_48_96_IN_16_20_24_BITS,
                                [FORMATS] = 1,
                                [POWER] = D0_AND_D3_WITH_EPSS,
                                [OUTPUT_AMP] = 0x80034040}}, // 1 dB steps, -64..0 dB
    [HDA_ADC] = {.traits = HDA_HAS_POWER | HDA_HAS_INPUT_AMP | HDA_IS_CONVERTER,
                 .connection = HDA_LINE_IN,
                 .parameters = {[WIDGET] = 0x0010051B,
                                [PCM] = PCM_44_48_96_IN_16_20_24_BITS,
                                [FORMATS] = 1,
                                [INPUT_AMP] = 0x80051708, // 1.5 dB steps, -12..+22.5 dB
                                [CONNECTIONS] = 1,
                                [POWER] = D0_AND_D3_WITH_EPSS}},
    [HDA_LINE_OUT] = {.traits = HDA_HAS_POWER | HDA_IS_PIN | HDA_HAS_EAPD | HDA_SPEAKS,
                      .connection = HDA_DAC,
                      .config = 0x01014010,
                      .parameters = {[WIDGET] = 0x00400581,
                                     [PIN] = 0x00010014,
                                     [CONNECTIONS] = 1,
                                     [POWER] = D0_AND_D3_WITH_EPSS}},
    [HDA_LINE_IN] =
        {.traits = HDA_HAS_POWER | HDA_IS_PIN | HDA_SPEAKS,
         .config = 0x01813020,
         .parameters = {[WIDGET] = 0x00400481, [PIN] = 0x00000024, [POWER] = D0_AND_D3_WITH_EPSS}},
};

uint32_t hda_node_amp(unsigned node)
{
    bool output = hda_nodes[node].traits & HDA_HAS_OUTPUT_AMP;
    return hda_nodes[node].parameters[output ? OUTPUT_AMP : INPUT_AMP];
}
