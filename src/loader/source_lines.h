// SPDX-License-Identifier: MIT
//
// Source lines of code addresses, from the DWARF that an ELF file carries (libdw). Built without libdw nothing
// is known, and those who ask fall back on image and offset.
#ifndef PORTSIDE_LOADER_SOURCE_LINES_H
#define PORTSIDE_LOADER_SOURCE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_lines;

// For the file behind `fd` (which stays the caller's), loaded at `base`. NULL: no memory, or not to be had.
struct source_lines *source_lines_open(int fd, uintptr_t base);
void source_lines_free(struct source_lines *lines); // NULL is ignored

// "stream.c:412 in stream_service"; an inlined function is named as if it had been called. False: the file has
// no line for it. A return address belongs to the call before it (`is_return`), unless a function begins there.
bool source_lines_describe(struct source_lines *lines, uintptr_t address, bool is_return, char *text,
                           size_t size);

// True if the address comes from a source file that lies in a folder of this name.
bool source_lines_in_folder(struct source_lines *lines, uintptr_t address, bool is_return, const char *folder);

#endif
