// SPDX-License-Identifier: MIT
//
// Where the hardware is: physical memory, PCI configuration, I/O ports, memory-mapped registers,
// interrupt lines and DMA grants. Drivers, port and kernel never know which machine they run on; this
// header is all they see. machine/sim is the simulated one, machine/qemu drives QEMU.
//
// Physical memory is one sparse memfd behind a table of RAM ranges, mapped once and linearly into the
// system's RAM window. State lives in the arena; RAM content of allocated pages is a snapshot source.
// All functions: any IRQL unless said, the system's OS thread, no locks.
#ifndef PORTSIDE_MACHINE_MACHINE_H
#define PORTSIDE_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <portside/device.h>

#include "base/system.h"
#include "sched/sched.h"

#define MACHINE_PAGE 4096u
#define MACHINE_PAGE_SHIFT 12
#define MACHINE_NOWHERE UINT64_MAX // no such physical address

enum memory_layout {
    LAYOUT_CONTIGUOUS, // pages of one request adjacent whenever possible
    LAYOUT_SCATTERED,  // no two pages of one request adjacent
    LAYOUT_FRAGMENTED, // runs of random length (seeded), free memory in small pieces
};

enum machine_kind {
    MACHINE_SIM,  // models in this process
    MACHINE_QEMU, // QEMU's devices, in a child (docs/qemu.md)
    MACHINE_KINDS
};

struct machine_options {
    enum machine_kind kind;
    bool quirks;         // sim: models do what QEMU's devices do where that is not the specification
    unsigned rate;       // QEMU: of the sound that enters (default 48000)
    bool hears;          // QEMU: sound enters (else it leaves)
    const char *program; // QEMU: the program (default qemu-system-x86_64)
    unsigned patience;   // QEMU: ms without an answer after which it is given up (default 10,000)
    enum memory_layout layout;
    uint64_t low_bytes;  // RAM from 1 MiB up, below 4 GiB (default 48 MiB)
    uint64_t high_bytes; // RAM from 4 GiB up (default 32 MiB; 0: none)
    size_t map_budget;   // at most so many mappings (0: half of vm.max_map_count)
};

// Creates a machine; 0 or negative errno (-ENOMEM, -EAGAIN). system->machine is set.
int machine_create(struct ps_system *system, const struct machine_options *options);
void machine_destroy(struct ps_system *system);

// ---- physical pages ----------------------------------------------------------------------------------

struct page_request {
    uint64_t low, high;  // lowest and highest address (inclusive) of acceptable pages
    size_t count;        // pages
    bool contiguous;     // one run
    uint64_t boundary;   // contiguous: do not cross multiples of this (0: none)
    bool partial;        // fewer pages than `count` will do (at least one)
};

// Fills `pfns` with the page frame numbers in order and returns how many; 0 when it cannot be done.
// Pages come filled with a seed pattern unless `zero`. Asks the fault plan.
size_t memory_allocate(struct machine *machine, const struct page_request *request, bool zero,
                       uint64_t *pfns);
// Every page must be allocated (else a finding against the caller's side; nothing freed).
void memory_free(struct machine *machine, const uint64_t *pfns, size_t count);
size_t memory_allocated_pages(const struct machine *machine);

// Pointer through the linear mapping; NULL unless [physical, physical+bytes) is RAM in one range.
void *memory_direct(const struct machine *machine, uint64_t physical, size_t bytes);

// Physical address behind a pointer into the RAM window or a view; MACHINE_NOWHERE otherwise. O(1).
uint64_t memory_physical(const struct machine *machine, const void *address);

// The highest address of RAM.
uint64_t memory_highest(const struct machine *machine);

// Fills pfns for the pages of [address, address+bytes); false if any byte is not RAM-backed.
bool memory_pages(const struct machine *machine, const void *address, size_t bytes, uint64_t *pfns);

// Cache type first given to a page by a mapping (RT-36, SV-97); MEMORY_CACHE_NONE: none yet.
enum { MEMORY_NONCACHED, MEMORY_CACHED, MEMORY_WRITECOMBINED, MEMORY_CACHE_NONE };
unsigned memory_cache(const struct machine *machine, uint64_t pfn);

// ---- views: further mappings of pages ----------------------------------------------------------------

