// SPDX-License-Identifier: MIT
//
// Building, running and ending a system from outside; see <portside/system.h>.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/sound.h"
#include "models/models.h"
#include "port/policy.h"

static const struct ps_options defaults = {.processors = 2};

// ---- creation and end ----------------------------------------------------------------------------------

static int build(struct host *host, const struct ps_options *options)
{
    struct ps_system *system = host->system;
    struct sched_options sched = {.processors = options->processors ? options->processors : 2,
                                  .tick = options->tick_ns};
    int result;

    host->chooser = options->schedule == PS_SCHEDULE_RANDOM ? chooser_seeded(options->seed)
                                                            : chooser_round_robin();
    if (!host->chooser)
        return -ENOMEM;
    sched.chooser = host->chooser;
    result = sched_create(system, &sched);
    if (!result)
        sched_set_watchdog(system->sched, host->watchdog_ms);
    if (!result && options->real_clock)
        result = sched_use_real_clock(system->sched);
    if (!result)
        result = machine_create(system, &host->machine);
    if (!result)
        result = kernel_create(system);
    return result;
}

static enum memory_layout layout_of(enum ps_memory memory)
{
    switch (memory) {
    case PS_MEMORY_CONTIGUOUS:
        return LAYOUT_CONTIGUOUS;
    case PS_MEMORY_FRAGMENTED:
        return LAYOUT_FRAGMENTED;
    default:
        return LAYOUT_SCATTERED;
    }
}

static int machine_kind(const char *name, struct machine_options *out)
{
    out->kind = MACHINE_SIM;
    if (!name || !strcmp(name, "sim"))
        return 0;
    out->quirks = !strcmp(name, "sim:quirks=qemu");
    if (!strcmp(name, "qemu"))
        out->kind = MACHINE_QEMU;
    return out->quirks || out->kind == MACHINE_QEMU ? 0 : -EINVAL;
}

enum { PATIENCE = 10000 }; // ms

int ps_system_create(const struct ps_options *options, struct ps_system **out)
{
    struct host *host;
    int result;

    *out = NULL;
    if (!options)
        options = &defaults;
    if (options->processors > SCHED_MAX_PROCESSORS)
        return host_error(-EINVAL, "%u processors: at most %u", options->processors,
                          SCHED_MAX_PROCESSORS);
    host = calloc(1, sizeof(*host));
    if (!host)
        return host_error(-ENOMEM, "out of memory");
    host->system = system_create(options->seed);
    if (!host->system) {
        result = -errno;
        free(host);
        return host_error(result, "no system can be made: %s", strerror(-result));
    }
    host->system->host = host;
    host->watchdog_ms = options->watchdog_ms ? options->watchdog_ms : 2000;
    host->patience_ms = host->machine.patience = options->patience_ms ? options->patience_ms : PATIENCE;
    host->machine.layout = layout_of(options->memory);
    host->machine.map_budget = options->map_budget;
    host->machine.rate = options->sound_rate;
    host->machine.hears = options->sound_in;
    host->machine.program = getenv("PORTSIDE_QEMU");
    result = machine_kind(options->machine, &host->machine);
    if (result) {
        ps_system_destroy(host->system);
        return host_error(result, "no machine is called '%.40s'", options->machine);
    }
    result = build(host, options);
    if (result) {
        ps_system_destroy(host->system);
        return host_error(result, "no machine can be made: %s", strerror(-result));
    }
    *out = host->system;
    return 0;
}

void ps_system_destroy(struct ps_system *system)
{
    struct host *host = system ? system->host : NULL;

    if (!host)
        return;
    while (host->drivers) {
        struct ps_driver *driver = host->drivers;

        host->drivers = driver->next;
        arena_remove_source(system->arena, driver);
        image_unload(driver->image, false);
        free(driver->inf);
        free(driver);
    }
    sound_destroy(host->sound);
    if (system->kernel)
        kernel_destroy(system);
    if (system->machine)
        machine_destroy(system);
    if (system->sched)
        sched_destroy(system);
    chooser_destroy(host->chooser);
    system_destroy(system);
    free(host);
}

