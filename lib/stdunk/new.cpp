// SPDX-License-Identifier: MIT
//
// Operators new and delete on pool memory, zeroed. A driver that defines its own never links this file.
#include <stdunk.h>

#define TAG_NEW 'wNuS'

// The driver's own: a host that is a C++ program has operators of the same names, and the compiler
// declares them with default visibility before we can say otherwise.
__asm__(".hidden _ZdlPv\n.hidden _ZdlPvm\n.hidden _ZdaPv\n.hidden _ZdaPvm");

static PVOID allocate(size_t size, POOL_TYPE pool, ULONG tag)
{
    PVOID memory = ExAllocatePoolWithTag(pool, size ? size : 1, tag);

    if (memory)
        RtlZeroMemory(memory, size);
    return memory;
}

static void release(void *memory)
{
    if (memory)
        ExFreePool(memory);
}

PVOID operator new(size_t Size, POOL_TYPE PoolType) noexcept
{
    return allocate(Size, PoolType, TAG_NEW);
}

PVOID operator new(size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept
{
    return allocate(Size, PoolType, Tag);
}

PVOID operator new[](size_t Size, POOL_TYPE PoolType) noexcept
{
    return allocate(Size, PoolType, TAG_NEW);
}

PVOID operator new[](size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept
{
    return allocate(Size, PoolType, Tag);
}

void operator delete(void *Memory, POOL_TYPE) noexcept
{
    release(Memory);
}

void operator delete(void *Memory, POOL_TYPE, ULONG) noexcept
{
    release(Memory);
}

void operator delete(void *Memory) noexcept
{
    release(Memory);
}

void operator delete(void *Memory, size_t) noexcept
{
    release(Memory);
}

void operator delete[](void *Memory) noexcept
{
    release(Memory);
}

void operator delete[](void *Memory, size_t) noexcept
{
    release(Memory);
}
