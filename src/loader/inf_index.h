// SPDX-License-Identifier: MIT
//
// Names of an INF file and where they stand, found without case and without looking at everything. The names' text is
// the caller's.
#ifndef PORTSIDE_LOADER_INF_INDEX_H
#define PORTSIDE_LOADER_INF_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct inf_index {
    struct inf_index_entry {
        const char *name; // NULL: free
        size_t length;
        unsigned value;
    } *slots;
    size_t capacity, count;
};

// The first of a name stays. False: no memory.
bool inf_index_put(struct inf_index *index, const char *name, size_t length, unsigned value);
bool inf_index_get(const struct inf_index *index, const char *name, size_t length, unsigned *value);
void inf_index_free(struct inf_index *index);

#endif
