// SPDX-License-Identifier: MIT
//
// Kernel streaming in front of the miniports: filters, pins, properties, stream IRPs.
//
//   client --IRP--> ks (create, property, stream IRP, reset, close)  --ops--> port (WavePci, ...) --COM--> miniport
//
// A filter is one registered subdevice; a pin is one open file object below it. ks checks, keeps states,
// formats and instance counts, and turns a stream IRP into a packet; the port behind the filter's ops
// makes mappings of packets. ks never calls a miniport itself.
//
// Serialisation: creates, closes, property and state requests of one device run at PASSIVE_LEVEL under
// its device lock (a mutex, KP-17). Stream IRPs, cancels and completions run at <= DISPATCH outside it.
// Everything lives in nonpaged pool.
#ifndef PORTSIDE_KS_KS_H
#define PORTSIDE_KS_KS_H

#include <portcls.h>

#include "base/list.h"
#include "kernel/kernel.h"

struct ks_device;
struct ks_filter;
struct ks_pin;
struct ks_packet;

// ---- filters (filter.c) ------------------------------------------------------------------------------

// What a port supplies. All PASSIVE_LEVEL under the device lock unless said.
struct ks_filter_ops {
    // NewStream: the pin's fields are set, its state is STOP. On success pin->port is the port's.
    NTSTATUS (*pin_create)(struct ks_filter *filter, struct ks_pin *pin);
    // The pin is in STOP and has no packets; pin->port dies.
    void (*pin_close)(struct ks_filter *filter, struct ks_pin *pin);
    // One step between neighbours (KP-11). On a step to STOP all packets have been completed on return.
    NTSTATUS (*pin_state)(struct ks_pin *pin, KSSTATE from, KSSTATE to);
    NTSTATUS (*pin_format)(struct ks_pin *pin, PKSDATAFORMAT format);
    NTSTATUS (*pin_position)(struct ks_pin *pin, KSAUDIO_POSITION *position);
    // Bytes from the start of the stream, whatever the pin loops over (KP-29); NULL: no clock.
    NTSTATUS (*pin_stream_position)(struct ks_pin *pin, ULONG64 *bytes);
    // So many bytes as 100 ns of the pin's clock (WC-75); NULL: by the format's rate.
    LONGLONG (*pin_time)(struct ks_pin *pin, ULONG64 bytes);
    NTSTATUS (*pin_framing)(struct ks_pin *pin, PKSALLOCATOR_FRAMING framing); // NULL: not supported
    // A packet arrived in ACQUIRE..RUN, pending, cancelable. The port ends it through ks_packet_complete.
    // <= DISPATCH. NULL: the port takes no stream IRPs (RT-3).
    void (*pin_submit)(struct ks_pin *pin, struct ks_packet *packet);
    // The packet's IRP was cancelled: the port takes it out, revoking what is held, and ends it. IRQL
    // <= DISPATCH, no lock held. Called once per packet at most; never after ks_packet_claim succeeded.
    void (*pin_cancel)(struct ks_pin *pin, struct ks_packet *packet);
    // DataRangeIntersection of the miniport (KP-77..79); STATUS_NOT_IMPLEMENTED: the default.
    NTSTATUS (*intersect)(struct ks_filter *filter, ULONG pin, PKSDATARANGE client,
                          PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes);
    // IPinCount if the miniport has it, else NULL (KP-63).
    void (*pin_count)(struct ks_filter *filter, ULONG pin, ULONG *necessary, ULONG *current,
                      ULONG *possible, ULONG *global_current, ULONG *global_possible);
    // MinorTarget of a property request on a pin: the miniport's stream (KP-83); NULL: none.
    PUNKNOWN (*pin_target)(struct ks_pin *pin);
    // A pin's property that runs under the position lock if the device has one (RT-87); NULL: none does.
    bool (*is_position)(const KSPROPERTY *property);
    bool looped_pins; // sink pins also offer LOOPED_STREAMING (KP-5)
    // Pins offer position and clock events (KP-29, KP-55): the port calls ks_cursor_events_signal.
    bool cursor_events;
    // Packets come back once they are copied, before they are played (WC-54).
    bool copies;
    // Properties of pins and filter that this port answers itself; see ks_property_set.
    const struct ks_property_set *pin_properties;
    const struct ks_property_set *filter_properties;
};

