// SPDX-License-Identifier: MIT
//
// The journal's record, shared by finding.c (findings) and trace.c (the trace) only.
#ifndef PORTSIDE_BASE_JOURNAL_H
#define PORTSIDE_BASE_JOURNAL_H

#include "base/finding.h"
#include "base/trace.h"

struct trace_writer;

struct journal {
    struct journal_head head; // must stay first
    struct trace_writer *trace;
    void *context;
    enum finding_mode (*decide)(void *context, const struct finding *finding);
    struct finding **findings;
    size_t count, capacity;
    struct finding *spare; // memory for the next one
    size_t lost;
};

#endif
