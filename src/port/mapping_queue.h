// SPDX-License-Identifier: MIT
//
// The mapping queue: packets in, mappings out, releases and revocations back. WP-20..WP-65, WP-69, WP-76
// of docs/spec/wavepci.md without NT, COM or KS: freestanding C11, to be embedded in any kernel
// (docs/embedding.md). How it works, with a picture: docs/mapping-queue.md.
//
// It needs four functions, and nothing else:
//
//   mq_lock(context), mq_unlock(context)   one lock a queue, at the caller's interrupt level; never nested
//   mq_allocate(context, bytes)            NULL or memory aligned to 16 bytes, content undefined
//   mq_free(context, memory)               takes back what mq_allocate gave
//
// allocate and free are called without the lock, at the caller's interrupt level. Where these four
// should be inlined, MAPPING_QUEUE_PLATFORM names a header (with its quotes) that defines all of them as
// `static inline`; every file that includes this header must then be built with the same one.
//
// Words: a *packet* is one I/O request, a list of buffers. A *mapping* is a physically contiguous piece
// of it, in bus order. A mapping is *held* from mq_get until it is released or revoked.
//
// Locks: each function takes the queue's lock itself and returns without it, but for the two halves of
// mq_get and mq_release. None calls out while it holds the lock. All may be called at any time from any processor, except mq_create and mq_destroy.
// Nothing blocks. Callers must not hold the lock.
//
// Who owns what: a packet belongs to its maker until mq_add succeeded, then to the queue until a todo
// list hands it back; then the maker completes its request and calls mq_packet_free. The buffers' pages must stay
// locked until the packet is handed back; page lists are read by mq_packet_create only.
//
// Invariants, true whenever the lock is free:
//   1. Packets stand in arrival order. Slots (one mapping each) stand in buffer order; in looped packets
//      lap after lap.
//   2. `release.oldest` is the oldest slot not given back, always in the head packet (or `idle`). Slots
//      before it are never HELD. `get.next` is the slot that the next mq_get hands out, or an END slot: of a lap, of
//      a packet that was cut or is empty, or of the last one. oldest <= next.
//   3. READY slots lie at or after `get.next`; HELD, EARLY, LISTED ones before it.
//   4. A packet leaves in arrival order when `release.oldest` reaches its END, or at the end of the
//      revocation that ends it; never while a revocation of it is between begin and end (WP-61).
//   5. A refused mq_get sets the latch; whatever makes a mapping available clears it and says `wake` once.
//   6. Every slot before which release must do more than step forward has EDGE set on its predecessor.
//   7. A packet is `odd` if more belongs to the return of its last mapping than going on to the first slot of the
//      next one: it is looped or under revocation; packets were taken out before or behind it; the next one
//      is not there, is empty or begins with a slot that was given back.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_H
#define PORTSIDE_PORT_MAPPING_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One calling convention for everything, so that a driver-facing method that inlines mq_get or
// mq_release never has to preserve xmm6-15 for a callee of another one.
#if defined(__x86_64__) && !defined(_WIN32)
#define MQ_API __attribute__((ms_abi))
#else
#define MQ_API
#endif

#ifdef MAPPING_QUEUE_PLATFORM
#include MAPPING_QUEUE_PLATFORM
#else
MQ_API void mq_lock(void *context);
MQ_API void mq_unlock(void *context);
MQ_API void *mq_allocate(void *context, size_t bytes);
MQ_API void mq_free(void *context, void *memory);
#endif

enum {
    MQ_PAGE_BYTES = 4096,
    MQ_PAGE_CAP = 16,      // pages that one mapping touches at most, unless configured (WP-31)
    MQ_PAGE_CAP_MAX = 2048 // the largest cap that can be configured
};

// ---- results -----------------------------------------------------------------------------------------

