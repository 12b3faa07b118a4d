/* SPDX-License-Identifier: MIT */
/*
 * What portside cc must not leave behind, however it ends: its temporary folder and a half-made driver. A signal goes on to
 * the compiler that runs; then the program ends, with 128 and the signal's number.
 */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"

enum { LEFTOVERS = 2 };

static char leftovers[LEFTOVERS][PATH_MAX + 16];
static unsigned leftover_count;
static volatile sig_atomic_t caught;
static volatile pid_t running;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof(signals) / sizeof(*signals) };

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static void remove_leftovers(void)
{
    for (unsigned i = 0; i < leftover_count; i++)
        nftw(leftovers[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
    leftover_count = 0;
}

static void on_signal(int number)
{
    caught = number;
    if (running > 0)
        kill(running, number);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}, before;

    for (unsigned i = 0; i < SIGNALS; i++)
        if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

void leave_nothing_of(const char *path)
{
    if (!leftover_count) {
        atexit(remove_leftovers);
        catch_signals();
    }
    if (leftover_count < LEFTOVERS)
        snprintf(leftovers[leftover_count++], sizeof(leftovers[0]), "%s", path);
}

void leave_begin(sigset_t *before)
{
    sigset_t ours;

    sigemptyset(&ours);
    for (unsigned i = 0; i < SIGNALS; i++)
        sigaddset(&ours, signals[i]);
    sigprocmask(SIG_BLOCK, &ours, before);
}

void leave_running(pid_t pid, const sigset_t *before)
{
    running = pid;
    sigprocmask(SIG_SETMASK, before, NULL);
    if (!pid && caught)
        exit(128 + caught);
}
