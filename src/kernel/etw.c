// SPDX-License-Identifier: MIT
//
// Event providers (SV-137): registered, never enabled, for no session listens. PASSIVE_LEVEL to register; writing at any
// IRQL.
#include <detail/etw.h>

#include "kernel/private.h"

struct provider {
    struct list link; // kernel.providers
    REGHANDLE handle;
    const void *caller;
};

// Handles count up from 1: a stale one is never another's.
NTSTATUS NTAPI EtwRegister(LPCGUID ProviderId, PETWENABLECALLBACK EnableCallback, PVOID CallbackContext,
                           PREGHANDLE RegHandle)
{
    NT_SERVICE(COST_SERVICE);
    struct provider *provider;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (!ProviderId || !RegHandle)
        return STATUS_INVALID_PARAMETER;
    *RegHandle = 0;
    provider = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*provider));
    if (!provider)
        return STATUS_INSUFFICIENT_RESOURCES;
    provider->handle = ++system->kernel->provider_serial;
    provider->caller = CALLER;
    list_push_back(&system->kernel->providers, &provider->link);
    *RegHandle = provider->handle;
    return STATUS_SUCCESS;
}

static struct provider *find(struct ps_system *system, REGHANDLE handle)
{
    LIST_EACH(link, &system->kernel->providers)
    {
        struct provider *provider = LIST_OBJECT(link, struct provider, link);

        if (provider->handle == handle)
            return provider;
    }
    return NULL;
}

static void forget(struct ps_system *system, struct provider *provider)
{
    list_remove(&provider->link);
    arena_free(system->arena, provider, sizeof(*provider));
}

NTSTATUS NTAPI EtwUnregister(REGHANDLE RegHandle)
{
    NT_SERVICE(COST_SERVICE);
    struct provider *provider = find(system, RegHandle);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (!provider)
        return STATUS_INVALID_HANDLE;
    forget(system, provider);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI EtwEventEnabled(REGHANDLE RegHandle, PCEVENT_DESCRIPTOR EventDescriptor)
{
    return FALSE;
}

BOOLEAN NTAPI EtwProviderEnabled(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword)
{
    return FALSE;
}

static NTSTATUS written(struct ps_system *system, REGHANDLE handle)
{
    return find(system, handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

NTSTATUS NTAPI EtwWrite(REGHANDLE RegHandle, PCEVENT_DESCRIPTOR EventDescriptor, LPCGUID ActivityId,
                        ULONG UserDataCount, PEVENT_DATA_DESCRIPTOR UserData)
{
    NT_SERVICE(COST_SERVICE);
    return written(system, RegHandle);
}

NTSTATUS NTAPI EtwWriteTransfer(REGHANDLE RegHandle, PCEVENT_DESCRIPTOR EventDescriptor, LPCGUID ActivityId,
                                LPCGUID RelatedActivityId, ULONG UserDataCount,
                                PEVENT_DATA_DESCRIPTOR UserData)
{
    NT_SERVICE(COST_SERVICE);
    return written(system, RegHandle);
}

NTSTATUS NTAPI EtwWriteString(REGHANDLE RegHandle, UCHAR Level, ULONGLONG Keyword, LPCGUID ActivityId,
                              PCWSTR String)
{
    NT_SERVICE(COST_SERVICE);
    return written(system, RegHandle);
}

// An image goes: providers that it registered are told.
void providers_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller), void *context)
{
    LIST_EACH_SAFE(link, &system->kernel->providers)
    {
        struct provider *provider = LIST_OBJECT(link, struct provider, link);

        if (!owned(context, provider->caller))
            continue;
        kernel_misuse(system, "VF-67", provider->caller, CODE_VERIFIER, 0x62, (uintptr_t)provider->handle, 0, 1,
                      "the driver is unloaded with an event provider registered");
        forget(system, provider);
    }
}
