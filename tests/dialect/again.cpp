// SPDX-License-Identifier: MIT
// DS-20: what drivers in the field write and only Microsoft's compiler takes, and headers that they name.
#include <PortCls.h>
#include <StdUnk.h>
#include <devguid.h>
#include <devpkey.h>
#include <dmusicks.h>
#include <intrin.h>
#include <MsApoFxProxy.h>
#include <wdmsec.h>
#include <winerror.h>
#include <wsk.h>
#include "check.h"

// A structure's own functions may say the name that its typedef gives it.
typedef struct _HEADER {
    UCHAR kind;
    ULONG length;
    static ULONG Size()
    {
        return sizeof(HEADER);
    }
} HEADER, *PHEADER;
static_assert(sizeof(HEADER) == 8, "");

// A class that names a method itself and again through IMP_, with its own name before it.
class Offset : public IPreFetchOffset, public IPinName, public CUnknown
{
  public:
    ULONG seen;
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(Offset);
    STDMETHODIMP_(VOID) Offset::SetPreFetchOffset(ULONG PreFetchOffset);
    STDMETHODIMP_(NTSTATUS) GetPinName(PIRP Irp,
                                       PKSP_PIN Pin, PVOID Data);
    ULONG Offset::Seen(void);
    ULONG Seen();
    IMP_IPreFetchOffset;
    IMP_IPinName;
};

NTSTATUS Offset::NonDelegatingQueryInterface(REFIID, PVOID *)
{
    return STATUS_NOINTERFACE;
}

VOID Offset::SetPreFetchOffset(ULONG PreFetchOffset)
{
    seen = PreFetchOffset;
}

NTSTATUS Offset::GetPinName(PIRP, PKSP_PIN, PVOID)
{
    return STATUS_SUCCESS;
}

ULONG Offset::Seen()
{
    return seen;
}

static ULONG sum(ULONG one, ULONG two)
{
    return one + two;
}

#define CALL(function, list) function ## list

void *__cdecl operator new(size_t size, std::align_val_t align, POOL_FLAGS flags)
{
    return size > (size_t)align ? ExAllocatePool2(flags, size, 'ngla') : NULL;
}

struct DECLSPEC_ALIGN(32) Wide {
    ULONG value;
};

static int FAR *far_away(int FAR *where)
{
    return where;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    Offset *object = new (NonPagedPoolNx, 'niaG') Offset(NULL);
    register ULONG value = CALL(sum, (40, 2));
    SOCKADDR_IN address = {AF_INET, RtlUshortByteSwap(4010)};
    int place = 0;

    CHECK(object);
    object->SetPreFetchOffset(value);
    CHECK(object->Seen() == 42);
    delete object;
    delete new (POOL_FLAG_NON_PAGED) Wide(); // by the operator for aligned classes
    CHECK(far_away(&place) == &place);
    CHECK(address.sin_port == 0xAA0F);
    CHECK(FAILED(E_OUTOFMEMORY) && HRESULT_CODE(E_OUTOFMEMORY) == 14);
    CHECK(DEVPKEY_DeviceInterface_FriendlyName.pid == 2 && GUID_DEVCLASS_MEDIA.Data1 == 0x4D36E96C);
    CHECK(sizeof(KSP_PINMODE) == sizeof(KSP_PIN) + sizeof(GUID));
    CHECK(sizeof(SYNTHCAPS) == 296 && KSPROPERTY_SYNTH_CAPS == 2);
    CHECK(_rotl(1, 3) == 8);
    return HELD;
}
