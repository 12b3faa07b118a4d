// SPDX-License-Identifier: MIT
//
// The same seed gives the same trace, byte for byte: twice here, and in another process.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "base/trace.h"

static struct rig rig;
static struct sched_interrupt line;
static struct sched_deadline tick;
static struct sched_thread *sleeper;
static uintptr_t locks[2];

// ---- a busy little system ------------------------------------------------------------------------------

static void run_deferred(struct ps_system *system, struct processor *processor)
{
    while (processor->deferred) {
        processor->deferred--;
        TRACE(system, 'i', "deferred", {"left", processor->deferred});
        sched_ready(system->sched, sleeper);
        sched_point(system->sched, COST_SERVICE);
    }
}

static void serve(struct sched_interrupt *interrupt)
{
    struct processor *processor = rig.sched->current;

    sched_interrupt_assert(rig.sched, interrupt, false);
    sched_point(rig.sched, COST_MMIO);
    processor->deferred++;
    sched_deferred_changed(rig.sched, processor);
}

static void fire(struct sched_deadline *deadline)
{
    sched_interrupt_assert(rig.sched, &line, true);
    if (rig.sched->now < 400000)
        sched_deadline_set(rig.sched, deadline, deadline->due + 10000);
}

static void sleep_and_wake(void *argument)
{
    for (unsigned i = 0; i < 20; i++) {
        sched_block(rig.sched, "tick", 1);
        TRACE(rig.system, 'i', "woken", {"round", i});
    }
}

static void work(void *argument)
{
    for (unsigned i = 0; i < 60; i++) {
        uint8_t before = sched_raise(rig.sched, IRQL_DISPATCH);

        sched_lock_acquire(rig.sched, &locks[i % 2], NULL);
        TRACE(rig.system, 'i', "inside", {"lock", sched_lock_number(rig.sched, &locks[i % 2])});
        sched_stall(rig.sched, 3000);
        sched_lock_release(rig.sched, &locks[i % 2]);
        sched_lower(rig.sched, before);
        if (i == 30)
            finding_raise(rig.system, "TEST", SIDE_DRIVER, NULL, "half way");
    }
}

static void start(struct chooser *chooser)
{
    static const struct sched_kernel_ops ops = {.run_deferred = run_deferred};

    memset(locks, 0, sizeof(locks));
    rig = rig_new(2, chooser);
    sched_set_kernel(rig.sched, &ops);
    line = (struct sched_interrupt){.irql = 6, .deliver = serve};
    tick = (struct sched_deadline){.fire = fire};
    sched_interrupt_add(rig.sched, &line);
    sched_deadline_set(rig.sched, &tick, 5000);
    sleeper = rig_thread(&rig, "sleeper", sleep_and_wake, NULL);
    rig_thread(&rig, "a", work, NULL);
    rig_thread(&rig, "b", work, NULL);
}

// Takes the chooser.
static char *trace_of(struct chooser *chooser, struct chooser_deviation *script, size_t *count)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    start(chooser);
    assert_int_equal(trace_open(rig.system, file), 0);
    assert_int_equal(sched_run(rig.sched, 2000000), SCHED_QUIET);
    assert_int_equal(trace_close(rig.system), 0);
    fclose(file);
    if (script) {
        const struct chooser_deviation *taken = chooser_recording_get(rig.chooser, count);

        assert_true(*count < 3000);
        memcpy(script, taken, *count * sizeof(*script));
    }
    rig_end(&rig);
    return text;
}

// ---- tests -------------------------------------------------------------------------------------------

static void assert_same_and_free(char *a, char *b)
{
    assert_true(strlen(a) > 5000);
    assert_true(!strcmp(a, b));
    free(a);
    free(b);
}

PS_TEST(the_same_seed_gives_the_same_trace)
{
    assert_same_and_free(trace_of(chooser_round_robin(), NULL, NULL),
                         trace_of(chooser_round_robin(), NULL, NULL));
    for (uint64_t seed = 0; seed < 10; seed++)
        assert_same_and_free(trace_of(chooser_seeded(seed), NULL, NULL),
                             trace_of(chooser_seeded(seed), NULL, NULL));
}

PS_TEST(another_seed_gives_another_trace)
{
    char *a = trace_of(chooser_seeded(1), NULL, NULL), *b = trace_of(chooser_seeded(2), NULL, NULL);

    assert_true(strcmp(a, b) != 0);
    free(a);
    free(b);
}

PS_TEST(a_recorded_run_replays_to_the_same_trace)
{
    static struct chooser_deviation script[3000];

    for (uint64_t seed = 0; seed < 10; seed++) {
        size_t count;
        char *first = trace_of(chooser_recording(chooser_seeded(seed)), script, &count);

        assert_same_and_free(first, trace_of(chooser_recorded(script, count), NULL, NULL));
    }
}

PS_TEST(an_empty_record_is_round_robin)
{
    assert_same_and_free(trace_of(chooser_round_robin(), NULL, NULL),
                         trace_of(chooser_recorded(NULL, 0), NULL, NULL));
}

// The test runs itself with this variable set; then it only writes a trace, and ends.
#define CHILD "PORTSIDE_TEST_TRACE_SEED"

__attribute__((constructor)) static void child(void)
{
    const char *seed = getenv(CHILD);
    char *text;

    if (!seed)
        return;
    text = trace_of(chooser_seeded(strtoull(seed, NULL, 10)), NULL, NULL);
    fputs(text, stdout);
    fflush(stdout);
    _exit(0);
}

static char *trace_in_another_process(const char *seed)
{
    static char text[4 << 20];
    size_t length = 0;
    ssize_t got;
    char self[4096] = "";
    int ends[2], status;
    pid_t process;

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    assert_int_equal(pipe(ends), 0);
    process = fork();
    if (!process) {
        dup2(ends[1], 1);
        setenv(CHILD, seed, 1);
        execl(self, self, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    return strdup(text);
}

PS_TEST(another_process_writes_the_same_trace)
{
    assert_same_and_free(trace_of(chooser_seeded(1), NULL, NULL), trace_in_another_process("1"));
    assert_same_and_free(trace_of(chooser_seeded(9), NULL, NULL), trace_in_another_process("9"));
}
