// SPDX-License-Identifier: MIT
//
// Who decides what happens next. At a scheduling point with more than one possible continuation the
// scheduler lists them in a canonical order and asks its chooser for an index. A chooser sees kinds,
// levels and object numbers, nothing else, so a list of indexes replays a run in another process.
//
// A chooser may also freeze a processor for a while of virtual time, as a host does that takes its virtual processor away:
// then it answers chooser_freeze(), and is asked again about what is left.
//
// Choosers live outside the arena: a restore does not rewind them.
#ifndef PORTSIDE_SCHED_CHOOSER_H
#define PORTSIDE_SCHED_CHOOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum choice_kind {
    CHOICE_STEP,      // let processor go on with what it does
    CHOICE_INTERRUPT, // deliver interrupt `object` to processor
    CHOICE_DISPATCH,  // run thread `object` on processor (its IRQL < 2)
    CHOICE_DEADLINE,  // fire due timer or device tick `object`
};

// What of a processor would go on; a DPC also if it is yet to begin.
enum choice_level { LEVEL_THREAD, LEVEL_DPC, LEVEL_ISR };

struct choice {
    uint8_t kind;
    uint8_t processor;
    uint8_t level; // of CHOICE_STEP
    uint8_t reserved;
    uint32_t object; // creation number; 0 for CHOICE_STEP
};

enum {
    CHOOSER_FREEZES = 0x100, // answers from here on freeze
    FREEZE_POWERS = 32,
    FREEZE_SHORTEST = 250,   // ns
};

// The answer that processor `processor` does nothing, whatever comes, for FREEZE_SHORTEST << power ns.
static inline unsigned chooser_freeze(unsigned processor, unsigned power)
{
    return CHOOSER_FREEZES + processor * FREEZE_POWERS + power;
}

struct chooser;

struct chooser_ops {
    // Returns an index below `count` (>= 1), or chooser_freeze(). `fallback` is what round-robin would take.
    unsigned (*choose)(struct chooser *chooser, const struct choice *choices, unsigned count,
                       unsigned fallback);
    void (*destroy)(struct chooser *chooser);
    // True if the scheduler may go on with the running processor without asking while no interrupt,
    // deadline or time slice is due (round-robin; playing at speed). False: asked at every point.
    bool lazy;
    // Asked even where one thing alone can happen: it freezes processors.
    bool alone;
};

struct chooser {
    const struct chooser_ops *ops;
};

// Round-robin: fixed order, time slices of virtual time. For playing.
struct chooser *chooser_round_robin(void);

// Every choice uniformly from `seed`.
struct chooser *chooser_seeded(uint64_t seed);

// Round-robin but for `deviations` points drawn from the first `points`, where something else is taken.
struct chooser *chooser_delay(uint64_t seed, uint64_t points, unsigned deviations);

// PCT: the highest of random priorities goes first (of processors or the threads they run, interrupts,
// deadlines); at depth - 1 points drawn from the first `points` the highest becomes the lowest. Whoever wins
// or keeps hardware waiting for long loses its turn, so polling loops end.
struct chooser *chooser_pct(uint64_t seed, uint64_t points, unsigned depth);

// Round-robin but for `stalls` points drawn from the first `points`: the processor that would go on there stands still
// as long as anything else can happen, for a drawn number of points, a few or thousands.
struct chooser *chooser_stall(uint64_t seed, uint64_t points, unsigned stalls);

// As chooser_stall, but what stands still are DPCs and ISRs: one of them in 1 to 64 (drawn for the run), somewhere
// between its beginning and its end, while the threads of other processors go on. What uses a timer's, a stream's or a
// device's memory after a thread has freed it, shows so.
struct chooser *chooser_hold(uint64_t seed);

// As chooser_hold, but they are frozen for up to 8 ms of virtual time: also while everybody else waits for time to
// pass, as a thread does that sends a command to its device before it frees a stream.
struct chooser *chooser_frost(uint64_t seed);

// Replays the choices of `script` (deviations from the fallback: point number and index), then the
// fallback. `diverged` becomes true when a scripted index does not exist. If one of them freezes, calls with one choice count.
struct chooser_deviation {
    uint64_t point; // counts calls of choose, from 0
    uint32_t index;
};
struct chooser *chooser_recorded(const struct chooser_deviation *script, size_t count);
bool chooser_diverged(const struct chooser *chooser);

// Records what `inner` chooses as deviations from the fallback. Owns `inner`.
struct chooser *chooser_recording(struct chooser *inner);
const struct chooser_deviation *chooser_recording_get(const struct chooser *chooser, size_t *count);
uint64_t chooser_recording_points(const struct chooser *chooser); // choices made so far

// Exhaustive depth-first search: runs of at most `depth` choice points (beyond: the fallback), at
// most `deviations` choices other than the fallback per run. Call next after each run (the system
// restored); false when the tree is exhausted.
struct chooser *chooser_exhaustive(unsigned depth, unsigned deviations);
bool chooser_exhaustive_next(struct chooser *chooser);

static inline void chooser_destroy(struct chooser *chooser)
{
    if (chooser)
        chooser->ops->destroy(chooser);
}

#endif
