// SPDX-License-Identifier: MIT
//
// What a scenario does when it runs: steps and their ends, threads that wait for each other, the swept place, the
// judged sound, the end of the driver. On the AC'97 driver, in round-robin.
#include "tests/driver_rig.h"
#include "tests/ps_test.h"

#include <errno.h>

#include "base/finding.h"
#include "machine/machine.h"
#include "scenario/run.h"

static struct ps_system *machine;
static struct ps_driver *driver;
static struct ps_snapshot *started;
static struct scenario_outcome outcome;
static const struct hooks *meddler; // who sees each call of the next runs

static int boot(void **state)
{
    (void)state;
    assert_int_equal(ps_system_create(NULL, &machine), 0);
    assert_true(ps_device_attach(machine, ps_model_find("ac97")) >= 0);
    assert_int_equal(ps_driver_load(machine, rig_driver("ac97"), &driver), 0);
    assert_int_equal(ps_driver_start(driver, 0), 0);
    assert_int_equal(ps_snapshot_take(machine, &started), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ps_snapshot_free(started);
    ps_system_destroy(machine);
    return 0;
}

PS_TEST_HOOKS(boot, end);

// Runs text that begins with its first thread, or with header lines; the driver is as it was after its start.
static int run_in(const char *text, uint64_t variant, const struct scenario_conditions *conditions)
{
    char whole[2000];
    struct scenario_error error;
    struct scenario *scenario;
    int result;

    snprintf(whole, sizeof(whole), "title t\n%s", text);
    if (scenario_parse("test.scenario", whole, strlen(whole), &scenario, &error))
        fail_msg("%s", error.text);
    journal_clear(machine->journal);
    assert_int_equal(ps_snapshot_restore(machine, started), 0);
    machine->hooks = meddler;
    result = scenario_run(scenario, variant, conditions, driver, &outcome);
    scenario_free(scenario);
    return result;
}

static void run(const char *text)
{
    assert_int_equal(run_in(text, 0, NULL), 0);
}

static void expect_clean(void)
{
    struct ps_finding finding;

    if (!ps_finding_count(machine))
        return;
    ps_finding_get(machine, 0, &finding);
    fail_msg("%s: %s", finding.rule, finding.text);
}

static void expect_finding(const char *rule, const char *text)
{
    struct ps_finding finding;

    assert_int_equal(ps_finding_count(machine), 1);
    assert_int_equal(ps_finding_get(machine, 0, &finding), 0);
    assert_string_equal(finding.rule, rule);
    if (!strstr(finding.text, text))
        fail_msg("'%s' is not in '%s'", text, finding.text);
}

#define PLAY "open render\npackets 3 10ms\npause\nsubmit\nrun\nfeed 50ms\nstop\nclose\n"

// ---- steps -------------------------------------------------------------------------------------------

PS_TEST(a_client_plays_to_the_end)
{
    run("thread a\n" PLAY "end\n");
    expect_clean();
    assert_true(outcome.reached);
    assert_int_equal(outcome.unexpected, 0);
    assert_int_equal(outcome.steps, 8);
    assert_true(outcome.virtual_ns > 60000000);
}

PS_TEST(a_step_that_fails_is_a_finding_with_the_rule_and_the_line)
{
    run("rule WP-63\nthread a\nopen render\nclose\nposition\nend\n");
    expect_finding("WP-63", "line 6 of the scenario: 'position' ended with STATUS_INVALID_HANDLE, not success");
    assert_int_equal(outcome.unexpected, 1);
}

PS_TEST(a_step_that_must_fail_and_does_not_is_a_finding)
{
    run("thread a\nfail open render\nend\n");
    expect_finding("SCENARIO", "line 3 of the scenario: 'open' ended with STATUS_SUCCESS, not an error");
}

PS_TEST(a_step_that_fails_otherwise_than_it_must_is_a_finding)
{
    run("thread a\nfail STATUS_NOT_SUPPORTED close\nend\n");
    expect_finding("SCENARIO", "not STATUS_NOT_SUPPORTED");
}

PS_TEST(a_step_that_may_fail_may_also_succeed)
{
    run("thread a\ntry close\ntry open render\ntry close\nfail close\nfail STATUS_INVALID_HANDLE close\nend\n");
    expect_clean();
}

PS_TEST(a_step_that_fails_may_end_its_thread)
{
    run("thread a\nor-end open render 1 2 16\nfail run\nrun\nend\n");
    expect_clean();
    assert_int_equal(outcome.steps, 0);
    run("thread a\nor-end open render\nclose\nend\n");
    expect_clean();
    assert_int_equal(outcome.steps, 2);
}

PS_TEST(under_faults_legal_steps_may_fail_but_none_may_succeed_wrongly)
{
    const struct scenario_conditions faulted = {.faulted = true};

    assert_int_equal(run_in("thread a\nclose\nfail STATUS_NOT_SUPPORTED close\nend\n", 0, &faulted), 0);
    expect_clean();
    assert_int_equal(run_in("thread a\nfail open render\nend\n", 0, &faulted), 0);
    expect_finding("SCENARIO", "not an error");
}

PS_TEST(under_faults_a_step_that_may_fail_takes_the_ground_from_what_follows)
{
    const struct scenario_conditions faulted = {.faulted = true};

    assert_int_equal(run_in("thread a\ntry close\nfail open render\nend\n", 0, &faulted), 0);
    expect_clean();
    assert_int_equal(run_in("thread a\ntry close\nfail open render\nend\n", 0, NULL), 0);
    expect_finding("SCENARIO", "not an error");
}

PS_TEST(sweeps_and_loops_give_their_values_to_steps)
{
    const char *text = "sweep to acquire pause run\nthread a\nopen render\nfor round 1..3\nstate $to\nstate-is $to\n"
                       "stop\nend\nfor never 2..1\nclose\nend\nclose\nend\n";

    for (unsigned variant = 0; variant < 3; variant++) {
        assert_int_equal(run_in(text, variant, NULL), 0);
        expect_clean();
        assert_int_equal(outcome.steps, 1 + 1 + 3 * 4 + 1 + 1);
    }
}

PS_TEST(state_is_tells_a_wrong_state)
{
    run("thread a\nopen render\nacquire\nfail STATUS_INVALID_DEVICE_STATE state-is run\nend\n");
    expect_clean();
}

PS_TEST(a_packet_that_nobody_plays_is_not_waited_for_for_ever)
{
    run("thread a\nopen render\npackets 1 10ms\npause\nsubmit\nfail STATUS_IO_TIMEOUT wait\nend\n");
    expect_clean();
    assert_true(outcome.virtual_ns > 5000000000);
}

// ---- threads -----------------------------------------------------------------------------------------

PS_TEST(a_thread_waits_for_anothers_signal)
{
    run("thread a\nawait go\nopen render\nclose\nend\nthread b\nfail close\nsleep 5ms\nsignal go\nend\n");
    expect_clean();
    assert_int_equal(outcome.steps, 6);
}

PS_TEST(who_awaits_what_nobody_brings_ends_there)
{
    run("thread a\nawait go\nsignal gone\nopen render\nend\nthread b\nawait gone\nfail open render\nend\n");
    expect_clean();
    assert_int_equal(outcome.steps, 0);
}

PS_TEST(join_comes_after_all_others)
{
    run("thread a\njoin\nclose\nend\nthread b\nsleep 3ms\nopen render\nend\nthread c\nawait never\nend\n");
    expect_clean();
    run("thread a\njoin\nfail close\nend\nthread b\njoin\nfail close\nend\n"); // both wait
    expect_clean();
}

// ---- the swept place ---------------------------------------------------------------------------------

#define KILLER "thread killer\nat\ncancel 2\nend\n"
#define PLAYER "thread player\nopen render\npackets 3 2ms\npause\nmark\nsubmit\nrun\ntry wait\nstop\nclose\nend\n"

static unsigned places(const char *text)
{
    unsigned place = 0;

    do {
        assert_int_equal(run_in(text, place++, NULL), 0);
        expect_clean();
    } while (outcome.reached);
    return place;
}

PS_TEST(the_swept_place_moves_through_the_run_and_beyond, "VF-163")
{
    unsigned calls = places("sweep-at calls\n" PLAYER KILLER);
    unsigned points = places("sweep-at points\n" PLAYER KILLER);

    assert_true(calls > 15 && calls < points && points < 2000);
    assert_int_equal(places("sweep-at calls\n" KILLER PLAYER), calls);
}

PS_TEST(the_same_variant_is_the_same_run)
{
    uint64_t took[2];

    for (unsigned i = 0; i < 2; i++) {
        run_in("sweep-at points\n" PLAYER KILLER, 77, NULL);
        took[i] = outcome.virtual_ns;
    }
    assert_int_equal(took[0], took[1]);
    run_in("sweep-at points\n" PLAYER KILLER, 10000, NULL); // nothing cancelled
    assert_int_not_equal(took[0], outcome.virtual_ns);
}

// ---- coming to an end --------------------------------------------------------------------------------

PS_TEST(what_a_script_leaves_open_is_closed_and_the_driver_unloaded)
{
    struct ps_counts counts;

    run("thread a\nopen render\npackets 3 10ms\nrun\nsubmit\nstream 2\ntry open capture\nsleep 15ms\nend\n");
    expect_clean();
    ps_counts_get(machine, &counts);
    assert_int_equal(counts.devices, 0);
    assert_int_equal(counts.interfaces, 0);
    assert_int_equal(counts.grants, 0);
    assert_int_equal(counts.files, 0);
    assert_int_equal(counts.mdls, 0);
    run("thread a\n" PLAY "end\n"); // a restore brings it all back
    expect_clean();
}

PS_TEST(a_removed_device_may_be_started_again_and_unloaded)
{
    run("thread a\nfail start\nopen render\nfail STATUS_DEVICE_BUSY remove\nfail unload\nclose\nremove\nfail remove\n"
        "fail open render\nfail power d3\nstart\n" PLAY "remove\nunload\nfail start\nend\n");
    expect_clean();
}

PS_TEST(an_unplugged_device_goes_when_its_handles_are_closed)
{
    run("thread a\nopen render\nrun\nsurprise-remove\nfail surprise-remove\nfail position\nfail remove\nclose\n"
        "remove\nstart\nend\n");
    expect_clean();
}

PS_TEST(a_scenario_without_end_is_found)
{
    assert_int_equal(run_in("limit 100ms\nthread a\nsleep 1s\nend\n", 0, NULL), -EFAULT);
    expect_finding("BUDGET", "comes to no end");
    assert_true(ps_halted(machine));
}

PS_TEST(a_scenario_that_goes_round_and_round_is_ended)
{
    run("thread a\nrepeat 10000\nrepeat 10000\nfail close\nend\nend\nend\n");
    expect_finding("SCENARIO", "more than 200000 steps");
}

// ---- sound -------------------------------------------------------------------------------------------

// The codec's registers: PCM out volume, record gain, and its converters' rates.
enum { CODEC = 0xc000, PCM_OUT = 0x18, RECORD_GAIN = 0x1c, DAC_RATE = 0x2c, ADC_RATE = 0x32 };

static int write_codec(struct ps_system *system, void *context)
{
    const uint32_t *write = context;

    ps_sleep(system, 1000000); // the codec's link is slow
    machine_port_write(system, CODEC + write[0], 2, write[1]);
    return 0;
}

static void spoil(unsigned offset, uint32_t value)
{
    uint32_t write[] = {offset, value};

    assert_int_equal(ps_snapshot_restore(machine, started), 0);
    assert_int_equal(ps_call(machine, "spoiler", write_codec, write), 0);
    ps_snapshot_free(started);
    assert_int_equal(ps_snapshot_take(machine, &started), 0);
}

PS_TEST(sound_that_is_not_what_was_submitted_is_found)
{
    spoil(PCM_OUT, 0x1010);
    run("thread a\n" PLAY "end\n");
    expect_finding("SOUND", "the device fetched");
}

PS_TEST(sound_is_not_judged_where_anything_may_come)
{
    const struct scenario_conditions faulted = {.faulted = true};

    spoil(PCM_OUT, 0x1010);
    assert_int_equal(run_in("thread a\n" PLAY "end\n", 0, &faulted), 0);
    expect_clean();
    run("thread a\nopen render\npackets 2 10ms\npause\nsubmit\ncancel 2\nrun\ntry wait\nstop\nend\n");
    expect_clean();
}

PS_TEST(a_recording_must_be_what_the_device_heard)
{
    const char *text = "needs capture\nthread a\nopen capture\npackets 3 10ms\npause\nsubmit\nrun\nfeed 50ms\nstop\nend\n";

    run(text);
    expect_clean();
    spoil(RECORD_GAIN, 0x0808);
    run(text);
    expect_finding("SOUND", "a recorded packet");
}

struct change {
    uint32_t offset, value;
    unsigned before; // which SetState, from 1; the codec takes one write at a time
};

// Whoever changes the codec behind the driver's back.
static HOOK_ABI void change_codec(const struct hooks *hooks, struct ps_system *system,
                                 enum hook_event what, const void *object, uint64_t a, uint64_t b)
{
    struct change *change = hooks->context;

    (void)object, (void)b;
    if (what != HOOK_MINIPORT_ENTER || strcmp((const char *)(uintptr_t)a, "SetState") || --change->before)
        return;
    machine_port_write(system, CODEC + change->offset, 2, change->value);
}

static void run_changed(struct change change, const char *text)
{
    struct hooks hooks = {&change, change_codec};

    meddler = &hooks;
    run(text);
    meddler = NULL;
}

PS_TEST(a_device_that_runs_at_another_rate_than_its_stream_is_found)
{
    run_changed((struct change){DAC_RATE, 44100, 1}, "thread a\n" PLAY "end\n");
    expect_finding("SOUND", "plays at 44100 Hz, where the format of stream 0 has 48000");
    run_changed((struct change){ADC_RATE, 44100, 1}, "thread a\nopen capture\npackets 3 10ms\npause\nsubmit\nrun\nfeed 50ms\nstop\nend\n");
    expect_finding("SOUND", "records at 44100 Hz, where the format of stream 0 has 48000");
    run_changed((struct change){ADC_RATE, 44100, 1}, "thread a\n" PLAY "end\n");
    expect_clean();
    run("thread a\nopen render 44100 2 16\npackets 3 10ms\npause\nsubmit\nrun\nfeed 50ms\nstop\nend\n");
    expect_clean();
}

// Eight readings and more, 5 ms of sound between them.
static void read_positions(uint64_t first, uint64_t step, uint64_t fetched)
{
    static struct run run;
    struct judged judged = {.on = true, .rate = 48000, .channels = 2, .position = first};

    run.system = machine;
    journal_clear(machine->journal);
    for (unsigned i = 0; i < 12; i++, judged.seen_bytes += fetched, first += step)
        judge_position(&run, &judged, first);
}

PS_TEST(a_position_that_stays_while_the_device_fetches_is_found)
{
    read_positions(7, 0, 960);
    expect_finding("SOUND", "the position stays at 7");
    read_positions(7, 4, 960);
    expect_clean();
    read_positions(7, 0, 0); // paused
    expect_clean();
}

PS_TEST(a_volume_that_was_set_ends_the_judging)
{
    run("thread a\nvolume set 20\nvolume get\n" PLAY "end\n");
    expect_clean();
}

#define HEARD                                                                                                \
    "thread a\nopen-looped render\npackets 1 40ms\npause\nsubmit\nrun\nvolume set 0\nsleep 5ms\nheard 20ms\n"

PS_TEST(a_volume_that_is_set_is_heard, "TP-37", "TP-38")
{
    run(HEARD
        "volume set 12\nsleep 5ms\nheard 20ms\nvolume set 0\nsleep 5ms\nheard 20ms\nstop\nwait\nend\n");
    expect_clean();
    // ACQUIRE, PAUSE, RUN, PAUSE
    run_changed((struct change){PCM_OUT, 0x1414, 4},
                HEARD
                "pause\nrun\nsleep 5ms\nheard 20ms\nstop\nwait\nend\n");
    expect_finding("TP-37", "the volume of channel 0 went by 0.0 dB, the sound by -17.9 dB");
}

// ---- what the driver has -----------------------------------------------------------------------------

PS_TEST(traits_are_what_the_driver_has)
{
    struct scenario_traits traits;

    assert_int_equal(scenario_traits_get(driver, &traits), 0);
    assert_true(traits.wavepci && traits.render && traits.capture && traits.loop && traits.volume);
    assert_false(traits.wavert || traits.notification || traits.packets);
    assert_int_equal(traits.render_streams, 1);
    expect_clean();
}
