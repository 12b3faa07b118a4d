/* SPDX-License-Identifier: MIT */
/*
 * A WaveRT driver for Intel High Definition Audio controllers (PCI class 04h/03h/00h): one render and one capture
 * stream on the first paths that the codecs offer, and a topology filter with volume and mute of each.
 *
 *   adapter.c    DriverEntry, AddDevice, StartDevice
 *   controller.c the adapter-common object: registers, reset, the page it shares with the hardware
 *   interrupt.c  the service routine, and who may interrupt
 *   command.c    verbs: CORB and RIRB, or immediate commands
 *   codec.c      widgets of a codec, read into memory
 *   path.c       from a jack to a converter and back; making a path pass sound
 *   amp.c        gains and mutes of a path
 *   format.c     wave formats and what a converter takes
 *   engine.c     one stream descriptor
 *   list.c       buffer descriptor lists
 *   wave.c       the wave miniport           filter.c    what its filter looks like
 *   stream.c     a stream: states, format, end
 *   buffer.c     its cyclic buffer           position.c  its positions and their registers
 *   notify.c     events                      packet.c    packet mode
 *   topology.c   the topology miniport       volume.c    its properties
 *
 * Everything runs at PASSIVE_LEVEL under PortCls's device lock unless a function says otherwise.
 */
#ifndef HDA_H
#define HDA_H

#include <portcls.h>

#include "registers.h"

#define HDA_TAG 'aadH'

struct CONTROLLER;
struct STREAM; /* stream.h */

/* ---- engines (engine.c) -------------------------------------------------------------------------------- */

enum { ENGINES = 30, LIST_ENTRIES = 256, LIST_ALIGNMENT = 128 };

typedef struct ENGINE {
    struct CONTROLLER *controller;
    PUCHAR registers;
    ULONG index; /* in register order: of its interrupt and position word, too */
    ULONG tag;
    BOOLEAN output, bidirectional;
    LONG taken;
    PKDPC dpc; /* queued by the service routine; changed in step with it */
} ENGINE;

typedef struct SETTING {
    ULONG bytes; /* of the cyclic buffer */
    PHYSICAL_ADDRESS list;
    ULONG entries;
    USHORT format;
} SETTING;

/* An engine of that direction for the caller alone; NULL: none is left. */
ENGINE *engine_take(struct CONTROLLER *controller, BOOLEAN capture);
void engine_give_back(ENGINE *engine);
/* Stopped, all registers and the position at 0. */
NTSTATUS engine_reset(ENGINE *engine);
/* After a reset. */
void engine_program(ENGINE *engine, const SETTING *setting);
/* <= DISPATCH_LEVEL. */
void engine_run(ENGINE *engine, PKDPC dpc);
/* Returns when the hardware stands, or should have. No interrupt comes any more. */
void engine_stop(ENGINE *engine);
/* Any IRQL. Bytes from the start of the buffer, on the link and in memory, as the hardware says. */
ULONG engine_link_position(const ENGINE *engine);
ULONG engine_memory_position(const ENGINE *engine);
ULONG engine_fifo_bytes(const ENGINE *engine);
volatile ULONG *engine_link_register(const ENGINE *engine);

static inline UCHAR engine_read8(const ENGINE *engine, ULONG reg)
{
    return READ_REGISTER_UCHAR(engine->registers + reg);
}

static inline USHORT engine_read16(const ENGINE *engine, ULONG reg)
{
    return READ_REGISTER_USHORT((PUSHORT)(engine->registers + reg));
}

static inline ULONG engine_read32(const ENGINE *engine, ULONG reg)
{
    return READ_REGISTER_ULONG((PULONG)(engine->registers + reg));
}

static inline void engine_write8(const ENGINE *engine, ULONG reg, ULONG value)
{
    WRITE_REGISTER_UCHAR(engine->registers + reg, (UCHAR)value);
}

static inline void engine_write16(const ENGINE *engine, ULONG reg, ULONG value)
{
    WRITE_REGISTER_USHORT((PUSHORT)(engine->registers + reg), (USHORT)value);
}

static inline void engine_write32(const ENGINE *engine, ULONG reg, ULONG value)
{
    WRITE_REGISTER_ULONG((PULONG)(engine->registers + reg), value);
}

/* ---- paths through a codec (codec.c, path.c, amp.c) ---------------------------------------------------- */

enum { PATH_LENGTH = 8, CONNECTIONS = 32, NODES = 128 };
enum { SIDE_RENDER, SIDE_CAPTURE, SIDES };

typedef struct WIDGET {
    ULONG caps;
    ULONG pin_caps, config;
    ULONG amp_in, amp_out;
    ULONG connections;
    UCHAR connection[CONNECTIONS];
} WIDGET;

