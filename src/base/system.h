// SPDX-License-Identifier: MIT
//
// A system: one simulated Windows machine with everything in it. It owns every part below; parts find
// each other through it. It lives at the start of its arena, so snapshot and restore carry it; what
// must survive a restore (findings, trace, chooser) is reached by pointer and lives outside.
//
// A system belongs to the OS thread that created it. NT functions take no context: they find the
// system through `system_current`, set while that system runs (sched_run) or is called by its host.
#ifndef PORTSIDE_BASE_SYSTEM_H
#define PORTSIDE_BASE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hooks.h"

struct arena;
struct sched;
struct machine;
struct kernel;
struct ks;
struct port_class;
struct journal;
struct hooks;
struct fault_plan;
struct host;

// Traces, findings and tokens name objects by kind and creation number, never by address.
enum object_kind {
    OBJECT_PROCESSOR,
    OBJECT_THREAD,
    OBJECT_INTERRUPT,
    OBJECT_DEADLINE,
    OBJECT_DPC,
    OBJECT_TIMER,
    OBJECT_LOCK,
    OBJECT_EVENT,
    OBJECT_IRP,
    OBJECT_MDL,
    OBJECT_FILE,
    OBJECT_DEVICE,
    OBJECT_STREAM,
    OBJECT_PACKET,
    OBJECT_POOL,
    OBJECT_RESOURCE,
    OBJECT_LOOKASIDE,
    OBJECT_KINDS
};

struct ps_system {
    struct sched *sched;
    const struct hooks *hooks;      // NULL while nobody observes
    struct arena *arena;            // outside itself: the arena's own record
    struct machine *machine;
    struct kernel *kernel;
    struct ks *ks;
    struct port_class *port_class;
    struct journal *journal;        // outside the arena: findings and trace survive a restore
    struct fault_plan *fault;       // outside the arena; NULL: no allocation is made to fail
    struct host *host;              // outside the arena: the front door's record; NULL in unit tests
    uint64_t seed;                  // decides layouts, fill patterns and seeded choices
    uint32_t created[OBJECT_KINDS]; // creation numbers handed out so far
    bool halted;                    // frozen by a stop: only findings, trace and destroy are legal
    int owner_thread;               // gettid() of the creator
};

extern _Thread_local struct ps_system *system_current;

// A system with its arena and journal and nothing else yet; the parts above create themselves in it.
// It belongs to the calling OS thread. NULL with errno set: EAGAIN (all arena slots taken), ENOMEM.
struct ps_system *system_create(uint64_t seed);

// Drops arena and journal; runs no code of the system. What parts keep outside the arena (choosers, images,
// sched_destroy, machine_destroy ...) is given back first, from the top down. NULL is ignored.
void system_destroy(struct ps_system *system);

// 0, or what a host call must return: -EPERM on another thread than the owner's, -EFAULT when halted.
int system_check(const struct ps_system *system);

// Aborts the process with one line that names `function`; for NT calls made with no current system.
// ms_abi: see base/hooks.h.
_Noreturn HOOK_ABI void system_missing(const char *function);

static inline struct ps_system *system_here(const char *function)
{
    struct ps_system *system = system_current;

    if (__builtin_expect(!system, 0))
        system_missing(function);
    return system;
}

// The next creation number of a kind, from 1.
static inline uint32_t system_number(struct ps_system *system, enum object_kind kind)
{
    return ++system->created[kind];
}

#endif
