// SPDX-License-Identifier: MIT
//
// A map from addresses to records: open addressing with linear probing, at most half full, in the
// arena. Removal moves later entries of the cluster back, so there are no tombstones.
#include "kernel/private.h"

static size_t slot_of(const struct table *table, uintptr_t key)
{
    return (size_t)((key >> 3) * 0x9e3779b97f4a7c15u >> 20) & (table->capacity - 1);
}

static size_t find(const struct table *table, uintptr_t key)
{
    size_t slot = slot_of(table, key);

    while (table->keys[slot] && table->keys[slot] != key)
        slot = (slot + 1) & (table->capacity - 1);
    return slot;
}

static bool grow(struct ps_system *system, struct table *table)
{
    struct table bigger = {.capacity = table->capacity ? table->capacity * 2 : 64};

    bigger.keys = arena_alloc(system->arena, bigger.capacity * sizeof(*bigger.keys));
    bigger.values = arena_alloc(system->arena, bigger.capacity * sizeof(*bigger.values));
    if (!bigger.keys || !bigger.values) {
        arena_free(system->arena, bigger.keys, bigger.capacity * sizeof(*bigger.keys));
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->keys[i]) {
            size_t slot = find(&bigger, table->keys[i]);

            bigger.keys[slot] = table->keys[i];
            bigger.values[slot] = table->values[i];
        }
    }
    bigger.count = table->count;
    arena_free(system->arena, table->keys, table->capacity * sizeof(*table->keys));
    arena_free(system->arena, table->values, table->capacity * sizeof(*table->values));
    *table = bigger;
    return true;
}

bool table_put(struct ps_system *system, struct table *table, const void *key, void *value)
{
    size_t slot;

    if (table->count * 2 >= table->capacity && !grow(system, table))
        return false;
    slot = find(table, (uintptr_t)key);
    table->count += table->keys[slot] == 0;
    table->keys[slot] = (uintptr_t)key;
    table->values[slot] = value;
    return true;
}

void *table_get(const struct table *table, const void *key)
{
    size_t slot;

    if (!table->count || !key)
        return NULL;
    slot = find(table, (uintptr_t)key);
    return table->keys[slot] ? table->values[slot] : NULL;
}

void *table_remove(struct table *table, const void *key)
{
    size_t mask = table->capacity - 1, hole, slot;
    void *value;

    if (!table->count || !key)
        return NULL;
    hole = find(table, (uintptr_t)key);
    if (!table->keys[hole])
        return NULL;
    value = table->values[hole];
    table->count--;
    for (slot = (hole + 1) & mask; table->keys[slot]; slot = (slot + 1) & mask) {
        size_t home = slot_of(table, table->keys[slot]);

        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            table->keys[hole] = table->keys[slot];
            table->values[hole] = table->values[slot];
            hole = slot;
        }
    }
    table->keys[hole] = 0;
    table->values[hole] = NULL;
    return value;
}
