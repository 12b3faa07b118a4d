// SPDX-License-Identifier: MIT
//
// The cyclic buffer's DMA channel: the port's, or, built with CYCLIC_OWN_CHANNEL, one of the driver's own around it.
#include "cyclic.h"

// Half as much, again and again, if the system refuses a large buffer.
static NTSTATUS AllocateBuffer(PDMACHANNEL Channel)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    for (ULONG bytes = LARGEST_BUFFER; bytes >= BLOCKS * FEWEST_FRAMES * FRAME_BYTES; bytes /= 2) {
        status = Channel->AllocateBuffer(bytes, NULL);
        if (status != STATUS_INSUFFICIENT_RESOURCES)
            break;
    }
    return status;
}

#ifndef CYCLIC_OWN_CHANNEL

NTSTATUS NewChannel(PPORTWAVECYCLIC Port, PDMACHANNEL *Channel)
{
    NTSTATUS status = Port->NewMasterDmaChannel(Channel, NULL, NULL, LARGEST_BUFFER, TRUE, FALSE,
                                                DMA_WIDTH(-1), DMA_SPEED(-1));

    PAGED_CODE();
    if (!NT_SUCCESS(status))
        return status;
    status = AllocateBuffer(*Channel);
    if (!NT_SUCCESS(status))
        SafeRelease(*Channel);
    return status;
}

#else

// A driver has such a channel to convert samples on the way. This one keeps them as they are, and copies by itself;
// the buffer is that of a channel of the port's.
class CChannel : public IDmaChannel, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CChannel);
    ~CChannel()
    {
        SafeRelease(m_Inner);
    }
    IMP_IDmaChannel;

    NTSTATUS Init(PPORTWAVECYCLIC Port)
    {
        return Port->NewMasterDmaChannel(&m_Inner, NULL, NULL, LARGEST_BUFFER, TRUE, FALSE,
                                         DMA_WIDTH(-1), DMA_SPEED(-1));
    }

  private:
    PDMACHANNEL m_Inner = NULL;
};

STDMETHODIMP_(NTSTATUS) CChannel::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PDMACHANNEL);
    else if (IsEqualGUIDAligned(Id, IID_IDmaChannel))
        *Object = QICAST(PDMACHANNEL);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CChannel::AllocateBuffer(ULONG BufferSize, PPHYSICAL_ADDRESS Constraint)
{
    return m_Inner->AllocateBuffer(BufferSize, Constraint);
}

STDMETHODIMP_(VOID) CChannel::FreeBuffer()
{
    m_Inner->FreeBuffer();
}

STDMETHODIMP_(ULONG) CChannel::TransferCount()
{
    return m_Inner->TransferCount();
}

STDMETHODIMP_(ULONG) CChannel::MaximumBufferSize()
{
    return m_Inner->MaximumBufferSize();
}

STDMETHODIMP_(ULONG) CChannel::AllocatedBufferSize()
{
    return m_Inner->AllocatedBufferSize();
}

STDMETHODIMP_(ULONG) CChannel::BufferSize()
{
    return m_Inner->BufferSize();
}

STDMETHODIMP_(VOID) CChannel::SetBufferSize(ULONG BufferSize)
{
    m_Inner->SetBufferSize(BufferSize);
}

STDMETHODIMP_(PVOID) CChannel::SystemAddress()
{
    return m_Inner->SystemAddress();
}

STDMETHODIMP_(PHYSICAL_ADDRESS) CChannel::PhysicalAddress()
{
    return m_Inner->PhysicalAddress();
}

STDMETHODIMP_(PADAPTER_OBJECT) CChannel::GetAdapterObject()
{
    return m_Inner->GetAdapterObject();
}

STDMETHODIMP_(VOID) CChannel::CopyTo(PVOID Destination, PVOID Source, ULONG ByteCount)
{
    RtlCopyMemory(Destination, Source, ByteCount);
}

STDMETHODIMP_(VOID) CChannel::CopyFrom(PVOID Destination, PVOID Source, ULONG ByteCount)
{
    RtlCopyMemory(Destination, Source, ByteCount);
}

NTSTATUS NewChannel(PPORTWAVECYCLIC Port, PDMACHANNEL *Channel)
{
    CChannel *channel = new (NonPagedPool, CYCLIC_TAG) CChannel(NULL);
    NTSTATUS status;

    PAGED_CODE();
    if (!channel)
        return STATUS_INSUFFICIENT_RESOURCES;
    channel->AddRef();
    status = channel->Init(Port);
    if (NT_SUCCESS(status))
        status = AllocateBuffer(channel);
    if (NT_SUCCESS(status))
        *Channel = channel;
    else
        channel->Release();
    return status;
}

#endif
