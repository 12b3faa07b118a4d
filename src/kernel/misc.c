// SPDX-License-Identifier: MIT
//
// Small services that fit nowhere else: version, floating point, modes, page sections, names of
// services.
#include <dlfcn.h>

#include <detail/more.h>

#include "kernel/private.h"

enum { VERSION_MAJOR = 10, VERSION_MINOR = 0, VERSION_BUILD = 19045 };

// SV-117: WDM 6.0, as every Windows since Vista says.
BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR MajorVersion, UCHAR MinorVersion)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    return MajorVersion < 6 || (MajorVersion == 6 && MinorVersion == 0);
}

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation)
{
    NT_SERVICE(COST_SERVICE);
    ULONG size = VersionInformation->dwOSVersionInfoSize;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    if (size != sizeof(RTL_OSVERSIONINFOW) && size != sizeof(RTL_OSVERSIONINFOEXW))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    memset(VersionInformation, 0, size);
    VersionInformation->dwOSVersionInfoSize = size;
    VersionInformation->dwMajorVersion = VERSION_MAJOR;
    VersionInformation->dwMinorVersion = VERSION_MINOR;
    VersionInformation->dwBuildNumber = VERSION_BUILD;
    VersionInformation->dwPlatformId = 2;
    return STATUS_SUCCESS;
}

// SV-114: on x64 the kernel's floating point needs no saving.
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeSaveExtendedProcessorState(ULONG64 Mask, PXSTATE_SAVE XStateSave)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return STATUS_SUCCESS;
}

VOID NTAPI KeRestoreExtendedProcessorState(PXSTATE_SAVE XStateSave)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
}

// An address of ours whose name drivers may know: no other library's.
static PVOID service_named(const char *name)
{
    Dl_info ours, found;
    void *address = dlsym(RTLD_DEFAULT, name);

    if (!address || !dladdr(address, &found) ||
        !dladdr((const void *)(uintptr_t)service_named, &ours) || found.dli_fbase != ours.dli_fbase)
        return NULL;
    return address;
}

// SV-117: NULL for what this system does not have.
PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    NT_SERVICE(COST_SERVICE);
    size_t length = SystemRoutineName->Length / sizeof(WCHAR);
    char name[128];

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    if (length >= sizeof(name))
        return NULL;
    for (size_t i = 0; i < length; i++)
        name[i] = (char)SystemRoutineName->Buffer[i];
    name[length] = 0;
    return service_named(name);
}

KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID)
{
    return KernelMode;
}

// Code and data of drivers are always resident.
PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
    return AddressWithinSection;
}

VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
}

PVOID NTAPI MmPageEntireDriver(PVOID AddressWithinSection)
{
    return AddressWithinSection;
}

VOID NTAPI MmResetDriverPaging(PVOID AddressWithinSection)
{
}

MM_SYSTEMSIZE NTAPI MmQuerySystemSize(VOID)
{
    return MmMediumSystem;
}

// All of a system's code runs in one process.
PEPROCESS NTAPI IoGetCurrentProcess(VOID)
{
    return (PEPROCESS)system_here(__func__)->kernel;
}

VOID NTAPI KeStackAttachProcess(PEPROCESS Process, PRKAPC_STATE ApcState)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    *ApcState = (KAPC_STATE){.Process = Process};
}

VOID NTAPI KeUnstackDetachProcess(PRKAPC_STATE ApcState)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!ApcState->Process)
        kernel_misuse(system, "SV-139", CALLER, 0x5, (uintptr_t)ApcState, 0, 0, 0,
                      "%s of a state that no KeStackAttachProcess filled", __func__);
    ApcState->Process = NULL;
}

HANDLE NTAPI PsGetProcessId(PEPROCESS Process)
{
    return PsGetCurrentProcessId();
}

BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp)
{
    return FALSE;
}

PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp)
{
    return IoGetCurrentProcess();
}

// A user-mode address is any that is not null: client and drivers share one address space.
static void probe(const volatile void *address, SIZE_T length, ULONG alignment)
{
    if (!length)
        return;
    if (alignment && ((uintptr_t)address & (alignment - 1)))
        ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
    if (!address || (uintptr_t)address + length < (uintptr_t)address)
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}

VOID NTAPI ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
    probe(Address, Length, Alignment);
}

VOID NTAPI ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
    probe(Address, Length, Alignment);
}

// Lehmer's generator: the driver's seed decides, so that a run can be repeated.
ULONG NTAPI RtlRandomEx(PULONG Seed)
{
    *Seed = (ULONG)((uint64_t)(*Seed ? *Seed : 1) * 48271 % 0x7FFFFFFF);
    return *Seed;
}

// No device of the bus has states or relations that could change behind PnP's back: the query that Windows would
// send has nothing to find.
VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT PhysicalDeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
}

VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
}
