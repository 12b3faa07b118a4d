// SPDX-License-Identifier: MIT
//
// The AC'97 model on the simulated machine: what the bus does for it, and sound from granted
// memory.
#include "models/models.h"
#include "tests/machine_tester.h"

enum { NAM = 0xc000, NABM = 0xc100, PCM_OUT = NABM + 0x10 };
enum { CIV = 0x4, LVI = 0x5, SR = 0x6, CR = 0xb, GLOB_CNT = NABM + 0x2c };
enum { RUN = 0x1d, FRAMES = 960, FRAME_BYTES = 4, MILLISECOND = 1000000 };
enum { TAG_LIST = 70, TAG_SOUND = 71 };

struct player {
    struct tester t;
    struct ps_device *device;
    uint64_t list, sound; // physical addresses
    int16_t heard[2 * FRAMES];
    size_t fetched;
};

static void hear(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched)
{
    struct player *player = context;

    assert_int_equal(channels, 2);
    if (!fetched || !frames)
        return;
    assert_true(player->fetched + count <= FRAMES);
    memcpy(player->heard + 2 * player->fetched, frames, count * FRAME_BYTES);
    player->fetched += count;
}

static void time_over(struct sched_deadline *deadline)
{
    sched_stop(deadline->context);
}

static void pass(const struct player *player, uint64_t ns)
{
    struct sched *sched = player->t.system->sched;
    struct sched_deadline end = {.context = sched, .fire = time_over};

    assert_int_equal(sched_deadline_set(sched, &end, sched->now + ns), 0);
    assert_int_equal(sched_run(sched, SCHED_NEVER), SCHED_STOPPED);
}

static void out(const struct player *player, uint32_t port, unsigned width, uint32_t value)
{
    machine_port_write(player->t.system, port, width, value);
}

static uint32_t in(const struct player *player, uint32_t port, unsigned width)
{
    return machine_port_read(player->t.system, port, width);
}

// Codec ready at full volume, one descriptor for FRAMES frames, everything granted.
static void player_ready(struct player *player)
{
    struct machine *machine;
    uint64_t pfns[2];
    int16_t *samples;
    uint32_t *descriptor;

    memset(player, 0, sizeof(*player));
    player->t = tester_create(NULL, 1);
    machine = player->t.machine;
    assert_int_equal(machine_attach(player->t.system, &ac97_model, &player->device), 0);
    machine_set_sound(machine, &(struct sound_end){.context = player, .emit = hear});
    out(player, GLOB_CNT, 4, 2);
    pass(player, 50 * MILLISECOND);
    out(player, NAM + 0x02, 2, 0x0000);
    pass(player, MILLISECOND);
    out(player, NAM + 0x18, 2, 0x0808);
    pass(player, MILLISECOND);

    take(&player->t, 2, pfns);
    player->list = pfns[0] * MACHINE_PAGE;
    player->sound = pfns[1] * MACHINE_PAGE;
    samples = memory_direct(machine, player->sound, FRAMES * FRAME_BYTES);
    for (int i = 0; i < 2 * FRAMES; i++)
        samples[i] = (int16_t)(37 * i + 1);
    descriptor = memory_direct(machine, player->list, 8);
    descriptor[0] = (uint32_t)player->sound;
    descriptor[1] = 0x80000000u | 2 * FRAMES;
    grant_add(machine, player->list, 8, PS_DMA_FROM_MEMORY, TAG_LIST);
    grant_add(machine, player->sound, FRAMES * FRAME_BYTES, PS_DMA_FROM_MEMORY, TAG_SOUND);
}

static void start(const struct player *player)
{
    out(player, PCM_OUT, 4, (uint32_t)player->list);
    out(player, PCM_OUT + LVI, 1, 0);
    out(player, PCM_OUT + CR, 1, RUN);
}

PS_TEST(the_function_shows_itself_on_the_bus, "AC-1", "AC-3", "AC-4")
{
    struct player player;
    struct ps_device *device;

    player_ready(&player);
    device = player.device;
    assert_int_equal(pci_config_read(device, 0x00, 4), 0x24158086);
    assert_int_equal(pci_config_read(device, 0x06, 2), 0x0280);
    assert_int_equal(pci_config_read(device, 0x08, 4), 0x04010001);
    assert_int_equal(pci_config_read(device, 0x0e, 1), 0);
    assert_int_equal(pci_config_read(device, 0x3d, 1), 2);
    assert_int_equal(pci_config_read(device, 0x18, 4), 0);
    pci_config_write(device, 0x04, 2, 0xffff);
    assert_int_equal(pci_config_read(device, 0x04, 2), 0x0005);
    pci_config_write(device, 0x10, 4, UINT32_MAX);
    pci_config_write(device, 0x14, 4, UINT32_MAX);
    assert_int_equal(pci_config_read(device, 0x10, 4), 0x0000ff01);
    assert_int_equal(pci_config_read(device, 0x14, 4), 0x0000ffc1);
    pci_config_write(device, 0x2c, 4, 0x12345678);
    pci_config_write(device, 0x2c, 4, 0);
    assert_int_equal(pci_config_read(device, 0x2c, 4), 0x12345678);
    tester_destroy(&player.t);
}

