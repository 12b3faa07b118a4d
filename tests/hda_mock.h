/* SPDX-License-Identifier: MIT */
/*
 * A bare HD Audio controller for tests of a driver: registers, rings and engines that keep time but move no sound, a
 * codec made of a table, and the habits of parts that a driver must live with. It is no model: it answers at once,
 * and notes what a test wants to see.
 *
 *     hda_mock_reset();
 *     hda_mock.dead_rings = true;                  // before the system boots
 *     fixture_open(&f, &hda_rig_options);
 *
 * Registers are answered at their own offset and width only; anything else is counted in `strange`.
 */
#ifndef PORTSIDE_TESTS_HDA_MOCK_H
#define PORTSIDE_TESTS_HDA_MOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <portside/device.h>

/* What a node answers: to F00 with that parameter; 1Ch: F1C; 80h + i: F02 with i. */
struct mock_answer {
    uint8_t node, parameter;
    uint32_t value;
};
enum { MOCK_CONFIG = 0x1C, MOCK_LIST = 0x80 };

enum { MOCK_VERBS = 256, MOCK_ENGINES = 30 };

struct mock_list_entry {
    uint64_t address;
    uint32_t bytes, interrupt;
};

/* An engine when it was last set running. */
struct mock_engine {
    unsigned runs;
    uint8_t tag;          /* with the direction bit */
    uint16_t format, last;
    uint32_t bytes;
    struct mock_list_entry list[256];
};

extern struct hda_mock {
    /* the controller's habits */
    uint16_t gcap;
    uint16_t payload;         /* words a frame for one stream; 0: does not say (HD-15) */
    uint8_t ring_sizes;       /* the size registers, HD-100 */
    bool dead_rings;          /* commands go in and nothing comes out */
    bool stops_at_count;      /* no command after RINTCNT responses until RINTFL is cleared (HD-110) */
    bool self_clearing;       /* CORBRP's reset bit never reads 1 (HD-102) */
    bool hidden_reset;        /* nor does SRST */
    bool keeps_registers;     /* a stream's reset clears its control and status alone (HD-35) */
    bool dead_word;           /* position words stay 0 (HD-180) */
    unsigned shake;           /* every other look at LPIB shows it so many bytes back (HD-193) */
    bool restarts;            /* RUN begins at 0 again after a pause (HD-69) */
    bool gone;                /* everything reads as ones (HD-188) */
    unsigned early;           /* completions come so many bytes before their time (HD-181) */
    unsigned codec_us;        /* from reset to the codec's report */
    /* the codec */
    unsigned address;
    const struct mock_answer *answers;
    unsigned answer_count;
    bool dumb;                /* it reports and never answers */
    /* what came */
    uint32_t verbs[MOCK_VERBS]; /* those that set something, in order */
    unsigned verb_count, immediates, strange, unsolicited;
    struct mock_engine engines[MOCK_ENGINES];
} hda_mock;

/* The reference codec (HD-170), whole and running. */
void hda_mock_reset(void);
extern const struct ps_device_ops hda_mock_ops;

#endif
