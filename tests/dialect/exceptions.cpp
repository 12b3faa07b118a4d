// SPDX-License-Identifier: MIT
// __try, __except, __finally and __leave: what the kernel raises, and faults, reach the innermost handler.
#include <wdm.h>
#include "check.h"

static long order;

static void note(long step)
{
    order = order * 10 + step;
}

static NTSTATUS raised(NTSTATUS status, bool raise)
{
    NTSTATUS result = STATUS_PENDING;

    __try {
        note(1);
        result = STATUS_SUCCESS;
        if (raise)
            ExRaiseStatus(status);
        note(2);
    } __except (GetExceptionCode() == STATUS_NO_MEMORY ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
        note(3);
        result = GetExceptionCode();
    }
    return result;
}

static NTSTATUS cleaned(bool leave, bool raise)
{
    volatile long *nowhere = (volatile long *)16;
    long kept = 5;

    __try {
        __try {
            kept = 6;
            if (leave)
                __leave;
            if (raise)
                *nowhere = 1;
            kept = 7;
        } __finally {
            note(4);
            kept += AbnormalTermination() ? 100 : 0;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return kept + (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? 1000 : 0);
    }
    return kept;
}

static NTSTATUS returns()
{
    __try {
        return STATUS_MORE_ENTRIES;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_UNSUCCESSFUL;
    }
}

static NTSTATUS outer()
{
    __try {
        returns();
        raised(STATUS_DATA_ERROR, true);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    CHECK(raised(0, false) == STATUS_SUCCESS && order == 12);
    order = 0;
    CHECK(raised(STATUS_NO_MEMORY, true) == STATUS_NO_MEMORY && order == 13);
    order = 0;
    CHECK(outer() == STATUS_DATA_ERROR && order == 1);
    order = 0;
    CHECK(cleaned(false, false) == 7 && order == 4);
    CHECK(cleaned(true, false) == 6);
    CHECK(cleaned(false, true) == 1106);
    CHECK(returns() == STATUS_MORE_ENTRIES);
    return HELD;
}
