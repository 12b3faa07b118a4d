// SPDX-License-Identifier: MIT
// DS-25: interfaces that other free headers lack.
#include <portcls.h>
#include <dmusicks.h>
#include <stdunk.h>
#include <wdf.h>
#include <wdfminiport.h>
#include "check.h"

class Everything : public IPreFetchOffset, public IPositionNotify, public IPinName, public IMiniportAudioSignalProcessing,
                   public CUnknown
{
  public:
    ULONGLONG seen;
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(Everything);
    IMP_IPreFetchOffset;
    IMP_IPositionNotify;
    IMP_IPinName;
    IMP_IMiniportAudioSignalProcessing;
};

NTSTATUS Everything::NonDelegatingQueryInterface(REFIID, PVOID *)
{
    return STATUS_NOINTERFACE;
}

VOID Everything::SetPreFetchOffset(ULONG Offset)
{
    seen += Offset;
}

VOID Everything::PositionNotify(ULONGLONG Position)
{
    seen += Position;
}

NTSTATUS Everything::GetPinName(PIRP, PKSP_PIN, PVOID)
{
    return STATUS_SUCCESS;
}

NTSTATUS Everything::GetModes(ULONG, GUID *Modes, ULONG *Count)
{
    *Modes = AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    *Count = 1;
    return STATUS_SUCCESS;
}

// A class may write an interface's methods out, the one that returns a structure among them.
class Channel : public IDmaChannel
{
  public:
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID, PVOID *) { return STATUS_NOINTERFACE; }
    STDMETHODIMP_(ULONG) AddRef() { return 2; }
    STDMETHODIMP_(ULONG) Release() { return 1; }
    STDMETHODIMP_(NTSTATUS) AllocateBuffer(ULONG, PPHYSICAL_ADDRESS) { return STATUS_SUCCESS; }
    STDMETHODIMP_(void) FreeBuffer() {}
    STDMETHODIMP_(ULONG) TransferCount() { return 0; }
    STDMETHODIMP_(ULONG) MaximumBufferSize() { return 0; }
    STDMETHODIMP_(ULONG) AllocatedBufferSize() { return 0; }
    STDMETHODIMP_(ULONG) BufferSize() { return 0; }
    STDMETHODIMP_(void) SetBufferSize(ULONG) {}
    STDMETHODIMP_(PVOID) SystemAddress() { return this; }
    STDMETHODIMP_(PHYSICAL_ADDRESS) PhysicalAddress()
    {
        PHYSICAL_ADDRESS address = RtlConvertUlongToLargeInteger(0x1000);

        address.HighPart = 7;
        return address;
    }
    STDMETHODIMP_(PADAPTER_OBJECT) GetAdapterObject() { return NULL; }
    STDMETHODIMP_(void) CopyTo(PVOID, PVOID, ULONG) {}
    STDMETHODIMP_(void) CopyFrom(PVOID, PVOID, ULONG) {}
};

// The slot as the library calls it: the result's address behind `this`, and back.
static bool PhysicalAddressIsWindows(IDmaChannel *channel)
{
    typedef PHYSICAL_ADDRESS *(*Slot)(IDmaChannel *, PHYSICAL_ADDRESS *);
    PHYSICAL_ADDRESS address = {0};
    Slot slot = (*(Slot **)channel)[11];

    return slot(channel, &address) == &address && address.QuadPart == 0x700001000 &&
           channel->PhysicalAddress().QuadPart == 0x700001000;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    Everything *object = new (NonPagedPoolNx, 'yvED') Everything(NULL);
    WDF_DRIVER_CONFIG config;
    ULONG count = 0;
    GUID mode;

    CHECK(object);
    static_cast<IPreFetchOffset *>(object)->SetPreFetchOffset(2);
    static_cast<IPositionNotify *>(object)->PositionNotify(40);
    CHECK(object->seen == 42);
    Channel channel;
    CHECK(PhysicalAddressIsWindows(&channel));
    CHECK(PADAPTERPOWERMANAGMENT(NULL) == PADAPTERPOWERMANAGEMENT(NULL));
    CHECK(IsEqualGUID(IID_IAdapterPowerManagment, IID_IAdapterPowerManagement));
    CHECK(NT_SUCCESS(static_cast<IMiniportAudioSignalProcessing *>(object)->GetModes(0, &mode, &count)));
    CHECK(count == 1 && mode.Data1 == 0xC18E2F7E);
    delete object;
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    CHECK(config.Size == sizeof(config));
    return HELD;
}
