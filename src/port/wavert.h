// SPDX-License-Identifier: MIT
//
// The WaveRT port, shared by the wavert_*.c files:
//
//   wavert_port.c       IPortWaveRT: Init, the filter, what ks asks
//   wavert_stream.c     a stream's life: NewStream, SetState, SetFormat, position, closing
//   wavert_pages.c      IPortWaveRTStream: the seven methods
//   wavert_buffer.c     the cyclic buffer: allocation, checks, the client's mapping
//   wavert_register.c   hardware registers mapped for the client
//   wavert_notify.c     notification events
//   wavert_packet.c     packet mode
//   wavert_property.c   KSPROPSETID_RtAudio and the position properties
//   wavert_resource.c   interrupts and threads of low-latency drivers
//
// All at PASSIVE_LEVEL. Creates, closes, states and properties of one device come one at a time under its
// device lock; with the position lock, position and packet properties overlap them (RT-87). The seven
// methods may come on any thread; what they share changes between two scheduling points only, where one
// OS thread is alone. No lock of the port is held while a miniport is called, the device lock apart.
#ifndef PORTSIDE_PORT_WAVERT_H
#define PORTSIDE_PORT_WAVERT_H

#include "port/miniport_call.h"
#include "port/port_extras.h"

struct port_class;
struct wavert_stream;

// The project's code for what Windows has none for, and the verifier's.
#define WAVERT_CODE_PROJECT 0xA0D10u
#define WAVERT_CODE_VERIFIER 0xC4u

// ---- the port object -------------------------------------------------------------------------------------

struct wavert_port {
    IPortWaveRT iface;
    struct unknown unknown;
    struct port_extras extras;
    IPortClsStreamResourceManager2 resources;
    struct ps_system *system;
    PDEVICE_OBJECT fdo;
    PMINIPORTWAVERT miniport;     // referenced; NULL before Init and after release_children
    PPINCOUNT pin_count;          // referenced; NULL if the miniport has none
    DEVICE_DESCRIPTION description; // of the DMA device (RT-13)
    struct list streams;          // every stream object that lives, closed or not
};

extern const struct ks_filter_ops wavert_filter_ops;

// ---- pages (wavert_pages.c) --------------------------------------------------------------------------------

// What one Allocate...PagesForMdl gave out. The MDL belongs to the kernel and can be written by the driver;
// here is what is true.
struct wavert_pages {
    struct list link;             // a bucket of the stream
    PMDL mdl;
    uint32_t number;              // creation number, in findings
    size_t count;
    void *base;                   // the miniport's mapping, or NULL
    void *client;                 // the client's mapping of the first pages of it, or NULL
    size_t client_count;
    const void *caller;           // who allocated
    uint64_t pfns[];
};

enum { WAVERT_BUCKETS = 64 };

// ---- streams -----------------------------------------------------------------------------------------------

// Counts a notification event's registrations (RT-74).
struct wavert_event {
    struct list link;
    PKEVENT event;                // one object reference
};

struct wavert_register {
    bool used;                    // mapped once already (RT-58)
    void *base;                   // what was mapped, or NULL
    bool device;                  // registers, not memory
};

// The cyclic buffer.
struct wavert_buffer {
    PMDL mdl;                     // NULL: none
    struct wavert_pages *brought; // of an MDL that the driver made itself, in no bucket; NULL: it is the stream's
    ULONG bytes, offset;
    MEMORY_CACHING_TYPE cache;
    ULONG notifications;          // 0: from AllocateAudioBuffer
};

struct wavert_stream {
    IPortWaveRTStream iface;
    // The MDL that was asked about last, for GetPhysicalPageAddress.
    PMDL hot_mdl;
    size_t hot_count;
    const uint64_t *hot_pfns;
    struct sched *sched;
    struct ps_system *system;
    const void *caller;           // of GetPhysicalPageAddress, on its way to the slow path

    struct unknown unknown;
    struct wavert_port *port;     // referenced
    struct list link;             // the port's streams
    uint32_t number;              // of the pin
    bool capture;
    struct ks_pin *pin;           // NULL once closed
    PMINIPORTWAVERTSTREAM miniport; // referenced; NULL until NewStream and once closed
    PMINIPORTWAVERTSTREAMNOTIFICATION notification; // referenced, or NULL (RT-11)
    PMINIPORTWAVERTINPUTSTREAM input;               // capture only
    PMINIPORTWAVERTOUTPUTSTREAM output;             // render only

    KSSTATE state;                // as the miniport was told; lower before it is told of going down
    struct list pages[WAVERT_BUCKETS];
    struct wavert_buffer buffer;
    struct wavert_register position_register, clock_register;
    struct list events;
    unsigned epoch;               // counts states told
    ULONGLONG frozen_at;          // the position read first since it must not move (RT-83)
    bool frozen;
    ULONG packet, packets;        // read last, counted last (RT-91, RT-93)
    bool packet_seen;
};

