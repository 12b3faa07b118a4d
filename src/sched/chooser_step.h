// SPDX-License-Identifier: MIT
//
// Between the choosers that explore.
#ifndef PORTSIDE_SCHED_CHOOSER_STEP_H
#define PORTSIDE_SCHED_CHOOSER_STEP_H

#include "sched/chooser.h"

// The processor has something to go on with, so a thread that is dispatched there takes another one off it.
static inline bool choices_can_step(const struct choice *choices, unsigned count, unsigned processor)
{
    for (unsigned i = 0; i < count; i++)
        if (choices[i].kind == CHOICE_STEP && choices[i].processor == processor)
            return true;
    return false;
}

#endif
