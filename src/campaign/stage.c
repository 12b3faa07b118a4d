// SPDX-License-Identifier: MIT
//
// A booted system that is put back before each run.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "campaign/campaign.h"
#include "kernel/kernel.h"
#include "verifier/lock_order.h"

// ---- what findings do --------------------------------------------------------------------------------

// Scenarios break rules on purpose as a client; that is no finding.
static enum finding_mode mode_of(const struct stage *stage, const struct finding *finding)
{
    return finding->side == SIDE_CLIENT ? FINDING_OFF : rule_mode(&stage->rules, finding);
}

static enum finding_mode decide(void *context, const struct finding *finding)
{
    enum finding_mode mode = mode_of(context, finding);

    if (mode != FINDING_OFF)
        ps_verify_finding_here(finding->rule, finding->text);
    return mode;
}

static void keep_stack(const struct stage *stage, size_t index, unsigned frames,
                       struct seen *seen)
{
    size_t used = 0;

    for (unsigned i = 0; i < frames; i++) {
        char frame[200];

        if (ps_finding_frame(stage->system, index, i, frame, sizeof(frame)) != 1 ||
            used + strlen(frame) + 2 > sizeof(seen->stack))
            continue;
        used += (size_t)snprintf(seen->stack + used, sizeof(seen->stack) - used, "%s%s",
                                 used ? "\n" : "", frame);
    }
}

static void describe(const struct stage *stage, size_t index, struct seen *seen)
{
    struct ps_finding finding;

    memset(seen, 0, sizeof(*seen));
    ps_finding_get(stage->system, index, &finding);
    snprintf(seen->rule, sizeof(seen->rule), "%s", finding.rule);
    snprintf(seen->thread, sizeof(seen->thread), "%s", finding.thread);
    snprintf(seen->where, sizeof(seen->where), "%s", finding.where);
    snprintf(seen->lock, sizeof(seen->lock), "%s", finding.lock);
    snprintf(seen->text, sizeof(seen->text), "%s", finding.text);
    seen->side = (uint8_t)finding.side;
    seen->remark = mode_of(stage, journal_get(stage->system->journal, index)) == FINDING_REMARK;
    seen->irql = (uint8_t)finding.irql;
    seen->processor = (uint8_t)finding.processor;
    seen->code = finding.code;
    seen->repeats = finding.repeats;
    seen->time = finding.time_ns;
    memcpy(seen->parameters, finding.parameters, sizeof(seen->parameters));
    keep_stack(stage, index, finding.frames, seen);
}

static void keep(const struct stage *stage, size_t index, bool remarks, struct outcome *out)
{
    const struct finding *finding = journal_get(stage->system->journal, index);
    enum finding_mode mode = mode_of(stage, finding);

    // Also if nobody wants to hear of it.
    out->broken |= !strcmp(finding->rule, "VF-57") || !strcmp(finding->rule, "VF-71");
    if (out->count < MOST_SEEN && mode != FINDING_OFF && (mode == FINDING_REMARK) == remarks)
        describe(stage, index, &out->seen[out->count++]);
}

// What a run has failed for, before what it has not.
static void keep_all(const struct stage *stage, struct outcome *out)
{
    size_t count = journal_count(stage->system->journal);

    out->count = 0;
    for (size_t i = 0; i < 2 * count; i++)
        keep(stage, i % count, i >= count, out);
}

bool seen_same(const struct seen *a, const struct seen *b)
{
    return a->side == b->side && a->remark == b->remark && !strcmp(a->rule, b->rule) &&
           !strcmp(a->where, b->where);
}

// ---- boot --------------------------------------------------------------------------------------------

static int fail(struct stage *stage, int error)
{
    snprintf(stage->why, sizeof(stage->why), "%s", ps_error_text());
    return stage->error = error;
}

