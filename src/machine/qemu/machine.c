// SPDX-License-Identifier: MIT
//
// The machine as the rest of the house sees it: its life, its clock, its interrupts, and what its end looks like.
#include "machine/qemu/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define MS 1000000ull

enum {
    DEFAULT_RATE = 48000,
    PATIENCE = 10000, // ms
    NOBODYS_PORT = 0x80,
    END_PATIENCE = 500, // ms
};
// How often sound is fetched, and QEMU's clock moved where nothing else moves it.
#define TICK_REAL (10 * MS)
#define TICK_STEPS (2500 * MS / 1000)
#define RESTLESS (1000 * MS) // after the last access that may have begun something
#define LAG 20000u           // ns that QEMU's clock may be behind at an access
#define HOLD (100 * MS)      // from its DMA engine to what it plays

// ---- its end --------------------------------------------------------------------------------

static void say_how(struct qemu *qemu, int error)
{
    char said[256];
    struct child *child = &qemu->child;

    if (error == -EPIPE)
        child_await(child, END_PATIENCE); // it closes its sockets on its way out
    child_complaint(child, said, sizeof(said));
    if (!child->pid && WIFSIGNALED(child->status))
        machine_fail(qemu->machine, "QEMU was ended by signal %d (%s)%s%s", WTERMSIG(child->status),
                     strsignal(WTERMSIG(child->status)), *said ? ": " : "", said);
    else if (!child->pid)
        machine_fail(qemu->machine, "QEMU ended with status %d%s%s", WEXITSTATUS(child->status),
                     *said ? ": " : "", said);
    else if (error == -EPIPE)
        machine_fail(qemu->machine, "QEMU closed its socket");
    else if (error == -ETIMEDOUT)
        machine_fail(qemu->machine, "QEMU does not answer");
    else
        machine_fail(qemu->machine, "QEMU answers what is no answer: %s", strerror(-error));
}

int qemu_check(struct qemu *qemu, int error)
{
    if (!error)
        return 0;
    if (!qemu->machine->outside->failure[0])
        say_how(qemu, error);
    return -EHOSTDOWN;
}

// ---- time -----------------------------------------------------------------------------------

static int step_to(struct qemu *qemu, uint64_t now)
{
    uint64_t by = now - qemu->stepped;

    if (!qemu->steps || now <= qemu->stepped)
        return 0;
    qemu->stepped = now;
    return qtest_post(&qemu->link, "clock_step %llu", (unsigned long long)by);
}

int qemu_catch_up(struct qemu *qemu)
{
    uint64_t now = qemu->machine->system->sched->now;

    return now < qemu->stepped + LAG ? 0 : step_to(qemu, now);
}

static void tick(struct sched_deadline *deadline)
{
    struct qemu *qemu = deadline->context;
    struct sched *sched = qemu->machine->system->sched;

    if (qemu->machine->outside->failure[0])
        return;
    qemu_check(qemu, step_to(qemu, sched->now));
    qemu_check(qemu, qtest_settle(&qemu->link));
    qemu_sound_move(qemu);
    if (qemu->sounding || (qemu->steps && sched->now < qemu->busy_until))
        sched_deadline_set(sched, deadline, sched->now + (qemu->steps ? TICK_STEPS : TICK_REAL));
}

void qemu_stir(struct qemu *qemu)
{
    struct sched *sched = qemu->machine->system->sched;

    qemu->busy_until = sched->now + RESTLESS;
    if (!qemu->tick.slot && (qemu->steps || qemu->sounding))
        sched_deadline_set(sched, &qemu->tick, sched->now + (qemu->steps ? TICK_STEPS : TICK_REAL));
}

// ---- interrupts -----------------------------------------------------------------------------

static void irq(void *context, unsigned number, bool level)
{
    struct qemu *qemu = context;
    struct machine *machine = qemu->machine;

    if (machine->device_count && !machine->faults.gone && number == qemu_line(qemu_device(machine->devices[0])))
        fault_line(machine->devices[0], level);
}

// A write may lower the line: it would be served once more if that were learnt later.
static bool must_settle(const struct qemu *qemu)
{
    const struct machine *machine = qemu->machine;
    const struct ps_device *device = machine->device_count ? machine->devices[0] : NULL;

    return qemu->link.posted && (qemu->steps || (device && device->line_wanted && !device->line.edge));
}

// Between two contexts. Where time is virtual what was written has its effect before it is decided who runs, always.
static void look(struct sched_source *source)
{
    struct qemu *qemu = source->context;
    int error;

    if (qemu->machine->outside->failure[0])
        return;
    error = must_settle(qemu) ? qtest_settle(&qemu->link) : 0;
    if (!error && !qemu->steps)
        error = qtest_look(&qemu->link);
    qemu_check(qemu, error);
}

// ---- life -----------------------------------------------------------------------------------

