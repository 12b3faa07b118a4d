// SPDX-License-Identifier: MIT
//
// What mapping_queue.pml does in one step each: the real mapping queue, the port's bookkeeping around it and the
// list of a miniport. Everything that one step leaves for another is in `world`, which the model checker saves,
// compares and puts back.
#ifndef PORTSIDE_TESTS_SPIN_WORLD_H
#define PORTSIDE_TESTS_SPIN_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "port/mapping_queue.h"

enum {
    WORLD_PACKETS = 3,
    WORLD_MAPPINGS = 4, // packet 0 has two, the others one each
    WORLD_BLOCKS = 5,
    WORLD_BLOCK_BYTES = 640,
    WORLD_CANCELLERS = 2,
    WORLD_ALL = WORLD_PACKETS // what a canceller that stops the stream cancels
};

enum world_fate { WORLD_NONE, WORLD_OUT, WORLD_RETURNED, WORLD_REVOKED };

struct world_canceller {
    struct mq_revocation revocation;
    enum mq_step step;
    bool calls; // RevokeMappings is due
};

struct world {
    struct mq_queue *queue;
    struct mq_packet *packets[WORLD_PACKETS];
    uint8_t ended[WORLD_PACKETS];   // how often
    uint8_t cancelled;              // bit n: of packet n; the last: all
    uint8_t wakes;                  // MappingAvailable calls that the port still owes
    bool refused;                   // the last GetMapping was refused, and no wake has come since
    uint8_t got;                    // tag of the getter's mapping, 0: refused
    uint8_t releasing;              // tag that the DPC has taken off its list
    uint8_t next_tag;
    uint8_t list[WORLD_MAPPINGS], listed; // the miniport's, oldest first
    uint8_t fate[WORLD_MAPPINGS + 1];     // by tag
    uint8_t packet_of[WORLD_MAPPINGS + 1];
    struct world_canceller cancellers[WORLD_CANCELLERS];
    bool used[WORLD_BLOCKS];
    _Alignas(64) unsigned char memory[WORLD_BLOCKS][WORLD_BLOCK_BYTES];
};

extern struct world world;

void world_start(void);
// The port.
void world_add(unsigned packet);
void world_cancel(unsigned canceller, unsigned packet);
void world_cancel_end(unsigned canceller, unsigned count);
// The miniport: its calls, and what it does with its list under its lock.
void world_get(void);
void world_list_add(void);
void world_list_take(void);
void world_release(void);
unsigned world_list_revoke(unsigned canceller);
// Nothing can happen any more: everything must be over.
void world_end(void);

#endif
