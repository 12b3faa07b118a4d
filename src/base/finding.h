// SPDX-License-Identifier: MIT
//
// Findings: a rule was broken, by whom, where. Every layer reports through here; the verifier decides
// what a finding does (stop the system, report and go on, be silent). The journal that keeps them
// lives outside the arena.
#ifndef PORTSIDE_BASE_FINDING_H
#define PORTSIDE_BASE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ps_system;

enum finding_side {
    SIDE_DRIVER,
    SIDE_CLIENT,
    SIDE_DEVICE,
    SIDE_PORT, // ours: "please report"
};

enum { FINDING_STACK = 24 };

enum finding_mode {
    FINDING_STOP,   // halt the system (design: "a stop halts the system, never the process")
    FINDING_REPORT, // keep it and go on as the rule says
    FINDING_REMARK, // the same, and no run has failed for it
    FINDING_OFF,
};

struct finding {
    char rule[16];        // "WP-45", "VF-31", "DEADLOCK" ...
    enum finding_side side;
    bool remark;          // its rule calls it a warning: FINDING_REMARK unless somebody wants more or less
    uint32_t code;        // Windows' bug-check code, or 0
    uint64_t parameters[4];
    const void *caller;   // return address in the guilty code, or NULL
    uint64_t time;        // virtual ns
    uint8_t irql;
    uint8_t processor;
    char thread[24];
    char text[400];       // one line, names objects by number
    const void *lock;     // where the processor took the spin lock it has taken last and still owns, or NULL
    uint8_t depth;        // frames in `stack`
    const void *stack[FINDING_STACK]; // return addresses, innermost first, of the fiber that ran
    bool own;             // what a thread did itself, not an ISR, a DPC or a deadline on its stack, came to it
    uint32_t repeats;     // further occurrences with the same rule, side and caller
    char place[160];      // where `caller` is, noted before its image went; "": not noted
    char *frames;         // and a line for each of `stack`, empty where it is no driver's; the journal's; NULL: not noted
};

struct journal;

// Where findings go; `decide` may be NULL (then: FINDING_REPORT). Outside the arena.
struct journal *journal_create(void);
void journal_destroy(struct journal *journal);
void journal_set_policy(struct journal *journal, void *context,
                        enum finding_mode (*decide)(void *context, const struct finding *finding));
size_t journal_count(const struct journal *journal);
const struct finding *journal_get(const struct journal *journal, size_t index);
// Notes where finding `index` was, and its call stack: its image is about to go.
void journal_place(struct journal *journal, size_t index, const char *text, const char *frames);
void journal_clear(struct journal *journal);
// Reserves the memory for the next finding, so that one can be raised from a signal handler. Called
// before each run; findings that found no memory are counted in journal_lost.
void journal_prepare(struct journal *journal);
size_t journal_lost(const struct journal *journal);

// Reports a finding of the current system; fills in time, IRQL, processor and thread from the
// scheduler. Does not return if the mode is FINDING_STOP and a fiber of the system is running.
// Any IRQL. `caller` is the guilty code's return address.
__attribute__((format(printf, 5, 6))) void finding_raise(struct ps_system *system, const char *rule,
                                                         enum finding_side side, const void *caller,
                                                         const char *format, ...);

// Whether a finding of `rule` against the driver would be kept: for a rule that is off unless somebody asks for it,
// before anything is looked at. False as long as nobody has set a policy.
bool finding_asked_for(struct ps_system *system, const char *rule);

// The same as finding_raise with a bug-check code and its four parameters.
__attribute__((format(printf, 7, 8))) void
finding_raise_code(struct ps_system *system, const char *rule, enum finding_side side,
                   const void *caller, uint32_t code, const uint64_t parameters[4],
                   const char *format, ...);

// The same for what its rule calls a warning.
__attribute__((format(printf, 7, 8))) void
finding_remark(struct ps_system *system, const char *rule, enum finding_side side, const void *caller,
               uint32_t code, const uint64_t parameters[4], const char *format, ...);

// As finding_raise, but always halts. For what no system can survive (faults, deadlocks, bug checks). From
// the host's own stack there is nobody to return to: prints the finding and aborts the process.
__attribute__((format(printf, 7, 8))) _Noreturn void
finding_stop(struct ps_system *system, const char *rule, enum finding_side side,
             const void *caller, uint32_t code, const uint64_t parameters[4], const char *format,
             ...);

// Set once by the scheduler: freezes the system and switches to its host; returns only if no fiber
// of the system is running. Keeps base free of upward includes.
// A cold path of an ms_abi function that must not save xmm6-15 calls these through an ms_abi wrapper.
struct finding_runtime {
    void (*stamp)(struct ps_system *system, struct finding *finding);
    void (*halt)(struct ps_system *system);
};
extern struct finding_runtime finding_runtime;

#endif
