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

static NTSTATUS NTAPI stream_get_mapping(IPortWavePciStream *This, PVOID Tag,
                                         PPHYSICAL_ADDRESS PhysicalAddress, PVOID *VirtualAddress,
                                         PULONG ByteCount, PULONG Flags)
{
    struct wavepci_stream *stream = wavepci_stream_from(This);
    struct mq_mapping mapping = {0};

    sched_point(stream->sched, COST_CALL);
    if (MQ_UNLIKELY(!plain(stream) || !PhysicalAddress || !VirtualAddress || !ByteCount || !Flags))
        return wavepci_get_checked(stream, Tag, PhysicalAddress, VirtualAddress, ByteCount, Flags,
                                   __builtin_return_address(0));
    if (MQ_UNLIKELY(mq_get(stream->queue, Tag, &mapping) == MQ_REFUSED)) {
        *ByteCount = 0; // WP-25
        *Flags = 0;
        return STATUS_NOT_FOUND;
    }
    stream->class->mappings++;
    PhysicalAddress->QuadPart = (LONGLONG)mapping.physical;
    *VirtualAddress = mapping.virtual_address;
    *ByteCount = mapping.bytes;
    *Flags = mapping.last;
    return STATUS_SUCCESS;
}

// Cold: packets end, or MappingAvailable is due.
static WAVEPCI_COLD void released(struct wavepci_stream *stream, struct mq_todo *todo)
{
    wavepci_finish(stream, todo);
}

static NTSTATUS NTAPI stream_release_mapping(IPortWavePciStream *This, PVOID Tag)
{
    struct wavepci_stream *stream = wavepci_stream_from(This);
    enum mq_result result;
    struct mq_todo todo;

    sched_point(stream->sched, COST_CALL);
    if (MQ_UNLIKELY(!plain(stream)))
        return wavepci_release_checked(stream, Tag, __builtin_return_address(0));
    result = mq_release(stream->queue, Tag, &todo);
    if (MQ_UNLIKELY(todo.first || todo.wake))
        released(stream, &todo);
    return MQ_UNLIKELY(!mq_succeeded(result)) ? STATUS_NOT_FOUND : STATUS_SUCCESS;
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
