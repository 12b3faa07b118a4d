// SPDX-License-Identifier: MIT
#include "campaign/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "campaign/verify.h"

enum {
    MOST_JOBS = 64,
    PATIENCE_SECONDS = 600, // for one schedule, whose CPU time is limited (stage.c), before its worker is taken for dead
};

// ---- before anything ---------------------------------------------------------------------------------

static int receive_survey(struct worker *worker, struct scripts *scripts, struct survey *out)
{
    struct task task = {.kind = TASK_SURVEY};

    if (!worker_send(worker, &task, sizeof(task)))
        return -EPIPE;
    for (unsigned i = 0; i < scripts->count; i++) {
        struct fit fit;

        if (!worker_receive(worker, &fit, sizeof(fit)))
            return -EPIPE;
        if (!scripts->items[i].unfit[0])
            memcpy(scripts->items[i].unfit, fit.unfit, sizeof(fit.unfit));
    }
    return worker_receive(worker, out, sizeof(*out)) ? 0 : -EPIPE;
}

int pool_survey(const struct crew *crew, struct scripts *scripts, struct report *report, bool *real)
{
    struct survey survey;
    struct worker worker;
    int result = worker_start(&worker, crew), status;

    if (result)
        return host_error(result, "no worker can be started: %s", strerror(-result));
    result = receive_survey(&worker, scripts, &survey);
    status = worker_end(&worker, result);
    if (result)
        return host_error(-EPROTO, "loading %s ended its process with status 0x%x", crew->path,
                          (unsigned)status);
    *real = survey.real;
    if (survey.error)
        return host_error(survey.error, "%s", survey.why);
    survey.boot.script = survey.boot.series = 0;
    if (survey.boot.count && !report_note(report, &survey.boot))
        return host_error(-ENOMEM, "out of memory");
    return 0;
}

// ---- at work -----------------------------------------------------------------------------------------

struct pool {
    const struct crew *crew;
    struct plan *plan;
    const struct pool_options *options;
    struct report *report;
    struct worker workers[MOST_JOBS];
    double asked[MOST_JOBS]; // when the answer that is awaited was asked for
    unsigned jobs;
    double began;
    struct ps_verify_progress progress;
    bool stop;
    int error;
};

static void note(struct pool *pool, const struct outcome *outcome)
{
    plan_done(pool->plan, outcome);
    if (outcome->lost[0])
        pool->error = host_error(-EHOSTDOWN, "%.*s", (int)sizeof(outcome->lost), outcome->lost);
    if (!report_note(pool->report, outcome))
        pool->error = -ENOMEM;
    pool->progress.done++;
    pool->progress.findings = report_failures(pool->report);
    pool->progress.scenario = pool->crew->scripts->items[outcome->script].name;
}

// A worker that dies takes its schedule with it; that it died is a finding against us.
static void note_death(struct pool *pool, const struct worker *worker, int status)
{
    const struct schedule *schedule = &worker->task.schedules[worker->answered];
    struct outcome outcome = {.reached = true, .count = 1};
    struct seen *seen = &outcome.seen[0];

    outcome.script = schedule->script;
    outcome.series = schedule->series;
    outcome.index = schedule->index;
    seen->side = SIDE_PORT;
    snprintf(seen->rule, sizeof(seen->rule), "INTERNAL");
    if (WIFSIGNALED(status))
        snprintf(seen->text, sizeof(seen->text), "the process that ran it died of signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(seen->text, sizeof(seen->text), "the process that ran it ended with status %d",
                 WEXITSTATUS(status));
    note(pool, &outcome);
}

static void assign(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];

    if (!worker->pid && !pool->error)
        pool->error = worker_start(worker, pool->crew);
    if (pool->error)
        return;
    worker->busy = true; // a worker that is gone is noticed when it should answer
    worker->answered = 0;
    pool->asked[index] = verify_now();
    worker_send(worker, &worker->task, sizeof(worker->task));
}

static void give_work(struct pool *pool)
{
    for (unsigned i = 0; i < pool->jobs && !pool->stop && !pool->error; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->busy)
            continue;
        memset(&worker->task, 0, sizeof(worker->task));
        worker->task.kind = TASK_RUN;
        worker->task.count = plan_next(pool->plan, worker->task.schedules, TASK_SCHEDULES);
        if (worker->task.count)
            assign(pool, i);
    }
}

// What a worker left undone goes to a fresh one in its place.
static void replace(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    struct task *task = &worker->task;

    task->count -= worker->answered;
    memmove(task->schedules, task->schedules + worker->answered,
            task->count * sizeof(task->schedules[0]));
    worker_end(worker, true);
    if (task->count)
        assign(pool, index);
}

static void bury(struct pool *pool, unsigned index, bool hung)
{
    struct worker *worker = &pool->workers[index];
    struct worker dead = *worker;
    int status = worker_end(&dead, hung);

    note_death(pool, worker, status);
    worker->answered++;
    worker->pid = 0;
    replace(pool, index);
}

static void take_answer(struct pool *pool, unsigned index)
{
    struct worker *worker = &pool->workers[index];
    struct outcome outcome;

    if (!worker_receive_outcome(worker, &outcome)) {
        bury(pool, index, false);
        return;
    }
    note(pool, &outcome);
    worker->answered++;
    pool->asked[index] = verify_now();
    if (outcome.broken)
        replace(pool, index);
    else if (worker->answered == worker->task.count)
        worker->busy = false;
}

