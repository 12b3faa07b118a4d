// SPDX-License-Identifier: MIT
//
// A POSIX timer on the CPU time of the calling thread; its signal is handled with the traps (trap.c).
#include "sched/watchdog.h"

#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static bool create(struct watchdog *watchdog)
{
    struct sigevent event;

    memset(&event, 0, sizeof(event));
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = WATCHDOG_SIGNAL;
    event.sigev_notify_thread_id = gettid();
    watchdog->created = !timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &watchdog->timer);
    return watchdog->created;
}

static void set(struct watchdog *watchdog, unsigned milliseconds)
{
    struct timespec each = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    struct itimerspec when = {each, each};

    timer_settime(watchdog->timer, 0, &when, NULL);
}

static unsigned period(const struct watchdog *watchdog)
{
    return watchdog->limit / WATCHDOG_TICKS + 1;
}

void watchdog_start(struct watchdog *watchdog, uint64_t points)
{
    if (!watchdog->limit || (!watchdog->created && !create(watchdog)))
        return;
    watchdog->points = points;
    watchdog->quiet = 0;
    set(watchdog, period(watchdog));
}

void watchdog_stop(struct watchdog *watchdog)
{
    if (watchdog->created)
        set(watchdog, 0);
}

void watchdog_destroy(struct watchdog *watchdog)
{
    if (watchdog->created)
        timer_delete(watchdog->timer);
    watchdog->created = false;
}

bool watchdog_tick(struct watchdog *watchdog, uint64_t points)
{
    watchdog->spent += period(watchdog);
    if (points != watchdog->points) {
        watchdog->points = points;
        watchdog->quiet = 0;
        return false;
    }
    return ++watchdog->quiet >= WATCHDOG_TICKS;
}