// Maps the pages, in order, as one contiguous range that aliases them; adjacent pages share one mmap.
// NULL: no address space, the map budget is used up, or the fault plan says so. Never partly mapped.
// `user`: a client's buffer; the range faults when unmapped.
void *view_map(struct machine *machine, const uint64_t *pfns, size_t count, unsigned cache, bool user);
// The same for guard pages: the fault plan neither counts it nor lets it fail.
void *view_map_unplanned(struct machine *machine, const uint64_t *pfns, size_t count, unsigned cache, bool user);
// `base` and `count` as mapped; false if there is no such view.
bool view_unmap(struct machine *machine, void *base, size_t count);
enum view_access { VIEW_ACCESS_NONE, VIEW_ACCESS_READ, VIEW_ACCESS_ALL };
// What may be done through a whole view, which begins with all. False: it is none, or out of memory.
bool view_protect(struct machine *machine, void *base, size_t count, enum view_access access);
size_t view_mappings(const struct machine *machine); // mmaps in use, against the budget
// True if the page holding `address` is part of a client's view.
bool view_is_user(const struct machine *machine, const void *address);

// ---- DMA grants --------------------------------------------------------------------------------------

// Lets devices touch [physical, +bytes) (whole pages, as an IOMMU would) in `direction` until revoked;
// grants nest by count. `tag` names the mapping in findings. Before a grant ends, devices catch up to
// now (sync), so nothing a device did in time is judged late.
void grant_add(struct machine *machine, uint64_t physical, size_t bytes,
               enum ps_dma_direction direction, uint64_t tag);
void grant_remove(struct machine *machine, uint64_t physical, size_t bytes,
                  enum ps_dma_direction direction, uint64_t tag);
// The same because DMA has to have stopped: a device that touches the pages afterwards breaks VF-17, not VF-11,
// until they are granted anew.
void grant_suspend(struct machine *machine, uint64_t physical, size_t bytes,
                   enum ps_dma_direction direction, uint64_t tag);
bool grant_covers(const struct machine *machine, uint64_t physical, size_t bytes,
                  enum ps_dma_direction direction);
size_t grant_count(const struct machine *machine); // pages granted now, with multiplicity

// ---- devices on the PCI and ISA buses ------------------------------------------------------------------

// Puts a device like that model on its bus (slot from 1), assigns BARs and an interrupt line, enables decoding as
// firmware would. An ISA card has what its identity says; -EBUSY if another card has its ports. 0 or negative errno;
// -ENOTSUP: the machine has no such device; -EHOSTDOWN: see machine_failure.
int machine_attach(struct ps_system *system, const struct ps_device_ops *model,
                   struct ps_device **out);
unsigned machine_device_count(const struct machine *machine);
struct ps_device *machine_device(const struct machine *machine, unsigned index);

struct device_resource {
    enum { RESOURCE_IO, RESOURCE_MEMORY, RESOURCE_INTERRUPT, RESOURCE_CHANNEL } kind;
    uint64_t start;  // port, physical address, vector, or number of a slave DMA channel
    uint32_t length; // bytes; 0 for an interrupt or a channel
    uint8_t line;    // interrupt: its number on the bus
    uint8_t irql;    // interrupt: its DIRQL
    bool latched;    // interrupt: a rising edge, not a level
};
#define DEVICE_RESOURCES 7 // more than this no device has
unsigned device_resources(const struct ps_device *device, struct device_resource *out,
                          unsigned capacity);
struct sched_interrupt *device_interrupt_line(struct ps_device *device);
// What plug and play calls an ISA card; NULL: on PCI.
const char *device_isa_id(const struct ps_device *device);
static inline bool device_on_isa(const struct ps_device *device)
{
    return device_isa_id(device) != NULL;
}
const struct ps_device_ops *device_ops(const struct ps_device *device);
void device_sync_all(struct machine *machine);

// PCI configuration space, width 1, 2 or 4. An ISA card has none: reads are ones.
uint32_t pci_config_read(struct ps_device *device, unsigned offset, unsigned width);
void pci_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value);