static void wait_for_answers(struct pool *pool)
{
    struct pollfd polls[MOST_JOBS];

    for (unsigned i = 0; i < pool->jobs; i++)
        polls[i] = (struct pollfd){.fd = pool->workers[i].busy ? pool->workers[i].channel : -1,
                                   .events = POLLIN};
    poll(polls, pool->jobs, 100);
    for (unsigned i = 0; i < pool->jobs && !pool->error; i++) {
        if (polls[i].revents)
            take_answer(pool, i);
        else if (pool->workers[i].busy && verify_now() - pool->asked[i] > PATIENCE_SECONDS)
            bury(pool, i, true);
    }
}

static void look_at_clock(struct pool *pool)
{
    const struct pool_options *options = pool->options;

    pool->progress.planned = plan_total(pool->plan);
    if (options->progress && options->progress(options->context, &pool->progress))
        pool->stop = true;
    if (options->seconds > 0 && verify_now() - pool->began >= options->seconds)
        pool->stop = true;
}

static bool anybody_busy(const struct pool *pool)
{
    for (unsigned i = 0; i < pool->jobs; i++)
        if (pool->workers[i].busy)
            return true;
    return false;
}

int pool_run(const struct crew *crew, struct plan *plan, const struct pool_options *options,
             struct report *report, bool *cut)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    int error;

    if (!pool)
        return host_error(-ENOMEM, "out of memory");
    pool->crew = crew;
    pool->plan = plan;
    pool->options = options;
    pool->report = report;
    pool->jobs = options->jobs < MOST_JOBS ? options->jobs : MOST_JOBS;
    pool->began = verify_now();
    give_work(pool);
    while (anybody_busy(pool) && !pool->error && !pool->stop) {
        wait_for_answers(pool);
        look_at_clock(pool);
        give_work(pool);
    }
    *cut = pool->stop;
    error = pool->error;
    for (unsigned i = 0; i < pool->jobs; i++)
        worker_end(&pool->workers[i], true);
    free(pool);
    if (error == -EHOSTDOWN)
        return error;
    return error ? host_error(error, "workers cannot be kept: %s", strerror(-error)) : 0;
}

// ---- tokens ------------------------------------------------------------------------------------------

static bool receive_record(struct worker *worker, struct record *out)
{
    struct recorded recorded;

    memset(out, 0, sizeof(*out));
    if (!worker_receive(worker, &recorded, sizeof(recorded)) || !recorded.found)
        return false;
    out->choices = calloc(recorded.count + 1, sizeof(*out->choices));
    out->count = recorded.count;
    out->seen = recorded.seen;
    return out->choices &&
           worker_receive(worker, out->choices, recorded.count * sizeof(*out->choices));
}

// Shrunk or not, by a process of its own.
static bool record(const struct crew *crew, const struct schedule *schedule,
                   const struct seen *wanted, enum task_kind kind, struct record *out)
{
    struct task task = {.kind = kind, .count = 1, .wanted = *wanted};
    struct worker worker;
    bool done;

    memset(out, 0, sizeof(*out));
    if (worker_start(&worker, crew))
        return false;
    task.schedules[0] = *schedule;
    done = worker_send(&worker, &task, sizeof(task)) && receive_record(&worker, out);
    worker_end(&worker, true);
    if (!done)
        record_clear(out);
    return done;
}

// True if the recorded choices bring the finding back in a process of their own.
static bool confirm(const struct crew *crew, const struct schedule *schedule,
                    const struct record *record)
{
    struct task task = {.kind = TASK_CONFIRM, .count = 1, .choices = record->count};
    struct outcome outcome = {0};
    struct worker worker;
    bool again = false;

    if (worker_start(&worker, crew))
        return false;
    task.schedules[0] = *schedule;
    if (worker_send(&worker, &task, sizeof(task)) &&
        worker_send(&worker, record->choices, record->count * sizeof(*record->choices)) &&
        worker_receive_outcome(&worker, &outcome))
        for (uint32_t i = 0; i < outcome.count; i++)
            again |= seen_same(&outcome.seen[i], &record->seen);
    worker_end(&worker, true);
    return again;
}

static char *token_of(const struct crew *crew, const struct schedule *schedule,
                      const struct record *record)
{
    const struct script *script = &crew->scripts->items[schedule->script];
    struct token token = *crew->setting;

    snprintf(token.scenario, sizeof(token.scenario), "%s", script->name);
    token.scenario_hash = script->hash;
    token.variant = schedule->variant;
    token.fault = schedule->fault;
    token.choices = record->choices;
    token.choice_count = record->count;
    return token_encode(&token);
}

static void make_token(const struct crew *crew, const struct schedule *schedule,
                       struct found *found)
{
    struct record record_of_it = {0};

    if (crew->scripts->items[schedule->script].run) {
        if (record(crew, schedule, &found->seen, TASK_SHRINK, &record_of_it))
            found->exact = confirm(crew, schedule, &record_of_it);
        if (!found->exact) {
            record_clear(&record_of_it);
            if (record(crew, schedule, &found->seen, TASK_RECORD, &record_of_it))
                found->exact = confirm(crew, schedule, &record_of_it);
        }
    } else {
        found->exact = true; // the boot makes no choices
    }
    if (record_of_it.choices)
        found->seen = record_of_it.seen;
    found->token = token_of(crew, schedule, &record_of_it);
    record_clear(&record_of_it);
}

int pool_tokens(const struct crew *crew, const struct plan *plan, struct report *report)
{
    for (unsigned i = 0; i < report->count; i++) {
        struct found *found = &report->found[i];
        struct schedule schedule;

        plan_schedule(plan, found->first.script, found->first.series, found->first.index,
                      &schedule);
        make_token(crew, &schedule, found);
        if (!found->token)
            return host_error(-ENOMEM, "out of memory");
    }
    return 0;
}