// Results up to MQ_OK_LAST are successes; some of them are also violations that a checker reports.
enum mq_result {
    MQ_OK,
    MQ_OK_LATE,         // release: the legal late return of a revoked mapping (WP-57); nothing to report
    MQ_OK_OUT_OF_ORDER, // release: taken, but an older mapping is still held (WP-37, WP-39)
    MQ_OK_TAG_HELD,     // get: handed out, but the tag already names a held mapping (WP-35)
    MQ_OK_TAG_LATE,     // get: handed out, but the tag awaits its late return (WP-58)
    MQ_OK_LAST = MQ_OK_TAG_LATE,
    MQ_REFUSED,         // get: nothing can be mapped now; `wake` will follow once (WP-24)
    MQ_UNKNOWN_TAG,     // release: no such mapping (WP-38)
    MQ_RETURNED_TWICE,  // release: this mapping went back before (WP-38, WP-57); needs check_tags
    MQ_NO_MEMORY,       // nothing was changed
    MQ_INVALID,         // create, packet_create: an argument is out of range
    MQ_CLOSED,          // add: after mq_close
    MQ_BUSY             // destroy: packets are still queued
};

static inline bool mq_succeeded(enum mq_result result)
{
    return result <= MQ_OK_LAST;
}

// ---- what goes in ------------------------------------------------------------------------------------

// WP-30. Split points in order of force (WP-29): end of buffer, physical discontinuity, page cap, and for
// a looped packet of one buffer the allocation frames.
enum mq_policy {
    MQ_MERGE_NATURAL,    // adjacent pages are one mapping
    MQ_SPLIT_EVERY_PAGE, // a mapping never crosses a page boundary
    MQ_MERGE_MAX         // as natural, but frame boundaries do not split: the largest legal mappings
};

struct mq_config {
    void *context;         // for the four functions
    enum mq_policy policy;
    uint32_t page_cap;     // pages touched by one mapping, 0: MQ_PAGE_CAP
    uint32_t frame_bytes;  // allocation frame, 0: none (WP-29)
    bool capture;          // direction: only mq_write_offset depends on it
    bool check_tags;       // keep a tag index: duplicates are reported, any release is O(1)
};

// One contiguous virtual range, a KSSTREAM_HEADER's. Its pages are given as page frame numbers.
struct mq_buffer {
    void *virtual_address;  // of the first byte
    const uint64_t *pages;  // physical address / 4096 of each page
    uint32_t page_count;    // at least as many as offset + bytes need
    uint32_t offset;        // of the first byte in the first page, < 4096
    uint32_t bytes;         // may be 0
};

struct mq_request {
    const struct mq_buffer *buffers;
    uint32_t buffer_count;
    bool looped;            // never runs out (WP-27); ignored when there are no bytes
    void *owner;            // the maker's cookie
};

// ---- what comes out ----------------------------------------------------------------------------------

struct mq_mapping {
    uint64_t physical;
    void *virtual_address; // the same bytes (WP-22)
    uint32_t bytes;
    uint32_t last;         // 1: last of its packet, or of this lap (WP-26, WP-27); else 0
};

enum mq_end {
    MQ_END_COMPLETE,   // all of it mapped and released (WP-40), or empty (KP-41)
    MQ_END_TERMINATED, // cut by mq_terminate (WP-44)
    MQ_END_CANCELLED,  // revoked (WP-61)
    MQ_END_STOPPED     // revoked with everything else (WP-64)
};

struct mq_packet;
struct mq_queue;
struct mq_slot;
struct mq_revocation;

// What the caller does after a call, in this order: complete the packets, then call MappingAvailable.
struct mq_todo {
    struct mq_packet *first; // packets that ended, in arrival order: take them with mq_todo_pop
    bool wake;               // one MappingAvailable is due (WP-76)
    struct mq_packet *last;
};

