// SPDX-License-Identifier: MIT
//
// Loads a private copy of a driver: the file is copied into a memfd and opened through /proc/PID/fd/N. The descriptor
// stays open as long as the image, since the dynamic linker takes an equal path for the same object.
#include "loader/image.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sanitize.h"
#include "loader/source_lines.h"

enum { IMAGE_SEGMENTS = 8 };

struct segment {
    unsigned char *start;
    size_t bytes;
};

struct image {
    struct ps_system *system;
    char name[64]; // base name, for findings
    struct source_lines *lines; // NULL: not asked for yet
    int fd;
    void *handle;
    uintptr_t base, end;
    struct segment writable[IMAGE_SEGMENTS];
    unsigned writable_count;
};

// ---- writable segments as a snapshot source ------------------------------------------------------------

static void add_writable(struct image *image, uintptr_t start, uintptr_t end)
{
    if (start < end && image->writable_count < IMAGE_SEGMENTS)
        image->writable[image->writable_count++] =
            (struct segment){(unsigned char *)start, end - start};
}

// What RELRO has made read-only cannot and need not be saved.
static void note_segment(struct image *image, const struct dl_phdr_info *info,
                         const Elf64_Phdr *segment)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    uintptr_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;

    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const Elf64_Phdr *relro = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + relro->p_vaddr;
        uintptr_t to = (from + relro->p_memsz) & ~page;

        if (relro->p_type == PT_GNU_RELRO && from <= start && start < to)
            start = to;
    }
    add_writable(image, start, end);
}

static int note_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct image *image = context;

    (void)size;
    if (info->dlpi_addr != image->base)
        return 0;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const Elf64_Phdr *segment = &info->dlpi_phdr[i];

        if (segment->p_type != PT_LOAD)
            continue;
        if (image->base + segment->p_vaddr + segment->p_memsz > image->end)
            image->end = image->base + segment->p_vaddr + segment->p_memsz;
        if (segment->p_flags & PF_W)
            note_segment(image, info, segment);
    }
    return 1;
}

// Not memcpy: an instrumented driver has red zones between its globals, which a whole segment crosses.
static void copy_raw(void *to, const void *from, size_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static size_t measure(void *context)
{
    struct image *image = context;
    size_t bytes = 0;

    for (unsigned i = 0; i < image->writable_count; i++)
        bytes += image->writable[i].bytes;
    return bytes;
}

static void save(void *context, void *to)
{
    struct image *image = context;
    unsigned char *at = to;

    for (unsigned i = 0; i < image->writable_count; i++) {
        copy_raw(at, image->writable[i].start, image->writable[i].bytes);
        at += image->writable[i].bytes;
    }
}

static void restore(void *context, const void *from)
{
    struct image *image = context;
    const unsigned char *at = from;

    for (unsigned i = 0; i < image->writable_count; i++) {
        copy_raw(image->writable[i].start, at, image->writable[i].bytes);
        at += image->writable[i].bytes;
    }
}

static int add_source(struct image *image)
{
    const struct arena_source source = {image, measure, save, NULL, restore};

    return arena_add_source(image->system->arena, &source);
}

// ---- loading -------------------------------------------------------------------------------------------

// The copy's name is what findings call its code by (base/site.c).
static int copy_file(const char *path, const char *name, struct image_error *error)
{
    int from = open(path, O_RDONLY | O_CLOEXEC), to = -1, result = 0;
    struct stat status;
    off_t offset = 0;

    if (from < 0 || fstat(from, &status))
        result = -errno;
    if (!result)
        to = memfd_create(name, MFD_CLOEXEC);
    if (!result && to < 0)
        result = -errno;
    while (!result && offset < status.st_size) {
        ssize_t sent = sendfile(to, from, &offset, (size_t)(status.st_size - offset));

        if (sent <= 0)
            result = sent ? -errno : -EIO;
    }
    if (from >= 0)
        close(from);
    if (!result)
        return to;
    if (to >= 0)
        close(to);
    snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(-result));
    return result;
}

static int open_copy(struct image *image, const char *path, struct image_error *error)
{
    char self[64];
    struct link_map *map;

    // Not /proc/self: the name is also read by debuggers, in which that would be another file.
    snprintf(self, sizeof(self), "/proc/%d/fd/%d", (int)getpid(), image->fd);
    image->handle = dlopen(self, RTLD_NOW | RTLD_LOCAL);
    if (!image->handle) {
        snprintf(error->text, sizeof(error->text), "%s: %s", path, dlerror());
        return -ENOEXEC;
    }
    if (dlinfo(image->handle, RTLD_DI_LINKMAP, &map)) {
        snprintf(error->text, sizeof(error->text), "%s: %s", path, dlerror());
        return -ENOEXEC;
    }
    image->base = map->l_addr;
    dl_iterate_phdr(note_object, image);
    return 0;
}

