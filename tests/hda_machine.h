// SPDX-License-Identifier: MIT
//
// The words of the HD Audio model on the models' test machine. CORB and RIRB are at CORB_AT and
// RIRB_AT, the list of stream n at LIST + 0x1000 + 0x1000 * n.
#ifndef PORTSIDE_TESTS_HDA_MACHINE_H
#define PORTSIDE_TESTS_HDA_MACHINE_H

#include "models/hda.h"
#include "tests/model_machine.h"

#define CORB_AT LIST
#define RIRB_AT (LIST + 0x800u)
#define IOC 1u
#define PCM_48_16 0x0011 // 48 kHz, 16 bits, stereo

enum { // global registers
    GCAP = 0x00,
    GCTL = 0x08,
    WAKEEN = 0x0C,
    STATESTS = 0x0E,
    GSTS = 0x10,
    INTCTL = 0x20,
    INTSTS = 0x24,
    WALCLK = 0x30,
    SSYNC = 0x34,
    CORBLBASE = 0x40,
    CORBWP = 0x48,
    CORBRP = 0x4A,
    CORBCTL = 0x4C,
    CORBSTS = 0x4D,
    CORBSIZE = 0x4E,
    RIRBLBASE = 0x50,
    RIRBWP = 0x58,
    RINTCNT = 0x5A,
    RIRBCTL = 0x5C,
    RIRBSTS = 0x5D,
    RIRBSIZE = 0x5E,
    ICW = 0x60,
    IRR = 0x64,
    ICS = 0x68,
    DPLBASE = 0x70,
    DPUBASE = 0x74,
};

enum { GIE = 1u << 31, CIE = 1 << 30 };          // INTCTL; INTSTS has GIS and CIS there
enum { IN0 = 0x80, OUT0 = 0x100, OUT1 = 0x120 }; // stream descriptors
enum { CTL = 0x0, STS = 0x3, LPIB = 0x4, CBL = 0x8, LVI = 0xC, FIFOW = 0xE }; // and their registers
enum { FIFOS = 0x10, FMT = 0x12, BDPL = 0x18, BDPU = 0x1C };
enum { BCIS = 4, FIFOE = 8, DESE = 16, FIFORDY = 32 };                     // SDnSTS
enum { SRST = 1, RUN = 2, IOCE = 4, FEIE = 8, DEIE = 16, ENABLES = 0x1C }; // SDnCTL

uint32_t get(struct ps_device *m, uint32_t offset, unsigned width);
void put(struct ps_device *m, uint32_t offset, unsigned width, uint32_t value);
static inline struct hda *inside(struct ps_device *m)
{
    return m->state; // for struct hda_options and jacks
}

// Lets time pass until the n-th next frame boundary of the link, or until just before it.
void run_frames(struct ps_device *m, uint64_t n);
void run_nearly(struct ps_device *m, uint64_t n);

struct ps_device *power_on(void); // bus master on, CRST still 0
// Power on, out of reset, codec discovered, STATESTS cleared.
struct ps_device *awake(void);

// A verb with 12 bits (F00h ...) or 4 bits (2h ...) as a command to codec 0.
uint32_t verb12(unsigned node, unsigned verb, unsigned payload);
uint32_t verb4(unsigned node, unsigned verb, unsigned payload);
// Brings the codec up: all in D0, formats set, amplifiers at 0 dB, pins on; the DAC listens to tag
// 1, the ADC sends on tag 2.
void listen(struct ps_device *m, uint16_t format);

static inline uint32_t list_of(uint32_t sd)
{
    return LIST + 0x1000 + 0x1000 * ((sd - IN0) / 0x20);
}
// Entry `index` of a stream's list.
void describe(struct ps_device *m, uint32_t sd, unsigned index, uint64_t address, uint32_t length,
              uint32_t flags);
// Programs a stream with `entries` entries and lets it run: tag 1 for output, 2 for input, all
// interrupts on. It is on the link from the next boundary on.
void start(struct ps_device *m, uint32_t sd, unsigned entries, uint16_t format);
static inline uint32_t status(struct ps_device *m, uint32_t sd)
{
    return get(m, sd + STS, 1);
}
static inline uint32_t lpib(struct ps_device *m, uint32_t sd)
{
    return get(m, sd + LPIB, 4);
}
// The usual case: two buffers of `frame_count` numbered stereo frames each, IOC on both, 48 kHz, 16
// bits, on OUT0.
void play(struct ps_device *m, unsigned frame_count);
// The same two buffers, empty, for IN0.
void record(struct ps_device *m, unsigned frame_count);
// heard[from ...] are numbered from `first` on and fetched.
bool heard_numbers(struct ps_device *m, size_t from, size_t count, int first);

// Sends a command by the immediate interface; the response.
uint32_t ask(struct ps_device *m, uint32_t command);
static inline uint32_t parameter(struct ps_device *m, unsigned node, unsigned id)
{
    return ask(m, verb12(node, 0xF00, id));
}

// CORB and RIRB in memory, running; RINTCNT 1, response interrupt on.
void start_rings(struct ps_device *m);
// Puts a command into the CORB and writes CORBWP.
void send(struct ps_device *m, uint32_t command);
// An entry of the RIRB.
uint32_t response(struct ps_device *m, unsigned index);
uint32_t response_extra(struct ps_device *m, unsigned index);

#endif
