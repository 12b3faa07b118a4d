/* SPDX-License-Identifier: MIT */
/* portside verify: a campaign, a replay or the list of scenarios, and what the exit status says of it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify.h"

/* ---- from options ---- */

static struct ps_verify_options wanted_of(const struct options *options)
{
    const struct verify_options *verify = &options->verify;

    return (struct ps_verify_options){
        .driver = options->file,
        .device = options->device,
        .system = options->system,
        .policies = options->policies,
        .policy_count = options->policy_count,
        .rules = verify->rules,
        .rule_count = verify->rule_count,
        .scenarios = verify->scenarios,
        .scenario_count = verify->scenario_count,
        .schedules = verify->schedules,
        .seconds = verify->seconds,
        .jobs = verify->jobs,
        .guard = verify->guard,
        .shard = verify->shard,
        .shards = verify->shards,
    };
}

static int fail_as(int error)
{
    int status = error == -EINVAL || error == -ESTALE                        ? EXIT_USAGE
                 : error == -EHOSTDOWN || error == -ENOTSUP                 ? EXIT_MACHINE
                 : error == -EPROTO || error == -ENOMEM || error == -EAGAIN ? EXIT_INTERNAL
                                                                            : EXIT_INPUT;

    return fail(status, "%s", ps_error_text());
}

/* ---- what came of it ---- */

static int judge(const struct options *options, const struct ps_verify *verify,
                 struct baseline *baseline)
{
    struct ps_verify_finding finding;
    struct ps_verify_totals totals;
    unsigned known = 0, known_remarks = 0;

    for (unsigned i = 0; !ps_verify_finding(verify, i, &finding); i++) {
        bool is_known = baseline_knows(baseline, &finding);

        known += is_known && !finding.finding.remark;
        known_remarks += is_known && finding.finding.remark;
        if (!is_known)
            verify_print_finding(&finding, options->verify.replay != NULL);
    }
    ps_verify_totals(verify, &totals);
    if (!options->quiet)
        verify_print_totals(verify, known, known_remarks, baseline);
    if (totals.ours)
        return EXIT_INTERNAL;
    return totals.findings > known ? EXIT_FINDING : EXIT_CLEAN;
}

static int report(const struct options *options, const struct ps_verify *verify)
{
    const struct verify_options *wanted = &options->verify;
    struct baseline *baseline = NULL;
    int status = 0, written = 0;

    if (wanted->baseline)
        status = baseline_read(wanted->baseline, &baseline);
    if (status)
        return status;
    status = judge(options, verify, baseline);
    if (wanted->junit)
        written = junit_write(wanted->junit, options->file, verify, baseline);
    if (!written && wanted->write_baseline)
        written = baseline_write(wanted->write_baseline, verify);
    baseline_free(baseline);
    return written ? written : status;
}

/* What was asked for by name and cannot be run is told. */
static void tell_unfit(const struct options *options, const struct ps_verify *verify)
{
    struct ps_verify_scenario scenario;

    for (unsigned i = 0; options->verify.scenario_count && !ps_verify_scenario(verify, i, &scenario); i++)
        if (scenario.unfit)
            fail(0, "scenario %s was not run: %s", scenario.name, scenario.unfit);
}

/* ---- a campaign ---- */

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static bool on_progress(void *context, const struct ps_verify_progress *progress)
{
    if (context)
        verify_progress(NULL, progress);
    return caught;
}

