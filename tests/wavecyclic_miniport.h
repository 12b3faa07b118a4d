/* SPDX-License-Identifier: MIT */
/*
 * A WaveCyclic miniport for tests, on the fixture of wavepci_fixture.h: it behaves, but for what `cy` says otherwise. Its
 * device is where the test puts it: cy.p.
 *
 *     cy_reset();
 *     fixture_open(&f, NULL);
 *     fixture_run(&f, scenario);
 *     fixture_close(&f);
 *
 * Every call of the port is noted in cy.calls: "NewStream 0 play", "SetState 3", "Silence 0 7680" (place, bytes),
 * "CopyTo 1920 480", "CopyFrom 0 64" ... but GetPosition, which comes all the time, and what asks the channel only when
 * `sizes` is set. The channel is the miniport's own and has the six methods that the port may call (WC-22).
 *
 * At 48 kHz, stereo, 16 bit, a millisecond is 192 bytes; the buffer has 100 ms.
 */
#ifndef PORTSIDE_TESTS_WAVECYCLIC_MINIPORT_H
#define PORTSIDE_TESTS_WAVECYCLIC_MINIPORT_H

#include "tests/wavepci_fixture.h"

enum { CY_CALLS = 128, CY_BUFFER = 19200, CY_MS = 192, CY_GUARD = 64 * 4 };

struct cy_stream {
    IMiniportWaveCyclicStream iface;
    IDmaChannel channel;
    LONG references, channel_references;
    PSERVICEGROUP group;      /* the miniport's reference; NULL: none */
    bool capture;
    KSSTATE state;
    unsigned char *memory;    /* of the buffer */
    ULONG allocated, size;    /* what the channel says */
    KIRQL service_irql;       /* of the last GetPosition */
};

extern struct cy {
    char calls[CY_CALLS][48];
    unsigned call_count;
    bool sizes;               /* note AllocatedBufferSize, BufferSize, SystemAddress, too */
    struct cy_stream *stream; /* the latest */
    PPORTWAVECYCLIC port;
    LONG streams, channels;   /* alive */
    PDEVICE_OBJECT fdo;
    PUNKNOWN adapter;
    PRESOURCELIST resources, resources_seen;
    POOL_TYPE pool;
    ULONG interval;           /* asked for last */

    NTSTATUS init, new_stream, set_state[4], set_format, get_position, normalize;
    bool no_stream, no_channel, no_group, no_buffer;
    bool late_buffer;         /* it comes with SetFormat only */
    PSERVICEGROUP group;      /* for all streams, if set */
    ULONG bytes;              /* of the buffer; 0: CY_BUFFER */
    ULONG p;                  /* what GetPosition says */
    bool by_time;             /* it moves with the clock instead, from when it was set */
    uint64_t since;
    LONGLONG normalized;      /* what NormalizePhysicalPosition says; 0: the truth */
    LONGLONG normalize_asked;
    ULONG frame_size, new_interval;
    bool wide_position, wide_frame_size, wide_silence, zero_silence;
    bool raise_irql;          /* SetState comes back at DISPATCH_LEVEL */
    unsigned char pattern;    /* Silence writes this */
    bool inverts;             /* the channel stores complements */
    void (*on_copy)(struct cy_stream *stream);
    void (*on_state)(struct cy_stream *stream, KSSTATE state);
    void (*on_position)(struct cy_stream *stream);
    void (*on_release)(const char *what);
} cy;

void cy_reset(void);
/* Fails the test unless the calls from `from` on were these, separated by ", ". */
void cy_expect(unsigned from, const char *calls);
#define CY_EXPECT(from, calls) cy_expect_at(__FILE__, __LINE__, (from), (calls))
void cy_expect_at(const char *file, int line, unsigned from, const char *calls);
/* The device is at `p` and has interrupted; the pass has been when this returns. */
void cy_at(ULONG p);
void cy_notify(void);

/* ---- the client ---- */

PFILE_OBJECT cy_open(struct fixture *f, bool capture);
/* A pin with so many bytes in flight to its end, primed and running. */
void cy_write(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG bytes);
void cy_read(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG bytes);
/* Whether it came back, with what. */
void cy_back(struct packet *packet, NTSTATUS status, ULONG_PTR bytes);
#define CY_FLYING(packet) CHECK(!(packet)->request.done)
/* Bytes [place, place + count) of the buffer are those of the packet from `from` on. */
bool cy_same(ULONG place, const struct packet *packet, ULONG from, ULONG count);
bool cy_filled(ULONG place, ULONG count, unsigned char with);

#endif
