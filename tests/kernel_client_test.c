// SPDX-License-Identifier: MIT
//
// A client's view: files, device control, waiting and cancelling; each allocation on the way
// failing once and for good; a thousand restores.
#include "ps_test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "kernel_stack.h"

static PFILE_OBJECT file;
static unsigned majors[IRP_MJ_MAXIMUM_FUNCTION + 1];

// Echoes the input, completed later by a DPC when the code says so.
#define CODE_ECHO 0x2F0003u
#define CODE_LATER 0x2F0007u
#define CODE_PARK 0x2F000Bu

static KDPC later;

static VOID NTAPI complete_later(PKDPC Dpc, PVOID context, PVOID irp_argument, PVOID two)
{
    PIRP irp = irp_argument;

    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 9;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static NTSTATUS echo(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG bytes = stack->Parameters.DeviceIoControl.InputBufferLength;

    if (bytes > stack->Parameters.DeviceIoControl.OutputBufferLength)
        bytes = stack->Parameters.DeviceIoControl.OutputBufferLength;
    memcpy(irp->UserBuffer, stack->Parameters.DeviceIoControl.Type3InputBuffer, bytes);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = bytes;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI serve(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    majors[stack->MajorFunction]++;
    if (stack->MajorFunction != IRP_MJ_DEVICE_CONTROL) {
        NTSTATUS status =
            stack->FileObject->FileName.Length > 8 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;

        irp->IoStatus.Status = status;
        irp->IoStatus.Information = 0;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    }
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case CODE_ECHO:
        return echo(irp);
    case CODE_LATER:
        IoMarkIrpPending(irp);
        KeInitializeDpc(&later, complete_later, NULL);
        KeInsertQueueDpc(&later, irp, NULL);
        return STATUS_PENDING;
    default:
        return park(device, irp);
    }
}

static void prepare(void)
{
    memset(majors, 0, sizeof(majors));
    parked = NULL;
    parked_lock = 0;
    lower_dispatch = serve;
    stack_create(false);
}

static void open_and_use(void *argument)
{
    char input[6] = "hello", output[6] = "";
    ULONG_PTR information = 0;
    PFILE_OBJECT child;

    prepare();
    assert_int_equal(kernel_open(system_current, lower_device, NULL, u"\\a", 4, &file),
                     STATUS_SUCCESS);
    assert_int_equal(file->FileName.Length, 4);
    assert_int_equal(kernel_open(system_current, NULL, file, u"b", 2, &child), STATUS_SUCCESS);
    assert_ptr_equal(child->RelatedFileObject, file);
    assert_int_equal(
        kernel_control_wait(system_current, file, CODE_ECHO, input, 6, output, 6, &information),
        STATUS_SUCCESS);
    assert_string_equal(output, "hello");
    assert_int_equal(information, 6);
    assert_int_equal(
        kernel_control_wait(system_current, child, CODE_LATER, NULL, 0, NULL, 0, &information),
        STATUS_SUCCESS);
    assert_int_equal(information, 9);
    kernel_close(system_current, file); // the child still refers to it
    assert_int_equal(majors[IRP_MJ_CLOSE], 0);
    kernel_close(system_current, child);
    assert_int_equal(majors[IRP_MJ_CLEANUP], 2);
    assert_int_equal(majors[IRP_MJ_CLOSE], 2);
    stack_drop();
}

PS_TEST(files_are_opened_used_and_closed, "SV-66")
{
    struct kernel_rig rig = kernel_rig_do(open_and_use, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.files + counts.irps + counts.pool_blocks + counts.devices, 0);
    kernel_rig_clean(&rig);
}

static void open_nothing(void *argument)
{
    prepare();
    assert_int_equal(kernel_open(system_current, lower_device, NULL, u"\\unknown", 16, &file),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(file);
    assert_int_equal(majors[IRP_MJ_CLEANUP] + majors[IRP_MJ_CLOSE], 0);
    assert_int_equal(kernel_open(system_current, lower_device, NULL, (void *)0x1000, 16, &file),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(kernel_open(system_current, lower_device, NULL, u"", 65535, &file),
                     STATUS_NAME_TOO_LONG);
    stack_drop();
}

PS_TEST(a_refused_create_is_not_closed, "")
{
    struct kernel_rig rig = kernel_rig_do(open_nothing, NULL);

    kernel_rig_clean(&rig);
}

static void close_with_request(void *argument)
{
    struct kernel_request request = {.complete = NULL};

    prepare();
    assert_int_equal(kernel_open(system_current, lower_device, NULL, NULL, 0, &file),
                     STATUS_SUCCESS);
    assert_int_equal(kernel_control(system_current, file, CODE_PARK, NULL, 0, NULL, 0, &request),
                     STATUS_PENDING);
    kernel_close(system_current, file);
    assert_int_equal(majors[IRP_MJ_CLEANUP], 1);
    assert_int_equal(majors[IRP_MJ_CLOSE], 0); // a request is in flight
    assert_true(kernel_cancel(&request));
    kernel_wait(&request);
    assert_int_equal(request.status, STATUS_CANCELLED);
    assert_false(kernel_cancel(&request));
    sleep_ms(1);
    assert_int_equal(majors[IRP_MJ_CLOSE], 1);
    stack_drop();
}

PS_TEST(close_waits_for_requests_in_flight, "SV-63")
{
    struct kernel_rig rig = kernel_rig_do(close_with_request, NULL);

    kernel_rig_clean(&rig);
}

static NTSTATUS NTAPI ignore_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction != IRP_MJ_DEVICE_CONTROL)
        return serve(device, irp);
    IoMarkIrpPending(irp);
    parked = irp;
    return STATUS_PENDING;
}

static void cancel_in_vain(void *argument)
{
    struct kernel_request request = {.complete = NULL};

    prepare();
    lower_dispatch = ignore_cancel;
    kernel_open(system_current, lower_device, NULL, NULL, 0, &file);
    kernel_control(system_current, file, CODE_PARK, NULL, 0, NULL, 0, &request);
    assert_false(kernel_cancel(&request));
    sleep_ms(299000);
    assert_int_equal(journal_count(system_current->journal), 0);
    sleep_ms(2000);
    assert_int_equal(journal_count(system_current->journal), 1);
    parked->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(parked, IO_NO_INCREMENT);
    kernel_close(system_current, file);
    stack_drop();
}

PS_TEST(a_cancelled_request_that_does_not_end_is_found, "SV-67", "VF-136")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    const struct finding *finding;

    kernel_rig_thread(&rig, "test", cancel_in_vain, NULL);
    assert_int_equal(sched_run(rig.system->sched, 400000000000u), SCHED_QUIET);
    finding = kernel_rig_finding(&rig, "VF-136");
    assert_int_equal(finding->parameters[0], 0x135);
    assert_int_equal(finding->parameters[2], 300000);
    assert_int_equal(kernel_rig_ended, 1);
    kernel_rig_end(&rig);
}

