// SPDX-License-Identifier: MIT
//
// Faults on purpose: what interrupt controllers and slots do wrong. Which edges are hit is decided by number or by the
// plan's seed; the rest of the machine knows nothing of it.
#include "machine/private.h"

#include "base/random.h"

#define PULSE 500u // ns that a spurious request lasts

static struct machine_fault_state *state_of(const struct ps_device *device)
{
    return &device->machine->faults;
}

void machine_set_faults(struct machine *machine, const struct machine_faults *faults)
{
    static const struct machine_faults none;

    if (!faults)
        faults = &none;
    machine->faults = (struct machine_fault_state){.plan = *faults, .random = faults->seed};
}

void machine_get_fault_counts(const struct machine *machine, struct machine_fault_counts *out)
{
    *out = machine->faults.counts;
}

// ---- interrupts --------------------------------------------------------------------------------------

static bool is_hit(struct machine_fault_state *state)
{
    uint64_t edge = ++state->counts.edges;

    if (state->plan.interrupts == MACHINE_INTERRUPTS_RIGHT)
        return false;
    return state->plan.number ? edge == state->plan.number : random_below(&state->random, 4) == 0;
}

static void line_set(struct ps_device *device, bool level)
{
    if (device->line.asserted == level)
        return;
    device->machine->counts.interrupts += level;
    sched_interrupt_assert(device->machine->system->sched, &device->line, level);
}

static void later(struct ps_device *device, uint64_t ns)
{
    struct sched *sched = device->machine->system->sched;

    sched_deadline_set(sched, &device->fault_deadline, sched->now + ns); // no memory: it stays lost
}

// Held back requests come; a spurious one begins where nobody asks, and ends.
void fault_fire(struct sched_deadline *deadline)
{
    struct ps_device *device = deadline->context;
    bool spurious = device->spurious && !device->line_wanted && !device->line.asserted;

    device->held = false;
    if (spurious && device->line.masked)
        spurious = false; // nobody is connected who could be disturbed
    line_set(device, device->line_wanted || spurious);
    device->spurious = false;
    if (spurious)
        later(device, PULSE);
}

// True: the request that was made now is not passed on.
static bool hold(struct ps_device *device)
{
    struct machine_fault_state *state = state_of(device);
    uint64_t delay = state->plan.delay ? state->plan.delay : 1000000;

    if (!is_hit(state))
        return false;
    state->counts.injected++;
    switch (state->plan.interrupts) {
    case MACHINE_INTERRUPTS_SPURIOUS:
        device->spurious = true;
        later(device, 1 + random_below(&state->random, (uint32_t)delay));
        return false;
    case MACHINE_INTERRUPTS_LATE:
        later(device, 1 + random_below(&state->random, (uint32_t)delay));
        return true;
    case MACHINE_INTERRUPTS_MERGED:
        later(device, delay);
        return true;
    default: // lost: until the device asks anew
        return true;
    }
}

void fault_line(struct ps_device *device, bool level)
{
    bool rises = level && !device->line_wanted;

    device->line_wanted = level;
    if (!level)
        device->held = false;
    else if (rises)
        device->held = hold(device);
    line_set(device, level && !device->held);
}

// ---- a device that has gone --------------------------------------------------------------------------

bool machine_gone(struct machine *machine)
{
    struct machine_fault_state *state = &machine->faults;

    state->counts.accesses++;
    if (!state->plan.gone_at || state->counts.accesses < state->plan.gone_at)
        return false;
    if (!state->gone) {
        state->gone = true;
        state->counts.injected++;
        for (unsigned i = 0; i < machine->device_count; i++)
            if (!machine->devices[i]->line.edge) // a message may be on its way
                fault_line(machine->devices[i], false);
    }
    return true;
}
