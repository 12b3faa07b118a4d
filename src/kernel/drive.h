// SPDX-License-Identifier: MIT
//
// Where the files of drivers lie: in the folder that the host named (drive_folder.c), or else in memory, from where they
// go with the machine (drive_memory.c). A path is "C/a/b.wav", each part of it checked by file.c. PASSIVE_LEVEL.
#ifndef PORTSIDE_KERNEL_DRIVE_H
#define PORTSIDE_KERNEL_DRIVE_H

#include "kernel/private.h"

enum { DRIVE_PATH_CHARS = 512 };

// Whether the first `length` characters of a path, up to and with a slash, are a drive or a folder that any Windows has: those
// need not be made (file.c).
bool drive_has_folder(const char *path, size_t length);

struct drive {
    // STATUS_OBJECT_NAME_NOT_FOUND: no such file. STATUS_OBJECT_PATH_NOT_FOUND: no such folder on the way.
    // STATUS_FILE_IS_A_DIRECTORY: it is a folder.
    NTSTATUS (*measure)(struct ps_system *system, const char *path, LONGLONG *bytes, LONGLONG *allocated);
    // An empty file where there was none.
    NTSTATUS (*create)(struct ps_system *system, const char *path);
    NTSTATUS (*make_folder)(struct ps_system *system, const char *path);
    NTSTATUS (*resize)(struct ps_system *system, const char *path, LONGLONG bytes);
    // `*done`: how much before the end of the file, or before the error. `at` is not negative.
    NTSTATUS (*read)(struct ps_system *system, const char *path, void *to, ULONG bytes, LONGLONG at,
                     ULONG *done);
    NTSTATUS (*write)(struct ps_system *system, const char *path, const void *from, ULONG bytes,
                      LONGLONG at, ULONG *done);
    // Folders stay.
    void (*remove)(struct ps_system *system, const char *path);
};

extern const struct drive drive_folder, drive_memory;

#endif