// ---- every allocation fails ---------------------------------------------------------------------

static NTSTATUS outcome;

static NTSTATUS use_all(void)
{
    char byte = 1, back = 0;
    uint8_t *buffer;
    PMDL mdl = NULL;
    PVOID block, contiguous;
    PIO_WORKITEM item;
    NTSTATUS status = kernel_open(system_current, lower_device, NULL, u"\\a", 4, &file);

    if (!NT_SUCCESS(status))
        return status;
    status = kernel_control_wait(system_current, file, CODE_ECHO, &byte, 1, &back, 1, NULL);
    block = ExAllocatePoolWithTag(NonPagedPool, 5000, TEST_TAG);
    contiguous = MmAllocateContiguousMemory(9000, (PHYSICAL_ADDRESS){.QuadPart = -1});
    item = IoAllocateWorkItem(lower_device);
    buffer = kernel_user_allocate(system_current, 10000, UINT64_MAX);
    if (buffer)
        mdl = IoAllocateMdl(buffer, 10000, FALSE, FALSE, NULL);
    if (mdl && NT_SUCCESS(kernel_lock_pages(system_current, mdl, IoReadAccess))) {
        if (!MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority))
            status = STATUS_INSUFFICIENT_RESOURCES;
        MmUnlockPages(mdl);
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!block || !contiguous || !item || !buffer)
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (mdl)
        IoFreeMdl(mdl);
    kernel_user_free(system_current, buffer, 10000);
    if (item)
        IoFreeWorkItem(item);
    if (contiguous)
        MmFreeContiguousMemory(contiguous);
    if (block)
        ExFreePool(block);
    kernel_close(system_current, file);
    return status;
}

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
}

