// SPDX-License-Identifier: MIT
//
// Faults in code on a fiber halt its system and nothing else; so does the watchdog.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "base/sanitize.h"
#include "sched/watchdog.h"

static struct rig rig;
static uintptr_t lock;
static unsigned steps;

static void step_on(void *sched)
{
    for (unsigned i = 0; i < 100; i++) {
        steps++;
        sched_point(sched, COST_PORT_IO);
    }
}

static volatile int *nowhere(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (volatile int *)address;
}

static void __attribute__((no_sanitize("undefined"))) write_null(void *argument)
{
    sched_raise(rig.sched, IRQL_DISPATCH);
    sched_lock_acquire(rig.sched, &lock, __builtin_return_address(0));
    *nowhere(0) = 1;
}

static const struct finding *halt_by(void (*entry)(void *argument))
{
    lock = 0;
    rig = rig_new(2, chooser_round_robin());
    rig_thread(&rig, "bad", entry, NULL);
    sanitize_valgrind(REQUEST_ERRORS_HIDDEN, 1, 0); // the fault is meant
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    sanitize_valgrind(REQUEST_ERRORS_HIDDEN, (uint64_t)-1, 0);
    assert_true(rig.system->halted);
    return rig_finding(&rig);
}

PS_TEST(null_at_dispatch_level_with_a_lock_held_halts_only_its_system, "VF-57")
{
    struct rig other = rig_new(2, chooser_round_robin());
    const struct finding *finding;

    steps = 0;
    rig_thread(&other, "good", step_on, other.sched);
    assert_int_equal(sched_run(other.sched, 50000), SCHED_BUDGET);
    finding = halt_by(write_null);
    assert_string_equal(finding->rule, "VF-57");
    assert_int_equal(finding->code, 0xd1);
    assert_int_equal(finding->parameters[0], 0); // address
    assert_int_equal(finding->parameters[1], IRQL_DISPATCH);
    assert_int_equal(finding->parameters[2], 1); // a write
    assert_ptr_equal(finding->caller, (void *)finding->parameters[3]);
    assert_string_equal(finding->thread, "1 bad");
    assert_int_equal(lock, 1); // frozen, not unwound
    assert_int_equal(sched_run(other.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(steps, 100);
    rig_end(&rig);
    rig_end(&other);
}

static void __attribute__((no_sanitize("undefined"))) read_low(void *argument)
{
    (void)*nowhere(0x40);
}

PS_TEST(a_fault_below_dispatch_level_is_an_unhandled_exception, "VF-57")
{
    const struct finding *finding = halt_by(read_low);

    assert_int_equal(finding->code, 0x1e);
    assert_int_equal(finding->parameters[0], 0xc0000005);
    assert_int_equal(finding->parameters[2], 0); // a read
    assert_int_equal(finding->parameters[3], 0x40);
    rig_end(&rig);
}

static volatile int zero;

static void __attribute__((no_sanitize("undefined"))) divide(void *argument)
{
    zero = 12345 / zero;
}

static void illegal(void *argument)
{
    __asm__ volatile("ud2");
}

PS_TEST(bad_arithmetic_and_bad_instructions_are_exceptions)
{
    assert_int_equal(halt_by(divide)->parameters[0], 0xc0000094);
    rig_end(&rig);
    assert_int_equal(halt_by(illegal)->parameters[0], 0xc000001d);
    rig_end(&rig);
}

static void __attribute__((noinline)) call_and_fault(void (*fault)(void *argument))
{
    fault(NULL);
    steps++; // not a tail call
}

static void two_calls_deep(void *argument)
{
    call_and_fault(read_low);
}

static bool within(const void *address, const void *function)
{
    uintptr_t from = (uintptr_t)function;

    return (uintptr_t)address > from && (uintptr_t)address < from + 64;
}

PS_TEST(a_fault_carries_the_stack_of_calls_that_led_to_it, "VF-1")
{
    const struct finding *finding = halt_by(two_calls_deep);
    unsigned caller = 0;

    while (caller < finding->depth && !within(finding->stack[caller], (void *)call_and_fault))
        caller++;
    assert_true(caller + 1u < finding->depth);
    rig_end(&rig);
}

// The frame of a caller with a frame pointer, which is spoilt before the fault: the unwinder reads at it.
static void __attribute__((noinline, no_sanitize("address", "undefined")))
spoil(volatile char *room)
{
    room[0] = 1;
    __asm__ volatile("movq $0x10, %%rbp\n\tmovl $1, 0x20" : : : "memory");
}

static void __attribute__((noinline, no_sanitize("address", "undefined"))) spoil_frame(void *argument)
{
    volatile char *room = __builtin_alloca(16 + (steps & 15));

    spoil(room);
    room[1] = 2;
}

PS_TEST(a_spoilt_stack_is_a_finding_like_any_fault, "VF-57")
{
    const struct finding *finding = halt_by(spoil_frame);

    assert_string_equal(finding->rule, "VF-57");
    assert_int_equal(finding->parameters[3], 0x20);
    assert_true(finding->depth > 0);
    rig_end(&rig);
}

static unsigned __attribute__((noinline, no_sanitize("address"))) overrun(volatile char *last)
{
    volatile char local[1000];

    for (unsigned i = 0; i < sizeof(local); i++)
        local[i] = *last;
    return zero ? 0 : overrun(local) + (unsigned)local[0];
}

static void no_end(void *argument)
{
    volatile char first = 0;

    zero = (int)overrun(&first);
}

PS_TEST(a_stack_that_overruns_is_told_as_such)
{
    const struct finding *finding = halt_by(no_end);

    zero = 0;
    assert_int_equal(finding->code, 0x7f);
    assert_non_null(strstr(finding->text, "stack overflow"));
    rig_end(&rig);
}

PS_TEST(many_faults_leave_nothing_behind)
{
    for (unsigned i = 0; i < 100; i++) {
        halt_by(i % 2 ? write_null : read_low);
        rig_end(&rig);
    }
}

// ---- the process's own handlers ------------------------------------------------------------------------

PS_TEST(the_signal_mask_is_as_before)
{
    sigset_t before, after;

    sigprocmask(SIG_SETMASK, NULL, &before);
    halt_by(read_low);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int i = 1; i < 32; i++)
        assert_int_equal(sigismember(&after, i), sigismember(&before, i));
    rig_end(&rig);
}

static sigjmp_buf home;
static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
    siglongjmp(home, 1);
}

