// SPDX-License-Identifier: MIT
//
// One test of each kind, for tests/ps_test_test.py to run; not a test by itself.
#include <signal.h>

#include "tests/ps_test.h"

static int lend_a_word(void **state)
{
    *state = (void *)"word";
    return 0;
}

static int take_it_back(void **state)
{
    return strcmp((const char *)*state, "word");
}

PS_TEST_HOOKS(lend_a_word, take_it_back);

PS_TEST(passes, "XX-1", "XX-2a")
{
    assert_string_equal((const char *)*state, "word");
}

PS_TEST(passes_without_rules)
{
    print_message("first line\nsecond line\n");
}

PS_TEST(is_skipped, "XX-3")
{
    ps_skip("no such machine");
}

PS_TEST(fails, "XX-4")
{
    assert_int_equal(1, 2);
}

PS_TEST(fails_in_teardown, "XX-5")
{
    *state = (void *)"another";
}

static void keep_quiet(int signal)
{
    (void)signal;
}

PS_TEST(sets_a_handler, "XX-6")
{
    signal(SIGSEGV, keep_quiet);
    raise(SIGSEGV);
}

PS_TEST(handler_is_still_there, "XX-6")
{
    raise(SIGSEGV);
    signal(SIGSEGV, SIG_DFL);
}

PS_TEST(crashes, "XX-7")
{
    raise(SIGSEGV);
}
