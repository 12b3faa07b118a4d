// SPDX-License-Identifier: MIT
//
// The AC'97 model's inside: its state and the calls between its files. docs/ac97.md tells the idea,
// docs/spec/ac97.md (AC- rules) the behaviour. Everything runs on the system's OS thread, no locks.
//
//   ac97.c         PCI identity, BAR dispatch, the flow of time, the interrupt line
//   ac97_link.c    GLOB_CNT, GLOB_STA, cold and warm reset, codec ready
//   ac97_codec.c   BAR0: codec registers, posted writes, CAS, rates, power-down
//   ac97_mixer.c   gains: what the converters make of the samples
//   ac97_quirks.c  QEMU's device, where it is another one
//   ac97_bus.c     BAR1: decoding of the bus-master registers
//   ac97_engine.c  one DMA engine: descriptors, events, run and halt
//   ac97_fifo.c    samples between memory and the link, starvation
//
// Time: each engine has been simulated up to `at`. Whole frames of the codec's rate since then
// become `due`; the remainder stays in `phase`, counted in 1/NANOSECONDS of a frame, so nothing
// ever drifts.
#ifndef PORTSIDE_MODELS_AC97_H
#define PORTSIDE_MODELS_AC97_H

#include <portside/device.h>

#define AC97_NANOSECONDS 1000000000u
#define AC97_LINK_RATE 48000u     // AC-49
#define AC97_DESCRIPTORS 32u      // AC-70
#define AC97_FIFO_FRAMES 16u      // AC-104
#define AC97_POSTED_NS 41667u     // AC-14: two link frames
#define AC97_IDLE_NS 20000u       // AC-115: from pause to DCH
#define AC97_COLD_HOLD_NS 1000u   // AC-141
#define AC97_READY_NS 5000000u    // AC-142
#define AC97_WARM_NS 1000000u     // AC-145
#define AC97_SETTLE_NS 10000000u  // AC-59: converters ready after the codec
#define AC97_POWER_UP_NS 1000000u // AC-57: converters ready after PRn fell
#define AC97_LOOK_NS 1000000u     // a running engine looks at memory at least so often

enum ac97_engine_id { AC97_PI, AC97_PO, AC97_MC, AC97_ENGINES };

enum { // SR, AC-75
    AC97_DCH = 0x01,
    AC97_CELV = 0x02,
    AC97_LVBCI = 0x04,
    AC97_BCIS = 0x08,
    AC97_FIFOE = 0x10,
    AC97_SR_EVENTS = AC97_LVBCI | AC97_BCIS | AC97_FIFOE,
};

enum { // CR, AC-76
    AC97_RPBM = 0x01,
    AC97_RR = 0x02,
    AC97_LVBIE = 0x04,
    AC97_FEIE = 0x08,
    AC97_IOCE = 0x10,
    AC97_CR_ENABLES = AC97_LVBIE | AC97_FEIE | AC97_IOCE,
};

enum { // GLOB_CNT, AC-80
    AC97_COLD_RELEASED = 0x02,
    AC97_WARM_RESET = 0x04,
    AC97_LINK_OFF = 0x08,
    AC97_GLOB_CNT_STORED = 0x3B,
};

enum { // GLOB_STA, AC-81
    AC97_PIINT = 1u << 5,
    AC97_POINT = 1u << 6,
    AC97_MINT = 1u << 7,
    AC97_S0CR = 1u << 8,
    AC97_RCS = 1u << 15,
    AC97_GLOB_STA_SCRATCH = 3u << 16,
};

enum { // codec registers that the model acts upon
    AC97_RESET = 0x00,
    AC97_MASTER = 0x02,
    AC97_HEADPHONE = 0x04,
    AC97_MONO = 0x06,
    AC97_MIC = 0x0E,
    AC97_PCM_OUT = 0x18,
    AC97_RECORD_SELECT = 0x1A,
    AC97_RECORD_GAIN = 0x1C,
    AC97_RECORD_GAIN_MIC = 0x1E,
    AC97_POWER = 0x26,
    AC97_EXTENDED = 0x2A,
    AC97_DAC_RATE = 0x2C,
    AC97_ADC_RATE = 0x32,
    AC97_MIC_RATE = 0x34,
};

enum { // converters that are ready; the first four are 26h bits 3:0, the last is 2Ah MADC
    AC97_ADC = 0x01,
    AC97_DAC = 0x02,
    AC97_ANL = 0x04,
    AC97_REF = 0x08,
    AC97_MADC = 0x10,
    AC97_CONVERTERS = 0x1F,
};

#define AC97_PR4 0x1000u // 26h: AC-link off
#define AC97_VRA 0x0001u // 2Ah
#define AC97_VRM 0x0008u
#define AC97_PRL 0x4000u // 2Ah: mic ADC off
#define AC97_MUTE 0x8000u

// What one build of the device does differently from another. Row 0 is the device of the AC- rules;
// an emulator's deviations (quirks=...) are further rows and members, chosen at attach.
struct ac97_codec_register {
    uint16_t reset, writable;
};

