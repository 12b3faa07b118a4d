/* SPDX-License-Identifier: MIT */
/*
 * Drivers in tests that use internal functions. A driver's imports are looked up in the program first, which has the
 * whole library in itself; but a driver also names the shared library, so that is there, too (tests/meson.build).
 */
#ifndef PORTSIDE_TESTS_DRIVER_RIG_H
#define PORTSIDE_TESTS_DRIVER_RIG_H

#include "tests/ps_test.h"

#include <limits.h>
#include <unistd.h>

#include <portside/portside.h>

/* A file of the build tree; the test's program lies in a folder below its top. */
static inline const char *rig_file(const char *name)
{
    static char path[PATH_MAX];
    char self[PATH_MAX] = "";

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    *strrchr(self, '/') = 0;
    assert_true(snprintf(path, sizeof(path), "%s/../%s", self, name) < (int)sizeof(path));
    return path;
}

/* The path of a built-in driver. */
static inline const char *rig_driver(const char *name)
{
    char file[64];

    snprintf(file, sizeof(file), "drivers/%s.so", name);
    return rig_file(file);
}

#endif
