// SPDX-License-Identifier: MIT
//
// Whether samples that differ are the same ones at another level, as a driver's volume makes them.
#ifndef PORTSIDE_HOST_LEVEL_H
#define PORTSIDE_HOST_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Sums over pairs of samples, of the left and the right channel (of mono: of every second sample).
struct level {
    uint64_t pairs[2];
    double given[2], both[2], arrived[2]; // squares, and products
};

// `at`: the first sample's place in the stream, which tells its channel.
void level_add(struct level *level, uint64_t at, const int16_t *given, const int16_t *arrived, size_t count);

// "differs by a level of -4.0 dB"; false: that is not what it is, or there was too little sound to tell.
bool level_describe(const struct level *level, char *text, size_t size);

#endif
