// SPDX-License-Identifier: MIT
//
// The trace: what happened when, in virtual time, as Chrome trace JSON (opens in the Perfetto UI).
// Events name objects by kind and creation number, so the same run gives the same bytes in any
// process. Belongs to the journal (outside the arena); costs one predicted branch while off.
#ifndef PORTSIDE_BASE_TRACE_H
#define PORTSIDE_BASE_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/hooks.h"
#include "base/system.h"

// Starts writing to `file` (kept open by the caller until trace_close). 0 or negative errno.
int trace_open(struct ps_system *system, FILE *file);
// Finishes the JSON. 0, or the negative errno of the first failed write.
int trace_close(struct ps_system *system);

// How a journal begins, so that asking costs no call.
struct journal_head {
    bool tracing;
};

static inline bool trace_enabled(const struct ps_system *system)
{
    const struct journal_head *head = (const struct journal_head *)system->journal;

    return __builtin_expect(head != 0, 1) && head->tracing;
}

// A row of the picture: a group ("processors", "threads") and a member of it. Supplied by the scheduler.
struct trace_row {
    uint64_t time; // virtual ns
    const char *group_name, *name;
    uint32_t group, number;
};
struct trace_runtime {
    void (*row)(struct ps_system *system, struct trace_row *row); // what runs now
};
extern struct trace_runtime trace_runtime;

// An instant event or the begin/end ('i', 'B', 'E') of a span on the row of what runs now: a thread, or a
// processor for its DPCs and ISRs, so that spans nest wherever a thread is moved to.
// `name` and the argument names are static strings; at most three numeric arguments.
struct trace_argument {
    const char *name;
    uint64_t value;
};
HOOK_ABI void trace_event(struct ps_system *system, char phase, const char *name, unsigned count,
                          const struct trace_argument *arguments);
// The same on a row of the caller's choice.
void trace_event_on(struct ps_system *system, const struct trace_row *row, char phase,
                    const char *name, unsigned count, const struct trace_argument *arguments);

#define TRACE(system, phase, name, ...)                                                                \
    do {                                                                                               \
        if (__builtin_expect(trace_enabled(system), 0)) {                                              \
            const struct trace_argument trace_args_[] = {{0, 0}, ##__VA_ARGS__};                       \
            trace_event(system, phase, name, sizeof(trace_args_) / sizeof(*trace_args_) - 1,           \
                        trace_args_ + 1);                                                              \
        }                                                                                              \
    } while (0)

#endif
