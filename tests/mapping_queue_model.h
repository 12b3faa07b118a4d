// SPDX-License-Identifier: MIT
//
// A second mapping queue, as plain as can be: lists of everything that ever happened, searched from the
// front each time. It shares no code and no idea with src/port/mapping_queue*.c and says what each call must
// answer. The fuzz target and the exhaustive test compare the two.
#ifndef PORTSIDE_TESTS_MAPPING_QUEUE_MODEL_H
#define PORTSIDE_TESTS_MAPPING_QUEUE_MODEL_H

#include "port/mapping_queue.h"

enum { MODEL_PACKETS = 48, MODEL_RECORDS = 600, MODEL_RUNS = 64, MODEL_REVOCATIONS = 4, MODEL_GROUPS = 200 };

enum model_state { MODEL_HELD, MODEL_LISTED, MODEL_RELEASED, MODEL_REVOKED, MODEL_LATE };

struct model_run {
    uint64_t physical;
    uintptr_t virtual_address;
    uint32_t bytes;
};

struct model_packet {
    bool looped, cut, ended;
    int revocation;          // -1: none
    enum mq_end end;
    unsigned runs, next_run; // next_run == runs: all mapped, or at the end of a lap
    bool any_mapped;
    uint64_t bytes;
    struct model_run run[MODEL_RUNS];
};

// One mapping handed out.
struct model_record {
    void *tag;
    unsigned packet;
    uint32_t bytes;
    enum model_state state;
    unsigned group; // MODEL_LATE: which revocation; there may be more of them than it owes
};

struct model_revocation {
    bool active;
    enum mq_end end;
    int stage;                       // 0 whole, 1 narrowed, 2 singly
    unsigned last_packet;            // packets after it are not its
    unsigned told[MODEL_RECORDS];    // records in the range told
    unsigned told_count, returned;
    unsigned single_end;             // singly: record behind the range
    unsigned resume;                 // first record of the next range
    unsigned forfeited, late, revoked, faults;
    unsigned group;
};

struct model {
    const struct mq_config *config;
    struct model_packet packet[MODEL_PACKETS];
    unsigned packets;
    struct model_record record[MODEL_RECORDS];
    unsigned records;
    struct model_revocation revocation[MODEL_REVOCATIONS];
    unsigned groups, owed[MODEL_GROUPS]; // late releases to come
    bool refused;
    uint64_t mapped;
    // What the last call had to say.
    unsigned ended[MODEL_PACKETS];
    unsigned ended_count;
    bool wake;
};

void model_start(struct model *model, const struct mq_config *config);
bool model_full(const struct model *model); // no room for another step
void model_add(struct model *model, const struct mq_request *request);
// `also` is a second acceptable answer.
enum mq_result model_get(struct model *model, void *tag, struct mq_mapping *mapping);
enum mq_result model_release(struct model *model, void *tag, enum mq_result *also);
void model_terminate(struct model *model);
// packet < 0: all.
enum mq_step model_revoke_begin(struct model *model, int packet, enum mq_end end, unsigned slot);
enum mq_step model_revoke_end(struct model *model, unsigned slot, bool succeeded, uint32_t count);
uint64_t model_returned(const struct model *model);
uint64_t model_returned_bytes(const struct model *model, unsigned packet);

#endif
