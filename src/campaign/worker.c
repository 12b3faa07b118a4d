// SPDX-License-Identifier: MIT
#include "campaign/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- the channel -------------------------------------------------------------------------------------------

static bool put(int fd, const void *bytes, size_t count)
{
    const char *at = bytes;

    while (count) {
        ssize_t done = send(fd, at, count, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        count -= (size_t)done;
    }
    return true;
}

static bool get(int fd, void *bytes, size_t count)
{
    char *at = bytes;

    while (count) {
        ssize_t done = read(fd, at, count);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        count -= (size_t)done;
    }
    return true;
}

bool worker_send(struct worker *worker, const void *bytes, size_t count)
{
    return put(worker->channel, bytes, count);
}

bool worker_receive(struct worker *worker, void *bytes, size_t count)
{
    return get(worker->channel, bytes, count);
}

static bool put_outcome(int fd, const struct outcome *outcome)
{
    return put(fd, outcome, OUTCOME_HEAD + outcome->count * sizeof(outcome->seen[0]));
}

bool worker_receive_outcome(struct worker *worker, struct outcome *out)
{
    return worker_receive(worker, out, OUTCOME_HEAD) && out->count <= MOST_SEEN &&
           worker_receive(worker, out->seen, out->count * sizeof(out->seen[0]));
}

// ---- the child ---------------------------------------------------------------------------------------

struct bench {
    const struct crew *crew;
    int channel;
    bool built, broken;
    struct stage stage;
};

static const struct script *script_of(const struct bench *bench, const struct schedule *schedule)
{
    return &bench->crew->scripts->items[schedule->script];
}

static bool put_fit(struct bench *bench, const struct script *script)
{
    const char *why = stage_survey(&bench->stage, script);
    struct fit fit = {""};

    if (why)
        snprintf(fit.unfit, sizeof(fit.unfit), "%s", why);
    return put(bench->channel, &fit, sizeof(fit));
}

static bool do_survey(struct bench *bench)
{
    const struct scripts *scripts = bench->crew->scripts;
    struct survey survey = {0};

    for (unsigned i = 0; i < scripts->count; i++)
        if (!put_fit(bench, &scripts->items[i]))
            return false;
    survey.boot = bench->stage.boot;
    survey.real = bench->stage.real;
    survey.error = outcome_failures(&bench->stage.boot) ? 0 : bench->stage.error;
    memcpy(survey.why, bench->stage.why, sizeof(survey.why));
    return put(bench->channel, &survey, sizeof(survey));
}

static void run_one(struct bench *bench, const struct schedule *schedule, struct chooser *inner,
                    struct outcome *out)
{
    struct chooser *chooser = chooser_recording(inner);
    const struct script *script = script_of(bench, schedule);

    if (!chooser)
        _exit(70);
    stage_run(&bench->stage, script, schedule, chooser, out);
    out->points = chooser_recording_points(chooser);
    chooser_destroy(chooser);
    bench->broken |= out->broken;
}

static bool do_run(struct bench *bench, const struct task *task)
{
    for (uint32_t i = 0; i < task->count && !bench->broken; i++) {
        struct outcome outcome;

        run_one(bench, &task->schedules[i], schedule_chooser(&task->schedules[i]), &outcome);
        if (!put_outcome(bench->channel, &outcome))
            return false;
    }
    return true;
}

static bool do_record(struct bench *bench, const struct task *task)
{
    const struct schedule *schedule = &task->schedules[0];
    const struct script *script = script_of(bench, schedule);
    struct recorded recorded = {0};
    struct record record;
    bool sent;

    recorded.found = record_schedule(&bench->stage, script, schedule, &task->wanted, &record);
    if (recorded.found && task->kind == TASK_SHRINK)
        record_shrink(&bench->stage, script, schedule, &record);
    recorded.count = record.count;
    recorded.seen = record.seen;
    sent = put(bench->channel, &recorded, sizeof(recorded)) &&
           put(bench->channel, record.choices, record.count * sizeof(*record.choices));
    record_clear(&record);
    return sent;
}

static bool do_confirm(struct bench *bench, const struct task *task)
{
    struct chooser_deviation *choices = calloc(task->choices + 1, sizeof(*choices));
    struct outcome outcome;
    bool done = choices && get(bench->channel, choices, task->choices * sizeof(*choices));

    if (done) {
        run_one(bench, &task->schedules[0], chooser_recorded(choices, task->choices), &outcome);
        done = put_outcome(bench->channel, &outcome);
    }
    free(choices);
    return done;
}

static bool do_task(struct bench *bench, const struct task *task)
{
    if (!bench->built)
        stage_build(&bench->stage, bench->crew->path, bench->crew->setting, NULL);
    bench->built = true;
    switch (task->kind) {
    case TASK_SURVEY:
        return do_survey(bench);
    case TASK_RUN:
        return do_run(bench, task);
    case TASK_CONFIRM:
        return do_confirm(bench, task);
    default:
        return do_record(bench, task);
    }
}

// A terminal's Ctrl-C is the parent's to handle; without a parent there is nobody to work for.
static void leave_terminal(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static _Noreturn void work(struct bench *bench)
{
    struct task task;

    leave_terminal();
    while (!bench->broken && get(bench->channel, &task, sizeof(task)) && do_task(bench, &task))
        ;
    _exit(0); // nothing of the driver's or the parent's runs on the way out
}

// ---- the parent --------------------------------------------------------------------------------------

int worker_start(struct worker *worker, const struct crew *crew)
{
    int ends[2];

    worker->pid = 0;
    worker->busy = false;
    worker->answered = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -errno;
    fflush(NULL);
    worker->pid = fork();
    if (!worker->pid) {
        struct bench bench = {.crew = crew, .channel = ends[1]};

        close(ends[0]);
        work(&bench);
    }
    close(ends[1]);
    worker->channel = ends[0];
    if (worker->pid > 0)
        return 0;
    worker->pid = 0;
    close(ends[0]);
    return -errno;
}

int worker_end(struct worker *worker, bool kill_it)
{
    int status = 0;

    if (!worker->pid)
        return 0;
    if (kill_it)
        kill(worker->pid, SIGKILL);
    shutdown(worker->channel, SHUT_RDWR); // later workers hold copies of our end
    close(worker->channel);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    worker->pid = 0;
    worker->busy = false;
    return status;
}
