// SPDX-License-Identifier: MIT
//
// Every order in which three mappings can be got, released, cancelled and stopped, with both halves of
// each revocation as events of their own, compared with the model after every event.
//
// Events: get 1, 2, 3 in this order; release i after get i, in any order among each other; cancel of a
// packet and, later, the miniport's answer; STOP and, later, its answer. Shorter runs are prefixes of these. tests/mq_orders.py
// counts the orders in another way; mapping_queue_orders_test.py compares the two.
#include "tests/mapping_queue_pair.h"
#include "tests/ps_test.h"

enum event { GET1, GET2, GET3, RELEASE1, RELEASE2, RELEASE3, CANCEL, CANCELLED, STOP, STOPPED, EVENTS };

// Which events must have happened before.
static const unsigned needs[EVENTS] = {
    [GET2] = 1 << GET1,         [GET3] = 1 << GET2,     [RELEASE1] = 1 << GET1,
    [RELEASE2] = 1 << GET2,     [RELEASE3] = 1 << GET3, [CANCELLED] = 1 << CANCEL,
    [STOPPED] = 1 << STOP,
};

enum { ORDERS = 18900 };

// How the miniport answers RevokeMappings.
enum answer { EXACT, ONE_SHORT, ONE_MORE, FAILS, ANSWERS };

struct setup {
    unsigned pieces[3]; // mappings of each packet
    bool looped;
    int cancel;         // which packet
    bool check_tags;
};

struct walk {
    const struct setup *setup;
    enum answer answer;
    enum event order[EVENTS];
    unsigned orders;
};

static void add(struct pair *pair, unsigned count, bool looped)
{
    static const uint64_t pages[] = {10, 20, 30};
    struct mq_buffer buffers[3];
    struct mq_request request = {.buffers = buffers, .buffer_count = count, .looped = looped};

    for (unsigned i = 0; i < count; i++)
        buffers[i] = (struct mq_buffer){TAG(0x10000 * (i + 1)), &pages[i], 1, 0, 100 + i};
    pair_add(pair, &request);
}

static void answer(struct pair *pair, unsigned slot, enum answer how)
{
    while (pair->model.revocation[slot].active) {
        uint32_t left = pair_left(pair, slot);
        uint32_t count = left + (how == ONE_MORE) - (how == ONE_SHORT && left > 0);
        pair_revoke_end(pair, slot, how != FAILS, count);
    }
}

// The slot of the revocation that ends as `end`; there is at most one of each.
static void answer_to(struct pair *pair, enum mq_end end, enum answer how)
{
    for (unsigned slot = 0; slot < 2; slot++) {
        const struct model_revocation *revocation = &pair->model.revocation[slot];
        if (revocation->active && revocation->end == end)
            answer(pair, slot, how);
    }
}

static void happen(struct pair *pair, const struct walk *walk, enum event event)
{
    if (event <= GET3)
        pair_get(pair, TAG(1 + event - GET1));
    else if (event <= RELEASE3)
        pair_release(pair, TAG(1 + event - RELEASE1), false);
    else if (event == CANCEL)
        pair_revoke_begin(pair, walk->setup->cancel);
    else if (event == CANCELLED)
        answer_to(pair, MQ_END_CANCELLED, walk->answer);
    else if (event == STOP)
        pair_revoke_begin(pair, -1);
    else
        answer_to(pair, MQ_END_STOPPED, walk->answer);
    pair_check(pair);
}

static void run_order(struct walk *walk)
{
    struct mq_config config = {.check_tags = walk->setup->check_tags};
    struct pair *pair = pair_start(&config);

    for (unsigned i = 0; i < 3 && walk->setup->pieces[i] > 0; i++)
        add(pair, walk->setup->pieces[i], walk->setup->looped);
    for (unsigned i = 0; i < EVENTS; i++)
        happen(pair, walk, walk->order[i]);
    pair_end(pair);
    walk->orders++;
}

static void extend(struct walk *walk, unsigned done, unsigned length)
{
    if (length == EVENTS) {
        run_order(walk);
        return;
    }
    for (unsigned event = 0; event < EVENTS; event++) {
        if (done >> event & 1 || (needs[event] & ~done))
            continue;
        walk->order[length] = (enum event)event;
        extend(walk, done | 1u << event, length + 1);
    }
}

static void every_order(const struct setup *setup)
{
    for (unsigned how = 0; how < ANSWERS; how++) {
        struct walk walk = {.setup = setup, .answer = (enum answer)how};
        extend(&walk, 0, 0);
        assert_int_equal(walk.orders, ORDERS);
    }
    printf("# orders %d\n", ORDERS);
}

PS_TEST(three_mappings_of_one_packet, "WP-40", "WP-44", "WP-51", "WP-55", "WP-57", "WP-59", "WP-62")
{
    every_order(&(struct setup){.pieces = {3}, .check_tags = true});
}

PS_TEST(three_packets_and_the_first_is_cancelled, "WP-40", "WP-62", "WP-63", "WP-64")
{
    every_order(&(struct setup){.pieces = {1, 1, 1}, .cancel = 0});
}

PS_TEST(three_packets_and_the_middle_one_is_cancelled, "WP-40", "WP-62", "WP-63", "WP-64")
{
    every_order(&(struct setup){.pieces = {1, 1, 1}, .cancel = 1, .check_tags = true});
}

PS_TEST(three_packets_and_the_last_is_cancelled, "WP-40", "WP-62", "WP-63", "WP-64")
{
    every_order(&(struct setup){.pieces = {1, 1, 1}, .cancel = 2});
}

PS_TEST(two_packets_and_the_longer_is_cancelled, "WP-55", "WP-59", "WP-62", "WP-64")
{
    every_order(&(struct setup){.pieces = {2, 1}, .cancel = 0});
}

PS_TEST(a_looped_packet_of_two_pieces, "WP-27", "WP-51", "WP-55", "WP-59")
{
    every_order(&(struct setup){.pieces = {2}, .looped = true, .check_tags = true});
}
