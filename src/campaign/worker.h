// SPDX-License-Identifier: MIT
//
// Worker processes: each boots a stage of its own after the fork, takes tasks from a socket and
// answers there. Both ends are the same program, so messages are structures as they are.
#ifndef PORTSIDE_CAMPAIGN_WORKER_H
#define PORTSIDE_CAMPAIGN_WORKER_H

#include <sys/types.h>

#include "campaign/campaign.h"

enum { TASK_SCHEDULES = 16 };

enum task_kind {
    TASK_SURVEY,  // what each script and the boot say: a `struct fit` for each script, then a survey
    TASK_RUN,     // schedules: an outcome for each
    TASK_SHRINK,  // the first schedule fails as `wanted`: a record, then its choices
    TASK_RECORD,  // the same, not shrunk
    TASK_CONFIRM, // the choices that follow the task: an outcome
};

struct task {
    enum task_kind kind;
    uint32_t count;
    uint64_t choices; // TASK_CONFIRM: how many follow
    struct seen wanted;
    struct schedule schedules[TASK_SCHEDULES];
};

struct survey {
    int error; // the boot's, without findings
    char why[400];
    bool real; // time is
    struct outcome boot;
};

struct fit {
    char unfit[120];
};

struct recorded {
    bool found;
    uint64_t count; // choices that follow
    struct seen seen;
};

struct worker {
    pid_t pid;
    int channel;        // our end of a socket pair
    struct task task;   // in hand
    uint32_t answered;  // of its schedules
    bool busy;
};

// What workers need to know, inherited by the fork.
struct crew {
    const char *path;            // of the driver
    const struct token *setting;
    const struct scripts *scripts;
};

// 0 or a negative errno. Leaves the task in hand alone.
int worker_start(struct worker *worker, const struct crew *crew);
// Closes the channel and waits; the status as waitpid has it. `kill`: without asking.
int worker_end(struct worker *worker, bool kill);

// False: the worker is gone.
bool worker_send(struct worker *worker, const void *bytes, size_t count);
bool worker_receive(struct worker *worker, void *bytes, size_t count);
bool worker_receive_outcome(struct worker *worker, struct outcome *out);

#endif
