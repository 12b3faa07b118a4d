// SPDX-License-Identifier: MIT
//
// The lines of a filter as Windows' old mixer interface reads them from its topology (TP-73..76):
// destinations at pins where data leaves, sources at pins where it enters. The device lock is held
// around every call.
#ifndef PORTSIDE_HOST_MIXER_H
#define PORTSIDE_HOST_MIXER_H

#include "host/graph.h"

enum { MIXER_NODES = 32 };

struct mixer_line {
    ULONG pin;
    ULONG nodes[MIXER_NODES]; // that belong to it, from the pin on; a MUX ends a
                              // destination
    unsigned count;
};

// Destination line `index`, highest pin first; false past the last one.
bool mixer_destination(const struct ks_filter *filter, unsigned index, struct mixer_line *out);
// Source line `index` of a destination, lowest pin first; false past the last one. A pin with
// several ways to the destination is none.
bool mixer_source(const struct ks_filter *filter, const struct mixer_line *destination,
                  unsigned index, struct mixer_line *out);
// The controls of a node, for people; NULL: it has none and is skipped. `caps`: of a SUPERMIX,
// `count` entries as the driver tells them; of other nodes it is not looked at.
const char *mixer_controls(const struct ks_filter *filter, ULONG node, const KSAUDIO_MIX_CAPS *caps,
                           ULONG count);

#endif
