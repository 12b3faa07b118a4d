// SPDX-License-Identifier: MIT
//
// What a model may ask of its machine: time, its interrupt line, memory inside grants, sound ends
// (include/portside/device.h).
#include "machine/sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/finding.h"

enum {
    CODE_DMA_VIOLATION = 0xe6,
    CODE_PROJECT = 0xa0d10, // VF-17: Windows has none
    DMA_OUTSIDE_GRANT = 0x26, // VF-154
};

// ---- time -----------------------------------------------------------------------------------

uint64_t ps_device_now(const struct ps_device *device)
{
    return device->machine->system->sched->now;
}

void device_wake(struct sched_deadline *deadline)
{
    struct ps_device *device = deadline->context;

    if (!device->ops->wake || device->machine->faults.gone)
        return;
    sim(device)->inside++;
    device->ops->wake(device, sim(device)->state);
    sim(device)->inside--;
}

void ps_device_wake(struct ps_device *device, uint64_t when)
{
    ps_device_wake_lazily(device, when, when);
}

void ps_device_wake_lazily(struct ps_device *device, uint64_t when, uint64_t latest)
{
    struct ps_system *system = device->machine->system;

    if (when == PS_NEVER)
        sched_deadline_cancel(system->sched, &sim(device)->deadline);
    else if (sched_deadline_set_lazily(system->sched, &sim(device)->deadline, when, latest))
        finding_raise(system, "MACHINE", SIDE_PORT, NULL, "no memory for a deadline of %s",
                      device->ops->name);
}

// ---- interrupts -----------------------------------------------------------------------------

static void pci_line_update(struct ps_device *device)
{
    bool allowed = !(device_command(device) & COMMAND_NO_INTERRUPT) && device_d_state(device) != 3 &&
                   !device->machine->faults.gone;
    bool messages = device_sends_messages(device);

    if (messages && device->line.edge)
        return; // a message may be on its way
    device->line.edge = false;
    if (device->ops->pci.interrupt_pin)
        fault_line(device, sim(device)->line_level && allowed && !messages);
}

void device_line_update(struct ps_device *device)
{
    if (device_isa(device))
        isa_line_update(device);
    else
        pci_line_update(device);
}

void ps_device_interrupt(struct ps_device *device, bool level)
{
    bool rises = level && !sim(device)->line_level;

    sim(device)->line_level = level;
    if (!device_sends_messages(device))
        device_line_update(device);
    else if (rises)
        device_send_message(device);
}

bool ps_device_bus_master(const struct ps_device *device)
{
    return (device_command(device) & COMMAND_MASTER) && device_d_state(device) != 3;
}

// ---- DMA ------------------------------------------------------------------------------------

// The page is held, but its stream was told to pause or stop.
static void report_suspended(struct ps_device *device, uint64_t physical, uint64_t tag)
{
    const uint64_t parameters[4] = {17, device->slot, physical, tag};

    device->machine->counts.dma_outside_grant++;
    finding_raise_code(device->machine->system, "VF-17", SIDE_DRIVER, NULL, CODE_PROJECT, parameters,
                       "device %u (%s) touches mapping %" PRIu64
                       " although SetState has returned that ended its stream's DMA",
                       device->slot, device->ops->name, tag);
}

static void report_outside(struct ps_device *device, uint64_t physical,
                           enum ps_dma_direction direction)
{
    struct machine *machine = device->machine;
    uint32_t frame = memory_frame(machine, physical / MACHINE_PAGE);
    const struct frame *info = frame == FRAME_NONE ? NULL : memory_frame_info(machine, frame);
    const uint64_t parameters[4] = {DMA_OUTSIDE_GRANT, device->slot, physical, direction};
    const char *verb = direction == PS_DMA_FROM_MEMORY ? "reads from" : "writes to";
    char why[96];

    if (info && info->suspended && !info->readers && !info->writers) {
        report_suspended(device, physical, info->tag);
        return;
    }
    if (!info)
        snprintf(why, sizeof(why), "where no memory is");
    else if (info->readers || info->writers)
        snprintf(why, sizeof(why), "granted for the other direction only, to mapping %" PRIu64,
                 info->tag);
    else if (info->tag)
        snprintf(why, sizeof(why), "no longer granted; mapping %" PRIu64 " was the last there",
                 info->tag);
    else
        snprintf(why, sizeof(why), "which was never granted");
    machine->counts.dma_outside_grant++;
    finding_raise_code(machine->system, "VF-11", SIDE_DRIVER, NULL, CODE_DMA_VIOLATION, parameters,
                       "device %u (%s) %s physical address 0x%" PRIx64 ", %s", device->slot,
                       device->ops->name, verb, physical, why);
}

