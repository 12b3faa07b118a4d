// SPDX-License-Identifier: MIT
//
// Systems, and the small helpers of base: status codes, random numbers, failing allocations, lists.
#include "tests/ps_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/list.h"
#include "base/random.h"
#include "base/status.h"
#include "base/system.h"

PS_TEST(systems_are_independent)
{
    struct ps_system *a = system_create(1), *b = system_create(2);

    assert_int_equal(system_number(a, OBJECT_IRP), 1);
    assert_int_equal(system_number(a, OBJECT_IRP), 2);
    assert_int_equal(system_number(b, OBJECT_IRP), 1);
    system_destroy(a);
    assert_int_equal(system_number(b, OBJECT_IRP), 2);
    system_destroy(b);
    system_destroy(NULL);
}

PS_TEST(no_slot_left_is_eagain)
{
    struct ps_system *systems[ARENA_SLOTS];

    for (unsigned i = 0; i < ARENA_SLOTS; i++)
        assert_non_null(systems[i] = system_create(i));
    errno = 0;
    assert_null(system_create(99));
    assert_int_equal(errno, EAGAIN);
    for (unsigned i = 0; i < ARENA_SLOTS; i++)
        system_destroy(systems[i]);
}

static void *check_elsewhere(void *system)
{
    return (void *)(intptr_t)system_check(system);
}

PS_TEST(a_system_belongs_to_the_thread_that_made_it)
{
    struct ps_system *system = system_create(1);
    pthread_t thread;
    void *result;

    assert_int_equal(system_check(system), 0);
    assert_int_equal(pthread_create(&thread, NULL, check_elsewhere, system), 0);
    pthread_join(thread, &result);
    assert_int_equal((intptr_t)result, -EPERM);
    system->halted = true;
    assert_int_equal(system_check(system), -EFAULT);
    system_destroy(system);
}

PS_TEST(a_call_outside_of_any_system_names_the_function_and_aborts)
{
    char text[200] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (!child) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], 2);
        system_here("KeSetEvent");
    }
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    close(ends[0]);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(text, "portside: KeSetEvent was called outside of any system\n");
}

PS_TEST(status_and_errno_convert)
{
    assert_int_equal(status_to_errno(0), 0);
    assert_int_equal(status_to_errno(0x103), 0); // pending is a success
    assert_int_equal(status_to_errno((int32_t)0xc000009a), -ENOMEM);
    assert_int_equal(status_to_errno((int32_t)0xc0000225), -ENOENT);
    assert_int_equal(status_to_errno((int32_t)0xcafe0001), -EIO);
    assert_int_equal(status_from_errno(0), 0);
    assert_int_equal(status_from_errno(-ENOMEM), (int32_t)0xc000009a);
    assert_int_equal(status_from_errno(-EINVAL), (int32_t)0xc000000d);
    assert_int_equal(status_from_errno(-EXFULL), (int32_t)0xc0000001);
    for (int error = 1; error < 134; error++) { // a round trip keeps what has a status of its own
        int32_t status = status_from_errno(-error);

        assert_true(status < 0);
        if (status != (int32_t)0xc0000001 && error != EPERM)
            assert_int_equal(status_to_errno(status), -error);
    }
}

PS_TEST(statuses_have_names)
{
    assert_string_equal(status_name(0), "STATUS_SUCCESS");
    assert_string_equal(status_name(0x103), "STATUS_PENDING");
    assert_string_equal(status_name((int32_t)0x80000005), "STATUS_BUFFER_OVERFLOW");
    assert_string_equal(status_name((int32_t)0xc0000225), "STATUS_NOT_FOUND");
    assert_string_equal(status_name((int32_t)0xc00002b6), "STATUS_DEVICE_REMOVED");
    assert_string_equal(status_name((int32_t)0xc0001234), "0xc0001234");
}

PS_TEST(random_numbers_are_the_same_everywhere)
{
    uint64_t first = 0, other = 5;

    assert_int_equal(random_next(&first), 0xe220a8397b1dcdafu);
    assert_int_equal(random_next(&first), 0x6e789e6aa1b965f4u);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(random_below(&other, 7) < 7);
}

static unsigned failures(struct fault_plan plan, unsigned calls)
{
    struct ps_system *system = system_create(1);
    unsigned failed = 0;

    system->fault = &plan;
    for (unsigned i = 0; i < calls; i++)
        failed += fault_here(system) << i;
    assert_int_equal(plan.reached, calls);
    assert_int_equal(plan.failed, __builtin_popcount(failed));
    system_destroy(system);
    return failed;
}

PS_TEST(the_nth_allocation_fails_once_or_for_good)
{
    struct ps_system *system = system_create(1);

    assert_false(fault_here(system)); // no plan
    system_destroy(system);
    assert_int_equal(failures((struct fault_plan){0}, 5), 0);
    assert_int_equal(failures((struct fault_plan){.fail_at = 3}, 5), 0x4);
    assert_int_equal(failures((struct fault_plan){.fail_at = 3, .for_good = true}, 5), 0x1c);
}

PS_TEST(lists_push_remove_and_walk)
{
    struct list head, a, b, c;
    unsigned count = 0;

    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_pop_front(&head));
    list_push_back(&head, &a);
    list_push_back(&head, &b);
    list_push_front(&head, &c);
    list_remove(&a);
    list_remove(&a); // harmless
    LIST_EACH_SAFE(link, &head) {
        list_remove(link);
        count++;
    }
    assert_int_equal(count, 2);
    assert_true(list_empty(&head));
}
