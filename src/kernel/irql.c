// SPDX-License-Identifier: MIT
//
// IRQL: raised and lowered by drivers, checked here, kept by the scheduler (SV-1 to SV-6).
#include "kernel/private.h"

HOOK_ABI void irql_lower_refused(struct ps_system *system, KIRQL irql, const void *caller)
{
    const struct processor *processor = system->sched->current;
    bool above = irql > processor->irql;

    kernel_misuse(system, "VF-41", caller, CODE_VERIFIER, 0x31, processor->irql, irql, !above,
                  above ? "IRQL %u is to be lowered to %u"
                        : "IRQL %u is to be lowered to %u inside a DPC or ISR",
                  processor->irql, irql);
}

static bool raise_allowed(struct ps_system *system, KIRQL irql, const void *caller)
{
    KIRQL now = sched_irql(system->sched);

    if (__builtin_expect(irql >= now && irql <= IRQL_HIGH, 1))
        return true;
    kernel_misuse(system, "VF-40", caller, CODE_VERIFIER, 0x30, now, irql, 0,
                  "IRQL %u is to be raised to %u", now, irql);
    return false;
}

KIRQL NTAPI KfRaiseIrql(KIRQL irql)
{
    struct ps_system *system = system_here(__func__);
    KIRQL before = sched_irql(system->sched);

    if (!raise_allowed(system, irql, CALLER))
        return before;
    before = sched_raise(system->sched, irql);
    if (irql > before)
        kernel_here(system)->raised_from[irql] = before;
    if (__builtin_expect(system->kernel->pool.resident != 0 && irql >= IRQL_DISPATCH, 0))
        pager_trim(system);
    return before;
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID)
{
    struct ps_system *system = system_here(__func__);
    KIRQL before = sched_irql(system->sched);

    if (!irql_at_most(system, IRQL_DISPATCH, "VF-40", 0x30, __func__, CALLER))
        return before;
    before = sched_raise(system->sched, IRQL_DISPATCH);
    if (before < IRQL_DISPATCH)
        kernel_here(system)->raised_from[IRQL_DISPATCH] = before;
    if (__builtin_expect(system->kernel->pool.resident != 0, 0))
        pager_trim(system);
    return before;
}

__attribute__((cold)) static HOOK_ABI void restores_wrongly(struct ps_system *system, KIRQL irql,
                                                            const void *caller)
{
    KIRQL now = sched_irql(system->sched), from = kernel_here(system)->raised_from[now];

    kernel_misuse(system, "SV-3", caller, CODE_VERIFIER, 0x31, now, irql, 0,
                  "IRQL %u is lowered to %u; it was raised from %u", now, irql, from);
}

// SV-3: below a raised level only the one it was raised from is right.
static inline void check_restores(struct ps_system *system, KIRQL irql, const void *caller)
{
    KIRQL now = sched_irql(system->sched);

    if (__builtin_expect(now >= IRQL_DISPATCH && irql != now &&
                             irql != kernel_here(system)->raised_from[now],
                         0))
        restores_wrongly(system, irql, caller);
}

VOID NTAPI KeLowerIrql(KIRQL irql)
{
    struct ps_system *system = system_here(__func__);

    if (!irql_lower_allowed(system, irql)) {
        irql_lower_refused(system, irql, CALLER);
        return;
    }
    check_restores(system, irql, CALLER);
    sched_lower(system->sched, irql);
}

KIRQL NTAPI KeGetCurrentIrql(VOID)
{
    return sched_irql(system_here(__func__)->sched);
}
