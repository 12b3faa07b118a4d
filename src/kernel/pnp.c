// SPDX-License-Identifier: MIT
//
// Plug and play from above: a PDO for a device on the machine's bus, AddDevice, start and removal
// of the stack, each step an IRP that is sent and waited for. PASSIVE_LEVEL on a system thread.
#include "kernel/private.h"

// ---- IRPs of the PnP manager --------------------------------------------------------------------

struct pnp_wait {
    KEVENT event;
    IO_STATUS_BLOCK status;
};

static void pnp_finished(struct ps_system *system, struct irp_record *record)
{
    struct pnp_wait *wait = record->context;

    wait->status = record->irp->IoStatus;
    irp_free(system, record);
    event_set(system, &wait->event);
}

// Sends a PnP IRP with `minor` to the top of the stack; `prepared` gives the parameters.
static NTSTATUS send(struct ps_system *system, PDEVICE_OBJECT pdo, UCHAR minor,
                     const IO_STACK_LOCATION *prepared)
{
    PDEVICE_OBJECT top = device_top(pdo);
    struct irp_record *record = irp_reserved(system, top->StackSize, IRP_OF_KERNEL);
    struct pnp_wait wait;
    PIO_STACK_LOCATION stack;

    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&wait.event, NotificationEvent, FALSE);
    record->finish = pnp_finished;
    record->context = &wait;
    record->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(record->irp);
    if (prepared)
        *stack = *prepared;
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = minor;
    io_call(system, top, record->irp, NULL);
    KeWaitForSingleObject(&wait.event, Executive, KernelMode, FALSE, NULL);
    return wait.status.Status;
}

// ---- resources ----------------------------------------------------------------------------------

static void describe(PCM_PARTIAL_RESOURCE_DESCRIPTOR to, const struct device_resource *from,
                     bool translated, unsigned processors)
{
    memset(to, 0, sizeof(*to));
    switch (from->kind) {
    case RESOURCE_IO:
        to->Type = CmResourceTypePort;
        to->ShareDisposition = CmResourceShareDeviceExclusive;
        to->Flags = CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE;
        to->u.Port.Start.QuadPart = (LONGLONG)from->start;
        to->u.Port.Length = from->length;
        break;
    case RESOURCE_MEMORY:
        to->Type = CmResourceTypeMemory;
        to->ShareDisposition = CmResourceShareDeviceExclusive;
        to->Flags = CM_RESOURCE_MEMORY_READ_WRITE;
        to->u.Memory.Start.QuadPart = (LONGLONG)from->start;
        to->u.Memory.Length = from->length;
        break;
    case RESOURCE_INTERRUPT:
        to->Type = CmResourceTypeInterrupt;
        to->ShareDisposition =
            from->latched ? CmResourceShareDeviceExclusive : CmResourceShareShared;
        to->Flags = from->latched ? CM_RESOURCE_INTERRUPT_LATCHED
                                  : CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
        to->u.Interrupt.Vector = translated ? (ULONG)from->start : from->line;
        to->u.Interrupt.Level = translated ? from->irql : from->line;
        to->u.Interrupt.Affinity = ((KAFFINITY)1 << processors) - 1;
        break;
    case RESOURCE_CHANNEL:
        to->Type = CmResourceTypeDma;
        to->ShareDisposition = CmResourceShareDeviceExclusive;
        to->Flags = from->start < 4 ? CM_RESOURCE_DMA_8 : CM_RESOURCE_DMA_16;
        to->u.Dma.Channel = (ULONG)from->start;
        break;
    }
}

static size_t list_bytes(unsigned count)
{
    return offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
           count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
}

