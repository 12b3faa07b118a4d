// SPDX-License-Identifier: MIT
//
// The HD Audio model's inside: its state and the calls between its files. docs/hda.md tells the
// idea, docs/spec/hda.md (HD- rules) the behaviour. Everything runs on the system's OS thread, no
// locks.
//
//   hda.c            PCI identity, BAR dispatch, the flow of time
//   hda_registers.c  which register of which block an access means
//   hda_control.c    GCTL: controller and link reset, codec discovery, flush
//   hda_interrupt.c  INTCTL, INTSTS, the line
//   hda_commands.c   CORB, RIRB, immediate commands, unsolicited responses
//   hda_codec.c      verbs
//   hda_nodes.c      what the codec's nodes are
//   hda_quirks.c, hda_quirk_codec.c, hda_quirk_engine.c  QEMU's registers, codec and streams
//   hda_stream.c     one stream descriptor: its registers, reset, run and stop
//   hda_engine.c     buffer descriptors, memory, the position buffer
//   hda_fifo.c       samples between memory and the link
//   hda_format.c     the format word; which frames of the link carry sample blocks
//   hda_mixer.c      converters and amplifiers: samples between the link and the jacks
//
// Time: the link advances in whole frames of 1/48000 s, counted from attach. `frame` is the last
// boundary that was simulated; what software writes between two boundaries takes effect at the next
// one. Streams move many frames at once as long as nothing else happens.
#ifndef PORTSIDE_MODELS_HDA_H
#define PORTSIDE_MODELS_HDA_H

#include <portside/device.h>

#define HDA_STREAMS 8u // HD-13: four in, then four out
#define HDA_INPUTS 4u
#define HDA_NODES 6u        // HD-170
#define HDA_FIFO_BYTES 256u // HD-44: the deepest FIFO
#define HDA_NEVER UINT64_MAX

#define HDA_SURVIVES_D3 (3u << 30) // GIE and CIE

enum { // GCTL
    HDA_CRST = 1u << 0,
    HDA_FCNTRL = 1u << 1,
    HDA_UNSOL = 1u << 8,
};

enum { // SDnCTL and SDnSTS as one dword
    HDA_SRST = 1u << 0,
    HDA_RUN = 1u << 1,
    HDA_IOCE = 1u << 2,
    HDA_FEIE = 1u << 3,
    HDA_DEIE = 1u << 4,
    HDA_ENABLES = HDA_IOCE | HDA_FEIE | HDA_DEIE,
    HDA_STRIPE = 3u << 16,
    HDA_TP = 1u << 18,
    HDA_TAG = 15u << 20,
    HDA_BCIS = 1u << 26,
    HDA_FIFOE = 1u << 27,
    HDA_DESE = 1u << 28,
    HDA_EVENTS = HDA_BCIS | HDA_FIFOE | HDA_DESE,
    HDA_FIFORDY = 1u << 29,
};

enum { // nodes of the codec
    HDA_ROOT,
    HDA_AFG,
    HDA_DAC,
    HDA_ADC,
    HDA_LINE_OUT,
    HDA_LINE_IN,
};

// What a bench may want different. Set at attach to the device of the HD- rules; only tests change
// it.
struct hda_options {
    bool quirks; // QEMU's device: hda_quirks.c, hda_quirk_codec.c, hda_quirk_engine.c
    uint8_t ring_sizes;    // CORBSIZE, RIRBSIZE 7:4, HD-100: 4 = 256 entries only
    bool pointer_resets;   // CORBRP bit 15 clears itself, HD-102
    bool no_fifo;          // streams keep nothing ahead, HD-66
    bool loopback;         // line out is wired to line in, HD-177
    uint16_t reset_frames; // until SRST reads back, HD-34; 0: at once
    uint16_t codec_frames; // from CRST to STATESTS, HD-92
};

// ---- the link and the codec ---------------------------------------------------------------------

