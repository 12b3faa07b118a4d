// SPDX-License-Identifier: MIT
//
// The sound of one run: bytes from the source to the client, frames from the device to the sink, and the
// comparison between what the client submitted and what the device fetched. The source's bytes never reach
// the sink: the sink is given what the device emitted.
//
// Called on fibers: sound_feed, sound_submit, the sound_end functions. They never call the source or sink but stop
// the scheduler when those are needed; sound_serve does it on the host's stack. Memory is bounded by a
// few buffers, whatever the length of the run.
#ifndef PORTSIDE_HOST_SOUND_H
#define PORTSIDE_HOST_SOUND_H

#include "host/host.h"

struct sound;

// `format`: the client's. `device_hears`: the source feeds the device (recording), else the client.
int sound_create(struct ps_system *system, const struct ps_run *run, const struct ps_format *format,
                 bool device_hears, struct sound **out);
void sound_destroy(struct sound *sound);

// Up to `bytes` of source for the client; 0: end of the source (or interrupted). May wait (PASSIVE_LEVEL).
size_t sound_feed(struct sound *sound, void *to, size_t bytes);

// The client, which calls this first, gets so much silence behind the source's end, for a device that would swallow
// what it fetched last. Nobody waits for its arrival.
void sound_tail(struct sound *sound, uint64_t bytes);

// The client has handed `bytes` to the pin, in stream order (play), or got them (record).
void sound_submit(struct sound *sound, const void *bytes, size_t count);
// The client's buffer is cyclic: the device may read on where the client has not written yet. Before the first byte.
void sound_cyclic(struct sound *sound);
// The port copies between client and device, and says what it left out (sound_left_out). Before the first byte.
void sound_copied(struct sound *sound);
// So many bytes of the client's are where the device can fetch them.
void sound_passed_on(struct sound *sound, uint64_t bytes);
// `count` bytes behind the first `at` of the client's were lost (record), or something else is played before what follows
// (play). One under-run, also if it is told in several parts.
void sound_left_out(struct sound *sound, uint64_t at, uint64_t count);
// The client came late and leaves out `count` bytes of the stream: what the device read there was not written by it
// (play), or was lost (record). One under-run.
void sound_gap(struct sound *sound, uint64_t count);
// Nothing more will be submitted; the device may go on with zeros, in a cyclic buffer with as many as the client says.
void sound_finish(struct sound *sound);
void sound_silence(struct sound *sound, size_t count);

// On the host's stack: fills and drains. 0, or the negative errno of source or sink.
int sound_serve(struct sound *sound);
// A number that changes as long as the run gets on; how long it may stay the same beside the usual patience, ns.
uint64_t sound_progress(const struct sound *sound);
uint64_t sound_patience(const struct sound *sound);
void sound_interrupt(struct sound *sound); // async-signal-safe
bool sound_interrupted(const struct sound *sound);

// After the device has said all: what only now can be told.
void sound_settle(struct sound *sound);

// Judges the run and fills the result's frame fields.
void sound_result(const struct sound *sound, struct ps_result *result);

#endif
