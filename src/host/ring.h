// SPDX-License-Identifier: MIT
//
// A byte ring on the host's heap. `head` and `tail` count all bytes ever put and taken.
#ifndef PORTSIDE_HOST_RING_H
#define PORTSIDE_HOST_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ring {
    unsigned char *bytes;
    size_t size; // a power of two
    uint64_t head, tail;
};

static inline size_t ring_used(const struct ring *ring)
{
    return (size_t)(ring->head - ring->tail);
}

static inline size_t ring_room(const struct ring *ring)
{
    return ring->size - ring_used(ring);
}

// Makes room for `bytes` more. False: no memory.
static inline bool ring_reserve(struct ring *ring, size_t bytes)
{
    size_t size = ring->size ? ring->size : 65536, used = ring_used(ring);
    unsigned char *larger;

    if (ring->size && ring_room(ring) >= bytes)
        return true;
    while (size - used < bytes)
        size *= 2;
    larger = malloc(size);
    if (!larger)
        return false;
    for (size_t i = 0; i < used; i++)
        larger[(ring->tail + i) & (size - 1)] = ring->bytes[(ring->tail + i) & (ring->size - 1)];
    free(ring->bytes);
    ring->bytes = larger;
    ring->size = size;
    return true;
}

// The longest piece from `at` (a count like head or tail) that does not wrap.
static inline size_t ring_piece(const struct ring *ring, uint64_t at, size_t bytes)
{
    size_t left = ring->size - (size_t)(at & (ring->size - 1));

    return bytes < left ? bytes : left;
}

static inline unsigned char *ring_at(const struct ring *ring, uint64_t at)
{
    return ring->bytes + (at & (ring->size - 1));
}

// The caller has reserved room.
static inline void ring_put(struct ring *ring, const void *from, size_t bytes)
{
    const unsigned char *at = from;

    while (bytes) {
        size_t piece = ring_piece(ring, ring->head, bytes);

        memcpy(ring_at(ring, ring->head), at, piece);
        ring->head += piece;
        at += piece;
        bytes -= piece;
    }
}

// The ring holds that much.
static inline void ring_take(struct ring *ring, void *to, size_t bytes)
{
    unsigned char *at = to;

    while (bytes) {
        size_t piece = ring_piece(ring, ring->tail, bytes);

        memcpy(at, ring_at(ring, ring->tail), piece);
        ring->tail += piece;
        at += piece;
        bytes -= piece;
    }
}

#endif
