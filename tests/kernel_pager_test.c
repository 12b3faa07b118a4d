// SPDX-License-Identifier: MIT
//
// What is off unless asked for: paged memory that goes away at a raised IRQL, and how long locks are owned. And the
// fences of the headers.
#include "ps_test.h"

#include "kernel_fixture.h"

static const char *asked_for;

static enum finding_mode decide(void *context, const struct finding *finding)
{
    return !strcmp(finding->rule, asked_for) ? FINDING_STOP : FINDING_REPORT;
}

static enum finding_mode decide_off(void *context, const struct finding *finding)
{
    return FINDING_OFF;
}

// `entry` on a system that asks for `rule`, or for nothing.
static struct kernel_rig asking(const char *rule, void (*entry)(void *argument))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    asked_for = rule ? rule : "";
    journal_set_policy(rig.system->journal, NULL, rule ? decide : decide_off);
    kernel_rig_thread(&rig, "test", entry, NULL);
    kernel_rig_run(&rig);
    return rig;
}

// ---- the pager ----------------------------------------------------------------------------------------

static volatile uint8_t *paged;
static size_t paged_bytes = 100;
static KSPIN_LOCK lock;
static KDPC dpc;

static void fill(void)
{
    paged = ExAllocatePoolWithTag(PagedPool, paged_bytes, TEST_TAG);
    assert_non_null((void *)paged);
    for (size_t i = 0; i < paged_bytes; i++)
        paged[i] = (uint8_t)i;
}

static void touch_with_a_lock(void *argument)
{
    KIRQL before;

    fill();
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &before);
    paged[7] = 1;
}

static void touch_after_a_raise(void *argument)
{
    KIRQL before;

    fill();
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    assert_int_equal(paged[7], 7);
}

static VOID NTAPI touch(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    paged[7] = 1;
}

static void touch_in_a_dpc(void *argument)
{
    fill();
    KeInitializeDpc(&dpc, touch, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

static void found(void (*entry)(void *argument), uint64_t write)
{
    struct kernel_rig rig = asking("VF-160", entry);
    const struct finding *finding = kernel_rig_finding(&rig, "VF-160");

    assert_true(rig.system->halted);
    assert_int_equal(finding->code, 0xD1);
    assert_int_equal(finding->parameters[0], (uintptr_t)&paged[7]);
    assert_int_equal(finding->parameters[1], DISPATCH_LEVEL);
    assert_int_equal(finding->parameters[2], write);
    assert_non_null(strstr(finding->text, "paged pool block"));
    kernel_rig_end(&rig);
}

PS_TEST(paged_pool_at_dispatch_is_found, "VF-160", "SV-7")
{
    paged_bytes = 100;
    found(touch_with_a_lock, 1);
    found(touch_after_a_raise, 0);
    found(touch_in_a_dpc, 1);
    paged_bytes = 9000; // over several pages
    found(touch_with_a_lock, 1);
    paged_bytes = 100;
}

PS_TEST(paged_pool_is_resident_unless_the_rule_is_asked_for, "SV-7")
{
    struct kernel_rig rig = asking(NULL, touch_in_a_dpc);

    kernel_rig_clean(&rig);
}

static volatile bool stop_other;

// Between its steps the other processor is at DISPATCH_LEVEL again and again.
static void other(void *argument)
{
    KIRQL before;

    while (!stop_other) {
        KeRaiseIrql(DISPATCH_LEVEL, &before);
        KeStallExecutionProcessor(1);
        KeLowerIrql(before);
    }
}

static void touch_below(void *argument)
{
    KIRQL before;

    fill();
    for (int i = 0; i < 100; i++) {
        KeRaiseIrql(DISPATCH_LEVEL, &before);
        KeLowerIrql(before);
        assert_int_equal(paged[i % 100], i % 100);
        KeStallExecutionProcessor(1);
        assert_int_equal(paged[99], 99);
    }
    stop_other = true;
    ExFreePool((PVOID)paged);
}

PS_TEST(paged_pool_below_dispatch_comes_back_by_itself, "~VF-160", "SV-7")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(7));

    asked_for = "VF-160";
    stop_other = false;
    journal_set_policy(rig.system->journal, NULL, decide);
    kernel_rig_thread(&rig, "test", touch_below, NULL);
    kernel_rig_thread(&rig, "other", other, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

static void touch_what_is_locked(void *argument)
{
    PMDL mdl;
    KIRQL before;

    fill();
    mdl = IoAllocateMdl((PVOID)paged, 100, FALSE, FALSE, NULL);
    MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    assert_int_equal(paged[7], 7);
    KeLowerIrql(before);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    ExFreePool((PVOID)paged);
}

PS_TEST(what_an_mdl_locks_is_resident, "~VF-160")
{
    struct kernel_rig rig = asking("VF-160", touch_what_is_locked);

    kernel_rig_clean(&rig);
}

static void leave_paged_out(void *argument)
{
    KIRQL before;

    fill();
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    KeLowerIrql(before);
}

PS_TEST(the_host_sees_all_memory, "~VF-160")
{
    struct kernel_rig rig = asking("VF-160", leave_paged_out);

    assert_int_equal(paged[42], 42);
    kernel_rig_clean(&rig);
}

// ---- how long -----------------------------------------------------------------------------------------

static ULONG stall_us;

static void own(void *argument)
{
    KIRQL before;

    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &before);
    KeStallExecutionProcessor(stall_us);
    KeReleaseSpinLock(&lock, before);
}

PS_TEST(a_lock_that_is_owned_long_is_found_where_it_is_asked_for, "SV-13", "VF-58a", "~VF-58a")
{
    struct kernel_rig rig;

    stall_us = 26;
    rig = asking("SV-13", own);
    assert_int_equal(kernel_rig_finding(&rig, "SV-13")->parameters[1], 26);
    kernel_rig_end(&rig);
    rig = asking(NULL, own);
    kernel_rig_clean(&rig);
    stall_us = 25;
    rig = asking("SV-13", own);
    kernel_rig_clean(&rig);
}

// ---- fences -------------------------------------------------------------------------------------------

#ifdef __x86_64__
static __attribute__((noinline)) void only_a_fence(void)
{
    KeMemoryBarrier();
}

static __attribute__((noinline)) void only_a_flush(PMDL mdl)
{
    KeFlushIoBuffers(mdl, TRUE, TRUE);
    (void)mdl;
}

// mfence, or an access with a lock prefix: the two that order a store with a later load.
static bool fences(const void *routine)
{
    const uint8_t *code = routine;

    for (unsigned i = 0; i < 64 && code[i] != 0xC3; i++)
        if (code[i] == 0xF0 || (code[i] == 0x0F && code[i + 1] == 0xAE && code[i + 2] == 0xF0))
            return true;
    return false;
}

PS_TEST(barriers_are_full_fences, "SV-98")
{
    only_a_fence();
    only_a_flush(NULL);
    assert_true(fences((const void *)(uintptr_t)only_a_fence));
    assert_true(fences((const void *)(uintptr_t)only_a_flush));
}
#endif