static NTSTATUS with_driver(void)
{
    PDRIVER_OBJECT driver;
    NTSTATUS status = kernel_load_driver(system_current, "fails", stack_entry, &driver);

    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateDevice(driver, 64, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &lower_device);
    if (NT_SUCCESS(status)) {
        status = use_all();
        IoDeleteDevice(lower_device);
    }
    driver->DriverUnload = unload;
    assert_int_equal(kernel_unload_driver(system_current, driver), STATUS_SUCCESS);
    return status;
}

static void run_with_plan(void *argument)
{
    lower_dispatch = serve;
    upper_device = NULL;
    system_current->fault = argument;
    outcome = with_driver();
    system_current->fault = NULL;
}

// Fails the n-th allocation, n = 1, 2, 3 ..., until the run completes. Returns how many sites there
// are.
static uint64_t sweep(struct kernel_rig *rig, bool for_good)
{
    struct kernel_counts before, after;
    struct fault_plan plan;
    uint64_t n = 0;

    kernel_get_counts(rig->system, &before);
    do {
        plan = (struct fault_plan){.fail_at = ++n, .for_good = for_good};
        kernel_rig_thread(rig, "test", run_with_plan, &plan);
        assert_int_equal(kernel_rig_run(rig), SCHED_QUIET);
        if (outcome != STATUS_SUCCESS)
            assert_int_equal(outcome, STATUS_INSUFFICIENT_RESOURCES);
        assert_true(plan.failed || outcome == STATUS_SUCCESS);
        assert_false(plan.failed && for_good && outcome == STATUS_SUCCESS);
        kernel_get_counts(rig->system, &after);
        assert_memory_equal(&before, &after, sizeof(before));
    } while (plan.failed);
    return n - 1;
}

PS_TEST(each_allocation_fails_once_and_for_good_and_nothing_is_left, "SV-73")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    uint64_t once = sweep(&rig, false), for_good = sweep(&rig, true);

    assert_in_range(once, 12, 60);
    assert_int_equal(once, for_good);
    kernel_rig_clean(&rig);
}

// ---- restores -----------------------------------------------------------------------------------

static void use_and_leave(void *argument)
{
    unsigned *total = argument;
    char byte = 5, back = 0;

    kernel_control_wait(system_current, file, CODE_ECHO, &byte, 1, &back, 1, NULL);
    kernel_control_wait(system_current, file, CODE_LATER, &byte, 1, &back, 1, NULL);
    ExAllocatePoolWithTag(NonPagedPool, 100, TEST_TAG); // left for the restore
    IoAllocateMdl(&byte, 1, FALSE, FALSE, NULL);
    IoAllocateIrp(3, FALSE);
    *total += (unsigned)back;
}

static void open_for_restore(void *argument)
{
    prepare();
    kernel_open(system_current, lower_device, NULL, u"\\a", 4, &file);
}

PS_TEST(a_thousand_restores_bring_everything_back, "")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    struct kernel_counts before, after;
    struct arena_snapshot *snapshot;
    unsigned total = 0;

    kernel_rig_thread(&rig, "open", open_for_restore, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    kernel_get_counts(rig.system, &before);
    for (int i = 0; i < 1000; i++) {
        kernel_rig_thread(&rig, "use", use_and_leave, &total);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        arena_snapshot_restore(rig.system->arena, snapshot);
        kernel_get_counts(rig.system, &after);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    assert_int_equal(total, 5000);
    arena_snapshot_free(snapshot);
    kernel_rig_clean(&rig);
}

// ---- no system ----------------------------------------------------------------------------------

PS_TEST(an_nt_call_without_a_system_names_the_function, "")
{
    char line[200] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (!child) {
        dup2(ends[1], 2);
        system_current = NULL;
        KeQueryPerformanceCounter(NULL);
        _exit(0);
    }
    close(ends[1]);
    assert_in_range(read(ends[0], line, sizeof(line) - 1), 1, sizeof(line));
    close(ends[0]);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_non_null(strstr(line, "KeQueryPerformanceCounter"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); // one line
}
