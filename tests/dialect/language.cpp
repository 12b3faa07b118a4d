// SPDX-License-Identifier: MIT
// DS-20: the language of Microsoft's compilers. One calling convention for every function, 32-bit long, its layouts.
#include <portcls.h>
#include "check.h"

#pragma warning(disable : 4127)
#pragma code_seg("PAGE")

typedef enum { First, Second, Last = -1 } Order;
enum { Huge = 0x80000000 };

struct Bits {
    ULONG low : 4;
    UCHAR byte : 4; // a new unit: the type differs
    __int64 wide;
};
__declspec(align(32)) static char aligned[8];
__declspec(selectany) extern const long many = 3;

#define PAIR(a, b) a##b
#define CALL(f, arguments) f arguments

static __forceinline unsigned long __cdecl twice(unsigned long value)
{
    return value * 2;
}

// No NTAPI anywhere, and yet a port's and a kernel's routine.
NTSTATUS AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    return DriverObject && PhysicalDeviceObject ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

KDEFERRED_ROUTINE Deferred;

_Use_decl_annotations_ VOID Deferred(PKDPC, PVOID Context, PVOID, PVOID)
{
    *(volatile long *)Context += 1;
}

NTSTATUS Ask(PPCPROPERTY_REQUEST Request)
{
    return Request->Node;
}

static const PCPROPERTY_ITEM items[] = {{&KSPROPSETID_Audio, 1, KSPROPERTY_TYPE_GET, Ask}};

class Base
{
  public:
    virtual PHYSICAL_ADDRESS Address(int page)
    {
        PHYSICAL_ADDRESS result;
        result.QuadPart = page * 4096i64;
        return result;
    }
};

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING)
{
    volatile long calls = 0;
    KDPC dpc;
    PCPROPERTY_REQUEST request = {0};
    Base base, *object = &base;

    CHECK(sizeof(long) == 4 && sizeof(unsigned long) == 4 && sizeof(long double) == 8);
    CHECK((long)0xFFFFFFFF < 0 && 0xFFFFFFFFL > 0);
    CHECK(sizeof(LONG) == sizeof(long) && sizeof(wchar_t) == 2 && sizeof(Bits) == 16);
    CHECK((unsigned)Huge == 0x80000000u && First < Second && Last < First);
    CHECK(((ULONG_PTR)aligned & 31) == 0 && many == 3);
    CHECK(CALL(twice, (PAIR(2, 1))) == 42);
    CHECK(MAXULONG_PTR == 0xFFFFFFFFFFFFFFFFui64);
    DriverObject->DriverExtension->AddDevice = AddDevice;
    request.Node = 7;
    CHECK(items[0].Handler(&request) == 7);
    KeInitializeDpc(&dpc, Deferred, (PVOID)&calls);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    CHECK(calls == 1);
    CHECK(object->Address(3).LowPart == 0x3000);
    return HELD;
}
