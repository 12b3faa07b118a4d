// SPDX-License-Identifier: MIT
//
// Debug output and assertions of drivers (SV-8, SV-115). Any IRQL.
#include <detail/crtms.h>

#include "kernel/printf.h"

#define LINE_MAX_BYTES 512 // as Windows' DbgPrint

static BOOLEAN debugger_enabled = FALSE, debugger_absent = TRUE;
PBOOLEAN KdDebuggerEnabled = &debugger_enabled;
PBOOLEAN KdDebuggerNotPresent = &debugger_absent;

void kernel_set_print(struct ps_system *system, void (*print)(void *context, const char *text),
                      void *context)
{
    system->kernel->print = print;
    system->kernel->print_context = context;
}

static ULONG print_line(const char *format, struct printf_arguments *arguments)
{
    struct ps_system *system = system_here("DbgPrint");
    char line[LINE_MAX_BYTES + 1];

    sched_point(system->sched, COST_SERVICE);
    if (printf_to_buffer(line, LINE_MAX_BYTES, false, format, arguments) < 0 ||
        !memchr(line, 0, LINE_MAX_BYTES))
        line[LINE_MAX_BYTES] = 0;
    if (system->kernel->print)
        system->kernel->print(system->kernel->print_context, line);
    return STATUS_SUCCESS;
}

ULONG NTAPI DbgPrint(PCSTR Format, ...)
{
    struct printf_arguments arguments = {.ms = true};
    ULONG status;

    __builtin_ms_va_start(arguments.ms_list, Format);
    status = print_line(Format, &arguments);
    __builtin_ms_va_end(arguments.ms_list);
    return status;
}

ULONG NTAPI DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    struct printf_arguments arguments = {.ms = true};
    ULONG status;

    __builtin_ms_va_start(arguments.ms_list, Format);
    status = print_line(Format, &arguments);
    __builtin_ms_va_end(arguments.ms_list);
    return status;
}

ULONG nt_vDbgPrintEx(ULONG component, ULONG level, PCSTR format, va_list list)
{
    struct printf_arguments arguments = {.ms = false};
    ULONG status;

    va_copy(arguments.list, list);
    status = print_line(format, &arguments);
    va_end(arguments.list);
    return status;
}

ULONG NTAPI ms_vDbgPrintEx(ULONG component, ULONG level, PCSTR format, __builtin_ms_va_list list)
{
    struct printf_arguments arguments = {.ms = true, .ms_list = list};

    return print_line(format, &arguments);
}

// PAGED_CODE() ends here too.
VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
                     PSTR MutableMessage)
{
    struct ps_system *system = system_here(__func__);
    uint8_t irql = sched_irql(system->sched);
    bool paged = !strncmp(VoidFailedAssertion, "IRQL <= APC_LEVEL", 17);

    if (paged)
        kernel_misuse(system, "SV-8", CALLER, 0xD1, (uintptr_t)CALLER, irql, 8, (uintptr_t)CALLER,
                      "pageable code runs at IRQL %u: %s (%s:%u)", irql,
                      MutableMessage ? MutableMessage : "", (const char *)VoidFileName,
                      (unsigned)LineNumber);
    else
        finding_raise(system, "ASSERT", SIDE_DRIVER, CALLER, "assertion \"%s\" failed (%s:%u) %s",
                      (const char *)VoidFailedAssertion, (const char *)VoidFileName,
                      (unsigned)LineNumber, MutableMessage ? MutableMessage : "");
}

// Nobody debugs here: the exception is not handled.
VOID NTAPI DbgBreakPoint(VOID)
{
    finding_stop(system_here(__func__), "BUGCHECK", SIDE_DRIVER, CALLER, 0x1E,
                 (const uint64_t[4]){0x80000003, (uintptr_t)CALLER}, "DbgBreakPoint");
}

VOID NTAPI DbgBreakPointWithStatus(ULONG Status)
{
    finding_stop(system_here(__func__), "BUGCHECK", SIDE_DRIVER, CALLER, 0x1E,
                 (const uint64_t[4]){0x80000003, (uintptr_t)CALLER, Status},
                 "DbgBreakPointWithStatus(0x%x)", (unsigned)Status);
}
