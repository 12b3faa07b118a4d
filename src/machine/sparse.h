// SPDX-License-Identifier: MIT
//
// A large zeroed table of which little is ever touched: it lives outside the arena, and a snapshot
// copies only the chunks written to. Whoever writes to an entry calls sparse_touch first.
#ifndef PORTSIDE_MACHINE_SPARSE_H
#define PORTSIDE_MACHINE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPARSE_CHUNK = 2048 };

struct sparse {
    uint8_t *bytes;
    size_t chunks;
    uint64_t *touched; // one bit a chunk
};

// 0 or -ENOMEM; a failed or zeroed one may be destroyed.
int sparse_create(struct sparse *sparse, size_t bytes);
void sparse_destroy(struct sparse *sparse);

// Bytes [offset, offset + bytes) are going to change.
void sparse_touch(struct sparse *sparse, size_t offset, size_t bytes);
bool sparse_touched(const struct sparse *sparse, size_t offset);

size_t sparse_measure(const struct sparse *sparse);
// Writes sparse_measure bytes and returns the end.
uint8_t *sparse_save(const struct sparse *sparse, uint8_t *to);

// Puts back what was saved; `change` (may be NULL) sees each chunk that differs before it is
// replaced. Returns the end of what was read.
typedef void sparse_change(void *context, size_t offset, const void *before, const void *after);
const uint8_t *sparse_restore(struct sparse *sparse, const uint8_t *from, void *context,
                              sparse_change *change);

#endif
