// SPDX-License-Identifier: MIT
//
// The tests' machine around a device model.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model_machine.h"

// ---- the model's side ---------------------------------------------------------------------------

uint64_t ps_device_now(const struct ps_device *m)
{
    return m->now;
}

void ps_device_wake(struct ps_device *m, uint64_t when)
{
    ps_device_wake_lazily(m, when, when);
}

void ps_device_wake_lazily(struct ps_device *m, uint64_t when, uint64_t latest)
{
    if (when <= m->now || latest < when)
        abort(); // a model that asks for the past would never end
    m->wake_at = m->idle ? latest : when;
}

void ps_device_interrupt(struct ps_device *m, bool level)
{
    if (level && !m->line) {
        m->rises++;
        m->rose_at = m->now;
    }
    m->line = level;
}

bool ps_device_bus_master(const struct ps_device *m)
{
    return m->bus_master;
}

// Backing store and how much of it lies in one piece.
static uint8_t *backing(struct ps_device *m, uint64_t physical, uint64_t *room)
{
    if (physical >= MEMORY && physical < MEMORY + MEMORY_BYTES) {
        *room = MEMORY + MEMORY_BYTES - physical;
        return m->memory + (physical - MEMORY);
    }
    if (physical >= TOP && physical < TOP + sizeof(m->top)) {
        *room = TOP + sizeof(m->top) - physical;
        return m->top + (physical - TOP);
    }
    *room = sizeof(m->bottom) - physical;
    return physical < sizeof(m->bottom) ? m->bottom + physical : NULL;
}

static void *piece_at(struct ps_device *m, uint64_t physical, size_t *bytes)
{
    uint64_t room;
    uint8_t *start = backing(m, physical, &room);

    if (physical >= m->denied && physical - m->denied < m->denied_bytes)
        return NULL;
    if (m->denied_bytes && physical < m->denied && room > m->denied - physical)
        room = m->denied - physical;
    *bytes = *bytes < room ? *bytes : room;
    return start;
}

static void *whole_at(struct ps_device *m, uint64_t physical, size_t bytes)
{
    size_t got = bytes;
    void *start = piece_at(m, physical, &got);

    if (!start || got < bytes || !m->bus_master) {
        m->refused++;
        return NULL;
    }
    return start;
}

int ps_device_dma_read(struct ps_device *m, uint64_t physical, void *to, size_t bytes)
{
    void *from = whole_at(m, physical, bytes);

    if (from)
        memcpy(to, from, bytes);
    return from ? 0 : -EFAULT;
}

int ps_device_dma_write(struct ps_device *m, uint64_t physical, const void *from, size_t bytes)
{
    void *to = whole_at(m, physical, bytes);

    if (to)
        memcpy(to, from, bytes);
    return to ? 0 : -EFAULT;
}

void *ps_device_dma_map(struct ps_device *m, uint64_t physical, size_t *bytes,
                        enum ps_dma_direction direction)
{
    void *start = m->bus_master ? piece_at(m, physical, bytes) : NULL;

    if (!start)
        m->refused++;
    if (m->piece && *bytes > m->piece)
        *bytes = m->piece;
    return start;
}

void ps_device_channel_request(struct ps_device *m, unsigned channel, bool level)
{
    uint8_t bit = (uint8_t)(1u << channel);

    m->isa_dma.asking = level ? m->isa_dma.asking | bit : m->isa_dma.asking & (uint8_t)~bit;
}

bool ps_device_channel_ready(const struct ps_device *m, unsigned channel)
{
    return i8237_ready(&m->isa_dma, channel);
}

void *ps_device_channel_map(struct ps_device *m, unsigned channel, size_t *bytes,
                            enum ps_dma_direction direction)
{
    bool reads = direction == PS_DMA_FROM_MEMORY;
    size_t whole = *bytes - *bytes % i8237_width(channel);
    struct i8237_piece piece;
    void *start = NULL;

    *bytes = 0;
    if (!whole || !i8237_ready(&m->isa_dma, channel))
        return NULL;
    i8237_next(&m->isa_dma, channel, &piece);
    *bytes = whole < piece.bytes ? whole : piece.bytes;
    if (m->piece && *bytes > m->piece)
        *bytes = m->piece;
    if (piece.kind == (reads ? I8237_FROM_MEMORY : I8237_TO_MEMORY))
        start = piece_at(m, piece.physical, bytes);
    if (!start) {
        m->refused++;
        *bytes = i8237_width(channel);
    }
    i8237_moved(&m->isa_dma, channel, (uint32_t)*bytes);
    return start;
}

