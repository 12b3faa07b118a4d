// SPDX-License-Identifier: MIT
//
// The adapter-common object: owns the port ranges, brings the link up, reads and writes mixer registers.
#include "common.h"

class CAdapterCommon : public IAdapterCommon, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CAdapterCommon);

    NTSTATUS Init(PRESOURCELIST Resources);

    STDMETHODIMP_(USHORT) ReadMixer(MIXER_REGISTER Register);
    STDMETHODIMP_(VOID) WriteMixer(MIXER_REGISTER Register, USHORT Value);
    STDMETHODIMP_(NTSTATUS) SetRate(MIXER_REGISTER Register, ULONG Rate);
    STDMETHODIMP_(ULONG_PTR) BusMaster()
    {
        return m_BusMaster;
    }

  private:
    void TakeAccess();
    BOOLEAN WaitGlobal(ULONG Bits, ULONG Gone);
    BOOLEAN WaitConverters();
    NTSTATUS StartLink();
    void SetLevels();

    ULONG_PTR m_Mixer = 0, m_BusMaster = 0;
    BOOLEAN m_VariableRate = FALSE;
};

STDMETHODIMP_(NTSTATUS) CAdapterCommon::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PADAPTERCOMMON);
    else if (IsEqualGUIDAligned(Id, IID_IAdapterCommon))
        *Object = QICAST(PADAPTERCOMMON);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

// ---- the mixer -----------------------------------------------------------------------------------------

// An access takes two AC-link frames at the most; a stale semaphore is passed over, the access frees it.
void CAdapterCommon::TakeAccess()
{
    for (ULONG tries = 0; tries < 100; tries++) {
        if (!(PortRead8(m_BusMaster + CODEC_ACCESS) & 1))
            return;
        KeStallExecutionProcessor(1);
    }
}

STDMETHODIMP_(USHORT) CAdapterCommon::ReadMixer(MIXER_REGISTER Register)
{
    TakeAccess();
    return PortRead16(m_Mixer + Register);
}

STDMETHODIMP_(VOID) CAdapterCommon::WriteMixer(MIXER_REGISTER Register, USHORT Value)
{
    TakeAccess();
    PortWrite16(m_Mixer + Register, Value);
}

STDMETHODIMP_(NTSTATUS) CAdapterCommon::SetRate(MIXER_REGISTER Register, ULONG Rate)
{
    PAGED_CODE();
    if (!m_VariableRate)
        return Rate == 48000 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    if (Rate < 8000 || Rate > 48000)
        return STATUS_INVALID_PARAMETER;
    WriteMixer(Register, USHORT(Rate));
    return ReadMixer(Register) == Rate ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// ---- the link ------------------------------------------------------------------------------------------

static void SleepMilliseconds(ULONG Milliseconds)
{
    LARGE_INTEGER interval;

    interval.QuadPart = -10000ll * Milliseconds;
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

// Until the global status shows `Bits` and the global control has lost `Gone`.
BOOLEAN CAdapterCommon::WaitGlobal(ULONG Bits, ULONG Gone)
{
    for (ULONG tries = 0; tries < 1000; tries++) {
        if ((PortRead32(m_BusMaster + GLOBAL_STATUS) & Bits) == Bits &&
            !(PortRead32(m_BusMaster + GLOBAL_CONTROL) & Gone))
            return TRUE;
        SleepMilliseconds(1);
    }
    return FALSE;
}

// Converters and mixer report ready one by one after the link.
BOOLEAN CAdapterCommon::WaitConverters()
{
    for (ULONG tries = 0; tries < 1000; tries++) {
        if ((ReadMixer(MIXER_POWERDOWN) & CONVERTERS_READY) == CONVERTERS_READY)
            return TRUE;
        SleepMilliseconds(1);
    }
    return FALSE;
}

NTSTATUS CAdapterCommon::StartLink()
{
    ULONG control = PortRead32(m_BusMaster + GLOBAL_CONTROL);

    if (control == 0xFFFFFFFF)
        return STATUS_DEVICE_NOT_CONNECTED;
    if (control & CONTROL_COLD)
        control |= CONTROL_WARM;
    else
        control = CONTROL_COLD;
    PortWrite32(m_BusMaster + GLOBAL_CONTROL, control);
    if (!WaitGlobal(STATUS_CODEC_READY, CONTROL_WARM))
        return STATUS_DEVICE_NOT_READY;
    ReadMixer(MIXER_RESET); // frees a stale access semaphore
    WriteMixer(MIXER_RESET, 0);
    return WaitConverters() ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
}

// 0 dB everywhere. A mixer without a line input (every codec has one) is an emulator's: its controls have no
// gain above 0 dB, so that 0 means full level for playing and silence for recording.
void CAdapterCommon::SetLevels()
{
    BOOLEAN emulated = ReadMixer(MIXER_LINE_IN_VOLUME) == 0;

    WriteMixer(MIXER_MASTER_VOLUME, 0x0000);
    WriteMixer(MIXER_PCM_OUT_VOLUME, emulated ? 0x0000 : 0x0808);
    WriteMixer(MIXER_RECORD_SELECT, 0x0404); // line in
    WriteMixer(MIXER_RECORD_GAIN, emulated ? 0x0F0F : 0x0000);
}

NTSTATUS CAdapterCommon::Init(PRESOURCELIST Resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR mixer = Resources->FindTranslatedPort(0);
    PCM_PARTIAL_RESOURCE_DESCRIPTOR master = Resources->FindTranslatedPort(1);
    NTSTATUS status;

    PAGED_CODE();
    if (!mixer || !master)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    m_Mixer = ULONG_PTR(mixer->u.Port.Start.QuadPart);
    m_BusMaster = ULONG_PTR(master->u.Port.Start.QuadPart);
    status = StartLink();
    if (!NT_SUCCESS(status))
        return status;
    m_VariableRate = (ReadMixer(MIXER_EXTENDED_ID) & EXTENDED_VRA) != 0;
    if (m_VariableRate)
        WriteMixer(MIXER_EXTENDED_CONTROL, ReadMixer(MIXER_EXTENDED_CONTROL) | EXTENDED_VRA);
    SetLevels();
    return STATUS_SUCCESS;
}

NTSTATUS NewAdapterCommon(PUNKNOWN *Unknown, PRESOURCELIST Resources)
{
    CAdapterCommon *common = new (NonPagedPool, AC97RT_TAG) CAdapterCommon(NULL);
    NTSTATUS status;

    PAGED_CODE();
    if (!common)
        return STATUS_INSUFFICIENT_RESOURCES;
    common->AddRef();
    status = common->Init(Resources);
    if (NT_SUCCESS(status))
        *Unknown = PUNKNOWN(PADAPTERCOMMON(common));
    else
        common->Release();
    return status;
}
