// SPDX-License-Identifier: MIT
//
// DriverEntry, AddDevice, StartDevice: one adapter with a topology and a wave subdevice. References made here
// are dropped here; the ports keep their own.
#include "common.h"

enum { SUBDEVICES = 2 };

typedef NTSTATUS (*CREATE_MINIPORT)(PUNKNOWN *Unknown);

static WCHAR TopologyName[] = {'T', 'o', 'p', 'o', 'l', 'o', 'g', 'y', 0};
static WCHAR WaveName[] = {'W', 'a', 'v', 'e', 0};

static NTSTATUS InitAndRegister(PDEVICE_OBJECT Device, PIRP Irp, PWSTR Name, PPORT Port,
                                PUNKNOWN Miniport, PUNKNOWN Adapter, PRESOURCELIST Resources)
{
    NTSTATUS status = Port->Init(Device, Irp, Miniport, Adapter, Resources);

    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(Device, Name, Port);
    return status;
}

// On success *Filter has a reference on the port, for the physical connections.
static NTSTATUS Install(PDEVICE_OBJECT Device, PIRP Irp, PWSTR Name, REFGUID PortClass,
                        CREATE_MINIPORT Create, PUNKNOWN Adapter, PRESOURCELIST Resources,
                        PUNKNOWN *Filter)
{
    PUNKNOWN miniport = NULL;
    PPORT port = NULL;
    NTSTATUS status = PcNewPort(&port, PortClass);

    if (NT_SUCCESS(status))
        status = Create(&miniport);
    if (NT_SUCCESS(status))
        status = InitAndRegister(Device, Irp, Name, port, miniport, Adapter, Resources);
    SafeRelease(miniport);
    if (NT_SUCCESS(status))
        *Filter = port;
    else
        SafeRelease(port);
    return status;
}

static NTSTATUS Connect(PDEVICE_OBJECT Device, PUNKNOWN Wave, PUNKNOWN Topology)
{
    NTSTATUS status = PcRegisterPhysicalConnection(Device, Wave, WAVE_PIN_RENDER_BRIDGE, Topology,
                                                   TOPOLOGY_PIN_WAVE_IN);

    if (NT_SUCCESS(status))
        status = PcRegisterPhysicalConnection(Device, Topology, TOPOLOGY_PIN_WAVE_OUT, Wave,
                                              WAVE_PIN_CAPTURE_BRIDGE);
    return status;
}

static NTSTATUS InstallAll(PDEVICE_OBJECT Device, PIRP Irp, PUNKNOWN Adapter,
                           PRESOURCELIST Resources)
{
    PUNKNOWN topology = NULL, wave = NULL;
    NTSTATUS status = Install(Device, Irp, TopologyName, CLSID_PortTopology, NewMiniportTopology,
                              Adapter, NULL, &topology);

    if (NT_SUCCESS(status))
        status = Install(Device, Irp, WaveName, WavePortClass(), NewMiniportWave, Adapter, Resources,
                         &wave);
    if (NT_SUCCESS(status))
        status = Connect(Device, wave, topology);
    SafeRelease(topology);
    SafeRelease(wave);
    return status;
}

static NTSTATUS NTAPI StartDevice(PDEVICE_OBJECT Device, PIRP Irp, PRESOURCELIST Resources)
{
    PUNKNOWN adapter = NULL;
    NTSTATUS status;

    PAGED_CODE();
    if (Resources->NumberOfPorts() < 2 || Resources->NumberOfInterrupts() < 1)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    status = NewAdapterCommon(&adapter, Resources);
    if (NT_SUCCESS(status))
        status = InstallAll(Device, Irp, adapter, Resources);
    SafeRelease(adapter);
    return status;
}

static NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Device)
{
    PAGED_CODE();
    return PcAddAdapterDevice(Driver, Device, StartDevice, SUBDEVICES, 0);
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    return PcInitializeAdapterDriver(Driver, RegistryPath, AddDevice);
}