int host_enter(struct ps_system *system)
{
    int result = system_check(system);

    if (result == -EPERM)
        return host_error(result, "the system belongs to another thread");
    if (result)
        return host_error(result, "the system is halted: see its findings");
    return 0;
}

// ---- running -------------------------------------------------------------------------------------------

// A function that a system thread runs for the host.
struct call {
    int (*function)(void *context);
    void *context;
    struct ps_system *system;
    const char *name;
    int result;
    bool done, overdue;
    struct sched_thread *thread;
    struct sched_deadline limit;
};

struct standstill {
    const struct call *call;
    char waits[1024]; // who waits for what, in one line
};

static void describe_waits(const struct call *call, struct standstill *still)
{
    still->call = call;
    host_describe_waits(call->system, still->waits, sizeof(still->waits));
}

static void raise_deadlock(void *context)
{
    const struct standstill *still = context;

    finding_raise(still->call->system, "DEADLOCK", SIDE_DRIVER, NULL,
                  "nothing can run any more and nothing is due: %.300s", still->waits);
}

static int quiet(struct call *call)
{
    struct standstill still;

    describe_waits(call, &still);
    host_blame(call->system, call->thread, raise_deadlock, &still);
    sched_halt(call->system->sched); // its threads would wake with contexts of calls that have returned
    return host_error(-EDEADLK, "nothing can run any more and nothing is due: %s", still.waits);
}

static int halted(struct ps_system *system)
{
    size_t count = journal_count(system->journal);

    if (count)
        return host_error(-EFAULT, "the system was halted: %s",
                          journal_get(system->journal, count - 1)->text);
    return host_error(-EFAULT, "the system was halted");
}

// A machine that is no more takes its system with it.
static int machine_lost(struct ps_system *system)
{
    const char *why = machine_failure(system->machine);

    if (!why)
        return 0;
    sched_halt(system->sched);
    return host_error(-EHOSTDOWN, "%s", why);
}

enum { SLICES = 40, INTERRUPTED_SLICES = 4 }; // of the patience

// A run whose sound does not move. Counted in slices of the scheduler's time: a stop of the whole process is one of them.
struct movement {
    uint64_t progress;
    uint64_t slice, end; // ns: of one, and of this one
    unsigned slices;
};

// Everything stops, since nobody would wake those who wait.
static int stand_still(struct ps_system *system, const struct sound *sound)
{
    bool interrupted = sound_interrupted(sound);

    if (!interrupted && !machine_answers(system->machine))
        return machine_lost(system);
    sched_halt(system->sched);
    if (interrupted)
        return host_error(-EINTR, "interrupted while the device stood still");
    return host_error(-ETIMEDOUT, "the device stands still: no sound moved for %g s",
                      (double)system->host->patience_ms / 1000);
}

static int watch_sound(struct ps_system *system, struct movement *still)
{
    const struct sound *sound = system->host->sound;
    uint64_t progress, most;

    if (!sound || system->sched->now < still->end)
        return 0;
    still->end = system->sched->now + still->slice;
    progress = sound_progress(sound);
    most = SLICES + sound_patience(sound) / still->slice;
    still->slices = progress == still->progress ? still->slices + 1 : 0;
    still->progress = progress;
    if (sound_interrupted(sound) && most > INTERRUPTED_SLICES)
        most = INTERRUPTED_SLICES;
    return still->slices > most ? stand_still(system, sound) : 0;
}

enum { CALL_PATIENCES = 3 };

static void raise_overdue(void *context)
{
    const struct standstill *still = context;
    const struct call *call = still->call;

    finding_raise(call->system, "BUDGET", SIDE_DRIVER, NULL,
                  "\"%s\" has not come back within %g s of the machine's time%s%.200s", call->name,
                  call->system->host->patience_ms * (double)CALL_PATIENCES / 1000, *still->waits ? ": " : "",
                  still->waits);
}

// A call that polls or waits for ever while time goes on.
static int overdue(struct call *call)
{
    struct standstill still;

    describe_waits(call, &still);
    host_blame(call->system, call->thread, raise_overdue, &still);
    sched_halt(call->system->sched);
    return halted(call->system);
}

