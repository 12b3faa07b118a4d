/* SPDX-License-Identifier: MIT */
/*
 * Interlocked operations and fences: compiler built-ins, all full barriers, any IRQL. Increment,
 * Decrement return the new value; Exchange, ExchangeAdd, CompareExchange, And, Or, Xor the old one.
 */
#ifndef PORTSIDE_WDK_INTERLOCKED_H
#define PORTSIDE_WDK_INTERLOCKED_H

#include "types.h"

#define WDK_INTERLOCKED(suffix, type)                                                                  \
    WDK_INLINE type InterlockedIncrement##suffix(type volatile *Addend)                                \
    {                                                                                                  \
        return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                        \
    }                                                                                                  \
    WDK_INLINE type InterlockedDecrement##suffix(type volatile *Addend)                                \
    {                                                                                                  \
        return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                        \
    }                                                                                                  \
    WDK_INLINE type InterlockedExchange##suffix(type volatile *Target, type Value)                     \
    {                                                                                                  \
        return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);                                   \
    }                                                                                                  \
    WDK_INLINE type InterlockedExchangeAdd##suffix(type volatile *Addend, type Value)                  \
    {                                                                                                  \
        return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);                                    \
    }                                                                                                  \
    WDK_INLINE type InterlockedAdd##suffix(type volatile *Addend, type Value)                          \
    {                                                                                                  \
        return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);                                    \
    }                                                                                                  \
    WDK_INLINE type InterlockedAnd##suffix(type volatile *Target, type Value)                          \
    {                                                                                                  \
        return __atomic_fetch_and(Target, Value, __ATOMIC_SEQ_CST);                                    \
    }                                                                                                  \
    WDK_INLINE type InterlockedOr##suffix(type volatile *Target, type Value)                           \
    {                                                                                                  \
        return __atomic_fetch_or(Target, Value, __ATOMIC_SEQ_CST);                                     \
    }                                                                                                  \
    WDK_INLINE type InterlockedXor##suffix(type volatile *Target, type Value)                          \
    {                                                                                                  \
        return __atomic_fetch_xor(Target, Value, __ATOMIC_SEQ_CST);                                    \
    }                                                                                                  \
    WDK_INLINE type InterlockedCompareExchange##suffix(type volatile *Target, type Value,              \
                                                       type Comparand)                                 \
    {                                                                                                  \
        __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST,                    \
                                    __ATOMIC_SEQ_CST);                                                 \
        return Comparand;                                                                              \
    }

WDK_INTERLOCKED(, LONG)
WDK_INTERLOCKED(64, LONG64)
WDK_INTERLOCKED(16, SHORT)
#undef WDK_INTERLOCKED

WDK_INLINE BOOLEAN InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
    return (BOOLEAN)((ULONG)InterlockedOr(Base + Bit / 32, (LONG)(1u << Bit % 32)) >> Bit % 32 & 1);
}
WDK_INLINE BOOLEAN InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
    return (BOOLEAN)((ULONG)InterlockedAnd(Base + Bit / 32, (LONG) ~(1u << Bit % 32)) >> Bit % 32 &
                     1);
}

WDK_INLINE PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value)
{
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
WDK_INLINE PVOID InterlockedCompareExchangePointer(PVOID volatile *Target, PVOID Value,
                                                   PVOID Comparand)
{
    __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}
/* Windows declares them for any pointer type. */
#define InterlockedExchangePointer(t, v) InterlockedExchangePointer((PVOID volatile *)(t), (PVOID)(v))
#define InterlockedCompareExchangePointer(t, v, c)                                                     \
    InterlockedCompareExchangePointer((PVOID volatile *)(t), (PVOID)(v), (PVOID)(c))
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedExchangeAcquire InterlockedExchange

#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#if !defined(_MSC_EXTENSIONS)
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif
#define YieldProcessor() __builtin_ia32_pause()

WDK_INLINE LONG ReadAcquire(LONG const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_ACQUIRE);
}
WDK_INLINE VOID WriteRelease(LONG volatile *Target, LONG Value)
{
    __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
WDK_INLINE LONG ReadNoFence(LONG const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_RELAXED);
}
WDK_INLINE VOID WriteNoFence(LONG volatile *Target, LONG Value)
{
    __atomic_store_n(Target, Value, __ATOMIC_RELAXED);
}
WDK_INLINE LONG64 ReadNoFence64(LONG64 const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_RELAXED);
}
WDK_INLINE VOID WriteNoFence64(LONG64 volatile *Target, LONG64 Value)
{
    __atomic_store_n(Target, Value, __ATOMIC_RELAXED);
}
WDK_INLINE LONG64 ReadAcquire64(LONG64 const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_ACQUIRE);
}
WDK_INLINE VOID WriteRelease64(LONG64 volatile *Target, LONG64 Value)
{
    __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
WDK_INLINE PVOID ReadPointerAcquire(PVOID const volatile *Source)
{
    return __atomic_load_n(Source, __ATOMIC_ACQUIRE);
}
WDK_INLINE VOID WritePointerRelease(PVOID volatile *Target, PVOID Value)
{
    __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
#define ReadULong64NoFence(s) ((ULONG64)ReadNoFence64((LONG64 const volatile *)(s)))
#define ReadULong64Acquire(s) ((ULONG64)ReadAcquire64((LONG64 const volatile *)(s)))
#define WriteULong64NoFence(t, v) WriteNoFence64((LONG64 volatile *)(t), (LONG64)(v))
#define WriteULong64Release(t, v) WriteRelease64((LONG64 volatile *)(t), (LONG64)(v))
#define ReadULongNoFence(s) ((ULONG)ReadNoFence((LONG const volatile *)(s)))
#define ReadULongAcquire(s) ((ULONG)ReadAcquire((LONG const volatile *)(s)))
#define WriteULongNoFence(t, v) WriteNoFence((LONG volatile *)(t), (LONG)(v))
#define WriteULongRelease(t, v) WriteRelease((LONG volatile *)(t), (LONG)(v))

WDK_INLINE BOOLEAN BitScanForward(ULONG *Index, ULONG Mask)
{
    *Index = Mask ? (ULONG)__builtin_ctz(Mask) : 0;
    return Mask != 0;
}
WDK_INLINE BOOLEAN BitScanReverse(ULONG *Index, ULONG Mask)
{
    *Index = Mask ? 31u - (ULONG)__builtin_clz(Mask) : 0;
    return Mask != 0;
}

#endif
