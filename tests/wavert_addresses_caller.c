/* SPDX-License-Identifier: MIT */
/* See wavert_addresses.h. ADDRESS_CALLER is the name of this copy. Valid C and C++. */
#include "tests/wavert_addresses.h"

#define TEXT(name) TEXT_OF(name)
#define TEXT_OF(name) #name

static void pages(PPORTWAVERTSTREAM stream, PMDL mdl, ULONG count, ULONGLONG *out)
{
    for (ULONG i = 0; i < count; i++) {
        PHYSICAL_ADDRESS address;

#ifdef __cplusplus
        address = stream->GetPhysicalPageAddress(mdl, i);
#else
        stream->lpVtbl->GetPhysicalPageAddress(stream, &address, mdl, i);
#endif
        out[i] = (ULONGLONG)address.QuadPart;
    }
}

static ULONGLONG channel_address(PDMACHANNEL channel)
{
    PHYSICAL_ADDRESS address;

#ifdef __cplusplus
    address = channel->PhysicalAddress();
#else
    channel->lpVtbl->PhysicalAddress(channel, &address);
#endif
    return (ULONGLONG)address.QuadPart;
}

const struct address_caller ADDRESS_CALLER = {TEXT(ADDRESS_CALLER), pages, channel_address};
