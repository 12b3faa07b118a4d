// SPDX-License-Identifier: MIT
//
// The table of rules and the modes of findings.
#include <errno.h>
#include <stdio.h>

#include "tests/ps_test.h"
#include "verifier/rules.h"

static enum finding_mode mode_of(const struct rule_changes *changes, const char *rule,
                                 enum finding_side side)
{
    struct finding finding = {.side = side};

    snprintf(finding.rule, sizeof(finding.rule), "%s", rule);
    return rule_mode(changes, &finding);
}

PS_TEST(a_rule_is_found_by_its_own_id_and_by_that_of_the_contract, "VF-1")
{
    assert_string_equal(rule_find("VF-31")->id, "VF-31");
    assert_string_equal(rule_find("WP-45")->id, "VF-2");
    assert_string_equal(rule_find("WP-58")->id, "VF-5");
    assert_null(rule_find("WP-4"));  // the beginning of one
    assert_null(rule_find("WP-999"));
    assert_null(rule_find(""));
}

PS_TEST(findings_against_the_driver_stop_advice_and_others_are_reported, "VF-1")
{
    const struct rule_changes none = {0};

    assert_int_equal(mode_of(&none, "WP-45", SIDE_DRIVER), FINDING_STOP);
    assert_int_equal(mode_of(&none, "VF-68", SIDE_DRIVER), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "WP-45", SIDE_CLIENT), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "AC-118", SIDE_DEVICE), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "RT-44", SIDE_DRIVER), FINDING_STOP); // a rule of the contract alone
    assert_int_equal(mode_of(&none, "VF-73", SIDE_DRIVER), FINDING_OFF);
}

PS_TEST(a_warning_is_a_remark_unless_somebody_wants_more_or_less, "VF-14", "VF-19", "WP-47")
{
    struct finding warning = {.side = SIDE_DRIVER, .remark = true, .rule = "HD-52"};
    struct rule_changes changes = {0};

    assert_int_equal(mode_of(&changes, "WP-47", SIDE_DRIVER), FINDING_REMARK);
    assert_int_equal(mode_of(&changes, "VF-18", SIDE_DRIVER), FINDING_REMARK);
    assert_int_equal(mode_of(&changes, "VF-19", SIDE_DRIVER), FINDING_REMARK);
    assert_int_equal(rule_mode(&changes, &warning), FINDING_REMARK);
    assert_int_equal(mode_of(&changes, "HD-52", SIDE_DRIVER), FINDING_STOP);
    assert_int_equal(rule_change(&changes, "HD-52=report"), 0);
    assert_int_equal(rule_mode(&changes, &warning), FINDING_REPORT);
    assert_int_equal(rule_change(&changes, "WP-45=remark"), 0);
    assert_int_equal(mode_of(&changes, "WP-45", SIDE_DRIVER), FINDING_REMARK);
}

PS_TEST(the_last_change_of_a_rule_counts_under_either_id, "VF-1")
{
    struct rule_changes changes = {0};

    assert_int_equal(rule_change(&changes, "VF-2=report"), 0);
    assert_int_equal(mode_of(&changes, "WP-45", SIDE_DRIVER), FINDING_REPORT);
    assert_int_equal(rule_change(&changes, "WP-45=off"), 0);
    assert_int_equal(mode_of(&changes, "WP-45", SIDE_DRIVER), FINDING_OFF);
    assert_int_equal(rule_change(&changes, "VF-73=stop"), 0);
    assert_int_equal(mode_of(&changes, "VF-73", SIDE_DRIVER), FINDING_STOP);
    assert_int_equal(rule_change(&changes, "SOUND=off"), 0);
    assert_int_equal(mode_of(&changes, "SOUND", SIDE_DRIVER), FINDING_OFF);
    assert_int_equal(rule_change(&changes, "RT-44=report"), 0);
    assert_int_equal(mode_of(&changes, "RT-44", SIDE_DRIVER), FINDING_REPORT);
    assert_int_equal(mode_of(&changes, "VF-31", SIDE_DRIVER), FINDING_STOP);
}

PS_TEST(a_rule_that_is_another_name_of_one_changes_it, "VF-1")
{
    static const char *const names[][2] = {
        {"VF-2a", "WP-45"},  {"VF-2b", "WP-45"},  {"VF-102", "VF-61"}, {"VF-106", "VF-42"},  {"VF-110", "VF-122"}, {"VF-112", "VF-49"},
        {"VF-114", "VF-37"}, {"VF-115", "VF-38"}, {"VF-119", "VF-135"}, {"VF-154", "VF-11"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct rule_changes changes = {0}, back = {0};
        char text[24];

        snprintf(text, sizeof(text), "%s=off", names[i][0]);
        assert_int_equal(rule_change(&changes, text), 0);
        assert_int_equal(mode_of(&changes, names[i][1], SIDE_DRIVER), FINDING_OFF);
        assert_int_equal(mode_of(&changes, "VF-31", SIDE_DRIVER), FINDING_STOP);
        snprintf(text, sizeof(text), "%s=off", names[i][1]); // its own name
        assert_int_equal(rule_change(&back, text), 0);
        assert_int_equal(mode_of(&back, names[i][1], SIDE_DRIVER), FINDING_OFF);
    }
}

PS_TEST(an_id_of_the_contract_changes_no_other_of_the_same_rule, "VF-1")
{
    struct rule_changes changes = {0};

    assert_int_equal(rule_change(&changes, "WP-35=off"), 0);
    assert_int_equal(mode_of(&changes, "WP-35", SIDE_DRIVER), FINDING_OFF);
    assert_int_equal(mode_of(&changes, "WP-58", SIDE_DRIVER), FINDING_STOP);
}

PS_TEST(senseless_changes_are_refused)
{
    struct rule_changes changes = {0};

    assert_int_equal(rule_change(&changes, "VF-2"), -EINVAL);
    assert_int_equal(rule_change(&changes, "=off"), -EINVAL);
    assert_int_equal(rule_change(&changes, "VF-2=loud"), -EINVAL);
    assert_int_equal(rule_change(&changes, "AVERYLONGIDTHATNOBODYHAS-1=off"), -EINVAL);
    assert_int_equal(rule_change(&changes, "nothing=off"), -ENOENT);
    assert_int_equal(rule_change(&changes, "NOTHING=off"), -ENOENT);
    assert_int_equal(rule_change(&changes, "VF-137=stop"), -EOPNOTSUPP);
    assert_int_equal(changes.count, 0);
    for (unsigned i = 0; i < RULE_CHANGES; i++)
        assert_int_equal(rule_change(&changes, "VF-2=off"), 0);
    assert_int_equal(rule_change(&changes, "VF-2=off"), -ENOSPC);
}
