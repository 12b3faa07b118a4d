// SPDX-License-Identifier: MIT
//
// ZwCreateFile and its kin (SV-112): names, handles and positions; the bytes lie on a drive (drive.h). \??\C:\a\b.wav is
// its path C/a/b.wav. PASSIVE_LEVEL.
#include <strings.h>

#include <ntifs.h>

#include "kernel/drive.h"

#define DRIVER_DATA "C/Windows/System32/drivers/DriverData/"

struct nt_file {
    struct object object;
    char path[DRIVE_PATH_CHARS];
    LONGLONG position;
    bool reads, writes, appends, delete;
};

static const struct drive *drive_of(const struct ps_system *system)
{
    return system->kernel->files_folder ? &drive_folder : &drive_memory;
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
    char part[DRIVE_PATH_CHARS];

    while (*path) {
        size_t length = strcspn(path, "/");

        snprintf(part, sizeof(part), "%.*s", (int)length, path);
        if (!proper(part))
            return false;
        path += length + (path[length] == '/');
    }
    return true;
}

bool drive_has_folder(const char *path, size_t length)
{
    static const char *const folders[] = {
        "C/Windows/", "C/Windows/Temp/", "C/Windows/System32/", "C/Windows/System32/drivers/",
        DRIVER_DATA, "C/ProgramData/", "C/Users/", "C/Users/Public/",
    };

    if (length == strlen("C/"))
        return true;
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (length == strlen(folders[i]) && !strncasecmp(path, folders[i], length))
            return true;
    return false;
}

// What the name's beginning stands for: how much of it, and the path's beginning in `to`; 0: for no drive.
static size_t begin_path(const WCHAR *text, size_t chars, char *to)
{
    static const char *const drives[] = {"\\??\\", "\\DosDevices\\", "\\GLOBAL??\\"};
    static const char *const links[][2] = {{"\\SystemRoot\\", "C/Windows/"}, {"\\DriverData\\", DRIVER_DATA}};

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
        if (starts(text, chars, links[i][0])) {
            snprintf(to, DRIVE_PATH_CHARS, "%s", links[i][1]);
            return strlen(links[i][0]);
        }
    for (size_t i = 0; i < sizeof(drives) / sizeof(*drives); i++) {
        size_t skip = strlen(drives[i]);

        if (!starts(text, chars, drives[i]) || chars < skip + 4 || text[skip + 1] != ':' ||
            text[skip + 2] != '\\' || RtlUpcaseUnicodeChar(text[skip]) < 'A' ||
            RtlUpcaseUnicodeChar(text[skip]) > 'Z')
            continue;
        snprintf(to, DRIVE_PATH_CHARS, "%c/", (char)RtlUpcaseUnicodeChar(text[skip]));
        return skip + 3;
    }
    return 0;
}

