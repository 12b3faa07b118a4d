// SPDX-License-Identifier: MIT
//
// The chooser of a schedule.
#include "campaign/campaign.h"

struct chooser *schedule_chooser(const struct schedule *schedule)
{
    switch (schedule->strategy) {
    case STRATEGY_DELAY:
        return chooser_delay(schedule->seed, schedule->points, schedule->depth);
    case STRATEGY_PCT:
        return chooser_pct(schedule->seed, schedule->points, schedule->depth);
    case STRATEGY_STALL:
        return chooser_stall(schedule->seed, schedule->points, schedule->depth);
    case STRATEGY_HOLD:
        return chooser_hold(schedule->seed);
    case STRATEGY_FROST:
        return chooser_frost(schedule->seed);
    case STRATEGY_SEEDED:
        return chooser_seeded(schedule->seed);
    default:
        return chooser_recorded(NULL, 0); // asked at every point, so that they can be counted
    }
}
