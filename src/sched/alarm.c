// SPDX-License-Identifier: MIT
//
// The alarm: something that happens at a numbered scheduling point.
#include "sched/private.h"

void sched_alarm_set(struct sched *sched, struct sched_alarm *alarm)
{
    sched->private->alarm = alarm;
    sched->attention_at = 0;
}

void alarm_look(struct sched *sched)
{
    struct sched_private *private = sched->private;
    struct sched_alarm *alarm = private->alarm;

    if (!alarm || sched->points < alarm->point)
        return;
    private->alarm = NULL;
    private->firing = true;
    TRACE(sched->system, 'i', "alarm", {"point", alarm->point});
    alarm->fire(alarm);
    private->firing = false;
}