// "C/a/b.wav" of \??\C:\a\b.wav.
static NTSTATUS host_path(const UNICODE_STRING *name, char *to)
{
    const WCHAR *text = name->Buffer;
    size_t chars = name->Length / sizeof(WCHAR), skip = begin_path(text, chars, to), at;

    if (!skip)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    at = strlen(to);
    if (chars - skip >= DRIVE_PATH_CHARS - at)
        return STATUS_NAME_TOO_LONG;
    for (; skip < chars; skip++) {
        if (text[skip] != '\\' && !allowed(text[skip]))
            return STATUS_OBJECT_NAME_INVALID;
        to[at++] = text[skip] == '\\' ? '/' : (char)text[skip];
    }
    to[at] = 0;
    return all_proper(to) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

// ---- opening ------------------------------------------------------------------------------------

static void destroy(struct ps_system *system, struct object *object)
{
    struct nt_file *file = LIST_OBJECT(object, struct nt_file, object);

    if (file->delete)
        drive_of(system)->remove(system, file->path);
    arena_free(system->arena, file, sizeof(*file));
}

static NTSTATUS settle_old(struct ps_system *system, const char *path, ULONG disposition,
                           ULONG_PTR *outcome)
{
    switch (disposition) {
    case FILE_CREATE:
        return STATUS_OBJECT_NAME_COLLISION;
    case FILE_SUPERSEDE:
    case FILE_OVERWRITE:
    case FILE_OVERWRITE_IF:
        *outcome = disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
        return drive_of(system)->resize(system, path, 0);
    default:
        *outcome = FILE_OPENED;
        return STATUS_SUCCESS;
    }
}

// Makes or empties the file as the disposition says.
static NTSTATUS settle(struct ps_system *system, const char *path, ULONG disposition,
                       ULONG_PTR *outcome)
{
    LONGLONG bytes, allocated;
    NTSTATUS status = drive_of(system)->measure(system, path, &bytes, &allocated);

    if (disposition > FILE_OVERWRITE_IF)
        return STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        return settle_old(system, path, disposition, outcome);
    if (status != STATUS_OBJECT_NAME_NOT_FOUND || disposition == FILE_OPEN ||
        disposition == FILE_OVERWRITE)
        return status;
    *outcome = FILE_CREATED;
    return drive_of(system)->create(system, path);
}

static NTSTATUS settle_folder(struct ps_system *system, const char *path, ULONG disposition,
                              ULONG_PTR *outcome)
{
    LONGLONG bytes, allocated;
    NTSTATUS status = drive_of(system)->measure(system, path, &bytes, &allocated);

    if (disposition != FILE_CREATE && disposition != FILE_OPEN && disposition != FILE_OPEN_IF)
        return STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status) || status == STATUS_FILE_IS_A_DIRECTORY) {
        *outcome = FILE_OPENED;
        return disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION
               : NT_SUCCESS(status)       ? STATUS_NOT_A_DIRECTORY
                                          : STATUS_SUCCESS;
    }
    if (status != STATUS_OBJECT_NAME_NOT_FOUND || disposition == FILE_OPEN)
        return status;
    *outcome = FILE_CREATED;
    return drive_of(system)->make_folder(system, path);
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
                       ULONG options, const char *service, const void *caller)
{
    bool folder = options & FILE_DIRECTORY_FILE;
    char path[DRIVE_PATH_CHARS];
    NTSTATUS status;

    check_attributes(system, attributes, service, caller);
    check_kernel_address(system, block, service, caller);
    if (!handle || !block || !attributes || !attributes->ObjectName)
        return STATUS_INVALID_PARAMETER;
    *handle = NULL;
    block->Information = 0;
    if (attributes->RootDirectory)
        return STATUS_NOT_SUPPORTED;
    status = host_path(attributes->ObjectName, path);
    if (NT_SUCCESS(status))
        status = folder ? settle_folder(system, path, disposition, &block->Information)
                        : settle(system, path, disposition, &block->Information);
    if (NT_SUCCESS(status))
        status = file_new(system, path, folder ? 0 : access, handle);
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

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x20023, __func__, CALLER);
    return NT_TELL(create(system, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock,
                  CreateDisposition, CreateOptions, __func__, CALLER));
}

NTSTATUS NTAPI NtCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                            PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                            ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-111", 0x20024, __func__, CALLER);
    return NT_TELL(create(system, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock,
                  CreateDisposition, CreateOptions, __func__, CALLER));
}

NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                          POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                          ULONG ShareAccess, ULONG OpenOptions)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return NT_TELL(create(system, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, FILE_OPEN,
                  OpenOptions, __func__, CALLER));
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
static LONGLONG begin(struct ps_system *system, const struct nt_file *file,
                      const LARGE_INTEGER *offset, bool write)
{
    LONGLONG size, allocated;

    if (write && (file->appends || is_special(offset, FILE_WRITE_TO_END_OF_FILE)))
        return drive_of(system)->measure(system, file->path, &size, &allocated) ? -1 : size;
    if (!offset || is_special(offset, FILE_USE_FILE_POINTER_POSITION))
        return file->position;
    return offset->QuadPart;
}

