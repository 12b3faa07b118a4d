/* SPDX-License-Identifier: MIT */
/*
 * Verifying a driver: scenarios in many orders and with injected faults; which rules were broken, by whom, and a
 * token for each that brings it back.
 *
 * The driver runs in worker processes that fork from the caller; no system of the caller's is used, and the
 * caller should have no other threads. Functions return 0 or a negative errno with a line in
 * ps_error_text().
 */
#ifndef PORTSIDE_VERIFY_H
#define PORTSIDE_VERIFY_H

#include <portside/system.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ps_verify;

struct ps_verify_progress {
    uint64_t done, planned;      /* schedules; planned 0: not known yet */
    unsigned findings;
    const char *scenario;        /* of the latest */
};

struct ps_verify_options {
    const char *driver;          /* a built-in name, or a path with a slash */
    const char *device;          /* a model's name; NULL or "auto": the one that fits the driver */
    struct ps_options system;    /* its seed decides the schedules, too; `schedule` is not used */
    const char *const *policies; /* "NAME=VALUE" */
    unsigned policy_count;
    const char *const *rules;    /* "ID=stop", "ID=report", "ID=remark", "ID=off" */
    unsigned rule_count;
    const char *const *scenarios; /* names, or paths with a slash; none: all that fit */
    unsigned scenario_count;
    uint64_t schedules;          /* how many; 0: 10000, or no limit if there are `seconds`. Every point of every
                                    sweep is run all the same, but 1 is each scenario once, with no sweep
                                    and no fault */
    double seconds;              /* wall clock; 0: no limit */
    unsigned jobs;               /* worker processes; 0: one for each processor. Changes no result */
    bool guard;                  /* pool blocks end at inaccessible pages; a replay tries that first anyway */
    unsigned shard, shards;      /* run part `shard` (from 1) of `shards`; 0, 0: everything */
    /* Called now and then; true ends the campaign with what it has. May be NULL. */
    bool (*progress)(void *context, const struct ps_verify_progress *progress);
    void *context;
};

/* Runs a campaign. -ENOENT, -ENOEXEC, -EIO: the driver cannot be loaded or started; -EINVAL: an option. */
PS_API int ps_verify_run(const struct ps_verify_options *options, struct ps_verify **out);

/* Runs nothing but the boot: ps_verify_scenario then tells the scenarios and which of them the driver is fit for.
 * As ps_verify_run. */
PS_API int ps_verify_list(const struct ps_verify_options *options, struct ps_verify **out);

/* Runs the one schedule of a token, in this process. -EINVAL: no token; -ESTALE: a token of another driver, scenario
 * or version. Of the options, driver and scenarios count (a scenario of your own must be named). The trace
 * goes to `trace`, which stays the caller's; may be NULL. */
PS_API int ps_verify_replay(const struct ps_verify_options *options, const char *token, FILE *trace,
                            struct ps_verify **out);

PS_API void ps_verify_free(struct ps_verify *verify);

/* ---- what came out of it ---- */

struct ps_verify_totals {
    unsigned scenarios;          /* that were run */
    uint64_t schedules;
    unsigned findings, rules;    /* different ones; rules that they broke */
    unsigned remarks;            /* what is a warning by its rule; not among the findings */
    bool ours;                   /* one is a fault of Portside */
    bool cut_short;              /* by time or progress */
    uint64_t planned;            /* schedules that would have been run; 0: without limit */
    uint64_t sites, sites_failed; /* places that allocate; those that were made to fail */
    double seconds;
};
PS_API void ps_verify_totals(const struct ps_verify *verify, struct ps_verify_totals *out);

struct ps_verify_scenario {
    const char *name, *title;
    const char *unfit;           /* why it was not run, or NULL */
    uint64_t schedules;
    bool swept;                  /* every point of its sweeps was run */
    uint64_t sites, sites_failed;
};
/* In order; -ERANGE behind the last. */
PS_API int ps_verify_scenario(const struct ps_verify *verify, unsigned index,
                              struct ps_verify_scenario *out);

struct ps_verify_finding {
    struct ps_finding finding;   /* its first occurrence */
    const char *rules;           /* with the verifier's rule for it: "WP-45 / VF-2" */
    const char *scenario;
    uint64_t schedule;           /* of that scenario, from 1; 0: a replay */
    uint64_t times;              /* schedules that had it */
    const char *token;
    const char *stack;           /* the driver's frames, innermost first, a line each */
    bool exact;                  /* the token brought it back */
};
/* Findings and remarks, in order of scenarios and schedules; -ERANGE. Valid until ps_verify_free. */
PS_API int ps_verify_finding(const struct ps_verify *verify, unsigned index,
                             struct ps_verify_finding *out);

/* Called for each finding that counts, on the stack that raised it: a place for a debugger's breakpoint. */
PS_API void ps_verify_finding_here(const char *rule, const char *text);

#ifdef __cplusplus
}
#endif

#endif
