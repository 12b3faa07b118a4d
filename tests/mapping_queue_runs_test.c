// SPDX-License-Identifier: MIT
//
// How the buffers of a packet become mappings: split points, policies, the page cap, hostile requests.
#include "tests/mapping_queue_kit.h"
#include "tests/ps_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t scattered[] = {10, 20, 30, 40, 50, 60, 70, 80};
static uint64_t row[64]; // page frames 100, 101, ...

static void fill_row(void)
{
    for (unsigned i = 0; i < COUNT(row); i++)
        row[i] = 100 + i;
}

// Gets every mapping of a fresh queue's only packet and compares the lengths.
static void assert_lengths(struct kit *kit, const uint32_t *lengths, size_t count)
{
    struct mq_mapping mapping = {0};

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(mq_get(kit->queue, TAG(i), &mapping), MQ_OK);
        assert_int_equal(mapping.bytes, lengths[i]);
        assert_int_equal(mapping.last, i + 1 == count);
    }
    if (count > 0 && !mapping.last)
        assert_int_equal(mq_get(kit->queue, TAG(99), &mapping), MQ_REFUSED);
}

static void end(struct kit *kit)
{
    kit_stop(kit);
    kit_end(kit);
}

#define ASSERT_LENGTHS(kit, ...) \
    do { \
        const uint32_t lengths_[] = {__VA_ARGS__}; \
        assert_lengths(kit, lengths_, COUNT(lengths_)); \
    } while (0)

// ---- split points ------------------------------------------------------------------------------------

PS_TEST(ten_milliseconds_of_six_channels_at_offset_1728, "WP-32", "WP-28")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 1728, 5760, scattered, 2), NULL);
    ASSERT_LENGTHS(kit, 2368, 3392);
    assert_int_equal(2368 % 12, 4); // the frame that the boundary splits
    end(kit);
}

PS_TEST(ten_milliseconds_of_six_channels_page_aligned, "WP-32", "WP-28")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 0, 5760, scattered, 2), NULL);
    ASSERT_LENGTHS(kit, 4096, 1664);
    assert_int_equal(4096 % 12, 4);
    end(kit);
}

PS_TEST(both_addresses_name_the_same_bytes, "WP-22")
{
    struct kit *kit = kit_start(&kit_checked);
    char *virtual_address = (char *)kit->next_virtual + 1728;
    struct mq_mapping mapping;

    kit_add(kit, kit_packet(kit, false, 1728, 5760, scattered, 2), NULL);
    mapping = kit_get(kit, 1);
    assert_int_equal(mapping.physical, 10 * 4096 + 1728);
    assert_ptr_equal(mapping.virtual_address, virtual_address);
    mapping = kit_get(kit, 2);
    assert_int_equal(mapping.physical, 20 * 4096);
    assert_ptr_equal(mapping.virtual_address, virtual_address + 2368);
    end(kit);
}

PS_TEST(a_mapping_can_be_one_byte_and_begin_anywhere, "WP-28")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 4095, 4098, scattered, 3), NULL);
    ASSERT_LENGTHS(kit, 1, 4096, 1);
    end(kit);
}

PS_TEST(adjacent_pages_are_one_mapping, "WP-28", "WP-30")
{
    static const uint64_t pages[] = {7, 8, 9, 20, 21, 5};
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 100, 6 * 4096 - 200, pages, 6), NULL);
    ASSERT_LENGTHS(kit, 3 * 4096 - 100, 2 * 4096, 4096 - 100);
    end(kit);
}

PS_TEST(pages_that_lie_backwards_are_not_adjacent, "WP-29")
{
    static const uint64_t pages[] = {9, 8, 7};
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 0, 3 * 4096, pages, 3), NULL);
    ASSERT_LENGTHS(kit, 4096, 4096, 4096);
    end(kit);
}

