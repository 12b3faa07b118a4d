// SPDX-License-Identifier: MIT
//
// The WavePci port, shared by the wavepci_*.c files:
//
//   wavepci_port.c      IPortWavePci: Init, the filter, its service group
//   wavepci_stream.c    a stream's life: NewStream, SetState, SetFormat, closing
//   wavepci_mapping.c   IPortWavePciStream: the hot methods
//   wavepci_checked.c   the same with every check, the DMA grants and the hooks
//   wavepci_end.c       packets in, revocation, completion
//   wavepci_service.c   MappingAvailable, Service, the port's own timer
//   wavepci_position.c  GetPosition, prefetch offset, position events
//
// Locks: none of ours. The mapping queue guards itself; the flags below change between two scheduling
// points, where one OS thread is alone. So no lock of the port is ever held while a miniport is called
// (WP-48), and the miniport may call back from anywhere (WP-34).
#ifndef PORTSIDE_PORT_WAVEPCI_H
#define PORTSIDE_PORT_WAVEPCI_H

#include "port/miniport_call.h"
#include "port/port_extras.h"
#include "port/service_sink.h"
#ifndef MAPPING_QUEUE_PLATFORM
#define MAPPING_QUEUE_PLATFORM "port/wavepci_platform.h"
#endif
#include "port/mapping_queue.h"

struct port_class;
struct wavepci_stream;

// Slow paths of the hot methods. ms_abi, or these methods would save xmm6-15 on every call.
#define WAVEPCI_COLD __attribute__((cold, noinline)) MQ_API

// ---- the port object -------------------------------------------------------------------------------------

struct wavepci_port {
    IPortWavePci iface;
    struct unknown unknown;
    struct port_extras extras;
    struct ps_system *system;
    PDEVICE_OBJECT fdo;
    PMINIPORTWAVEPCI miniport;    // referenced; NULL before Init and after release_children
    PPINCOUNT pin_count;          // referenced; NULL if the miniport has none
    PSERVICEGROUP group;          // referenced; NULL: Service is never called (WP-4)
    struct service_sink *sink;
    struct list streams;          // open ones
    unsigned idle_notifies;       // Notify calls since a stream of the group was in RUN (VF-19)
};

extern const struct ks_filter_ops wavepci_filter_ops;

// struct ks_filter_ops of a stream (wavepci_stream.c).
NTSTATUS wavepci_stream_create(struct ks_filter *filter, struct ks_pin *pin);
void wavepci_stream_close(struct ks_filter *filter, struct ks_pin *pin);
NTSTATUS wavepci_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to);
NTSTATUS wavepci_stream_format(struct ks_pin *pin, PKSDATAFORMAT format);
NTSTATUS wavepci_stream_framing(struct ks_pin *pin, PKSALLOCATOR_FRAMING framing);

// ---- streams ---------------------------------------------------------------------------------------------

// A mapping the miniport holds, while its accesses are checked.
struct wavepci_held {
    void *tag;
    uint64_t physical;
    uint32_t bytes;
    struct mq_packet *packet;
};

enum { WAVEPCI_RECENT = 64 };

// What the checks of a stream remember (wavepci_checked.c).
struct wavepci_checks {
    struct wavepci_held *held;    // in order of acquisition
    size_t count, capacity;
    bool starved;                 // a mapping was refused for want of room here
    bool suspended;               // told to pause or stop: no device may touch held mappings (VF-17)
    void *revoked[WAVEPCI_RECENT]; // tags counted as revoked lately (VF-6)
    unsigned revoked_next, revoked_count;
    unsigned refusals;            // in a row, without waiting (VF-18)
    uint64_t refused_at;          // the last of them
    uint64_t late;                // late releases still awaited (VF-8)
    ULONGLONG last_position;      // VF-15
    bool position_frozen;
};

struct wavepci_stream {
    IPortWavePciStream iface;
    struct mq_queue *queue;
    struct sched *sched;
    struct port_class *class;
    bool checked;                 // checks and grants are on
    struct ps_system *system;
    uint32_t number;              // of the pin

    IPreFetchOffset prefetch;
    struct unknown unknown;
    struct wavepci_port *port;    // referenced
    struct list link;             // the port's streams
    struct ks_pin *pin;           // NULL once closed
    bool capture, looped;
    PMINIPORTWAVEPCISTREAM miniport; // referenced; NULL until NewStream and once closed
    PSERVICEGROUP group;          // referenced, or NULL
    struct service_sink *sink;
    KTIMER timer;                 // the port's own, without a group (WP-13)
    KDPC timer_dpc;

    KSSTATE state;                // as the miniport was told; lower before it is told of going down
    ULONG prefetch_bytes;
    bool prefetch_set;
    ULONG64 loop_bytes;           // size of the looped buffer; 0: none yet
    WORK_QUEUE_ITEM events_work;  // position events in the strict mode of WP-66
    bool events_queued;
    KEVENT events_idle;           // set while it is not