struct ac97_variant {
    const struct ac97_codec_register *registers; // 64
    uint16_t codec_id;     // 00h, AC-20
    uint16_t extended_id;  // 28h, AC-40
    uint16_t vendor_id[2]; // 7Ch, 7Eh, AC-22
    uint8_t output_bits;   // level bits of 02h, 04h, 06h, AC-32
    uint64_t ready_ns;     // from cold reset to codec ready, AC-142
    bool quirks;           // QEMU's device: ac97_quirks.c tells what else is different
};

struct ac97_codec {
    uint16_t registers[64];
    uint8_t ready;      // AC97_ADC ... AC97_MADC
    uint64_t settle_at; // converters with power become ready, or PS_NEVER
    bool busy;          // the CAS bit, AC-150
    uint64_t write_at;  // a posted write arrives at the codec, or PS_NEVER
    uint8_t write_register;
    uint16_t write_value;
};

struct ac97_link {
    uint32_t control; // GLOB_CNT as it reads back
    uint32_t status;  // GLOB_STA but for the engines' bits
    uint64_t up_at;   // codec ready rises, or PS_NEVER
    uint64_t reset_since;
    bool cold; // the next rise follows a cold reset
};

struct ac97_descriptor { // AC-90
    uint32_t address, control;
};

enum ac97_engine_state {
    AC97_NEXT, // goes on with descriptor PIV as soon as it may (after reset: no descriptor held)
    AC97_HELD, // in the middle of a buffer
    AC97_LAST, // the last valid buffer is done, LVI not rewritten
};

struct ac97_engine {
    uint8_t id, channels;
    uint32_t bdbar;
    uint8_t civ, lvi, piv, cr;
    uint16_t sr, picb;
    enum ac97_engine_state state;
    bool failed; // halted by a bus error, AC-123
    bool latched; // quirks: it asks for an interrupt, AC-138
    bool closed;  // quirks: its rate was 0 since it was started, AC-48
    uint64_t ticks_from; // quirks: when it was started; it moves at whole ticks from there
    bool ahead;          // quirks: the first of them is over
    struct ac97_descriptor current, prefetched;
    bool has_prefetched;
    uint32_t prefetched_from; // where `prefetched` was read
    uint32_t cursor;          // physical address of the next sample
    uint64_t idle_at;         // DCH rises after a pause, or PS_NEVER
    uint64_t at, phase;       // see the top
    uint64_t due;  // frames that may be moved: the link has made room for (or brought) them
    uint64_t lost; // input: frames that found the FIFO full and must still be drained from the line
    bool starving; // reported already
    bool half;     // `held_sample` is one half of a frame cut by an odd length
    int16_t held_sample;
    int16_t last_frame[2]; // AC-108
};

struct ac97 {
    struct ps_device *device;
    uint32_t variant; // row of ac97_variants
    bool decoding;    // PCI I/O enable, AC-7
    bool bus_master;  // as last seen; engines ran up to `at` under it
    bool line;        // level given to the machine
    uint8_t asking;   // quirks: the engines whose request was seen last
    uint64_t wake_at; // deadline given to the machine
    struct ac97_codec codec;
    struct ac97_link link;
    struct ac97_engine engines[AC97_ENGINES];
};

enum { AC97_SPECIFIED, AC97_QUIRKS }; // rows
extern const struct ac97_variant ac97_variants[];
extern const struct ac97_codec_register ac97_registers[64]; // ac97_codec.c: as specified

static inline const struct ac97_variant *ac97_variant(const struct ac97 *ac97)
{
    return &ac97_variants[ac97->variant];
}

// ---- ac97_link.c --------------------------------------------------------------------------------

void ac97_link_init(struct ac97 *ac97);
// Frames move and codec accesses are answered (AC-84: S0CR says the same).
bool ac97_link_running(const struct ac97 *ac97);
void ac97_link_stop(struct ac97 *ac97); // PR4, AC-58
void ac97_link_rise(struct ac97 *ac97); // up_at came
void ac97_global_control(struct ac97 *ac97, uint32_t value, uint64_t now);
void ac97_global_status_write(struct ac97 *ac97, uint32_t value);
uint32_t ac97_global_status(const struct ac97 *ac97);

// ---- ac97_codec.c -------------------------------------------------------------------------------

void ac97_codec_reset(struct ac97 *ac97); // cold: AC-141
uint32_t ac97_codec_read(struct ac97 *ac97, uint32_t offset, unsigned width, uint64_t now);
void ac97_codec_write(struct ac97 *ac97, uint32_t offset, unsigned width, uint32_t value,
                      uint64_t now);
