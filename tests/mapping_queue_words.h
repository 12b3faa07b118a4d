/* SPDX-License-Identifier: MIT */
/*
 * The words of the mapping queue's tests, on the kit: each does one step and asserts what always holds of it.
 */
#ifndef PORTSIDE_TESTS_MAPPING_QUEUE_WORDS_H
#define PORTSIDE_TESTS_MAPPING_QUEUE_WORDS_H

#include "tests/mapping_queue_kit.h"
#include "tests/ps_test.h"

/* A refusal leaves the mapping as it was. */
static inline enum mq_result try_get(struct kit *kit, uintptr_t tag)
{
    struct mq_mapping mapping = {.bytes = 12345};
    enum mq_result result = mq_get(kit->queue, TAG(tag), &mapping);

    if (result == MQ_REFUSED)
        assert_int_equal(mapping.bytes, 12345);
    return result;
}

static inline void get_up_to(struct kit *kit, uintptr_t last)
{
    for (uintptr_t tag = 1; tag <= last; tag++)
        kit_get(kit, tag);
}

static inline unsigned stop_and_end(struct kit *kit)
{
    unsigned ended = kit_stop(kit);

    kit_end(kit);
    return ended;
}

static inline void assert_range(const struct mq_revocation *revocation, uintptr_t first, uintptr_t last, uint32_t count)
{
    assert_ptr_equal(revocation->first_tag, TAG(first));
    assert_ptr_equal(revocation->last_tag, TAG(last));
    assert_int_equal(revocation->count, count);
}

/* Cancels, or stops without a packet; the one range must run from `first` to `last` with `count` mappings. */
static inline void begin(struct kit *kit, struct mq_packet *packet, struct mq_revocation *revocation, uintptr_t first,
                         uintptr_t last, uint32_t count)
{
    enum mq_end end = packet ? MQ_END_CANCELLED : MQ_END_STOPPED;

    assert_int_equal(mq_revoke_begin(kit->queue, packet, end, revocation), MQ_STEP_CALL);
    assert_range(revocation, first, last, count);
}

/* The call succeeded with `count`; nothing else to call. Returns what kit_ended says. */
static inline unsigned finish(struct kit *kit, struct mq_revocation *revocation, uint32_t count)
{
    assert_int_equal(mq_revoke_end(kit->queue, revocation, true, count), MQ_STEP_DONE);
    assert_false(kit->locked);
    return kit_ended(kit, &revocation->todo);
}

#endif
