// SPDX-License-Identifier: MIT
//
// The C++ half of wdk_com_test: classes written as a driver would write them.
#include "tests/wdk_com.h"

namespace {

class Channel : public IDmaChannel
{
  public:
    IMP_IUnknown;
    IMP_IDmaChannel;
};

class Stream : public IPortWaveRTStream
{
  public:
    IMP_IUnknown;
    IMP_IPortWaveRTStream;
};

STDMETHODIMP_(NTSTATUS) Channel::QueryInterface(REFIID iid, PVOID *out)
{
    *out = IsEqualGUIDAligned(iid, IID_IDmaChannel) ? this : nullptr;
    return *out ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(ULONG) Channel::AddRef()
{
    return 1;
}

STDMETHODIMP_(ULONG) Channel::Release()
{
    return 0;
}

STDMETHODIMP_(NTSTATUS) Channel::AllocateBuffer(ULONG, PPHYSICAL_ADDRESS)
{
    return STATUS_NOT_IMPLEMENTED;
}

STDMETHODIMP_(VOID) Channel::FreeBuffer()
{
}

STDMETHODIMP_(ULONG) Channel::TransferCount()
{
    return 0;
}

STDMETHODIMP_(ULONG) Channel::MaximumBufferSize()
{
    return 0;
}

STDMETHODIMP_(ULONG) Channel::AllocatedBufferSize()
{
    return 0;
}

STDMETHODIMP_(ULONG) Channel::BufferSize()
{
    return CHANNEL_BYTES;
}

STDMETHODIMP_(VOID) Channel::SetBufferSize(ULONG)
{
}

STDMETHODIMP_(PVOID) Channel::SystemAddress()
{
    return this;
}

STDMETHODIMP_(PHYSICAL_ADDRESS) Channel::PhysicalAddress()
{
    PHYSICAL_ADDRESS address;

    address.QuadPart = CHANNEL_ADDRESS;
    return address;
}

STDMETHODIMP_(PADAPTER_OBJECT) Channel::GetAdapterObject()
{
    return reinterpret_cast<PADAPTER_OBJECT>(this);
}

STDMETHODIMP_(VOID) Channel::CopyTo(PVOID, PVOID, ULONG)
{
}

STDMETHODIMP_(VOID) Channel::CopyFrom(PVOID, PVOID, ULONG)
{
}

STDMETHODIMP_(NTSTATUS) Stream::QueryInterface(REFIID, PVOID *out)
{
    *out = nullptr;
    return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(ULONG) Stream::AddRef()
{
    return 1;
}

STDMETHODIMP_(ULONG) Stream::Release()
{
    return 0;
}

STDMETHODIMP_(PMDL) Stream::AllocatePagesForMdl(PHYSICAL_ADDRESS, SIZE_T)
{
    return nullptr;
}

STDMETHODIMP_(PMDL)
Stream::AllocateContiguousPagesForMdl(PHYSICAL_ADDRESS, PHYSICAL_ADDRESS, SIZE_T)
{
    return nullptr;
}

STDMETHODIMP_(PVOID) Stream::MapAllocatedPages(PMDL, MEMORY_CACHING_TYPE)
{
    return nullptr;
}

STDMETHODIMP_(VOID) Stream::UnmapAllocatedPages(PVOID, PMDL)
{
}

STDMETHODIMP_(VOID) Stream::FreePagesFromMdl(PMDL)
{
}

STDMETHODIMP_(ULONG) Stream::GetPhysicalPagesCount(PMDL)
{
    return 0;
}

STDMETHODIMP_(PHYSICAL_ADDRESS) Stream::GetPhysicalPageAddress(PMDL mdl, ULONG index)
{
    PHYSICAL_ADDRESS address;

    address.QuadPart = address_of_page(mdl, index);
    return address;
}

Channel channel;
Stream stream;

} // namespace

PDMACHANNEL cxx_channel(void)
{
    return &channel;
}

PPORTWAVERTSTREAM cxx_stream(void)
{
    return &stream;
}

LONGLONG cxx_ask_channel(PDMACHANNEL asked)
{
    return asked->PhysicalAddress().QuadPart;
}

LONGLONG cxx_ask_stream(PPORTWAVERTSTREAM asked, PMDL mdl, ULONG index)
{
    return asked->GetPhysicalPageAddress(mdl, index).QuadPart;
}

ULONG cxx_ask_neighbours(PDMACHANNEL asked)
{
    return asked->BufferSize() + (asked->SystemAddress() == asked->GetAdapterObject());
}
