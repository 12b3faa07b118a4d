/* SPDX-License-Identifier: MIT */
/*
 * A whole system around a scripted miniport: scheduler, machine, kernel, an adapter with one WavePci filter, clients
 * on system threads. Shared by the ks_pin and wavepci tests.
 *
 *     struct fixture f;
 *     fixture_open(&f, NULL);                     // boots and starts the device
 *     mini.script = (struct step[]){...};         // the calls the port must make, in this order
 *     fixture_run(&f, scenario);                  // scenario(f) on a system thread
 *     fixture_close(&f);                          // removes and unloads; nothing may be left
 *
 * Code on system threads checks with CHECK, which notes the first failure; fixture_run reports it.
 *
 * Pins of the filter: 0 render, 1 capture, 2 a bridge.
 */
#ifndef PORTSIDE_TESTS_WAVEPCI_FIXTURE_H
#define PORTSIDE_TESTS_WAVEPCI_FIXTURE_H

#include <portcls.h>

#include "tests/ps_test.h"

#include "base/fault.h"
#include "kernel/kernel.h"
#include "port/policy.h"
#include "port/port.h"

struct fixture {
    struct ps_system *system;
    struct chooser *chooser;
    struct fault_plan faults;
    PDRIVER_OBJECT driver;
    PDEVICE_OBJECT pdo;
    PFILE_OBJECT filter;            /* an open handle on the filter */
    struct kernel_counts before;    /* once booted, before the driver is loaded */
    NTSTATUS started;               /* what loading and starting the driver came to */
    bool keep_chooser;
};

struct fixture_options {
    struct chooser *chooser; /* NULL: round-robin; owned by the fixture from here on, unless ... */
    bool keep_chooser;       /* ... it serves many runs */
    enum memory_layout layout;
    size_t map_budget;       /* as in machine_options */
    uint64_t seed;
    unsigned processors;     /* 0: 2 */
    const struct ps_device_ops *device; /* NULL: one that does nothing */
    bool start_fails;        /* starting the device may fail (fault plans) */
    uint64_t fail_at;        /* fault plan, from loading the driver on; 0: none */
    bool fail_for_good;
};

void fixture_open(struct fixture *f, const struct fixture_options *options);
void fixture_run(struct fixture *f, void (*scenario)(struct fixture *f));
void fixture_close(struct fixture *f);
/* The same without the check that nothing is left. */
void fixture_abandon(struct fixture *f);
/* A further thread, started from a scenario; `done` becomes true at its end. */
struct fixture_thread {
    void (*entry)(void *context);
    void *context;
    volatile bool done;
};
void fixture_thread(struct fixture *f, struct fixture_thread *thread);
void fixture_join(struct fixture_thread *thread);
void fixture_sleep(unsigned microseconds);

void fixture_failed(const char *file, int line, const char *what);
#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what))                                                                               \
            fixture_failed(__FILE__, __LINE__, #what);                                             \
    } while (0)
#define CHECK_EQUAL(a, b) fixture_check_equal(__FILE__, __LINE__, #a, (uint64_t)(a), (uint64_t)(b))
void fixture_check_equal(const char *file, int line, const char *what, uint64_t a, uint64_t b);

size_t fixture_findings(const struct fixture *f);
/* How often a finding of that rule was raised. */
unsigned fixture_found(const struct fixture *f, const char *rule);
/* All findings so far are as expected: forgets them. */
void fixture_forgive(struct fixture *f);

/* ---- the scripted miniport ---- */

struct mini_stream;

/* One call that the port must make. `call` is its text: "NewStream 0 play", "SetState RUN", "GetPosition",
 * "RevokeMappings 1 3", "MappingAvailable", "Service", "SetFormat", "GetAllocatorFraming". */
struct step {
    const char *call;
    NTSTATUS status;                            /* returned */
    ULONGLONG value;                            /* position, or mappings counted as revoked */
    void (*action)(struct mini_stream *stream); /* done before it returns */
};

struct held {
    ULONG_PTR tag;
    ULONGLONG physical;
    unsigned char *virtual_address;
    ULONG bytes, flags;
};

enum { MINI_HELD = 256, MINI_STREAMS = 8 };

struct mini_stream {
    IMiniportWavePciStream iface;
    LONG references;
    PPORTWAVEPCISTREAM port;
    bool capture;
    KSSTATE state;
    KSPIN_LOCK lock;             /* guards the list; dropped around calls of the port (WP-46) */
    struct held list[MINI_HELD]; /* oldest first */
    unsigned count;
    ULONG_PTR next_tag;          /* from 1 */
    ULONGLONG position, mapped;
    ULONG framing;               /* FrameSize */
    unsigned available, services, refusals;
    unsigned depth;              /* MappingAvailable calls now under way */
    KIRQL available_irql;
    bool in_release;
};

