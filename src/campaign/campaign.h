// SPDX-License-Identifier: MIT
//
// A campaign: many schedules of many scenarios, each begun from a snapshot of one booted system.
//
// The parent decides what is run (plan.c), worker processes run it (stage.c, worker.c), results come back
// through sockets (pool.c) and are merged by place, never by time (report.c): --jobs changes nothing. Findings are
// then shrunk (shrink.c) and become tokens (token.c).
#ifndef PORTSIDE_CAMPAIGN_CAMPAIGN_H
#define PORTSIDE_CAMPAIGN_CAMPAIGN_H

#include <portside/portside.h>

#include "campaign/fault.h"
#include "campaign/token.h"
#include "host/host.h"
#include "scenario/scenario.h"
#include "verifier/rules.h"

// ---- what can be run ---------------------------------------------------------------------------------

struct script_outcome {
    bool reached; // the swept place came
};

// A scenario as the engine sees it.
struct script {
    const char *name, *title;
    void *context;
    bool loaded;        // begins before the device is started
    bool open;          // variants go on until a run says that it was not reached
    unsigned variants;  // points of the sweeps that have an end, at least 1
    uint32_t hash;      // of the user's own file; 0: Portside's
    char unfit[120];    // why it cannot be run with this driver; "": it can
    // As scenario_run.
    int (*run)(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
               struct script_outcome *outcome);
    // As scenario_traits_get, of a started driver: once for all scripts that want it. NULL: it suits every driver.
    int (*look)(struct ps_driver *driver, struct scenario_traits *out);
    // As scenario_fits.
    bool (*fits)(void *context, const struct scenario_traits *traits, const char **why);
    void (*destroy)(void *context);
};

struct scripts {
    struct script *items;
    unsigned count;
};

// The name under which findings of DriverEntry, AddDevice and start are kept: script 0 is the boot itself.
#define SCRIPT_BOOT "boot"

// ---- one run -----------------------------------------------------------------------------------------

// Series of schedules of one script, in the order in which they count.
enum series {
    SERIES_SWEEP,     // every variant, round-robin
    SERIES_FAIL_ONCE, // every allocation
    SERIES_FAIL_ALL,  // every allocation and all after it
    SERIES_TICK,      // coarse clocks
    SERIES_INTERRUPT, // every interrupt: spurious, late, merged, lost
    SERIES_GONE,      // the device goes at ever more register accesses
    SERIES_EXPLORE,   // other orders
    SERIES_COUNT
};

enum strategy { STRATEGY_ROUND_ROBIN, STRATEGY_DELAY, STRATEGY_PCT, STRATEGY_SEEDED, STRATEGY_STALL,
                STRATEGY_HOLD, STRATEGY_FROST };

struct schedule {
    uint32_t script;
    enum series series;
    uint64_t index;     // in its series, from 0
    uint64_t variant;
    struct fault fault;
    enum strategy strategy;
    uint32_t depth;     // deviations, stalls, or PCT's
    uint64_t seed, points;
};

struct chooser *schedule_chooser(const struct schedule *schedule);

// A finding on its way between processes.
struct seen {
    char rule[24];
    uint8_t side, irql, processor;
    bool remark; // a warning: no run has failed for it
    uint32_t code, repeats;
    uint64_t parameters[4], time;
    char thread[24];
    char where[160]; // "stream.c:412 in service"
    char lock[160];  // where the lock that is held was taken, or ""
    char text[800];
    char stack[1600]; // the driver's frames, a line each
};
// Rule, side, call site, and whether it is a remark.
bool seen_same(const struct seen *a, const struct seen *b);

enum { MOST_SEEN = 8 }; // findings kept of one run

struct outcome {
    bool reached;  // the swept place, or the fault's
    bool broken;   // the driver faulted: this process is no longer to be trusted
    char lost[200]; // why the machine was no more; "": it was there
    uint32_t script;
    uint32_t series;
    uint64_t index;
    uint64_t points;      // choices that were made
    uint64_t allocations; // sites reached
    uint32_t count;
    struct seen seen[MOST_SEEN];
};
#define OUTCOME_HEAD offsetof(struct outcome, seen)

// Findings of a run that are no remarks.
static inline uint32_t outcome_failures(const struct outcome *outcome)
{
    uint32_t failures = 0;

    for (uint32_t i = 0; i < outcome->count; i++)
        failures += !outcome->seen[i].remark;
    return failures;
}

// ---- the stage: a booted system and its snapshots (stage.c) ------------------------------------------

struct stage {
    struct ps_system *system;
    struct ps_driver *driver;
    struct ps_snapshot *loaded, *started; // NULL: it did not come so far
    const char *path;
    const struct token *setting; // NULL: the machine can be put back; else each run boots anew with these
    struct rule_changes rules;
    bool real;          // time is
    bool faulted;       // the run has an injected fault
    FILE *trace;        // of the next run, or NULL
    struct outcome boot; // its findings
    bool looked;         // at what the driver offers
    int unseen;          // why that could not be done, or 0
    struct scenario_traits traits;
    int error;          // of the boot, with `why`
    char why[400];
};

// Whether a machine's state cannot be put back, so that each run needs one of its own.
bool setting_is_fresh(const struct token *setting);

// Boots `path` as `setting` (device, system, policies, rules) says. 0, also if the boot failed with findings; else
// a negative errno with a line in stage->why.
// `trace`: of the boot and all after it, until ps_trace_stop; may be NULL.
int stage_build(struct stage *stage, const char *path, const struct token *setting, FILE *trace);
void stage_destroy(struct stage *stage);
// One run; `chooser` stays the caller's.
void stage_run(struct stage *stage, const struct script *script, const struct schedule *schedule,
               struct chooser *chooser, struct outcome *out);
// False: the script cannot begin, because the boot did not come so far.
bool stage_can_run(const struct stage *stage, const struct script *script);
// Whether the script is for this driver, which is looked at for that, the first time: what it does wrong then goes
// into stage->boot. Before the first run. NULL, or why not (a constant).
const char *stage_survey(struct stage *stage, const struct script *script);

// ---- the whole (verify.c) ----------------------------------------------------------------------------

// ps_verify_run and ps_verify_replay with scripts from anywhere. Takes over `scripts`, of which the first is
// the boot's, also after a failure.
int campaign_run(const struct ps_verify_options *options, struct scripts *scripts,
                 struct ps_verify **out);
// Only what fits.
int campaign_survey(const struct ps_verify_options *options, struct scripts *scripts,
                    struct ps_verify **out);
int campaign_replay(const struct ps_verify_options *options, const char *token,
                    struct scripts *scripts, FILE *trace, struct ps_verify **out);

// An empty list but for the boot's script; scripts_add keeps them in order. 0 or -ENOMEM.
int scripts_create(struct scripts *out);
int scripts_add(struct scripts *scripts, const struct script *script);
void scripts_destroy(struct scripts *scripts);

// ---- recording and shrinking (shrink.c) --------------------------------------------------------------

struct record {
    struct chooser_deviation *choices; // on the heap
    size_t count;
    struct seen seen;                  // the finding in its last run
    unsigned runs;
};

// Runs the schedule and keeps its choices; false if the finding did not come back.
bool record_schedule(struct stage *stage, const struct script *script,
                     const struct schedule *schedule, const struct seen *wanted,
                     struct record *out);
// Takes choices away as long as the same finding comes.
void record_shrink(struct stage *stage, const struct script *script,
                   const struct schedule *schedule, struct record *record);
void record_clear(struct record *record);

#endif