// Port and MMIO access as the CPU does it: costs time, is a scheduling point before the access.
// Undecoded reads return all ones, writes are dropped; both are counted.
uint32_t machine_port_read(struct ps_system *system, uint64_t port, unsigned width);
void machine_port_write(struct ps_system *system, uint64_t port, unsigned width, uint32_t value);
uint32_t machine_mmio_read(struct ps_system *system, uint64_t physical, unsigned width);
void machine_mmio_write(struct ps_system *system, uint64_t physical, unsigned width, uint32_t value);

// A range for MmMapIoSpace of device registers: an address inside the view window (no access) that
// machine_io_decode maps back to physical. NULL if it is no device memory or the space is used up.
void *machine_io_map(struct machine *machine, uint64_t physical, size_t bytes);
bool machine_io_unmap(struct machine *machine, void *base, size_t bytes);
uint64_t machine_io_decode(const struct machine *machine, const volatile void *address);

// ---- sound ends --------------------------------------------------------------------------------------

// Where a device's output goes and its input comes from; outside the arena, set by the host.
struct sound_end {
    void *context;
    // See ps_device_emit; `frames` NULL: silence.
    void (*emit)(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched);
    void (*absorb)(void *context, struct ps_device *device, unsigned line, int16_t *frames,
                   size_t count, unsigned channels, unsigned rate);
    void (*underrun)(void *context, struct ps_device *device, unsigned line);
};
void machine_set_sound(struct machine *machine, const struct sound_end *end);

// A run of sound begins and ends, at `rate`; `hears`: it enters. At the end the device says all that is left. 0 or
// negative errno (-ENOTSUP: not at that rate or in that direction, with machine_failure unset).
int machine_sound_begin(struct machine *machine, unsigned rate, bool hears);
int machine_sound_end(struct machine *machine);
// The device does not tell what it fetched from filling: `fetched` of what it emits means nothing, nor does it
// call `underrun`.
bool machine_guesses_silence(const struct machine *machine);
// How much sound has left since the run began, on a machine that may stand still while the clock goes on. False: it has no such
// count, its time is the clock's.
bool machine_sound_heard(const struct machine *machine, uint64_t *frames);
// How long (ns) the device keeps what it fetched before it is heard: stopped earlier it may swallow it, or repeat its end.
uint64_t machine_sound_hold(const struct machine *machine);

// What it is, in a few words, once it has a device: "QEMU 7.2.22, accelerator tcg: time is real". "": the simulated one.
const char *machine_describe(const struct machine *machine);
// Messages sent to another process so far.
uint64_t machine_commands(const struct machine *machine);

// False, and machine_failure tells why, where it is another process that does not answer any more. May wait for it.
bool machine_answers(struct machine *machine);

// Why the machine is no more, one line; NULL: it is well. It stays gone.
const char *machine_failure(const struct machine *machine);

// ---- faults on purpose ---------------------------------------------------------------------------------

enum machine_interrupts {
    MACHINE_INTERRUPTS_RIGHT,
    MACHINE_INTERRUPTS_SPURIOUS, // after a request another one, for which no device asks
    MACHINE_INTERRUPTS_LATE,     // a request comes up to `delay` later
    MACHINE_INTERRUPTS_MERGED,   // a request waits for `delay`; what the device asks for meanwhile comes with it
    MACHINE_INTERRUPTS_LOST,     // a request never comes; the next one does
};

// A request is a line that goes high. Part of the system: a restore brings back what was then.
struct machine_faults {
    enum machine_interrupts interrupts;
    uint64_t number;  // the request that is hit, counted from here, from 1; 0: about each fourth
    uint64_t seed;    // decides which fourth, and by how much
    uint64_t delay;   // ns, below 4 s; 0: 1 ms
    uint64_t gone_at; // from this register access on, from 1, all devices are gone: reads are ones, writes are
                      // dropped, no DMA, no interrupts; 0: never
};
// NULL: none. Counting begins anew.
void machine_set_faults(struct machine *machine, const struct machine_faults *faults);

struct machine_fault_counts {
    uint64_t edges, accesses; // requests, register accesses since faults were set
    uint64_t injected;
};
void machine_get_fault_counts(const struct machine *machine, struct machine_fault_counts *out);

struct machine_counts {
    uint64_t interrupts; // rising edges of device lines
    uint64_t undecoded;  // accesses that nothing answered
    uint64_t dma_outside_grant;
};
void machine_get_counts(const struct machine *machine, struct machine_counts *out);

#endif
