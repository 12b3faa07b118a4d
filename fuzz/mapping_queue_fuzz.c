// SPDX-License-Identifier: MIT
//
// Feeds the mapping queue and its naive model (tests/mapping_queue_model.h) the same steps and stops at
// the first difference: results, mappings, packets that end and what they returned, wake-ups,
// positions, ranges to revoke, counts of a revocation.
//
// Build: clang -fsanitize=fuzzer,address; seeds come from mapping_queue_corpus.py, which knows the
// format: one byte of configuration, then steps of an opcode byte and its arguments.
#include "tests/mapping_queue_kit.h"
#include "tests/mapping_queue_model.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *data;
    size_t left;
};

struct run {
    struct kit *kit;
    struct model model;
    struct mq_config config;
    struct input input;
    struct mq_packet *packet[MODEL_PACKETS]; // NULL once freed
    struct mq_revocation revocation[MODEL_REVOCATIONS];
    uintptr_t last_tag;
};

static uint8_t next_byte(struct run *run)
{
    if (run->input.left == 0)
        return 0;
    run->input.left--;
    return *run->input.data++;
}

// ---- comparing ---------------------------------------------------------------------------------------

static unsigned packet_number(const struct run *run, const struct mq_packet *packet)
{
    unsigned number = (unsigned)(uintptr_t)packet->owner;

    KIT_CHECK(number < run->model.packets && run->packet[number] == packet);
    return number;
}

static void compare_todo(struct run *run, struct mq_todo *todo, bool keep)
{
    struct mq_packet *packet;
    unsigned count = 0;

    KIT_CHECK(todo->wake == run->model.wake);
    while ((packet = mq_todo_pop(todo)) != NULL) {
        unsigned number = packet_number(run, packet);
        const struct model_packet *model = &run->model.packet[number];
        KIT_CHECK(count < run->model.ended_count && run->model.ended[count] == number);
        KIT_CHECK(packet->end == model->end);
        KIT_CHECK(packet->bytes == model->bytes);
        KIT_CHECK(packet->returned_bytes == model_returned_bytes(&run->model, number));
        count++;
        if (keep)
            continue;
        mq_packet_free(run->kit->queue, packet);
        run->packet[number] = NULL;
    }
    KIT_CHECK(count == run->model.ended_count);
}

static void compare_state(struct run *run)
{
    struct mq_position position;
    uint64_t held = 0;

    mq_position(run->kit->queue, &position);
    KIT_CHECK(position.mapped == run->model.mapped);
    KIT_CHECK(position.returned == model_returned(&run->model));
    for (unsigned i = 0; i < run->model.records; i++)
        held += run->model.record[i].state <= MODEL_LISTED;
    KIT_CHECK(mq_held(run->kit->queue) == held);
}

// ---- packets and mappings ----------------------------------------------------------------------------

// Arguments: shape (buffers, looped), then for each buffer length (2), offset, adjacency bits.
static void step_add(struct run *run)
{
    uint8_t shape = next_byte(run);
    struct mq_buffer buffers[3];
    uint64_t pages[3][8];
    struct mq_request request = {.buffers = buffers,
                                 .buffer_count = shape % 4,
                                 .looped = shape & 4,
                                 .owner = TAG(run->model.packets)};
    struct mq_todo todo;
    unsigned number = run->model.packets;

    for (uint32_t b = 0; b < request.buffer_count; b++) {
        uint32_t bytes = (next_byte(run) | (uint32_t)next_byte(run) << 8) % 12289;
        uint32_t offset = next_byte(run) * 16u;
        uint8_t adjacent = next_byte(run);
        pages[b][0] = (shape + b * 64u) % 256;
        for (unsigned i = 1; i < 8; i++)
            pages[b][i] = adjacent >> i & 1 ? pages[b][i - 1] + 1 : pages[b][i - 1] + 3;
        buffers[b] = (struct mq_buffer){(void *)run->kit->next_virtual, pages[b], 8, offset, bytes};
        run->kit->next_virtual += 16 * MQ_PAGE_BYTES;
    }
    KIT_CHECK(mq_packet_create(run->kit->queue, &request, &run->packet[number]) == MQ_OK);
    KIT_CHECK(mq_add(run->kit->queue, run->packet[number], &todo) == MQ_OK);
    model_add(&run->model, &request);
    compare_todo(run, &todo, false);
}

// Mostly fresh tags; sometimes one used before.
static void *choose_tag(struct run *run, uint8_t choice)
{
    if (choice < 224 || run->model.records == 0)
        return TAG(++run->last_tag);
    return run->model.record[choice % run->model.records].tag;
}

static void step_get(struct run *run)
{
    void *tag = choose_tag(run, next_byte(run));
    struct mq_mapping got = {0}, expected = {0};
    enum mq_result result = model_get(&run->model, tag, &expected);

    KIT_CHECK(mq_get(run->kit->queue, tag, &got) == result);
    KIT_CHECK(got.physical == expected.physical);
    KIT_CHECK(got.virtual_address == expected.virtual_address);
    KIT_CHECK(got.bytes == expected.bytes);
    KIT_CHECK(got.last == expected.last);
}

static void release(struct run *run, void *tag)
{
    struct mq_todo todo;
    enum mq_result also, result = model_release(&run->model, tag, &also);
    enum mq_result got = mq_release(run->kit->queue, tag, &todo);

    KIT_CHECK(got == result || got == also);
    compare_todo(run, &todo, next_byte(run) % 4 == 0);
}