static PCM_RESOURCE_LIST list_new(struct ps_system *system, struct ps_device *device,
                                  bool translated)
{
    struct device_resource resources[DEVICE_RESOURCES];
    unsigned count = device_resources(device, resources, DEVICE_RESOURCES);
    PCM_RESOURCE_LIST list =
        pool_allocate(system, PagedPool, list_bytes(count), TAG_KERNEL, true, NULL);
    PCM_PARTIAL_RESOURCE_LIST partial;

    if (!list)
        return NULL;
    list->Count = 1;
    list->List[0].InterfaceType = device_on_isa(device) ? Isa : PCIBus;
    // Through a pointer of its own: the compiler takes an array [1] inside an array [1] at its
    // word.
    partial = &list->List[0].PartialResourceList;
    partial->Version = 1;
    partial->Revision = 1;
    partial->Count = count;
    for (unsigned i = 0; i < count; i++)
        describe(&partial->PartialDescriptors[i], &resources[i], translated,
                 system->sched->processor_count);
    return list;
}

// ---- PDOs ---------------------------------------------------------------------------------------

static PDRIVER_OBJECT bus_driver(struct ps_system *system)
{
    struct kernel *kernel = system->kernel;

    if (!kernel->bus)
        kernel->bus = driver_create(system, "pci", NULL);
    if (!kernel->bus)
        return NULL;
    kernel->bus->driver.MajorFunction[IRP_MJ_PNP] = bus_pnp;
    kernel->bus->driver.MajorFunction[IRP_MJ_POWER] = bus_power;
    return &kernel->bus->driver;
}

static void pdo_delete(struct ps_system *system, struct device_record *pdo)
{
    void *lists[] = {pdo->raw, pdo->translated};

    interfaces_forget(system, pdo->device);
    pdo->model = NULL;
    for (int i = 0; i < 2; i++)
        if (lists[i])
            pool_free(system, lists[i], TAG_KERNEL, NULL);
    pdo->raw = pdo->translated = NULL;
    IoDeleteDevice(pdo->device);
}

static struct device_record *pdo_create(struct ps_system *system, struct ps_device *model)
{
    PDRIVER_OBJECT driver = bus_driver(system);
    struct device_record *record;
    PDEVICE_OBJECT device;

    if (!driver ||
        !NT_SUCCESS(device_create(system, driver, 0, NULL, FILE_DEVICE_UNKNOWN, NULL, &device)))
        return NULL;
    record = device_find(system, device);
    record->model = model;
    record->raw = list_new(system, model, false);
    record->translated = list_new(system, model, true);
    device->Flags = (device->Flags & ~(ULONG)DO_DEVICE_INITIALIZING) | DO_BUS_ENUMERATED_DEVICE |
                    DO_POWER_PAGABLE;
    if (record->raw && record->translated)
        return record;
    pdo_delete(system, record);
    return NULL;
}

// ---- start --------------------------------------------------------------------------------------

static NTSTATUS add_device(struct ps_system *system, PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    PDRIVER_ADD_DEVICE routine = driver->DriverExtension->AddDevice;
    struct kernel_call call;
    NTSTATUS status;

    if (!routine)
        return STATUS_INVALID_DEVICE_REQUEST;
    kernel_call_enter(system, &call);
    status = routine(driver, pdo);
    kernel_call_leave(system, &call, "VF-56", "AddDevice", (const void *)(uintptr_t)routine);
    return kernel_tell(status, "AddDevice", (const void *)(uintptr_t)routine);
}

static void capabilities_init(DEVICE_CAPABILITIES *capabilities)
{
    memset(capabilities, 0, sizeof(*capabilities));
    capabilities->Size = sizeof(*capabilities);
    capabilities->Version = 1;
    capabilities->Address = capabilities->UINumber = ~0u;
}

static NTSTATUS start_stack(struct ps_system *system, struct device_record *pdo)
{
    DEVICE_CAPABILITIES capabilities;
    IO_STACK_LOCATION stack = {0};
    NTSTATUS status;

    capabilities_init(&capabilities);
    stack.Parameters.DeviceCapabilities.Capabilities = &capabilities;
    status = send(system, pdo->device, IRP_MN_QUERY_CAPABILITIES, &stack);
    if (status == STATUS_INSUFFICIENT_RESOURCES)
        return status;
    memset(&stack, 0, sizeof(stack));
    stack.Parameters.StartDevice.AllocatedResources = pdo->raw;
    stack.Parameters.StartDevice.AllocatedResourcesTranslated = pdo->translated;
    return send(system, pdo->device, IRP_MN_START_DEVICE, &stack);
}

