// SPDX-License-Identifier: MIT
//
// The port class's record of a system: counters of the run and the policies of docs/deviations.md, set by name
// before a device is started. Lives in the arena.
#ifndef PORTSIDE_PORT_POLICY_H
#define PORTSIDE_PORT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/system.h"

enum mapping_split { SPLIT_NATURAL, SPLIT_EVERY_PAGE, SPLIT_MAX };

// Who hears what WaveCyclic streams copy. `pin`: its creation number. May not call the system.
struct port_listener {
    void *context;
    // So many bytes since STOP are in the cyclic buffer.
    void (*copied)(void *context, uint32_t pin, uint64_t bytes);
    // `bytes` that are no client's were or will be played behind `at` bytes of clients', or were lost behind so many
    // recorded ones. Told again of the same place when it grows.
    void (*gap)(void *context, uint32_t pin, uint64_t at, uint64_t bytes);
};

struct port_class {
    uint64_t mappings;          // GetMapping successes
    enum mapping_split split;   // "mapping-split" (WP-30)
    unsigned cap_pages;         // "mapping-cap": pages a mapping may touch (WP-31)
    bool unchecked;             // "stream-checks" = "off": no tag index, no grants of mappings (speed only)
    uint64_t set_state_limit;   // "setstate-limit": ns that a WaveRT stream's SetState may take (RT-81)
    bool position_lock;         // "position-lock": WaveRT devices have one (RT-87)
    struct list stream_resources; // see wavert_resource.c
    uint64_t gaps;              // under-runs and over-runs of WaveCyclic streams (WC-61, WC-68)
    const struct port_listener *listener; // of the run; NULL: nobody wants to know
    unsigned capture_guard;     // "capture-guard": frames that a WaveCyclic stream stays behind P (WC-65)
    uint32_t common_limit;      // "common-buffer-limit": bytes that a DMA channel's buffer may have (WC-28)
    bool service_in_any_state;  // "service-states" = "any" (WP-74)
    bool idle_power;            // "idle-power": devices without work lose their power (AD-69)
    bool passive_events;        // "position-events" = "passive" (WP-66)
};

// Made on first use; NULL: no memory.
struct port_class *port_class_of(struct ps_system *system);

// 0, -ENOENT (no such policy), -EINVAL (no such value), -ENOMEM.
int policy_set(struct ps_system *system, const char *name, const char *value);

#endif
