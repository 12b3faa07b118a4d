// SPDX-License-Identifier: MIT
//
// Is this file a driver that can be loaded? Reads the ELF headers and .dynsym of a hostile file: every offset and
// count is checked against the file's size before use. No code of the file runs.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exports.h"
#include "loader/image.h"

struct file {
    const char *path;
    const unsigned char *bytes;
    size_t size;
    struct image_error *error;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct file *file, const char *format,
                                                        ...)
{
    size_t at = (size_t)snprintf(file->error->text, sizeof(file->error->text), "%s: ", file->path);
    va_list arguments;

    if (at < sizeof(file->error->text)) {
        va_start(arguments, format);
        vsnprintf(file->error->text + at, sizeof(file->error->text) - at, format, arguments);
        va_end(arguments);
    }
    return -ENOEXEC;
}

static bool inside(const struct file *file, uint64_t offset, uint64_t bytes)
{
    return offset <= file->size && bytes <= file->size - offset;
}

static const Elf64_Shdr *section(const struct file *file, const Elf64_Ehdr *header, unsigned index)
{
    return (const Elf64_Shdr *)(file->bytes + header->e_shoff) + index;
}

static const Elf64_Shdr *find_dynsym(const struct file *file, const Elf64_Ehdr *header)
{
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 ||
        !inside(file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
        return NULL;
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (section(file, header, i)->sh_type == SHT_DYNSYM)
            return section(file, header, i);
    return NULL;
}

struct symbols {
    const Elf64_Sym *table;
    size_t count;
    const char *strings;
    size_t strings_size;
};

static bool read_symbols(const struct file *file, const Elf64_Ehdr *header, struct symbols *out)
{
    const Elf64_Shdr *dynsym = find_dynsym(file, header), *strings;

    if (!dynsym || dynsym->sh_entsize != sizeof(Elf64_Sym) || dynsym->sh_offset % 8 ||
        !inside(file, dynsym->sh_offset, dynsym->sh_size) || dynsym->sh_link >= header->e_shnum)
        return false;
    strings = section(file, header, dynsym->sh_link);
    if (!inside(file, strings->sh_offset, strings->sh_size) || !strings->sh_size ||
        file->bytes[strings->sh_offset + strings->sh_size - 1])
        return false;
    out->table = (const Elf64_Sym *)(file->bytes + dynsym->sh_offset);
    out->count = dynsym->sh_size / sizeof(Elf64_Sym);
    out->strings = (const char *)file->bytes + strings->sh_offset;
    out->strings_size = strings->sh_size;
    return true;
}

static void append(char *list, size_t size, const char *separator, const char *name)
{
    size_t used = strlen(list);

    snprintf(list + used, size - used, "%s%s", used ? separator : "", name);
}

static bool available(const char *name)
{
    enum export_state state = export_state(name);

    return state == EXPORT_IMPLEMENTED || state == EXPORT_STUB || export_is_runtime(name);
}

static bool is_missing(const struct symbols *symbols, size_t i)
{
    const Elf64_Sym *symbol = &symbols->table[i];
    const char *name = symbols->strings + symbol->st_name;

    return symbol->st_shndx == SHN_UNDEF && *name && !available(name) &&
           ELF64_ST_BIND(symbol->st_info) != STB_WEAK;
}

// Known names stand under their module, others under none.
static unsigned list_missing(const struct symbols *symbols, const char *module, char *list,
                             size_t size)
{
    char names[900] = "";
    unsigned count = 0;

    for (size_t i = 1; i < symbols->count; i++) {
        const char *name = symbols->strings + symbols->table[i].st_name;
        const char *of = export_module(name);

        if (!is_missing(symbols, i) || (of ? !module || strcmp(of, module) : module != NULL))
            continue;
        append(names, sizeof(names), ", ", name);
        count++;
    }
    if (count) {
        append(list, size, "; ", module ? module : "of no known module");
        append(list, size, ": ", names);
    }
    return count;
}

static int check_symbols(const struct file *file, const struct symbols *symbols)
{
    static const char *const modules[] = {"hal", "ks", "drmk", "ntoskrnl", "portcls", "wdfldr", NULL};
    char missing[900] = "";
    unsigned count = 0;
    bool entry = false;

    for (size_t i = 1; i < symbols->count; i++) {
        const Elf64_Sym *symbol = &symbols->table[i];

        if (symbol->st_name >= symbols->strings_size)
            return refuse(file, "damaged symbol table");
        entry |= symbol->st_shndx != SHN_UNDEF &&
                 !strcmp(symbols->strings + symbol->st_name, "DriverEntry");
    }
    for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
        count += list_missing(symbols, modules[i], missing, sizeof(missing));
    if (!entry)
        return refuse(file, "not a driver: it has no DriverEntry");
    if (count)
        return refuse(file, "%u import%s missing: %s", count, count == 1 ? " is" : "s are", missing);
    return 0;
}

static int check_bytes(const struct file *file)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file->bytes;
    struct symbols symbols;

    if (file->size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG))
        return refuse(file, "not an ELF shared object");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
        header->e_type != ET_DYN)
        return refuse(file, "not a shared object for x86-64");
    if (!read_symbols(file, header, &symbols))
        return refuse(file, "no readable dynamic symbol table");
    return check_symbols(file, &symbols);
}

int image_check(const char *path, struct image_error *error)
{
    struct file file = {.path = path, .error = error};
    struct stat status;
    int fd, result;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status)) {
        result = -errno;
        snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return result;
    }
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        close(fd);
        return refuse(&file, "not a driver: not a regular file with content");
    }
    file.size = (size_t)status.st_size;
    file.bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (file.bytes == MAP_FAILED)
        return refuse(&file, "cannot be mapped: %s", strerror(errno));
    result = check_bytes(&file);
    munmap((void *)file.bytes, file.size);
    return result;
}