// VF-116: after REMOVE_DEVICE nobody is attached to the PDO any more.
static void stack_gone(struct ps_system *system, struct device_record *pdo)
{
    PDEVICE_OBJECT above = pdo->device->AttachedDevice;

    if (above) {
        struct device_record *upper = device_find(system, above);

        kernel_misuse(system, "VF-116", upper ? upper->caller : NULL, CODE_VERIFIER, 0x43006,
                      (uintptr_t)above, 0, 0,
                      "device %u is still attached after IRP_MN_REMOVE_DEVICE",
                      upper ? upper->number : 0);
        pdo->device->AttachedDevice = NULL;
        if (upper)
            upper->lower = NULL;
    }
    pdo_delete(system, pdo);
}

NTSTATUS kernel_start_device(struct ps_system *system, PDRIVER_OBJECT driver,
                             struct ps_device *device, PDEVICE_OBJECT *pdo)
{
    struct device_record *record = pdo_create(system, device);
    NTSTATUS status;

    *pdo = NULL;
    kernel_forget_failures(system);
    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = add_device(system, driver, record->device);
    if (!NT_SUCCESS(status)) {
        stack_gone(system, record);
        return status;
    }
    kernel_forget_failures(system); // what AddDevice could do without
    status = start_stack(system, record);
    if (!NT_SUCCESS(status)) {
        send(system, record->device, IRP_MN_REMOVE_DEVICE, NULL);
        stack_gone(system, record);
        return status;
    }
    *pdo = record->device;
    return status;
}

// ---- stop ---------------------------------------------------------------------------------------

NTSTATUS kernel_stop_device(struct ps_system *system, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = send(system, pdo, IRP_MN_QUERY_STOP_DEVICE, NULL);

    if (!NT_SUCCESS(status)) {
        send(system, pdo, IRP_MN_CANCEL_STOP_DEVICE, NULL);
        return status;
    }
    return send(system, pdo, IRP_MN_STOP_DEVICE, NULL);
}

NTSTATUS kernel_restart_device(struct ps_system *system, PDEVICE_OBJECT pdo)
{
    struct device_record *record = device_find(system, pdo);

    return record ? start_stack(system, record) : STATUS_NO_SUCH_DEVICE;
}

// ---- removal ------------------------------------------------------------------------------------

NTSTATUS kernel_surprise_removal(struct ps_system *system, PDEVICE_OBJECT pdo)
{
    struct device_record *record = device_find(system, pdo);

    if (!record || record->unplugged)
        return STATUS_NO_SUCH_DEVICE;
    record->leaving = record->unplugged = true;
    return send(system, pdo, IRP_MN_SURPRISE_REMOVAL, NULL);
}

static NTSTATUS query_remove(struct ps_system *system, struct device_record *pdo)
{
    NTSTATUS status;

    pdo->leaving = true;
    status = send(system, pdo->device, IRP_MN_QUERY_REMOVE_DEVICE, NULL);
    if (NT_SUCCESS(status) && files_open(system, pdo))
        status = STATUS_DEVICE_BUSY;
    if (NT_SUCCESS(status))
        return status;
    send(system, pdo->device, IRP_MN_CANCEL_REMOVE_DEVICE, NULL);
    pdo->leaving = false;
    return status;
}

NTSTATUS kernel_remove_device(struct ps_system *system, PDEVICE_OBJECT pdo, bool surprise)
{
    struct device_record *record = device_find(system, pdo);
    NTSTATUS status;

    if (!record)
        return STATUS_NO_SUCH_DEVICE;
    if (surprise)
        kernel_surprise_removal(system, pdo);
    if (!record->unplugged) {
        status = query_remove(system, record);
        if (!NT_SUCCESS(status))
            return status;
    } else if (files_open(system, record)) {
        return STATUS_DEVICE_BUSY;
    }
    send(system, pdo, IRP_MN_REMOVE_DEVICE, NULL); // nobody can refuse it
    stack_gone(system, record);
    return STATUS_SUCCESS;
}
