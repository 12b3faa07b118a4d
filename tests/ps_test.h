/* SPDX-License-Identifier: MIT */
/*
 * Unit tests on cmocka that know which rules they prove. A test program is one or more files with
 *
 *     #include "tests/ps_test.h"
 *
 *     PS_TEST(get_returns_the_first_mapping, "WP-24", "WP-25")
 *     {
 *         assert_int_equal(...);
 *     }
 *
 * and ps_test.c, which has main. `program [GLOB]` runs the tests whose names match, in the order they
 * are written in; `program --list` names them with their rules. Output is TAP. After the line of a test
 * that passed comes "# rules: WP-24 WP-25"; `make rules` counts from these lines. A test without rules
 * is PS_TEST(name).
 *
 * ps_skip("reason") ends a test as skipped: it counts neither as passed nor as failed and proves nothing.
 * PS_TEST_HOOKS(setup, teardown) before the first test of a file runs two `int f(void **state)` around
 * each test of that file; the body finds what setup left in `*state`.
 *
 * cmocka's handlers for SIGSEGV and its like are taken out while a test runs: a crash is a crash (and
 * a sanitizer's report), and handlers that the tested code installs stay as it left them.
 */
#ifndef PORTSIDE_TESTS_PS_TEST_H
#define PORTSIDE_TESTS_PS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <cmocka.h>

struct ps_test_hooks {
    CMFixtureFunction setup, teardown;
};

struct ps_test {
    const char *name;
    CMUnitTestFunction body;
    const char *const *rules; /* ends with NULL; an empty string is no rule */
    const struct ps_test_hooks *hooks;
    struct ps_test *next;
};

void ps_test_register(struct ps_test *test);
void ps_test_skip_because(const char *reason);

#ifdef __cplusplus
}
#endif

static struct ps_test_hooks ps_test_hooks __attribute__((unused));

#define PS_TEST_HOOKS(setup_function, teardown_function)                                           \
    __attribute__((constructor)) static void ps_test_set_hooks(void)                               \
    {                                                                                              \
        ps_test_hooks.setup = setup_function;                                                      \
        ps_test_hooks.teardown = teardown_function;                                                \
    }                                                                                              \
    struct ps_test_hooks /* takes the semicolon */

#define PS_TEST(test, ...)                                                                         \
    static void test(void **state);                                                                \
    static const char *const test##_rules[] = {"" __VA_ARGS__, NULL};                              \
    __attribute__((constructor)) static void test##_register(void)                                 \
    {                                                                                              \
        static struct ps_test self = {#test, test, test##_rules, &ps_test_hooks, NULL};            \
        ps_test_register(&self);                                                                   \
    }                                                                                              \
    static void test(void **state __attribute__((unused)))

#define ps_skip(reason) (ps_test_skip_because(reason), skip())

#endif