struct hda_control {
    bool crst, crst_written; // as it reads; as it was written last
    bool unsolicited, flushing;
    uint8_t flushed; // GSTS bit 1
    uint16_t wakeen, statests;
    uint64_t crst_at;    // frame at which crst becomes crst_written, or HDA_NEVER
    uint64_t codec_at;   // the codec asks for its address
    uint64_t flush_at;   // a flush is done
    uint64_t link_since; // frame: WALCLK starts
    bool codec_there;    // discovered: answers verbs
};

struct hda_slot { // one command or response on the link
    bool used, immediate;
    uint32_t value;
};

struct hda_ring {
    uint64_t base;
    uint8_t write, read; // WP, RP (CORB only)
    uint8_t control, status, size;
    bool running; // its DMA; follows `control` at frame boundaries, HD-104
    bool failed;  // halted by a memory error, HD-112
};

struct hda_commands {
    struct hda_ring corb, rirb;
    bool corb_pointer_reset; // CORBRP bit 15
    uint8_t interrupt_count; // RINTCNT
    uint16_t responses;      // since the last RINTFL
    uint32_t icw, irr;
    bool irv, icb, icw_waits; // icw_waits: ICB was set and the command has not left yet
    struct hda_slot command, response;
};

struct hda_node_state {
    uint8_t power;  // set: 0 or 3
    uint64_t d0_at; // frame at which its own change to D0 is done
    bool lost;      // settings reset, HD-131
    uint8_t stream; // 7:4 tag, 3:0 channel
    uint8_t pin, eapd, unsolicited;
    uint8_t amp[2]; // left, right: 7 mute, 6:0 gain
    uint16_t format;
    uint32_t config;
    bool plugged, told; // told: no unsolicited response is due
};

#define HDA_LOOP_SLOTS 4u
#define HDA_LOOP_BLOCKS 4u

struct hda_loop { // HD-177: blocks of the last frames
    uint64_t frame[HDA_LOOP_SLOTS];
    uint8_t count[HDA_LOOP_SLOTS];
    int16_t blocks[HDA_LOOP_SLOTS][HDA_LOOP_BLOCKS][2];
};

struct hda_codec {
    struct hda_node_state nodes[HDA_NODES];
    uint32_t subsystem;
    struct hda_loop loop;
};

// ---- streams ------------------------------------------------------------------------------------

struct hda_entry { // of the BDL
    uint64_t address;
    uint32_t length, flags;
};

struct hda_stream {
    uint8_t id;
    uint32_t control;  // the dword of HDA_SRST ... HDA_FIFORDY; RUN as it was written
    bool running;      // RUN as the engine obeys it
    bool resetting;    // SRST as it reads
    uint64_t reset_at; // frame at which it reads as written, or HDA_NEVER
    uint32_t lpib, cbl;
    bool cbl_written; // since the reset
    uint8_t lvi, watermark;
    uint16_t fifo_size, format;
    uint64_t base;

    bool held;     // `entry` is valid, `done` bytes of it are through
    uint8_t index; // of `entry`, or of the one to fetch
    struct hda_entry entry;
    uint32_t done;
    uint32_t position; // memory side: bytes through, modulo CBL
    uint32_t raised;   // events to show after the position was written, HD-67
    uint64_t list_hash, lap_hash;
    bool whole_lap; // lap_hash began at entry 0

    bool refused; // runs, but moves nothing: no tag, a format that cannot be
    bool on_link; // takes part in the frame that is under way
    bool starving, mismatch_told;
    uint64_t link_frames; // since RUN: the place in the cadence
    uint64_t ticked;      // quirks: pieces due so far
    bool ahead;           // quirks: the first of them came early
    uint16_t level;       // bytes in `fifo`
    _Alignas(8) uint8_t fifo[HDA_FIFO_BYTES];
};

struct hda {
    struct ps_device *device;
    struct hda_options options;
    uint64_t born; // ns: frame 0
    uint64_t frame;
    uint64_t latch_at; // frame at which written switches take effect, or HDA_NEVER
    bool decoding;     // PCI memory enable
    bool bus_master;   // as last seen
    bool line;         // level given to the machine
    uint64_t wake_at, wake_latest; // deadline given to the machine
    uint32_t intctl;
    uint8_t ssync;
    uint64_t position_base; // DPLBASE, DPUBASE without the enable bit
    bool position_on, position_failed;
    bool voice_filled; // quirks: what lies behind the codec holds sound
    struct hda_control control;
    struct hda_commands commands;
    struct hda_codec codec;
    struct hda_stream streams[HDA_STREAMS];
};

