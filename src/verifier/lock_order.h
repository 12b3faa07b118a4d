// SPDX-License-Identifier: MIT
//
// Lock order (VF-32): which locks were ever taken while which others were owned. A cycle among them is a
// finding although nobody has waited yet: another interleaving could deadlock. Spin locks, mutexes and fast
// mutexes; a lock that was only tried for waits for nobody and adds nothing.
//
// What is known lives in the arena, so a restore takes it back with the rest. It observes through system->hooks.
#ifndef PORTSIDE_VERIFIER_LOCK_ORDER_H
#define PORTSIDE_VERIFIER_LOCK_ORDER_H

#include "base/system.h"

// From now on, until the system ends. From the host's stack. 0, -ENOMEM, or -EBUSY: somebody observes already.
int lock_order_watch(struct ps_system *system);

#endif
