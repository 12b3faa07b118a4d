// SPDX-License-Identifier: MIT
//
// What verifying costs: three packets played by a system that watches for what only `verify` looks at (the order of
// locks, then guard pages, too) against one that only plays; and the processor time of the default campaign of
// each built-in driver, shared by two cores.
#include "bench/bench.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "kernel/kernel.h"
#include "scenario/scenario.h"
#include "verifier/lock_order.h"

enum { NAME = 4300 };

extern char **environ;
static char folder[NAME]; // of the program

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "%s: %s\n", what, ps_error_text());
    exit(1);
}

// ---- the checks on play --------------------------------------------------------------------------

struct player {
    struct ps_system *system;
    struct ps_driver *driver;
    struct ps_snapshot *started;
    struct scenario *scenario;
};

static struct player player_make(bool watches, bool guards)
{
    struct scenario_error error;
    struct player player = {0};
    char path[NAME + 64];

    snprintf(path, sizeof(path), "%s/scenarios/three-packets.scenario", folder);
    check(!scenario_load(path, &player.scenario, &error), path);
    check(!ps_system_create(NULL, &player.system), "system");
    check(!watches || !lock_order_watch(player.system), "locks");
    if (guards)
        kernel_guard_pool(player.system);
    check(ps_device_attach(player.system, ps_model_find("ac97")) >= 0, "ac97");
    snprintf(path, sizeof(path), "%s/drivers/ac97.so", folder);
    check(!ps_driver_load(player.system, path, &player.driver), path);
    check(!ps_driver_start(player.driver, 0), "ac97");
    check(!ps_snapshot_take(player.system, &player.started), "snapshot");
    return player;
}

static void player_end(struct player *player)
{
    ps_snapshot_free(player->started);
    ps_system_destroy(player->system);
    scenario_free(player->scenario);
}

static void play(void *context, uint64_t rounds)
{
    struct player *player = context;

    while (rounds--) {
        struct scenario_outcome outcome;

        bench_pause();
        ps_snapshot_restore(player->system, player->started);
        bench_resume();
        check(!scenario_run(player->scenario, 0, NULL, player->driver, &outcome), "three-packets");
    }
}

static void cost_on_play(const char *name, bool guards, enum bench_aim kind)
{
    struct player plain, checked;

    if (!bench_wanted(name))
        return;
    plain = player_make(false, false);
    checked = player_make(true, guards);
    bench_report(name, bench_ratio(play, &checked, play, &plain), "x", kind, 1.5);
    player_end(&checked);
    player_end(&plain);
}

// ---- campaigns -----------------------------------------------------------------------------------

static double campaign_seconds(const char *driver)
{
    char program[NAME + 16];
    char *arguments[] = {program, "verify", (char *)driver, "-q", "--schedules", bench_smoke() ? "1" : "10000", NULL};
    struct rusage usage;
    int status;
    pid_t child;

    snprintf(program, sizeof(program), "%s/portside", folder);
    check(!posix_spawn(&child, program, NULL, NULL, arguments, environ), program);
    check(wait4(child, &status, 0, &usage) == child && !status, driver);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void campaigns(void)
{
    static const char *const drivers[] = {"ac97", "ac97-rt", "hda", "multi"};

    for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++) {
        char name[32];

        snprintf(name, sizeof(name), "verify-%s", drivers[i]);
        if (bench_wanted(name))
            bench_report(name, campaign_seconds(drivers[i]) / 2, "s", BENCH_AT_MOST, 60);
    }
}

int main(int argc, char **argv)
{
    ssize_t length;

    bench_start(argc, argv);
    length = readlink("/proc/self/exe", folder, sizeof(folder) - 32);
    check(length > 0, "/proc/self/exe");
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    strcat(folder, "/..");
    cost_on_play("play-checked", false, BENCH_AT_MOST);
    cost_on_play("play-checked-guarded", true, BENCH_NO_AIM);
    campaigns();
    return bench_end();
}
