// SPDX-License-Identifier: MIT
//
// Files of drivers (SV-112), kept inside a folder that the host names: \??\C:\a\b.wav is FOLDER/C/a/b.wav. Without a
// folder there is no drive. A file is opened anew for each request, step by step from the folder and through no
// symbolic link, so that no name leads out of it and no descriptor has to be brought through a snapshot. The
// folder's content is outside the machine: a restore does not put it back. PASSIVE_LEVEL.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/private.h"

enum { PATH_CHARS = 512 };

struct nt_file {
    struct object object;
    char path[PATH_CHARS]; // below the folder: "C/a/b.wav"
    LONGLONG position;
    bool reads, writes, appends, delete;
};

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

bool kernel_missed_drive(const struct ps_system *system)
{
    return system->kernel->missed_drive;
}

// ---- names --------------------------------------------------------------------------------------

static bool starts(const WCHAR *text, size_t chars, const char *prefix)
{
    size_t i = 0;

    for (; prefix[i]; i++)
        if (i >= chars || RtlUpcaseUnicodeChar(text[i]) != RtlUpcaseUnicodeChar((UCHAR)prefix[i]))
            return false;
    return true;
}

// Characters that mean something to a path of the host, or to Windows.
static bool allowed(WCHAR c)
{
    return c >= 0x20 && c < 0x7F && !strchr("/:*?\"<>|", c);
}

static bool proper(const char *component)
{
    return *component && strcmp(component, ".") && strcmp(component, "..");
}

// Components of `path`, each checked in place.
static bool all_proper(const char *path)
{
    char part[PATH_CHARS];

    while (*path) {
        size_t length = strcspn(path, "/");

        snprintf(part, sizeof(part), "%.*s", (int)length, path);
        if (!proper(part))
            return false;
        path += length + (path[length] == '/');
    }
    return true;
}

// "C/a/b.wav" of \??\C:\a\b.wav.
static NTSTATUS host_path(const UNICODE_STRING *name, char *to)
{
    static const char *const prefixes[] = {"\\??\\", "\\DosDevices\\", "\\GLOBAL??\\"};
    const WCHAR *text = name->Buffer;
    size_t chars = name->Length / sizeof(WCHAR), skip = 0, at = 0;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes) && !skip; i++)
        if (starts(text, chars, prefixes[i]))
            skip = strlen(prefixes[i]);
    if (!skip && starts(text, chars, "\\SystemRoot\\")) {
        at = (size_t)snprintf(to, PATH_CHARS, "C/Windows/");
        skip = strlen("\\SystemRoot\\");
    } else if (!skip || chars < skip + 4 || text[skip + 1] != ':' || text[skip + 2] != '\\' ||
               RtlUpcaseUnicodeChar(text[skip]) < 'A' || RtlUpcaseUnicodeChar(text[skip]) > 'Z') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    } else {
        at = (size_t)snprintf(to, PATH_CHARS, "%c/", (char)RtlUpcaseUnicodeChar(text[skip]));
        skip += 3;
    }
    if (chars - skip >= PATH_CHARS - at)
        return STATUS_NAME_TOO_LONG;
    for (; skip < chars; skip++) {
        if (text[skip] != '\\' && !allowed(text[skip]))
            return STATUS_OBJECT_NAME_INVALID;
        to[at++] = text[skip] == '\\' ? '/' : (char)text[skip];
    }
    to[at] = 0;
    return all_proper(to) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

// ---- the host's files ---------------------------------------------------------------------------

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