PS_TEST(split_every_page_is_a_policy, "WP-30")
{
    struct mq_config config = {.policy = MQ_SPLIT_EVERY_PAGE};
    struct kit *kit = kit_start(&config);

    fill_row();
    kit_add(kit, kit_packet(kit, false, 1000, 10000, row, 3), NULL);
    ASSERT_LENGTHS(kit, 3096, 4096, 2808);
    end(kit);
}

PS_TEST(a_mapping_touches_sixteen_pages_at_most, "WP-31")
{
    struct kit *kit = kit_start(&kit_checked);

    fill_row();
    kit_add(kit, kit_packet(kit, false, 0, 40 * 4096, row, 40), NULL);
    ASSERT_LENGTHS(kit, 16 * 4096, 16 * 4096, 8 * 4096);
    end(kit);
}

PS_TEST(pages_touched_count_not_bytes, "WP-31")
{
    struct kit *kit = kit_start(&kit_checked);

    fill_row();
    kit_add(kit, kit_packet(kit, false, 1000, 16 * 4096, row, 17), NULL);
    ASSERT_LENGTHS(kit, 16 * 4096 - 1000, 1000);
    end(kit);
}

PS_TEST(sixty_four_kilobytes_are_one_mapping, "WP-31", "WP-33")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_mapping mapping;

    fill_row();
    kit_add(kit, kit_packet(kit, false, 0, 65536, row, 16), NULL);
    mapping = kit_get(kit, 1);
    assert_int_equal(mapping.bytes, 65536);
    assert_int_equal(mapping.last, 1);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1); // one pair, and the packet is done
    kit_end(kit);
}

PS_TEST(the_cap_can_be_another, "WP-31")
{
    struct mq_config config = {.page_cap = 3};
    struct kit *kit = kit_start(&config);

    fill_row();
    kit_add(kit, kit_packet(kit, false, 0, 7 * 4096, row, 7), NULL);
    ASSERT_LENGTHS(kit, 3 * 4096, 3 * 4096, 4096);
    end(kit);
}

PS_TEST(each_header_is_its_own_buffer, "WP-29", "WP-26")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_buffer buffers[2] = {{(void *)0x10000, row, 1, 0, 4096},
                                   {(void *)0x11000, row + 1, 1, 0, 4096}}; // adjacent in every way
    struct mq_request request = {.buffers = buffers, .buffer_count = 2, .owner = TAG(1)};
    struct mq_packet *packet;

    fill_row();
    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_OK);
    kit_add(kit, packet, NULL);
    ASSERT_LENGTHS(kit, 4096, 4096); // `last` with the second only
    end(kit);
}

// ---- allocation frames -------------------------------------------------------------------------------

static struct kit *start_framed(enum mq_policy policy, bool looped)
{
    struct mq_config config = {.policy = policy, .frame_bytes = 3000};
    struct kit *kit = kit_start(&config);

    fill_row();
    kit_add(kit, kit_packet(kit, looped, 0, 8192, row, 2), NULL);
    return kit;
}

PS_TEST(frames_split_a_cyclic_buffer, "WP-29")
{
    struct kit *kit = start_framed(MQ_MERGE_NATURAL, true);

    ASSERT_LENGTHS(kit, 3000, 3000, 2192);
    end(kit);
}

PS_TEST(frames_and_pages_both_split, "WP-29", "WP-30")
{
    struct kit *kit = start_framed(MQ_SPLIT_EVERY_PAGE, true);

    ASSERT_LENGTHS(kit, 3000, 1096, 1904, 2192);
    end(kit);
}

PS_TEST(frames_do_not_split_queued_packets, "WP-29")
{
    struct kit *kit = start_framed(MQ_MERGE_NATURAL, false);

    ASSERT_LENGTHS(kit, 8192);
    end(kit);
}

PS_TEST(merge_max_ignores_frames, "WP-30")
{
    struct kit *kit = start_framed(MQ_MERGE_MAX, true);

    ASSERT_LENGTHS(kit, 8192);
    end(kit);
}