static int apply(struct stage *stage, const struct token *setting)
{
    for (unsigned i = 0; i < setting->rule_count; i++)
        if (rule_change(&stage->rules, setting->rules[i]))
            return host_error(-EINVAL, "rule '%s' cannot be set", setting->rules[i]);
    for (unsigned i = 0; i < setting->policy_count; i++) {
        char name[TOKEN_NAME];
        char *value;

        snprintf(name, sizeof(name), "%s", setting->policies[i]);
        value = strchr(name, '=');
        if (!value)
            return host_error(-EINVAL, "--policy takes NAME=VALUE, not '%s'", name);
        *value++ = 0;
        if (ps_policy_set(stage->system, name, value))
            return -EINVAL;
    }
    return 0;
}

static int attach(struct stage *stage, const struct token *setting)
{
    const struct ps_device_ops *model = ps_model_find(setting->device);
    int index = model ? ps_device_attach(stage->system, model)
                      : host_error(-EINVAL, "no device model is called '%s'", setting->device);

    return index < 0 ? index : 0;
}

// Loads and, if asked to, starts, with a snapshot after each.
static int boot(struct stage *stage, const char *path, bool start)
{
    int error = ps_driver_load(stage->system, path, &stage->driver);

    if (!error)
        error = ps_snapshot_take(stage->system, &stage->loaded);
    if (error || !start)
        return error;
    error = ps_driver_start(stage->driver, 0);
    if (!error)
        error = ps_snapshot_take(stage->system, &stage->started);
    return error;
}

bool setting_is_fresh(const struct token *setting)
{
    return setting->system.machine && !strcmp(setting->system.machine, "qemu");
}

static int build(struct stage *stage, const char *path, const struct token *setting, FILE *trace,
                 bool start)
{
    int error;

    memset(stage, 0, sizeof(*stage));
    stage->path = path;
    stage->setting = setting_is_fresh(setting) ? setting : NULL;
    if (ps_system_create(&setting->system, &stage->system))
        return fail(stage, -EAGAIN);
    journal_set_policy(stage->system->journal, stage, decide);
    if (setting->guard)
        kernel_guard_pool(stage->system);
    error = apply(stage, setting);
    if (!error && lock_order_watch(stage->system))
        error = host_error(-ENOMEM, "out of memory");
    if (!error)
        error = attach(stage, setting);
    if (error)
        return fail(stage, error);
    stage->real = sched_is_real(stage->system->sched);
    if (trace)
        ps_trace_start(stage->system, trace);
    error = boot(stage, path, start);
    keep_all(stage, &stage->boot);
    if (error)
        fail(stage, error);
    return outcome_failures(&stage->boot) ? 0 : error;
}

int stage_build(struct stage *stage, const char *path, const struct token *setting, FILE *trace)
{
    return build(stage, path, setting, trace, true);
}

void stage_destroy(struct stage *stage)
{
    if (!stage->system)
        return;
    ps_snapshot_free(stage->loaded);
    ps_snapshot_free(stage->started);
    ps_system_destroy(stage->system);
    stage->system = NULL;
}

// ---- runs --------------------------------------------------------------------------------------------

bool stage_can_run(const struct stage *stage, const struct script *script)
{
    return script->loaded ? stage->loaded : stage->started;
}

static void look(struct stage *stage, const struct script *script)
{
    if (stage->looked)
        return;
    stage->looked = true;
    stage->unseen = script->look(stage->driver, &stage->traits);
    keep_all(stage, &stage->boot);
}

const char *stage_survey(struct stage *stage, const struct script *script)
{
    const char *why = NULL;

    if (!stage_can_run(stage, script))
        return "the device does not start";
    if (!script->look || !stage->started)
        return NULL;
    look(stage, script);
    if (stage->unseen)
        return "the driver cannot be looked at";
    if (script->fits(script->context, &stage->traits, &why))
        return NULL;
    return why ? why : "the driver does not offer what it needs";
}

