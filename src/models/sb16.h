// SPDX-License-Identifier: MIT
//
// The Sound Blaster 16 model's inside: its state and the calls between its files. docs/sb16.md
// tells the idea, docs/spec/sb16.md (SB- rules) the behaviour. Everything runs on the system's OS
// thread, no locks.
//
//   sb16.c            identity, ports, the flow of time, the interrupt line
//   sb16_dsp.c        reset, bytes in and out, which command has how many parameters
//   sb16_command.c    what commands do
//   sb16_mixer.c      mixer registers, interrupt and channel selection
//   sb16_sound.c      gains, and samples as the memory has them
//   sb16_transfer.c   one direction of DMA: blocks, pause, starvation
//   sb16_quirks.c     QEMU's card
//
// Time: one sample clock serves both directions (SB-32). It has been simulated up to `at`; what is
// left of a frame stays in `phase`, counted in 1/NANOSECONDS of a frame, so nothing drifts.
#ifndef PORTSIDE_MODELS_SB16_H
#define PORTSIDE_MODELS_SB16_H

#include <portside/device.h>

#define SB16_NANOSECONDS 1000000000u
#define SB16_BUSY_NS 1000u        // SB-5
#define SB16_HOLD_NS 3000u        // SB-10
#define SB16_READY_NS 100000u     // SB-11
#define SB16_RAISE_NS 10000u      // SB-70
#define SB16_LOOK_NS 1000000u     // a running transfer looks at memory at least so often
#define SB16_FIFO_BYTES 64u       // SB-49
#define SB16_RATE_AT_RESET 11025u // SB-14
#define SB16_OUT_BYTES 64u

// Transfers, and their bits in the interrupt status (SB-65).
enum sb16_width { SB16_EIGHT, SB16_SIXTEEN, SB16_TRANSFERS };

struct sb16_format {
    bool capture, stereo, is_signed;
    uint8_t sample; // bytes of one
};

struct sb16_transfer {
    struct sb16_format format;
    bool running, paused;
    bool automatic;       // reloads at the end of a block
    bool may_continue;    // was started so: 45h and 47h bring it back (SB-54)
    bool begun;           // something was moved
    bool starving;        // reported already
    uint32_t block, left; // bytes of a block, and until its end
    uint64_t due;         // frames that the sample clock has made room for, or brought
    uint64_t lost; // input: frames that found the FIFO full and must still be taken from the line
    uint64_t waiting; // quirks: frames that passed since the last tick
    bool filled;      // quirks: the first tick came
    uint8_t partial[4], partial_bytes; // of the frame under way; input: of it, bytes moved already
    int16_t last[2];
};

struct sb16_dsp {
    bool in_reset;
    uint64_t reset_since, ready_at; // PS_NEVER: no AAh is on its way
    uint64_t busy_until;
    uint8_t command, parameters[3], have, need; // need 0: no command is under way
    uint8_t out[SB16_OUT_BYTES], out_count, last_out;
    uint8_t test; // E4h
    bool speaker;
    uint32_t rate;
    bool
        by_constant; // set by 40h: counts samples of both channels on the Pro's stereo path (SB-31)
    uint32_t old_block; // bytes, 48h
    uint64_t raise_at[SB16_TRANSFERS];
};

struct sb16_mixer {
    uint8_t index, interrupt, channels; // 80h and 81h as written
    uint8_t shown_channels;             // quirks: 81h as it reads
    uint8_t registers[0x48];
};

struct sb16 {
    struct ps_device *device;
    bool quirks;      // QEMU's card: sb16_quirks.c
    bool pulsing;     // quirks: a reset during auto-init is under way
    bool line;        // level given to the machine
    uint8_t asking;   // DREQ lines given to the machine
    uint8_t flags;    // interrupt status, bit per width
    uint64_t wake_at; // deadline given to the machine
    uint64_t at, phase;
    struct sb16_dsp dsp;
    struct sb16_mixer mixer;
    struct sb16_transfer transfers[SB16_TRANSFERS];
};

// ---- sb16_dsp.c ---------------------------------------------------------------------------------

