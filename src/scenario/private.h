// SPDX-License-Identifier: MIT
//
// A parsed scenario, between the files of this folder. Texts point into the scenario's copy of its file.
#ifndef PORTSIDE_SCENARIO_PRIVATE_H
#define PORTSIDE_SCENARIO_PRIVATE_H

#include "scenario/scenario.h"

#include "host/stream.h"

enum {
    MOST_TEXT = 64 << 10,
    MOST_STEPS = 1024,
    MOST_THREADS = 8,
    MOST_SWEEPS = 4,
    MOST_VALUES = 64,   // words of one sweep
    MOST_LOOPS = 4,     // nested
    MOST_ARGUMENTS = 4,
    MOST_SIGNALS = 16,
    MOST_STREAMS = 16,
    MOST_IN_FLIGHT = 16, // packets of a stream
    MOST_VARIANTS = 10000,
};

// ---- values ------------------------------------------------------------------------------------------

enum value_kind {
    VALUE_NUMBER,
    VALUE_TIME,   // "10ms": ns
    VALUE_SIZE,   // bytes, or a time (negative ns)
    VALUE_CHOICE, // one of `words`: its index
};

struct value_rule {
    enum value_kind kind;
    int64_t low, high; // inclusive
    const char *words; // "stop acquire pause run"
};

// False if `text` is no such value.
bool value_convert(const struct value_rule *rule, const char *text, int64_t *out);
// A decimal number of at most 18 digits.
bool value_number(const char *text, int64_t *out);

// ---- steps -------------------------------------------------------------------------------------------

struct actor;

// One word of the language. A status, as an NT call would give it.
struct word {
    const char *name;
    NTSTATUS (*run)(struct actor *actor, const int64_t *values, unsigned count);
    uint8_t least, most; // arguments
    bool packets; // it holds the stream's packets while it runs
    bool opens;   // no rule is broken yet when it fails: the scenario has not begun
    struct value_rule rules[MOST_ARGUMENTS];
};
const struct word *word_find(const char *name);

enum variable_kind { VARIABLE_NONE, VARIABLE_SWEEP, VARIABLE_LOOP, VARIABLE_STREAMS };

struct argument {
    enum variable_kind variable;
    unsigned index;   // which sweep or loop
    const char *text; // VARIABLE_NONE
};

enum step_kind { STEP_WORD, STEP_FOR, STEP_END, STEP_SIGNAL, STEP_AWAIT, STEP_AT, STEP_MARK, STEP_JOIN };
enum expectation {
    EXPECT_SUCCESS,
    EXPECT_ANYTHING,
    EXPECT_OR_END, // it may fail; the thread ends there then
    EXPECT_ERROR,
    EXPECT_STATUS,
};

struct step {
    enum step_kind kind;
    enum expectation expectation;
    NTSTATUS status;         // EXPECT_STATUS
    const struct word *word; // STEP_WORD
    unsigned line;
    unsigned index;          // loop or signal
    unsigned jump;           // FOR: the step behind its END; END: its FOR
    unsigned count;
    struct argument arguments[MOST_ARGUMENTS]; // FOR: from, to
};

struct sweep {
    const char *name;
    bool range;
    int64_t from;
    unsigned count;
    const char *values[MOST_VALUES];
    char (*numbers)[20]; // a range's texts
};

struct script {
    const char *name;
    unsigned first, end; // steps
};

enum at_kind { AT_NONE, AT_POINTS, AT_CALLS };

enum need {
    NEED_WAVEPCI = 1 << 0,
    NEED_WAVERT = 1 << 1,
    NEED_RENDER = 1 << 2,
    NEED_CAPTURE = 1 << 3,
    NEED_LOOP = 1 << 4,
    NEED_NOTIFICATION = 1 << 5,
    NEED_PACKETS = 1 << 6,
    NEED_VOLUME = 1 << 7,
    NEED_WAVECYCLIC = 1 << 8,
    NEED_QUEUED = 1 << 9,
};

struct scenario {
    char name[48];
    char *text;
    const char *title;
    const char *rule; // of the findings of its expectations
    enum scenario_start start;
    unsigned needs;         // enum need
    unsigned needs_streams; // 0: any number
    int64_t limit;          // virtual ns
    enum at_kind at;
    struct sweep sweeps[MOST_SWEEPS];
    unsigned sweep_count;
    struct script scripts[MOST_THREADS];
    unsigned script_count;
    const char *signals[MOST_SIGNALS];
    unsigned signal_count;
    struct step *steps;
    unsigned step_count;
};

// variant.c: the value that sweep `index` has in a variant.
const char *variant_value(const struct scenario *scenario, uint64_t variant, unsigned index);
uint64_t variant_at(const struct scenario *scenario, uint64_t variant);

#endif
