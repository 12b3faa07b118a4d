// SPDX-License-Identifier: MIT
//
// Starting QEMU, and learning its version and whether its clock moves by command.
#include "machine/qemu/qemu.h"

#include <errno.h>
#include <string.h>

enum { AT_START = 3 }; // times as patient

static void no_program(struct qemu *qemu, int error)
{
    if (error == -ENOENT)
        machine_fail(qemu->machine,
                     "%s is not installed: apt-get install qemu-system-x86, or name it in "
                     "PORTSIDE_QEMU",
                     qemu->program);
    else
        machine_fail(qemu->machine, "%s cannot be started: %s", qemu->program, strerror(-error));
}

static void too_old(struct qemu *qemu, unsigned version)
{
    machine_fail(qemu->machine, "%s is version %u.%u: %d.%d or newer is needed", qemu->program,
                 version / 100, version % 100, QEMU_OLDEST / 100, QEMU_OLDEST % 100);
}

// It ended, or said nothing sensible, before it was of use.
static void no_start(struct qemu *qemu, int error)
{
    char said[256];
    unsigned version;

    child_complaint(&qemu->child, said, sizeof(said));
    version = child_ask_version(qemu->program);
    if (version && version < QEMU_OLDEST)
        too_old(qemu, version);
    else if (*said)
        machine_fail(qemu->machine, "QEMU does not start: %s", said);
    else
        machine_fail(qemu->machine, "%s does not start as QEMU does: %s", qemu->program,
                     error == -EPIPE ? "it ended at once" : strerror(-error));
}

static int greet(struct qemu *qemu)
{
    unsigned version;
    int error;

    qemu->monitor = (struct monitor){.fd = qemu->child.monitor,
                                     .patience = AT_START * (int)qemu->options.patience};
    error = monitor_greet(&qemu->monitor);
    if (error) {
        no_start(qemu, error);
        return -EHOSTDOWN;
    }
    version = qemu->monitor.major * 100 + qemu->monitor.minor;
    if (version < QEMU_OLDEST) {
        too_old(qemu, version);
        return -EHOSTDOWN;
    }
    return 0;
}

static int probe(struct qemu *qemu)
{
    uint64_t ignored;
    int error = qtest_ask(&qemu->link, &ignored, "irq_intercept_in ioapic");

    if (!error)
        error = qtest_try(&qemu->link, &qemu->steps, "clock_step 1");
    if (error)
        no_start(qemu, error);
    return error ? -EHOSTDOWN : 0;
}

int qemu_start(struct qemu *qemu, const struct qemu_kind *kind)
{
    const struct machine *machine = qemu->machine;
    const struct ram_range *last = &machine->ranges[machine->range_count - 1];
    uint64_t all = (uint64_t)machine->frame_count * MACHINE_PAGE;
    uint64_t high = last->pfn >> 20 ? (uint64_t)last->count * MACHINE_PAGE : 0;
    struct child_options options = {
        .program = qemu->program,
        .devices = kind->arguments,
        .ram = machine->outside->memfd,
        .low = all - high,
        .high = high,
        .rate = qemu->options.rate,
        .hears = qemu->options.hears,
    };
    int error = child_start(&qemu->child, &options);

    if (error) {
        no_program(qemu, error);
        return -EHOSTDOWN;
    }
    qemu->link.fd = qemu->child.qtest;
    qemu->link.patience = AT_START * (int)qemu->options.patience;
    error = greet(qemu);
    if (!error)
        error = probe(qemu);
    qemu->link.patience = qemu->monitor.patience = (int)qemu->options.patience;
    return error;
}
