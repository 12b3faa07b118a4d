// SPDX-License-Identifier: MIT
// DS-23: CUnknown, pool operators that zero, sized delete, interfaces of a driver's own.
#include <portcls.h>
#include <stdunk.h>
#include <kcom.h>
#include "check.h"

static long alive;

DECLARE_INTERFACE_(IAdapter, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(ULONG, Count)(THIS) PURE;
    STDMETHOD_(VOID, Add)(THIS_ IN ULONG Number); // not pure, defined nowhere: there is no vtable of IAdapter
};
typedef IAdapter *PADAPTER;

class Adapter : public IAdapter, public IPowerNotify, public CUnknown
{
    ULONG m_count;
    UCHAR m_room[100];

  public:
    DECLARE_STD_UNKNOWN();
    Adapter(PUNKNOWN outer) : CUnknown(outer)
    {
        alive++;
    }
    ~Adapter()
    {
        alive--;
    }
    STDMETHODIMP_(ULONG) Count()
    {
        return m_count + m_room[99];
    }
    STDMETHODIMP_(VOID) Add(ULONG Number)
    {
        m_count += Number;
    }
    IMP_IPowerNotify;
    PUNKNOWN Outer()
    {
        return m_pUnknownOuter;
    }
    LONG References()
    {
        return m_lRefCount;
    }
};

STDMETHODIMP_(VOID) Adapter::PowerChangeNotify(POWER_STATE)
{
    Add(10);
}

STDMETHODIMP Adapter::NonDelegatingQueryInterface(REFIID Interface, PVOID *Object)
{
    if (IsEqualGUIDAligned(Interface, IID_IUnknown))
        *Object = PVOID(PUNKNOWN(PADAPTER(this)));
    else if (IsEqualGUIDAligned(Interface, IID_IPowerNotify))
        *Object = PVOID(PPOWERNOTIFY(this));
    else
        *Object = NULL;
    if (!*Object)
        return STATUS_INVALID_PARAMETER;
    PUNKNOWN(*Object)->AddRef();
    return STATUS_SUCCESS;
}

static NTSTATUS Create(PUNKNOWN *Unknown, REFCLSID, PUNKNOWN UnknownOuter, POOL_TYPE PoolType)
{
    STD_CREATE_BODY_(Adapter, Unknown, UnknownOuter, PoolType, PADAPTER);
}

static Adapter *at_file_scope;

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    PFNCREATEINSTANCE create = Create;
    POWER_STATE power = {};
    PPOWERNOTIFY notify;
    PUNKNOWN unknown;

    CHECK(NT_SUCCESS(create(&unknown, GUID_NULL, NULL, NonPagedPool)) && alive == 1);
    at_file_scope = (Adapter *)PADAPTER(unknown);
    CHECK(at_file_scope->References() == 1 && at_file_scope->Outer());
    CHECK(at_file_scope->Count() == 0);
    CHECK(NT_SUCCESS(unknown->QueryInterface(IID_IPowerNotify, (PVOID *)&notify)));
    notify->PowerChangeNotify(power);
    at_file_scope->Add(3);
    CHECK(PADAPTER(unknown)->Count() == 13);
    notify->Release();
    CHECK(unknown->Release() == 0 && alive == 0);
    return HELD;
}