static void arm_machine(struct stage *stage, const struct fault *fault)
{
    static const enum machine_interrupts interrupts[FAULT_KINDS] = {
        [FAULT_SPURIOUS] = MACHINE_INTERRUPTS_SPURIOUS,
        [FAULT_LATE] = MACHINE_INTERRUPTS_LATE,
        [FAULT_MERGED] = MACHINE_INTERRUPTS_MERGED,
        [FAULT_LOST] = MACHINE_INTERRUPTS_LOST,
    };
    struct machine_faults faults = {.interrupts = interrupts[fault->kind]};

    if (fault->kind == FAULT_GONE)
        faults.gone_at = fault->at;
    else
        faults.number = fault->at;
    if (fault->kind >= FAULT_SPURIOUS)
        machine_set_faults(stage->system->machine, &faults);
}

static void arm(struct stage *stage, const struct fault *fault)
{
    bool allocation =
        fault->kind == FAULT_ALLOCATION || fault->kind == FAULT_ALLOCATION_FOR_GOOD;

    stage->faulted = fault->kind != FAULT_NONE;
    arm_machine(stage, fault);
    if (fault->kind == FAULT_TICK)
        stage->system->sched->tick = fault->at;
    ps_fault_set(stage->system, allocation ? fault->at : 0,
                 fault->kind == FAULT_ALLOCATION_FOR_GOOD, NULL);
}

// The place that the run's sweep is about came: of its fault, if it has one, else of the scenario's variant.
static bool is_reached(const struct stage *stage, const struct fault *fault,
                       const struct script_outcome *outcome)
{
    struct machine_fault_counts counts;

    if (fault->kind == FAULT_ALLOCATION || fault->kind == FAULT_ALLOCATION_FOR_GOOD)
        return stage->system->host->fault.failed;
    if (fault->kind < FAULT_SPURIOUS)
        return outcome->reached;
    machine_get_fault_counts(stage->system->machine, &counts);
    return fault->kind == FAULT_GONE ? counts.accesses >= fault->at : counts.edges >= fault->at;
}

// A machine that cannot be put back is built again.
static int boot_anew(struct stage *stage, const struct script *script)
{
    FILE *trace = stage->trace;
    int error;

    stage_destroy(stage);
    error = build(stage, stage->path, stage->setting, NULL, !script->loaded);
    stage->trace = trace;
    return error;
}

static int begin(struct stage *stage, const struct script *script)
{
    int error = 0;

    if (stage->setting)
        error = boot_anew(stage, script);
    else
        ps_snapshot_restore(stage->system, script->loaded ? stage->loaded : stage->started);
    if (!error)
        journal_clear(stage->system->journal);
    return error;
}

enum { BUDGET_MS = 30000 }; // of CPU time, for one schedule

void stage_run(struct stage *stage, const struct script *script, const struct schedule *schedule,
               struct chooser *chooser, struct outcome *out)
{
    struct script_outcome outcome = {.reached = true};
    struct ps_system *system;

    memset(out, 0, OUTCOME_HEAD);
    out->script = schedule->script;
    out->series = schedule->series;
    out->index = schedule->index;
    if (begin(stage, script)) {
        snprintf(out->lost, sizeof(out->lost), "%.199s", stage->why);
        return;
    }
    system = stage->system;
    sched_set_chooser(system->sched, chooser);
    arm(stage, &schedule->fault);
    if (stage->trace)
        ps_trace_start(system, stage->trace);
    if (!stage->real)
        sched_set_budget(system->sched, BUDGET_MS);
    script->run(script->context, schedule->variant, stage->faulted, stage->driver, &outcome);
    if (stage->trace)
        ps_trace_stop(system);
    sched_set_chooser(system->sched, system->host->chooser);
    out->reached = is_reached(stage, &schedule->fault, &outcome);
    out->allocations = system->host->fault.reached;
    if (machine_failure(system->machine))
        snprintf(out->lost, sizeof(out->lost), "%.199s", machine_failure(system->machine));
    keep_all(stage, out);
}
