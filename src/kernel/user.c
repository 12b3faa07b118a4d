// SPDX-License-Identifier: MIT
//
// Buffers of the client process: pages of the machine, mapped once for the client and, when a
// driver first asks for a system address of any part, once more for the kernel. That alias serves
// all MDLs of the buffer, so that no packet costs an mmap.
#include "kernel/private.h"

struct user_buffer {
    struct list link; // kernel.user_buffers
    char *base;       // the client's view
    char *alias;      // the kernel's view, or NULL
    size_t pages;
    uint64_t pfns[];
};

static size_t record_bytes(size_t pages)
{
    return sizeof(struct user_buffer) + pages * sizeof(uint64_t);
}

void *kernel_user_allocate(struct ps_system *system, size_t bytes, uint64_t high)
{
    struct page_request request = {.high = high,
                                   .count = (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE};
    struct user_buffer *buffer;

    if (!bytes || bytes > ARENA_RAM_BYTES)
        return NULL;
    buffer = arena_alloc(system->arena, record_bytes(request.count));
    if (!buffer)
        return NULL;
    buffer->pages = request.count;
    if (memory_allocate(system->machine, &request, true, buffer->pfns) != request.count) {
        arena_free(system->arena, buffer, record_bytes(request.count));
        return NULL;
    }
    buffer->base = view_map(system->machine, buffer->pfns, buffer->pages, MEMORY_CACHED, true);
    if (!buffer->base) {
        memory_free(system->machine, buffer->pfns, buffer->pages);
        arena_free(system->arena, buffer, record_bytes(buffer->pages));
        return NULL;
    }
    list_push_front(&system->kernel->user_buffers, &buffer->link);
    return buffer->base;
}

static struct user_buffer *find(struct ps_system *system, const char *address)
{
    LIST_EACH(link, &system->kernel->user_buffers)
    {
        struct user_buffer *buffer = LIST_OBJECT(link, struct user_buffer, link);

        if ((uintptr_t)address - (uintptr_t)buffer->base < buffer->pages * MACHINE_PAGE)
            return buffer;
    }
    return NULL;
}

void kernel_user_free(struct ps_system *system, void *base, size_t bytes)
{
    struct user_buffer *buffer = base ? find(system, base) : NULL;

    if (!buffer || buffer->base != base)
        return;
    view_unmap(system->machine, buffer->base, buffer->pages);
    if (buffer->alias)
        view_unmap(system->machine, buffer->alias, buffer->pages);
    memory_free(system->machine, buffer->pfns, buffer->pages);
    list_remove(&buffer->link);
    arena_free(system->arena, buffer, record_bytes(buffer->pages));
}

void *user_alias(struct ps_system *system, const void *address, size_t pages)
{
    struct user_buffer *buffer = find(system, address);
    size_t first;

    if (!buffer)
        return NULL;
    first = (size_t)((const char *)address - buffer->base) / MACHINE_PAGE;
    if (pages > buffer->pages - first)
        return NULL;
    if (!buffer->alias)
        buffer->alias =
            view_map(system->machine, buffer->pfns, buffer->pages, MEMORY_CACHED, false);
    return buffer->alias ? buffer->alias + first * MACHINE_PAGE : NULL;
}
