// SPDX-License-Identifier: MIT
//
// Files of drivers, in memory or in a folder of the host, and nowhere else.
#include "ps_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/drive.h"
#include "kernel_fixture.h"
#include "wide.h"

static char folder[64]; // empty: the drive is in memory

static NTSTATUS create(const char *path, ACCESS_MASK access, ULONG disposition, HANDLE *file,
                       IO_STATUS_BLOCK *block)
{
    WCHAR buffer[600];
    UNICODE_STRING name = wide_string(path, buffer);
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    return ZwCreateFile(file, access, &attributes, block, NULL, FILE_ATTRIBUTE_NORMAL, 0,
                        disposition, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

static void with_folder(void (*body)(void *))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    char command[96];

    snprintf(folder, sizeof(folder), "/tmp/portside-files-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(kernel_set_files(rig.system, folder), 0);
    kernel_rig_thread(&rig, "test", body, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    folder[0] = 0;
}

static void in_memory(void (*body)(void *))
{
    struct kernel_rig rig = kernel_rig_do(body, NULL);

    kernel_rig_clean(&rig);
}

static bool drive_has(const char *name)
{
    char path[160];

    if (!folder[0]) {
        LONGLONG bytes, allocated;

        return drive_memory.measure(system_here(__func__), name, &bytes, &allocated) == STATUS_SUCCESS;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void write_and_read(void *argument)
{
    FILE_STANDARD_INFORMATION standard;
    FILE_POSITION_INFORMATION position;
    LARGE_INTEGER at = {.QuadPart = 1}, end = {.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
    IO_STATUS_BLOCK block;
    HANDLE file;
    char text[8] = {0};

    assert_int_equal(create("\\??\\C:\\take.wav", GENERIC_READ | GENERIC_WRITE, FILE_OPEN, &file, &block),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(create("\\DosDevices\\C:\\take.wav", GENERIC_READ | GENERIC_WRITE,
                            FILE_OVERWRITE_IF, &file, &block),
                     STATUS_SUCCESS);
    assert_int_equal(block.Information, FILE_CREATED);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, "abcd", 4, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(block.Information, 4);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, "ef", 2, &end, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &block, text, 7, &at, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(block.Information, 5);
    assert_string_equal(text, "bcdef");
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &block, text, 1, NULL, NULL),
                     STATUS_END_OF_FILE);
    assert_int_equal(ZwQueryInformationFile(file, &block, &standard, sizeof(standard),
                                            FileStandardInformation),
                     STATUS_SUCCESS);
    assert_int_equal(standard.EndOfFile.QuadPart, 6);
    position.CurrentByteOffset.QuadPart = 3;
    assert_int_equal(ZwSetInformationFile(file, &block, &position, sizeof(position),
                                          FilePositionInformation),
                     STATUS_SUCCESS);
    at.QuadPart = 2;
    assert_int_equal(ZwSetInformationFile(file, &block, &at, sizeof(at), FileEndOfFileInformation),
                     STATUS_SUCCESS);
    assert_int_equal(ZwQueryInformationFile(file, &block, &position, sizeof(position),
                                            FilePositionInformation),
                     STATUS_SUCCESS);
    assert_int_equal(position.CurrentByteOffset.QuadPart, 3);
    ZwClose(file);
    assert_true(drive_has("C/take.wav"));
    assert_int_equal(create("\\??\\c:\\take.wav", GENERIC_WRITE, FILE_CREATE, &file, &block),
                     STATUS_OBJECT_NAME_COLLISION);
}

PS_TEST(a_driver_writes_and_reads_a_file, "SV-112")
{
    with_folder(write_and_read);
    in_memory(write_and_read);
}

static void stay_inside(void *argument)
{
    static const char *const bad[] = {
        "\\??\\C:\\..\\escape", "\\??\\C:\\a\\..\\..\\escape", "\\??\\C:\\a/b",
        "\\??\\C:\\.",          "\\??\\C:\\a\\\\b",            "\\??\\C:\\",
        "\\??\\C:\\a:stream",   "\\??\\CON",                   "C:\\a",
        "\\Device\\Null",
    };
    IO_STATUS_BLOCK block;
    char path[160];
    HANDLE file;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(NT_SUCCESS(create(bad[i], GENERIC_WRITE, FILE_OVERWRITE_IF, &file, &block)));
    assert_int_equal(create("\\??\\C:\\no\\such.wav", GENERIC_WRITE, FILE_OVERWRITE_IF, &file, &block),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    // No link leads out, neither a folder nor the file itself.
    snprintf(path, sizeof(path), "%s/C/out", folder);
    assert_int_equal(symlink("/tmp", path), 0);
    assert_false(NT_SUCCESS(create("\\??\\C:\\out\\x", GENERIC_WRITE, FILE_OVERWRITE_IF, &file, &block)));
    snprintf(path, sizeof(path), "%s/C/link", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_false(NT_SUCCESS(create("\\??\\C:\\link", GENERIC_READ, FILE_OPEN, &file, &block)));
}

PS_TEST(no_name_leads_out_of_the_folder, "SV-112")
{
    with_folder(stay_inside);
}

static void delete_it(void *argument)
{
    FILE_DISPOSITION_INFORMATION disposition = {TRUE};
    IO_STATUS_BLOCK block;
    char text[2];
    HANDLE file;

    assert_int_equal(create("\\??\\D:\\x", GENERIC_WRITE, FILE_CREATE, &file, &block), STATUS_SUCCESS);
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &block, text, 1, NULL, NULL),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(ZwSetInformationFile(file, &block, &disposition, sizeof(disposition),
                                          FileDispositionInformation),
                     STATUS_SUCCESS);
    assert_true(drive_has("D/x"));
    ZwClose(file);
    assert_false(drive_has("D/x"));
}

PS_TEST(a_file_marked_for_deletion_goes_with_its_handle, "SV-112")
{
    with_folder(delete_it);
    in_memory(delete_it);
}

static void fill_it(void *argument)
{
    enum { PIECE = 1 << 20, MOST = 64 << 20 };
    static char text[PIECE];
    LARGE_INTEGER end = {.QuadPart = 3}, at = {.QuadPart = 60000}, far = {.QuadPart = 1LL << 40};
    IO_STATUS_BLOCK block;
    HANDLE file, other;
    char tail[4] = "xxxx";

    assert_int_equal(create("\\??\\C:\\a", GENERIC_READ | GENERIC_WRITE, FILE_CREATE, &file, &block), STATUS_SUCCESS);
    for (size_t i = 0; i < MOST / PIECE; i++)
        assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, text, PIECE, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, text, 1, NULL, NULL), STATUS_DISK_FULL);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, text, 1, &far, NULL), STATUS_DISK_FULL);
    assert_int_equal(ZwSetInformationFile(file, &block, &far, sizeof(far), FileEndOfFileInformation), STATUS_DISK_FULL);
    assert_int_equal(create("\\??\\C:\\b", GENERIC_WRITE, FILE_CREATE, &other, &block), STATUS_SUCCESS);
    assert_int_equal(ZwWriteFile(other, NULL, NULL, NULL, &block, text, 1, NULL, NULL), STATUS_DISK_FULL);
    // What is cut off makes room, and reads as zeros when the file grows again.
    text[0] = text[1] = text[2] = text[3] = 'a';
    assert_int_equal(ZwSetInformationFile(file, &block, &end, sizeof(end), FileEndOfFileInformation), STATUS_SUCCESS);
    assert_int_equal(ZwWriteFile(other, NULL, NULL, NULL, &block, text, 1, NULL, NULL), STATUS_SUCCESS);
    end.QuadPart = 70000;
    assert_int_equal(ZwSetInformationFile(file, &block, &end, sizeof(end), FileEndOfFileInformation), STATUS_SUCCESS);
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &block, text, PIECE, &at, NULL), STATUS_SUCCESS);
    assert_int_equal(block.Information, 10000);
    at.QuadPart = 1;
    assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, &block, tail, 4, &at, NULL), STATUS_SUCCESS);
    assert_memory_equal(tail, "\0\0\0\0", 4);
    ZwClose(file);
    ZwClose(other);
}

