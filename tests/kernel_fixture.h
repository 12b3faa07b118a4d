// SPDX-License-Identifier: MIT
//
// What the kernel's tests share: a system with scheduler, machine and kernel, made and dropped in
// one line, and a way to run a piece of test code on a system thread.
#ifndef PORTSIDE_TESTS_KERNEL_FIXTURE_H
#define PORTSIDE_TESTS_KERNEL_FIXTURE_H

#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "kernel/kernel.h"

#define KERNEL_BUDGET 60000000000u // one virtual minute
#define TEST_TAG 0x74736574u       // "test"

struct kernel_rig {
    struct ps_system *system;
    struct chooser *chooser;
};

// Threads of the test that began and that came to their end: one that waits for ever is a failure.
static unsigned kernel_rig_begun, kernel_rig_ended;

struct kernel_rig_call {
    void (*entry)(void *argument);
    void *argument;
};
static struct kernel_rig_call kernel_rig_calls[8];

// Owns the chooser.
static inline struct kernel_rig kernel_rig_new(unsigned processors, struct chooser *chooser)
{
    struct kernel_rig rig = {.chooser = chooser, .system = system_create(7)};
    struct sched_options options = {.processors = processors, .chooser = chooser};
    struct machine_options machine = {.layout = LAYOUT_CONTIGUOUS};

    kernel_rig_begun = kernel_rig_ended = 0;
    assert_non_null(rig.system);
    assert_int_equal(sched_create(rig.system, &options), 0);
    assert_int_equal(machine_create(rig.system, &machine), 0);
    system_current = rig.system;
    assert_int_equal(kernel_create(rig.system), 0);
    return rig;
}

static inline void kernel_rig_end(struct kernel_rig *rig)
{
    kernel_destroy(rig->system);
    machine_destroy(rig->system);
    sched_destroy(rig->system);
    system_destroy(rig->system);
    system_current = NULL;
    chooser_destroy(rig->chooser);
}

static inline void kernel_rig_enter(void *argument)
{
    const struct kernel_rig_call *call = argument;

    call->entry(call->argument);
    kernel_rig_ended++;
}

// Starts a thread that the next run runs.
static inline void kernel_rig_thread(struct kernel_rig *rig, const char *name,
                                     void (*entry)(void *argument), void *argument)
{
    struct kernel_rig_call *call = &kernel_rig_calls[kernel_rig_begun++ % 8];

    *call = (struct kernel_rig_call){entry, argument};
    assert_non_null(kernel_thread(rig->system, name, kernel_rig_enter, call));
}

// Runs until nothing is left to do, a stop, or the budget.
static inline enum sched_end kernel_rig_run(struct kernel_rig *rig)
{
    enum sched_end end = sched_run(rig->system->sched, rig->system->sched->now + KERNEL_BUDGET);

    system_current = rig->system;
    return end;
}

// `entry` on a thread of a new system with two processors; the system stays for the caller's looks.
static inline struct kernel_rig kernel_rig_do(void (*entry)(void *argument), void *argument)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    kernel_rig_thread(&rig, "test", entry, argument);
    kernel_rig_run(&rig);
    return rig;
}

// The only finding; fails if there is another number of them or it is of another rule.
static inline const struct finding *kernel_rig_finding(const struct kernel_rig *rig,
                                                       const char *rule)
{
    const struct journal *journal = rig->system->journal;

    for (size_t i = 0; i < journal_count(journal); i++)
        if (journal_count(journal) != 1 || strcmp(journal_get(journal, i)->rule, rule))
            print_message("%s: %s\n", journal_get(journal, i)->rule, journal_get(journal, i)->text);
    assert_int_equal(journal_count(journal), 1);
    assert_string_equal(journal_get(journal, 0)->rule, rule);
    return journal_get(journal, 0);
}

static inline void kernel_rig_clean(struct kernel_rig *rig)
{
    const struct journal *journal = rig->system->journal;

    for (size_t i = 0; i < journal_count(journal); i++)
        print_message("%s: %s\n", journal_get(journal, i)->rule, journal_get(journal, i)->text);
    assert_int_equal(journal_count(journal), 0);
    assert_int_equal(kernel_rig_ended, kernel_rig_begun);
    kernel_rig_end(rig);
}

enum { kernel_rig_any = -1 };

// One step of misuse on a thread: exactly one finding of `rule` with this code and first parameter.
static inline void kernel_rig_misuse(void (*entry)(void *argument), const char *rule, uint32_t code,
                                     int64_t p1)
{
    struct kernel_rig rig = kernel_rig_do(entry, NULL);
    const struct finding *finding = kernel_rig_finding(&rig, rule);

    assert_int_equal(finding->code, code);
    if (p1 != kernel_rig_any)
        assert_int_equal(finding->parameters[0], p1);
    assert_int_equal(finding->side, SIDE_DRIVER);
    assert_non_null(finding->caller);
    assert_int_equal(kernel_rig_ended, kernel_rig_begun);
    kernel_rig_end(&rig);
}

static inline LARGE_INTEGER relative_ms(LONGLONG ms)
{
    return (LARGE_INTEGER){.QuadPart = -ms * 10000};
}

static inline void sleep_ms(LONGLONG ms)
{
    LARGE_INTEGER interval = relative_ms(ms);

    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

#endif