struct ks_filter {
    struct list link;              // ks_device's filters
    struct ks_device *device;
    const struct ks_filter_ops *ops;
    const PCFILTER_DESCRIPTOR *descriptor; // the miniport's
    PUNKNOWN miniport;             // MajorTarget of property requests
    void *port;                    // the port object
    PWSTR name;                    // reference string
    PUNKNOWN owner;                // what an open handle keeps alive: the port; NULL before registration
    LONG references;
    bool registered;               // can be opened
    struct list pins;              // open pins
    ULONG *pin_instances;          // open now, per pin factory
    KSPIN_LOCK events_lock;        // guards `events`; innermost
    struct list events;            // enabled KS events of all handles (event.c)
};

// Checks the descriptor (KP-81) and makes a filter that is not yet registered. STATUS_INVALID_PARAMETER,
// STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS ks_filter_create(struct ks_device *device, const struct ks_filter_ops *ops,
                          const PCFILTER_DESCRIPTOR *descriptor, PUNKNOWN miniport, void *port,
                          struct ks_filter **out);
void ks_filter_release(struct ks_filter *filter);
// What an open handle holds: the filter and its owner (AD-33).
void ks_filter_open(struct ks_filter *filter);
void ks_filter_close(struct ks_filter *filter);

// ---- devices and dispatch (device.c) -----------------------------------------------------------------

// One per FDO; owned by the adapter part of the port class, found from the device extension.
struct ks_device {
    struct ps_system *system;
    PDEVICE_OBJECT fdo;
    PDEVICE_OBJECT pdo;            // NULL: without keys in the registry
    KMUTEX lock;                   // the global device lock
    KMUTEX position_lock;          // serves reads of positions instead of `lock` (RT-87)
    bool position_lock_used;
    struct list filters;
    bool gone;                     // surprise removed or stopping: opens fail
    // Goes to D0 before a stream is created or changes state (KP-4, KP-20); NULL: always D0.
    void (*power_up)(struct ks_device *device);
};

void ks_device_init(struct ks_device *device, struct ps_system *system, PDEVICE_OBJECT fdo);
void ks_device_lock(struct ks_device *device);
void ks_device_unlock(struct ks_device *device);

// Dispatch for IRP_MJ_CREATE, CLOSE, CLEANUP, DEVICE_CONTROL of the FDO. Completes or pends the IRP.
NTSTATUS ks_dispatch(struct ks_device *device, PIRP irp);

// What a file object's FsContext points to: a filter handle or a pin.
enum ks_handle_kind { KS_HANDLE_FILTER = 0x6b73666c, KS_HANDLE_PIN = 0x6b737069 };
struct ks_handle {
    enum ks_handle_kind kind;
    struct ks_filter *filter;
};

// ---- pins (pin.c, stream.c) --------------------------------------------------------------------------

struct ks_pin {
    struct ks_handle handle;       // first
    struct list link;              // ks_filter's pins
    uint32_t number;               // creation number
    ULONG id;                      // pin factory
    bool capture;                  // KSPIN_DATAFLOW_OUT
    bool looped;                   // opened with LOOPED_STREAMING
    bool resetting;                // between KSRESET_BEGIN and END
    bool powered_down;             // `state` is RUN, the miniport was told PAUSE (KP-19)
    KSSTATE state;
    PKSDATAFORMAT format;          // own copy
    PWAVEFORMATEX wave;            // inside `format`
    PFILE_OBJECT file;
    void *port;                    // the port's stream
    KSPIN_LOCK lock;               // guards what follows; innermost, never held across a call out
    bool accepts;                  // ACQUIRE..RUN: stream IRPs are taken (KP-38)
    struct list packets;           // accepted and not completed, in arrival order
    unsigned inside;               // submissions and cancels under way
    KEVENT idle;                   // set while `inside` is 0
    KEVENT drained;                // set while there are no packets
};

// IRP_MJ_CREATE of a pin below `filter`: KSPIN_CONNECT and format in `connect` (KP-1..KP-9, KP-61..65).
NTSTATUS ks_pin_create(struct ks_filter *filter, PFILE_OBJECT file, const KSPIN_CONNECT *connect,
                       size_t bytes, struct ks_pin **out);
