// SPDX-License-Identifier: MIT
//
// See mapping_queue_model.h.
#include "tests/mapping_queue_model.h"

#include <string.h>

void model_start(struct model *model, const struct mq_config *config)
{
    memset(model, 0, sizeof(*model));
    model->config = config;
}

bool model_full(const struct model *model)
{
    return model->packets == MODEL_PACKETS || model->records == MODEL_RECORDS ||
           model->groups == MODEL_GROUPS;
}

static void begin_call(struct model *model)
{
    model->ended_count = 0;
    model->wake = false;
}

// ---- runs: byte by byte ------------------------------------------------------------------------------

static uint64_t physical_of(const struct mq_buffer *buffer, uint32_t byte)
{
    uint64_t at = (uint64_t)buffer->offset + byte;

    return buffer->pages[at / 4096] * 4096 + at % 4096;
}

// Whether the byte at `at` continues the run that began at byte `start`.
static bool continues(const struct model *model, const struct mq_request *request,
                      const struct mq_buffer *buffer, uint32_t start, uint32_t at)
{
    const struct mq_config *config = model->config;
    uint32_t cap = config->page_cap ? config->page_cap : 16;
    uint64_t first_page = ((uint64_t)buffer->offset + start) / 4096;
    uint64_t page = ((uint64_t)buffer->offset + at) / 4096;
    bool framed = request->looped && request->buffer_count == 1 && config->frame_bytes > 0 &&
                  config->policy != MQ_MERGE_MAX;

    if (physical_of(buffer, at) != physical_of(buffer, at - 1) + 1)
        return false;
    if (framed && at % config->frame_bytes == 0)
        return false;
    if (config->policy == MQ_SPLIT_EVERY_PAGE)
        return page == first_page;
    return page - first_page < cap;
}

// ---- what follows from the lists ---------------------------------------------------------------------

static bool has_more(const struct model_packet *packet)
{
    return !packet->ended && !packet->cut &&
           (packet->looped || packet->next_run < packet->runs);
}

// The packet that the next mapping comes from, or -1.
static int current(const struct model *model)
{
    for (unsigned i = 0; i < model->packets; i++) {
        if (has_more(&model->packet[i]))
            return (int)i;
    }
    return -1;
}

static bool out(const struct model_record *record)
{
    return record->state == MODEL_HELD || record->state == MODEL_LISTED;
}

static bool packet_has_out(const struct model *model, unsigned packet)
{
    for (unsigned i = 0; i < model->records; i++) {
        if (model->record[i].packet == packet && out(&model->record[i]))
            return true;
    }
    return false;
}

static void end_packet(struct model *model, unsigned packet)
{
    model->packet[packet].ended = true;
    model->ended[model->ended_count++] = packet;
}

static void complete_in_order(struct model *model)
{
    for (unsigned i = 0; i < model->packets; i++) {
        struct model_packet *packet = &model->packet[i];
        if (packet->ended)
            continue;
        if (has_more(packet) || packet_has_out(model, i) || packet->revocation >= 0)
            return;
        end_packet(model, i);
    }
}

static void settle(struct model *model)
{
    complete_in_order(model);
    if (model->refused && current(model) >= 0) {
        model->refused = false;
        model->wake = true;
    }
}

uint64_t model_returned(const struct model *model)
{
    uint64_t at = 0, returned = 0;
    unsigned head = 0;

    while (head < model->packets && model->packet[head].ended)
        head++;
    for (unsigned i = 0; i < model->records && !out(&model->record[i]); i++) {
        if (model->record[i].packet > head)
            break; // the head is still being revoked
        at += model->record[i].bytes;
        if (model->record[i].state == MODEL_RELEASED)
            returned = at;
    }
    return returned;
}

uint64_t model_returned_bytes(const struct model *model, unsigned packet)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < model->records && !model->packet[packet].looped; i++) {
        if (model->record[i].packet == packet && model->record[i].state == MODEL_RELEASED)
            bytes += model->record[i].bytes;
    }
    return bytes;
}

void model_add(struct model *model, const struct mq_request *request)
{
    struct model_packet *packet = &model->packet[model->packets];

    begin_call(model);
    memset(packet, 0, sizeof(*packet));
    packet->revocation = -1;
    for (uint32_t b = 0; b < request->buffer_count; b++) {
        const struct mq_buffer *buffer = &request->buffers[b];
        uint32_t start = 0;
        for (uint32_t at = 0; at < buffer->bytes; at++) {
            bool more = at + 1 < buffer->bytes && continues(model, request, buffer, start, at + 1);
            if (more)
                continue;
            packet->run[packet->runs++] = (struct model_run){
                physical_of(buffer, start), (uintptr_t)buffer->virtual_address + start,
                at + 1 - start};
            start = at + 1;
        }
        packet->bytes += buffer->bytes;
    }
    packet->looped = request->looped && packet->bytes > 0;
    packet->end = MQ_END_COMPLETE;
    model->packets++;
    settle(model);
}

// ---- calls -------------------------------------------------------------------------------------------

