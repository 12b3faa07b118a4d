// SPDX-License-Identifier: MIT
//
// The language of scenarios: what is taken, and that everything else is one line with file and line number.
#include "tests/ps_test.h"

#include <errno.h>

#include "scenario/private.h"

static struct scenario *parse(const char *text)
{
    struct scenario_error error;
    struct scenario *scenario;

    if (scenario_parse("folder/some-name.scenario", text, strlen(text), &scenario, &error))
        fail_msg("%s", error.text);
    assert_string_equal(error.text, "");
    return scenario;
}

static void refuse(const char *text, const char *expected)
{
    struct scenario_error error;
    struct scenario *scenario;

    assert_int_equal(scenario_parse("a.scenario", text, strlen(text), &scenario, &error), -EINVAL);
    assert_null(scenario);
    if (strncmp(error.text, expected, strlen(expected)))
        fail_msg("'%s' instead of '%s'", error.text, expected);
}

PS_TEST(a_scenario_has_a_name_a_title_and_steps)
{
    struct scenario *s = parse("# comment\n\n title  Two words \t\r\nrule WP-63\nneeds wavepci streams 4\n"
                               "start loaded\nlimit 2s\nthread a # more\n  sleep 5ms\nend\n");

    assert_string_equal(scenario_name(s), "some-name");
    assert_string_equal(scenario_title(s), "Two words \t");
    assert_string_equal(s->rule, "WP-63");
    assert_int_equal(s->needs, NEED_WAVEPCI);
    assert_int_equal(s->needs_streams, 4);
    assert_int_equal(scenario_start(s), SCENARIO_LOADED);
    assert_int_equal(s->limit, 2000000000);
    assert_int_equal(s->step_count, 1);
    assert_int_equal(s->steps[0].line, 9);
    assert_string_equal(s->steps[0].arguments[0].text, "5ms");
    assert_int_equal(scenario_variants(s), 1);
    assert_false(scenario_sweeps_at(s));
    scenario_free(s);
}

PS_TEST(sweeps_multiply_and_are_named)
{
    struct scenario *s = parse("title t\nsweep packet 1..3\nsweep state stop run\nthread a\n"
                               "try cancel $packet\nstate $state\nend\n");
    char text[64];

    assert_int_equal(scenario_variants(s), 6);
    assert_int_equal(scenario_variant_text(s, 0, text, sizeof(text)), 19);
    assert_string_equal(text, "packet=1 state=stop");
    scenario_variant_text(s, 5, text, sizeof(text));
    assert_string_equal(text, "packet=3 state=run");
    assert_int_equal(scenario_variant_text(s, 5, NULL, 0), 18);
    scenario_free(s);
}

PS_TEST(places_count_on_after_the_other_sweeps)
{
    struct scenario *s = parse("title t\nsweep packet 1..3\nsweep-at calls\nthread a\nmark\nend\n"
                               "thread b\nat\ncancel $packet\nend\n");
    char text[64];

    assert_true(scenario_sweeps_at(s));
    scenario_variant_text(s, 3 * 136 + 1, text, sizeof(text));
    assert_string_equal(text, "packet=2 at=137");
    scenario_free(s);
}

PS_TEST(a_prefix_says_how_a_step_may_end)
{
    struct scenario *s = parse("title t\nthread a\ntry stop\nfail stop\nfail STATUS_NOT_SUPPORTED stop\n"
                               "stop\nend\n");

    assert_int_equal(s->steps[0].expectation, EXPECT_ANYTHING);
    assert_int_equal(s->steps[1].expectation, EXPECT_ERROR);
    assert_int_equal(s->steps[2].expectation, EXPECT_STATUS);
    assert_int_equal(s->steps[2].status, (NTSTATUS)0xc00000bb);
    assert_int_equal(s->steps[3].expectation, EXPECT_SUCCESS);
    scenario_free(s);
}

PS_TEST(blocks_know_where_they_end)
{
    struct scenario *s = parse("title t\nthread a\nfor i 1..3\nrepeat 2\nstream $i\nend\nend\nstop\nend\n");

    assert_int_equal(s->steps[0].jump, 5);
    assert_int_equal(s->steps[1].jump, 4);
    assert_int_equal(s->steps[3].jump, 1);
    assert_int_equal(s->steps[2].arguments[0].variable, VARIABLE_LOOP);
    assert_int_equal(s->scripts[0].end, 6);
    scenario_free(s);
}