// The maker reads these between getting the packet from a todo list and mq_packet_free.
struct mq_packet {
    void *owner;
    uint64_t bytes;          // of the whole packet (one lap)
    uint64_t returned_bytes; // in mappings that were released; 0 of looped ones. Information, DataUsed
    enum mq_end end;
    // The rest belongs to the queue. What a packet's ordinary end looks at shares the first cache line.
    uint32_t late;           // tombstones among its slots (WP-58)
    bool looped, cut, ended, freed, haunted;
    uint8_t odd;             // why its end does more than go on to the next packet; 0: it does not
    struct mq_packet *next;  // in the queue, then in the todo list
    struct mq_slot *stop;    // the END slot behind its last mapping; NULL while it goes round
    struct mq_revocation *revocation;
    struct mq_packet *previous; // in the queue, unless it is the head
    struct mq_packet *ghost_next, **ghost_link; // in queue->haunted
    uint64_t serial;         // arrival order
    uint64_t slots;          // in all laps, that the tag index must be able to hold
    uint64_t trail;          // mapped bytes of packets taken out behind it
    uint64_t trail_returned; // of these, up to the last one released
    void *memory;
    uint64_t group;          // of the revocation that ended it
    uint32_t owed;           // late releases of the group that are still to come
};

// ---- queue and packets -------------------------------------------------------------------------------

// MQ_OK, MQ_INVALID, MQ_NO_MEMORY. One allocation, one more with check_tags.
MQ_API enum mq_result mq_create(const struct mq_config *config, struct mq_queue **out);
// MQ_OK, or MQ_BUSY and nothing done.
MQ_API enum mq_result mq_destroy(struct mq_queue *queue);
// The stream closes: no more packets, late returns are forgotten (WP-58). Packets still queued stay until
// they are revoked; then every mq_get is refused and every mq_release unknown (WP-18).
MQ_API void mq_close(struct mq_queue *queue);

// Computes the runs of the request's buffers: once, without the lock, in one allocation. The request
// and its page lists are not kept. MQ_OK, MQ_INVALID, MQ_NO_MEMORY.
MQ_API enum mq_result mq_packet_create(struct mq_queue *queue, const struct mq_request *request,
                                       struct mq_packet **out);
// A packet that was never added, or that came back in a todo list.
MQ_API void mq_packet_free(struct mq_queue *queue, struct mq_packet *packet);

// MQ_OK; MQ_CLOSED or MQ_NO_MEMORY (check_tags only): the packet is still the caller's. An empty packet at the head is
// handed back at once.
MQ_API enum mq_result mq_add(struct mq_queue *queue, struct mq_packet *packet, struct mq_todo *todo);

// The next packet of a todo list, or NULL.
static inline struct mq_packet *mq_todo_pop(struct mq_todo *todo)
{
    struct mq_packet *packet = todo->first;

    if (packet)
        todo->first = packet == todo->last ? NULL : packet->next;
    return packet;
}

// mq_get and mq_release stand at the end of this header.

// Cuts the packet now being mapped behind its last mapping handed out (WP-42..WP-44). It ends when
// those are released, at once if they are. No packet half mapped: nothing happens.
MQ_API void mq_terminate(struct mq_queue *queue, struct mq_todo *todo);

// ---- revocation --------------------------------------------------------------------------------------
//
//   struct mq_revocation r;
//   enum mq_step step = mq_revoke_begin(queue, packet, MQ_END_CANCELLED, &r);
//   while (step == MQ_STEP_CALL) {
//       uint32_t count = 0;                                              // WP-54
//       bool ok = miniport->RevokeMappings(r.first_tag, r.last_tag, &count) succeeded;
//       step = mq_revoke_end(queue, &r, ok, count);
//   }
//   complete what r.todo holds
//
// Releases may arrive between begin and end; they are counted (WP-55). Several revocations may be under
// way at once; their ranges never overlap.

enum mq_step {
    MQ_STEP_DONE, // r.todo is filled; the revocation is over
    MQ_STEP_CALL, // call RevokeMappings(first_tag, last_tag, &count), then mq_revoke_end
    MQ_STEP_GONE  // begin: the packet has ended already or another revocation is ending it
};

enum {
    MQ_FAULT_OVER_COUNT = 1, // more were reported revoked than could be: clamped (WP-60)
    MQ_FAULT_FAILED = 2,     // a call failed although mappings of its range were held (WP-59)
    MQ_FAULT_FORFEITED = 4   // `forfeited` mappings could not be revoked even one by one (WP-59)
};