PS_TEST(the_signal_stack_is_as_before)
{
    static char memory[65536];
    stack_t mine = {.ss_sp = memory, .ss_size = sizeof(memory)}, before, after;

    sigaltstack(&mine, &before);
    halt_by(read_low);
    sigaltstack(&before, &after);
    assert_ptr_equal(after.ss_sp, memory);
    rig_end(&rig);
}

PS_TEST(handlers_from_before_are_back_after_a_run)
{
    struct sigaction mine = {.sa_handler = catch}, before, now;

    sigaction(SIGSEGV, &mine, &before);
    halt_by(read_low);
    rig_end(&rig);
    sigaction(SIGSEGV, NULL, &now);
    assert_ptr_equal(now.sa_handler, catch);
    sigaction(SIGSEGV, &before, NULL);
}

static void signal_itself(void *argument)
{
    raise(SIGSEGV); // not a fault: sent by somebody
    steps = 77;
}

static void count_signal(int number)
{
    caught = number;
}

PS_TEST(a_signal_that_was_sent_goes_to_the_handler_from_before)
{
    struct sigaction mine = {.sa_handler = count_signal}, before;

    caught = 0;
    sigaction(SIGSEGV, &mine, &before);
    rig = rig_new(1, chooser_round_robin());
    rig_thread(&rig, "t", signal_itself, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    sigaction(SIGSEGV, &before, NULL);
    assert_int_equal(caught, SIGSEGV);
    assert_int_equal(steps, 77);
    rig_end(&rig);
}

// ---- the watchdog ------------------------------------------------------------------------------------

// TSan keeps asynchronous signals back until the next system call, so there is no watchdog under it.
static void no_points(void *argument)
{
    for (;;)
        __asm__ volatile("");
}

PS_TEST(a_loop_without_points_is_ended_by_the_watchdog)
{
    if (__tsan_get_current_fiber)
        ps_skip("signals wait under this sanitizer");
    rig = rig_new(1, chooser_round_robin());
    sched_set_watchdog(rig.sched, 40);
    rig_thread(&rig, "loop", no_points, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "WATCHDOG");
    assert_non_null(strstr(rig_finding(&rig)->text, "not step-exact"));
    rig_end(&rig);
}

PS_TEST(only_ticks_without_progress_in_a_row_count)
{
    struct watchdog watchdog = {.points = 5};

    for (unsigned i = 0; i < WATCHDOG_TICKS - 1; i++)
        assert_false(watchdog_tick(&watchdog, 5));
    assert_false(watchdog_tick(&watchdog, 6));
    for (unsigned i = 0; i < WATCHDOG_TICKS - 1; i++)
        assert_false(watchdog_tick(&watchdog, 6));
    assert_true(watchdog_tick(&watchdog, 6));
}

static void points_for_ever(void *argument)
{
    for (;;) {
        sched_point(rig.sched, COST_SERVICE);
        __asm__ volatile("" ::: "memory"); // the signal handler looks at its count
    }
}

PS_TEST(a_run_that_takes_more_cpu_time_than_it_may_is_ended_at_a_point)
{
    if (__tsan_get_current_fiber)
        ps_skip("signals wait under this sanitizer");
    rig = rig_new(1, chooser_round_robin());
    sched_set_watchdog(rig.sched, 40);
    sched_set_budget(rig.sched, 100);
    rig_thread(&rig, "endless", points_for_ever, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_HALTED);
    assert_string_equal(rig_finding(&rig)->rule, "BUDGET");
    assert_true(rig_finding(&rig)->depth > 0);
    rig_end(&rig);
}

static void many_points(void *argument)
{
    for (unsigned i = 0; i < 3000000; i++)
        sched_point(rig.sched, COST_SERVICE);
}

PS_TEST(the_watchdog_leaves_long_runs_alone)
{
    rig = rig_new(1, chooser_round_robin());
    sched_set_watchdog(rig.sched, 1); // a tick each millisecond of CPU time
    rig_thread(&rig, "long", many_points, NULL);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    rig_end(&rig);
}
