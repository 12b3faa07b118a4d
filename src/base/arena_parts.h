// SPDX-License-Identifier: MIT
//
// Between arena.c (slots and windows), arena_heap.c (objects), arena_stack.c (stacks) and snapshot.c;
// nobody else includes this.
//
// The object window is two parts: the heap from its start, the stacks in its upper half. What the heap knows
// lies in the heap itself, so a snapshot carries it; what is true of the process (which pages are
// accessible, what valgrind and TSan were told) lies in `struct arena`, outside.
#ifndef PORTSIDE_BASE_ARENA_PARTS_H
#define PORTSIDE_BASE_ARENA_PARTS_H

#include "base/arena.h"
#include "base/list.h"

enum {
    ARENA_PAGE = 4096,
    HEAP_SMALL_CLASSES = 64,  // 16, 32 ... 1024
    HEAP_CLASSES = HEAP_SMALL_CLASSES + 4 * 17, // then four to each doubling, up to 128 MiB
};
#define ARENA_HEAP_BYTES (ARENA_OBJECT_BYTES / 2)
#define ARENA_STACK_BYTES (ARENA_OBJECT_BYTES / 2)
#define ARENA_STACK_PAGES (ARENA_STACK_BYTES / ARENA_PAGE)

struct heap_free {
    struct heap_free *next;
};

// The first bytes of the object window.
struct heap {
    size_t used; // prefix of the window that holds objects, this record included
    size_t live; // bytes asked for and not given back
    struct heap_free *free[HEAP_CLASSES];
    struct list stacks; // struct stack, in order of creation
    size_t stack_pages; // pages of the stack part given out so far
};

// A stack and the guard page below it; the record is an object of the heap.
struct stack {
    struct list link;
    uint8_t *base;        // above the guard page
    size_t bytes;
    void *const *pointer; // where its lowest byte in use is kept, or NULL
    bool in_use;
};

// What a restore need not know of the stack at `base`, and what tools were told. Allocated one by one: fibers
// keep pointers to `runs`.
struct stack_note {
    const uint8_t *base;
    size_t bytes;
    uint64_t runs;        // somebody may have written to the stack so often
    uint64_t clean_runs;  // `runs` at the last restore
    uint64_t valgrind_id;
    void *tsan_fiber;
};

struct arena {
    uint8_t *base;
    struct heap *heap; // == base
    size_t heap_open;  // accessible prefix of the heap
    uint64_t fill;
    uint64_t stack_open[ARENA_STACK_PAGES / 64]; // a bit for each accessible page
    struct stack_note **notes;
    size_t note_count;
    uint64_t snapshots; // taken so far; a snapshot's name
    uint64_t restored;  // name of the one restored last
    struct arena_source *sources;
    size_t source_count;
    unsigned slot;
};

#define ARENA_SLOT_BYTES (ARENA_OBJECT_BYTES + ARENA_RAM_BYTES + ARENA_VIEW_BYTES)

// Makes at least `bytes` of the heap accessible; false if that cannot be.
bool heap_reach(struct arena *arena, size_t bytes);
bool heap_create(struct arena *arena);

// Writes the fill word to what was used of [base, base + bytes), assuming it was used from the top down.
void stack_refill(const struct arena *arena, uint8_t *base, size_t bytes);
// Lowest byte in use.
uint8_t *stack_live_from(const struct stack *stack);
// Puts page protections and what tools know right for the stack; false if that cannot be.
bool stack_open(struct arena *arena, const struct stack *stack);
// Every stack that was ever given out has one.
struct stack_note *note_find(const struct arena *arena, const void *base);
// TSan's record for a stack that is put back.
void note_renew_tsan(struct stack_note *note);
void stacks_forget(struct arena *arena);

#endif