PS_TEST(mistakes_outside_of_threads_are_told_with_their_line)
{
    refuse("thread a\nend\n", "a.scenario:2: there is no 'title'");
    refuse("title t\n", "a.scenario:1: there is no 'thread'");
    refuse("title t\nfoo\n", "a.scenario:2: 'foo' is no line");
    refuse("title t\ntitle u\n", "a.scenario:2: a second 'title'");
    refuse("title\n", "a.scenario:1: 'title' takes at least 1 word");
    refuse("needs wavpci\n", "a.scenario:1: a driver can have");
    refuse("needs streams 17\n", "a.scenario:1: a driver can have");
    refuse("rule WP63\n", "a.scenario:1: 'WP63' is no rule");
    refuse("start off\n", "a.scenario:1: a start is");
    refuse("limit 5\n", "a.scenario:1: a limit is");
    refuse("limit 99999s\n", "a.scenario:1: a limit is");
    refuse("sweep A 1..2\n", "a.scenario:1: 'A' is no name");
    refuse("sweep a 1..2\nsweep a 1..2\n", "a.scenario:2: a second sweep 'a'");
    refuse("sweep a 0..10000\n", "a.scenario:1: a sweep has at most");
    refuse("sweep a 1..200\nsweep b 1..200\n", "a.scenario:2: the sweeps have more than");
    refuse("sweep-at places\n", "a.scenario:1: places are");
    refuse("title t\nsweep-at calls\nthread a\nat\nend\n", "a.scenario:5: a sweep over places needs");
    refuse("title t\nthread a\nat\nmark\nend\n", "a.scenario:5: 'mark' and 'at' need");
    refuse("title t\nthread a\nend\nthread a\nend\n", "a.scenario:4: a second thread 'a'");
    refuse("title t\nthread a\nend\nrule WP-1\n", "a.scenario:4: 'rule' stands before");
    refuse("title a\x01z\n", "a.scenario:1: a control character");
}

PS_TEST(mistakes_in_threads_are_told_with_their_line)
{
    refuse("title t\nthread a\n", "a.scenario:2: the thread has no 'end'");
    refuse("title t\nthread a\nfly\nend\n", "a.scenario:3: 'fly' is no step");
    refuse("title t\nthread a\ntry\nend\n", "a.scenario:3: 'try' is no step");
    refuse("title t\nthread a\nfail STATUS_FOO stop\nend\n", "a.scenario:3: 'STATUS_FOO' is no failure");
    refuse("title t\nthread a\nfail STATUS_SUCCESS stop\nend\n", "a.scenario:3: 'STATUS_SUCCESS' is no");
    refuse("title t\nthread a\nstop now\nend\n", "a.scenario:3: 'stop' takes 0 to 0 words, not 1");
    refuse("title t\nthread a\nsleep 5\nend\n", "a.scenario:3: '5' cannot stand here");
    refuse("title t\nthread a\nsleep 61s\nend\n", "a.scenario:3: '61s' cannot stand here");
    refuse("title t\nthread a\nsleep 9999999999999999999s\nend\n", "a.scenario:3: '999");
    refuse("title t\nthread a\nstate sto\nend\n", "a.scenario:3: 'sto' cannot stand here");
    refuse("title t\nthread a\nstream 17\nend\n", "a.scenario:3: '17' cannot stand here");
    refuse("title t\nthread a\nstream $i\nend\n", "a.scenario:3: nothing is called '$i'");
    refuse("title t\nthread a\nfor i 1..17\nstream $i\nend\nend\n", "a.scenario:4: '$i' can be 17");
    refuse("title t\nsweep s stop run fly\nthread a\nstate $s\nend\n", "a.scenario:4: '$s' can be 'fly'");
    refuse("title t\nthread a\nfor i 1\nend\nend\n", "a.scenario:3: it is 'for NAME FROM..TO'");
    refuse("title t\nthread a\nrepeat\nend\nend\n", "a.scenario:3: it is 'repeat N'");
    refuse("title t\nthread a\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\n",
           "a.scenario:7: at most 4 blocks");
    refuse("title t\nthread a\nsignal\nend\n", "a.scenario:3: it is 'signal NAME'");
    refuse("title t\nthread a\njoin now\nend\n", "a.scenario:3: 'join' stands alone");
}

PS_TEST(files_are_bounded)
{
    static char big[MOST_TEXT + 2];
    struct scenario_error error;
    struct scenario *s;
    size_t length = (size_t)snprintf(big, sizeof(big), "title t\nthread a\n");

    for (unsigned i = 0; i <= MOST_STEPS; i++)
        length += (size_t)snprintf(big + length, sizeof(big) - length, "stop\n");
    assert_int_equal(scenario_parse("a.scenario", big, length, &s, &error), -EINVAL);
    assert_string_equal(error.text, "a.scenario:1027: at most 1024 steps");
    assert_int_equal(scenario_parse("a.scenario", big, sizeof(big), &s, &error), -EINVAL);
    assert_non_null(strstr(error.text, "at most 65536 bytes"));
    assert_int_equal(scenario_parse("a.scenario", "title t\0", 8, &s, &error), -EINVAL);
    assert_non_null(strstr(error.text, "NUL"));
    assert_int_equal(scenario_parse("Foo.scenario", "", 0, &s, &error), -EINVAL);
    assert_int_equal(scenario_parse("folder/.scenario", "", 0, &s, &error), -EINVAL);
    assert_int_equal(scenario_load("/nonexistent/a.scenario", &s, &error), -ENOENT);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(scenario_load("/", &s, &error), -EISDIR);
    assert_null(s);
}

PS_TEST(a_driver_must_have_what_is_needed)
{
    struct scenario *s = parse("title t\nneeds wavert notification streams 2\nthread a\nend\n");
    struct scenario_traits traits = {.wavert = true, .render_streams = 2};
    const char *why;

    assert_false(scenario_fits(s, &traits, &why));
    assert_string_equal(why, "notification events");
    traits.notification = true;
    assert_true(scenario_fits(s, &traits, &why));
    assert_null(why);
    traits.render_streams = 1;
    assert_false(scenario_fits(s, &traits, &why));
    scenario_free(s);
}