/* One audio function group. */
typedef struct CODEC {
    UCHAR address, group;
    ULONG first, end; /* node ids */
    WIDGET widgets[NODES];
} CODEC;

/* An amplifier that a topology node stands for. */
typedef struct AMP {
    BOOLEAN present;
    UCHAR node;
    UCHAR input; /* of a widget with several */
    BOOLEAN output;
    ULONG caps;
    ULONG channels; /* 1 or 2 */
    UCHAR gain[2];
    BOOLEAN mute;
} AMP;

/* From where the sound goes to where it comes from: a pin first for render, a converter first for capture. */
typedef struct PATH {
    BOOLEAN present;
    UCHAR address, group;
    UCHAR converter, pin;
    ULONG length;
    UCHAR nodes[PATH_LENGTH];
    UCHAR inputs[PATH_LENGTH]; /* connection of nodes[i] that leads to nodes[i + 1] */
    ULONG channels;
    ULONG pcm;    /* sizes and rates */
    ULONG delay;  /* samples in the codec */
    ULONG device; /* what the jack is for */
    ULONG preference; /* less is better */
    AMP amp;
} PATH;

NTSTATUS codec_read(struct CONTROLLER *controller, UCHAR address, CODEC *codec);
/* The best path of that side; FALSE: there is none. */
BOOLEAN path_find(const CODEC *codec, ULONG side, PATH *path);
/* Power, connections, gains, pins. */
NTSTATUS path_open(struct CONTROLLER *controller, const CODEC *codec, PATH *path, ULONG side);
NTSTATUS path_attach(struct CONTROLLER *controller, const PATH *path, USHORT format, ULONG tag);
void path_detach(struct CONTROLLER *controller, const PATH *path);

/* Unity gain, not muted, everywhere on the path; chooses the amplifier of the volume node. */
NTSTATUS amp_open(struct CONTROLLER *controller, const CODEC *codec, PATH *path, ULONG side);
/* Brings gains and mute to the hardware. */
NTSTATUS amp_apply(struct CONTROLLER *controller, const PATH *path);

/* ---- the adapter-common object (controller.c, command.c, interrupt.c) ---------------------------------- */

/* What the hardware reads and writes on its own: one page of a common buffer. */
typedef struct SHARED {
    ULONG commands[256];
    volatile ULONG responses[256][2];
    volatile ULONG positions[32][2]; /* by engine */
} SHARED;

typedef struct CONTROLLER {
    IUnknown unknown;
    LONG references;
    PUCHAR registers;
    SIZE_T register_bytes;
    BOOLEAN wide; /* takes 64-bit addresses */
    BOOLEAN aliases;
    PINTERRUPTSYNC interrupt;
    ULONG interrupting; /* INTCTL; changed in step with the service routine */
    PDMACHANNEL dma;
    SHARED *shared;
    ULONGLONG shared_address;
    ULONG engine_count;
    ENGINE engines[ENGINES];
    KMUTEX command_mutex;
    BOOLEAN rings; /* commands go through them */
    ULONG command_entries, command_last;
    ULONG response_entries, response_last;
    PATH paths[SIDES];
} CONTROLLER;

NTSTATUS controller_create(CONTROLLER **out, PDEVICE_OBJECT device, PRESOURCELIST resources);
/* Link and controller to reset and out of it; *codecs: a bit for each codec that is there. */
NTSTATUS controller_reset(CONTROLLER *controller, USHORT *codecs);
/* Between two looks at a register: 10 us, after the first hundred 1 ms. */
void controller_wait(ULONG attempt);

NTSTATUS interrupt_connect(CONTROLLER *controller, PRESOURCELIST resources);
void interrupt_disconnect(CONTROLLER *controller);
/* From now on the engine's completions queue the DPC; NULL: they do not interrupt. <= DISPATCH_LEVEL. */
void interrupt_route(ENGINE *engine, PKDPC dpc);

void rings_start(CONTROLLER *controller);
void rings_stop(CONTROLLER *controller);
/* Sends a verb and waits for its response, through the rings or, when they do not work, without. */
NTSTATUS command(CONTROLLER *controller, UCHAR codec, UCHAR node, ULONG verb, ULONG *response);

static inline UCHAR read8(const CONTROLLER *controller, ULONG reg)
{
    return READ_REGISTER_UCHAR(controller->registers + reg);
}

static inline USHORT read16(const CONTROLLER *controller, ULONG reg)
{
    return READ_REGISTER_USHORT((PUSHORT)(controller->registers + reg));
}

static inline ULONG read32(const CONTROLLER *controller, ULONG reg)
{
    return READ_REGISTER_ULONG((PULONG)(controller->registers + reg));
}

static inline void write8(const CONTROLLER *controller, ULONG reg, ULONG value)
{
    WRITE_REGISTER_UCHAR(controller->registers + reg, (UCHAR)value);
}

