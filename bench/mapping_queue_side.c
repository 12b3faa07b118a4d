// SPDX-License-Identifier: MIT
//
// See mapping_queue_side.h.
#include "bench/mapping_queue_side.h"

#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s failed\n", what);
    exit(70);
}

static inline void tell(const struct mq_mapping *mapping, PPHYSICAL_ADDRESS physical,
                        PVOID *virtual_address, PULONG bytes, PULONG flags)
{
    physical->QuadPart = (LONGLONG)mapping->physical;
    *virtual_address = mapping->virtual_address;
    *bytes = mapping->bytes;
    *flags = mapping->last;
}

// The ways that are not the ordinary one are functions of their own, as in the port (wavepci_mapping.c).
static __attribute__((noinline)) NTSTATUS NTAPI
get_rest(struct queue_side *ours, PVOID tag, PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
         PULONG bytes, PULONG flags, const void *caller)
{
    struct mq_mapping mapping;
    enum mq_result result = mq_get_rest(ours->queue, tag, &mapping);

    (void)caller; // what a port wants to know here, and what keeps the ordinary way free of it
    if (!mq_succeeded(result)) {
        *bytes = 0;
        *flags = 0;
        return STATUS_NOT_FOUND;
    }
    tell(&mapping, physical, virtual_address, bytes, flags);
    return STATUS_SUCCESS;
}

static __attribute__((noinline)) NTSTATUS NTAPI
get_hooked(struct queue_side *ours, PVOID tag, PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
           PULONG bytes, PULONG flags, const void *caller)
{
    const struct queue_hooks *hooks = ours->hooks;
    NTSTATUS status = STATUS_SUCCESS;
    struct mq_mapping mapping;

    hooks->called(hooks, "GetMapping", tag);
    if (mq_get_next(ours->queue, tag, &mapping))
        tell(&mapping, physical, virtual_address, bytes, flags);
    else
        status = get_rest(ours, tag, physical, virtual_address, bytes, flags, caller);
    hooks->returned(hooks, "GetMapping", status);
    return status;
}

static NTSTATUS NTAPI get_mapping(IPortWavePciStream *This, PVOID tag, PPHYSICAL_ADDRESS physical,
                                  PVOID *virtual_address, PULONG bytes, PULONG flags)
{
    struct queue_side *ours = CONTAINING_RECORD(This, struct queue_side, iface);
    struct mq_mapping mapping;

    if (MQ_UNLIKELY(ours->hooks))
        return get_hooked(ours, tag, physical, virtual_address, bytes, flags,
                          __builtin_return_address(0));
    if (MQ_UNLIKELY(!mq_get_next(ours->queue, tag, &mapping)))
        return get_rest(ours, tag, physical, virtual_address, bytes, flags,
                        __builtin_return_address(0));
    tell(&mapping, physical, virtual_address, bytes, flags);
    return STATUS_SUCCESS;
}

static inline void hand_back(struct queue_side *ours, struct mq_packet *packet)
{
    packet->next = ours->done;
    ours->done = packet;
}

static __attribute__((noinline)) NTSTATUS NTAPI release_rest(struct queue_side *ours, PVOID tag)
{
    struct mq_packet *packet;
    struct mq_todo todo;
    enum mq_result result = mq_release_rest(ours->queue, tag, &todo);

    while ((packet = mq_todo_pop(&todo)))
        hand_back(ours, packet);
    return mq_succeeded(result) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

static inline NTSTATUS release_one(struct queue_side *ours, PVOID tag)
{
    struct mq_packet *ended;

    if (MQ_UNLIKELY(!mq_release_oldest(ours->queue, tag, &ended)))
        return release_rest(ours, tag);
    if (ended)
        hand_back(ours, ended);
    return STATUS_SUCCESS;
}

static __attribute__((noinline)) NTSTATUS NTAPI release_hooked(struct queue_side *ours, PVOID tag)
{
    const struct queue_hooks *hooks = ours->hooks;
    NTSTATUS status;

    hooks->called(hooks, "ReleaseMapping", tag);
    status = release_one(ours, tag);
    hooks->returned(hooks, "ReleaseMapping", status);
    return status;
}

static NTSTATUS NTAPI release_mapping(IPortWavePciStream *This, PVOID tag)
{
    struct queue_side *ours = CONTAINING_RECORD(This, struct queue_side, iface);

    if (MQ_UNLIKELY(ours->hooks))
        return release_hooked(ours, tag);
    return release_one(ours, tag);
}

static const IPortWavePciStreamVtbl queue_vtbl = {.GetMapping = get_mapping,
                                                  .ReleaseMapping = release_mapping};

static void add_to_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);
    struct mq_packet *packet;
    struct mq_request request;
    struct mq_buffer buffer;
    struct mq_todo todo;

    rig_request(&buffer, &request, side->pieces);
    if (mq_packet_create(ours->queue, &request, &packet) || mq_add(ours->queue, packet, &todo))
        fail("a packet");
}

static void take_back_from_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);
    struct mq_packet *packet;

    while ((packet = ours->done)) {
        ours->done = packet->next;
        mq_packet_free(ours->queue, packet);
    }
}

static void open_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);
    int *lock = rig_allocate(sizeof(*lock));
    struct mq_config config = {.context = lock};

    *lock = 0;
    if (mq_create(&config, &ours->queue))
        fail("a queue");
}

static void close_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);

    if (mq_destroy(ours->queue))
        fail("mq_destroy");
}

void queue_side_init(struct queue_side *ours)
{
    *ours = (struct queue_side){.iface = {(IPortWavePciStreamVtbl *)&queue_vtbl},
                                .side = {.stream = &ours->iface,
                                         .open = open_queue,
                                         .close = close_queue,
                                         .add = add_to_queue,
                                         .take_back = take_back_from_queue}};
}
