// SPDX-License-Identifier: MIT
//
// What the scheduler's tests share: a system with a scheduler in it, made and dropped in one line.
#ifndef PORTSIDE_TESTS_SCHED_FIXTURE_H
#define PORTSIDE_TESTS_SCHED_FIXTURE_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/system.h"
#include "sched/sched.h"

struct rig {
    struct ps_system *system;
    struct sched *sched;
    struct chooser *chooser;
};

// Owns the chooser.
static inline struct rig rig_new(unsigned processors, struct chooser *chooser)
{
    struct rig rig = {.chooser = chooser, .system = system_create(7)};
    struct sched_options options = {.processors = processors, .chooser = chooser};

    assert_non_null(rig.system);
    assert_int_equal(sched_create(rig.system, &options), 0);
    rig.sched = rig.system->sched;
    return rig;
}

static inline void rig_end(struct rig *rig)
{
    sched_destroy(rig->system);
    system_destroy(rig->system);
    chooser_destroy(rig->chooser);
}

static inline struct sched_thread *rig_thread(struct rig *rig, const char *name,
                                              void (*entry)(void *argument), void *argument)
{
    struct sched_thread *thread = sched_thread_create(rig->sched, name, entry, argument, 0);

    assert_non_null(thread);
    return thread;
}

static inline const struct finding *rig_finding(const struct rig *rig)
{
    assert_int_equal(journal_count(rig->system->journal), 1);
    return journal_get(rig->system->journal, 0);
}

#endif