// Until the call is done, serving sound. 0, -EFAULT (halted), -EDEADLK (quiet), -ETIMEDOUT (the sound stands still,
// and so does the system from then on), or what sound said.
static int run_until_done(struct call *call)
{
    struct ps_system *system = call->system;
    struct host *host = system->host;
    struct movement still = {.slice = host->patience_ms * 1000000ull / SLICES};
    int result = 0;

    while (!call->done && !result) {
        enum sched_end end = sched_run(system->sched, host->sound ? still.end : SCHED_NEVER);

        if (end == SCHED_HALTED)
            result = halted(system);
        else if (call->overdue && !call->done)
            result = overdue(call);
        else if (end == SCHED_QUIET && !call->done)
            result = quiet(call);
        else if (host->sound)
            sound_serve(host->sound); // its failure ends the client, which ends the run
        if (!result)
            result = machine_lost(system);
        if (!result && !call->done)
            result = watch_sound(system, &still);
    }
    return result;
}

static void run_call(void *argument)
{
    struct call *call = argument;

    call->result = call->function(call->context);
    call->done = true;
    sched_stop(call->system->sched);
}

static void never_returned(struct sched_deadline *deadline)
{
    struct call *call = LIST_OBJECT(deadline, struct call, limit);

    call->overdue = true;
    sched_stop(call->system->sched);
}

// While there is no sound, whose movement says more.
static void limit_call(struct ps_system *system, struct call *call)
{
    call->limit.fire = never_returned;
    sched_deadline_set(system->sched, &call->limit,
                       system->sched->now + system->host->patience_ms * 1000000ull * CALL_PATIENCES);
}

static int call_system(struct ps_system *system, const char *name, int (*function)(void *), void *context,
                       bool limited)
{
    struct call call = {.function = function, .context = context, .system = system, .name = name};
    struct fault_plan *plan = system->fault;
    int result = host_enter(system);

    if (result)
        return result;
    if (sched_on_fiber(system->sched))
        return function(context);
    system->fault = NULL; // the thread is ours: failing it would test nothing of the system's
    call.thread = kernel_thread(system, name, run_call, &call);
    system->fault = plan;
    if (!call.thread)
        return host_error(-ENOMEM, "no memory for a thread in the system");
    if (limited && !system->host->sound)
        limit_call(system, &call);
    result = run_until_done(&call);
    sched_deadline_cancel(system->sched, &call.limit);
    return result ? result : call.result;
}

int host_call(struct ps_system *system, const char *name, int (*function)(void *), void *context)
{
    return call_system(system, name, function, context, true);
}

struct public_call {
    int (*function)(struct ps_system *system, void *context);
    struct ps_system *system;
    void *context;
};

static int run_public(void *argument)
{
    struct public_call *call = argument;

    return call->function(call->system, call->context);
}

int ps_call(struct ps_system *system, const char *name,
            int (*function)(struct ps_system *system, void *context), void *context)
{
    struct public_call call = {function, system, context};

    return call_system(system, name, run_public, &call, false);
}

int ps_sleep(struct ps_system *system, uint64_t ns)
{
    LARGE_INTEGER interval;

    if (!sched_on_fiber(system->sched))
        return host_error(-EINVAL, "ps_sleep outside ps_call");
    interval.QuadPart = -(LONGLONG)((ns + 99) / 100);
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
    return 0;
}

// ---- small questions -----------------------------------------------------------------------------------

int ps_policy_set(struct ps_system *system, const char *name, const char *value)
{
    int result = policy_set(system, name, value);

    if (result == -ENOENT)
        return host_error(result, "no policy is called '%s'", name);
    if (result)
        return host_error(result, "policy '%s' has no value '%s'", name, value);
    return 0;
}

const struct ps_device_ops *ps_model_find(const char *name)
{
    return model_find(name);
}

const struct ps_device_ops *ps_model_of_driver(const char *driver)
{
    const struct ps_device_ops *model;
    char stem[32];

    snprintf(stem, sizeof(stem), "%.*s", (int)strcspn(driver, "-"), driver);
    model = strpbrk(driver, "/.") ? NULL : model_find(stem);
    return model ? model : &ac97_model;
}