// Walks down to STOP and closes (KP-18).
void ks_pin_close(struct ks_pin *pin);
// To `target` through the neighbours (KP-11..14). PASSIVE_LEVEL under the device lock. After a step to STOP
// the pin has no packets.
NTSTATUS ks_pin_set_state(struct ks_pin *pin, KSSTATE target);
// Around a power-down: streams in RUN go to PAUSE and back; their clients see RUN throughout (KP-19).
// PASSIVE_LEVEL; take the device lock themselves.
void ks_device_pause_streams(struct ks_device *device);
void ks_device_resume_streams(struct ks_device *device);
// Bytes of the pin's format as 100 ns of its clock (KP-29); 0 for a format without a rate.
LONGLONG ks_pin_time(const struct ks_pin *pin, ULONG64 bytes);
// IOCTL_KS_WRITE_STREAM, READ_STREAM and RESET_STATE (KP-30..56). Completes or pends the IRP.
NTSTATUS ks_pin_stream(struct ks_pin *pin, PIRP irp);
NTSTATUS ks_pin_reset(struct ks_pin *pin, PIRP irp);

// One stream IRP after probing. Headers are a copy in nonpaged pool; each header with data has its MDL.
struct ks_packet {
    struct list link;              // ks_pin's packets
    struct ks_pin *pin;
    uint32_t number;               // creation number
    PIRP irp;
    bool looped, end_of_stream, flush_on_pause;
    ULONG count;                   // headers
    KSSTREAM_HEADER *headers;
    PMDL *mdls;                    // one per header, NULL for an empty one
    ULONG64 bytes;                 // sum of DataUsed (write) or FrameExtent (read)
    void *port;                    // the port's packet
    bool flush;                    // the port: ended by RUN to PAUSE (KP-45)
    bool discontinuity;            // the port: data was lost before it; its first header says so (WC-68)
    volatile LONG endings;         // see ks_packet_second_to_end
    // pin->lock guards the rest.
    LONG references;               // the queue's and the submitter's
    bool submitted;                // pin_submit has returned
    bool cancelled;                // the cancel path owns completion
};

// True: the caller has taken the cancel routine out and owns completion. False: the cancel path owns it
// and will call (or is in) ops->pin_cancel (KP-47).
bool ks_packet_claim(struct ks_packet *packet);

// Where the port and the cancel path both let go of a packet: true for the second of them, which completes it.
static inline bool ks_packet_second_to_end(struct ks_packet *packet)
{
    return InterlockedIncrement(&packet->endings) == 2;
}

// The pin's next packet that RUN to PAUSE ends, claimed and marked `flush` (KP-45); NULL when there is none.
struct ks_packet *ks_packet_claim_flushable(struct ks_pin *pin);

// What a packet is completed with that STOP found in the queue after `transferred` bytes (KP-44).
NTSTATUS ks_packet_stop_status(const struct ks_packet *packet, ULONG64 *transferred);

// Ends a claimed (or cancelled) packet: `transferred` bytes of data over its headers, Information and
// DataUsed set as KP-34/35 say, pages unlocked, IRP completed. No lock held, <= DISPATCH. The packet
// is gone afterwards. The client's next submission may arrive before this returns (WP-41).
void ks_packet_complete(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred);

// ---- properties (property.c) -------------------------------------------------------------------------

struct ks_property_request {
    struct ks_filter *filter;
    struct ks_pin *pin;            // NULL: filter target
    ULONG node;                    // -1: none
    ULONG flags;                   // verb bits
    const KSPROPERTY *property;
    const void *instance;          // after KSPROPERTY (or KSNODEPROPERTY); NULL if nothing
    ULONG instance_bytes;
    void *value;
    ULONG value_bytes;
    ULONG_PTR information;         // out
    PIRP irp;
};

struct ks_property_item {
    ULONG id;
    ULONG verbs;                   // KSPROPERTY_TYPE_GET | SET
    ULONG minimum_instance;        // bytes after KSPROPERTY, checked before the handler
    ULONG value_bytes;             // fixed size of the value; 0: the handler checks
    NTSTATUS (*handler)(struct ks_property_request *request);
    bool port_owned;               // wins over the miniport's table (KP-91)
};

// A table ends with a NULL set.
struct ks_property_set {
    const GUID *set;
    const struct ks_property_item *items;
    ULONG count;
};

// IOCTL_KS_PROPERTY on a filter or pin: automation tables of filter, pin and node, then the port's and
// ks's own (KP-82..92). PASSIVE_LEVEL under the device lock. Completes or pends the IRP.
NTSTATUS ks_property_dispatch(struct ks_handle *handle, PIRP irp);