PS_TEST(without_io_enable_both_bars_read_ones, "AC-7")
{
    struct player player;

    player_ready(&player);
    assert_int_equal(in(&player, NAM + 0x18, 2), 0x0808);
    pci_config_write(player.device, 4, 2, 4);
    assert_int_equal(in(&player, NAM + 0x18, 2), 0xffff);
    assert_int_equal(in(&player, GLOB_CNT, 4), UINT32_MAX);
    out(&player, NAM + 0x18, 2, 0x1f1f);
    pass(&player, MILLISECOND);
    pci_config_write(player.device, 4, 2, 5);
    assert_int_equal(in(&player, NAM + 0x18, 2), 0x0808);
    tester_destroy(&player.t);
}

PS_TEST(without_bus_master_enable_the_engine_waits, "AC-8")
{
    struct player player;

    player_ready(&player);
    pci_config_write(player.device, 4, 2, 1);
    start(&player);
    pass(&player, 50 * MILLISECOND);
    assert_int_equal(player.fetched, 0);
    assert_int_equal(in(&player, PCM_OUT + SR, 2) & 0x1c, 0);
    assert_false(device_interrupt_line(player.device)->asserted);
    assert_int_equal(findings(&player.t), 0);
    pci_config_write(player.device, 4, 2, 5);
    pass(&player, 50 * MILLISECOND);
    assert_int_equal(player.fetched, FRAMES);
    assert_true(device_interrupt_line(player.device)->asserted);
    tester_destroy(&player.t);
}

PS_TEST(granted_memory_is_heard_bit_for_bit, "SV-103")
{
    struct player player;

    player_ready(&player);
    pci_config_write(player.device, 4, 2, 5);
    start(&player);
    pass(&player, 50 * MILLISECOND);
    assert_int_equal(player.fetched, FRAMES);
    assert_memory_equal(player.heard, memory_direct(player.t.machine, player.sound, 1),
                        sizeof(player.heard));
    assert_int_equal(findings(&player.t), 0);
    tester_destroy(&player.t);
}

PS_TEST(an_engine_that_outlives_its_mapping_is_found_out, "VF-11")
{
    struct player player;
    const struct finding *first;

    player_ready(&player);
    pci_config_write(player.device, 4, 2, 5);
    start(&player);
    pass(&player, 5 * MILLISECOND);
    grant_remove(player.t.machine, player.sound, FRAMES * FRAME_BYTES, PS_DMA_FROM_MEMORY,
                 TAG_SOUND);
    assert_int_equal(findings(&player.t), 0);
    assert_in_range(player.fetched, 200, 300); // 5 ms at 48 kHz, caught up when the grant ended
    pass(&player, 5 * MILLISECOND);
    assert_true(findings(&player.t) > 0);
    first = journal_get(player.t.system->journal, 0);
    assert_string_equal(first->rule, "VF-11");
    assert_non_null(strstr(first->text, "mapping 71"));
    assert_in_range(player.fetched, 200, 300);
    tester_destroy(&player.t);
}

PS_TEST(a_restore_in_mid_stream_plays_the_rest_again)
{
    struct player player;
    struct arena_snapshot *middle;
    size_t heard;

    player_ready(&player);
    pci_config_write(player.device, 4, 2, 5);
    start(&player);
    pass(&player, 5 * MILLISECOND);
    assert_int_equal(arena_snapshot_take(player.t.system->arena, &middle), 0);
    heard = player.fetched;
    for (int i = 0; i < 100; i++) {
        player.fetched = heard; // the ear is outside the system
        pass(&player, 50 * MILLISECOND);
        assert_int_equal(player.fetched, FRAMES);
        arena_snapshot_restore(player.t.system->arena, middle);
    }
    assert_memory_equal(player.heard, memory_direct(player.t.machine, player.sound, 1),
                        sizeof(player.heard));
    arena_snapshot_free(middle);
    tester_destroy(&player.t);
}