static void report_no_master(struct ps_device *device, uint64_t physical)
{
    finding_raise(device->machine->system, "BUS-MASTER", SIDE_DEVICE, NULL,
                  "device %u (%s) touches physical address 0x%" PRIx64
                  " while its bus mastering is off",
                  device->slot, device->ops->name, physical);
}

// How many of `bytes` from `physical` on are granted without a gap.
static size_t granted_bytes(const struct machine *machine, uint64_t physical, size_t bytes,
                            enum ps_dma_direction direction)
{
    size_t granted = 0;

    while (granted < bytes && grant_covers(machine, physical + granted, 1, direction)) {
        size_t in_page = MACHINE_PAGE - (physical + granted) % MACHINE_PAGE;

        granted += in_page < bytes - granted ? in_page : bytes - granted;
    }
    return granted;
}

uint8_t *granted_piece(struct ps_device *device, uint64_t physical, size_t *bytes,
                       enum ps_dma_direction direction)
{
    size_t granted;
    uint8_t *at;

    granted = granted_bytes(device->machine, physical, *bytes, direction);
    at = granted ? memory_direct(device->machine, physical, granted) : NULL; // ranges do not touch
    if (!at) {
        report_outside(device, physical, direction);
        return NULL;
    }
    *bytes = granted;
    return at;
}

static uint8_t *dma_piece(struct ps_device *device, uint64_t physical, size_t *bytes,
                          enum ps_dma_direction direction)
{
    if (ps_device_bus_master(device))
        return granted_piece(device, physical, bytes, direction);
    report_no_master(device, physical);
    return NULL;
}

// All of it or nothing.
static uint8_t *dma_whole(struct ps_device *device, uint64_t physical, size_t bytes,
                          enum ps_dma_direction direction)
{
    size_t piece = bytes;
    uint8_t *at = dma_piece(device, physical, &piece, direction);

    if (at && piece < bytes) {
        report_outside(device, physical + piece, direction);
        return NULL;
    }
    return at;
}

int ps_device_dma_read(struct ps_device *device, uint64_t physical, void *to, size_t bytes)
{
    const uint8_t *from;

    if (!bytes)
        return 0;
    from = dma_whole(device, physical, bytes, PS_DMA_FROM_MEMORY);
    if (!from)
        return -EFAULT;
    copy_raw(to, from, bytes);
    return 0;
}

int ps_device_dma_write(struct ps_device *device, uint64_t physical, const void *from, size_t bytes)
{
    uint8_t *to;

    if (!bytes)
        return 0;
    to = dma_whole(device, physical, bytes, PS_DMA_TO_MEMORY);
    if (!to)
        return -EFAULT;
    copy_raw(to, from, bytes);
    return 0;
}

void *ps_device_dma_map(struct ps_device *device, uint64_t physical, size_t *bytes,
                        enum ps_dma_direction direction)
{
    return *bytes ? dma_piece(device, physical, bytes, direction) : NULL;
}

// ---- sound ----------------------------------------------------------------------------------

void ps_device_emit(struct ps_device *device, unsigned line, const int16_t *frames, size_t count,
                    unsigned channels, unsigned rate, bool fetched)
{
    const struct sound_end *end = &device->machine->outside->sound;

    if (end->emit)
        end->emit(end->context, device, line, frames, count, channels, rate, fetched);
}

void ps_device_absorb(struct ps_device *device, unsigned line, int16_t *frames, size_t count,
                      unsigned channels, unsigned rate)
{
    const struct sound_end *end = &device->machine->outside->sound;

    if (end->absorb)
        end->absorb(end->context, device, line, frames, count, channels, rate);
    else
        memset(frames, 0, count * channels * sizeof(*frames));
}

void ps_device_underrun(struct ps_device *device, unsigned line)
{
    const struct sound_end *end = &device->machine->outside->sound;

    if (end->underrun)
        end->underrun(end->context, device, line);
}

bool ps_device_quirks(const struct ps_device *device)
{
    return device->machine->quirks;
}

void ps_device_remark(struct ps_device *device, const char *rule, const char *text)
{
    finding_remark(device->machine->system, rule, SIDE_DRIVER, NULL, 0, NULL, "device %u (%s): %s",
                   device->slot, device->ops->name, text);
}

void ps_device_report(struct ps_device *device, const char *rule, const char *text)
{
    finding_raise(device->machine->system, rule, SIDE_DRIVER, NULL, "device %u (%s): %s",
                  device->slot, device->ops->name, text);
}