static int find(const struct model *model, void *tag, bool late)
{
    for (unsigned i = 0; i < model->records; i++) {
        const struct model_record *record = &model->record[i];
        if (record->tag == tag && (late ? record->state == MODEL_LATE : out(record)))
            return (int)i;
    }
    return -1;
}

static unsigned tombstones(const struct model *model, unsigned group)
{
    unsigned count = 0;

    for (unsigned i = 0; i < model->records; i++)
        count += model->record[i].state == MODEL_LATE && model->record[i].group == group;
    return count;
}

static void forget(struct model *model, unsigned group)
{
    for (unsigned i = 0; i < model->records; i++)
        if (model->record[i].state == MODEL_LATE && model->record[i].group == group)
            model->record[i].state = MODEL_REVOKED;
}

// Whether a tag that may yet come back is used again: no wonder if somebody else can be the one that comes.
static bool late_tag(struct model *model, void *tag)
{
    int at = find(model, tag, true);
    unsigned group;

    if (at < 0 || find(model, tag, false) >= 0)
        return at >= 0;
    group = model->record[at].group;
    if (tombstones(model, group) <= model->owed[group])
        return true;
    model->record[at].state = MODEL_REVOKED;
    return false;
}

enum mq_result model_get(struct model *model, void *tag, struct mq_mapping *mapping)
{
    int at = current(model);
    enum mq_result result = MQ_OK;

    begin_call(model);
    if (at < 0) {
        model->refused = true;
        return MQ_REFUSED;
    }
    if (model->config->check_tags && late_tag(model, tag))
        result = MQ_OK_TAG_LATE;
    if (model->config->check_tags && find(model, tag, false) >= 0)
        result = MQ_OK_TAG_HELD;

    struct model_packet *packet = &model->packet[at];
    if (packet->next_run == packet->runs)
        packet->next_run = 0;
    struct model_run *run = &packet->run[packet->next_run++];
    packet->any_mapped = true;
    mapping->physical = run->physical;
    mapping->virtual_address = (void *)run->virtual_address;
    mapping->bytes = run->bytes;
    mapping->last = packet->next_run == packet->runs;
    model->mapped += run->bytes;
    model->record[model->records++] =
        (struct model_record){.tag = tag, .packet = (unsigned)at, .bytes = run->bytes, .state = MODEL_HELD};
    return result;
}

static bool out_of_order(const struct model *model, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (model->record[i].state == MODEL_HELD)
            return true;
    return false;
}

static enum mq_result unknown(const struct model *model, void *tag, enum mq_result *also)
{
    *also = MQ_UNKNOWN_TAG;
    for (unsigned i = 0; i < model->records; i++) {
        if (model->record[i].tag == tag)
            return model->config->check_tags ? MQ_RETURNED_TWICE : MQ_UNKNOWN_TAG;
    }
    return MQ_UNKNOWN_TAG;
}

enum mq_result model_release(struct model *model, void *tag, enum mq_result *also)
{
    int at = find(model, tag, false);

    begin_call(model);
    if (at < 0) {
        at = find(model, tag, true);
        if (at < 0)
            return unknown(model, tag, also);
        model->record[at].state = MODEL_REVOKED;
        if (--model->owed[model->record[at].group] == 0)
            forget(model, model->record[at].group);
        return *also = MQ_OK_LATE;
    }
    *also = out_of_order(model, (unsigned)at) ? MQ_OK_OUT_OF_ORDER : MQ_OK;
    if (model->record[at].state == MODEL_LISTED)
        model->revocation[model->packet[model->record[at].packet].revocation].returned++;
    model->record[at].state = MODEL_RELEASED;
    settle(model);
    return *also;
}

void model_terminate(struct model *model)
{
    int at = current(model);

    begin_call(model);
    if (at < 0 || !model->packet[at].any_mapped)
        return;
    model->packet[at].cut = true;
    model->packet[at].end = MQ_END_TERMINATED;
    settle(model);
}

// ---- revocation --------------------------------------------------------------------------------------

static bool foreign_between(const struct model *model, unsigned from, unsigned to, int revocation)
{
    for (unsigned i = from + 1; i < to; i++) {
        if (!model->packet[i].ended && model->packet[i].revocation != revocation)
            return true;
    }
    return false;
}

static bool late_between(const struct model *model, unsigned from, unsigned to)
{
    for (unsigned i = from + 1; i < to; i++)
        if (model->record[i].state == MODEL_LATE)
            return true;
    return false;
}

static enum mq_step end_revocation(struct model *model, unsigned slot)
{
    struct model_revocation *revocation = &model->revocation[slot];

    revocation->active = false;
    for (unsigned i = 0; i < model->packets; i++) {
        if (!model->packet[i].ended && model->packet[i].revocation == (int)slot) {
            model->packet[i].revocation = -1;
            end_packet(model, i);
        }
    }
    settle(model);
    return MQ_STEP_DONE;
}

