// SPDX-License-Identifier: MIT
//
// Parameters of a codec's nodes by their ids, HD-140.
#ifndef PORTSIDE_MODELS_HDA_PARAMETERS_H
#define PORTSIDE_MODELS_HDA_PARAMETERS_H

enum {
    VENDOR = 0x00,
    SUBSYSTEM = 0x01,
    REVISION = 0x02,
    SUBORDINATES = 0x04,
    GROUP_TYPE = 0x05,
    GROUP = 0x08,
    WIDGET = 0x09,
    PCM = 0x0A,
    FORMATS = 0x0B,
    PIN = 0x0C,
    INPUT_AMP = 0x0D,
    CONNECTIONS = 0x0E,
    POWER = 0x0F,
    OUTPUT_AMP = 0x12,
};

#endif