int image_load(struct ps_system *system, const char *path, struct image **out,
               struct image_error *error)
{
    const char *base = strrchr(path, '/');
    struct image *image;
    int result = image_check(path, error);

    *out = NULL;
    if (result)
        return result;
    image = calloc(1, sizeof(*image));
    if (!image)
        return -ENOMEM;
    image->system = system;
    snprintf(image->name, sizeof(image->name), "%s", base ? base + 1 : path);
    image->fd = copy_file(path, image->name, error);
    result = image->fd < 0 ? image->fd : open_copy(image, path, error);
    if (!result)
        result = add_source(image);
    if (result) {
        image_unload(image, true);
        return result;
    }
    *out = image;
    return 0;
}

static void nothing(void)
{
}

// Makes dlclose run no code of the image: its dynamic section gets an empty DT_FINI_ARRAY and a DT_FINI
// that is ours.
static void disarm(struct image *image)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    struct link_map *map;
    uintptr_t start;

    if (dlinfo(image->handle, RTLD_DI_LINKMAP, &map))
        return;
    start = (uintptr_t)map->l_ld & ~page;
    if (mprotect((void *)start, ((uintptr_t)map->l_ld - start) + 2 * (page + 1),
                 PROT_READ | PROT_WRITE) &&
        mprotect((void *)start, page + 1, PROT_READ | PROT_WRITE))
        return;
    for (Elf64_Dyn *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_FINI_ARRAYSZ)
            entry->d_un.d_val = 0;
        if (entry->d_tag == DT_FINI)
            entry->d_un.d_ptr = (uintptr_t)nothing - map->l_addr;
    }
}

void image_unload(struct image *image, bool run_destructors)
{
    if (!image)
        return;
    arena_remove_source(image->system->arena, image);
    if (image->handle && !run_destructors)
        disarm(image);
    if (image->handle)
        dlclose(image->handle);
    // What an instrumented image would have taken back in its destructors.
    if (image->end > image->base && !run_destructors)
        sanitize_unpoison((void *)image->base, image->end - image->base);
    source_lines_free(image->lines);
    if (image->fd >= 0)
        close(image->fd);
    free(image);
}

// ---- looking at it -------------------------------------------------------------------------------------

void *image_entry(const struct image *image)
{
    return dlsym(image->handle, "DriverEntry");
}

const char *image_name(const struct image *image)
{
    return image->name;
}

bool image_describe(const struct image *image, const void *address, char *text, size_t size)
{
    uintptr_t at = (uintptr_t)address;
    Dl_info info;

    if (at < image->base || at >= image->end)
        return false;
    if (dladdr(address, &info) && info.dli_sname)
        snprintf(text, size, "%s+0x%lx (%s)", image->name, at - image->base, info.dli_sname);
    else
        snprintf(text, size, "%s+0x%lx", image->name, at - image->base);
    return true;
}

// Its source lines, if the address lies in it and has any.
static struct source_lines *lines_for(struct image *image, const void *address)
{
    uintptr_t at = (uintptr_t)address;

    if (at < image->base || at >= image->end)
        return NULL;
    if (!image->lines)
        image->lines = source_lines_open(image->fd, image->base);
    return image->lines;
}

bool image_source(struct image *image, const void *address, bool is_return, char *text, size_t size)
{
    struct source_lines *lines = lines_for(image, address);

    return lines && source_lines_describe(lines, (uintptr_t)address, is_return, text, size);
}

bool image_is_runtime(struct image *image, const void *address, bool is_return)
{
    struct source_lines *lines = lines_for(image, address);

    return lines && source_lines_in_folder(lines, (uintptr_t)address, is_return, "stdunk");
}

const void *image_address(const struct image *image, size_t offset)
{
    return offset < image->end - image->base ? (const void *)(image->base + offset) : NULL;
}

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

// A built-in driver in a folder beside the library's; a path that does not fit is none.
static bool find_beside(const char *library, const char *folder, const char *name, char *path,
                        size_t size)
{
    const char *slash = strrchr(library, '/');
    int length = slash ? snprintf(path, size, "%.*s/%s/%s.so", (int)(slash - library), library,
                                  folder, name)
                       : -1;

    return length >= 0 && (size_t)length < size && readable(path);
}

int image_find(const char *name, char *path, size_t size)
{
    Dl_info info;

    if (strchr(name, '/'))
        return (size_t)snprintf(path, size, "%s", name) < size && readable(path) ? 0 : -ENOENT;
    if (!dladdr((void *)image_find, &info) || !info.dli_fname)
        return -ENOENT;
    return find_beside(info.dli_fname, "drivers", name, path, size) ||
                   find_beside(info.dli_fname, "portside/drivers", name, path, size)
               ? 0
               : -ENOENT;
}