PS_TEST(frames_do_not_split_several_buffers, "WP-29")
{
    struct mq_config config = {.frame_bytes = 100};
    struct kit *kit = kit_start(&config);
    struct mq_buffer buffers[2] = {{(void *)0x10000, scattered, 1, 0, 300},
                                   {(void *)0x20000, scattered + 1, 1, 0, 300}};
    struct mq_request request = {.buffers = buffers, .buffer_count = 2, .looped = true};
    struct mq_packet *packet;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_OK);
    kit_add(kit, packet, NULL);
    ASSERT_LENGTHS(kit, 300, 300);
    end(kit);
}

// ---- hostile requests --------------------------------------------------------------------------------

static void assert_refused(struct mq_buffer buffer)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_request request = {.buffers = &buffer, .buffer_count = 1};
    struct mq_packet *packet = NULL;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_INVALID);
    assert_null(packet);
    kit_end(kit);
}

PS_TEST(an_offset_behind_the_first_page_is_refused)
{
    assert_refused((struct mq_buffer){(void *)0x10000, scattered, 8, 4096, 100});
}

PS_TEST(too_few_pages_are_refused)
{
    assert_refused((struct mq_buffer){(void *)0x10000, scattered, 1, 4000, 97});
    assert_refused((struct mq_buffer){(void *)0x10000, scattered, 8, 4095, UINT32_MAX});
    assert_refused((struct mq_buffer){(void *)0x10000, scattered, 0, 0, 1});
}

PS_TEST(no_page_list_is_refused)
{
    assert_refused((struct mq_buffer){(void *)0x10000, NULL, 1, 0, 100});
}

PS_TEST(addresses_that_wrap_are_refused)
{
    static const uint64_t beyond[] = {UINT64_C(1) << 40};

    assert_refused((struct mq_buffer){(void *)(UINTPTR_MAX - 50), scattered, 1, 0, 100});
    assert_refused((struct mq_buffer){(void *)0x10000, beyond, 1, 0, 100});
}

PS_TEST(the_last_page_of_physical_memory_is_fine)
{
    static const uint64_t highest[] = {(UINT64_C(1) << 40) - 1};
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 96, 4000, highest, 1), NULL);
    assert_int_equal(kit_get(kit, 1).physical, (UINT64_C(1) << 52) - 4000);
    end(kit);
}

PS_TEST(missing_buffers_are_refused)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_request request = {.buffers = NULL, .buffer_count = 1};
    struct mq_packet *packet;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_INVALID);
    kit_end(kit);
}

PS_TEST(more_mappings_than_can_be_numbered_are_refused)
{
    struct mq_config config = {.frame_bytes = 1};
    struct kit *kit = kit_start(&config);
    uint32_t pages = (1 << 24) / MQ_PAGE_BYTES + 1;
    uint64_t *list = calloc(pages, sizeof(*list));
    struct mq_buffer buffer = {(void *)0x10000, list, pages, 0, (1 << 24) + 1};
    struct mq_request request = {.buffers = &buffer, .buffer_count = 1, .looped = true};
    struct mq_packet *packet;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_INVALID);
    free(list);
    kit_end(kit);
}

PS_TEST(an_empty_buffer_needs_no_pages)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_buffer buffers[3] = {{NULL, NULL, 0, 0, 0},
                                   {(void *)0x10000, scattered, 1, 0, 7},
                                   {NULL, NULL, 0, 9999, 0}};
    struct mq_request request = {.buffers = buffers, .buffer_count = 3, .owner = TAG(1)};
    struct mq_packet *packet;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_OK);
    assert_int_equal(packet->bytes, 7);
    kit_add(kit, packet, NULL);
    ASSERT_LENGTHS(kit, 7);
    end(kit);
}

PS_TEST(configurations_out_of_range_are_refused)
{
    struct mq_config cap = {.page_cap = MQ_PAGE_CAP_MAX + 1};
    struct mq_config policy = {.policy = (enum mq_policy)(MQ_MERGE_MAX + 1)};
    struct mq_queue *queue;

    assert_int_equal(mq_create(&cap, &queue), MQ_INVALID);
    assert_int_equal(mq_create(&policy, &queue), MQ_INVALID);
}
