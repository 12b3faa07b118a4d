/* SPDX-License-Identifier: MIT */
/*
 * A WaveCyclic driver for AC'97 controllers (82801AA and compatible): two wave streams, PCM out and PCM in. Adapter,
 * mixer and topology filter are those of drivers/ac97-rt.
 *
 *   wave.cpp       the WaveCyclic miniport: interrupt, streams; wavetable.cpp: what its filter looks like
 *   stream.cpp     a stream: states, format, position, silence
 *   engine.cpp     a DMA engine: a ring of 32 descriptors over the cyclic buffer
 *   channel.cpp    the buffer's DMA channel; built with CYCLIC_OWN_CHANNEL it is the driver's own
 */
#ifndef CYCLIC_H
#define CYCLIC_H

#include "../ac97-rt/common.h"

#define CYCLIC_TAG 'cyCA'

/* The cyclic buffer: as many blocks as there are descriptors, each an interval long. */
enum { BLOCKS = DESCRIPTORS, BLOCK_MS = 10, HIGHEST_RATE = 48000, FEWEST_FRAMES = 64 };
enum { LARGEST_BUFFER = BLOCKS * HIGHEST_RATE / 1000 * BLOCK_MS * FRAME_BYTES };

/* A DMA channel with a buffer, as large as the system gives it, up to LARGEST_BUFFER. */
NTSTATUS NewChannel(PPORTWAVECYCLIC Port, PDMACHANNEL *Channel);

#endif
