// SPDX-License-Identifier: MIT
//
// The bus driver under every stack: what the PDO answers to PnP and power IRPs, and the bus
// interface. PASSIVE_LEVEL; configuration space any IRQL.
#include "kernel/private.h"

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static struct device_record *pdo_of(struct ps_system *system, PDEVICE_OBJECT device)
{
    return device_find(system, device);
}

// ---- configuration space ------------------------------------------------------------------------

static ULONG config_copy(struct device_record *pdo, UCHAR *buffer, ULONG offset, ULONG bytes,
                         bool write)
{
    ULONG done = 0;

    if (!pdo || !pdo->model || device_on_isa(pdo->model) || offset > 255)
        return 0;
    for (; done < bytes && offset + done < 256; done++) {
        if (write)
            pci_config_write(pdo->model, offset + done, 1, buffer[done]);
        else
            buffer[done] = (UCHAR)pci_config_read(pdo->model, offset + done, 1);
    }
    return done;
}

static ULONG NTAPI get_bus_data(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                ULONG Length)
{
    return config_copy(pdo_of(system_here(__func__), Context), Buffer, Offset, Length, false);
}

static ULONG NTAPI set_bus_data(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                ULONG Length)
{
    return config_copy(pdo_of(system_here(__func__), Context), Buffer, Offset, Length, true);
}

static VOID NTAPI interface_reference(PVOID Context)
{
}

static BOOLEAN NTAPI translate(PVOID Context, PHYSICAL_ADDRESS BusAddress, ULONG Length,
                               PULONG AddressSpace, PPHYSICAL_ADDRESS TranslatedAddress)
{
    *TranslatedAddress = BusAddress;
    return TRUE;
}

static struct _DMA_ADAPTER *NTAPI interface_dma(PVOID Context,
                                                struct _DEVICE_DESCRIPTION *Description,
                                                PULONG NumberOfMapRegisters)
{
    return IoGetDmaAdapter(Context, Description, NumberOfMapRegisters);
}

static NTSTATUS query_interface(PDEVICE_OBJECT pdo, PIO_STACK_LOCATION stack, NTSTATUS unchanged)
{
    PBUS_INTERFACE_STANDARD bus;

    if (memcmp(stack->Parameters.QueryInterface.InterfaceType, &GUID_BUS_INTERFACE_STANDARD,
               sizeof(GUID)))
        return unchanged;
    if (stack->Parameters.QueryInterface.Size < sizeof(*bus))
        return STATUS_INVALID_PARAMETER;
    bus = (PBUS_INTERFACE_STANDARD)stack->Parameters.QueryInterface.Interface;
    *bus = (BUS_INTERFACE_STANDARD){.Size = sizeof(*bus),
                                    .Version = 1,
                                    .Context = pdo,
                                    .InterfaceReference = interface_reference,
                                    .InterfaceDereference = interface_reference,
                                    .TranslateBusAddress = translate,
                                    .GetDmaAdapter = interface_dma,
                                    .SetBusData = set_bus_data,
                                    .GetBusData = get_bus_data};
    return STATUS_SUCCESS;
}

// ---- PnP and power ------------------------------------------------------------------------------

static NTSTATUS query_capabilities(PIO_STACK_LOCATION stack)
{
    PDEVICE_CAPABILITIES capabilities = stack->Parameters.DeviceCapabilities.Capabilities;

    if (capabilities->Version != 1 || capabilities->Size < sizeof(*capabilities))
        return STATUS_UNSUCCESSFUL;
    capabilities->Address = 0;
    capabilities->DeviceD1 = capabilities->DeviceD2 = FALSE;
    capabilities->DeviceState[PowerSystemUnspecified] = PowerDeviceUnspecified;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (int state = PowerSystemSleeping1; state < PowerSystemMaximum; state++)
        capabilities->DeviceState[state] = PowerDeviceD3;
    return STATUS_SUCCESS;
}

static NTSTATUS read_write_config(struct ps_system *system, PDEVICE_OBJECT pdo, PIRP irp,
                                  bool write)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    irp->IoStatus.Information = config_copy(
        pdo_of(system, pdo), stack->Parameters.ReadWriteConfig.Buffer,
        stack->Parameters.ReadWriteConfig.Offset, stack->Parameters.ReadWriteConfig.Length, write);
    return STATUS_SUCCESS;
}

// A started device may master the bus; a stopped one may not. An ISA card never does.
static NTSTATUS set_bus_master(struct device_record *pdo, bool on)
{
    enum { COMMAND = 4, BUS_MASTER = 4 };
    uint32_t command;

    if (!pdo || !pdo->model)
        return STATUS_SUCCESS;
    command = pci_config_read(pdo->model, COMMAND, 2);
    pci_config_write(pdo->model, COMMAND, 2, on ? command | BUS_MASTER : command & ~BUS_MASTER);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI bus_pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct ps_system *system = system_here(__func__);
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);

    switch (stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return complete(Irp, set_bus_master(pdo_of(system, DeviceObject), true));
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return complete(Irp, set_bus_master(pdo_of(system, DeviceObject), false));
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return complete(Irp, STATUS_SUCCESS);
    case IRP_MN_QUERY_CAPABILITIES:
        return complete(Irp, query_capabilities(stack));
    case IRP_MN_QUERY_INTERFACE:
        return complete(Irp, query_interface(DeviceObject, stack, Irp->IoStatus.Status));
    case IRP_MN_READ_CONFIG:
    case IRP_MN_WRITE_CONFIG:
        return complete(Irp, read_write_config(system, DeviceObject, Irp,
                                               stack->MinorFunction == IRP_MN_WRITE_CONFIG));
    default:
        return complete(Irp, Irp->IoStatus.Status);
    }
}

NTSTATUS NTAPI bus_power(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_SET_POWER:
    case IRP_MN_QUERY_POWER:
        return complete(Irp, STATUS_SUCCESS);
    default:
        return complete(Irp, Irp->IoStatus.Status);
    }
}
