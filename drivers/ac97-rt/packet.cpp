// SPDX-License-Identifier: MIT
//
// A stream's packets: the parts of the buffer at whose ends the client is notified. Packet n lies at place
// n modulo their number.
#include "stream.h"

#include "wave.h"

static ULONGLONG CounterNow()
{
    return ULONGLONG(KeQueryPerformanceCounter(NULL).QuadPart);
}

// ---- counting ------------------------------------------------------------------------------------------

// Packet m_Completed is over. After the end of the stream nobody writes any more: what comes round again is
// silent.
void CMiniportWaveRTStream::EndPacket(ULONGLONG Now)
{
    LARGE_INTEGER frequency;
    ULONGLONG since;

    if (m_Ended)
        m_Buffer.Silence(ULONG(m_Completed % m_Packets) * m_PacketBytes, m_PacketBytes);
    m_Completed++;
    KeQueryPerformanceCounter(&frequency);
    since = m_Position - m_Completed * m_PacketBytes;
    m_Began[m_Completed % 2] = Now - since * ULONGLONG(frequency.QuadPart) / (m_Rate * FRAME_BYTES);
}

void CMiniportWaveRTStream::Account(ULONGLONG Position)
{
    ULONGLONG now = CounterNow();

    m_Position = Position;
    while ((m_Completed + 1) * m_PacketBytes <= m_Position)
        EndPacket(now);
}

// ---- events --------------------------------------------------------------------------------------------

CMiniportWaveRTStream::EVENT *CMiniportWaveRTStream::FindEvent(PKEVENT Event)
{
    for (PLIST_ENTRY link = m_Events.Flink; link != &m_Events; link = link->Flink) {
        EVENT *event = CONTAINING_RECORD(link, EVENT, Link);

        if (event->Event == Event)
            return event;
    }
    return NULL;
}

void CMiniportWaveRTStream::SignalEvents()
{
    for (PLIST_ENTRY link = m_Events.Flink; link != &m_Events; link = link->Flink)
        KeSetEvent(CONTAINING_RECORD(link, EVENT, Link)->Event, IO_NO_INCREMENT, FALSE);
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::RegisterNotificationEvent(PKEVENT NotificationEvent)
{
    EVENT *event = new (NonPagedPool, AC97RT_TAG) EVENT;
    BOOLEAN known;

    PAGED_CODE();
    if (!event)
        return STATUS_INSUFFICIENT_RESOURCES;
    event->Event = NotificationEvent;
    {
        CSpinLockHolder hold(m_Miniport->Lock());
        known = FindEvent(NotificationEvent) != NULL;
        if (!known)
            InsertTailList(&m_Events, &event->Link);
    }
    if (known)
        delete event;
    return known ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::UnregisterNotificationEvent(PKEVENT NotificationEvent)
{
    EVENT *event;

    PAGED_CODE();
    {
        CSpinLockHolder hold(m_Miniport->Lock());
        event = FindEvent(NotificationEvent);
        if (event)
            RemoveEntryList(&event->Link);
    }
    delete event;
    return event ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

// ---- render packets ------------------------------------------------------------------------------------

// With two packets only the one that follows the packet under way may be written; with one there is no other, so
// it may be written while it is under way.
NTSTATUS CMiniportWaveRTStream::CheckPacket(ULONG Number) const
{
    ULONG first = m_Started ? ULONG(m_Completed) + (m_Packets > 1) : 0;
    ULONG last = ULONG(m_Completed) + m_Packets - 1;

    if (!m_Packets)
        return STATUS_DEVICE_NOT_READY;
    if (m_Ended)
        return STATUS_INVALID_DEVICE_STATE;
    if (LONG(Number - first) < 0)
        return STATUS_DATA_LATE_ERROR;
    return LONG(Number - last) > 0 ? STATUS_DATA_OVERRUN : STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRTStream::SetWritePacket(ULONG PacketNumber, ULONG Flags, ULONG EosPacketLength)
{
    BOOLEAN ends = (Flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) != 0;
    CSpinLockHolder hold(m_Miniport->Lock());
    NTSTATUS status;

    Look();
    if ((Flags & ~ULONG(KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)) ||
        (ends && EosPacketLength > m_PacketBytes))
        return STATUS_INVALID_PARAMETER;
    status = CheckPacket(PacketNumber);
    if (!NT_SUCCESS(status) || !ends)
        return status;
    m_Buffer.Silence(PacketNumber % m_Packets * m_PacketBytes + EosPacketLength,
                     m_PacketBytes - EosPacketLength);
    m_Ended = TRUE;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::GetPacketCount(ULONG *PacketCount)
{
    CSpinLockHolder hold(m_Miniport->Lock());

    Look();
    *PacketCount = ULONG(m_Completed);
    return m_Packets ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRTStream::GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION *Position)
{
    CSpinLockHolder hold(m_Miniport->Lock());

    Look();
    Position->u64PositionInBlocks = m_Position / FRAME_BYTES;
    Position->u64QPCPosition = CounterNow();
    return m_Packets ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
}

// ---- capture packets -----------------------------------------------------------------------------------

// The packet before the one under way: what is older is being overwritten, or was.
STDMETHODIMP_(NTSTATUS)
CMiniportWaveRTStream::GetReadPacket(ULONG *PacketNumber, ULONG *Flags,
                                     ULONG64 *PerformanceCounterValue, BOOL *MoreData)
{
    CSpinLockHolder hold(m_Miniport->Lock());

    Look();
    if (m_Read == m_Completed)
        return STATUS_DEVICE_NOT_READY;
    m_Read = m_Completed;
    *PacketNumber = ULONG(m_Completed - 1);
    *Flags = 0;
    *PerformanceCounterValue = m_Began[(m_Completed - 1) % 2];
    *MoreData = FALSE;
    return STATUS_SUCCESS;
}
