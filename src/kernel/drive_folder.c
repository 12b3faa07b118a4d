// SPDX-License-Identifier: MIT
//
// Drives in a folder of the host: C/a.wav is FOLDER/C/a.wav. A file is opened anew for each request, step by step from
// the folder and through no symbolic link, so that no name leads out of it and no descriptor has to be brought
// through a snapshot. The folder's content is outside the machine: a restore does not put it back.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/drive.h"

int kernel_set_files(struct ps_system *system, const char *folder)
{
    size_t bytes = strlen(folder) + 1;
    char *copy = arena_alloc(system->arena, bytes);

    if (!copy)
        return -ENOMEM;
    memcpy(copy, folder, bytes);
    system->kernel->files_folder = copy;
    return 0;
}

static NTSTATUS status_of(int error)
{
    switch (error) {
    case ENOENT:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    case EEXIST:
        return STATUS_OBJECT_NAME_COLLISION;
    case ENOTDIR:
    case ELOOP:
        return STATUS_OBJECT_PATH_NOT_FOUND;
    case EISDIR:
        return STATUS_FILE_IS_A_DIRECTORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STATUS_DISK_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return STATUS_ACCESS_DENIED;
    default:
        return STATUS_UNSUCCESSFUL;
    }
}

// One folder down; closes `at`.
static int step_down(int at, const char *part, bool make)
{
    int next;

    if (make)
        mkdirat(at, part, 0777);
    next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0)
        next = errno == ENOENT ? -ENOTDIR : -errno; // a folder on the way, not the file
    close(at);
    return next;
}

// The folder that holds the last component, which is left in `*name`; or a negative errno.
static int open_parent(struct ps_system *system, const char *path, const char **name)
{
    int at = open(system->kernel->files_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *slash, *from = path;

    if (at < 0)
        return -errno;
    while (at >= 0 && (slash = strchr(from, '/'))) {
        char part[DRIVE_PATH_CHARS];

        snprintf(part, sizeof(part), "%.*s", (int)(slash - from), from);
        from = slash + 1;
        at = step_down(at, part, drive_has_folder(path, (size_t)(from - path)));
    }
    *name = from;
    return at;
}

// A descriptor, or a negative errno.
static int open_file(struct ps_system *system, const char *path, int flags)
{
    const char *name;
    int folder = open_parent(system, path, &name), file;
    struct stat status;

    if (folder < 0)
        return folder;
    file = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
    file = file < 0 ? -errno : file;
    close(folder);
    if (file >= 0 && (fstat(file, &status) || !S_ISREG(status.st_mode))) {
        close(file);
        return -EISDIR;
    }
    return file;
}

static NTSTATUS measure(struct ps_system *system, const char *path, LONGLONG *bytes,
                        LONGLONG *allocated)
{
    int file = open_file(system, path, O_RDONLY), error;
    struct stat status;

    if (file < 0)
        return status_of(-file);
    error = fstat(file, &status) ? errno : 0;
    close(file);
    if (error)
        return status_of(error);
    *bytes = status.st_size;
    *allocated = status.st_blocks * 512;
    return STATUS_SUCCESS;
}

static NTSTATUS create(struct ps_system *system, const char *path)
{
    int file = open_file(system, path, O_CREAT | O_EXCL | O_RDWR);

    if (file < 0)
        return status_of(-file);
    close(file);
    return STATUS_SUCCESS;
}

static NTSTATUS make_folder(struct ps_system *system, const char *path)
{
    const char *name;
    int parent = open_parent(system, path, &name), error;

    if (parent < 0)
        return status_of(-parent);
    error = mkdirat(parent, name, 0777) ? errno : 0;
    close(parent);
    return error ? status_of(error) : STATUS_SUCCESS;
}

static NTSTATUS resize(struct ps_system *system, const char *path, LONGLONG bytes)
{
    int file = open_file(system, path, O_WRONLY), error;

    if (file < 0)
        return status_of(-file);
    error = ftruncate(file, bytes) ? errno : 0;
    close(file);
    return error ? status_of(error) : STATUS_SUCCESS;
}

static NTSTATUS transfer(int file, char *buffer, ULONG bytes, LONGLONG at, bool write, ULONG *done)
{
    for (*done = 0; *done < bytes;) {
        ssize_t step = write ? pwrite(file, buffer + *done, bytes - *done, at + *done)
                             : pread(file, buffer + *done, bytes - *done, at + *done);

        if (step < 0 && errno != EINTR)
            return status_of(errno);
        if (step == 0)
            break;
        if (step > 0)
            *done += (ULONG)step;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS move(struct ps_system *system, const char *path, void *buffer, ULONG bytes,
                     LONGLONG at, bool write, ULONG *done)
{
    int file = open_file(system, path, write ? O_WRONLY : O_RDONLY);
    NTSTATUS status;

    *done = 0;
    if (file < 0)
        return status_of(-file);
    status = transfer(file, buffer, bytes, at, write, done);
    close(file);
    return status;
}

static NTSTATUS read_file(struct ps_system *system, const char *path, void *to, ULONG bytes,
                          LONGLONG at, ULONG *done)
{
    return move(system, path, to, bytes, at, false, done);
}

static NTSTATUS write_file(struct ps_system *system, const char *path, const void *from, ULONG bytes,
                           LONGLONG at, ULONG *done)
{
    return move(system, path, (void *)(uintptr_t)from, bytes, at, true, done);
}

static void remove_file(struct ps_system *system, const char *path)
{
    const char *name;
    int folder = open_parent(system, path, &name);

    if (folder < 0)
        return;
    unlinkat(folder, name, 0);
    close(folder);
}

const struct drive drive_folder = {measure, create, make_folder, resize, read_file, write_file, remove_file};