    KDPC wake_dpc;                // MappingAvailable is called from here
    bool wake_due, waking;

    struct mq_todo done;          // packets that wait for their completion, in order
    bool completing;
    struct wavepci_checks checks;
};

static inline struct wavepci_stream *wavepci_stream_from(IPortWavePciStream *iface)
{
    return CONTAINING_RECORD(iface, struct wavepci_stream, iface);
}

extern const IPortWavePciStreamVtbl wavepci_stream_vtbl;
extern const IPreFetchOffsetVtbl wavepci_prefetch_vtbl;

// ---- calling the miniport --------------------------------------------------------------------------------

// Around each call; VF-9 when it comes back with another IRQL or locks.
static inline void wavepci_call_enter(struct miniport_call *call, struct wavepci_stream *stream,
                                      const char *method, const void *routine)
{
    miniport_call_enter(call, stream->system, stream, method, routine);
}

static inline void wavepci_call_leave(const struct miniport_call *call, NTSTATUS status)
{
    miniport_call_leave(call, "VF-9", status);
}

// ---- packets and revocation (wavepci_end.c) ----------------------------------------------------------------

void wavepci_submit(struct ks_pin *pin, struct ks_packet *packet);
void wavepci_cancel(struct ks_pin *pin, struct ks_packet *packet);
// Revokes and ends everything queued (WP-64).
void wavepci_stop(struct wavepci_stream *stream);
// RUN to PAUSE: ends the packets marked FLUSHONPAUSE (KP-45).
void wavepci_flush(struct wavepci_stream *stream);
// Completes the packets of a todo list in order, then has MappingAvailable called. No lock held, IRQL <=
// DISPATCH_LEVEL.
void wavepci_finish(struct wavepci_stream *stream, struct mq_todo *todo);

// ---- service (wavepci_service.c) -----------------------------------------------------------------------------

void wavepci_service_init(struct wavepci_stream *stream);
// MappingAvailable is due: called from a DPC, never nested in a call of the miniport (WP-41), never twice at a
// time, not in STOP (WP-77).
void wavepci_wake(struct wavepci_stream *stream);
void wavepci_timer_start(struct wavepci_stream *stream);
void wavepci_timer_stop(struct wavepci_stream *stream);
// No DPC of ours runs or will run afterwards. PASSIVE_LEVEL.
void wavepci_service_quiesce(struct wavepci_stream *stream);
void wavepci_stream_service(void *stream);

// ---- checks (wavepci_checked.c) --------------------------------------------------------------------------------

WAVEPCI_COLD NTSTATUS wavepci_get_checked(struct wavepci_stream *stream, PVOID tag,
                                          PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
                                          PULONG bytes, PULONG flags, const void *caller);
WAVEPCI_COLD NTSTATUS wavepci_release_checked(struct wavepci_stream *stream, PVOID tag,
                                              const void *caller);
WAVEPCI_COLD NTSTATUS wavepci_terminate_checked(struct wavepci_stream *stream, const void *caller);
bool wavepci_checks_create(struct wavepci_stream *stream);
void wavepci_checks_destroy(struct wavepci_stream *stream);
// A revocation returned: its grants end, its faults are reported.
void wavepci_checks_revoked(struct wavepci_stream *stream, const struct mq_revocation *revocation);
// The packet is about to be completed: what is still granted of it ends.
void wavepci_checks_ended(struct wavepci_stream *stream, const struct mq_packet *packet);
// SetState(PAUSE or STOP) has returned on the way down; SetState(RUN) is about to be called (VF-17).
void wavepci_checks_suspend(struct wavepci_stream *stream);
void wavepci_checks_resume(struct wavepci_stream *stream);
// Before the port's last Release of the miniport's stream: VF-8, VF-12.
void wavepci_checks_closed(struct wavepci_stream *stream);
// After it, if the miniport's stream is gone: VF-16.
void wavepci_checks_references(struct wavepci_stream *stream);
void wavepci_checks_position(struct wavepci_stream *stream, ULONGLONG position);
// It succeeded without one.
void wavepci_checks_forgotten(struct wavepci_stream *stream);
// The miniport calls Notify: VF-19. Any IRQL.
void wavepci_checks_notify(struct wavepci_port *port, PSERVICEGROUP group, const void *caller);

// ---- position (wavepci_position.c) -------------------------------------------------------------------------------

NTSTATUS wavepci_position(struct ks_pin *pin, KSAUDIO_POSITION *position);
NTSTATUS wavepci_stream_position(struct ks_pin *pin, ULONG64 *bytes);
// Fires the position and clock events that the cursor has passed. <= DISPATCH_LEVEL.
void wavepci_position_events(struct wavepci_stream *stream);
void wavepci_events_init(struct wavepci_stream *stream);
// None is under way afterwards, if no DPC can ask for any. PASSIVE_LEVEL.
void wavepci_events_quiesce(struct wavepci_stream *stream);

#endif