/* Behaviour beside the script. A NULL script: every call succeeds. */
extern struct mini {
    const struct step *script, *next;
    unsigned ignore;             /* calls that the script does not mention: MINI_... bits */
    bool own_group;              /* NewStream hands out a service group per stream */
    bool filter_group;           /* Init hands out a group */
    PSERVICEGROUP group;         /* the last one made (not referenced) */
    PDMACHANNEL channel;         /* what NewStream hands out, without a reference (DS-10) */
    PPORTWAVEPCI port;
    PUNKNOWN adapter_seen;
    PRESOURCELIST resources_seen;
    bool keep_resources;         /* Init takes a reference and notes what the list held */
    ULONG resource_entries;
    unsigned char resources_copy[256];
    size_t resources_bytes;
    unsigned filter_services;
    NTSTATUS init_status;
    const char *order[16];       /* Init, GetDescription ... in the order they came */
    unsigned order_count;
    struct mini_stream *streams[MINI_STREAMS];
    unsigned stream_count;
    struct mini_stream *stream;  /* the latest */
    LONG miniports, stream_objects; /* alive now */
    NTSTATUS intersection;
    unsigned intersections;
    bool exact_framing;
    bool offers_pin_count;
    unsigned pin_counts;
    ULONG possible;              /* what PinCount answers if not 0 */
    bool greedy;                 /* on RUN, Service and MappingAvailable: take all there is */
    NTSTATUS (*revoke)(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last, ULONG *count);
    void (*on_service)(struct mini_stream *stream);
    void (*on_available)(struct mini_stream *stream);
    void (*on_state)(struct mini_stream *stream, KSSTATE state);
    void (*on_position)(struct mini_stream *stream);
    bool forgets; // GetPosition succeeds without one
} mini;

/* Called once by the next fixture_open, before the driver is loaded: sets what Init depends on. */
extern void (*mini_before_start)(void);

enum {
    MINI_FRAMING = 1,
    MINI_SERVICE = 2,
    MINI_POSITION = 4,
    MINI_AVAILABLE = 8,
    MINI_STATE = 16,
    MINI_NEW = 32,
};

/* What a miniport does, following WP-46: its lock is dropped around each call of the port. */
bool mini_get(struct mini_stream *stream, struct held *out);       /* next mapping, put on the list */
NTSTATUS mini_release_oldest(struct mini_stream *stream);          /* off the list, then back */
NTSTATUS mini_release_tag(struct mini_stream *stream, ULONG_PTR tag); /* just the call */
void mini_take_all(struct mini_stream *stream);
void mini_release_all(struct mini_stream *stream);
/* The miniport's own revocation: takes the range off its list, exact count. */
NTSTATUS mini_revoke(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last, ULONG *count);
/* The script was followed to its end. */
void mini_script_done(void);

/* ---- the client ---- */

#define PIN_ANY_RATE 48000

struct pin_request {
    ULONG pin;
    bool looped;
    ULONG rate;     /* 0: 48000 */
    USHORT bits;    /* 0: 16 */
    USHORT channels;/* 0: 2 */
};

NTSTATUS client_open(struct fixture *f, const struct pin_request *request, PFILE_OBJECT *pin);
/* With these bytes behind the pin name. */
NTSTATUS client_open_raw(struct fixture *f, const void *connect, size_t bytes, PFILE_OBJECT *pin);
size_t client_connect(const struct pin_request *request, unsigned char *out); /* out: 512 bytes */
PFILE_OBJECT client_pin(struct fixture *f, ULONG pin, bool looped); /* must succeed */
void client_close(struct fixture *f, PFILE_OBJECT pin);
NTSTATUS client_state(struct fixture *f, PFILE_OBJECT pin, KSSTATE state);
KSSTATE client_get_state(struct fixture *f, PFILE_OBJECT pin);
NTSTATUS client_property(struct fixture *f, PFILE_OBJECT file, const GUID *set, ULONG id,
                         ULONG flags, void *value, ULONG bytes, ULONG_PTR *information);
KSAUDIO_POSITION client_position(struct fixture *f, PFILE_OBJECT pin);
void client_position_quietly(struct fixture *f, PFILE_OBJECT pin); /* it may fail */

enum { PACKET_HEADERS = 4 };

struct packet {
    struct kernel_request request;
    KSSTREAM_HEADER headers[PACKET_HEADERS];
    ULONG count;
    unsigned char *pages;   /* client memory */
    size_t page_bytes;
    unsigned char *data;    /* where the first buffer begins */
    ULONG bytes;
};

/* A packet of `count` buffers of `bytes` each, beginning `offset` bytes into the first page of each. */
bool packet_make(struct fixture *f, struct packet *packet, ULONG count, ULONG bytes, ULONG offset);
void packet_free(struct fixture *f, struct packet *packet);
NTSTATUS packet_write(struct fixture *f, PFILE_OBJECT pin, struct packet *packet);
NTSTATUS packet_read(struct fixture *f, PFILE_OBJECT pin, struct packet *packet);
NTSTATUS packet_send(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG code);

#endif
