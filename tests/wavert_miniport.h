/* SPDX-License-Identifier: MIT */
/*
 * A WaveRT miniport for tests, on the fixture of wavepci_fixture.h: it behaves, but for what `rt` says otherwise.
 *
 *     rt_reset();
 *     rt.offset = 512;                    // before or after fixture_open
 *     fixture_open(&f, NULL);
 *     fixture_run(&f, scenario);
 *     fixture_close(&f);
 *
 * Every call of the port is noted in rt.calls: "NewStream 0 play", "SetState 3", "Free 7000" ...
 */
#ifndef PORTSIDE_TESTS_WAVERT_MINIPORT_H
#define PORTSIDE_TESTS_WAVERT_MINIPORT_H

#include "tests/wavepci_fixture.h"

enum { RT_CALLS = 64, RT_EVENTS = 8 };

struct rt_stream {
    IMiniportWaveRTStreamNotification iface;
    IMiniportWaveRTInputStream input;
    IMiniportWaveRTOutputStream output;
    LONG references;
    PPORTWAVERTSTREAM port;
    bool capture;
    KSSTATE state;
    PMDL mdl;                 /* of the audio buffer */
    ULONG bytes, count;       /* of the buffer; notifications a lap, 0: without */
    PKEVENT events[RT_EVENTS];
    unsigned event_count;
};

extern struct rt {
    char calls[RT_CALLS][64];
    unsigned call_count;
    struct rt_stream *stream; /* the latest */
    PPORTWAVERT port;
    LONG streams;             /* alive */
    PDEVICE_OBJECT fdo;

    NTSTATUS init, description, new_stream, allocate, set_state, set_format, get_position;
    NTSTATUS get_position_register, get_clock_register, register_event, packet;
    ULONG possible;           /* what IPinCount says; 0: there is none. Set before Init */
    bool no_stream;           /* NewStream succeeds with NULL */
    bool plain;               /* streams have no notification interface */
    bool no_packets;          /* nor packet interfaces */
    bool position_lock;       /* the policy, set before Init */
    bool contiguous;
    ULONGLONG high;           /* highest address; 0: any */
    ULONG actual;             /* ActualSize instead of what was asked; 0: as asked */
    bool actual_zero;
    ULONG offset;             /* OffsetFromFirstPage */
    bool forgets;             /* to write what it was asked for, and succeeds */
    bool lie_offset;          /* without pages for it */
    MEMORY_CACHING_TYPE cache;
    bool null_mdl, foreign_mdl, long_mdl, keep_pages, keep_port;
    PVOID pool;                        // foreign_mdl: of this block; NULL: without pages
    bool no_such_page;                 // foreign_mdl: its first page is no memory
    KSAUDIO_POSITION position;
    KSRTAUDIO_HWLATENCY latency;
    KSRTAUDIO_HWREGISTER hw_register;
    KSRTAUDIO_GETREADPACKET_INFO read;
    KSRTAUDIO_SETWRITEPACKET_INFO written;
    KSAUDIO_PRESENTATION_POSITION presentation;
    ULONG packets;
    ULONG asked_notifications;
    void (*on_allocate)(struct rt_stream *stream);
    void (*on_state)(struct rt_stream *stream, KSSTATE state);
    void (*on_release)(struct rt_stream *stream);
    void (*on_position)(struct rt_stream *stream);
} rt;

void rt_reset(void);
/* True if the calls from `from` on were these, separated by ", ". Fails the test otherwise. */
void rt_expect(unsigned from, const char *calls);

/* ---- the client ---- */

NTSTATUS rt_property(struct fixture *f, PFILE_OBJECT pin, ULONG id, ULONG flags, const void *instance,
                     ULONG instance_bytes, void *value, ULONG bytes, ULONG_PTR *information);
NTSTATUS rt_buffer(struct fixture *f, PFILE_OBJECT pin, ULONG bytes, KSRTAUDIO_BUFFER *reply);
NTSTATUS rt_buffer_notified(struct fixture *f, PFILE_OBJECT pin, ULONG bytes, ULONG notifications,
                            KSRTAUDIO_BUFFER *reply);
/* A render or capture pin with whatever it takes. */
PFILE_OBJECT rt_pin(struct fixture *f, bool capture);
/* How often a finding of `rule` with this code and first parameter was raised. */
unsigned rt_found(const struct fixture *f, const char *rule, uint32_t code, uint64_t p1);
/* Exactly `times` of them and no other finding; forgets them. */
#define RT_ONLY(f, times, rule, code, p1)                                                          \
    do {                                                                                           \
        CHECK_EQUAL(rt_found(f, rule, code, p1), times);                                           \
        CHECK_EQUAL(rt_total(f), times);                                                           \
        fixture_forgive(f);                                                                        \
    } while (0)
unsigned rt_total(const struct fixture *f);

#define RT_PROJECT 0xA0D10
#define RT_VERIFIER 0xC4

#endif