static inline void write16(const CONTROLLER *controller, ULONG reg, ULONG value)
{
    WRITE_REGISTER_USHORT((PUSHORT)(controller->registers + reg), (USHORT)value);
}

static inline void write32(const CONTROLLER *controller, ULONG reg, ULONG value)
{
    WRITE_REGISTER_ULONG((PULONG)(controller->registers + reg), value);
}

/* Unplugged, or without power: loops that wait for such a device end at once (HD-188). */
static inline BOOLEAN controller_gone(const CONTROLLER *controller)
{
    return read32(controller, REG_GCTL) == ALL_ONES;
}

/* ---- formats (format.c) --------------------------------------------------------------------------------- */

enum { RATES = 11 };

typedef struct FORMAT {
    ULONG rate;
    ULONG channels;
    ULONG frame_bytes;
    ULONG bytes_per_second;
    USHORT code; /* for the engine and for the converter */
} FORMAT;

/* STATUS_INVALID_PARAMETER unless the path's converter and the controller take it. */
NTSTATUS format_parse(const CONTROLLER *controller, ULONG side, PKSDATAFORMAT data, FORMAT *out);
/* The i-th rate of RATES, or 0 if the converter has not got it. */
ULONG format_rate(const PATH *path, ULONG i);
/* Bits that fit a 32-bit sample: 32, 24, 20, or 0. */
ULONG format_wide_bits(const PATH *path);
/* Of data in the client's and the miniport's range, both with 32-bit samples. */
NTSTATUS format_intersect(const PATH *path, PKSDATARANGE client, PKSDATARANGE mine, ULONG bytes,
                          PVOID result, PULONG result_bytes);

/* ---- buffer descriptor lists (list.c) ------------------------------------------------------------------- */

typedef struct DESCRIPTOR {
    ULONGLONG address;
    ULONG bytes;
    ULONG interrupt; /* bit 0: on completion */
} DESCRIPTOR;

/*
 * Describes the first `bytes` of the pages, with interrupts at `middle`, a multiple of LIST_ALIGNMENT, and at the end.
 * Returns the number of entries, 2 to LIST_ENTRIES; 0: the pages lie too scattered.
 */
ULONG list_build(DESCRIPTOR *list, PPORTWAVERTSTREAM port, PMDL mdl, ULONG bytes, ULONG middle);

/* ---- the wave miniport (wave.c, filter.c) --------------------------------------------------------------- */

enum { SIDE_PINS = 2, WAVE_STREAMING = 0, WAVE_BRIDGE, TOPOLOGY_WAVE = 0, TOPOLOGY_JACK };
enum { SIDE_RANGES = 2 * RATES };

/* Number of a pin of one of the filters: a side's two follow each other, and only sides that are there count. */
static inline ULONG pin_number(const CONTROLLER *controller, ULONG side, ULONG pin)
{
    return (side == SIDE_CAPTURE && controller->paths[SIDE_RENDER].present ? SIDE_PINS : 0) + pin;
}

typedef struct FILTER {
    PCFILTER_DESCRIPTOR description;
    KSDATARANGE_AUDIO ranges[SIDES][SIDE_RANGES];
    PKSDATARANGE range_pointers[SIDES][SIDE_RANGES];
    PCPIN_DESCRIPTOR pins[SIDES * SIDE_PINS];
    PCNODE_DESCRIPTOR nodes[SIDES];
    PCCONNECTION_DESCRIPTOR connections[SIDES * 2];
    GUID categories[4];
} FILTER;

void filter_build(FILTER *filter, const CONTROLLER *controller);

typedef struct WAVE {
    IMiniportWaveRT miniport;
    LONG references;
    CONTROLLER *controller;
    struct STREAM *streams[SIDES];
    FILTER filter;
} WAVE;

NTSTATUS wave_create(PUNKNOWN *out);

/* ---- topology (topology.c, volume.c) --------------------------------------------------------------------- */

enum { SIDE_NODES = 2, TOPOLOGY_NODES = SIDES * SIDE_NODES };

typedef struct TOPOLOGY {
    IMiniportTopology miniport;
    LONG references;
    CONTROLLER *controller;
    PCFILTER_DESCRIPTOR description;
    PCPIN_DESCRIPTOR pins[SIDES * SIDE_PINS];
    PCNODE_DESCRIPTOR nodes[TOPOLOGY_NODES];
    ULONG node_side[TOPOLOGY_NODES];
    PCCONNECTION_DESCRIPTOR connections[SIDES * (SIDE_NODES + 1)];
    GUID categories[2];
} TOPOLOGY;

NTSTATUS topology_create(PUNKNOWN *out);
extern const PCAUTOMATION_TABLE volume_table, mute_table;

#endif
