// SPDX-License-Identifier: MIT
//
// The one narrow table through which the verifier observes port and kernel. `system->hooks` is NULL
// while nobody observes; a hot path then pays one predicted branch. The hook is ms_abi: a SysV callee
// would force ten xmm saves into every ms_abi method that can reach it.
#ifndef PORTSIDE_BASE_HOOKS_H
#define PORTSIDE_BASE_HOOKS_H

#include <stdint.h>

#ifdef __x86_64__
#define HOOK_ABI __attribute__((ms_abi))
#else
#define HOOK_ABI
#endif

struct ps_system;

enum hook_event {
    HOOK_PORT_ENTER,      // a miniport called a port method: object = port object, a = method, b = caller
    HOOK_MINIPORT_ENTER,  // the port calls a miniport method: object = stream, a = method
    HOOK_MINIPORT_LEAVE,  // and it returned: a = method, b = status
    HOOK_MAPPED,          // GetMapping succeeded: object = stream, a = tag, b = physical address
    HOOK_RELEASED,        // ReleaseMapping: object = stream, a = tag, b = status
    HOOK_REVOKED,         // RevokeMappings returned: a = listed, b = counted
    HOOK_LOCK_ACQUIRED,   // a spin lock by the current processor: object = lock, a = caller, b = 1: only tried
    HOOK_LOCK_RELEASED,   // object = lock, a = caller
    HOOK_LOCK_CREATED,    // initialised: object = lock; what was known of this place is over
    HOOK_MUTEX_ACQUIRED,  // a mutex or fast mutex: object, a = caller or 0, b = number of the thread that owns it now
    HOOK_MUTEX_RELEASED,  // object, b = number of the thread that owned it
    HOOK_ALLOCATED,       // object = block, a = bytes, b = tag
    HOOK_FREED,           // object = block, a = bytes
};

struct hooks {
    void *context;
    void(HOOK_ABI *event)(const struct hooks *hooks, struct ps_system *system,
                          enum hook_event event, const void *object, uint64_t a, uint64_t b);
};

#define HOOK(system, what, object, a, b)                                                               \
    do {                                                                                               \
        const struct hooks *hooks_ = (system)->hooks;                                                  \
        if (__builtin_expect(hooks_ != 0, 0))                                                          \
            hooks_->event(hooks_, (system), (what), (object), (uint64_t)(a), (uint64_t)(b));           \
    } while (0)

#endif