struct mq_revocation {
    void *first_tag, *last_tag; // the range to revoke, inclusive (WP-52)
    uint32_t count;             // N: held mappings in it (WP-55)
    // When over:
    unsigned faults;
    uint32_t calls;             // made so far, the current one included
    uint64_t listed;            // held mappings at begin
    uint64_t revoked;           // taken back by the miniport
    uint64_t late;              // late releases that are awaited and legal (WP-57)
    uint64_t forfeited;         // of those: could not be revoked
    struct mq_todo todo;
    // The rest belongs to the queue.
    uint32_t returned;          // L: releases of listed mappings since the range was told
    unsigned stage;
    struct mq_packet *packet;   // the first of those it ends
    struct mq_slot *from, *upto; // the range told, both ends
    struct mq_slot *resume;     // where the next range begins, or NULL
    struct mq_slot *range_end;  // its last slot while it is told tag by tag
    uint64_t last_serial;       // of the last packet it ends
};

// Ends `packet`, or with NULL every packet now queued, as `end`: its unmapped rest is dropped, mappings held
// are listed. A packet may be named until mq_packet_free.
MQ_API enum mq_step mq_revoke_begin(struct mq_queue *queue, struct mq_packet *packet,
                                    enum mq_end end, struct mq_revocation *revocation);
// What RevokeMappings said: whether it succeeded and what it wrote to *MappingsRevoked.
MQ_API enum mq_step mq_revoke_end(struct mq_queue *queue, struct mq_revocation *revocation,
                                  bool succeeded, uint32_t count);

// ---- position ----------------------------------------------------------------------------------------

// Exclusive ends, in bytes from the start of the stream (WP-69). `mapped` grows with each mq_get;
// `returned` moves to the end of the contiguous released prefix with each mq_release. Revocation moves neither (WP-65).
struct mq_position {
    uint64_t mapped, returned;
};
MQ_API void mq_position(struct mq_queue *queue, struct mq_position *position);
// Render: mapped. Capture: returned.
MQ_API uint64_t mq_write_offset(struct mq_queue *queue);
// Both back to 0, for STOP (WP-67). Only while no packet is queued.
MQ_API void mq_reset_position(struct mq_queue *queue);
// Mappings held now. Walks them: for reports, not for hot paths.
MQ_API uint64_t mq_held(struct mq_queue *queue);

// ---- the two calls that drivers make -----------------------------------------------------------------

// The next mapping in buffer order, held under `tag` from now on (WP-20). MQ_OK, MQ_OK_TAG_HELD,
// MQ_OK_TAG_LATE; MQ_REFUSED: `mapping` is untouched, the tag is not consumed (WP-25), and a later call
// of another function will say `wake`.
static inline enum mq_result mq_get(struct mq_queue *queue, void *tag, struct mq_mapping *mapping);

// Gives a mapping back. MQ_OK, MQ_OK_LATE, MQ_OK_OUT_OF_ORDER, MQ_UNKNOWN_TAG, MQ_RETURNED_TWICE. `todo`
// is always written; see there for what follows.
static inline enum mq_result mq_release(struct mq_queue *queue, void *tag, struct mq_todo *todo);

// Both in two steps, for a method whose ordinary way is to be a leaf without a stack frame. The first one takes
// the lock. True: the result is MQ_OK, the lock is free, and there is nothing to do but, if that is not NULL, to complete
// the packet that ended. False: nothing has happened, the lock is *held*, and the second one must follow,
// which does everything and drops it.
static inline bool mq_get_next(struct mq_queue *queue, void *tag, struct mq_mapping *mapping);
MQ_API enum mq_result mq_get_rest(struct mq_queue *queue, void *tag, struct mq_mapping *mapping);
static inline bool mq_release_oldest(struct mq_queue *queue, void *tag, struct mq_packet **ended);
MQ_API enum mq_result mq_release_rest(struct mq_queue *queue, void *tag, struct mq_todo *todo);

#include "port/mapping_queue_inside.h"

#endif
