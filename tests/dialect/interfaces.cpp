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
    CHECK(NT_SUCCESS(static_cast<IMiniportAudioSignalProcessing *>(object)->GetModes(0, &mode, &count)));
    CHECK(count == 1 && mode.Data1 == 0xC18E2F7E);
    delete object;
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    CHECK(config.Size == sizeof(config));
    return HELD;
}