// The n-th oldest mapping that is out, or the n-th tombstone.
static void step_release(struct run *run, unsigned n, bool late)
{
    for (unsigned i = 0; i < run->model.records; i++) {
        enum model_state state = run->model.record[i].state;
        if ((late ? state == MODEL_LATE : state <= MODEL_LISTED) && n-- == 0) {
            release(run, run->model.record[i].tag);
            return;
        }
    }
}

static void step_release_any(struct run *run)
{
    uint8_t choice = next_byte(run);

    if (run->model.records > 0 && choice >= 16)
        release(run, run->model.record[choice % run->model.records].tag);
    else
        release(run, TAG(UINT64_MAX - choice));
}

static void step_terminate(struct run *run)
{
    struct mq_todo todo;

    model_terminate(&run->model);
    mq_terminate(run->kit->queue, &todo);
    compare_todo(run, &todo, false);
}

// ---- revocations -------------------------------------------------------------------------------------

static void compare_range(const struct run *run, const struct mq_revocation *revocation,
                          const struct model_revocation *model)
{
    const struct model_record *record = run->model.record;

    KIT_CHECK(revocation->count == model->told_count);
    KIT_CHECK(revocation->first_tag == record[model->told[0]].tag);
    KIT_CHECK(revocation->last_tag == record[model->told[model->told_count - 1]].tag);
}

static void compare_step(struct run *run, unsigned slot, enum mq_step step, enum mq_step expected)
{
    const struct model_revocation *model = &run->model.revocation[slot];
    struct mq_revocation *revocation = &run->revocation[slot];

    KIT_CHECK(step == expected);
    if (step == MQ_STEP_CALL)
        compare_range(run, revocation, model);
    if (step != MQ_STEP_DONE)
        return;
    KIT_CHECK(revocation->late == model->late);
    KIT_CHECK(revocation->revoked == model->revoked);
    KIT_CHECK(revocation->forfeited == model->forfeited);
    KIT_CHECK(revocation->faults == model->faults);
    compare_todo(run, &revocation->todo, false);
}

static void step_revoke(struct run *run)
{
    uint8_t choice = next_byte(run);
    unsigned slot = 0;
    int number = -1;

    while (slot < MODEL_REVOCATIONS && run->model.revocation[slot].active)
        slot++;
    if (slot == MODEL_REVOCATIONS)
        return;
    if (choice >= 32 && run->model.packets > 0)
        number = choice % (int)run->model.packets;
    if (number >= 0 && !run->packet[number])
        return;
    enum mq_end end = number < 0 ? MQ_END_STOPPED : MQ_END_CANCELLED;
    struct mq_packet *packet = number < 0 ? NULL : run->packet[number];
    enum mq_step expected = model_revoke_begin(&run->model, number, end, slot);
    enum mq_step step = mq_revoke_begin(run->kit->queue, packet, end, &run->revocation[slot]);
    compare_step(run, slot, step, expected);
}

static void revoke_end(struct run *run, unsigned slot, bool succeeded, uint32_t count)
{
    enum mq_step expected = model_revoke_end(&run->model, slot, succeeded, count);
    enum mq_step step = mq_revoke_end(run->kit->queue, &run->revocation[slot], succeeded, count);

    compare_step(run, slot, step, expected);
}

// Argument: which one, whether the call failed, and how far the count is off.
static void step_revoke_end(struct run *run)
{
    uint8_t choice = next_byte(run);
    unsigned slot = choice % MODEL_REVOCATIONS;
    const struct model_revocation *model = &run->model.revocation[slot];

    if (!model->active)
        return;
    uint32_t left = model->told_count - model->returned;
    uint32_t off = choice / 16 % 8;
    uint32_t count = off == 7 ? left + 1 : off > left ? 0 : left - off;
    revoke_end(run, slot, !(choice & 8), count);
}

static void step_free(struct run *run)
{
    unsigned number = next_byte(run);

    if (number >= run->model.packets || !run->packet[number] || !run->model.packet[number].ended)
        return;
    mq_packet_free(run->kit->queue, run->packet[number]);
    run->packet[number] = NULL;
}

// ---- the run -----------------------------------------------------------------------------------------

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
        step_terminate(run);
    else if (opcode == 13)
        step_revoke(run);
    else if (opcode == 14)
        step_revoke_end(run);
    else
        step_free(run);
    compare_state(run);
}

// Ends what is under way, stops, and gives everything back.
static void finish(struct run *run)
{
    for (unsigned slot = 0; slot < MODEL_REVOCATIONS; slot++) {
        while (run->model.revocation[slot].active)
            revoke_end(run, slot, true, run->revocation[slot].count);
    }
    kit_stop(run->kit);
    for (unsigned i = 0; i < run->model.packets; i++) {
        if (run->packet[i] && run->model.packet[i].ended)
            mq_packet_free(run->kit->queue, run->packet[i]);
    }
    kit_end(run->kit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run *run = calloc(1, sizeof(*run));

    KIT_CHECK(run);
    run->input = (struct input){data, size};
    uint8_t choice = next_byte(run);
    run->config = (struct mq_config){.check_tags = choice & 1,
                                     .policy = (enum mq_policy)(choice / 2 % 3),
                                     .page_cap = choice / 8 % 4,
                                     .frame_bytes = choice / 32 * 700u};
    run->kit = kit_start(&run->config);
    model_start(&run->model, &run->config);
    while (run->input.left > 0 && !model_full(&run->model))
        step(run);
    finish(run);
    free(run);
    return 0;
}
