// SPDX-License-Identifier: MIT
//
// One Dwfl session with one module for each image. The file is read through /proc/self/fd, so a driver's
// private copy tells its lines although its memfd has no name.
#include "loader/source_lines.h"

#ifdef PORTSIDE_LIBDW
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct source_lines {
    Dwfl *session;
    Dwfl_Module *module;
};

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

struct source_lines *source_lines_open(int fd, uintptr_t base)
{
    struct source_lines *lines = calloc(1, sizeof(*lines));
    int own = lines ? dup(fd) : -1; // the session closes it

    if (own < 0) {
        free(lines);
        return NULL;
    }
    lines->session = dwfl_begin(&callbacks);
    if (lines->session) {
        dwfl_report_begin(lines->session);
        lines->module = dwfl_report_elf(lines->session, "driver", "driver", own, base, true);
        dwfl_report_end(lines->session, NULL, NULL);
    }
    if (!lines->module) {
        close(own);
        source_lines_free(lines);
        return NULL;
    }
    return lines;
}

void source_lines_free(struct source_lines *lines)
{
    if (!lines)
        return;
    dwfl_end(lines->session);
    free(lines);
}

// The compilation unit of the address. libdw's own search knows only units listed in .debug_aranges, which clang leaves
// out.
static Dwarf_Die *unit_of(struct source_lines *lines, uintptr_t address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(lines->module, address, bias);

    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(lines->module, unit, bias)))
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

// The innermost function, inlined ones included, that holds the address.
static const char *function_at(struct source_lines *lines, uintptr_t address)
{
    const char *name = NULL;
    Dwarf_Addr bias;
    Dwarf_Die *unit = unit_of(lines, address, &bias);
    Dwarf_Die *scopes = NULL;
    int count = unit ? dwarf_getscopes(unit, address - bias, &scopes) : 0;

    for (int i = 0; i < count && !name; i++) {
        int tag = dwarf_tag(&scopes[i]);

        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
            name = dwarf_diename(&scopes[i]);
    }
    free(scopes);
    return name ? name : dwfl_module_addrname(lines->module, address);
}

// The source file of the address, or NULL.
static const char *file_at(struct source_lines *lines, uintptr_t address, int *number)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = unit_of(lines, address, &bias);
    Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, address - bias) : NULL;

    if (!line || dwarf_lineno(line, number))
        return NULL;
    return dwarf_linesrc(line, NULL, NULL);
}

static bool function_begins(struct source_lines *lines, uintptr_t address)
{
    GElf_Off offset = 1;
    GElf_Sym symbol;

    return dwfl_module_addrinfo(lines->module, address, &offset, &symbol, NULL, NULL, NULL) && !offset;
}

// A byte of the instruction that is meant.
static uintptr_t meant(struct source_lines *lines, uintptr_t address, bool is_return)
{
    return is_return && !function_begins(lines, address) ? address - 1 : address;
}

bool source_lines_describe(struct source_lines *lines, uintptr_t address, bool is_return, char *text,
                           size_t size)
{
    const char *path, *slash, *function;
    int number;

    address = meant(lines, address, is_return);
    path = file_at(lines, address, &number);
    if (!path || number <= 0)
        return false;
    slash = strrchr(path, '/');
    function = function_at(lines, address);
    snprintf(text, size, "%s:%d%s%s", slash ? slash + 1 : path, number, function ? " in " : "",
             function ? function : "");
    return true;
}

bool source_lines_in_folder(struct source_lines *lines, uintptr_t address, bool is_return, const char *folder)
{
    int number;
    const char *path = file_at(lines, meant(lines, address, is_return), &number);
    const char *end = path ? strrchr(path, '/') : NULL;
    size_t length = strlen(folder);

    return end && (size_t)(end - path) >= length && !strncmp(end - length, folder, length) &&
           ((size_t)(end - path) == length || end[-(ptrdiff_t)length - 1] == '/');
}

#else

struct source_lines *source_lines_open(int fd, uintptr_t base)
{
    (void)fd, (void)base;
    return NULL;
}

void source_lines_free(struct source_lines *lines)
{
    (void)lines;
}

bool source_lines_describe(struct source_lines *lines, uintptr_t address, bool is_return, char *text,
                           size_t size)
{
    (void)lines, (void)address, (void)is_return, (void)text, (void)size;
    return false;
}

bool source_lines_in_folder(struct source_lines *lines, uintptr_t address, bool is_return, const char *folder)
{
    (void)lines, (void)address, (void)is_return, (void)folder;
    return false;
}

#endif