void ac97_codec_arrive(struct ac97 *ac97, uint64_t now); // write_at came
void ac97_codec_settle(struct ac97 *ac97);               // settle_at came
uint8_t ac97_semaphore_read(struct ac97 *ac97);          // CAS
static inline uint16_t ac97_register(const struct ac97 *ac97, unsigned offset)
{
    return ac97->codec.registers[offset / 2];
}
// Frames per second that the codec takes from (or gives to) this engine, AC-43..49.
uint32_t ac97_rate(const struct ac97 *ac97, enum ac97_engine_id id);

// The line number at the machine: outputs and inputs are numbered apart.
static inline unsigned ac97_line(enum ac97_engine_id id)
{
    return id == AC97_MC ? 1 : 0;
}

// ---- ac97_quirks.c ------------------------------------------------------------------------------

extern const struct ac97_codec_register ac97_quirk_registers[64];
// Whether a read of BAR1 in that width answers, AC-69.
bool ac97_quirk_readable(uint32_t offset, unsigned width);
// A rate register was written.
void ac97_quirk_rate(struct ac97 *ac97, unsigned offset, uint16_t hertz);
// BCIS or LVBCI has risen: a request, if it is enabled now. Bits of SR were written: none, once no event is left.
void ac97_quirk_event(struct ac97_engine *engine);
void ac97_quirk_cleared(struct ac97_engine *engine);
// The line's level: it rises with any engine's request, and falls with any.
bool ac97_quirk_line(struct ac97 *ac97);
// The last and the next time at which an engine moves.
uint64_t ac97_quirk_tick(const struct ac97_engine *engine, uint64_t now);
uint64_t ac97_quirk_next_tick(const struct ac97_engine *engine, uint64_t when);
// Frames that the engine moves at once beside those that passed: at the first tick.
uint64_t ac97_quirk_ahead(struct ac97_engine *engine, uint64_t passed);
// What the gains of QEMU's device are, of 255.
unsigned ac97_quirk_output(uint16_t master, uint16_t pcm, unsigned shift);
void ac97_quirk_scale(const unsigned parts[2], const int16_t *from, int16_t *to, size_t frames);

// ---- ac97_mixer.c -------------------------------------------------------------------------------

// Sends stereo frames through PCM out and master volume to line 0; `frames` NULL: zeros.
void ac97_emit(struct ac97 *ac97, const int16_t *frames, size_t count, bool fetched);
// Fills frames from the engine's input line through its record gain.
void ac97_absorb(struct ac97 *ac97, enum ac97_engine_id id, int16_t *frames, size_t count);

// ---- ac97_bus.c ---------------------------------------------------------------------------------

uint32_t ac97_bus_read(struct ac97 *ac97, uint32_t offset, unsigned width);
void ac97_bus_write(struct ac97 *ac97, uint32_t offset, unsigned width, uint32_t value,
                    uint64_t now);

// ---- ac97_engine.c ------------------------------------------------------------------------------

void ac97_engine_reset(struct ac97_engine *engine, bool keep_enables); // AC-100, AC-118
// Simulates the engine up to `to`, under the rates and switches that held until then.
void ac97_engine_advance(struct ac97 *ac97, struct ac97_engine *engine, uint64_t to);
// Does what can be done without time passing.
void ac97_engine_run(struct ac97 *ac97, struct ac97_engine *engine);
// When it must be looked at again, or PS_NEVER.
uint64_t ac97_engine_deadline(const struct ac97 *ac97, const struct ac97_engine *engine);
bool ac97_engine_request(const struct ac97 *ac97, const struct ac97_engine *engine); // AC-130
void ac97_engine_set_status(const struct ac97 *ac97, struct ac97_engine *engine, uint32_t value);
void ac97_engine_set_base(struct ac97 *ac97, struct ac97_engine *engine, uint32_t value);
void ac97_engine_set_last(struct ac97 *ac97, struct ac97_engine *engine, uint8_t value);
void ac97_engine_set_control(struct ac97 *ac97, struct ac97_engine *engine, uint8_t value,
                             uint64_t now);
// A fetch met no memory: AC-123.
void ac97_engine_fail(struct ac97 *ac97, struct ac97_engine *engine);
// Neither at its end nor failed, but kept from memory: AC-8, AC-121.
bool ac97_engine_blocked(const struct ac97 *ac97, const struct ac97_engine *engine);

// ---- ac97_fifo.c --------------------------------------------------------------------------------

// Moves one piece of the held buffer, at most what is due; false when memory failed.
bool ac97_fifo_move(struct ac97 *ac97, struct ac97_engine *engine);
// Samples still to come before the held buffer is done, as frames of the link.
uint64_t ac97_fifo_frames_left(const struct ac97_engine *engine);
// Frames that may be due before the link notices that none are moved.
uint64_t ac97_fifo_slack(const struct ac97 *ac97, const struct ac97_engine *engine);
// Gives the link something else for what could not be moved: AC-108, AC-121.
void ac97_fifo_starve(struct ac97 *ac97, struct ac97_engine *engine);
// Input: forgets what waits for memory, and takes it off the line.
void ac97_fifo_drop(struct ac97 *ac97, struct ac97_engine *engine);

#endif