static inline struct wavert_stream *wavert_stream_from(IPortWaveRTStream *iface)
{
    return CONTAINING_RECORD(iface, struct wavert_stream, iface);
}

// struct ks_filter_ops of a stream (wavert_stream.c).
NTSTATUS wavert_stream_create(struct ks_filter *filter, struct ks_pin *pin);
void wavert_stream_close(struct ks_filter *filter, struct ks_pin *pin);
NTSTATUS wavert_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to);
NTSTATUS wavert_stream_format(struct ks_pin *pin, PKSDATAFORMAT format);
NTSTATUS wavert_position(struct ks_pin *pin, KSAUDIO_POSITION *position);

// A finding against the driver with the project's code; `number` is that of the VF rule, or 0.
__attribute__((format(printf, 5, 6))) void
wavert_misuse(struct wavert_stream *stream, const char *rule, unsigned number, const void *caller,
              const char *format, ...);
// The same for what is a warning by its rule.
__attribute__((format(printf, 4, 5))) void
wavert_remark(struct wavert_stream *stream, const char *rule, const void *caller, const char *format, ...);
// With 0xC4 and `p1`.
__attribute__((format(printf, 5, 6))) void
wavert_violation(struct wavert_stream *stream, const char *rule, uint32_t p1, const void *caller,
                 const char *format, ...);

// Calls `object`'s method with the given arguments, the second without a status; VF-59 when it comes back with another
// IRQL or with locks.
#define WAVERT_CALL(stream, status, object, method, ...)                                               \
    MINIPORT_CALL(stream, "VF-59", status, object, method, ##__VA_ARGS__)
#define WAVERT_TELL(stream, object, method, ...)                                                       \
    MINIPORT_TELL(stream, "VF-59", object, method, ##__VA_ARGS__)

extern const IPortWaveRTStreamVtbl wavert_stream_vtbl;

void wavert_pages_init(struct wavert_stream *stream);
// The record of an MDL that this stream gave out and has not taken back; NULL otherwise.
struct wavert_pages *wavert_pages_find(struct wavert_stream *stream, const MDL *mdl);
// A cache type that pages may be mapped with (RT-28).
bool wavert_cache_valid(MEMORY_CACHING_TYPE cache);
// RT-36: reports pages that were mapped with another type before.
void wavert_cache_check(struct wavert_stream *stream, const struct wavert_pages *pages,
                        size_t count, MEMORY_CACHING_TYPE cache, const void *caller);
void wavert_client_unmap(struct wavert_stream *stream, struct wavert_pages *pages);
// Reports what was never freed (RT-33) and takes it back.
void wavert_pages_end(struct wavert_stream *stream);

// ---- the cyclic buffer (wavert_buffer.c) ---------------------------------------------------------------------

// `notifications` 0: AllocateAudioBuffer, else AllocateBufferWithNotification.
NTSTATUS wavert_buffer_create(struct wavert_stream *stream, ULONG requested, ULONG notifications,
                              KSRTAUDIO_BUFFER *reply);
// Unmaps it from the client and has the miniport free it. Nothing if there is none.
void wavert_buffer_free(struct wavert_stream *stream);

// ---- registers (wavert_register.c) ----------------------------------------------------------------------------

NTSTATUS wavert_register_map(struct wavert_stream *stream, bool clock, KSRTAUDIO_HWREGISTER *reply);
void wavert_registers_unmap(struct wavert_stream *stream);

// ---- events (wavert_notify.c) -----------------------------------------------------------------------------------

NTSTATUS wavert_event_register(struct wavert_stream *stream, HANDLE handle);
NTSTATUS wavert_event_unregister(struct wavert_stream *stream, HANDLE handle);
// Unregisters leftovers (RT-73).
void wavert_events_end(struct wavert_stream *stream);

// ---- packet mode (wavert_packet.c) --------------------------------------------------------------------------------

NTSTATUS wavert_packet_count(struct ks_property_request *request);
NTSTATUS wavert_packet_read(struct ks_property_request *request);
NTSTATUS wavert_packet_write(struct ks_property_request *request);
NTSTATUS wavert_presentation(struct ks_property_request *request);

// ---- properties (wavert_property.c) ---------------------------------------------------------------------------------

extern const struct ks_property_set wavert_pin_properties[];
// RT-87.
bool wavert_is_position(const KSPROPERTY *property);

// ---- stream resources (wavert_resource.c) ------------------------------------------------------------------------------

extern const IPortClsStreamResourceManager2Vtbl wavert_resources_vtbl;
// The device goes: reports what was never removed (RT-101) and forgets it.
void wavert_resources_end(struct wavert_port *port);

#endif
