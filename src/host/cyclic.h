// SPDX-License-Identifier: MIT
//
// A client's side of a cyclic buffer: it follows the device by its position, writes ahead of it (play) or reads
// behind it (record), and finds out when it came too late. Offsets are counted from the start of the run and
// never wrap. On a system thread.
#ifndef PORTSIDE_HOST_CYCLIC_H
#define PORTSIDE_HOST_CYCLIC_H

#include "host/stream.h"

struct cyclic {
    struct client_run *client;
    unsigned char *data;
    size_t size;
    size_t quantum;    // written or read at once: a frame, or a part of the buffer; divides size
    size_t margin;     // bytes around the position that are not touched
    size_t fifo;       // bytes that the device fetches before its position says so
    bool copied;       // by a port that reads on ahead: up to the write offset
    bool barrier;      // after writing
    int (*wait)(struct cyclic *cyclic); // until it is time to look again
    void *context;     // of `wait`

    uint64_t done;     // written or read so far
    uint64_t device;   // where the device is
    uint64_t looked;   // when it was there, ns
    uint64_t heard;    // how many frames had left the machine then (machine_sound_heard)
    uint64_t stood;    // ns that its offset has been the same for: of each time between two looks half a lap at most
    unsigned still;    // looks at the same offset since
    uint64_t end;      // play: bytes of source; valid once `ended`
    bool ended;
};

// -EINVAL if the size holds no two quanta, or no whole ones. The device's FIFO is 0.
int cyclic_init(struct cyclic *cyclic, struct client_run *client, void *data, size_t size,
                size_t quantum);

// Fills the buffer before the device starts (play).
void cyclic_fill(struct cyclic *cyclic);

// From RUN to the end of the run: until the last byte was played and silence after it, or all that is wanted was
// recorded, or the run was interrupted. 0 or a negative errno.
int cyclic_play(struct cyclic *cyclic);
int cyclic_record(struct cyclic *cyclic);

// A `wait`: some milliseconds, less if the buffer is short.
int cyclic_wait_timer(struct cyclic *cyclic);

#endif
