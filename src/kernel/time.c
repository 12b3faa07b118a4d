// SPDX-License-Identifier: MIT
//
// Clocks (SV-46, SV-47, SV-44). All come from the scheduler's nanoseconds; those that Windows
// updates at the clock interrupt move in ticks. Any IRQL.
#include "kernel/private.h"

#define UNITS_PER_MS 10000
#define NS_PER_UNIT 100u
// 100 ns units from 1601-01-01 to the moment a system boots: 2026-01-01 00:00 UTC.
#define BOOT_TIME 134116992000000000LL

LONGLONG time_system(uint64_t when)
{
    return BOOT_TIME + (LONGLONG)(when / NS_PER_UNIT);
}

uint64_t time_tick_up(const struct ps_system *system, uint64_t when)
{
    uint64_t tick = system->sched->tick, rest = when % tick;

    return rest ? when - rest + tick : when;
}

static uint64_t tick_down(const struct ps_system *system)
{
    return system->sched->now - system->sched->now % system->sched->tick;
}

uint64_t time_due(const struct ps_system *system, LONGLONG due)
{
    const uint64_t far = SCHED_NEVER / 4;
    uint64_t units, base = system->sched->now;

    if (due < 0) {
        units = 0 - (uint64_t)due;
    } else {
        base = 0;
        units = due > BOOT_TIME ? (uint64_t)(due - BOOT_TIME) : 0;
    }
    return units > far / NS_PER_UNIT ? far : base + units * NS_PER_UNIT;
}

LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    NT_SERVICE(COST_SERVICE);
    LARGE_INTEGER counter = {.QuadPart = (LONGLONG)(system->sched->now / NS_PER_UNIT)};

    if (PerformanceFrequency)
        PerformanceFrequency->QuadPart = 10000000;
    return counter;
}

VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    NT_SERVICE(COST_SERVICE);
    CurrentTime->QuadPart = time_system(tick_down(system));
}

VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    NT_SERVICE(COST_SERVICE);
    CurrentTime->QuadPart = time_system(system->sched->now);
}

ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
    NT_SERVICE(COST_SERVICE);
    return tick_down(system) / NS_PER_UNIT;
}

ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    NT_SERVICE(COST_SERVICE);
    uint64_t now = system->sched->now / NS_PER_UNIT;

    if (QpcTimeStamp)
        *QpcTimeStamp = now;
    return now;
}

// Nothing here ever sleeps, so no time is left out.
ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID)
{
    return KeQueryInterruptTime();
}

ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return (ULONG)(system_here(__func__)->sched->tick / NS_PER_UNIT);
}

VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    NT_SERVICE(COST_SERVICE);
    CurrentCount->QuadPart = (LONGLONG)(system->sched->now / system->sched->tick);
}

VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    struct ps_system *system = system_here(__func__);
    const struct processor *processor = system->sched->current;

    if (processor->context_count &&
        processor->contexts[processor->context_count - 1].kind == CONTEXT_DPC)
        kernel_here(system)->stalled_us += MicroSeconds;
    kernel_here(system)->busy_ns += (uint64_t)MicroSeconds * 1000;
    sched_stall(system->sched, (uint64_t)MicroSeconds * 1000);
}

// The system clock is UTC here: local time is the same.
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime;
}

VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    *SystemTime = *LocalTime;
}

// ---- processors ---------------------------------------------------------------------------------

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG number = system_here(__func__)->sched->current->number;

    if (ProcNumber)
        *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)number};
    return number;
}

KAFFINITY NTAPI KeQueryActiveProcessors(VOID)
{
    return ((KAFFINITY)1 << system_here(__func__)->sched->processor_count) - 1;
}

ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors)
        *ActiveProcessors = KeQueryActiveProcessors();
    return system_here(__func__)->sched->processor_count;
}

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber && GroupNumber != ALL_PROCESSOR_GROUPS ? 0
                                                              : KeQueryActiveProcessorCount(NULL);
}

ULONG NTAPI KeQueryMaximumProcessorCount(VOID)
{
    return KeQueryActiveProcessorCount(NULL);
}
