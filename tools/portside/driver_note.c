/* SPDX-License-Identifier: MIT */
/*
 * What `portside cc` noted in a driver: if it was compiled with a sanitizer, the program starts itself again, once, with
 * the sanitizer's run time loaded first.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define MARK "PORTSIDE_SANITIZER_LOADED"
#define OPTIONS "detect_leaks=0:detect_stack_use_after_return=0:exitcode=1"

static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

/* The text of our note, "compiler=...\nsanitizer=...\nruntime=...\n", among a segment's. The file may hold anything. */
static bool read_notes(FILE *file, const Elf64_Phdr *header, char *text, size_t size)
{
    char bytes[PATH_MAX + 1024];
    size_t length = header->p_filesz < sizeof(bytes) ? header->p_filesz : sizeof(bytes);
    Elf64_Nhdr note;

    if (header->p_type != PT_NOTE || header->p_offset > LONG_MAX || fseek(file, (long)header->p_offset, SEEK_SET))
        return false;
    length = fread(bytes, 1, length, file);
    for (size_t at = 0; at + sizeof(note) <= length;) {
        const char *name = bytes + at + sizeof(note), *value;

        memcpy(&note, bytes + at, sizeof(note));
        if (note.n_namesz > length || note.n_descsz > length)
            return false;
        value = name + padded(note.n_namesz);
        at += sizeof(note) + padded(note.n_namesz) + padded(note.n_descsz);
        if (at <= length && note.n_namesz == 9 && !memcmp(name, "Portside", 9) && note.n_descsz &&
            note.n_descsz <= size && !value[note.n_descsz - 1]) {
            memcpy(text, value, note.n_descsz);
            return true;
        }
    }
    return false;
}

static bool find_note(FILE *file, char *text, size_t size)
{
    Elf64_Ehdr elf;
    Elf64_Phdr header;

    if (fread(&elf, sizeof(elf), 1, file) != 1 || memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
        elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_phentsize != sizeof(header) || elf.e_phoff > LONG_MAX / 2)
        return false;
    for (unsigned i = 0; i < elf.e_phnum; i++)
        if (fseek(file, (long)(elf.e_phoff + i * sizeof(header)), SEEK_SET) ||
            fread(&header, sizeof(header), 1, file) != 1)
            return false;
        else if (read_notes(file, &header, text, size))
            return true;
    return false;
}

/* The value of `key` in the note, cut off the text. */
static char *value_of(char *text, const char *key)
{
    char *at = strstr(text, key);

    if (!at)
        return NULL;
    at += strlen(key);
    at[strcspn(at, "\n")] = 0;
    return at;
}

static int start_again(const char *driver, const char *runtime, char **argv)
{
    const char *before = getenv("LD_PRELOAD"), *options = getenv("ASAN_OPTIONS");
    char preload[PATH_MAX + 256], all[512];

    if (access(runtime, R_OK))
        return fail(EXIT_INPUT, "%s: its address sanitizer %s is not there: apt-get install %s", driver, runtime,
                    strstr(runtime, "clang") ? "libclang-rt-dev" : "libasan8");
    snprintf(preload, sizeof(preload), "%s%s%s", runtime, before ? ":" : "", before ? before : "");
    snprintf(all, sizeof(all), OPTIONS "%s%s", options ? ":" : "", options ? options : "");
    setenv("LD_PRELOAD", preload, 1);
    setenv("ASAN_OPTIONS", all, 1);
    setenv(MARK, "1", 1);
    execv("/proc/self/exe", argv);
    return fail(EXIT_INTERNAL, "cannot start again: %s", strerror(errno));
}

int driver_prepare(const char *driver, char **argv)
{
    char text[PATH_MAX + 512], *sanitizer, *runtime;
    FILE *file = driver && strchr(driver, '/') ? fopen(driver, "rb") : NULL;
    bool found = file && find_note(file, text, sizeof(text));

    if (file)
        fclose(file);
    runtime = found ? value_of(text, "runtime=") : NULL; /* the last line first */
    sanitizer = found ? value_of(text, "sanitizer=") : NULL;
    if (!sanitizer || !runtime || strcmp(sanitizer, "address") || getenv(MARK) || dlsym(RTLD_DEFAULT, "__asan_init"))
        return 0;
    return start_again(driver, runtime, argv);
}
