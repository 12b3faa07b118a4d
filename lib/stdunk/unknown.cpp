// SPDX-License-Identifier: MIT
//
// CUnknown: the reference count of C++ objects. Methods run at <= DISPATCH_LEVEL; the destructor runs
// at the level of the last Release. Weak: where a driver brings a stdunk of its own, that one is taken.
#include <stdunk.h>

#define METHOD __attribute__((__weak__))

METHOD CUnknown::CUnknown(PUNKNOWN UnknownOuter)
    : m_lRefCount(0), m_pUnknownOuter(UnknownOuter)
{
    if (!m_pUnknownOuter)
        m_pUnknownOuter = reinterpret_cast<PUNKNOWN>(static_cast<PNONDELEGATINGUNKNOWN>(this));
}

METHOD CUnknown::~CUnknown()
{
}

METHOD STDMETHODIMP_(NTSTATUS) CUnknown::NonDelegatingQueryInterface(REFIID InterfaceId, PVOID *Interface)
{
    if (!IsEqualGUIDAligned(InterfaceId, IID_IUnknown)) {
        *Interface = NULL;
        return STATUS_INVALID_PARAMETER;
    }
    *Interface = static_cast<PNONDELEGATINGUNKNOWN>(this);
    NonDelegatingAddRef();
    return STATUS_SUCCESS;
}

METHOD STDMETHODIMP_(ULONG) CUnknown::NonDelegatingAddRef()
{
    return static_cast<ULONG>(InterlockedIncrement(&m_lRefCount));
}

METHOD STDMETHODIMP_(ULONG) CUnknown::NonDelegatingRelease()
{
    LONG left = InterlockedDecrement(&m_lRefCount);

    if (left == 0) {
        // One reference during destruction, so that a pair of AddRef and Release there does not delete twice.
        m_lRefCount = 1;
        delete this;
    }
    return static_cast<ULONG>(left);
}
