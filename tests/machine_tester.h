// SPDX-License-Identifier: MIT
//
// The machine tests' system (scheduler and machine, no kernel) and a custom device, the smallest
// that does everything a model may do: it copies memory by DMA some time after it was told to, and
// interrupts.
#ifndef PORTSIDE_TESTS_MACHINE_TESTER_H
#define PORTSIDE_TESTS_MACHINE_TESTER_H

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/finding.h"
#include "base/sanitize.h"
#include "base/system.h"
#include "machine/machine.h"
#include "sched/sched.h"
#include "tests/ps_test.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

// ---- systems --------------------------------------------------------------------------------

struct tester {
    struct ps_system *system;
    struct machine *machine;
    struct chooser *chooser;
};

static inline struct tester tester_create(const struct machine_options *options, uint64_t seed)
{
    struct tester t = {.system = system_create(seed), .chooser = chooser_round_robin()};
    const struct sched_options sched = {.processors = 2, .chooser = t.chooser};

    assert_non_null(t.system);
    assert_int_equal(sched_create(t.system, &sched), 0);
    assert_int_equal(machine_create(t.system, options), 0);
    t.machine = t.system->machine;
    return t;
}

static inline struct tester tester_layout(enum memory_layout layout, uint64_t seed)
{
    const struct machine_options options = {
        .layout = layout, .low_bytes = 8 * MIB, .high_bytes = 8 * MIB};

    return tester_create(&options, seed);
}

static inline void tester_destroy(struct tester *t)
{
    machine_destroy(t->system);
    sched_destroy(t->system);
    system_destroy(t->system);
    chooser_destroy(t->chooser);
}

static inline size_t findings(const struct tester *t)
{
    return journal_count(t->system->journal);
}

static inline const struct finding *last_finding(const struct tester *t)
{
    assert_true(findings(t) > 0);
    return journal_get(t->system->journal, findings(t) - 1);
}

static inline size_t open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

// ---- does an access fault? ------------------------------------------------------------------

static sigjmp_buf fault_return;

// Valgrind's request that turns error reports off (1) and on again (-1).
#define VALGRIND_SILENCE ((enum sanitize_request)0x1801)

static inline void on_fault(int signal)
{
    siglongjmp(fault_return, 1);
}

// True if reading there faults.
static inline bool faults(const volatile uint8_t *at)
{
    struct sigaction action = {.sa_handler = on_fault}, before;
    volatile bool faulted = true;

    sanitize_valgrind(VALGRIND_SILENCE, 1, 0);
    sigaction(SIGSEGV, &action, &before);
    if (!sigsetjmp(fault_return, 1)) {
        (void)*at;
        faulted = false;
    }
    sigaction(SIGSEGV, &before, NULL);
    sanitize_valgrind(VALGRIND_SILENCE, (uint64_t)-1, 0);
    return faulted;
}

// ---- pages ----------------------------------------------------------------------------------

static inline struct page_request pages(size_t count)
{
    return (struct page_request){.high = UINT64_MAX, .count = count};
}

static inline void take(const struct tester *t, size_t count, uint64_t *pfns)
{
    const struct page_request request = pages(count);

    assert_int_equal(memory_allocate(t->machine, &request, true, pfns), count);
}

static inline uint8_t *page_bytes(const struct tester *t, uint64_t pfn)
{
    return memory_direct(t->machine, pfn * MACHINE_PAGE, MACHINE_PAGE);
}

// ---- the copier -----------------------------------------------------------------------------
// BAR 0, I/O, 16 bytes: source address, destination address, length, and control: writing 1 starts
// a copy that ends 1 ms later with an interrupt; writing 2 ends the interrupt. BAR 1 is the same in
// memory space.

enum { COPIER_FROM, COPIER_TO, COPIER_LENGTH, COPIER_CONTROL, COPIER_REGISTERS };
enum { COPIER_START = 1, COPIER_ACKNOWLEDGE = 2, COPIER_TIME = 1000000 };

