// SPDX-License-Identifier: MIT
// DS-22: a driver's private GUIDs; IMP_ macros have the parents' methods.
#include <initguid.h>
#include <portcls.h>
#include <stdunk.h>
#include "check.h"

#define STATIC_PRIVATE_SET 0x11223344L, 0x5566, 0x7788, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x00
DEFINE_GUIDSTRUCT("11223344-5566-7788-99AA-BBCCDDEEFF00", PRIVATE_SET);
#define PRIVATE_SET DEFINE_GUIDNAMED(PRIVATE_SET)
DEFINE_GUID(IID_Mine, 0x01020304, 0x0506, 0x0708, 9, 10, 11, 12, 13, 14, 15, 16);

// Newer names that older headers lack are often guarded so: names of kernel streaming are macros, too.
#ifndef KSPROPSETID_AudioModule
#error KSPROPSETID_AudioModule is no macro
#endif
#ifndef KSNODETYPE_SPEAKER
#error KSNODETYPE_SPEAKER is no macro
#endif

class Stream : public IMiniportWaveRTStreamNotification, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(Stream);
    IMP_IMiniportWaveRTStream;
    IMP_IMiniportWaveRTStreamNotification;
};

NTSTATUS Stream::NonDelegatingQueryInterface(REFIID, PVOID *) { return STATUS_INVALID_PARAMETER; }
NTSTATUS Stream::SetFormat(PKSDATAFORMAT) { return 1; }
NTSTATUS Stream::SetState(KSSTATE) { return 2; }
NTSTATUS Stream::GetPosition(PKSAUDIO_POSITION) { return 3; }
NTSTATUS Stream::AllocateAudioBuffer(ULONG, PMDL *, ULONG *, ULONG *, MEMORY_CACHING_TYPE *) { return 4; }
VOID Stream::FreeAudioBuffer(PMDL, ULONG) {}
VOID Stream::GetHWLatency(PKSRTAUDIO_HWLATENCY) {}
NTSTATUS Stream::GetPositionRegister(PKSRTAUDIO_HWREGISTER) { return 5; }
NTSTATUS Stream::GetClockRegister(PKSRTAUDIO_HWREGISTER) { return 6; }
NTSTATUS Stream::AllocateBufferWithNotification(ULONG, ULONG, PMDL *, ULONG *, ULONG *, MEMORY_CACHING_TYPE *) { return 7; }
VOID Stream::FreeBufferWithNotification(PMDL, ULONG) {}
NTSTATUS Stream::RegisterNotificationEvent(PKEVENT) { return 8; }
NTSTATUS Stream::UnregisterNotificationEvent(PKEVENT) { return 9; }

static const GUID told = {STATIC_PRIVATE_SET};

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    Stream *stream = new (NonPagedPool, 'tsTD') Stream(NULL);
    IMiniportWaveRTStream *parent = stream;

    CHECK(IsEqualGUIDAligned(PRIVATE_SET, told) && PRIVATE_SET == told);
    CHECK(IID_Mine.Data1 == 0x01020304 && IID_Mine.Data4[7] == 16);
    CHECK(stream && parent->GetClockRegister(NULL) == 6 && parent->SetState(KSSTATE_RUN) == 2);
    CHECK(stream->RegisterNotificationEvent(NULL) == 8);
    delete stream;
    CHECK(KSPROPSETID_AudioPosture.Data1 == 0xA3FB7B0D && KSAUDFNAME_MICROPHONE_BOOST.Data1 == 0x2BC31D6A);
    CHECK(KSAUDFNAME_VIDEO.Data2 == 0xA434 && KSPROPSETID_AudioResourceManagement.Data1 == 0xD0B305E1);
    return HELD;
}
