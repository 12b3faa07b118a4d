// SPDX-License-Identifier: MIT
//
// A drive in memory, empty when the machine is made. It is part of the machine: a snapshot has its files, and each
// schedule of a campaign begins with the same ones. Names are found whatever their case, as on Windows.
#include <strings.h>

#include "kernel/drive.h"

enum { CHUNK_BYTES = 64 << 10, MOST_CHUNKS = 1024 };
#define MOST_BYTES ((LONGLONG)CHUNK_BYTES * MOST_CHUNKS) // of a file, and of all together

struct memory_file {
    struct list link; // kernel->memory_files
    char path[DRIVE_PATH_CHARS];
    bool folder; // and nothing more
    LONGLONG size;
    size_t chunk_count;
    uint8_t *chunks[MOST_CHUNKS]; // NULL: never written, zeros
};

static struct memory_file *find(struct ps_system *system, const char *path)
{
    LIST_EACH (link, &system->kernel->memory_files) {
        struct memory_file *file = LIST_OBJECT(link, struct memory_file, link);

        if (!strcasecmp(file->path, path))
            return file;
    }
    return NULL;
}

static bool folder_exists(struct ps_system *system, const char *path)
{
    size_t length = (size_t)(strrchr(path, '/') - path);
    char parent[DRIVE_PATH_CHARS];
    const struct memory_file *folder;

    if (drive_has_folder(path, length + 1))
        return true;
    snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
    folder = find(system, parent);
    return folder && folder->folder;
}

static bool is_known_folder(const char *path)
{
    char folder[DRIVE_PATH_CHARS + 1];
    int length = snprintf(folder, sizeof(folder), "%s/", path);

    return drive_has_folder(folder, (size_t)length);
}

static NTSTATUS measure(struct ps_system *system, const char *path, LONGLONG *bytes,
                        LONGLONG *allocated)
{
    const struct memory_file *file = find(system, path);

    if (!folder_exists(system, path))
        return STATUS_OBJECT_PATH_NOT_FOUND;
    if (is_known_folder(path) || (file && file->folder))
        return STATUS_FILE_IS_A_DIRECTORY;
    if (!file)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *bytes = file->size;
    *allocated = (LONGLONG)file->chunk_count * CHUNK_BYTES;
    return STATUS_SUCCESS;
}

static NTSTATUS add(struct ps_system *system, const char *path, bool folder)
{
    struct memory_file *file = arena_alloc(system->arena, sizeof(*file));

    if (!file)
        return STATUS_DISK_FULL;
    snprintf(file->path, sizeof(file->path), "%s", path);
    file->folder = folder;
    list_push_back(&system->kernel->memory_files, &file->link);
    return STATUS_SUCCESS;
}

static NTSTATUS create(struct ps_system *system, const char *path)
{
    return add(system, path, false);
}

static NTSTATUS make_folder(struct ps_system *system, const char *path)
{
    return add(system, path, true);
}

static void drop_chunk(struct ps_system *system, struct memory_file *file, size_t number)
{
    if (!file->chunks[number])
        return;
    arena_free(system->arena, file->chunks[number], CHUNK_BYTES);
    file->chunks[number] = NULL;
    file->chunk_count--;
    system->kernel->memory_file_chunks--;
}

// What a file loses must not come back when it grows again.
static NTSTATUS resize(struct ps_system *system, const char *path, LONGLONG bytes)
{
    struct memory_file *file = find(system, path);
    size_t whole = (size_t)(bytes / CHUNK_BYTES), rest = (size_t)(bytes % CHUNK_BYTES);

    if (bytes > MOST_BYTES)
        return STATUS_DISK_FULL;
    if (!file)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (rest && file->chunks[whole])
        memset(file->chunks[whole] + rest, 0, CHUNK_BYTES - rest);
    for (size_t i = whole + (rest != 0); i < MOST_CHUNKS; i++)
        drop_chunk(system, file, i);
    file->size = bytes;
    return STATUS_SUCCESS;
}

static uint8_t *chunk_for_writing(struct ps_system *system, struct memory_file *file, size_t number)
{
    if (file->chunks[number] || system->kernel->memory_file_chunks >= MOST_CHUNKS)
        return file->chunks[number];
    file->chunks[number] = arena_alloc(system->arena, CHUNK_BYTES);
    if (file->chunks[number]) {
        file->chunk_count++;
        system->kernel->memory_file_chunks++;
    }
    return file->chunks[number];
}

// How many of `bytes` lie in the chunk of `at`.
static ULONG within_chunk(LONGLONG at, LONGLONG bytes)
{
    LONGLONG room = CHUNK_BYTES - at % CHUNK_BYTES;

    return (ULONG)(bytes < room ? bytes : room);
}

static NTSTATUS read(struct ps_system *system, const char *path, void *to, ULONG bytes, LONGLONG at,
                     ULONG *done)
{
    const struct memory_file *file = find(system, path);
    LONGLONG left;

    *done = 0;
    if (!file)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    left = at < file->size ? file->size - at : 0;
    if (bytes > left)
        bytes = (ULONG)left;
    while (*done < bytes) {
        ULONG piece = within_chunk(at + *done, bytes - *done);
        const uint8_t *chunk = file->chunks[(at + *done) / CHUNK_BYTES];

        if (chunk)
            memcpy((char *)to + *done, chunk + (at + *done) % CHUNK_BYTES, piece);
        else
            memset((char *)to + *done, 0, piece);
        *done += piece;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS write(struct ps_system *system, const char *path, const void *from, ULONG bytes,
                      LONGLONG at, ULONG *done)
{
    struct memory_file *file = find(system, path);

    *done = 0;
    if (!file)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (at > MOST_BYTES || bytes > MOST_BYTES - at)
        return STATUS_DISK_FULL;
    while (*done < bytes) {
        ULONG piece = within_chunk(at + *done, bytes - *done);
        uint8_t *chunk = chunk_for_writing(system, file, (size_t)((at + *done) / CHUNK_BYTES));

        if (!chunk)
            return STATUS_DISK_FULL;
        memcpy(chunk + (at + *done) % CHUNK_BYTES, (const char *)from + *done, piece);
        *done += piece;
        if (file->size < at + *done)
            file->size = at + *done;
    }
    return STATUS_SUCCESS;
}

static void forget(struct ps_system *system, const char *path)
{
    struct memory_file *file = find(system, path);

    if (!file || file->folder)
        return;
    for (size_t i = 0; i < MOST_CHUNKS; i++)
        drop_chunk(system, file, i);
    list_remove(&file->link);
    arena_free(system->arena, file, sizeof(*file));
}

void kernel_memory_files(const struct ps_system *system, size_t *count, uint64_t *bytes)
{
    *count = 0;
    *bytes = 0;
    LIST_EACH (link, &system->kernel->memory_files) {
        const struct memory_file *file = LIST_OBJECT(link, struct memory_file, link);

        *count += !file->folder;
        *bytes += (uint64_t)file->size;
    }
}

const struct drive drive_memory = {measure, create, make_folder, resize, read, write, forget};
