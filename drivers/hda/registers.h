/* SPDX-License-Identifier: MIT */
/* Registers of an HD Audio controller, verbs and parameters of its codecs (docs/spec/hda.md). */
#ifndef HDA_REGISTERS_H
#define HDA_REGISTERS_H

/* ---- the controller, offsets from BAR0 --------------------------------------------------------------- */

enum { /* each is accessed at its own offset and width only (HD-24) */
    REG_GCAP = 0x00,       /* 16 */
    REG_OUTSTRMPAY = 0x18, /* 16: words a frame, 0 where there is no such register */
    REG_INSTRMPAY = 0x1A,  /* 16 */
    REG_GCTL = 0x08,       /* 32 */
    REG_WAKEEN = 0x0C,     /* 16 */
    REG_STATESTS = 0x0E,   /* 16 */
    REG_INTCTL = 0x20,     /* 32 */
    REG_INTSTS = 0x24,     /* 32 */
    REG_WALCLK = 0x30,     /* 32 */
    REG_CORBLBASE = 0x40,  /* 32 */
    REG_CORBUBASE = 0x44,  /* 32 */
    REG_CORBWP = 0x48,     /* 16 */
    REG_CORBRP = 0x4A,     /* 16 */
    REG_CORBCTL = 0x4C,    /* 8 */
    REG_CORBSTS = 0x4D,    /* 8 */
    REG_CORBSIZE = 0x4E,   /* 8 */
    REG_RIRBLBASE = 0x50,  /* 32 */
    REG_RIRBUBASE = 0x54,  /* 32 */
    REG_RIRBWP = 0x58,     /* 16 */
    REG_RINTCNT = 0x5A,    /* 16 */
    REG_RIRBCTL = 0x5C,    /* 8 */
    REG_RIRBSTS = 0x5D,    /* 8 */
    REG_RIRBSIZE = 0x5E,   /* 8 */
    REG_ICW = 0x60,        /* 32 */
    REG_IRR = 0x64,        /* 32 */
    REG_ICS = 0x68,        /* 16 */
    REG_DPLBASE = 0x70,    /* 32 */
    REG_DPUBASE = 0x74,    /* 32 */
    REG_STREAMS = 0x80,
    STREAM_BYTES = 0x20,
    REG_ALIASES = 0x2000, /* a page with copies of WALCLK and every LPIB, for clients to map */
};

#define GCAP_64BIT 0x0001u
#define GCTL_CRST 0x00000001u
#define STATESTS_ALL 0x7FFFu
#define INTCTL_GIE 0x80000000u
#define CORBRP_RESET 0x8000u
#define RIRBWP_RESET 0x8000u
#define CORBCTL_RUN 0x02u
#define CORBSTS_ERROR 0x01u
#define RIRBCTL_INTERRUPT 0x01u
#define RIRBCTL_RUN 0x02u
#define RIRBSTS_ALL 0x05u
#define ICS_BUSY 0x0001u
#define ICS_VALID 0x0002u
#define DPLBASE_ENABLE 0x01u
#define ALL_ONES 0xFFFFFFFFu /* what is read when the device is gone (HD-188) */

enum { /* one stream descriptor, from its start */
    SD_CTL = 0x00,   /* 8: reset, run, interrupts */
    SD_TAG = 0x02,   /* 8: tag and direction */
    SD_STS = 0x03,   /* 8 */
    SD_LPIB = 0x04,  /* 32 */
    SD_CBL = 0x08,   /* 32 */
    SD_LVI = 0x0C,   /* 16 */
    SD_FIFOS = 0x10, /* 16 */
    SD_FMT = 0x12,   /* 16 */
    SD_BDPL = 0x18,  /* 32 */
    SD_BDPU = 0x1C,  /* 32 */
};

#define SD_CTL_RESET 0x01u
#define SD_CTL_RUN 0x02u
#define SD_CTL_COMPLETION 0x04u /* interrupt on completion */
#define SD_TAG_OUTPUT 0x08u     /* direction of a bidirectional descriptor */
#define SD_STS_ALL 0x1Cu
#define SD_STS_COMPLETION 0x04u