void sb16_dsp_init(struct sb16 *sb);
void sb16_reset_write(struct sb16 *sb, uint8_t value, uint64_t now);
void sb16_dsp_write(struct sb16 *sb, uint8_t value, uint64_t now);
uint8_t sb16_dsp_read(struct sb16 *sb);
bool sb16_dsp_busy(const struct sb16 *sb, uint64_t now);
void sb16_dsp_answer(struct sb16 *sb, uint8_t value); // a byte into the output buffer
uint64_t sb16_dsp_deadline(const struct sb16 *sb);
void sb16_dsp_event(struct sb16 *sb, uint64_t when); // the deadline came

// ---- sb16_command.c -----------------------------------------------------------------------------

int sb16_parameter_count(uint8_t command);        // -1: there is no such command
void sb16_command(struct sb16 *sb, uint64_t now); // dsp.command with its parameters
uint32_t sb16_frame_rate(const struct sb16 *sb);

// ---- sb16_mixer.c -------------------------------------------------------------------------------

void sb16_mixer_init(struct sb16 *sb);
uint8_t sb16_mixer_read(const struct sb16 *sb);
void sb16_mixer_write(struct sb16 *sb, uint8_t value);
// The 8237 channel of a transfer, or -1 (SB-58, SB-72).
int sb16_channel(const struct sb16 *sb, enum sb16_width width);
bool sb16_drives_line(const struct sb16 *sb); // 80h selects the line that the card is wired to

// ---- sb16_sound.c -------------------------------------------------------------------------------

// Stereo frames through voice and master to line 0; NULL: zeros.
void sb16_emit(struct sb16 *sb, const int16_t *frames, size_t count, bool fetched);
// Stereo frames from the line input through the input mixers.
void sb16_absorb(struct sb16 *sb, int16_t *frames, size_t count);
static inline unsigned sb16_frame_bytes(const struct sb16_format *format)
{
    return format->sample * (format->stereo ? 2u : 1u);
}
// Between memory's samples and stereo frames.
void sb16_decode(const struct sb16_format *format, const uint8_t *bytes, int16_t *frames,
                 size_t count);
void sb16_encode(const struct sb16_format *format, const int16_t *frames, uint8_t *bytes,
                 size_t count);

// ---- sb16_transfer.c ----------------------------------------------------------------------------

// SB-55: replaces what runs in the same direction or on the same channel.
void sb16_start(struct sb16 *sb, enum sb16_width width, struct sb16_format format, uint32_t bytes,
                bool automatic);
void sb16_stop(struct sb16 *sb, struct sb16_transfer *transfer);
void sb16_pause(struct sb16 *sb, struct sb16_transfer *transfer);
// `frames` of the sample clock passed; 0: does what can be done without.
void sb16_advance(struct sb16 *sb, enum sb16_width width, uint64_t frames);
// Frames until it must be looked at again, or 0: not before something changes.
uint64_t sb16_frames_to_look(const struct sb16 *sb, enum sb16_width width);

// ---- sb16_quirks.c: with quirks, in place of what the rules say ----------------------------------------------

void sb16_quirk_mixer_restore(struct sb16_mixer *mixer);
uint8_t sb16_quirk_mixer_read(const struct sb16 *sb);
void sb16_quirk_mixer_write(struct sb16 *sb, uint8_t value);
// A write to the reset port; `automatic`: auto-init was running. True: bit 0 does nothing.
bool sb16_quirk_reset(struct sb16 *sb, uint8_t value, bool automatic);
uint32_t sb16_quirk_samples(const struct sb16 *sb, bool automatic, uint32_t samples); // of a block
// Of `frames` that passed, and those before, how many are due now.
uint64_t sb16_quirk_due(const struct sb16 *sb, struct sb16_transfer *transfer, uint64_t frames);
uint64_t sb16_quirk_frames_to_look(const struct sb16 *sb, const struct sb16_transfer *transfer);

static inline bool sb16_moving(const struct sb16_transfer *transfer)
{
    return transfer->running && !transfer->paused;
}

#endif