PS_TEST(memory_has_room_for_64_mib_of_files, "SV-112")
{
    in_memory(fill_it);
}

static void look_around(void *argument)
{
    IO_STATUS_BLOCK block;
    HANDLE file;

    assert_int_equal(create("\\SystemRoot\\Temp\\Log.txt", GENERIC_WRITE, FILE_CREATE, &file, &block), STATUS_SUCCESS);
    ZwClose(file);
    assert_int_equal(create("\\??\\C:\\windows\\temp\\LOG.TXT", GENERIC_READ, FILE_OPEN, &file, &block), STATUS_SUCCESS);
    ZwClose(file);
    assert_int_equal(create("\\??\\C:\\no\\such.wav", GENERIC_WRITE, FILE_OVERWRITE_IF, &file, &block),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(create("\\??\\C:\\x", GENERIC_WRITE, FILE_OVERWRITE, &file, &block), STATUS_OBJECT_NAME_NOT_FOUND);
}

PS_TEST(memory_has_the_folders_of_any_windows, "SV-112")
{
    in_memory(look_around);
}

static NTSTATUS create_folder(const char *path, ULONG disposition, IO_STATUS_BLOCK *block)
{
    WCHAR buffer[600];
    UNICODE_STRING name = wide_string(path, buffer);
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;
    HANDLE file;

    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwCreateFile(&file, 0, &attributes, block, NULL, FILE_ATTRIBUTE_NORMAL, 0, disposition,
                          FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (NT_SUCCESS(status)) {
        char text[1];

        assert_int_equal(ZwReadFile(file, NULL, NULL, NULL, block, text, 1, NULL, NULL), STATUS_ACCESS_DENIED);
        ZwClose(file);
    }
    return status;
}

static void make_folders(void *argument)
{
    IO_STATUS_BLOCK block;
    HANDLE file;

    assert_int_equal(create_folder("\\DriverData\\a\\b", FILE_OPEN_IF, &block), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(create_folder("\\DriverData\\a", FILE_OPEN, &block), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(create_folder("\\DriverData\\a", FILE_OPEN_IF, &block), STATUS_SUCCESS);
    assert_int_equal(block.Information, FILE_CREATED);
    assert_int_equal(create_folder("\\DriverData\\a", FILE_OPEN_IF, &block), STATUS_SUCCESS);
    assert_int_equal(block.Information, FILE_OPENED);
    assert_int_equal(create_folder("\\DriverData\\a", FILE_CREATE, &block), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(create_folder("\\DriverData\\a", FILE_OVERWRITE_IF, &block), STATUS_INVALID_PARAMETER);
    assert_int_equal(create_folder("\\DriverData\\a\\b", FILE_CREATE, &block), STATUS_SUCCESS);
    assert_int_equal(create("\\DriverData\\a\\b\\c.wav", GENERIC_WRITE, FILE_OVERWRITE_IF, &file, &block), STATUS_SUCCESS);
    ZwClose(file);
    assert_true(drive_has("C/Windows/System32/drivers/DriverData/a/b/c.wav"));
    assert_int_equal(create("\\DriverData\\a", GENERIC_READ, FILE_OPEN, &file, &block), STATUS_FILE_IS_A_DIRECTORY);
    assert_int_equal(create_folder("\\DriverData\\a\\b\\c.wav", FILE_OPEN, &block), STATUS_NOT_A_DIRECTORY);
    assert_int_equal(create_folder("\\SystemRoot\\Temp", FILE_OPEN_IF, &block), STATUS_SUCCESS);
    assert_int_equal(create("\\DriverData\\a\\b\\c.wav\\d", GENERIC_WRITE, FILE_OPEN_IF, &file, &block),
                     STATUS_OBJECT_PATH_NOT_FOUND);
}

PS_TEST(folders_are_made_step_by_step, "SV-112")
{
    with_folder(make_folders);
    in_memory(make_folders);
}

static void make_one(void *argument)
{
    IO_STATUS_BLOCK block;
    HANDLE file;

    assert_int_equal(create(argument, GENERIC_WRITE, FILE_CREATE, &file, &block), STATUS_SUCCESS);
    assert_int_equal(ZwWriteFile(file, NULL, NULL, NULL, &block, "abc", 3, NULL, NULL), STATUS_SUCCESS);
    ZwClose(file);
}

PS_TEST(files_in_memory_are_part_of_a_snapshot, "SV-112")
{
    static char first[] = "\\??\\C:\\first", second[] = "\\??\\C:\\second";
    struct kernel_rig rig = kernel_rig_do(make_one, first);
    struct arena_snapshot *snapshot;
    uint64_t bytes;
    size_t count;

    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    kernel_rig_thread(&rig, "second", make_one, second);
    kernel_rig_run(&rig);
    kernel_memory_files(rig.system, &count, &bytes);
    assert_int_equal(count, 2);
    arena_snapshot_restore(rig.system->arena, snapshot);
    kernel_memory_files(rig.system, &count, &bytes);
    assert_int_equal(count, 1);
    assert_int_equal(bytes, 3);
    arena_snapshot_free(snapshot);
    kernel_rig_clean(&rig);
}
