// SPDX-License-Identifier: MIT
//
// Where there is no QEMU.
#ifndef PORTSIDE_TESTS_MACHINE_NO_MACHINE_H
#define PORTSIDE_TESTS_MACHINE_NO_MACHINE_H

#include <stdlib.h>
#include <string.h>

#include "tests/ps_test.h"

// Without QEMU a test fails, unless tools/check_run.py says in apt's words why it could not be downloaded.
static inline void no_machine(const char *why)
{
    const char *apt = getenv("PORTSIDE_TEST_NO_QEMU");

    if (apt && strstr(why, "is not installed"))
        ps_skip(apt);
    fail_msg("%s", why);
}

#endif
