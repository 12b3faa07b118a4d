/* SPDX-License-Identifier: MIT */
/* Samples for a driver's pin. */
#ifndef PORTSIDE_TOOL_SAMPLE_H
#define PORTSIDE_TOOL_SAMPLE_H

#include <stddef.h>

#include <portside/portside.h>

/* Writes a sample (-1 to 1) in a format, PCM of 8 to 32 bits or floats of 32, and says how many bytes that were. */
size_t sample_put(void *to, const struct ps_format *format, float sample);

#endif