static NTSTATUS transfer(struct ps_system *system, struct nt_file *file, void *buffer, ULONG bytes,
                         LONGLONG at, bool write, ULONG *done)
{
    const struct drive *drive = drive_of(system);
    NTSTATUS status = write ? drive->write(system, file->path, buffer, bytes, at, done)
                            : drive->read(system, file->path, buffer, bytes, at, done);

    if (!NT_SUCCESS(status))
        return status;
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
                     PVOID buffer, ULONG bytes, const LARGE_INTEGER *offset, bool write,
                     const char *service, const void *caller)
{
    struct nt_file *file;
    ULONG done = 0;
    LONGLONG at;
    NTSTATUS status = file_from(system, handle, &file);

    check_kernel_address(system, buffer, service, caller);
    check_kernel_address(system, block, service, caller);
    if (NT_SUCCESS(status) && (!block || (bytes && !buffer)))
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status))
        return status;
    if (write ? !file->writes : !file->reads)
        return STATUS_ACCESS_DENIED;
    at = begin(system, file, offset, write);
    status = at < 0 ? STATUS_INVALID_PARAMETER
                    : transfer(system, file, buffer, bytes, at, write, &done);
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
    return NT_TELL(move(system, FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, false,
                __func__, CALLER));
}

NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-111", 0x20024, __func__, CALLER);
    return NT_TELL(move(system, FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, true,
                __func__, CALLER));
}

NTSTATUS NTAPI NtWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                           PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                           ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-111", 0x20024, __func__, CALLER);
    return NT_TELL(move(system, FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, true,
                __func__, CALLER));
}

// ---- information --------------------------------------------------------------------------------

static NTSTATUS standard(struct ps_system *system, const struct nt_file *file,
                         FILE_STANDARD_INFORMATION *info)
{
    LONGLONG bytes = 0, allocated = 0;
    NTSTATUS status = drive_of(system)->measure(system, file->path, &bytes, &allocated);

    *info = (FILE_STANDARD_INFORMATION){.AllocationSize.QuadPart = allocated,
                                        .EndOfFile.QuadPart = bytes,
                                        .NumberOfLinks = 1,
                                        .DeletePending = file->delete};
    return status;
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
        return NT_TELL(status);
    if (FileInformationClass == FileStandardInformation) {
        bytes = sizeof(info.standard);
        status = standard(system, file, &info.standard);
    } else if (FileInformationClass == FilePositionInformation) {
        info.position.CurrentByteOffset.QuadPart = file->position;
    } else {
        return NT_TELL(STATUS_INVALID_INFO_CLASS);
    }
    if (NT_SUCCESS(status) && (!FileInformation || Length < bytes))
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    memcpy(FileInformation, &info, bytes);
    IoStatusBlock->Status = status;
    IoStatusBlock->Information = bytes;
    return NT_TELL(status);
}

static NTSTATUS set_end(struct ps_system *system, const struct nt_file *file, LONGLONG size)
{
    if (size < 0)
        return STATUS_INVALID_PARAMETER;
    if (!file->writes)
        return STATUS_ACCESS_DENIED;
    return drive_of(system)->resize(system, file->path, size);
}

static NTSTATUS set_information(struct ps_system *system, HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                PVOID FileInformation, ULONG Length,
                                FILE_INFORMATION_CLASS FileInformationClass)
{
    struct nt_file *file;
    LARGE_INTEGER number;
    NTSTATUS status = file_from(system, FileHandle, &file);

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

NTSTATUS NTAPI ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                    PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x20023, __func__, CALLER);
    return NT_TELL(set_information(system, FileHandle, IoStatusBlock, FileInformation, Length,
                                   FileInformationClass));
}

NTSTATUS NTAPI NtSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                    PVOID FileInformation, ULONG Length,
                                    FILE_INFORMATION_CLASS FileInformationClass)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-111", 0x20024, __func__, CALLER);
    return NT_TELL(set_information(system, FileHandle, IoStatusBlock, FileInformation, Length,
                                   FileInformationClass));
}
