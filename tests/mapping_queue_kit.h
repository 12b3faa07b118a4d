// SPDX-License-Identifier: MIT
//
// What the mapping queue's tests share: the four functions with checks in them (the lock is never nested,
// memory is only taken and given back without it, all of it comes back), allocations that fail on
// demand, packets in one call, and revocations that answer what a test says.
#ifndef PORTSIDE_TESTS_MAPPING_QUEUE_KIT_H
#define PORTSIDE_TESTS_MAPPING_QUEUE_KIT_H

#include "port/mapping_queue.h"

struct kit {
    struct mq_queue *queue;
    bool locked;
    long blocks;          // memory blocks out
    unsigned allocations; // ever
    unsigned fail;        // the n-th allocation from now fails; 0: none
    bool fail_all;
    // The buffers that kit_packet makes: consecutive virtual addresses, never dereferenced.
    uintptr_t next_virtual;
    unsigned packets;     // made so far
};

// Aborts with one line: for conditions that no test expects.
#define KIT_CHECK(condition) \
    do { \
        if (!(condition)) \
            kit_broken(__FILE__, __LINE__, #condition); \
    } while (0)
_Noreturn void kit_broken(const char *file, int line, const char *condition);

// A queue with natural merging and a tag index; `config` may change that. kit_end wants the queue empty.
struct kit *kit_start(const struct mq_config *config);
void kit_end(struct kit *kit);
extern const struct mq_config kit_checked, kit_lean;

#define TAG(n) ((void *)(uintptr_t)(n))

// One buffer of `bytes` from `offset` on, over the page frames given.
struct mq_packet *kit_packet(struct kit *kit, bool looped, uint32_t offset, uint32_t bytes,
                             const uint64_t *pages, uint32_t page_count);
// A packet of `count` mappings of 100 bytes, on pages of their own. Its owner is its number, from 1.
struct mq_packet *kit_pieces(struct kit *kit, unsigned count, bool looped);
// Adds it and wants success; the todo list is dropped when NULL, and then must be empty.
void kit_add(struct kit *kit, struct mq_packet *packet, struct mq_todo *todo);
// kit_pieces and kit_add.
struct mq_packet *kit_queue(struct kit *kit, unsigned count, bool looped);

// mq_get of 100 bytes that must succeed; mq_release that must give `result` and end nothing.
struct mq_mapping kit_get(struct kit *kit, uintptr_t tag);
void kit_release(struct kit *kit, uintptr_t tag, enum mq_result result);
// Takes the packets of a todo list, frees them, and returns their numbers as a decimal, first first: 1 then 2 is 12.
unsigned kit_ended(struct kit *kit, struct mq_todo *todo);
// Releases and returns what kit_ended says.
unsigned kit_release_ends(struct kit *kit, uintptr_t tag, enum mq_result result);

// Revokes as a well-behaved miniport answers: everything listed is taken back. Returns kit_ended.
unsigned kit_revoke(struct kit *kit, struct mq_packet *packet, enum mq_end end);
unsigned kit_stop(struct kit *kit);

#endif
