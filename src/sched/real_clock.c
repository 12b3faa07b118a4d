// SPDX-License-Identifier: MIT
#include "sched/real_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull

enum {
    LATE_STEP = 10000, // ns, the histogram's resolution
    LATE_STEPS = 5000, // the last one is "later"
    AT_ONCE = 8,       // descriptors that one wait tells of
};

struct real_clock {
    int epoll, timer;
    unsigned watched;
    uint64_t base;
    uint64_t wakes, worst;
    struct real_clock_stall stall;
    uint32_t late[LATE_STEPS];
};

static uint64_t monotonic(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static int watch(struct real_clock *clock, int fd, uint32_t events, uint32_t *ready)
{
    struct epoll_event event = {.events = events, .data.ptr = ready};

    return epoll_ctl(clock->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

struct real_clock *real_clock_create(void)
{
    struct real_clock *clock = calloc(1, sizeof(*clock));

    if (!clock)
        return NULL;
    clock->base = monotonic();
    clock->epoll = epoll_create1(EPOLL_CLOEXEC);
    clock->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (clock->epoll >= 0 && clock->timer >= 0 && !watch(clock, clock->timer, EPOLLIN, NULL))
        return clock;
    real_clock_destroy(clock);
    return NULL;
}

void real_clock_destroy(struct real_clock *clock)
{
    int error = errno;

    if (!clock)
        return;
    if (clock->timer >= 0)
        close(clock->timer);
    if (clock->epoll >= 0)
        close(clock->epoll);
    free(clock);
    errno = error;
}

uint64_t real_clock_now(const struct real_clock *clock)
{
    return monotonic() - clock->base;
}

int real_clock_watch(struct real_clock *clock, int fd, uint32_t events, uint32_t *ready)
{
    int error = watch(clock, fd, events, ready);

    clock->watched += !error;
    return error;
}

void real_clock_unwatch(struct real_clock *clock, int fd)
{
    if (!epoll_ctl(clock->epoll, EPOLL_CTL_DEL, fd, NULL))
        clock->watched--;
}

static void set_timer(const struct real_clock *clock, uint64_t at)
{
    struct itimerspec when = {.it_value = {(time_t)(at / SECOND), (long)(at % SECOND)}};

    timerfd_settime(clock->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

bool real_clock_wait(struct real_clock *clock, uint64_t until)
{
    bool bounded = until <= UINT64_MAX - clock->base;
    uint64_t at = clock->base + (bounded ? until : real_clock_now(clock) + CLOCK_PATIENCE);
    struct epoll_event events[AT_ONCE];
    bool came = false;
    int count;

    if (!bounded && !clock->watched)
        return false;
    set_timer(clock, at);
    count = epoll_wait(clock->epoll, events, AT_ONCE, -1); // a signal ends it, too: there may be an interrupted run
    for (int i = 0; i < count; i++) {
        uint32_t *ready = events[i].data.ptr;

        came |= ready != NULL; // else it is the timer
        if (ready)
            *ready |= events[i].events;
    }
    return bounded || count < 0 || came || monotonic() < at;
}

void real_clock_note(struct real_clock *clock, uint64_t ns)
{
    uint64_t step = ns / LATE_STEP;

    clock->wakes++;
    clock->late[step < LATE_STEPS ? step : LATE_STEPS - 1]++;
    if (ns > clock->worst)
        clock->worst = ns;
    if (ns > clock->stall.ns)
        clock->stall = (struct real_clock_stall){ns, real_clock_now(clock) - ns};
}

void real_clock_begin(struct real_clock *clock)
{
    clock->stall = (struct real_clock_stall){0, 0};
}

struct real_clock_stall real_clock_stall(const struct real_clock *clock)
{
    return clock->stall;
}

// The latency that `parts` of 1,000 wakes did not exceed; the upper end of its step.
static uint64_t quantile(const struct real_clock *clock, unsigned parts)
{
    uint64_t wanted = (clock->wakes * parts + 999) / 1000, seen = 0;

    for (unsigned i = 0; clock->wakes && i < LATE_STEPS - 1; i++) {
        seen += clock->late[i];
        if (seen >= wanted)
            return (i + 1) * (uint64_t)LATE_STEP < clock->worst ? (i + 1) * (uint64_t)LATE_STEP
                                                                : clock->worst;
    }
    return clock->worst;
}

void real_clock_service(const struct real_clock *clock, struct real_clock_service *out)
{
    *out = (struct real_clock_service){
        .wakes = clock->wakes,
        .p50 = quantile(clock, 500),
        .p99 = quantile(clock, 990),
        .p999 = quantile(clock, 999),
        .worst = clock->worst,
    };
}
