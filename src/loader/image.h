// SPDX-License-Identifier: MIT
//
// Driver images. Each system loads a private copy of a driver's .so, so that its globals are its own; their
// writable segments are part of the system's snapshots. Before loading, every undefined symbol is checked
// against the export list, so that all missing names are told at once.
//
// An image belongs to one system and lives outside the arena (the mapping is the dynamic linker's).
#ifndef PORTSIDE_LOADER_IMAGE_H
#define PORTSIDE_LOADER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/system.h"

struct image;

// Why an image could not be loaded: one line.
struct image_error {
    char text[1024];
};

// Checks and loads `path`; constructors run now, so call it on a system thread at PASSIVE_LEVEL. 0; -ENOENT,
// -EACCES ... from the file; -ENOEXEC: not a driver, or imports are missing.
int image_load(struct ps_system *system, const char *path, struct image **out,
               struct image_error *error);

// Only the check: no code runs.
int image_check(const char *path, struct image_error *error);

// After the driver was unloaded, or the system halted (then destructors are not run).
void image_unload(struct image *image, bool run_destructors);

// The driver's DriverEntry.
void *image_entry(const struct image *image);
const char *image_name(const struct image *image);

// True if `address` lies in the image; `text` gets "name.so+0x1234 (symbol)".
bool image_describe(const struct image *image, const void *address, char *text, size_t size);

// The source line of `address`, "stream.c:412 in stream_service", from the image's DWARF; false without
// (then image_describe has what is known); `is_return` as in source_lines.h. On the host's own stack: libdw needs
// room.
bool image_source(struct image *image, const void *address, bool is_return, char *text, size_t size);
// The address lies in the run time that C++ drivers are compiled with (lib/stdunk), as DWARF has it.
bool image_is_runtime(struct image *image, const void *address, bool is_return);
// The address of the place that image_describe called "name.so+0x1234", or NULL.
const void *image_address(const struct image *image, size_t offset);

// The file a --driver argument means: a path if it contains a slash, else NAME.so in the folder of built-in
// drivers. 0 or -ENOENT.
int image_find(const char *name, char *path, size_t size);

#endif