int ps_device_attach(struct ps_system *system, const struct ps_device_ops *model)
{
    struct ps_device *device;
    int result = host_enter(system);

    if (result)
        return result;
    if (!model || !model->version || model->version > PS_DEVICE_VERSION)
        return host_error(-EINVAL, "the device model is for another version of Portside");
    result = machine_attach(system, model, &device);
    if (machine_failure(system->machine))
        return host_error(-EHOSTDOWN, "%s", machine_failure(system->machine));
    if (result == -ENOTSUP)
        return host_error(result, "device '%s' is not on this machine", model->name);
    if (result)
        return host_error(result, "device '%s' cannot be attached: %s", model->name,
                          strerror(-result));
    return (int)machine_device_count(system->machine) - 1;
}

uint64_t ps_now(const struct ps_system *system)
{
    return system->sched->now;
}

void ps_machine_get(const struct ps_system *system, struct ps_machine_info *out)
{
    *out = (struct ps_machine_info){
        .text = machine_describe(system->machine),
        .real = sched_is_real(system->sched),
        .commands = machine_commands(system->machine),
    };
}

bool ps_service_get(const struct ps_system *system, struct ps_service *out)
{
    struct real_clock_service service;

    *out = (struct ps_service){0};
    if (!sched_service(system->sched, &service))
        return false;
    *out = (struct ps_service){service.wakes, service.p50, service.p99, service.p999, service.worst};
    return true;
}

bool ps_halted(const struct ps_system *system)
{
    return system->halted;
}

// ---- trace ---------------------------------------------------------------------------------------------

int ps_trace_start(struct ps_system *system, FILE *file)
{
    int result = trace_open(system, file);

    return result ? host_error(result, "the trace cannot be started: %s", strerror(-result)) : 0;
}

int ps_trace_stop(struct ps_system *system)
{
    int result = trace_close(system);

    return result ? host_error(result, "the trace cannot be written: %s", strerror(-result)) : 0;
}

// ---- snapshots, faults, counts -------------------------------------------------------------------------

struct ps_snapshot {
    struct arena_snapshot *arena;
    struct ps_driver *first; // the latest driver loaded then; later ones stand before it in the list
};

int ps_snapshot_take(struct ps_system *system, struct ps_snapshot **out)
{
    int result = host_enter(system);

    *out = NULL;
    if (result)
        return result;
    if (sched_on_fiber(system->sched))
        return host_error(-EBUSY, "a snapshot can only be taken from outside ps_call");
    *out = calloc(1, sizeof(**out));
    if (*out)
        result = arena_snapshot_take(system->arena, &(*out)->arena);
    if (!*out || result) {
        free(*out);
        *out = NULL;
        return host_error(-ENOMEM, "no memory for a snapshot");
    }
    (*out)->first = system->host->drivers;
    return 0;
}

int ps_snapshot_restore(struct ps_system *system, const struct ps_snapshot *snapshot)
{
    if (system_check(system) == -EPERM)
        return host_error(-EPERM, "the system belongs to another thread");
    if (system->host->sound)
        return host_error(-EBUSY, "a run is in progress");
    while (system->host->drivers != snapshot->first)
        driver_forget(system->host->drivers);
    arena_snapshot_restore(system->arena, snapshot->arena);
    return 0;
}

void ps_snapshot_free(struct ps_snapshot *snapshot)
{
    if (!snapshot)
        return;
    arena_snapshot_free(snapshot->arena);
    free(snapshot);
}

void ps_fault_set(struct ps_system *system, uint64_t at, bool for_good, uint64_t *reached)
{
    struct fault_plan *plan = &system->host->fault;

    if (reached)
        *reached = plan->reached;
    *plan = (struct fault_plan){.fail_at = at, .for_good = for_good};
    system->fault = plan;
}

void ps_counts_get(struct ps_system *system, struct ps_counts *out)
{
    struct kernel_counts counts;

    kernel_get_counts(system, &counts);
    *out = (struct ps_counts){
        .pool_blocks = counts.pool_blocks,
        .pool_bytes = counts.pool_bytes,
        .pages = counts.pages,
        .views = counts.views,
        .grants = counts.grants,
        .mdls = counts.mdls,
        .irps = counts.irps,
        .files = counts.files,
        .devices = counts.devices,
        .threads = counts.threads,
        .interfaces = counts.interfaces,
        .descriptors = counts.descriptors,
    };
}