// One folder down; closes `at`. A drive, the first component, is made if need be.
static int step_down(int at, const char *part)
{
    int next;

    if (part[1] == 0)
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
    const char *slash;

    if (at < 0)
        return -errno;
    while (at >= 0 && (slash = strchr(path, '/'))) {
        char part[PATH_CHARS];

        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        at = step_down(at, part);
        path = slash + 1;
    }
    *name = path;
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

static int remove_file(struct ps_system *system, const char *path)
{
    const char *name;
    int folder = open_parent(system, path, &name), result;

    if (folder < 0)
        return folder;
    result = unlinkat(folder, name, 0) ? -errno : 0;
    close(folder);
    return result;
}

// ---- opening ------------------------------------------------------------------------------------

static void destroy(struct ps_system *system, struct object *object)
{
    struct nt_file *file = LIST_OBJECT(object, struct nt_file, object);

    if (file->delete)
        remove_file(system, file->path);
    arena_free(system->arena, file, sizeof(*file));
}

static int disposition_flags(ULONG disposition, bool exists)
{
    switch (disposition) {
    case FILE_CREATE:
        return O_CREAT | O_EXCL | O_RDWR;
    case FILE_OPEN_IF:
        return exists ? O_RDONLY : O_CREAT | O_EXCL | O_RDWR;
    case FILE_OVERWRITE:
        return O_TRUNC | O_RDWR;
    case FILE_OVERWRITE_IF:
    case FILE_SUPERSEDE:
        return exists ? O_TRUNC | O_RDWR : O_CREAT | O_EXCL | O_RDWR;
    default:
        return O_RDONLY;
    }
}

static ULONG_PTR outcome(ULONG disposition, bool exists)
{
    if (!exists)
        return FILE_CREATED;
    if (disposition == FILE_SUPERSEDE)
        return FILE_SUPERSEDED;
    return disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF ? FILE_OVERWRITTEN
                                                                             : FILE_OPENED;
}

// Makes or empties the file as the disposition says.
static NTSTATUS settle(struct ps_system *system, const char *path, ULONG disposition,
                       PIO_STATUS_BLOCK block)
{
    int probe = open_file(system, path, O_RDONLY), result;
    bool exists = probe >= 0;

    if (disposition > FILE_OVERWRITE_IF)
        return STATUS_INVALID_PARAMETER;
    if (exists)
        close(probe);
    else if (probe != -ENOENT)
        return status_of(-probe);
    result = open_file(system, path, disposition_flags(disposition, exists));
    if (result < 0)
        return status_of(-result);
    close(result);
    block->Information = outcome(disposition, exists);
    return STATUS_SUCCESS;
}

static NTSTATUS file_new(struct ps_system *system, const char *path, ACCESS_MASK access,
                         PHANDLE handle)
{
    struct nt_file *file = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*file));

    if (!file)
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(file->path, sizeof(file->path), "%s", path);
    file->reads = access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL | MAXIMUM_ALLOWED);
    file->writes = access & (FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL |
                             MAXIMUM_ALLOWED);
    file->appends = (access & FILE_APPEND_DATA) &&
                    !(access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL));
    if (!object_add(system, &file->object, OBJECT_TYPE_NT_FILE, file, destroy)) {
        arena_free(system->arena, file, sizeof(*file));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *handle = handle_create(system, &file->object);
    object_release(system, &file->object);
    return *handle ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS create(struct ps_system *system, PHANDLE handle, ACCESS_MASK access,
                       POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK block, ULONG disposition,
                       ULONG options)
{
    char path[PATH_CHARS];
    NTSTATUS status;

    if (!handle || !block || !attributes || !attributes->ObjectName)
        return STATUS_INVALID_PARAMETER;
    *handle = NULL;
    block->Information = 0;
    if (attributes->RootDirectory)
        return STATUS_NOT_SUPPORTED;
    status = host_path(attributes->ObjectName, path);
    system->kernel->missed_drive |= NT_SUCCESS(status) && !system->kernel->files_folder;
    if (NT_SUCCESS(status) && (!system->kernel->files_folder || (options & FILE_DIRECTORY_FILE)))
        status = STATUS_OBJECT_PATH_NOT_FOUND;
    if (NT_SUCCESS(status))
        status = settle(system, path, disposition, block);
    if (NT_SUCCESS(status))
        status = file_new(system, path, access, handle);
    block->Status = status;
    return status;
}

NTSTATUS NTAPI ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return create(system, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock,
                  CreateDisposition, CreateOptions);
}

NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return create(system, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, FILE_OPEN,
                  OpenOptions);
}

// ---- reading and writing ------------------------------------------------------------------------

static NTSTATUS file_from(struct ps_system *system, HANDLE handle, struct nt_file **out)
{
    struct object *object = handle_object(system, handle);

    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->type != OBJECT_TYPE_NT_FILE)
        return STATUS_OBJECT_TYPE_MISMATCH;
    *out = LIST_OBJECT(object, struct nt_file, object);
    return STATUS_SUCCESS;
}

static bool is_special(const LARGE_INTEGER *offset, ULONG what)
{
    return offset && offset->HighPart == -1 && offset->LowPart == what;
}

// Where the transfer begins; -1: nowhere.
static LONGLONG begin(const struct nt_file *file, int descriptor, const LARGE_INTEGER *offset,
                      bool write)
{
    struct stat status;

    if (write && (file->appends || is_special(offset, FILE_WRITE_TO_END_OF_FILE)))
        return fstat(descriptor, &status) ? -1 : status.st_size;
    if (!offset || is_special(offset, FILE_USE_FILE_POINTER_POSITION))
        return file->position;
    return offset->QuadPart;
}

static NTSTATUS transfer(struct nt_file *file, int descriptor, char *buffer, ULONG bytes,
                         LONGLONG at, bool write, ULONG *done)
{
    for (*done = 0; *done < bytes;) {
        ssize_t step = write ? pwrite(descriptor, buffer + *done, bytes - *done, at + *done)
                             : pread(descriptor, buffer + *done, bytes - *done, at + *done);

        if (step < 0 && errno != EINTR)
            return status_of(errno);
        if (step == 0)
            break;
        if (step > 0)
            *done += (ULONG)step;
    }
    file->position = at + *done;
    return !write && bytes && !*done ? STATUS_END_OF_FILE : STATUS_SUCCESS;
}

