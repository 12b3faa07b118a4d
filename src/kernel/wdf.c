// SPDX-License-Identifier: MIT
//
// KMDF for miniport drivers (DS-7): what a driver that keeps its own dispatch routines asks of it, through the
// function table that WdfVersionBind gives. One record for each driver that is bound; devices hang on it. The rest of
// the table stops the system with a finding. PASSIVE_LEVEL.
#include "kernel/private.h"

#include <wdf.h>

struct framework_device {
    struct list link;
    PDEVICE_OBJECT device;
};

struct framework {
    struct list link; // kernel.frameworks
    WDF_DRIVER_GLOBALS globals; // Driver: this record, once it is created
    PDRIVER_OBJECT driver;
    PFN_WDF_DRIVER_UNLOAD unload;
    struct list devices;
};

static struct framework *of_globals(struct ps_system *system, const WDF_DRIVER_GLOBALS *globals)
{
    LIST_EACH(link, &system->kernel->frameworks)
    {
        struct framework *framework = LIST_OBJECT(link, struct framework, link);

        if (&framework->globals == globals)
            return framework;
    }
    return NULL;
}

// The bound driver that a handle stands for; else a finding.
static struct framework *of_handle(struct ps_system *system, const WDF_DRIVER_GLOBALS *globals,
                                   WDFDRIVER handle, const char *service, const void *caller)
{
    struct framework *framework = of_globals(system, globals);

    if (framework && handle && handle == framework->globals.Driver)
        return framework;
    kernel_misuse(system, "DS-7", caller, 0x10D, 0x5, (uintptr_t)handle, 0, 0,
                  "%s of something that is no WDFDRIVER of this driver", service);
    return NULL;
}

static void drop_devices(struct ps_system *system, struct framework *framework)
{
    struct list *link;

    while ((link = list_pop_front(&framework->devices)))
        arena_free(system->arena, LIST_OBJECT(link, struct framework_device, link),
                   sizeof(struct framework_device));
}

// ---- the five calls -----------------------------------------------------------------------------

static NTSTATUS NTAPI driver_create_call(PWDF_DRIVER_GLOBALS globals, PDRIVER_OBJECT driver,
                                         PCUNICODE_STRING path, PWDF_OBJECT_ATTRIBUTES attributes,
                                         PWDF_DRIVER_CONFIG config, WDFDRIVER *out)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework = of_globals(system, globals);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, "WdfDriverCreate", CALLER);
    if (!framework || !driver || !config || config->Size < sizeof(*config))
        return STATUS_INVALID_PARAMETER;
    if (globals->Driver)
        return STATUS_DRIVER_INTERNAL_ERROR;
    // A driver whose devices KMDF makes itself has no port class above them.
    if (!(config->DriverInitFlags & WdfDriverInitNoDispatchOverride))
        return STATUS_NOT_SUPPORTED;
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    framework->driver = driver;
    framework->unload = config->EvtDriverUnload;
    globals->Driver = (WDFDRIVER)framework;
    globals->DriverTag = config->DriverPoolTag;
    if (out)
        *out = globals->Driver;
    return STATUS_SUCCESS;
}

static PDRIVER_OBJECT NTAPI get_driver_object_call(PWDF_DRIVER_GLOBALS globals, WDFDRIVER handle)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework =
        of_handle(system, globals, handle, "WdfDriverWdmGetDriverObject", CALLER);

    return framework ? framework->driver : NULL;
}

static NTSTATUS NTAPI miniport_create_call(PWDF_DRIVER_GLOBALS globals, WDFDRIVER handle,
                                           PWDF_OBJECT_ATTRIBUTES attributes, PDEVICE_OBJECT fdo,
                                           PDEVICE_OBJECT attached, PDEVICE_OBJECT pdo,
                                           WDFDEVICE *out)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework =
        of_handle(system, globals, handle, "WdfDeviceMiniportCreate", CALLER);
    struct framework_device *device;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, "WdfDeviceMiniportCreate", CALLER);
    if (!framework || !fdo || !out)
        return STATUS_INVALID_PARAMETER;
    device = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*device));
    if (!device)
        return STATUS_INSUFFICIENT_RESOURCES;
    device->device = fdo;
    list_push_back(&framework->devices, &device->link);
    *out = (WDFDEVICE)device;
    return STATUS_SUCCESS;
}

