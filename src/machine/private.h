// SPDX-License-Identifier: MIT
//
// Between the files of src/machine; nobody else includes this. What is the same for every machine
// (memory, views, grants, faults, interrupt lines) works on struct machine and struct ps_device; what differs
// (registers, configuration, sound) is behind struct machine_ops.
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

// Frames are the pages of the memfd; a range gives them physical addresses. What lies between ranges is nobody's.
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
    VIEW_READ_ONLY = 1 << 28,
    VIEW_NO_ACCESS = 1 << 29,
    VIEW_INDEX = VIEW_PRESENT - 1,
};

struct machine_outside {
    int memfd;
    struct sparse frames; // struct frame
    struct sparse views;  // uint32_t
    struct sound_end sound;
    void *own; // the kind's, until its `destroy`
    char failure[400]; // why the machine is no more; "": it is well
};

// The head of a device, which each kind of machine makes longer. In the arena.
struct ps_device {
    struct machine *machine;
    const struct ps_device_ops *ops; // what it is; where devices are not ours, what they should be
    unsigned slot;                   // from 1
    struct sched_interrupt line;
    bool line_wanted; // behind the device's own gates
    bool held;        // a fault keeps the request from the line
    bool spurious;    // a fault makes one up next
    struct sched_deadline fault_deadline;
};

// What differs between machines. Widths are 1, 2 or 4.
struct machine_ops {
    // Sets up what is the kind's alone, once memory is there; 0 or negative errno. Both may be NULL.
    int (*create)(struct machine *machine, const struct machine_options *options);
    void (*destroy)(struct machine *machine);
    // A device like `model` with BARs assigned and decoding enabled, wired (device_wire) and not yet in the list.
    int (*attach)(struct machine *machine, const struct ps_device_ops *model, struct ps_device **out);
    void (*detach)(struct ps_device *device);
    // Fills out[DEVICE_RESOURCES]; returns how many.
    unsigned (*resources)(const struct ps_device *device, struct device_resource *out);
    // False if nothing answers there.
    bool (*port_read)(struct machine *machine, uint64_t port, unsigned width, uint32_t *value);
    bool (*port_write)(struct machine *machine, uint64_t port, unsigned width, uint32_t value);
    bool (*mmio_read)(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value);
    bool (*mmio_write)(struct machine *machine, uint64_t physical, unsigned width, uint32_t value);
    uint32_t (*config_read)(struct ps_device *device, unsigned offset, unsigned width);
    void (*config_write)(struct ps_device *device, unsigned offset, unsigned width, uint32_t value);
    // The port belongs to the board, and answers also when devices are gone. May be NULL.
    bool (*is_board_port)(uint64_t port);
    // True if [physical, +bytes) is register memory of one device.
    bool (*is_device_memory)(const struct machine *machine, uint64_t physical, size_t bytes);
    // The device does now all that should have happened until now.
    void (*sync)(struct ps_device *device);
    // A page is nobody's now, or is about to be somebody's again. May be NULL.
    void (*page_freed)(struct machine *machine, uint32_t frame);
    void (*page_taken)(struct machine *machine, uint32_t frame);
    // See machine_sound_begin; may be NULL.
    int (*sound_begin)(struct machine *machine, unsigned rate, bool hears);
    int (*sound_end)(struct machine *machine);
    bool (*sound_heard)(const struct machine *machine, uint64_t *frames); // see machine_sound_heard; may be NULL
    void (*ask)(struct machine *machine);          // anything that has to be answered; may be NULL
    const char *(*describe)(const struct machine *machine); // see machine_describe; may be NULL
    uint64_t (*commands)(const struct machine *machine);    // see machine_commands; may be NULL
    bool guesses;      // see machine_guesses_silence
    uint64_t hold;     // see machine_sound_hold
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
    bool quirks;
    uint64_t random;    // state of the layout's choices
    uint64_t fill;      // what new pages contain, 8 bytes
    uint64_t *busy;     // bit per frame: allocated or reserved
    uint64_t *reserved; // bit per frame: never given out (LAYOUT_FRAGMENTED)
    size_t allocated;
    size_t granted;
    struct machine_counts counts;
    struct machine_fault_state faults;
    uint64_t silent_address; // the last read that nobody answered,
    uint64_t silent_reads;   // and how many of the same followed it
    struct ps_device *devices[MACHINE_MAX_DEVICES];
    unsigned device_count;
    uint64_t next_port, next_mmio; // where the next BAR may go
    struct i8237 isa_dma;
};

#define FRAME_NONE UINT32_MAX

// ---- faults.c ----
// Called for each register access; true: nothing answers any more.
bool machine_gone(struct machine *machine);
// The line as the device wants it becomes what the controller passes on.
void fault_line(struct ps_device *device, bool level);
void fault_fire(struct sched_deadline *deadline);

// ---- devices.c ----
// Connects a device to the scheduler, or takes it off; `interrupts`: it has a line.
void device_wire(struct ps_device *device, bool interrupts);
void device_unwire(struct ps_device *device);
// The interrupt of a PCI device; returns how many there are, 0 or 1.
unsigned device_line_resource(const struct ps_device *device, struct device_resource *out);

// ---- machine.c ----
// The machine is no more: its devices are gone, and the host learns why.
__attribute__((format(printf, 2, 3))) void machine_fail(struct machine *machine, const char *format, ...);

// ---- memory.c ----
int memory_create(struct machine *machine, const struct machine_options *options);
void memory_destroy(struct machine *machine);
// FRAME_NONE if it is no RAM.
uint32_t memory_frame(const struct machine *machine, uint64_t pfn);
uint64_t memory_pfn(const struct machine *machine, uint32_t frame);
const struct frame *memory_frame_info(const struct machine *machine, uint32_t frame);
struct frame *memory_frame_change(struct machine *machine, uint32_t frame);

static inline uint32_t width_mask(unsigned width)
{
    return width == 1 ? 0xff : width == 2 ? 0xffff : 0xffffffff;
}

static inline bool width_valid(unsigned width)
{
    return width == 1 || width == 2 || width == 4;
}

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

// ---- the kinds ----
extern const struct machine_ops sim_ops;  // sim/sim.c
extern const struct machine_ops qemu_ops; // qemu/machine.c

#endif