static void hear(struct ps_device *m, struct heard frame)
{
    if (m->heard_count == m->heard_room) {
        m->heard_room = m->heard_room ? m->heard_room * 2 : 4096;
        m->heard = realloc(m->heard, m->heard_room * sizeof(*m->heard));
        if (!m->heard)
            abort();
    }
    m->heard[m->heard_count++] = frame;
}

void ps_device_emit(struct ps_device *m, unsigned line, const int16_t *samples, size_t count,
                    unsigned channels, unsigned rate, bool fetched)
{
    if (line != 0 || channels != 2 || count == 0)
        abort();
    m->fetched_count += fetched ? count : 0;
    if (m->deaf) {
        m->heard_count += count;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct heard frame = {.fetched = fetched, .rate = rate};
        if (samples) {
            frame.left = samples[2 * i];
            frame.right = samples[2 * i + 1];
        }
        hear(m, frame);
    }
}

void ps_device_absorb(struct ps_device *m, unsigned line, int16_t *samples, size_t count,
                      unsigned channels, unsigned rate)
{
    if (line > 1 || count == 0)
        abort();
    for (size_t i = 0; i < count; i++) {
        int16_t n = (int16_t)++m->arrived[line];
        *samples++ = n;
        if (channels == 2)
            *samples++ = (int16_t)-n;
    }
}

void ps_device_underrun(struct ps_device *m, unsigned line)
{
    m->underruns++;
    m->underrun_at = m->now;
}

bool ps_device_quirks(const struct ps_device *m)
{
    return m->quirks;
}

void ps_device_remark(struct ps_device *m, const char *rule, const char *text)
{
    ps_device_report(m, rule, text);
    m->remarked = true;
}

void ps_device_report(struct ps_device *m, const char *rule, const char *text)
{
    m->remarked = false;
    m->reports++;
    m->report = rule;
}

// ---- the test's side ----------------------------------------------------------------------------

struct ps_device *model_power_on(const struct ps_device_ops *ops)
{
    return model_power_on_as(ops, false);
}

struct ps_device *model_power_on_as(const struct ps_device_ops *ops, bool quirks)
{
    struct ps_device *m = calloc(1, sizeof(*m));

    m->ops = ops;
    m->quirks = quirks;
    i8237_reset(&m->isa_dma);
    m->memory = calloc(1, MEMORY_BYTES);
    m->state = calloc(1, ops->state_size);
    m->now = 3600 * UINT64_C(1000000000); // devices are also attached late
    m->wake_at = PS_NEVER;
    m->bus_master = true;
    m->report = "none";
    if (ops->attach(m, m->state))
        abort();
    return m;
}

void power_off(struct ps_device *m)
{
    free(m->heard);
    free(m->memory);
    free(m->state);
    free(m);
}

void pass(struct ps_device *m, uint64_t ns)
{
    uint64_t end = m->now + ns;

    while (m->wake_at <= end) {
        m->now = m->wake_at > m->now ? m->wake_at : m->now;
        m->wake_at = PS_NEVER;
        m->wakes++;
        m->ops->wake(m, m->state);
    }
    m->now = end;
}

void jump(struct ps_device *m, uint64_t ns)
{
    m->now += ns;
}

void sync(struct ps_device *m)
{
    m->ops->sync(m, m->state);
}

void set_command(struct ps_device *m, uint16_t command)
{
    sync(m); // as a machine does before it changes what a device may do
    m->bus_master = command & 4;
    m->ops->command(m, m->state, command);
}

uint64_t frames_at(uint64_t n, unsigned rate)
{
    return (n * 1000000000u + rate - 1) / rate;
}

void *at(struct ps_device *m, uint64_t physical)
{
    uint64_t room;
    return backing(m, physical, &room);
}

void number(struct ps_device *m, uint32_t physical, unsigned frame_count, int first)
{
    for (unsigned i = 0; i < frame_count; i++) {
        int16_t frame[2] = {(int16_t)(first + (int)i), (int16_t) - (first + (int)i)};
        memcpy(at(m, physical + 4 * i), frame, sizeof(frame));
    }
}
