/* SPDX-License-Identifier: MIT */
/*
 * The base class of C++ objects: reference count, aggregation, creation. CUnknown and the operators are in
 * lib/stdunk, which a C++ driver links; a driver with operators of its own defines
 * _NEW_DELETE_OPERATORS_ and links those instead.
 */
#ifndef PORTSIDE_WDK_STDUNK_H
#define PORTSIDE_WDK_STDUNK_H

#include "punknown.h"

#define WDK_METHODS_INonDelegatingUnknown(M, R, T)                                                     \
    M(T, NTSTATUS, NonDelegatingQueryInterface, REFIID InterfaceId, PVOID *Interface)                  \
    M(T, ULONG, NonDelegatingAddRef)                                                                   \
    M(T, ULONG, NonDelegatingRelease)

#ifdef __cplusplus

struct INonDelegatingUnknown {
    WDK_METHODS_INonDelegatingUnknown(WDK_VIRTUAL, WDK_VIRTUAL_RESULT, INonDelegatingUnknown)
};
typedef INonDelegatingUnknown *PNONDELEGATINGUNKNOWN;

/* Has IUnknown's vtable under other names, so that an object without an outer one is its own. */
class CUnknown : public INonDelegatingUnknown
{
  public:
    CUnknown(PUNKNOWN UnknownOuter);
    virtual ~CUnknown();

    STDMETHODIMP_(NTSTATUS) NonDelegatingQueryInterface(REFIID InterfaceId, PVOID *Interface);
    STDMETHODIMP_(ULONG) NonDelegatingAddRef();
    STDMETHODIMP_(ULONG) NonDelegatingRelease();

    PUNKNOWN GetOuterUnknown()
    {
        return m_pUnknownOuter;
    }

  protected:
    LONG m_lRefCount;
    PUNKNOWN m_pUnknownOuter;
};

#define DECLARE_STD_UNKNOWN()                                                                          \
    STDMETHODIMP_(NTSTATUS) NonDelegatingQueryInterface(REFIID InterfaceId, PVOID *Interface);         \
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID InterfaceId, PVOID *Interface)                       \
    {                                                                                                  \
        return GetOuterUnknown()->QueryInterface(InterfaceId, Interface);                              \
    }                                                                                                  \
    STDMETHODIMP_(ULONG) AddRef()                                                                      \
    {                                                                                                  \
        return GetOuterUnknown()->AddRef();                                                            \
    }                                                                                                  \
    STDMETHODIMP_(ULONG) Release()                                                                     \
    {                                                                                                  \
        return GetOuterUnknown()->Release();                                                           \
    }

#define DEFINE_STD_CONSTRUCTOR(Class)                                                                  \
    Class(PUNKNOWN UnknownOuter) : CUnknown(UnknownOuter)                                              \
    {                                                                                                  \
    }

#define QICAST(type) PVOID((type)(this))
#define QICASTUNKNOWN(type) PVOID(PUNKNOWN((type)(this)))

/* Bodies of functions that make an object with one reference. */
#define WDK_STD_CREATE(Class, out, outer, base, ...)                                                   \
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;                                                   \
    Class *object = new (__VA_ARGS__) Class(outer);                                                    \
    if (object) {                                                                                      \
        *(out) = PUNKNOWN((base)(object));                                                             \
        (*(out))->AddRef();                                                                            \
        status = STATUS_SUCCESS;                                                                       \
    }                                                                                                  \
    return status
#define STD_CREATE_BODY_(Class, out, outer, pool, base) WDK_STD_CREATE(Class, out, outer, base, pool)
#define STD_CREATE_BODY(Class, out, outer, pool) WDK_STD_CREATE(Class, out, outer, PUNKNOWN, pool)
#define STD_CREATE_BODY_WITH_TAG_(Class, out, outer, pool, tag, base)                                  \
    WDK_STD_CREATE(Class, out, outer, base, pool, tag)
#define STD_CREATE_BODY_WITH_TAG(Class, out, outer, pool, tag)                                         \
    WDK_STD_CREATE(Class, out, outer, PUNKNOWN, pool, tag)

/* Memory comes zeroed; NULL if there is none. */
#ifndef _NEW_DELETE_OPERATORS_
#define _NEW_DELETE_OPERATORS_
extern "C++" {
PVOID operator new(size_t Size, POOL_TYPE PoolType) noexcept;
PVOID operator new(size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept;
PVOID operator new[](size_t Size, POOL_TYPE PoolType) noexcept;
PVOID operator new[](size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept;
PVOID operator new(size_t Size, POOL_FLAGS PoolFlags, ULONG Tag) noexcept;
PVOID operator new[](size_t Size, POOL_FLAGS PoolFlags, ULONG Tag) noexcept;
void operator delete(void *Memory, POOL_TYPE PoolType) noexcept;
void operator delete(void *Memory, POOL_TYPE PoolType, ULONG Tag) noexcept;
void operator delete(void *Memory, ULONG Tag) noexcept;
}
#endif

#else

typedef struct INonDelegatingUnknown *PNONDELEGATINGUNKNOWN;
WDK_INTERFACE(INonDelegatingUnknown, , WDK_NO_PARENT)

#endif

#endif
