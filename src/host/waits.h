// SPDX-License-Identifier: MIT
//
// The descriptors that source and sink of a run wait for (struct ps_waits), as sources of the scheduler: one that is ready
// stops it, and then the host's stack looks.
#ifndef PORTSIDE_HOST_WAITS_H
#define PORTSIDE_HOST_WAITS_H

#include "host/host.h"

enum { MOST_WAITS = 16 };

struct waits {
    struct ps_system *system;
    struct ps_waits asked;
    struct pollfd fds[MOST_WAITS];
    struct sched_source sources[MOST_WAITS];
    unsigned count;
};

// Does nothing in virtual time.
void waits_begin(struct waits *waits, struct ps_system *system, const struct ps_waits *asked);
// On the host's stack: tells of what has become ready; 0 or a negative errno.
int waits_tell(struct waits *waits);
// On the host's stack, once source and sink were called: asks what to wait for now.
void waits_renew(struct waits *waits);
void waits_end(struct waits *waits);

#endif
