// SPDX-License-Identifier: MIT
//
// What IoGetDeviceProperty tells of a PDO (SV-112). PASSIVE_LEVEL.
#include "kernel/private.h"

enum { TEXT_MAX = 256 };

struct identity {
    const char *isa; // of an ISA card; the rest is then nothing
    unsigned vendor, device, subsystem, revision, class_code;
};

static struct identity identity_of(struct ps_device *model)
{
    return (struct identity){
        .isa = device_isa_id(model),
        .vendor = pci_config_read(model, 0, 2),
        .device = pci_config_read(model, 2, 2),
        .revision = pci_config_read(model, 8, 1),
        .class_code = pci_config_read(model, 8, 4) >> 8,
        .subsystem = pci_config_read(model, 0x2C, 4),
    };
}

static const char *bus_name(const struct identity *id)
{
    return id->isa ? "ISA" : "PCI";
}

// UTF-16 of a text that may hold NULs (REG_MULTI_SZ); the bytes.
static ULONG widen(const char *text, size_t length, WCHAR *to)
{
    for (size_t i = 0; i < length; i++)
        to[i] = (UCHAR)text[i];
    return (ULONG)(length * sizeof(WCHAR));
}

static ULONG one_string(const char *text, WCHAR *to)
{
    return widen(text, strlen(text) + 1, to);
}

static ULONG isa_ids(const struct identity *id, WCHAR *to)
{
    char text[TEXT_MAX];
    int length =
        snprintf(text, sizeof(text), "ISA\\%.32s%c*%.32s%c", id->isa, 0, id->isa, 0);

    return widen(text, (size_t)length + 1, to);
}

static ULONG hardware_ids(const struct identity *id, WCHAR *to)
{
    char text[TEXT_MAX];
    int length = snprintf(text, sizeof(text),
                          "PCI\\VEN_%04X&DEV_%04X&SUBSYS_%08X&REV_%02X%c"
                          "PCI\\VEN_%04X&DEV_%04X&SUBSYS_%08X%cPCI\\VEN_%04X&DEV_%04X%c",
                          id->vendor, id->device, id->subsystem, id->revision, 0, id->vendor,
                          id->device, id->subsystem, 0, id->vendor, id->device, 0);

    return widen(text, (size_t)length + 1, to);
}

static ULONG compatible_ids(const struct identity *id, WCHAR *to)
{
    char text[TEXT_MAX];
    int length = snprintf(text, sizeof(text), "PCI\\VEN_%04X&CC_%06X%cPCI\\CC_%06X%c", id->vendor,
                          id->class_code, 0, id->class_code, 0);

    return widen(text, (size_t)length + 1, to);
}

static ULONG number(ULONG value, WCHAR *to)
{
    memcpy(to, &value, sizeof(value));
    return sizeof(value);
}

// The bytes of the property in `to`; 0: this device does not have it.
static ULONG value_of(struct ps_system *system, struct device_record *pdo, DEVICE_REGISTRY_PROPERTY property, WCHAR *to)
{
    const struct identity id = identity_of(pdo->model);
    char text[TEXT_MAX];

    switch (property) {
    case DevicePropertyHardwareID:
        return id.isa ? isa_ids(&id, to) : hardware_ids(&id, to);
    case DevicePropertyCompatibleIDs:
        return id.isa ? 0 : compatible_ids(&id, to);
    case DevicePropertyDeviceDescription:
    case DevicePropertyFriendlyName:
        return one_string(device_ops(pdo->model)->description, to);
    case DevicePropertyManufacturer:
        return one_string("Portside", to);
    case DevicePropertyClassName:
        return one_string("MEDIA", to);
    case DevicePropertyClassGuid:
        return one_string("{4D36E96C-E325-11CE-BFC1-08002BE10318}", to);
    case DevicePropertyEnumeratorName:
        return one_string(bus_name(&id), to);
    case DevicePropertyDriverKeyName:
        snprintf(text, sizeof(text), "{4D36E96C-E325-11CE-BFC1-08002BE10318}\\%04u",
                 device_index(system, pdo));
        return one_string(text, to);
    case DevicePropertyPhysicalDeviceObjectName:
        snprintf(text, sizeof(text), "\\Device\\NTPNP_PCI%04u", pdo->number);
        return one_string(text, to);
    case DevicePropertyLocationInformation:
        snprintf(text, sizeof(text), "%s bus 0", bus_name(&id));
        return one_string(text, to);
    case DevicePropertyLegacyBusType:
        return number(id.isa ? Isa : PCIBus, to);
    case DevicePropertyBusNumber:
    case DevicePropertyAddress:
        return number(0, to);
    default:
        return 0;
    }
}

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *pdo = device_find(system, DeviceObject);
    WCHAR value[TEXT_MAX];
    ULONG bytes;

    *ResultLength = 0;
    if (!irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER) || !pdo ||
        !pdo->model)
        return NT_TELL(STATUS_INVALID_DEVICE_REQUEST);
    bytes = value_of(system, pdo, DeviceProperty, value);
    if (!bytes)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    *ResultLength = bytes;
    if (bytes > BufferLength)
        return NT_TELL(STATUS_BUFFER_TOO_SMALL);
    memcpy(PropertyBuffer, value, bytes);
    return STATUS_SUCCESS;
}