static int qemu_create(struct machine *machine, const struct machine_options *options)
{
    struct qemu *qemu = calloc(1, sizeof(*qemu));

    machine->outside->own = qemu;
    if (!qemu)
        return -ENOMEM;
    qemu->machine = machine;
    qemu->options = *options;
    if (!qemu->options.rate)
        qemu->options.rate = DEFAULT_RATE;
    if (!qemu->options.patience)
        qemu->options.patience = PATIENCE;
    qemu->child = (struct child){.qtest = -1, .monitor = -1, .sound = -1, .errors = -1};
    qemu->source.look = look;
    qemu->source.context = qemu->link.context = qemu->tick.context = qemu;
    qemu->tick.fire = tick;
    qemu->link.irq = irq;
    qemu->program = strdup(options->program ? options->program : "qemu-system-x86_64");
    return qemu->program ? qemu_stray_create(qemu) : -ENOMEM;
}

static void qemu_destroy(struct machine *machine)
{
    struct qemu *qemu = qemu_of(machine);

    if (!qemu)
        return;
    if (machine->system->sched) {
        sched_source_remove(machine->system->sched, &qemu->source);
        sched_deadline_cancel(machine->system->sched, &qemu->tick);
    }
    child_end(&qemu->child);
    free(qemu->program);
    free(qemu->freed);
    free(qemu);
    machine->outside->own = NULL;
}

static int connect_clock(struct qemu *qemu)
{
    struct sched *sched = qemu->machine->system->sched;
    int error = 0;

    if (!qemu->steps && !sched_is_real(sched))
        error = sched_use_real_clock(sched);
    qemu->stepped = sched->now;
    qemu->source.fd = qemu->child.qtest;
    return error ? error : sched_source_add(sched, &qemu->source);
}

static int start(struct qemu *qemu, struct qemu_device *device)
{
    int error = qemu_start(qemu, device->kind);

    if (!error)
        error = connect_clock(qemu);
    return error ? error : qemu_check(qemu, qemu_bus_attach(qemu, device));
}

static int qemu_attach(struct machine *machine, const struct ps_device_ops *model,
                       struct ps_device **out)
{
    const struct qemu_kind *kind = qemu_kind_find(model->name);
    struct qemu_device *device;
    int error;

    if (!kind)
        return -ENOTSUP;
    if (kind->deaf && qemu_of(machine)->options.hears) {
        machine_fail(machine, "QEMU's %s does not record", model->name);
        return -EHOSTDOWN;
    }
    if (machine->device_count)
        return -ENOSPC;
    device = arena_alloc(machine->system->arena, sizeof(*device));
    if (!device)
        return -ENOMEM;
    device->head.machine = machine;
    device->head.ops = model;
    device->head.slot = 1;
    device->kind = kind;
    error = start(qemu_of(machine), device);
    if (error) {
        arena_free(machine->system->arena, device, sizeof(*device));
        return error;
    }
    device_wire(&device->head, true);
    *out = &device->head;
    return 0;
}

static void qemu_detach(struct ps_device *device)
{
    device_unwire(device);
    arena_free(device->machine->system->arena, device, sizeof(struct qemu_device));
}

static unsigned qemu_resources(const struct ps_device *device, struct device_resource *out)
{
    unsigned count = 0;

    if (device_isa(device))
        return isa_resources(device, out);
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
        const struct qemu_bar *bar = &qemu_device(device)->bars[i];

        if (bar->size)
            out[count++] = (struct device_resource){.kind = bar->io ? RESOURCE_IO : RESOURCE_MEMORY,
                                                    .start = bar->start,
                                                    .length = bar->size};
    }
    return count + device_line_resource(device, &out[count]);
}

static void qemu_sync(struct ps_device *device)
{
    struct qemu *qemu = qemu_of(device->machine);

    if (!device->machine->outside->failure[0])
        qemu_check(qemu, qtest_settle(&qemu->link));
}

static const char *qemu_describe(const struct machine *machine)
{
    struct qemu *qemu = qemu_of(machine);

    snprintf(qemu->text, sizeof(qemu->text), "QEMU %u.%u.%u, %s", qemu->monitor.major,
             qemu->monitor.minor, qemu->monitor.micro,
             qemu->steps ? "accelerator qtest: time is virtual" : "accelerator tcg: time is real");
    return qemu->text;
}

static void qemu_ask(struct machine *machine)
{
    struct qemu *qemu = qemu_of(machine);
    uint64_t ignored;

    if (!machine->outside->failure[0])
        qemu_check(qemu, qtest_ask(&qemu->link, &ignored, "inb 0x%x", NOBODYS_PORT));
}

static uint64_t qemu_commands(const struct machine *machine)
{
    return qemu_of(machine)->link.commands;
}

const struct machine_ops qemu_ops = {
    .create = qemu_create,
    .destroy = qemu_destroy,
    .attach = qemu_attach,
    .detach = qemu_detach,
    .resources = qemu_resources,
    .port_read = qemu_port_read,
    .port_write = qemu_port_write,
    .mmio_read = qemu_mmio_read,
    .mmio_write = qemu_mmio_write,
    .config_read = qemu_config_read,
    .config_write = qemu_config_write,
    .is_device_memory = qemu_is_device_memory,
    .sync = qemu_sync,
    .page_freed = qemu_page_freed,
    .page_taken = qemu_page_taken,
    .sound_begin = qemu_sound_begin,
    .sound_end = qemu_sound_end,
    .sound_heard = qemu_sound_heard,
    .ask = qemu_ask,
    .describe = qemu_describe,
    .commands = qemu_commands,
    .guesses = true,
    .hold = HOLD,
};
