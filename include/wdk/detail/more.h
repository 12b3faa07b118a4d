/* SPDX-License-Identifier: MIT */
/*
 * Names beside those of the other headers: newer spellings, variants with tags or priorities, barriers of each strength.
 */
#ifndef PORTSIDE_WDK_MORE_H
#define PORTSIDE_WDK_MORE_H

#include "iofunc.h"
#include "mm.h"
#include "rtl.h"

/* ---- pool, pages ---------------------------------------------------------------------------------------- */

#define ExAllocatePoolWithQuota(type, bytes) ExAllocatePoolWithQuotaTag(type, bytes, 0x656E6F4E)
#define ExAllocatePoolQuotaUninitialized ExAllocatePoolWithQuotaTag
#define ExAllocatePoolPriorityUninitialized ExAllocatePoolWithTagPriority
WDK_INLINE PVOID ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    PVOID block = ExAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, Tag);

    if (block)
        RtlZeroMemory(block, NumberOfBytes);
    return block;
}
WDK_INLINE PVOID ExAllocatePoolPriorityZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                            EX_POOL_PRIORITY Priority)
{
    PVOID block = ExAllocatePoolWithTagPriority(PoolType, NumberOfBytes, Tag, Priority);

    if (block)
        RtlZeroMemory(block, NumberOfBytes);
    return block;
}

#define MmLockPageableDataSection MmLockPagableDataSection
#define MmLockPageableCodeSection MmLockPagableCodeSection
#define MmUnlockPageableImageSection MmUnlockPagableImageSection

/* ---- objects, lists ------------------------------------------------------------------------------------- */

#define ObReferenceObjectWithTag(object, tag) ObReferenceObject(object)
#define ObDereferenceObjectWithTag(object, tag) ObDereferenceObject(object)
#define ObDereferenceObjectDeferDelete(object) ((VOID)ObDereferenceObject(object))
#define ObReferenceObjectByHandleWithTag(handle, access, type, mode, tag, object, information)         \
    ObReferenceObjectByHandle(handle, access, type, mode, object, information)
#define ObReferenceObjectByPointerWithTag(object, access, type, mode, tag)                             \
    ObReferenceObjectByPointer(object, access, type, mode)
#define ExInterlockedFlushSList InterlockedFlushSList
#define QueryDepthSList ExQueryDepthSList
#define KeGetCurrentProcessorIndex() KeGetCurrentProcessorNumberEx(NULL)

/* ---- arithmetic, memory ---------------------------------------------------------------------------------- */

#define Int32x32To64(a, b) ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b) ((ULONGLONG)(ULONG)(a) * (ULONGLONG)(ULONG)(b))
#define Int64ShllMod32(value, bits) ((ULONGLONG)(value) << ((bits) & 31))
#define Int64ShraMod32(value, bits) ((LONGLONG)(value) >> ((bits) & 31))
#define Int64ShrlMod32(value, bits) ((ULONGLONG)(value) >> ((bits) & 31))
#ifndef ULongToHandle
#define ULongToHandle(value) ((HANDLE)(ULONG_PTR)(ULONG)(value))
#define LongToHandle(value) ((HANDLE)(LONG_PTR)(LONG)(value))
#endif
#define RtlCopyMemoryNonTemporal RtlCopyMemory
#define RtlPrefetchMemoryNonTemporal(source, length) ((VOID)(source), (VOID)(length))
WDK_INLINE VOID RtlStoreUlong(PVOID Address, ULONG Value)
{
    __builtin_memcpy(Address, &Value, sizeof(Value));
}
#define RtlRetrieveUlong(to, from) ((VOID)__builtin_memcpy(to, from, 4))
#define RtlRetrieveUshort(to, from) ((VOID)__builtin_memcpy(to, from, 2))
WDK_INLINE volatile VOID *RtlCopyVolatileMemory(volatile VOID *Destination, volatile const VOID *Source,
                                                SIZE_T Length)
{
    volatile UCHAR *to = (volatile UCHAR *)Destination;
    volatile const UCHAR *from = (volatile const UCHAR *)Source;

    while (Length--)
        *to++ = *from++;
    return Destination;
}
WDK_INLINE volatile VOID *RtlFillVolatileMemory(volatile VOID *Destination, SIZE_T Length, INT Fill)
{
    volatile UCHAR *to = (volatile UCHAR *)Destination;

    while (Length--)
        *to++ = (UCHAR)Fill;
    return Destination;
}

/* ---- barriers of each strength: x64 has the strong one alone --------------------------------------------- */

#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedExchangeAddNoFence InterlockedExchangeAdd
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange
#define InterlockedExchangePointerNoFence InterlockedExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer
#define InterlockedIncrementSizeT(a) InterlockedIncrement64((LONG64 volatile *)(a))
#define InterlockedDecrementSizeT(a) InterlockedDecrement64((LONG64 volatile *)(a))
#define InterlockedExchangeAddSizeT(a, b) InterlockedExchangeAdd64((LONG64 volatile *)(a), (LONG64)(b))
#define ReadRaw ReadNoFence
#define WriteRaw WriteNoFence
#define ReadBooleanNoFence(s) (*(volatile const BOOLEAN *)(s))
#define ReadBooleanAcquire(s) __atomic_load_n((const BOOLEAN *)(s), __ATOMIC_ACQUIRE)
#define WriteBooleanNoFence(t, v) (*(volatile BOOLEAN *)(t) = (v))
#define WriteBooleanRelease(t, v) __atomic_store_n((BOOLEAN *)(t), (BOOLEAN)(v), __ATOMIC_RELEASE)
#define ReadUShortNoFence(s) (*(volatile const USHORT *)(s))
#define WriteUShortNoFence(t, v) (*(volatile USHORT *)(t) = (v))
#define ReadPointerNoFence(s) (*(PVOID const volatile *)(s))
#define WritePointerNoFence(t, v) (*(PVOID volatile *)(t) = (v))

/* ---- processes: all of a system's code runs in one -------------------------------------------------------- */

typedef struct _KAPC_STATE {
    LIST_ENTRY ApcListHead[2];
    PVOID Process;
    UCHAR KernelApcInProgress;
    UCHAR KernelApcPending;
    UCHAR UserApcPending;
} KAPC_STATE, *PKAPC_STATE, *PRKAPC_STATE;

WDK_API_BEGIN
VOID NTAPI KeStackAttachProcess(PEPROCESS Process, PRKAPC_STATE ApcState);
VOID NTAPI KeUnstackDetachProcess(PRKAPC_STATE ApcState);
HANDLE NTAPI PsGetProcessId(PEPROCESS Process);
BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp);
PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp);
WDK_API_END

#ifndef PAGED_ASSERT
#define PAGED_ASSERT(e) ASSERT(e)
#endif
#define NT_ASSERTMSG(message, e) ASSERTMSG(message, e)

#endif