static void signal_event(struct ps_system *system, HANDLE handle)
{
    struct object *object = handle ? handle_object(system, handle) : NULL;

    if (object && object->type == OBJECT_TYPE_EVENT)
        event_set(system, object->body);
}

static NTSTATUS move(struct ps_system *system, HANDLE handle, HANDLE event, PIO_STATUS_BLOCK block,
                     PVOID buffer, ULONG bytes, const LARGE_INTEGER *offset, bool write)
{
    struct nt_file *file;
    ULONG done = 0;
    LONGLONG at;
    NTSTATUS status = file_from(system, handle, &file);
    int descriptor;

    if (NT_SUCCESS(status) && (!block || (bytes && !buffer)))
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status))
        return status;
    if (write ? !file->writes : !file->reads)
        return STATUS_ACCESS_DENIED;
    descriptor = open_file(system, file->path, write ? O_WRONLY : O_RDONLY);
    if (descriptor < 0)
        return status_of(-descriptor);
    at = begin(file, descriptor, offset, write);
    status = at < 0 ? STATUS_INVALID_PARAMETER
                    : transfer(file, descriptor, buffer, bytes, at, write, &done);
    close(descriptor);
    block->Status = status;
    block->Information = done;
    signal_event(system, event);
    return status;
}

NTSTATUS NTAPI ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                          PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                          ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return move(system, FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, false);
}

NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return move(system, FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, true);
}

// ---- information --------------------------------------------------------------------------------

static NTSTATUS standard(struct ps_system *system, const struct nt_file *file,
                         FILE_STANDARD_INFORMATION *info)
{
    int descriptor = open_file(system, file->path, O_RDONLY);
    struct stat status;

    if (descriptor < 0)
        return status_of(-descriptor);
    if (fstat(descriptor, &status))
        status = (struct stat){0};
    close(descriptor);
    *info = (FILE_STANDARD_INFORMATION){.AllocationSize.QuadPart = status.st_blocks * 512,
                                        .EndOfFile.QuadPart = status.st_size,
                                        .NumberOfLinks = 1,
                                        .DeletePending = file->delete};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                      PVOID FileInformation, ULONG Length,
                                      FILE_INFORMATION_CLASS FileInformationClass)
{
    NT_SERVICE(COST_SERVICE);
    union {
        FILE_STANDARD_INFORMATION standard;
        FILE_POSITION_INFORMATION position;
    } info;
    ULONG bytes = sizeof(info.position);
    struct nt_file *file;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    status = file_from(system, FileHandle, &file);
    if (!NT_SUCCESS(status))
        return status;
    if (FileInformationClass == FileStandardInformation) {
        bytes = sizeof(info.standard);
        status = standard(system, file, &info.standard);
    } else if (FileInformationClass == FilePositionInformation) {
        info.position.CurrentByteOffset.QuadPart = file->position;
    } else {
        return STATUS_INVALID_INFO_CLASS;
    }
    if (NT_SUCCESS(status) && (!FileInformation || Length < bytes))
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (!NT_SUCCESS(status))
        return status;
    memcpy(FileInformation, &info, bytes);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = bytes;
    return status;
}

static NTSTATUS set_end(struct ps_system *system, const struct nt_file *file, LONGLONG size)
{
    int descriptor, result;

    if (size < 0)
        return STATUS_INVALID_PARAMETER;
    if (!file->writes)
        return STATUS_ACCESS_DENIED;
    descriptor = open_file(system, file->path, O_WRONLY);
    if (descriptor < 0)
        return status_of(-descriptor);
    result = ftruncate(descriptor, size) ? errno : 0;
    close(descriptor);
    return result ? status_of(result) : STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                    PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    NT_SERVICE(COST_SERVICE);
    struct nt_file *file;
    LARGE_INTEGER number;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    status = file_from(system, FileHandle, &file);
    if (NT_SUCCESS(status) && !FileInformation)
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status))
        return status;
    if (FileInformationClass == FileDispositionInformation) {
        if (!Length)
            return STATUS_INFO_LENGTH_MISMATCH;
        file->delete = *(const BOOLEAN *)FileInformation != FALSE;
    } else if (Length < sizeof(number)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    } else {
        memcpy(&number, FileInformation, sizeof(number));
        if (FileInformationClass == FileEndOfFileInformation)
            status = set_end(system, file, number.QuadPart);
        else if (FileInformationClass != FilePositionInformation)
            status = STATUS_INVALID_INFO_CLASS;
        else if (number.QuadPart < 0)
            status = STATUS_INVALID_PARAMETER;
        else
            file->position = number.QuadPart;
    }
    if (IoStatusBlock) {
        IoStatusBlock->Status = status;
        IoStatusBlock->Information = 0;
    }
    return status;
}
