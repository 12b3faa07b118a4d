// SPDX-License-Identifier: MIT
//
// Where the files of drivers lie: in the folder that the host named (drive_folder.c), or else in memory, from where they
// go with the machine (drive_memory.c). A path is "C/a/b.wav", each part of it checked by file.c. PASSIVE_LEVEL.
#ifndef PORTSIDE_KERNEL_DRIVE_H
#define PORTSIDE_KERNEL_DRIVE_H

#include "kernel/private.h"

enum { DRIVE_PATH_CHARS = 512 };

struct drive {
    // STATUS_OBJECT_NAME_NOT_FOUND: no such file. STATUS_OBJECT_PATH_NOT_FOUND: no such folder.
    NTSTATUS (*measure)(struct ps_system *system, const char *path, LONGLONG *bytes, LONGLONG *allocated);
    // An empty file where there was none.
    NTSTATUS (*create)(struct ps_system *system, const char *path);
    NTSTATUS (*resize)(struct ps_system *system, const char *path, LONGLONG bytes);
    // `*done`: how much before the end of the file, or before the error. `at` is not negative.
    NTSTATUS (*read)(struct ps_system *system, const char *path, void *to, ULONG bytes, LONGLONG at,
                     ULONG *done);
    NTSTATUS (*write)(struct ps_system *system, const char *path, const void *from, ULONG bytes,
                      LONGLONG at, ULONG *done);
    void (*remove)(struct ps_system *system, const char *path);
};

extern const struct drive drive_folder, drive_memory;

#endif
