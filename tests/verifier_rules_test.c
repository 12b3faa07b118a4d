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
    assert_int_equal(mode_of(&none, "VF-18", SIDE_DRIVER), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "WP-45", SIDE_CLIENT), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "AC-118", SIDE_DEVICE), FINDING_REPORT);
    assert_int_equal(mode_of(&none, "RT-44", SIDE_DRIVER), FINDING_STOP); // a rule of the contract alone
    assert_int_equal(mode_of(&none, "VF-73", SIDE_DRIVER), FINDING_OFF);
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
