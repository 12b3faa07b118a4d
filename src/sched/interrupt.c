// SPDX-License-Identifier: MIT
//
// Interrupt lines: a list in order of creation numbers, and how many of them are high.
#include "sched/private.h"

void sched_interrupt_add(struct sched *sched, struct sched_interrupt *interrupt)
{
    interrupt->number = system_number(sched->system, OBJECT_INTERRUPT);
    interrupt->in_service = false;
    list_push_back(&sched->private->interrupts, &interrupt->link);
    sched->asserted += interrupt->asserted;
    sched->attention_at = 0;
}

void sched_interrupt_remove(struct sched *sched, struct sched_interrupt *interrupt)
{
    list_remove(&interrupt->link);
    sched->asserted -= interrupt->asserted;
    interrupt->asserted = false;
}

void sched_interrupt_assert(struct sched *sched, struct sched_interrupt *interrupt, bool level)
{
    if (interrupt->asserted == level)
        return;
    interrupt->asserted = level;
    if (level) {
        sched->asserted++;
        sched->attention_at = 0;
    } else {
        sched->asserted--;
    }
}