// ks's own tables.
extern const struct ks_property_set ks_filter_property_sets[]; // KSPROPSETID_Pin, Topology (filter.c)
extern const struct ks_property_set ks_pin_property_sets[];    // Connection, Stream, Audio position (pin_property.c)

// KSPROPERTY_PIN_NAME and KSPROPERTY_TOPOLOGY_NAME (name.c); the instance begins with the id.
NTSTATUS ks_pin_name(struct ks_property_request *request);
NTSTATUS ks_node_name(struct ks_property_request *request);

// A handler that returned STATUS_PENDING is done: PcCompletePendingPropertyRequest. <= DISPATCH.
void ks_property_complete(PPCPROPERTY_REQUEST request, NTSTATUS status);

// The output conventions of KP-86: size query, too small, copy. For handlers with a variable size.
NTSTATUS ks_property_reply(struct ks_property_request *request, const void *data, ULONG bytes);

// IOCTL_KS_ENABLE_EVENT / DISABLE_EVENT (event.c; KP-93..99).
NTSTATUS ks_event_dispatch(struct ks_handle *handle, PIRP irp);
void ks_events_close(struct ks_handle *handle);
// All handles' entries: the filter's miniport is about to go.
void ks_events_close_all(struct ks_filter *filter);
// Signals the enabled events of this pin; <= DISPATCH.
void ks_event_signal(struct ks_pin *pin, const GUID *set, ULONG id);
// Events of this pin that wait for a position or a time (cursor_event.c): whether one is enabled; fire those that
// the cursor has passed on its way to `now`, in bytes from the start of the stream, over a looped buffer of
// `size` (0: none). <= DISPATCH.
bool ks_cursor_events_armed(struct ks_pin *pin);
void ks_cursor_events_signal(struct ks_pin *pin, ULONG64 now, ULONG64 size);
// IPortEvents: an entry that the miniport's handler accepted; then fire those that match (KP-95, KP-96).
// `pin` or `node` (ULONG)-1: any. <= DISPATCH.
void ks_event_list(PKSEVENT_ENTRY entry);
void ks_event_generate(struct ks_filter *filter, const GUID *set, ULONG id, ULONG pin, ULONG node);

// ---- a pin's ranges (range.c) --------------------------------------------------------------------------

// Whether every range and list of attributes is whole; the others ask only pins that are so.
bool ks_ranges_ok(const KSPIN_DESCRIPTOR *pin);
// The index of the range behind range `i`: an attribute list between them is no range.
ULONG ks_range_next(const KSPIN_DESCRIPTOR *pin, ULONG i);
// The bytes of ranges and attributes as a client gets them (KP-67), written to `out` unless that is NULL.
size_t ks_ranges_flat(const KSPIN_DESCRIPTOR *pin, char *out);

// ---- formats (format.c) ------------------------------------------------------------------------------

// The WAVEFORMATEX inside a KSDATAFORMAT of `bytes` bytes; NULL unless whole and consistent
// (KP-70..74).
PWAVEFORMATEX ks_format_wave(const KSDATAFORMAT *format, size_t bytes);
// KP-76.
bool ks_format_matches(const KSDATAFORMAT *format, size_t bytes, const KSDATARANGE *range);
// The first range of pin factory `id` that matches, or STATUS_NO_MATCH.
NTSTATUS ks_format_check(const struct ks_filter *filter, ULONG id, const KSDATAFORMAT *format,
                         size_t bytes);
// KP-79.
NTSTATUS ks_default_intersection(PKSDATARANGE client, PKSDATARANGE mine, ULONG bytes, PVOID result,
                                 PULONG result_bytes);
// Data ranges start at 8-byte multiples; the next one, or NULL past `end`.
const KSPIN_DESCRIPTOR *ks_pin_descriptor(const struct ks_filter *filter, ULONG id);
const PCPIN_DESCRIPTOR *ks_pc_pin(const struct ks_filter *filter, ULONG id);
const PCNODE_DESCRIPTOR *ks_node(const struct ks_filter *filter, ULONG id);
// KP-61..63: STATUS_INSUFFICIENT_RESOURCES when one more instance of the factory is too many.
NTSTATUS ks_pin_admit(struct ks_filter *filter, ULONG id);
// KP-80: false if majors, subs or specifiers exclude each other (format.c).
bool ks_ranges_can_match(const KSDATARANGE *client, const KSDATARANGE *mine);

#endif
