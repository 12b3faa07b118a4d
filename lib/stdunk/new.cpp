// SPDX-License-Identifier: MIT
//
// Operators new and delete on pool memory, zeroed. Weak: where a driver defines one of its own, that one is taken.
#include <stdunk.h>

#define TAG_NEW 'wNuS'
#define OPERATOR __attribute__((__weak__))

// The driver's own: a host that is a C++ program has operators of the same names, and the compiler
// declares them with default visibility before we can say otherwise.
#ifndef _WIN32
__asm__(".hidden _ZdlPv\n.hidden _ZdlPvm\n.hidden _ZdaPv\n.hidden _ZdaPvm");
#endif

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

OPERATOR PVOID operator new(size_t Size, POOL_TYPE PoolType) noexcept
{
    return allocate(Size, PoolType, TAG_NEW);
}

OPERATOR PVOID operator new(size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept
{
    return allocate(Size, PoolType, Tag);
}

OPERATOR PVOID operator new[](size_t Size, POOL_TYPE PoolType) noexcept
{
    return allocate(Size, PoolType, TAG_NEW);
}

OPERATOR PVOID operator new[](size_t Size, POOL_TYPE PoolType, ULONG Tag) noexcept
{
    return allocate(Size, PoolType, Tag);
}

OPERATOR PVOID operator new(size_t Size, POOL_FLAGS PoolFlags, ULONG Tag) noexcept
{
    return ExAllocatePool2(PoolFlags, Size ? Size : 1, Tag);
}

OPERATOR PVOID operator new[](size_t Size, POOL_FLAGS PoolFlags, ULONG Tag) noexcept
{
    return ExAllocatePool2(PoolFlags, Size ? Size : 1, Tag);
}

OPERATOR void operator delete(void *Memory, ULONG) noexcept
{
    release(Memory);
}

OPERATOR void operator delete(void *Memory, POOL_TYPE) noexcept
{
    release(Memory);
}

OPERATOR void operator delete(void *Memory, POOL_TYPE, ULONG) noexcept
{
    release(Memory);
}

OPERATOR void operator delete(void *Memory) noexcept
{
    release(Memory);
}

OPERATOR void operator delete(void *Memory, size_t) noexcept
{
    release(Memory);
}

OPERATOR void operator delete[](void *Memory) noexcept
{
    release(Memory);
}

OPERATOR void operator delete[](void *Memory, size_t) noexcept
{
    release(Memory);
}

// Of classes with an alignment of their own; pool aligns to 16 bytes.
#ifdef _WIN32
OPERATOR void operator delete(void *Memory, std::align_val_t) noexcept
{
    release(Memory);
}

OPERATOR void operator delete(void *Memory, size_t, std::align_val_t) noexcept
{
    release(Memory);
}

OPERATOR void operator delete[](void *Memory, std::align_val_t) noexcept
{
    release(Memory);
}
#endif
