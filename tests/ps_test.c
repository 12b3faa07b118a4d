// SPDX-License-Identifier: MIT
//
// main of every test program: the list of tests, their run on cmocka, and TAP. Each test is a cmocka
// group of its own, so that this side prints the one plan and knows how each test ended.
#include <fnmatch.h>
#include <signal.h>

#include "tests/ps_test.h"

static struct ps_test *first, *last;
static const struct ps_test *running;
static const char *skipped_because;
static bool returned; // the body came to its end: neither failed nor skipped

void ps_test_register(struct ps_test *test)
{
    if (last)
        last->next = test;
    else
        first = test;
    last = test;
}

void ps_test_skip_because(const char *reason)
{
    skipped_because = reason;
}

// What cmocka prints goes through this function, which takes the place of cmocka's own. Frame lines are
// dropped, the rest (why a test failed) becomes comments of the TAP stream.
__attribute__((visibility("default"))) void vprint_message(const char *const format, va_list args)
{
    static const char *const frame[] = {"test: %s", "success: %s", "failure: %s", "skip: %s"};
    char text[8192], *rest = text, *line;

    for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++)
        if (!strncmp(format, frame[i], strlen(frame[i])))
            return;
    vsnprintf(text, sizeof(text), format, args);
    while ((line = strsep(&rest, "\n")))
        if (line[0] && strcmp(line, " [") && strcmp(line, "]"))
            printf("# %s\n", line);
    fflush(stdout);
}

// ---- one test --------------------------------------------------------------------------------------

enum { SIGNALS = 5 };
static const int signals[SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};
static struct sigaction handlers[SIGNALS];

static void keep_handlers(void)
{
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], NULL, &handlers[i]);
}

static void put_handlers(void)
{
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &handlers[i], NULL);
}

static void body(void **state)
{
    put_handlers();
    running->body(state);
    keep_handlers();
    returned = true;
}

static bool passes(const struct ps_test *test)
{
    const struct CMUnitTest unit = {test->name, body, test->hooks->setup, test->hooks->teardown,
                                    NULL};
    int failures;

    running = test;
    skipped_because = NULL;
    returned = false;
    keep_handlers();
    failures = _cmocka_run_group_tests(test->name, &unit, 1, NULL, NULL);
    put_handlers();
    return failures == 0;
}

static void print_rules(const char *head, const struct ps_test *test)
{
    printf("%s", head);
    for (const char *const *rule = test->rules; *rule; rule++)
        if (**rule)
            printf(" %s", *rule);
    printf("\n");
}

static bool run(const struct ps_test *test, unsigned number)
{
    bool passed = passes(test);

    printf("%sok %u - %s", passed ? "" : "not ", number, test->name);
    if (passed && !returned)
        printf(" # SKIP %s", skipped_because ? skipped_because : "");
    printf("\n");
    if (passed && returned && test->rules[0][0])
        print_rules("# rules:", test);
    fflush(stdout);
    return passed;
}

// ---- the program -----------------------------------------------------------------------------------

static bool chosen(const struct ps_test *test, const char *glob)
{
    return !glob || !fnmatch(glob, test->name, 0);
}

static int list(void)
{
    for (const struct ps_test *test = first; test; test = test->next) {
        printf("%s", test->name);
        print_rules(":", test);
    }
    return 0;
}

static int run_chosen(const char *glob)
{
    unsigned count = 0, number = 0, failures = 0;

    for (const struct ps_test *test = first; test; test = test->next)
        count += chosen(test, glob);
    if (!count) {
        fprintf(stderr, "no test is called %s; --list names them\n", glob ? glob : "anything");
        return 2;
    }
    printf("1..%u\n", count);
    fflush(stdout);
    for (const struct ps_test *test = first; test; test = test->next)
        if (chosen(test, glob))
            failures += !run(test, ++number);
    return failures != 0;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [GLOB | --list]\n", argv[0]);
        return 2;
    }
    if (argc == 2 && !strcmp(argv[1], "--list"))
        return list();
    unsetenv("CMOCKA_MESSAGE_OUTPUT");
    cmocka_set_message_output(CM_OUTPUT_SUBUNIT);
    return run_chosen(argv[1]);
}
