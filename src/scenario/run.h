// SPDX-License-Identifier: MIT
//
// One run of a scenario, between the files that do it. Everything lies in the system's arena; the script's threads
// are system threads. Nothing here is touched by two of them at once: they change at scheduling points only.
#ifndef PORTSIDE_SCENARIO_RUN_H
#define PORTSIDE_SCENARIO_RUN_H

#include "scenario/judge.h"
#include "scenario/private.h"

#include "port/port.h"

// A stream of the script, known by its number, by whichever thread.
struct slot {
    struct ps_stream stream;   // .pin NULL: not open
    struct ps_packet *packets[MOST_IN_FLIGHT];
    unsigned packet_count;
    unsigned users;            // steps that hold packets
    struct judged judged;
    KSRTAUDIO_BUFFER buffer;   // WaveRT
    HANDLE event;
    PKEVENT event_object;
};

struct actor {
    struct run *run;
    const struct script *script; // NULL: the end of the run
    struct sched_thread *thread;
    unsigned pc;
    int64_t loops[MOST_LOOPS];
    unsigned slot;
    bool ended, released;
    enum { ACTOR_RUNS, ACTOR_AWAITS, ACTOR_AT, ACTOR_JOINS } waits;
    unsigned signal;
};

struct run {
    const struct scenario *scenario;
    uint64_t variant;
    struct scenario_conditions conditions;
    struct ps_driver *driver;
    struct ps_system *system;
    struct scenario_outcome outcome;
    bool broken;               // a step failed that need not: under a fault, what follows has lost its ground
    struct actor actors[MOST_THREADS + 1];
    unsigned live;             // threads that have not ended
    bool signals[MOST_SIGNALS];
    struct slot slots[MOST_STREAMS];
    struct judge judge;
    // at.c
    bool marked;
    uint64_t mark, calls;      // where counting began; calls since then
    struct sched_alarm alarm;
    struct hooks hooks;
    const struct hooks *inner; // hooks that were there before
    // steps_device.c
    KMUTEX pnp;                // one at a time: start, removal, power, unload
    unsigned handles;          // files being opened or open
    bool removing;
};

// ---- at.c: the swept place -----------------------------------------------------------------------------

void at_begin(struct run *run);
void at_end(struct run *run);
void at_mark(struct run *run);
// Returns at the place, or false: it is not reached any more.
bool at_wait(struct actor *actor);

// ---- actor.c: threads ------------------------------------------------------------------------------------

// A thread of the run; its entry ends with actor_end. False: no memory.
bool actor_start(struct actor *actor, const char *name, void (*entry)(void *actor));
void actor_script(void *actor);
void actor_end(struct actor *actor);
// Waits until it is released; false if nobody is left who could.
bool actor_wait(struct actor *actor, int waits);

// ---- what steps share ------------------------------------------------------------------------------------

static inline struct slot *slot_of(struct actor *actor)
{
    return &actor->run->slots[actor->slot];
}

// The pin of the actor's stream with a reference for ObDereferenceObject; NULL: not open.
PFILE_OBJECT slot_pin(struct actor *actor);
// A property of that pin: `request` begins with a KSPROPERTY, of which set, id and flags are filled in here.
NTSTATUS slot_property(struct actor *actor, const GUID *set, ULONG id, ULONG flags, void *request,
                       ULONG request_bytes, void *value, ULONG value_bytes);
// Closes the stream if it is open.
NTSTATUS slot_close(struct run *run, struct slot *slot);
// Gives the packets back, those in flight cancelled and waited for; false while a step holds them.
bool slot_drop_packets(struct slot *slot);
// Bytes of a size as scripts have it, in the stream's format: whole frames for a time.
size_t slot_bytes(const struct slot *slot, int64_t size);

// A finding about what the driver did in this run.
__attribute__((format(printf, 3, 4))) void run_finding(struct run *run, const char *rule,
                                                       const char *format, ...);

// Streams of a direction that the driver lets be open at a time, at most MOST_STREAMS. On a system thread.
unsigned traits_streams(struct ps_driver *driver, enum ps_direction direction);

// What a pin's first range of PCM, else of floats, offers that is nearest to 48000 Hz, 2 channels, 16 bits; or, of channels
// and bits, the most.
struct ps_format traits_format(const struct ks_filter *filter, ULONG pin, bool most);

// The end of a run, in a thread of its own: streams, device, driver.
void finish(void *actor);

#endif
