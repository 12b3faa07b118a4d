// SPDX-License-Identifier: MIT
//
// The sound of a run, judged without keeping any of it: samples follow a sequence in which each tells the next, so
// what the device fetched, and what a recording client got, must go on where it was. Streams begin at
// different places of the sequence. Called on fibers; findings have the rule SOUND.
#ifndef PORTSIDE_SCENARIO_JUDGE_H
#define PORTSIDE_SCENARIO_JUDGE_H

#include "host/host.h"
#include "port/policy.h"

enum { JUDGE_LINES = 16, JUDGE_GAPS = 32 };

// A stream's part.
struct judged {
    bool on;            // 16-bit samples of one or two channels, and nothing happened that leaves open what must come
    bool bound;         // a line of the device plays it
    bool rate_told;     // that the device runs at another rate
    unsigned rate, channels; // of its format
    uint16_t seed;
    uint16_t given;     // the next sample to submit
    uint16_t seen;      // the next that the device must fetch
    uint64_t given_bytes, seen_bytes; // since the stream began
    unsigned resets;
    bool copies;        // its port copies, and fills gaps with silence (WC-61)
    struct {
        uint64_t at, bytes; // before which of its bytes, and how many are yet to come
    } gaps[JUDGE_GAPS];
    unsigned gap_count;
    uint64_t copied;    // bytes that are where the device can fetch them
    uint64_t early;     // bytes of the next gap that came before it was told
    uint64_t loop;      // the buffer's bytes if it is cyclic, else 0
    uint64_t position, position_at; // the last one read, and seen_bytes when it first was
    unsigned position_reads;        // that gave it again
};

struct judge_line {
    struct judged *stream;
    uint16_t heard;     // the next sample that the device hears
    uint64_t gaps;      // over-runs so far
};

struct run;

// What the device has emitted of what it fetched, since somebody listens (steps_level.c).
struct heard {
    uint64_t frames;
    double sum[2]; // of squares, left and right
};

// How loud it was, and what the volume node said then.
struct loudness {
    LONG set, level[2]; // in 1/65536 dB: what was asked for, what is in force
    double power[2];
};

struct judge {
    struct run *run;
    struct heard heard;
    struct loudness first; // power 0: not yet
    LONG set;
    bool deaf;          // nothing is judged any more: the mixer was told to change the sound
    struct judge_line lines[JUDGE_LINES];
    struct port_listener listener;
};

void judge_begin(struct run *run);
void judge_end(struct run *run);

// The stream begins (opened, or stopped): what comes next is judged anew.
void judge_reset(struct judged *judged, unsigned number, const struct ps_format *format, bool copies);
// Fills a packet that is submitted next.
void judge_fill(struct judged *judged, void *data, size_t bytes);
// A cyclic buffer, filled once.
void judge_loop(struct judged *judged, void *data, size_t bytes);
// From here to the next reset the sound may be anything.
static inline void judge_off(struct judged *judged)
{
    judged->on = false;
}

// A packet came back from a recording pin. Its rate is judged while the device hears.
void judge_recorded(struct run *run, const struct judged *judged, const void *data, size_t bytes);
// A playing stream's position was read in RUN: it goes on while the device fetches.
void judge_position(struct run *run, struct judged *judged, uint64_t play);
// All packets came back in order and the stream stops: all of it must have been fetched.
void judge_complete(struct run *run, const struct judged *judged);

#endif
