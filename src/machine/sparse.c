// SPDX-License-Identifier: MIT
//
// Sparse tables: see sparse.h. Saved form: the bit map of touched chunks, then those chunks.
#include "machine/sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint8_t empty_chunk[SPARSE_CHUNK];

static size_t bitmap_bytes(const struct sparse *sparse)
{
    return (sparse->chunks + 63) / 64 * sizeof(uint64_t);
}

static bool bit_is_set(const uint64_t *bits, size_t index)
{
    return bits[index / 64] >> (index % 64) & 1;
}

int sparse_create(struct sparse *sparse, size_t bytes)
{
    void *at;

    memset(sparse, 0, sizeof(*sparse));
    sparse->chunks = (bytes + SPARSE_CHUNK - 1) / SPARSE_CHUNK;
    sparse->touched = calloc(1, bitmap_bytes(sparse));
    if (!sparse->touched)
        return -ENOMEM;
    at = mmap(NULL, sparse->chunks * SPARSE_CHUNK, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return -ENOMEM;
    sparse->bytes = at;
    return 0;
}

void sparse_destroy(struct sparse *sparse)
{
    if (sparse->bytes)
        munmap(sparse->bytes, sparse->chunks * SPARSE_CHUNK);
    free(sparse->touched);
    memset(sparse, 0, sizeof(*sparse));
}

void sparse_touch(struct sparse *sparse, size_t offset, size_t bytes)
{
    for (size_t i = offset / SPARSE_CHUNK; i * SPARSE_CHUNK < offset + bytes; i++)
        sparse->touched[i / 64] |= 1ull << (i % 64);
}

bool sparse_touched(const struct sparse *sparse, size_t offset)
{
    return bit_is_set(sparse->touched, offset / SPARSE_CHUNK);
}

size_t sparse_measure(const struct sparse *sparse)
{
    size_t bytes = bitmap_bytes(sparse);

    for (size_t i = 0; i < (sparse->chunks + 63) / 64; i++)
        bytes += (size_t)__builtin_popcountll(sparse->touched[i]) * SPARSE_CHUNK;
    return bytes;
}

uint8_t *sparse_save(const struct sparse *sparse, uint8_t *to)
{
    memcpy(to, sparse->touched, bitmap_bytes(sparse));
    to += bitmap_bytes(sparse);
    for (size_t i = 0; i < sparse->chunks; i++) {
        if (!bit_is_set(sparse->touched, i))
            continue;
        memcpy(to, sparse->bytes + i * SPARSE_CHUNK, SPARSE_CHUNK);
        to += SPARSE_CHUNK;
    }
    return to;
}

static void restore_chunk(struct sparse *sparse, size_t index, const void *after, void *context,
                          sparse_change *change)
{
    uint8_t *chunk = sparse->bytes + index * SPARSE_CHUNK;

    if (!memcmp(chunk, after, SPARSE_CHUNK))
        return;
    if (change)
        change(context, index * SPARSE_CHUNK, chunk, after);
    memcpy(chunk, after, SPARSE_CHUNK);
}

const uint8_t *sparse_restore(struct sparse *sparse, const uint8_t *from, void *context,
                              sparse_change *change)
{
    const uint64_t *saved = (const uint64_t *)from;

    from += bitmap_bytes(sparse);
    for (size_t word = 0; word < (sparse->chunks + 63) / 64; word++) {
        for (uint64_t left = sparse->touched[word] | saved[word]; left; left &= left - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(left);
            bool kept = bit_is_set(saved, i);

            restore_chunk(sparse, i, kept ? from : empty_chunk, context, change);
            from += kept ? SPARSE_CHUNK : 0;
        }
        sparse->touched[word] = saved[word];
    }
    return from;
}
