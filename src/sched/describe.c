// SPDX-License-Identifier: MIT
//
// The scheduler in words: who waits for what, the stamp of findings, the rows of the trace.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/site.h"
#include "sched/private.h"

// ---- waits -------------------------------------------------------------------------------------------

struct text {
    char *at;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    size_t used = text->length < text->size ? text->length : text->size;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->size ? text->at + used : NULL, text->size - used, format, arguments);
    va_end(arguments);
    text->length += length > 0 ? (size_t)length : 0;
}

static void add_holder(struct sched *sched, struct text *text, const volatile uintptr_t *lock)
{
    for (unsigned i = 0; i < sched->processor_count; i++) {
        const struct processor *processor = &sched->processors[i];

        for (unsigned j = 0; j < processor->held_count; j++) {
            char site[80];

            if (processor->held[j].lock != lock)
                continue;
            site_describe(processor->held[j].caller, site, sizeof(site));
            add(text, ", taken by processor %u in %s", i, site);
            return;
        }
    }
    add(text, ", which no processor owns");
}

static void add_processor(struct sched *sched, struct text *text,
                          const struct processor *processor)
{
    char site[80];

    if (!processor->waiting_lock)
        return;
    site_describe(processor->waiting_caller, site, sizeof(site));
    add(text, "%sprocessor %u waits in %s for lock %u", text->length ? "\n" : "",
        processor->number, site, sched_lock_number(sched, processor->waiting_lock));
    add_holder(sched, text, processor->waiting_lock);
}

static void add_thread(struct text *text, const struct sched_thread *thread)
{
    if (!thread->blocked)
        return;
    add(text, "%sthread %u \"%s\" waits for %s %u", text->length ? "\n" : "", thread->number,
        thread->name, thread->waiting_for, thread->waiting_number);
}

size_t sched_describe_waits(const struct sched *constant, char *out, size_t size)
{
    struct sched *sched = (struct sched *)constant; // naming a lock may give out its number
    struct text text = {out, size, 0};

    if (size)
        *out = 0;
    for (unsigned i = 0; i < sched->processor_count; i++)
        add_processor(sched, &text, &sched->processors[i]);
    LIST_EACH(link, &sched->private->threads)
        add_thread(&text, LIST_OBJECT(link, struct sched_thread, all));
    return text.length;
}

// ---- stamps and rows ---------------------------------------------------------------------------------

// What runs: the top of the processor's stack of contexts.
static void name_thread(const struct sched_thread *thread, char *text, size_t size)
{
    snprintf(text, size, "%u %s", thread->number, thread->name);
}

static void name_context(const struct processor *processor, char *text, size_t size)
{
    unsigned kind = processor->contexts[processor->context_count - 1u].kind;

    if (kind == CONTEXT_DPC || kind == CONTEXT_ISR)
        snprintf(text, size, "%s", kind == CONTEXT_DPC ? "DPC" : "ISR");
    else if (processor->thread)
        name_thread(processor->thread, text, size);
}

// Its processor has gone on to something else, or to nothing.
static void stamp_visited(const struct sched *sched, const struct sched_thread *thread, struct finding *finding)
{
    finding->irql = thread->irql;
    finding->depth = (uint8_t)backtrace_take(sched, finding->stack, FINDING_STACK);
    name_thread(thread, finding->thread, sizeof(finding->thread));
}

static void stamp(struct ps_system *system, struct finding *finding)
{
    const struct sched *sched = system->sched;

    finding->time = sched->now;
    if (!sched->private->running)
        return;
    if (visit_thread(sched)) {
        stamp_visited(sched, visit_thread(sched), finding);
        return;
    }
    finding->irql = sched->current->irql;
    finding->processor = sched->current->number;
    if (sched->current->held_count)
        finding->lock = sched->current->held[sched->current->held_count - 1].caller;
    finding->depth = (uint8_t)backtrace_take(sched, finding->stack, FINDING_STACK);
    finding->own = !sched->private->firing && sched->current->context_count == 1;
    name_context(sched->current, finding->thread, sizeof(finding->thread));
}

enum { GROUP_SYSTEM, GROUP_PROCESSORS, GROUP_THREADS };

static struct trace_row processor_row(const struct sched *sched, const struct processor *processor)
{
    static const char *const names[SCHED_MAX_PROCESSORS] = {
        "processor 0", "processor 1", "processor 2", "processor 3",
        "processor 4", "processor 5", "processor 6", "processor 7"};

    return (struct trace_row){sched->now, "processors", names[processor->number],
                              GROUP_PROCESSORS, processor->number};
}

static void row(struct ps_system *system, struct trace_row *out)
{
    const struct sched *sched = system->sched;
    const struct sched_private *private = sched->private;
    const struct processor *processor = sched->current;

    if (!private->running)
        *out = (struct trace_row){sched->now, "system", "host", GROUP_SYSTEM, 0};
    else if (private->firing)
        *out = (struct trace_row){sched->now, "system", "clock", GROUP_SYSTEM, 1};
    else if (processor->context_count > 1 || !processor->thread)
        *out = processor_row(sched, processor);
    else
        *out = (struct trace_row){sched->now, "threads", processor->thread->name, GROUP_THREADS,
                                  processor->thread->number};
}

void trace_context(struct sched *sched, struct processor *processor, char phase, const char *name,
                   uint32_t number)
{
    const struct trace_argument argument = {"number", number};
    struct trace_row where;

    if (__builtin_expect(!trace_enabled(sched->system), 1))
        return;
    where = processor_row(sched, processor);
    trace_event_on(sched->system, &where, phase, name, number != 0, &argument);
}

static void halt(struct ps_system *system)
{
    sched_halt(system->sched);
}

void describe_install(void)
{
    finding_runtime = (struct finding_runtime){.stamp = stamp, .halt = halt};
    trace_runtime = (struct trace_runtime){.row = row};
}
