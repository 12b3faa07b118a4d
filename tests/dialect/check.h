/* SPDX-License-Identifier: MIT */
/*
 * Small drivers in Microsoft's dialect, compiled by `portside cc` and loaded. DriverEntry checks what it is about; it
 * ends with HELD when all of it held, else with a status that has the line in it. tests/e2e/cc_test.py runs them.
 */
#ifndef DIALECT_CHECK_H
#define DIALECT_CHECK_H

#define HELD STATUS_NO_MORE_ENTRIES
#define CHECK(condition)                                                                               \
    do {                                                                                               \
        if (!(condition))                                                                              \
            return (NTSTATUS)(0xE0000000u | __LINE__);                                                 \
    } while (0)

#endif
