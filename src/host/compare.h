// SPDX-License-Identifier: MIT
//
// What one side gave and what arrived at the other, byte by byte and in order. Play: the client gives, the device
// fetches; record: the device gives, the client takes.
//
// A client of a cyclic buffer may come late. Then there are gaps in the order: bytes that arrived although nobody
// gave them (play), or that nobody took (record). They are left out of the comparison, and each gap is one
// under-run, however long it is and whichever side notices it first.
#ifndef PORTSIDE_HOST_COMPARE_H
#define PORTSIDE_HOST_COMPARE_H

#include "host/level.h"
#include "host/ring.h"

struct compare {
    unsigned frame_bytes;
    bool cyclic;          // the receiver may run ahead of the giver; before the first byte
    bool copied;          // gaps are told by whoever copies in between (compare_gap_at); before the first byte
    struct ring expected; // given and not yet arrived
    struct ring gaps;     // of struct compare_gap, in order
    uint64_t given, arrived; // bytes without gaps
    uint64_t early;       // bytes that arrived before the giver came: the beginning of the next gap
    bool noted;           // that gap was counted before the first of them (compare_filled)
    uint64_t silence;     // zeros that may still arrive behind the end
    uint64_t underruns, zeros_after; // gaps; frames
    uint64_t in_gaps, first_gap; // bytes that arrived though nobody gave them; how many had arrived before the first of them
    uint64_t passed_on;   // copied: bytes given that could have arrived; recording: all
    uint64_t told_at;     // of the gap told last, and whether there was one
    bool told;
    bool finished;        // nothing more will be given
    bool lost;            // a gap behind the end: the rest means nothing
    bool words;           // they are 16-bit samples; before the first byte
    struct level level;   // of those, from the first difference on
    bool differs;
    uint64_t first_difference; // frame
    const char *difference;
};

void compare_free(struct compare *compare);

// False: no memory.
bool compare_give(struct compare *compare, const void *bytes, size_t count);
// The giver leaves out `count` bytes of the order (play). False: no memory.
bool compare_skip(struct compare *compare, uint64_t count);
// The taker leaves out `count` bytes that were given (record).
void compare_drop(struct compare *compare, uint64_t count);
// Whoever copies in between left out `count` bytes behind the first `at`: something else arrives instead (play), or they
// never do (`lost`, record). Told of one place again it has grown. False: no memory.
bool compare_gap_at(struct compare *compare, uint64_t at, uint64_t count, bool lost);
void compare_arrive(struct compare *compare, const unsigned char *bytes, size_t count);

// The frame that should arrive next; false: none was given, or a gap comes first.
bool compare_next(const struct compare *compare, uint64_t ahead, const unsigned char **frame);

// Nothing that was given can arrive next: a gap is under way, or begins here.
bool compare_in_gap(const struct compare *compare);
// The receiver got something else for a while, which is not in the order: one under-run, also where a gap is.
void compare_filled(struct compare *compare);
// `count` bytes that nobody gave arrived.
void compare_heard(struct compare *compare, uint64_t count);

// Nothing more is given. Zeros may follow: as many as compare_silence says if the buffer is cyclic, any number
// otherwise.
void compare_finish(struct compare *compare);
void compare_silence(struct compare *compare, uint64_t count);

// How it differs: `difference`, or that it is the same at another level, which stands in `text`.
const char *compare_describe(const struct compare *compare, char *text, size_t size);

// Notes a first difference at the byte that comes next.
void compare_differ(struct compare *compare, const char *how);

#endif
