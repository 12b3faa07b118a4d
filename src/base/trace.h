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

struct ps_system;

// Starts writing to `file` (kept open by the caller until trace_close). 0 or negative errno.
int trace_open(struct ps_system *system, FILE *file);
// Finishes the JSON. 0, or the negative errno of the first failed write.
int trace_close(struct ps_system *system);
bool trace_enabled(const struct ps_system *system);

// An instant event or the begin/end ('i', 'B', 'E') of a span on the current processor's row.
// `name` and the argument names are static strings; at most three numeric arguments.
struct trace_argument {
    const char *name;
    uint64_t value;
};
void trace_event(struct ps_system *system, char phase, const char *name, unsigned count,
                 const struct trace_argument *arguments);

#define TRACE(system, phase, name, ...)                                                                \
    do {                                                                                               \
        if (__builtin_expect(trace_enabled(system), 0)) {                                              \
            const struct trace_argument trace_args_[] = {{0, 0}, ##__VA_ARGS__};                       \
            trace_event(system, phase, name, sizeof(trace_args_) / sizeof(*trace_args_) - 1,           \
                        trace_args_ + 1);                                                              \
        }                                                                                              \
    } while (0)

#endif