static void tell(struct model *model, struct model_revocation *revocation, unsigned record)
{
    model->record[record].state = MODEL_LISTED;
    revocation->told[revocation->told_count++] = record;
}

static enum mq_step next_range(struct model *model, unsigned slot)
{
    struct model_revocation *revocation = &model->revocation[slot];
    unsigned i = revocation->resume;

    revocation->told_count = revocation->returned = 0;
    revocation->stage = 0;
    for (; i < model->records; i++) {
        struct model_record *record = &model->record[i];
        if (model->packet[record->packet].revocation != (int)slot || record->state != MODEL_HELD)
            continue;
        if (revocation->told_count > 0) {
            unsigned last = revocation->told[revocation->told_count - 1];
            if (foreign_between(model, model->record[last].packet, record->packet, (int)slot) ||
                late_between(model, last, i))
                break;
        }
        tell(model, revocation, i);
    }
    revocation->resume = i;
    return revocation->told_count > 0 ? MQ_STEP_CALL : end_revocation(model, slot);
}

static enum mq_step next_single(struct model *model, unsigned slot)
{
    struct model_revocation *revocation = &model->revocation[slot];

    revocation->stage = 2;
    revocation->told_count = revocation->returned = 0;
    for (unsigned i = 0; i < revocation->single_end; i++) {
        struct model_record *record = &model->record[i];
        if (model->packet[record->packet].revocation == (int)slot && record->state == MODEL_HELD) {
            tell(model, revocation, i);
            return MQ_STEP_CALL;
        }
    }
    return next_range(model, slot);
}

enum mq_step model_revoke_begin(struct model *model, int packet, enum mq_end end, unsigned slot)
{
    struct model_revocation *revocation = &model->revocation[slot];
    unsigned taken = 0;

    begin_call(model);
    memset(revocation, 0, sizeof(*revocation));
    revocation->end = end;
    revocation->group = model->groups++;
    for (unsigned i = 0; i < model->packets; i++) {
        struct model_packet *mine = &model->packet[i];
        if (mine->ended || mine->revocation >= 0 || (packet >= 0 && (unsigned)packet != i))
            continue;
        mine->revocation = (int)slot;
        mine->end = end;
        if (mine->looped || mine->next_run < mine->runs)
            mine->cut = true;
        taken++;
    }
    if (taken == 0)
        return packet < 0 ? MQ_STEP_DONE : MQ_STEP_GONE;
    revocation->active = true;
    return next_range(model, slot);
}

// Of those still listed `late` are in the miniport's hands, the oldest or the newest of them.
static void apply(struct model *model, struct model_revocation *revocation, unsigned late)
{
    unsigned listed[MODEL_RECORDS], count = 0;

    for (unsigned i = 0; i < revocation->told_count; i++)
        if (model->record[revocation->told[i]].state == MODEL_LISTED)
            listed[count++] = revocation->told[i];
    for (unsigned i = 0; i < count; i++) {
        struct model_record *record = &model->record[listed[i]];
        bool either_end = i < late || i >= count - late;
        record->state = either_end ? MODEL_LATE : MODEL_REVOKED;
        record->group = revocation->group;
    }
    model->owed[revocation->group] += late;
    revocation->late += late;
    revocation->revoked += count - late;
}

static void keep_listed(struct model *model, struct model_revocation *revocation,
                        enum model_state state)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < revocation->told_count; i++) {
        unsigned record = revocation->told[i];
        if (model->record[record].state != MODEL_LISTED)
            continue;
        model->record[record].state = state;
        revocation->told[kept++] = record;
    }
    revocation->told_count = kept;
    revocation->returned = 0;
}

static enum mq_step failed(struct model *model, unsigned slot)
{
    struct model_revocation *revocation = &model->revocation[slot];
    unsigned left = revocation->told_count - revocation->returned;

    if (left > 0)
        revocation->faults |= MQ_FAULT_FAILED;
    if (left > 0 && revocation->stage == 0) {
        keep_listed(model, revocation, MODEL_LISTED);
        revocation->stage = 1;
        return MQ_STEP_CALL;
    }
    if (left > 0 && revocation->stage == 1) {
        revocation->single_end = revocation->told[revocation->told_count - 1] + 1;
        keep_listed(model, revocation, MODEL_HELD);
        return next_single(model, slot);
    }
    if (left > 0) {
        revocation->faults |= MQ_FAULT_FORFEITED;
        revocation->forfeited += left;
        apply(model, revocation, left);
    }
    return revocation->stage == 2 ? next_single(model, slot) : next_range(model, slot);
}

enum mq_step model_revoke_end(struct model *model, unsigned slot, bool succeeded, uint32_t count)
{
    struct model_revocation *revocation = &model->revocation[slot];
    unsigned left = revocation->told_count - revocation->returned;

    begin_call(model);
    if (!succeeded)
        return failed(model, slot);
    if (count > left) {
        revocation->faults |= MQ_FAULT_OVER_COUNT;
        count = left;
    }
    apply(model, revocation, left - count);
    return revocation->stage == 2 ? next_single(model, slot) : next_range(model, slot);
}
