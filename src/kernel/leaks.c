// SPDX-License-Identifier: MIT
//
// What a driver leaves behind when it is unloaded (VF-67, VF-55, VF-39, VF-16), and what it has written into memory that it
// had freed (VF-71). Things belong to the image whose code asked for them.
#include <dlfcn.h>

#include "kernel/private.h"

bool driver_has(PDRIVER_OBJECT driver, const void *address)
{
    Dl_info ours, theirs;
    uintptr_t start = (uintptr_t)driver->DriverStart;

    if (!address)
        return false;
    if (start && driver->DriverSize)
        return (uintptr_t)address - start < driver->DriverSize;
    return dladdr((const void *)(uintptr_t)driver->DriverInit, &ours) && dladdr(address, &theirs) &&
           ours.dli_fbase == theirs.dli_fbase;
}

struct search {
    struct ps_system *system;
    PDRIVER_OBJECT driver;
    size_t count, bytes;
    struct pool_view first;
};

static void visit_block(void *context, const struct pool_view *view)
{
    struct search *search = context;

    if (!driver_has(search->driver, view->caller))
        return;
    if (!search->count++)
        search->first = *view;
    search->bytes += view->bytes;
}

static void report_pool(struct ps_system *system, PDRIVER_OBJECT driver)
{
    struct search search = {.system = system, .driver = driver};

    pool_each(system, &search, visit_block);
    if (search.count)
        kernel_misuse(
            system, "VF-67", search.first.caller, CODE_VERIFIER, 0x62,
            (uintptr_t)driver->DriverName.Buffer, 0, search.count,
            "the driver is unloaded with %zu pool blocks (%zu bytes) allocated; the first "
            "is block %u of %zu bytes with tag %.4s",
            search.count, search.bytes, search.first.number, search.first.bytes,
            (const char *)&search.first.tag);
}

static void report_watched(struct ps_system *system, const struct watched *watched)
{
    bool timer = watched->kind == WATCHED_TIMER;

    if (watched->kind == WATCHED_RESOURCE || watched->kind == WATCHED_LOOKASIDE)
        kernel_misuse(system, "VF-65", watched->caller, 0xCE, (uintptr_t)watched->object, 0, 0, 0,
                      "the driver is unloaded with %s %u, which it did not delete",
                      watched->kind == WATCHED_RESOURCE ? "resource" : "lookaside list", watched->number);
    else if (watched->busy)
        kernel_misuse(system, timer ? "VF-65" : "VF-55", watched->caller, 0xC7, !timer,
                      (uintptr_t)watched->object, 0, 0, "the driver is unloaded with %s %u still %s",
                      timer ? "timer" : "DPC", watched->number, timer ? "set" : "queued");
}

static void report_all_watched(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH_SAFE(link, &system->kernel->watched)
    {
        struct watched *watched = LIST_OBJECT(link, struct watched, link);

        if (!driver_has(driver, watched->caller))
            continue;
        report_watched(system, watched);
        watched_forget(system, watched);
    }
}

static void report_threads(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH(link, &system->kernel->threads)
    {
        const struct kernel_thread *thread = LIST_OBJECT(link, struct kernel_thread, link);

        if (thread->routine && !thread->header.SignalState && driver_has(driver, thread->caller))
            kernel_misuse(system, "VF-67", thread->caller, 0xCE, (uintptr_t)thread->routine, 0, 0,
                          0, "the driver is unloaded while its thread %u runs", thread->number);
    }
}

static void report_irps(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH(link, &system->kernel->irp_list)
    {
        const struct irp_record *record = LIST_OBJECT(link, struct irp_record, link);

        if (record->origin == IRP_OF_DRIVER && driver_has(driver, record->caller))
            kernel_misuse(system, "VF-67", record->caller, CODE_VERIFIER, 0x62,
                          (uintptr_t)driver->DriverName.Buffer, 0, 1,
                          "the driver is unloaded with IRP %u allocated", record->number);
    }
}

static void report_mdls(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH(link, &system->kernel->mdl_list)
    {
        const struct mdl_record *record = LIST_OBJECT(link, struct mdl_record, link);

        if (driver_has(driver, record->caller))
            kernel_misuse(system, record->locked ? "VF-91" : "VF-67", record->caller,
                          record->locked ? 0xCB : CODE_VERIFIER, record->locked ? 0 : 0x62,
                          (uintptr_t)record->mdl, 0, 1, "the driver is unloaded with MDL %u %s",
                          record->number, record->locked ? "locking pages" : "allocated");
    }
}

static bool owned(void *context, const void *caller)
{
    return driver_has(context, caller);
}

// Whether no other driver is there, so that what the port class has made for a driver is this one's.
static bool alone(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH(link, &system->kernel->drivers)
    {
        const struct driver_record *record = LIST_OBJECT(link, struct driver_record, link);

        if (&record->driver != driver && record != system->kernel->bus)
            return false;
    }
    return true;
}

static void report_com_objects(struct ps_system *system, PDRIVER_OBJECT driver)
{
    const struct kernel_com_object *first = NULL;
    size_t count = 0;

    LIST_EACH(link, &system->kernel->com_objects)
    {
        const struct kernel_com_object *object = LIST_OBJECT(link, struct kernel_com_object, link);

        if (!object->name || (!driver_has(driver, object->caller) && !alone(system, driver)))
            continue;
        if (!count++)
            first = object;
    }
    if (count)
        kernel_misuse(system, "VF-16", first->caller, CODE_VERIFIER, 0x62,
                      (uintptr_t)driver->DriverName.Buffer, 0, count,
                      "the driver is unloaded with references on %zu object%s of the port class; the first is an %s",
                      count, count == 1 ? "" : "s", first->name);
}

static void report_devices(struct ps_system *system, PDRIVER_OBJECT driver)
{
    for (PDEVICE_OBJECT device = driver->DeviceObject; device; device = device->NextDevice) {
        const struct device_record *record = device_find(system, device);

        if (record)
            kernel_misuse(system, "VF-132", record->caller, CODE_VERIFIER, 0x62, (uintptr_t)device,
                          0, 1, "the driver is unloaded with device %u", record->number);
    }
}

void leaks_report(struct ps_system *system, PDRIVER_OBJECT driver)
{
    interrupts_leaks(system, owned, driver);
    sections_leaks(system, owned, driver);
    providers_leaks(system, owned, driver);
    report_devices(system, driver);
    report_all_watched(system, driver);
    report_threads(system, driver);
    report_irps(system, driver);
    report_mdls(system, driver);
    memory_leaks(system, owned, driver);
    adapters_leaks(system, owned, driver);
    power_settings_leaks(system, owned, driver);
    report_pool(system, driver);
    report_com_objects(system, driver);
    pool_check_freed(system, owned, driver);
}