static inline bool hda_is_output(const struct hda_stream *stream)
{
    return stream->id >= HDA_INPUTS; // HD-30
}

static inline uint64_t hda_earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// ---- hda.c --------------------------------------------------------------------------------------

// Written switches take effect at the next boundary.
void hda_latch_soon(struct hda *hda);
// When a boundary is, in ns.
uint64_t hda_frame_time(const struct hda *hda, uint64_t frame);

// ---- hda_registers.c ----------------------------------------------------------------------------

// The quirks' view of a dword; as given without them.
uint32_t hda_quirk_read(const struct hda *hda, uint32_t offset, uint32_t value);
uint32_t hda_register_read(struct hda *hda, uint32_t offset, uint64_t now);
// `mask`: the bytes of the dword at `offset` that are written.
void hda_register_write(struct hda *hda, uint32_t offset, uint32_t mask, uint32_t value);

// ---- hda_control.c ------------------------------------------------------------------------------

void hda_control_init(struct hda *hda);
uint32_t hda_gctl(const struct hda *hda);
void hda_gctl_write(struct hda *hda, uint32_t mask, uint32_t value);
uint64_t hda_control_deadline(const struct hda *hda); // a frame
void hda_control_frame(struct hda *hda);
// Everything but what survives CRST goes to its reset value: HD-16.
void hda_controller_reset(struct hda *hda);

// ---- hda_interrupt.c ----------------------------------------------------------------------------

uint32_t hda_intsts(const struct hda *hda);
bool hda_interrupt_line(const struct hda *hda);

// ---- hda_commands.c -----------------------------------------------------------------------------

void hda_commands_reset(struct hda *hda);
bool hda_commands_active(const struct hda *hda); // has something to do at the next boundary
void hda_commands_frame(struct hda *hda);
void hda_commands_latch(struct hda *hda);
bool hda_rings_running(const struct hda *hda);
uint32_t hda_commands_read(const struct hda *hda, uint32_t offset);
void hda_commands_write(struct hda *hda, uint32_t offset, uint32_t mask, uint32_t value);

// ---- hda_codec.c --------------------------------------------------------------------------------

void hda_codec_power_on(struct hda *hda);
void hda_codec_reset(struct hda *hda); // by the link: HD-94
bool hda_codec_hears(const struct hda *hda, uint32_t command); // it answers at all
uint32_t hda_codec_verb(struct hda *hda, uint32_t command);
// The next unsolicited response, if one is due.
bool hda_codec_speaks(struct hda *hda, uint32_t *response);
bool hda_codec_wants_to_speak(const struct hda *hda);
bool hda_codec_in_d0(const struct hda *hda, unsigned node); // HD-131
// The bench puts a plug into a pin's jack or takes it out: HD-175.
void hda_codec_plug(struct hda *hda, unsigned node, bool plugged);

// ---- hda_nodes.c --------------------------------------------------------------------------------

#define HDA_PARAMETERS 0x14u

enum hda_node_traits {
    HDA_HAS_POWER = 1,
    HDA_HAS_OUTPUT_AMP = 2,
    HDA_HAS_INPUT_AMP = 4,
    HDA_IS_CONVERTER = 8,
    HDA_IS_PIN = 16,
    HDA_HAS_EAPD = 32,
    HDA_SPEAKS = 64, // unsolicited responses
};

struct hda_node {
    uint8_t traits;
    uint8_t connection; // the node that it listens to; 0: none
    uint32_t config;    // HD-172
    uint32_t parameters[HDA_PARAMETERS];
};

extern const struct hda_node hda_nodes[HDA_NODES];
// The amplifier that a converter has.
uint32_t hda_node_amp(unsigned node);

