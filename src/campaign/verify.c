// SPDX-License-Identifier: MIT
//
// A campaign from its options to its result.
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "campaign/pool.h"
#include "campaign/verify.h"

enum { DEFAULT_SCHEDULES = 10000 };

static void sum_up(struct ps_verify *verify, struct plan *plan)
{
    struct ps_verify_totals *totals = &verify->totals;

    for (unsigned i = 0; i < verify->scripts.count; i++) {
        struct plan_report *scenario = &verify->scenarios[i];

        plan_report(plan, i, scenario);
        totals->scenarios += scenario->schedules > 0;
        totals->schedules += scenario->schedules;
        totals->sites += scenario->sites;
        totals->sites_failed += scenario->sites_failed;
    }
    verify_count(verify);
    if (totals->cut_short)
        totals->planned = plan_total(plan);
}

static int run_plan(struct ps_verify *verify, const struct crew *crew,
                    const struct ps_verify_options *options, struct plan *plan)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct pool_options pool = {
        .jobs = options->jobs ? options->jobs : processors > 0 ? (unsigned)processors : 1,
        .seconds = options->seconds,
        .progress = options->progress,
        .context = options->context,
    };
    int result = pool_run(crew, plan, &pool, &verify->report, &verify->totals.cut_short);

    report_settle(&verify->report, plan);
    if (!result && verify->real)
        return 0; // another run would be another
    if (!result)
        result = pool_tokens(crew, plan, &verify->report);
    return result;
}

static int run_campaign(struct ps_verify *verify, const struct ps_verify_options *options,
                        const char *path)
{
    struct plan_options order = {.seed = options->system.seed,
                                 .schedules = options->schedules,
                                 .shard = {options->shard ? options->shard - 1 : 0, options->shards}};
    struct token setting;
    struct crew crew = {path, &setting, &verify->scripts};
    struct plan *plan = NULL;
    double began = verify_now();
    int result = setting_make(options, path, &setting);

    if (!options->schedules && !(options->seconds > 0))
        order.schedules = DEFAULT_SCHEDULES;
    if (!result)
        result = pool_survey(&crew, &verify->scripts, &verify->report, &verify->real);
    order.once = setting_is_fresh(&setting);
    if (!result) {
        plan = plan_create(&verify->scripts, &order);
        verify->scenarios = calloc(verify->scripts.count, sizeof(*verify->scenarios));
        result = plan && verify->scenarios ? run_plan(verify, &crew, options, plan)
                                           : host_error(-ENOMEM, "out of memory");
    }
    if (!result)
        sum_up(verify, plan);
    plan_destroy(plan);
    verify->totals.seconds = verify_now() - began;
    return result;
}

static int campaign(const struct ps_verify_options *options, struct scripts *scripts,
                    int (*body)(struct ps_verify *verify, const struct ps_verify_options *options,
                                const char *path),
                    struct ps_verify **out)
{
    struct ps_verify *verify = verify_create(scripts);
    char path[PATH_MAX];
    int result;

    *out = NULL;
    if (!verify)
        return host_error(-ENOMEM, "out of memory");
    result = setting_find_driver(options, path);
    if (!result)
        result = body(verify, options, path);
    if (result)
        ps_verify_free(verify);
    else
        *out = verify;
    return result;
}

int campaign_run(const struct ps_verify_options *options, struct scripts *scripts,
                 struct ps_verify **out)
{
    return campaign(options, scripts, run_campaign, out);
}

static int survey(struct ps_verify *verify, const struct ps_verify_options *options,
                  const char *path)
{
    struct token setting;
    struct crew crew = {path, &setting, &verify->scripts};
    int result = setting_make(options, path, &setting);

    return result ? result
                  : pool_survey(&crew, &verify->scripts, &verify->report, &verify->real);
}

int campaign_survey(const struct ps_verify_options *options, struct scripts *scripts,
                    struct ps_verify **out)
{
    return campaign(options, scripts, survey, out);
}