static VOID NTAPI miniport_unload_call(PWDF_DRIVER_GLOBALS globals, WDFDRIVER handle)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework =
        of_handle(system, globals, handle, "WdfDriverMiniportUnload", CALLER);

    if (!framework)
        return;
    if (framework->unload)
        framework->unload(handle);
    drop_devices(system, framework);
    globals->Driver = NULL;
}

static VOID NTAPI object_delete_call(PWDF_DRIVER_GLOBALS globals, WDFOBJECT object)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework = of_globals(system, globals);

    LIST_EACH(link, framework ? &framework->devices : &system->kernel->frameworks)
    {
        struct framework_device *device = LIST_OBJECT(link, struct framework_device, link);

        if (framework && (WDFOBJECT)device == object) {
            list_remove(link);
            arena_free(system->arena, device, sizeof(*device));
            return;
        }
    }
    kernel_misuse(system, "DS-7", CALLER, 0x10D, 0x5, (uintptr_t)object, 0, 0,
                  "WdfObjectDelete of something that is no device of this driver");
}

static VOID NTAPI not_provided(VOID)
{
    struct ps_system *system = system_here("KMDF");

    kernel_misuse(system, "DS-7", CALLER, 0x10D, 0, 0, 0, 0,
                  "a KMDF function is called that is not provided: only those of miniport drivers are");
    ExRaiseStatus(STATUS_NOT_IMPLEMENTED);
}

#define NONE10 \
    not_provided, not_provided, not_provided, not_provided, not_provided, not_provided, \
        not_provided, not_provided, not_provided, not_provided
#define NONE100 NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10

static const WDFFUNC table[WdfFunctionTableNumEntries] = {
    NONE100, NONE10, // to 109
    not_provided, not_provided, not_provided, not_provided, not_provided, not_provided,
    [WdfDriverCreateTableIndex] = (WDFFUNC)driver_create_call,
    not_provided,
    [WdfDriverWdmGetDriverObjectTableIndex] = (WDFFUNC)get_driver_object_call,
    not_provided,
    NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, NONE10, // to 199
    [WdfDeviceMiniportCreateTableIndex] = (WDFFUNC)miniport_create_call,
    [WdfDriverMiniportUnloadTableIndex] = (WDFFUNC)miniport_unload_call,
    not_provided, not_provided, not_provided, not_provided, not_provided, not_provided,
    [WdfObjectDeleteTableIndex] = (WDFFUNC)object_delete_call,
    not_provided,
    NONE100, NONE100, NONE10, NONE10, NONE10, not_provided, not_provided, not_provided, not_provided,
};

// ---- binding ------------------------------------------------------------------------------------

NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                              PWDF_BIND_INFO BindInfo, PWDF_COMPONENT_GLOBALS *ComponentGlobals)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!BindInfo || !ComponentGlobals || BindInfo->Size < sizeof(*BindInfo) ||
        !BindInfo->FuncTable)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (BindInfo->Version.Major != 1 || BindInfo->FuncCount > WdfFunctionTableNumEntries)
        return NT_TELL(STATUS_REVISION_MISMATCH);
    framework = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*framework));
    if (!framework)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    framework->driver = DriverObject;
    list_init(&framework->devices);
    list_push_back(&system->kernel->frameworks, &framework->link);
    *BindInfo->FuncTable = table;
    *ComponentGlobals = (PWDF_COMPONENT_GLOBALS)&framework->globals;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
                                PWDF_COMPONENT_GLOBALS ComponentGlobals)
{
    NT_SERVICE(COST_SERVICE);
    struct framework *framework = of_globals(system, (const WDF_DRIVER_GLOBALS *)ComponentGlobals);

    if (!framework)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    drop_devices(system, framework);
    list_remove(&framework->link);
    arena_free(system->arena, framework, sizeof(*framework));
    return STATUS_SUCCESS;
}

void frameworks_forget(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH_SAFE(link, &system->kernel->frameworks)
    {
        struct framework *framework = LIST_OBJECT(link, struct framework, link);

        if (framework->driver != driver)
            continue;
        drop_devices(system, framework);
        list_remove(link);
        arena_free(system->arena, framework, sizeof(*framework));
    }
}
