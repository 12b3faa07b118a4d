// SPDX-License-Identifier: MIT
//
// A table with open addressing, at most half full.
#include "loader/inf_index.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

static size_t hash(const char *name, size_t length)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];

        value = (value ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3u;
    }
    return (size_t)(value ^ value >> 29);
}

// The slot of the name, or the free one for it.
static struct inf_index_entry *slot_of(const struct inf_index *index, const char *name, size_t length)
{
    size_t at = hash(name, length) & (index->capacity - 1);
    struct inf_index_entry *entry = &index->slots[at];

    while (entry->name && (entry->length != length || strncasecmp(entry->name, name, length))) {
        at = (at + 1) & (index->capacity - 1);
        entry = &index->slots[at];
    }
    return entry;
}

static bool grow(struct inf_index *index)
{
    struct inf_index larger = {.capacity = index->capacity ? index->capacity * 2 : 64, .count = index->count};

    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < index->capacity; i++)
        if (index->slots[i].name)
            *slot_of(&larger, index->slots[i].name, index->slots[i].length) = index->slots[i];
    free(index->slots);
    *index = larger;
    return true;
}

bool inf_index_put(struct inf_index *index, const char *name, size_t length, unsigned value)
{
    struct inf_index_entry *entry;

    if (index->count * 2 >= index->capacity && !grow(index))
        return false;
    entry = slot_of(index, name, length);
    if (!entry->name) {
        *entry = (struct inf_index_entry){name, length, value};
        index->count++;
    }
    return true;
}

bool inf_index_get(const struct inf_index *index, const char *name, size_t length, unsigned *value)
{
    const struct inf_index_entry *entry = index->capacity ? slot_of(index, name, length) : NULL;

    if (!entry || !entry->name)
        return false;
    *value = entry->value;
    return true;
}

void inf_index_free(struct inf_index *index)
{
    free(index->slots);
    *index = (struct inf_index){0};
}
