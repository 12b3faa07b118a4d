// SPDX-License-Identifier: MIT
//
// IPortWavePciStream: what a miniport calls for every mapping. The hot path is the mapping queue's inline one; a
// lock held, an IRQL too high, a NULL pointer, checks that are on or an observer lead to wavepci_checked.c.
//
// These methods are ms_abi and reach only ms_abi functions, so they never save xmm6-15 (a test
// disassembles them). IRQL <= DISPATCH_LEVEL; re-entrant from inside any call of the miniport (WP-34).
#include "port/policy.h"
#include "port/wavepci.h"

UNKNOWN_METHODS(stream, struct wavepci_stream, iface, IPortWavePciStream)

// True if nothing needs a closer look.
static inline bool plain(const struct wavepci_stream *stream)
{
    const struct processor *processor = stream->sched->current;

    return !(stream->checked | (processor->held_count != 0) | (processor->irql > DISPATCH_LEVEL) |
             (stream->system->hooks != NULL));
}

static inline void tell(const struct mq_mapping *mapping, PPHYSICAL_ADDRESS physical,
                        PVOID *virtual_address, PULONG bytes, PULONG flags)
{
    physical->QuadPart = (LONGLONG)mapping->physical;
    *virtual_address = mapping->virtual_address;
    *bytes = mapping->bytes;
    *flags = mapping->last;
}

// What the ordinary ways below are not is done in functions of its own, so that they are leaves without a stack frame.

// With the queue's lock held.
static WAVEPCI_COLD NTSTATUS get_rest(struct wavepci_stream *stream, PVOID tag,
                                      PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
                                      PULONG bytes, PULONG flags, const void *caller)
{
    struct mq_mapping mapping = {0};

    (void)caller;
    if (mq_get_rest(stream->queue, tag, &mapping) == MQ_REFUSED) {
        *bytes = 0; // WP-25
        *flags = 0;
        return STATUS_NOT_FOUND;
    }
    stream->class->mappings++;
    tell(&mapping, physical, virtual_address, bytes, flags);
    return STATUS_SUCCESS;
}

// The second half of the scheduling point is due, or a closer look.
static WAVEPCI_COLD NTSTATUS get_attended(struct wavepci_stream *stream, PVOID tag,
                                          PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
                                          PULONG bytes, PULONG flags, const void *caller, bool look)
{
    if (look)
        sched_look(stream->sched);
    if (!plain(stream) || !physical || !virtual_address || !bytes || !flags)
        return wavepci_get_checked(stream, tag, physical, virtual_address, bytes, flags, caller);
    mq_lock(stream->queue->config.context);
    return get_rest(stream, tag, physical, virtual_address, bytes, flags, caller);
}

static NTSTATUS NTAPI stream_get_mapping(IPortWavePciStream *This, PVOID Tag,
                                         PPHYSICAL_ADDRESS PhysicalAddress, PVOID *VirtualAddress,
                                         PULONG ByteCount, PULONG Flags)
{
    struct wavepci_stream *stream = wavepci_stream_from(This);
    bool passed = sched_pass(stream->sched, COST_CALL);
    struct mq_mapping mapping;

    if (MQ_UNLIKELY(!passed || !plain(stream) || !PhysicalAddress || !VirtualAddress ||
                    !ByteCount || !Flags))
        return get_attended(stream, Tag, PhysicalAddress, VirtualAddress, ByteCount,
                            Flags, __builtin_return_address(0), !passed);
    if (MQ_UNLIKELY(!mq_get_next(stream->queue, Tag, &mapping)))
        return get_rest(stream, Tag, PhysicalAddress, VirtualAddress, ByteCount,
                        Flags, __builtin_return_address(0));
    stream->class->mappings++;
    tell(&mapping, PhysicalAddress, VirtualAddress, ByteCount, Flags);
    return STATUS_SUCCESS;
}

// A packet ended in the ordinary way.
static WAVEPCI_COLD NTSTATUS released_packet(struct wavepci_stream *stream, struct mq_packet *packet)
{
    struct mq_todo todo = {.first = packet, .last = packet};

    wavepci_finish(stream, &todo);
    return STATUS_SUCCESS;
}

// With the queue's lock held.
static WAVEPCI_COLD NTSTATUS release_rest(struct wavepci_stream *stream, PVOID tag)
{
    struct mq_todo todo;
    enum mq_result result = mq_release_rest(stream->queue, tag, &todo);

    if (todo.first || todo.wake)
        wavepci_finish(stream, &todo);
    return mq_succeeded(result) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

static WAVEPCI_COLD NTSTATUS release_attended(struct wavepci_stream *stream, PVOID tag,
                                              const void *caller, bool look)
{
    if (look)
        sched_look(stream->sched);
    if (!plain(stream))
        return wavepci_release_checked(stream, tag, caller);
    mq_lock(stream->queue->config.context);
    return release_rest(stream, tag);
}

static NTSTATUS NTAPI stream_release_mapping(IPortWavePciStream *This, PVOID Tag)
{
    struct wavepci_stream *stream = wavepci_stream_from(This);
    bool passed = sched_pass(stream->sched, COST_CALL);
    struct mq_packet *ended;

    if (MQ_UNLIKELY(!passed || !plain(stream)))
        return release_attended(stream, Tag, __builtin_return_address(0), !passed);
    if (MQ_UNLIKELY(!mq_release_oldest(stream->queue, Tag, &ended)))
        return release_rest(stream, Tag);
    if (MQ_UNLIKELY(ended != NULL))
        return released_packet(stream, ended);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_terminate_packet(IPortWavePciStream *This)
{
    struct wavepci_stream *stream = wavepci_stream_from(This);

    sched_point(stream->sched, COST_CALL);
    return wavepci_terminate_checked(stream, __builtin_return_address(0));
}

const IPortWavePciStreamVtbl wavepci_stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_addref,
    .Release = stream_release,
    .GetMapping = stream_get_mapping,
    .ReleaseMapping = stream_release_mapping,
    .TerminatePacket = stream_terminate_packet,
};
