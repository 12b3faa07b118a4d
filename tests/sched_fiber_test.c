// SPDX-License-Identifier: MIT
//
// What a fiber keeps while others run: registers, rounding modes, its place on the stack.
#include "tests/ps_test.h"
#include "tests/sched_fixture.h"

static struct rig rig;

static uint32_t get_mxcsr(void)
{
    uint32_t value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

static void set_mxcsr(uint32_t value)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

static uint16_t get_x87(void)
{
    uint16_t value;

    __asm__ volatile("fnstcw %0" : "=m"(value));
    return value;
}

static void set_x87(uint16_t value)
{
    __asm__ volatile("fldcw %0" : : "m"(value));
}

static unsigned passes;

// Rounding modes of its own, kept across switches.
static void round_own_way(void *mode)
{
    uint32_t mxcsr = 0x1f80 | (uint32_t)(uintptr_t)mode << 13;
    uint16_t x87 = (uint16_t)(0x037f | (uintptr_t)mode << 10);

    set_mxcsr(mxcsr);
    set_x87(x87);
    for (unsigned i = 0; i < 50; i++) {
        sched_point(rig.sched, COST_PORT_IO);
        assert_int_equal(get_mxcsr() & 0xffc0, mxcsr);
        assert_int_equal(get_x87(), x87);
        passes++;
    }
}

PS_TEST(control_words_belong_to_the_fiber)
{
    uint32_t mxcsr = get_mxcsr();
    uint16_t x87 = get_x87();

    passes = 0;
    rig = rig_new(2, chooser_seeded(1));
    for (uintptr_t mode = 0; mode < 4; mode++)
        rig_thread(&rig, "t", round_own_way, (void *)mode);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(passes, 200);
    assert_int_equal(get_mxcsr(), mxcsr);
    assert_int_equal(get_x87(), x87);
    rig_end(&rig);
}

static void keep_registers(void *argument)
{
    uint64_t start = (uintptr_t)argument * 1000;

    for (uint64_t i = 0; i < 50; i++) {
        uint64_t a = start + 1 + i, b = start + 2 + i, c = start + 3 + i, d = start + 4 + i;

        __asm__ volatile("" : "+b"(a), "+r"(b), "+r"(c), "+r"(d));
        sched_point(rig.sched, COST_PORT_IO);
        __asm__ volatile("" : "+b"(a), "+r"(b), "+r"(c), "+r"(d));
        assert_int_equal(a + b + c + d, 4 * (start + i) + 10);
    }
}

PS_TEST(registers_belong_to_the_fiber)
{
    rig = rig_new(2, chooser_seeded(2));
    for (uintptr_t i = 0; i < 4; i++)
        rig_thread(&rig, "t", keep_registers, (void *)i);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    rig_end(&rig);
}

// A driver's code calls under ms_abi, where xmm6-15 are the callee's to keep.
static uint64_t xmm_after(struct sched *sched, uint64_t value)
{
    uint64_t low, high;

    __asm__ volatile("movq %[value], %%xmm6\n\t"
                     "movq %[value], %%xmm15\n\t"
                     "movq %[sched], %%rcx\n\t"
                     "movq %%rsp, %%r12\n\t"
                     "subq $160, %%rsp\n\t" // beyond the red zone, with 32 bytes of shadow space
                     "andq $-16, %%rsp\n\t"
                     "callq *%[look]\n\t"
                     "movq %%r12, %%rsp\n\t"
                     "movq %%xmm6, %[low]\n\t"
                     "movq %%xmm15, %[high]\n\t"
                     : [low] "=&b"(low), [high] "=&S"(high)
                     : [value] "D"(value), [sched] "r"(sched), [look] "r"(sched_look)
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm6", "xmm15", "memory", "cc");
    return low == high ? low : 0;
}

static void keep_xmm(void *argument)
{
    uint64_t value = 0x123456789abcdef0u + (uintptr_t)argument;

    for (unsigned i = 0; i < 50; i++) {
        rig.sched->now += 1000;
        assert_int_equal(xmm_after(rig.sched, value), value);
        passes++;
    }
}

PS_TEST(a_look_keeps_xmm_registers_for_ms_abi_callers)
{
    passes = 0;
    rig = rig_new(2, chooser_seeded(3));
    for (uintptr_t i = 0; i < 3; i++)
        rig_thread(&rig, "t", keep_xmm, (void *)i);
    assert_int_equal(sched_run(rig.sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(passes, 150);
    rig_end(&rig);
}

static void where_am_i(void *argument)
{
    int local;

    assert_true(sched_on_fiber(rig.sched));
    assert_true(sched_owns_stack(rig.sched, &local));
    assert_int_equal((uintptr_t)__builtin_frame_address(0) % 16, 0);
    passes++;
}

PS_TEST(a_scheduler_knows_its_stacks)
{
    int local;

    passes = 0;
    rig = rig_new(1, chooser_round_robin());
    rig_thread(&rig, "t", where_am_i, NULL);
    assert_false(sched_on_fiber(rig.sched));
    assert_false(sched_owns_stack(rig.sched, &local));
    sched_run(rig.sched, SCHED_NEVER);
    assert_int_equal(passes, 1);
    rig_end(&rig);
}
