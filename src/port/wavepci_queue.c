// SPDX-License-Identifier: MIT
//
// Memory of the mapping queue: nonpaged pool (WP-7).
#include "port/wavepci.h"

#define TAG_QUEUE 'QPsP'

HOOK_ABI void *wavepci_pool_allocate(size_t bytes)
{
    return ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_QUEUE);
}

HOOK_ABI void wavepci_pool_free(void *memory)
{
    ExFreePool(memory);
}