static int campaign(const struct options *options, const struct ps_verify_options *wanted)
{
    /* The second signal ends the program at once. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND}, old[2];
    struct ps_verify_options run = *wanted;
    struct ps_verify_totals totals;
    struct ps_verify *verify;
    int error, status;

    run.progress = on_progress;
    run.context = !options->quiet && isatty(STDERR_FILENO) ? &run : NULL;
    sigaction(SIGINT, &action, &old[0]);
    sigaction(SIGTERM, &action, &old[1]);
    error = ps_verify_run(&run, &verify);
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
    verify_progress_end();
    if (error)
        return fail_as(error);
    tell_unfit(options, verify);
    ps_verify_totals(verify, &totals);
    status = report(options, verify);
    if (!status && !caught && !totals.schedules && !totals.cut_short)
        status = fail(EXIT_USAGE, "no scenario fits %s; --list says why", options->file);
    ps_verify_free(verify);
    return caught ? 128 + caught : status;
}

static int list(const struct ps_verify_options *wanted)
{
    struct ps_verify *verify;
    int error = ps_verify_list(wanted, &verify);

    if (error)
        return fail_as(error);
    verify_print_list(verify);
    ps_verify_free(verify);
    return EXIT_CLEAN;
}

/* ---- a replay ---- */

/* The token itself, or the first line of @FILE. On the heap; NULL after one line. */
static char *token_text(const char *argument)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t length;
    FILE *file;

    if (*argument != '@')
        return strdup(argument);
    file = fopen(argument + 1, "r");
    if (!file) {
        fail(EXIT_INPUT, "%s: %s", argument + 1, strerror(errno));
        return NULL;
    }
    length = getline(&text, &size, file);
    fclose(file);
    if (length < 0) {
        free(text);
        fail(EXIT_INPUT, "%s: there is no token in it", argument + 1);
        return NULL;
    }
    text[strcspn(text, " \t\r\n")] = 0;
    return text;
}

static int run_token(const struct options *options, const struct ps_verify_options *wanted,
                     const char *token)
{
    FILE *trace = options->trace ? fopen(options->trace, "w") : NULL;
    struct ps_verify *verify;
    int error, status;

    if (options->trace && !trace)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", options->trace, strerror(errno));
    error = ps_verify_replay(wanted, token, trace, &verify);
    if (trace && fclose(trace) && !error) {
        ps_verify_free(verify);
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", options->trace, strerror(errno));
    }
    if (error)
        return fail_as(error);
    status = report(options, verify);
    ps_verify_free(verify);
    return status;
}

static int replay(const struct options *options, const struct ps_verify_options *wanted)
{
    char *token = token_text(options->verify.replay);
    int status = token ? run_token(options, wanted, token) : EXIT_INPUT;

    free(token);
    return status;
}

/* gdb takes our place, with the same replay under it and a stop at each finding. */
static int debug(const struct options *options)
{
    const char *arguments[24 + 2 * MOST_SCENARIOS] = {
        "gdb", "-q", "-iex", "set breakpoint pending on", "-ex", "break ps_verify_finding_here",
        "-ex", "run", "-ex", "backtrace", "--args", "/proc/self/exe", "verify", options->file,
        "--replay", options->verify.replay};
    static char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    unsigned count = 16;

    if (length > 0)
        arguments[11] = self;
    for (unsigned i = 0; i < options->verify.scenario_count; i++) {
        arguments[count++] = "--scenario";
        arguments[count++] = options->verify.scenarios[i];
    }
    execvp("gdb", (char *const *)arguments);
    return fail(EXIT_INPUT, "--gdb: gdb cannot be started: %s", strerror(errno));
}

static int check(const struct options *options)
{
    const struct verify_options *verify = &options->verify;

    if (options->system.real_clock)
        return fail(EXIT_USAGE, "verify has no --clock real: a schedule in real time cannot be had again");
    if (verify->gdb && !verify->replay)
        return fail(EXIT_USAGE, "--gdb goes with --replay TOKEN");
    if (options->trace && !verify->replay)
        return fail(EXIT_USAGE, "--trace goes with --replay TOKEN: a trace is of one schedule");
    if (verify->replay && (verify->list || verify->shards))
        return fail(EXIT_USAGE, "--replay goes with neither --list nor --shard");
    return 0;
}

int verify_main(const struct options *given)
{
    struct options options = *given;
    struct ps_verify_options wanted;
    struct config *config = NULL;
    int status = check(&options);

    if (!status)
        status = config_read(&options, &config);
    if (status)
        return status;
    wanted = wanted_of(&options);
    if (options.verify.gdb)
        status = debug(&options);
    else if (options.verify.list)
        status = list(&wanted);
    else if (options.verify.replay)
        status = replay(&options, &wanted);
    else
        status = campaign(&options, &wanted);
    config_free(config);
    return status;
}
