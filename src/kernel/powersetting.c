// SPDX-License-Identifier: MIT
//
// Power settings (SV-121): who wants to be told of one is told at once what it is. This machine has mains, a display
// that is on, a lid that is open and a balanced plan, and none of that changes. PASSIVE_LEVEL.
#include "kernel/private.h"

struct power_setting_callback {
    struct list link; // kernel.power_settings
    PPOWER_SETTING_CALLBACK routine;
    PVOID context;
    const void *caller;
};

struct setting {
    GUID name;
    ULONG bytes;
    ULONG value[4];
};

// The names are those of GUID_ACDC_POWER_SOURCE (PoAc), GUID_BATTERY_PERCENTAGE_REMAINING, GUID_MONITOR_POWER_ON,
// GUID_CONSOLE_DISPLAY_STATE, GUID_LIDSWITCH_STATE_CHANGE and GUID_POWERSCHEME_PERSONALITY, whose value is
// GUID_TYPICAL_POWER_SAVINGS.
static const struct setting settings[] = {
    {{0x5D3E9A59, 0xE9D5, 0x4B00, {0xA6, 0xBD, 0xFF, 0x34, 0xFF, 0x51, 0x65, 0x48}}, 4, {0}},
    {{0xA7AD8041, 0xB45A, 0x4CAE, {0x87, 0xA3, 0xEE, 0xCB, 0xB4, 0x68, 0xA9, 0xE1}}, 4, {100}},
    {{0x02731015, 0x4510, 0x4526, {0x99, 0xE6, 0xE5, 0xA1, 0x7E, 0xBD, 0x1A, 0xEA}}, 4, {1}},
    {{0x6FE69556, 0x704A, 0x47A0, {0x8F, 0x24, 0xC2, 0x8D, 0x93, 0x6F, 0xDA, 0x47}}, 4, {1}},
    {{0xBA3E0F4D, 0xB817, 0x4094, {0xA2, 0xD1, 0xD5, 0x63, 0x79, 0xE6, 0xA0, 0xF3}}, 4, {1}},
    {{0x245D8541, 0x3943, 0x4422, {0xB0, 0x25, 0x13, 0xA7, 0x84, 0xF6, 0x79, 0xB7}},
     16,
     {0x381B4222, 0x41F0F694, 0x5BFF8596, 0x2EDF60B2}},
};

static void tell(const struct power_setting_callback *callback, const GUID *name)
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        struct setting copy = settings[i];

        if (!memcmp(name, &copy.name, sizeof(GUID)))
            callback->routine(name, copy.value, copy.bytes, callback->context);
    }
}

NTSTATUS NTAPI PoRegisterPowerSettingCallback(PDEVICE_OBJECT DeviceObject, const GUID *SettingGuid,
                                              PPOWER_SETTING_CALLBACK Callback, PVOID Context,
                                              PVOID *Handle)
{
    NT_SERVICE(COST_SERVICE);
    struct power_setting_callback *callback;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!SettingGuid || !Callback)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    callback = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*callback));
    if (!callback)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    callback->routine = Callback;
    callback->context = Context;
    callback->caller = CALLER;
    list_push_back(&system->kernel->power_settings, &callback->link);
    if (Handle)
        *Handle = callback;
    tell(callback, SettingGuid);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PoUnregisterPowerSettingCallback(PVOID Handle)
{
    NT_SERVICE(COST_SERVICE);

    LIST_EACH_SAFE(link, &system->kernel->power_settings)
    {
        if (LIST_OBJECT(link, struct power_setting_callback, link) != Handle)
            continue;
        list_remove(link);
        arena_free(system->arena, Handle, sizeof(struct power_setting_callback));
        return STATUS_SUCCESS;
    }
    return NT_TELL(STATUS_INVALID_PARAMETER);
}

void power_settings_leaks(struct ps_system *system,
                          bool (*owned)(void *context, const void *caller), void *context)
{
    LIST_EACH_SAFE(link, &system->kernel->power_settings)
    {
        struct power_setting_callback *callback =
            LIST_OBJECT(link, struct power_setting_callback, link);

        if (!owned(context, callback->caller))
            continue;
        kernel_misuse(system, "VF-67", callback->caller, 0xCE, (uintptr_t)callback->routine, 0, 0, 0,
                      "the driver is unloaded with a power setting callback registered");
        list_remove(link);
        arena_free(system->arena, callback, sizeof(*callback));
    }
}