struct copier {
    uint32_t registers[COPIER_REGISTERS];
    uint64_t due; // 0: idle
    unsigned wakes, syncs, commands;
    uint16_t last_command;
    int last_error;
};

static struct copier *copier; // of the device attached last

static inline int copier_attach(struct ps_device *device, void *state)
{
    copier = state;
    assert_int_equal(copier->registers[COPIER_FROM], 0); // state begins zeroed
    copier->registers[COPIER_FROM] = 0xfeed;
    return 0;
}

static inline void copier_finish(struct ps_device *device, struct copier *state)
{
    uint32_t *registers = state->registers, left = registers[COPIER_LENGTH], done = 0;

    if (!state->due || ps_device_now(device) < state->due)
        return;
    state->due = 0;
    state->last_error = 0;
    while (left) {
        size_t piece = left;
        const void *from =
            ps_device_dma_map(device, registers[COPIER_FROM] + done, &piece, PS_DMA_FROM_MEMORY);

        state->last_error =
            from ? ps_device_dma_write(device, registers[COPIER_TO] + done, from, piece) : -EFAULT;
        if (state->last_error)
            break;
        left -= (uint32_t)piece;
        done += (uint32_t)piece;
    }
    ps_device_interrupt(device, true);
}

static inline uint32_t copier_read(struct ps_device *device, void *state, unsigned bar,
                                   uint32_t offset, unsigned width)
{
    const struct copier *self = state;

    return offset % 4 ? UINT32_MAX : self->registers[offset / 4 % COPIER_REGISTERS];
}

static inline void copier_write(struct ps_device *device, void *state, unsigned bar,
                                uint32_t offset, unsigned width, uint32_t value)
{
    struct copier *self = state;

    self->registers[offset / 4 % COPIER_REGISTERS] = value;
    if (offset / 4 != COPIER_CONTROL)
        return;
    if (value & COPIER_START) {
        self->due = ps_device_now(device) + COPIER_TIME;
        ps_device_wake(device, self->due);
    }
    if (value & COPIER_ACKNOWLEDGE)
        ps_device_interrupt(device, false);
}

static inline void copier_wake(struct ps_device *device, void *state)
{
    ((struct copier *)state)->wakes++;
    copier_finish(device, state);
}

static inline void copier_sync(struct ps_device *device, void *state)
{
    ((struct copier *)state)->syncs++;
    copier_finish(device, state);
}

static inline void copier_command(struct ps_device *device, void *state, uint16_t command)
{
    struct copier *self = state;

    self->commands++;
    self->last_command = command;
}

static const struct ps_device_ops copier_ops = {
    .version = PS_DEVICE_VERSION,
    .name = "copier",
    .description = "copies memory",
    .pci = {.vendor = 0x1234,
            .device = 0xc0b1,
            .revision = 3,
            .class_code = 0x088000,
            .interrupt_pin = 1,
            .command_writable = 0x0407,
            .status = 0x0280,
            .bars = {{PS_BAR_IO, 16}, {PS_BAR_MEMORY, 8192}}},
    .state_size = sizeof(struct copier),
    .attach = copier_attach,
    .read = copier_read,
    .write = copier_write,
    .wake = copier_wake,
    .sync = copier_sync,
    .command = copier_command,
};

static inline struct ps_device *copier_on(const struct tester *t)
{
    struct ps_device *device = NULL;

    assert_int_equal(machine_attach(t->system, &copier_ops, &device), 0);
    return device;
}

static inline void copier_set(const struct tester *t, unsigned index, uint32_t value)
{
    machine_port_write(t->system, 0xc000 + 4 * index, 4, value);
}

static inline void copier_start(const struct tester *t, uint32_t from, uint32_t to, uint32_t length)
{
    copier_set(t, COPIER_FROM, from);
    copier_set(t, COPIER_TO, to);
    copier_set(t, COPIER_LENGTH, length);
    copier_set(t, COPIER_CONTROL, COPIER_START);
}

#endif
