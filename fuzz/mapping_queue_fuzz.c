// SPDX-License-Identifier: MIT
//
// Reads bytes as the life of a stream and does it to the mapping queue and its naive model
// (tests/mapping_queue_pair.h), which must never differ.
//
// Build: clang -fsanitize=fuzzer,address; seeds come from mapping_queue_corpus.py, which knows the
// format: one byte of configuration, then steps of an opcode byte and its arguments.
#include "tests/mapping_queue_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct pair *pair;
    const uint8_t *data;
    size_t left;
    uintptr_t last_tag;
};

static uint8_t next_byte(struct run *run)
{
    if (run->left == 0)
        return 0;
    run->left--;
    return *run->data++;
}

// Arguments: shape (buffers, looped), then for each buffer length (2), offset, adjacency bits.
static void step_add(struct run *run)
{
    uint8_t shape = next_byte(run);
    struct mq_buffer buffers[3];
    uint64_t pages[3][8];
    struct mq_request request = {
        .buffers = buffers, .buffer_count = shape % 4, .looped = shape & 4};
    struct kit *kit = run->pair->kit;

    for (uint32_t b = 0; b < request.buffer_count; b++) {
        uint32_t bytes = (next_byte(run) | (uint32_t)next_byte(run) << 8) % 12289;
        uint32_t offset = next_byte(run) * 16u;
        uint8_t adjacent = next_byte(run);
        pages[b][0] = (shape + b * 64u) % 256;
        for (unsigned i = 1; i < 8; i++)
            pages[b][i] = pages[b][i - 1] + (adjacent >> i & 1 ? 1 : 3);
        buffers[b] = (struct mq_buffer){(void *)kit->next_virtual, pages[b], 8, offset, bytes};
        kit->next_virtual += 16 * MQ_PAGE_BYTES;
    }
    pair_add(run->pair, &request);
}

// Mostly fresh tags; sometimes one used before.
static void step_get(struct run *run)
{
    const struct model *model = &run->pair->model;
    uint8_t choice = next_byte(run);

    if (choice < 224 || model->records == 0)
        pair_get(run->pair, TAG(++run->last_tag));
    else
        pair_get(run->pair, model->record[choice % model->records].tag);
}

// The n-th oldest mapping that is out, or the n-th tombstone.
static void step_release(struct run *run, unsigned n, bool late)
{
    const struct model *model = &run->pair->model;

    for (unsigned i = 0; i < model->records; i++) {
        enum model_state state = model->record[i].state;
        if ((late ? state == MODEL_LATE : state <= MODEL_LISTED) && n-- == 0) {
            pair_release(run->pair, model->record[i].tag, next_byte(run) % 4 == 0);
            return;
        }
    }
}

static void step_release_any(struct run *run)
{
    const struct model *model = &run->pair->model;
    uint8_t choice = next_byte(run);
    void *tag = TAG(UINT64_MAX - choice);

    if (model->records > 0 && choice >= 16)
        tag = model->record[choice % model->records].tag;
    pair_release(run->pair, tag, next_byte(run) % 4 == 0);
}

static void step_revoke(struct run *run)
{
    uint8_t choice = next_byte(run);
    unsigned packets = run->pair->model.packets;

    pair_revoke_begin(run->pair, choice >= 32 && packets > 0 ? (int)(choice % packets) : -1);
}

// Argument: which one, whether the call failed, and how far the count is off.
static void step_revoke_end(struct run *run)
{
    uint8_t choice = next_byte(run);
    unsigned slot = choice % MODEL_REVOCATIONS;
    uint32_t left = pair_left(run->pair, slot);
    uint32_t off = choice / 16 % 8;
    uint32_t count = off == 7 ? left + 1 : off > left ? 0 : left - off;

    pair_revoke_end(run->pair, slot, !(choice & 8), count);
}

static void step(struct run *run)
{
    uint8_t opcode = next_byte(run) % 16;

    if (opcode < 4)
        step_get(run);
    else if (opcode < 7)
        step_release(run, 0, false);
    else if (opcode == 7)
        step_release(run, next_byte(run), false);
    else if (opcode == 8)
        step_release(run, next_byte(run) % 4, true);
    else if (opcode == 9)
        step_release_any(run);
    else if (opcode < 12)
        step_add(run);
    else if (opcode == 12)
        pair_terminate(run->pair);
    else if (opcode == 13)
        step_revoke(run);
    else if (opcode == 14)
        step_revoke_end(run);
    else
        pair_free(run->pair, next_byte(run));
    pair_check(run->pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = {.data = data, .left = size};
    uint8_t choice = next_byte(&run);
    struct mq_config config = {.check_tags = choice & 1,
                               .policy = (enum mq_policy)(choice / 2 % 3),
                               .page_cap = choice / 8 % 4,
                               .frame_bytes = choice / 32 * 700u};

    run.pair = pair_start(&config);
    while (run.left > 0 && !model_full(&run.pair->model))
        step(&run);
    pair_end(run.pair);
    return 0;
}
