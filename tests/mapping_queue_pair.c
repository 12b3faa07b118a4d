// SPDX-License-Identifier: MIT
//
// See mapping_queue_pair.h.
#include "tests/mapping_queue_pair.h"

#include <stdlib.h>

struct pair *pair_start(const struct mq_config *config)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    KIT_CHECK(pair);
    pair->config = *config;
    pair->kit = kit_start(config);
    model_start(&pair->model, &pair->config);
    return pair;
}

void pair_end(struct pair *pair)
{
    for (unsigned slot = 0; slot < MODEL_REVOCATIONS; slot++) {
        while (pair->model.revocation[slot].active)
            pair_revoke_end(pair, slot, true, pair->revocation[slot].count);
    }
    kit_stop(pair->kit);
    for (unsigned i = 0; i < pair->model.packets; i++)
        pair_free(pair, i);
    kit_end(pair->kit);
    free(pair);
}

// ---- comparing ---------------------------------------------------------------------------------------

static unsigned number_of(const struct pair *pair, const struct mq_packet *packet)
{
    unsigned number = (unsigned)(uintptr_t)packet->owner;

    KIT_CHECK(number < pair->model.packets && pair->packet[number] == packet);
    return number;
}

static void compare_todo(struct pair *pair, struct mq_todo *todo, bool keep)
{
    struct mq_packet *packet;
    unsigned count = 0;

    KIT_CHECK(todo->wake == pair->model.wake);
    while ((packet = mq_todo_pop(todo)) != NULL) {
        unsigned number = number_of(pair, packet);
        const struct model_packet *model = &pair->model.packet[number];
        KIT_CHECK(count < pair->model.ended_count && pair->model.ended[count] == number);
        KIT_CHECK(packet->end == model->end);
        KIT_CHECK(packet->bytes == model->bytes);
        KIT_CHECK(packet->returned_bytes == model_returned_bytes(&pair->model, number));
        count++;
        if (!keep)
            pair_free(pair, number);
    }
    KIT_CHECK(count == pair->model.ended_count);
}

void pair_check(struct pair *pair)
{
    struct mq_position position;
    uint64_t held = 0;

    mq_position(pair->kit->queue, &position);
    KIT_CHECK(position.mapped == pair->model.mapped);
    KIT_CHECK(position.returned == model_returned(&pair->model));
    for (unsigned i = 0; i < pair->model.records; i++)
        held += pair->model.record[i].state <= MODEL_LISTED;
    KIT_CHECK(mq_held(pair->kit->queue) == held);
}

// ---- packets and mappings ----------------------------------------------------------------------------

void pair_add(struct pair *pair, struct mq_request *request)
{
    unsigned number = pair->model.packets;
    struct mq_todo todo;

    request->owner = TAG(number);
    KIT_CHECK(mq_packet_create(pair->kit->queue, request, &pair->packet[number]) == MQ_OK);
    KIT_CHECK(mq_add(pair->kit->queue, pair->packet[number], &todo) == MQ_OK);
    model_add(&pair->model, request);
    compare_todo(pair, &todo, false);
}

void pair_get(struct pair *pair, void *tag)
{
    struct mq_mapping got = {0}, expected = {0};
    enum mq_result result = model_get(&pair->model, tag, &expected);

    KIT_CHECK(mq_get(pair->kit->queue, tag, &got) == result);
    KIT_CHECK(got.physical == expected.physical);
    KIT_CHECK(got.virtual_address == expected.virtual_address);
    KIT_CHECK(got.bytes == expected.bytes);
    KIT_CHECK(got.last == expected.last);
}

void pair_release(struct pair *pair, void *tag, bool keep)
{
    struct mq_todo todo;
    enum mq_result also, result = model_release(&pair->model, tag, &also);
    enum mq_result got = mq_release(pair->kit->queue, tag, &todo);

    KIT_CHECK(got == result || got == also);
    compare_todo(pair, &todo, keep);
}

void pair_terminate(struct pair *pair)
{
    struct mq_todo todo;

    model_terminate(&pair->model);
    mq_terminate(pair->kit->queue, &todo);
    compare_todo(pair, &todo, false);
}

void pair_free(struct pair *pair, unsigned number)
{
    if (number >= pair->model.packets || !pair->packet[number] || !pair->model.packet[number].ended)
        return;
    mq_packet_free(pair->kit->queue, pair->packet[number]);
    pair->packet[number] = NULL;
}

// ---- revocations -------------------------------------------------------------------------------------

static void compare_range(const struct pair *pair, const struct mq_revocation *revocation,
                          const struct model_revocation *model)
{
    const struct model_record *record = pair->model.record;

    KIT_CHECK(revocation->count == model->told_count);
    KIT_CHECK(revocation->first_tag == record[model->told[0]].tag);
    KIT_CHECK(revocation->last_tag == record[model->told[model->told_count - 1]].tag);
}

static void compare_step(struct pair *pair, unsigned slot, enum mq_step step,
                         enum mq_step expected)
{
    const struct model_revocation *model = &pair->model.revocation[slot];
    struct mq_revocation *revocation = &pair->revocation[slot];

    KIT_CHECK(step == expected);
    if (step == MQ_STEP_CALL)
        compare_range(pair, revocation, model);
    if (step != MQ_STEP_DONE)
        return;
    KIT_CHECK(revocation->late == model->late);
    KIT_CHECK(revocation->revoked == model->revoked);
    KIT_CHECK(revocation->forfeited == model->forfeited);
    KIT_CHECK(revocation->faults == model->faults);
    compare_todo(pair, &revocation->todo, false);
}

void pair_revoke_begin(struct pair *pair, int number)
{
    unsigned slot = 0;

    while (slot < MODEL_REVOCATIONS && pair->model.revocation[slot].active)
        slot++;
    if (slot == MODEL_REVOCATIONS || (number >= 0 && !pair->packet[number]))
        return;
    enum mq_end end = number < 0 ? MQ_END_STOPPED : MQ_END_CANCELLED;
    struct mq_packet *packet = number < 0 ? NULL : pair->packet[number];
    enum mq_step expected = model_revoke_begin(&pair->model, number, end, slot);
    enum mq_step step =
        mq_revoke_begin(pair->kit->queue, packet, end, &pair->revocation[slot]);
    compare_step(pair, slot, step, expected);
}

uint32_t pair_left(const struct pair *pair, unsigned slot)
{
    const struct model_revocation *model = &pair->model.revocation[slot];

    return model->told_count - model->returned;
}

void pair_revoke_end(struct pair *pair, unsigned slot, bool succeeded, uint32_t count)
{
    if (!pair->model.revocation[slot].active)
        return;
    enum mq_step expected = model_revoke_end(&pair->model, slot, succeeded, count);
    enum mq_step step =
        mq_revoke_end(pair->kit->queue, &pair->revocation[slot], succeeded, count);
    compare_step(pair, slot, step, expected);
}
