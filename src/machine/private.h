// SPDX-License-Identifier: MIT
//
// Between the files of src/machine; nobody else includes this. What is the same for every machine
// (memory, views, grants) works on struct machine; what differs (registers, configuration,
// interrupts) is behind struct machine_ops.
//
// struct machine lies in the arena. struct machine_outside holds what must be true of the process
// rather than of the system: the memfd, what is mapped where, whom sound goes to. The two sparse
// tables in it are restored by the machine's snapshot source.
#ifndef PORTSIDE_MACHINE_PRIVATE_H
#define PORTSIDE_MACHINE_PRIVATE_H

#include "base/arena.h"
#include "machine/machine.h"
#include "machine/sparse.h"
#include "models/i8237.h"

enum {
    MACHINE_MAX_RANGES = 3,
    MACHINE_MAX_DEVICES = 8,
};

// Frames are the pages of RAM in memfd order; a range gives them physical addresses.
struct ram_range {
    uint64_t pfn;   // of its first page
    uint32_t first; // frame
    uint32_t count;
    bool conventional; // below 640 KiB: serves only requests that end below 1 MiB
};

// One frame's entry in outside->frames.
struct frame {
    uint32_t readers;       // grants PS_DMA_FROM_MEMORY
    uint32_t writers : 29;  // grants PS_DMA_TO_MEMORY
    uint32_t suspended : 1; // the last grant ended because DMA had to stop
    uint32_t cache : 2;     // 0: none, else 1 + MEMORY_...
    uint64_t tag;          // of the grant that last began or ended here
};

// One page's entry in outside->views: 0, or these flags and a frame number (a device page's
// physical page number with VIEW_IO).
enum {
    VIEW_PRESENT = 1 << 24,
    VIEW_FIRST = 1 << 25, // first page of its view
    VIEW_USER = 1 << 26,
    VIEW_IO = 1 << 27, // reserved for registers, no memory behind it
    VIEW_INDEX = VIEW_PRESENT - 1,
};

struct machine_outside {
    int memfd;
    struct sparse frames; // struct frame
    struct sparse views;  // uint32_t
    struct sound_end sound;
};

// What differs between machines. Widths are 1, 2 or 4.
struct machine_ops {
    // False if nothing answers there.
    bool (*port_read)(struct machine *machine, uint64_t port, unsigned width, uint32_t *value);
    bool (*port_write)(struct machine *machine, uint64_t port, unsigned width, uint32_t value);
    bool (*mmio_read)(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value);
    bool (*mmio_write)(struct machine *machine, uint64_t physical, unsigned width, uint32_t value);
    uint32_t (*config_read)(struct ps_device *device, unsigned offset, unsigned width);
    void (*config_write)(struct ps_device *device, unsigned offset, unsigned width, uint32_t value);
    // The port belongs to the board, and answers also when devices are gone.
    bool (*is_board_port)(uint64_t port);
    // True if [physical, +bytes) is register memory of one device.
    bool (*is_device_memory)(const struct machine *machine, uint64_t physical, size_t bytes);
    // The device does now all that should have happened until now.
    void (*sync)(struct ps_device *device);
    void (*detach)(struct ps_device *device);
};

struct machine_fault_state {
    struct machine_faults plan;
    struct machine_fault_counts counts;
    uint64_t random;
    bool gone;
};

struct machine {
    const struct machine_ops *ops;
    struct ps_system *system;
    struct machine_outside *outside;
    uint8_t *ram;      // the linear mapping, by frame
    uint8_t *views;    // base of the view window
    size_t view_pages; // its size
    size_t view_next;  // where the search for address space goes on
    size_t mappings, map_budget;
    struct ram_range ranges[MACHINE_MAX_RANGES];
    unsigned range_count;
    uint32_t frame_count;
    enum memory_layout layout;
    uint64_t random;    // state of the layout's choices
    uint64_t fill;      // what new pages contain, 8 bytes
    uint64_t *busy;     // bit per frame: allocated or reserved
    uint64_t *reserved; // bit per frame: never given out (LAYOUT_FRAGMENTED)
    size_t allocated;
    size_t granted;
    struct machine_counts counts;
    struct machine_fault_state faults;
    struct ps_device *devices[MACHINE_MAX_DEVICES];
    unsigned device_count;
    uint64_t next_port, next_mmio; // where the next BAR may go
    struct i8237 isa_dma;
};

#define FRAME_NONE UINT32_MAX

// ---- sim/faults.c ----
// Called for each register access; true: nothing answers any more.
bool machine_gone(struct machine *machine);

// ---- memory.c ----
int memory_create(struct machine *machine, const struct machine_options *options);
void memory_destroy(struct machine *machine);
// FRAME_NONE if it is no RAM.
uint32_t memory_frame(const struct machine *machine, uint64_t pfn);
uint64_t memory_pfn(const struct machine *machine, uint32_t frame);
const struct frame *memory_frame_info(const struct machine *machine, uint32_t frame);
struct frame *memory_frame_change(struct machine *machine, uint32_t frame);

static inline bool frame_bit(const uint64_t *bits, uint32_t frame)
{
    return bits[frame / 64] >> (frame % 64) & 1;
}

static inline void frame_set(uint64_t *bits, uint32_t frame)
{
    bits[frame / 64] |= 1ull << (frame % 64);
}

static inline void frame_clear(uint64_t *bits, uint32_t frame)
{
    bits[frame / 64] &= ~(1ull << (frame % 64));
}

static inline bool frame_allocated(const struct machine *machine, uint32_t frame)
{
    return frame_bit(machine->busy, frame) && !frame_bit(machine->reserved, frame);
}

// Copies as hardware does: no sanitizer has a say in it.
static inline void copy_raw(void *to, const void *from, size_t bytes)
{
#ifdef __x86_64__
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
#else
    __builtin_memcpy(to, from, bytes);
#endif
}

// ---- layout.c ----
// Marks what a fragmented machine never gives out.
void layout_prepare(struct machine *machine);
// Chooses pages for a request by the machine's layout, marks them busy, writes their frame numbers
// and returns how many.
size_t layout_take(struct machine *machine, const struct page_request *request, uint64_t *frames);

// ---- views.c ----
int views_create(struct machine *machine, size_t budget);
void views_destroy(struct machine *machine);
// Puts the mappings back as they were saved; returns the end of what was read.
const uint8_t *views_restore(struct machine *machine, const uint8_t *from);

// ---- sim/sim.c ----
struct machine *device_machine(const struct ps_device *device);
extern const struct machine_ops sim_ops;

#endif
