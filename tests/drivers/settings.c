/* SPDX-License-Identifier: MIT */
/* A driver that starts only if its key Settings has Gain, and counts its starts there in Runs. */
#include <portcls.h>

static WCHAR settings_name[] = {'S', 'e', 't', 't', 'i', 'n', 'g', 's', 0};
static WCHAR gain_name[] = {'G', 'a', 'i', 'n', 0};
static WCHAR runs_name[] = {'R', 'u', 'n', 's', 0};

static ULONG number(PREGISTRYKEY key, PWSTR name, ULONG otherwise)
{
    struct {
        KEY_VALUE_PARTIAL_INFORMATION info;
        UCHAR room[8];
    } value;
    UNICODE_STRING text;
    ULONG needed, result;

    RtlInitUnicodeString(&text, name);
    if (!NT_SUCCESS(key->lpVtbl->QueryValueKey(key, &text, KeyValuePartialInformation, &value,
                                               sizeof(value), &needed)) ||
        value.info.DataLength != sizeof(result))
        return otherwise;
    RtlCopyMemory(&result, (UCHAR *)&value + FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data), 4);
    return result;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    UNICODE_STRING name;
    PREGISTRYKEY key, settings;
    NTSTATUS status;
    ULONG runs;

    (void)irp, (void)resources;
    status = PcNewRegistryKey(&key, NULL, DriverRegistryKey, KEY_ALL_ACCESS, device, NULL, NULL, 0,
                              NULL);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&name, settings_name);
    status = key->lpVtbl->NewSubKey(key, &settings, NULL, KEY_ALL_ACCESS, &name, 0, NULL);
    key->lpVtbl->Release(key);
    if (!NT_SUCCESS(status))
        return status;
    if (number(settings, gain_name, 0) != 42)
        status = STATUS_DEVICE_CONFIGURATION_ERROR;
    runs = number(settings, runs_name, 0) + 1;
    RtlInitUnicodeString(&name, runs_name);
    settings->lpVtbl->SetValueKey(settings, &name, REG_DWORD, &runs, sizeof(runs));
    settings->lpVtbl->Release(settings);
    return status;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    return PcAddAdapterDevice(driver, device, start_device, 1, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
