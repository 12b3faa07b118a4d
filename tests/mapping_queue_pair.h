// SPDX-License-Identifier: MIT
//
// The mapping queue and its naive model side by side: each step is done to both, and the first difference
// aborts with a line. Compared are results, mappings, packets that end and what they returned, wake-ups, positions,
// ranges to revoke and what came of a revocation.
#ifndef PORTSIDE_TESTS_MAPPING_QUEUE_PAIR_H
#define PORTSIDE_TESTS_MAPPING_QUEUE_PAIR_H

#include "tests/mapping_queue_kit.h"
#include "tests/mapping_queue_model.h"

struct pair {
    struct kit *kit;
    struct model model;
    struct mq_config config;
    struct mq_packet *packet[MODEL_PACKETS]; // by number; NULL once freed
    struct mq_revocation revocation[MODEL_REVOCATIONS];
};

struct pair *pair_start(const struct mq_config *config);
// Ends revocations under way, stops, and gives everything back.
void pair_end(struct pair *pair);

// The owner is set to the packet's number. Packets that end are freed, unless `keep`.
void pair_add(struct pair *pair, struct mq_request *request);
void pair_get(struct pair *pair, void *tag);
void pair_release(struct pair *pair, void *tag, bool keep);
void pair_terminate(struct pair *pair);
// `number` < 0: everything. Nothing happens if the packet is freed or no `slot` is free.
void pair_revoke_begin(struct pair *pair, int number);
// Nothing happens if that one is not under way.
void pair_revoke_end(struct pair *pair, unsigned slot, bool succeeded, uint32_t count);
// Mappings of the range told that are not released.
uint32_t pair_left(const struct pair *pair, unsigned slot);
void pair_free(struct pair *pair, unsigned number);
// Compares positions and mappings held.
void pair_check(struct pair *pair);

#endif
