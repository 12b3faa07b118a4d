// SPDX-License-Identifier: MIT
//
// Scenarios: scripted lives of a driver, one file each (docs/scenarios.md has the language). A file is
// parsed once; it may be run any number of times, in one variant after the other. What a run does is
// decided by the scenario, its variant, the conditions and the system's chooser alone.
#ifndef PORTSIDE_SCENARIO_SCENARIO_H
#define PORTSIDE_SCENARIO_SCENARIO_H

#include <portside/driver.h>

struct scenario;

struct scenario_error {
    char text[320]; // one line: "FILE:LINE: what"
};

// Parses one file; its stem is the scenario's name. 0; -EINVAL with a line in `error`; the errno of
// opening and reading; -ENOMEM. The file may be hostile.
int scenario_load(const char *path, struct scenario **out, struct scenario_error *error);
// The same of `bytes` of text that is already here; `path` is for the name and the messages.
int scenario_parse(const char *path, const char *text, size_t bytes, struct scenario **out,
                   struct scenario_error *error);
void scenario_free(struct scenario *scenario);

const char *scenario_name(const struct scenario *scenario);
const char *scenario_title(const struct scenario *scenario);

// Where it begins: the driver is loaded and its device not started, or it is started.
enum scenario_start { SCENARIO_LOADED, SCENARIO_STARTED };
enum scenario_start scenario_start(const struct scenario *scenario);

// ---- what it needs of a driver -----------------------------------------------------------------------

struct scenario_traits {
    bool wavepci, wavecyclic, wavert; // the streaming filters' port
    bool queued;                  // pins take packets
    bool render, capture, loop;
    bool notification, packets;   // WaveRT: events; packet mode
    bool volume;                  // a filter has a volume node
    unsigned render_streams, capture_streams; // open at a time, at most 16
};

// Looks at a started driver, with a few opens and closes. 0 or negative errno as host calls return.
int scenario_traits_get(struct ps_driver *driver, struct scenario_traits *out);

// `why` becomes the first need that is not met, or NULL.
bool scenario_fits(const struct scenario *scenario, const struct scenario_traits *traits,
                   const char **why);

// ---- variants ----------------------------------------------------------------------------------------

// Sweeps multiply: variants 0 .. scenario_variants() - 1 are every point of them once. A scenario with an
// "at" sweep goes on after that: with n = scenario_variants(), variant v is point v % n, and its action comes
// at the (v / n + 1)-th place; where a run with some v says "not reached", v + n is not reached either.
unsigned scenario_variants(const struct scenario *scenario);
bool scenario_sweeps_at(const struct scenario *scenario);
// "packet=1 at=137"; its length as snprintf. Empty without sweeps.
int scenario_variant_text(const struct scenario *scenario, uint64_t variant, char *text,
                          size_t size);

// ---- running -----------------------------------------------------------------------------------------

struct scenario_conditions {
    // Something is made to fail (allocations, interrupts, the device): legal steps may fail and sound may
    // be missing; judged is only what must hold all the same.
    bool faulted;
};

struct scenario_outcome {
    bool reached;        // the swept place was reached; true without an "at" sweep
    unsigned unexpected; // steps that did not end as the script says; each is a finding, too
    uint64_t steps;      // done
    uint64_t virtual_ns; // it took
};

// On the host's stack, with the driver in the state that scenario_start names. Makes the script's threads, runs
// until all have ended, closes what is open, removes the device and calls DriverUnload with its leak
// checks. The image stays mapped: after it only a restore, findings and the system's end are legal.
// 0; -EFAULT: the system halted, the finding is in its journal (a scenario that comes to no end is
// one, too); -ENOMEM; -EPERM. `conditions` NULL: none.
int scenario_run(const struct scenario *scenario, uint64_t variant,
                 const struct scenario_conditions *conditions, struct ps_driver *driver,
                 struct scenario_outcome *outcome);

#endif