// ---- hda_quirk_codec.c: with quirks, in place of the nodes and verbs above --------------------------

void hda_quirk_power_on(struct hda *hda);
bool hda_quirk_hears(uint32_t command);
uint32_t hda_quirk_verb(struct hda *hda, uint32_t command);
uint32_t hda_quirk_formats(void); // PCM parameter of both converters
unsigned hda_quirk_level(uint8_t amp); // of 255

// ---- hda_quirk_engine.c: with quirks, in place of what hda_fifo.c does in time ---------------------------

void hda_quirk_start(struct hda_stream *stream);
void hda_quirk_advance(struct hda *hda, struct hda_stream *stream, uint64_t frames);
uint64_t hda_quirk_deadline(const struct hda *hda, const struct hda_stream *stream); // a frame
uint32_t hda_quirk_room(const struct hda_stream *stream); // bytes until LPIB meets CBL

// ---- hda_stream.c -------------------------------------------------------------------------------

void hda_stream_reset(struct hda_stream *stream);
uint32_t hda_stream_read(const struct hda_stream *stream, uint32_t place);
void hda_stream_write(struct hda *hda, struct hda_stream *stream, uint32_t place, uint32_t mask,
                      uint32_t value);
// At a boundary: SRST reads as written; RUN and SSYNC are obeyed.
void hda_stream_frame(struct hda *hda, struct hda_stream *stream);
void hda_stream_latch(struct hda *hda, struct hda_stream *stream);
bool hda_streams_in_use(const struct hda *hda);
static inline bool hda_stream_in_use(const struct hda_stream *stream)
{
    return stream->running || (stream->control & HDA_RUN);
}

// ---- hda_engine.c -------------------------------------------------------------------------------

// What software set up is reported where it is wrong; false: the stream cannot move anything.
bool hda_engine_check(struct hda *hda, struct hda_stream *stream);
void hda_engine_start(struct hda *hda, struct hda_stream *stream);
void hda_engine_stop(struct hda *hda, struct hda_stream *stream);
// Makes a running stream ready, if it can be and is not yet: FIFORDY.
void hda_engine_prepare(struct hda *hda, struct hda_stream *stream);
// Moves from memory until the FIFO holds `level` bytes, or to memory until it holds no more.
void hda_engine_fill(struct hda *hda, struct hda_stream *stream, unsigned level);
void hda_engine_evict(struct hda *hda, struct hda_stream *stream, unsigned level);
// Lets software see where the engine is.
void hda_engine_show(struct hda *hda, struct hda_stream *stream);

// ---- hda_fifo.c ---------------------------------------------------------------------------------

// The frames from hda->frame on.
void hda_stream_advance(struct hda *hda, struct hda_stream *stream, uint64_t frames);
// The frame at which the stream must be looked at, or HDA_NEVER.
uint64_t hda_stream_deadline(const struct hda *hda, const struct hda_stream *stream);
// The same where nothing that runs could look at memory before.
uint64_t hda_stream_event(const struct hda *hda, const struct hda_stream *stream);
unsigned hda_fifo_depth(const struct hda *hda, const struct hda_stream *stream); // bytes
void hda_fifo_drop(struct hda_stream *stream, unsigned bytes);                   // the oldest
// A count of bytes as a position in the cyclic buffer.
uint32_t hda_wrapped(const struct hda_stream *stream, uint32_t bytes);

// ---- hda_mixer.c --------------------------------------------------------------------------------

// Sample blocks arrive at the codec; only the stream that its converter listens to is heard.
void hda_mixer_play(struct hda *hda, struct hda_stream *stream, const uint8_t *from,
                    unsigned blocks);
// They should have arrived and did not.
void hda_mixer_starve(struct hda *hda, struct hda_stream *stream, unsigned blocks, bool first);
// The codec sends on this stream.
bool hda_mixer_talks(const struct hda *hda, const struct hda_stream *stream);
// Blocks from the codec; `to` NULL: they are lost.
void hda_mixer_record(struct hda *hda, struct hda_stream *stream, uint8_t *to, unsigned blocks);

#endif