/* ---- verbs -------------------------------------------------------------------------------------------- */

/* 12 bits of verb and 8 of payload, or 4 and 16. */
#define VERB_PARAMETER(id) (0xF0000u | (id))
#define VERB_CONNECTION(index) (0xF0200u | (index))
#define VERB_GET_POWER 0xF0500u
#define VERB_CONFIG 0xF1C00u
#define VERB_SELECT(index) (0x70100u | (index))
#define VERB_POWER(state) (0x70500u | (state))
#define VERB_STREAM(tag) (0x70600u | (tag) << 4)
#define VERB_PIN(control) (0x70700u | (control))
#define VERB_EAPD(value) (0x70C00u | (value))
#define VERB_FORMAT(format) (0x20000u | (format))
#define VERB_AMP(payload) (0x30000u | (payload))

#define AMP_OUTPUT 0x8000u
#define AMP_INPUT 0x4000u
#define AMP_LEFT 0x2000u
#define AMP_RIGHT 0x1000u
#define AMP_MUTE 0x0080u

#define PIN_HEADPHONE 0x80u
#define PIN_OUT 0x40u
#define PIN_IN 0x20u
#define PIN_VREF_80 0x04u
#define EAPD_ON 0x02u

enum { /* parameters */
    PARAMETER_VENDOR = 0x00,
    PARAMETER_NODES = 0x04,
    PARAMETER_GROUP_TYPE = 0x05,
    PARAMETER_GROUP = 0x08,
    PARAMETER_WIDGET = 0x09,
    PARAMETER_PCM = 0x0A,
    PARAMETER_STREAMS = 0x0B,
    PARAMETER_PIN = 0x0C,
    PARAMETER_AMP_IN = 0x0D,
    PARAMETER_CONNECTIONS = 0x0E,
    PARAMETER_AMP_OUT = 0x12,
};

enum { GROUP_AUDIO = 1 };
enum { WIDGET_DAC = 0, WIDGET_ADC = 1, WIDGET_MIXER = 2, WIDGET_SELECTOR = 3, WIDGET_PIN = 4 };

#define WIDGET_TYPE(caps) ((caps) >> 20 & 0xF)
#define WIDGET_CHANNELS(caps) (((caps) >> 12 & 0xE) + ((caps) & 1) + 1)
#define WIDGET_STEREO 0x001u
#define WIDGET_AMP_IN 0x002u
#define WIDGET_AMP_OUT 0x004u
#define WIDGET_OWN_AMP 0x008u
#define WIDGET_OWN_FORMAT 0x010u
#define WIDGET_CONNECTED 0x100u
#define WIDGET_DIGITAL 0x200u
#define WIDGET_POWER 0x400u

#define PINCAP_OUT 0x00000010u
#define PINCAP_IN 0x00000020u
#define PINCAP_HEADPHONE 0x00000008u
#define PINCAP_VREF_80 0x00001000u
#define PINCAP_EAPD 0x00010000u

#define CONFIG_CONNECTIVITY(config) ((config) >> 30)
#define CONFIG_DEVICE(config) ((config) >> 20 & 0xF)
#define CONFIG_ASSOCIATION(config) ((config) >> 4 & 0xF)
#define CONFIG_SEQUENCE(config) ((config) & 0xF)
enum { CONNECTIVITY_NONE = 1 };
enum {
    DEVICE_LINE_OUT = 0,
    DEVICE_SPEAKER = 1,
    DEVICE_HEADPHONE = 2,
    DEVICE_LINE_IN = 8,
    DEVICE_MICROPHONE = 0xA,
};

#define AMP_OFFSET(amp) ((amp) & 0x7F)
#define AMP_STEPS(amp) ((amp) >> 8 & 0x7F)
#define AMP_STEP_SIZE(amp) (((amp) >> 16 & 0x7F) + 1) /* quarters of a decibel */
#define AMP_CAN_MUTE(amp) ((amp) >> 31)

#define PCM_16 0x00020000u
#define PCM_20 0x00040000u
#define PCM_24 0x00080000u
#define PCM_32 0x00100000u
#define STREAM_PCM 0x00000001u

#endif
