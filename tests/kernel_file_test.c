// SPDX-License-Identifier: MIT
//
// Files of drivers, in a folder of the host and nowhere else.
#include "ps_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel_fixture.h"
#include "wide.h"

static char folder[64];

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
}

static bool host_has(const char *name)
{
    char path[160];

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
    assert_true(host_has("C/take.wav"));
    assert_int_equal(create("\\??\\c:\\take.wav", GENERIC_WRITE, FILE_CREATE, &file, &block),
                     STATUS_OBJECT_NAME_COLLISION);
}

PS_TEST(a_driver_writes_and_reads_a_file, "SV-112")
{
    with_folder(write_and_read);
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
    assert_true(host_has("D/x"));
    ZwClose(file);
    assert_false(host_has("D/x"));
}

PS_TEST(a_file_marked_for_deletion_goes_with_its_handle, "SV-112")
{
    with_folder(delete_it);
}

static void no_drive(void *argument)
{
    IO_STATUS_BLOCK block;
    HANDLE file;

    assert_false(kernel_missed_drive(system_here(__func__)));
    assert_int_equal(create("\\??\\C:\\x", GENERIC_WRITE, FILE_OPEN_IF, &file, &block),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    assert_true(kernel_missed_drive(system_here(__func__)));
}

PS_TEST(without_a_folder_there_is_no_drive, "SV-112")
{
    struct kernel_rig rig = kernel_rig_do(no_drive, NULL);

    kernel_rig_clean(&rig);
}
