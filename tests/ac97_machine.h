// SPDX-License-Identifier: MIT
//
// A machine just big enough for one AC'97 model: memory, a clock, an interrupt line, an ear and a
// microphone. It implements the ps_device_ functions, so the model is tested alone.
//
// Memory: 1 MiB at MEMORY, one page at the top of the 32-bit space (TOP) and one at 0. The
// microphone plays a count: frame n of an input line is (n + 1, -(n + 1)), mono n + 1.
#ifndef PORTSIDE_TESTS_AC97_MACHINE_H
#define PORTSIDE_TESTS_AC97_MACHINE_H

#include <portside/device.h>

#define MEMORY 0x00100000u
#define MEMORY_BYTES 0x00100000u
#define TOP 0xFFFFF000u
#define LIST 0x00100000u  // where the tests put descriptor lists: LIST + 0x100 * engine
#define SOUND 0x00110000u // and sample buffers
#define MILLISECOND UINT64_C(1000000)

enum { PI = 0x00, PO = 0x10, MC = 0x20 }; // engine blocks
enum { BDBAR = 0x0, CIV = 0x4, LVI = 0x5, SR = 0x6, PICB = 0x8, PIV = 0xA, CR = 0xB };
enum { GLOB_CNT = 0x2C, GLOB_STA = 0x30, CAS = 0x34 };
enum { DCH = 1, CELV = 2, LVBCI = 4, BCIS = 8, FIFOE = 16 };           // SR
enum { RPBM = 1, RR = 2, LVBIE = 4, FEIE = 8, IOCE = 16, RUN = 0x1D }; // CR; RUN: all enables
#define IOC 0x80000000u                                                // descriptor flags
#define BUP 0x40000000u

struct heard {
    int16_t left, right;
    bool fetched;
    uint32_t rate;
};

struct ps_device {
    void *state;
    uint64_t now, wake_at;
    bool bus_master, line;
    unsigned rises; // edges of the interrupt line
    uint64_t rose_at;
    uint8_t *memory, top[4096], bottom[4096];
    uint64_t denied, denied_bytes; // [denied, +bytes) is outside every grant
    unsigned refused;              // accesses there
    size_t piece;                  // ps_device_dma_map gives at most so many bytes (0: no limit)
    bool deaf;                     // do not keep what is heard, only count it
    struct heard *heard;
    size_t heard_count, heard_room, fetched_count;
    uint32_t arrived[2]; // frames taken from the input lines
    unsigned underruns;
    uint64_t underrun_at;
    unsigned reports;
    const char *report; // rule of the last one
};

struct ps_device *power_on(void); // bus master on, codec still in cold reset
void power_off(struct ps_device *m);
// Power on, cold reset released, codec and converters ready, all volumes at 0 dB, engines
// untouched.
struct ps_device *ready(void);

// Lets time pass; deadlines are honoured.
void pass(struct ps_device *m, uint64_t ns);
// Lets time pass without anybody looking: deadlines are late.
void jump(struct ps_device *m, uint64_t ns);
void sync(struct ps_device *m);
void set_command(struct ps_device *m, uint16_t command);
// Nanoseconds until `n` frames of `rate` have passed.
uint64_t frames_at(uint64_t n, unsigned rate);
static inline uint64_t frames(uint64_t n)
{
    return frames_at(n, 48000);
}

uint16_t nam_read(struct ps_device *m, uint32_t offset);
// Posts, and waits until the codec has it.
void nam_write(struct ps_device *m, uint32_t offset, uint16_t value);
void nam_post(struct ps_device *m, uint32_t offset, uint16_t value);
uint32_t get(struct ps_device *m, uint32_t offset, unsigned width); // BAR1
void put(struct ps_device *m, uint32_t offset, unsigned width, uint32_t value);
static inline uint32_t sr(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + SR, 2);
}
static inline uint32_t civ(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + CIV, 1);
}
static inline uint32_t picb(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + PICB, 2);
}

// Memory as the driver sees it; NULL outside.
void *at(struct ps_device *m, uint32_t physical);
// Descriptor `index` of an engine's list; the list's address is LIST + 0x10 * engine.
void describe(struct ps_device *m, uint32_t engine, unsigned index, uint32_t address,
              uint32_t control);
// Numbered stereo frames from `physical` on: (first + i, -(first + i)).
void number(struct ps_device *m, uint32_t physical, unsigned frame_count, int first);
// BDBAR, LVI, and off it goes with all interrupts enabled.
void start(struct ps_device *m, uint32_t engine, unsigned last);
// The usual case: `buffers` of `frame_count` numbered frames each, IOC on all, played from 0.
void play(struct ps_device *m, unsigned buffers, unsigned frame_count);

#endif
