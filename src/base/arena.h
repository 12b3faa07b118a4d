// SPDX-License-Identifier: MIT
//
// One compact arena per system: slot k of a fixed region of the address space. A slot has three
// windows: objects (our objects, stacks), ram (the machine's RAM, mapped linearly by the machine) and
// views (where the machine maps pages a second time). Snapshot copies the used prefix of the object
// window and lets each registered source (RAM, driver images) save what it owns; restore puts all of
// it back in place, at the same addresses.
//
// If the fixed region cannot be had (valgrind, a crowded address space) any address serves: nothing
// depends on addresses but the reproduction of address-dependent faults.
//
// Not thread-safe: a system has one OS thread.
#ifndef PORTSIDE_BASE_ARENA_H
#define PORTSIDE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define ARENA_SLOTS 24
#define ARENA_OBJECT_BYTES ((size_t)256 << 20)
#define ARENA_RAM_BYTES ((size_t)1 << 30)
#define ARENA_VIEW_BYTES ((size_t)1 << 30)

struct arena_window {
    uint8_t *base;
    size_t size;
};

// Reserves a slot. 0, -EAGAIN when all slots are taken, or another negative errno.
int arena_create(struct arena **out);

// Unmaps the slot; every pointer into it dies. Snapshots taken of it must be freed first.
void arena_destroy(struct arena *arena);

// `bytes` zeroed bytes, 16-byte aligned, or NULL. Addresses depend only on the order of calls.
void *arena_alloc(struct arena *arena, size_t bytes);

// Gives back what arena_alloc returned; `bytes` as asked then. NULL is ignored.
void arena_free(struct arena *arena, void *object, size_t bytes);

// A stack of at least `bytes`, page aligned, with an inaccessible page below it. Returns its lowest
// usable address; freed stacks are refilled before reuse.
void *arena_stack_alloc(struct arena *arena, size_t bytes);
void arena_stack_free(struct arena *arena, void *stack, size_t bytes);

// While nobody runs on the stack, `*pointer` (itself in the object window) is its lowest byte in use: a
// snapshot saves from there to the top only. Without it the whole stack is saved. Returns a counter (outside the
// window) to be incremented whenever somebody starts to run on the stack: restores skip stacks on which
// nobody ran since the last one. NULL if there is no such stack.
uint64_t *arena_stack_track(struct arena *arena, void *stack, void *const *pointer);

// The stack or the guard page below it that holds `address`; false if none. Any of the results may be NULL.
bool arena_stack_find(const struct arena *arena, const void *address, void **stack, size_t *bytes,
                      bool *guard);

// Where TSan's handle of whoever runs on this stack is kept: outside, because a restore renews it (TSan's
// own record of calls cannot be put back). Made at the first call; NULL without TSan.
void **arena_stack_tsan_fiber(struct arena *arena, const void *stack);

// The word that unused stack space is filled with, before the first stack is made.
void arena_set_fill(struct arena *arena, uint64_t word);

struct arena_window arena_ram_window(const struct arena *arena);
struct arena_window arena_view_window(const struct arena *arena);
struct arena_window arena_object_window(const struct arena *arena);

// Bytes of the object window in use by live objects (for leak checks).
size_t arena_live_bytes(const struct arena *arena);

// A part that keeps state outside the object window. `measure` tells how much `save` will write.
// `before_restore` runs while the old objects still stand (to note what must be undone outside, such
// as mappings), `restore` after the object window has its old content again.
struct arena_source {
    void *context;
    size_t (*measure)(void *context);
    void (*save)(void *context, void *to);
    void (*before_restore)(void *context);
    void (*restore)(void *context, const void *from);
};

// Sources are kept outside the object window, in order of registration. 0 or -ENOMEM. A restore forgets
// those added since its snapshot was taken (after their before_restore; they get no restore).
int arena_add_source(struct arena *arena, const struct arena_source *source);
// Forgets the source with this context. Snapshots that know it must not be restored afterwards.
void arena_remove_source(struct arena *arena, const void *context);

struct arena_snapshot;

// Both only while no fiber of the system runs (from the host's own stack). A halted system has no
// meaningful snapshot, but may be restored to one from before.
// Take: 0 or -ENOMEM.
int arena_snapshot_take(struct arena *arena, struct arena_snapshot **out);
void arena_snapshot_restore(struct arena *arena, const struct arena_snapshot *snapshot);
void arena_snapshot_free(struct arena_snapshot *snapshot);

#endif
