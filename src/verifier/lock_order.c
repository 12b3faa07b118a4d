// SPDX-License-Identifier: MIT
//
// A graph with an edge for each pair "taken while owned". Few locks exist, so it is a plain list of edges; it is
// searched only when an edge is new. Memory that is freed, and a lock that is initialised again, take their edges
// along: the next lock at that address is another one.
#include "verifier/lock_order.h"

#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/finding.h"
#include "base/site.h"
#include "sched/sched.h"

enum { MOST_EDGES = 512, MOST_MUTEXES = 64, CODE_VERIFIER = 0xC4, HIERARCHY = 0x1001 };

struct edge {
    const void *from, *to;               // `to` was taken while `from` was owned
    const void *from_caller, *to_caller; // where each was taken
    bool reached;                        // by the search under way
};

struct owned {
    const void *mutex, *caller;
    uint32_t thread;
};

struct lock_order {
    struct hooks hooks;
    unsigned edge_count, owned_count;
    struct edge edges[MOST_EDGES];
    struct owned owned[MOST_MUTEXES];
};

// ---- cycles --------------------------------------------------------------------------------------------

// Marks the edges that lead on from `from`; an edge that ends at `to`, or NULL.
static const struct edge *find_way(struct lock_order *order, const void *from, const void *to)
{
    bool more = true;

    for (unsigned i = 0; i < order->edge_count; i++)
        order->edges[i].reached = order->edges[i].from == from;
    while (more) {
        more = false;
        for (unsigned i = 0; i < order->edge_count; i++) {
            const struct edge *edge = &order->edges[i];

            if (!edge->reached)
                continue;
            if (edge->to == to)
                return edge;
            for (unsigned j = 0; j < order->edge_count; j++) {
                struct edge *next = &order->edges[j];

                more |= next->from == edge->to && !next->reached;
                next->reached |= next->from == edge->to;
            }
        }
    }
    return NULL;
}

// A mutex is got by a wait, which may end long after its caller began it.
static void describe(const void *caller, char *text, size_t size)
{
    if (caller)
        site_describe(caller, text, size);
    else
        snprintf(text, size, "a wait");
}

static void report(struct ps_system *system, const struct edge *edge, const struct edge *other)
{
    uint32_t first = sched_lock_number(system->sched, edge->from);
    uint32_t second = sched_lock_number(system->sched, edge->to);
    const uint64_t parameters[4] = {HIERARCHY, (uintptr_t)edge->to};
    char taken[80], here[80], there[80];

    describe(edge->from_caller, taken, sizeof(taken));
    describe(edge->to_caller, here, sizeof(here));
    describe(other->to_caller, there, sizeof(there));
    finding_raise_code(system, "VF-32", SIDE_DRIVER, edge->to_caller, CODE_VERIFIER, parameters,
                       "lock %u is taken in %s while lock %u is owned (since %s), but elsewhere lock %u "
                       "was taken in %s on the way from lock %u: the two orders can deadlock",
                       second, here, first, taken, first, there, second);
}

static void add_edge(struct ps_system *system, struct lock_order *order, const struct edge *edge)
{
    const struct edge *back;

    if (edge->from == edge->to)
        return;
    for (unsigned i = 0; i < order->edge_count; i++)
        if (order->edges[i].from == edge->from && order->edges[i].to == edge->to)
            return;
    back = find_way(order, edge->to, edge->from);
    if (order->edge_count < MOST_EDGES)
        order->edges[order->edge_count++] = *edge;
    if (back)
        report(system, edge, back);
}

// ---- what is owned -------------------------------------------------------------------------------------

// Edges from all mutexes of a thread.
static void from_mutexes(struct ps_system *system, struct lock_order *order, uint32_t thread,
                         const void *lock, const void *caller)
{
    for (unsigned i = 0; i < order->owned_count; i++) {
        const struct owned *owned = &order->owned[i];

        if (owned->thread == thread)
            add_edge(system, order,
                     &(struct edge){owned->mutex, lock, owned->caller, caller, false});
    }
}

static void spin_acquired(struct ps_system *system, struct lock_order *order, const void *lock,
                          const void *caller)
{
    const struct processor *processor = system->sched->current;
    const struct sched_thread *thread = processor->thread;
    unsigned count = processor->held_count;

    for (unsigned i = 0; i < count; i++) {
        const struct sched_held *held = &processor->held[i];

        add_edge(system, order,
                 &(struct edge){(const void *)held->lock, lock, held->caller, caller, false});
    }
    if (thread && processor->context_count == 1) // a DPC does not go on with its thread's mutexes
        from_mutexes(system, order, thread->number, lock, caller);
}

static void mutex_acquired(struct ps_system *system, struct lock_order *order, const void *mutex,
                           const void *caller, uint32_t thread)
{
    from_mutexes(system, order, thread, mutex, caller);
    if (order->owned_count < MOST_MUTEXES)
        order->owned[order->owned_count++] = (struct owned){mutex, caller, thread};
}

static void mutex_released(struct lock_order *order, const void *mutex, uint32_t thread)
{
    for (unsigned i = order->owned_count; i-- > 0;)
        if (order->owned[i].mutex == mutex && order->owned[i].thread == thread) {
            order->owned[i] = order->owned[--order->owned_count];
            return;
        }
}

static bool within(const void *lock, const void *base, uint64_t bytes)
{
    return (uintptr_t)lock - (uintptr_t)base < bytes;
}

static void forget(struct lock_order *order, const void *base, uint64_t bytes)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < order->edge_count; i++)
        if (!within(order->edges[i].from, base, bytes) && !within(order->edges[i].to, base, bytes))
            order->edges[kept++] = order->edges[i];
    order->edge_count = kept;
}

// ---- the observer --------------------------------------------------------------------------------------

static void HOOK_ABI observe(const struct hooks *hooks, struct ps_system *system,
                             enum hook_event event, const void *object, uint64_t a, uint64_t b)
{
    struct lock_order *order = hooks->context;

    if (event == HOOK_LOCK_ACQUIRED && !b)
        spin_acquired(system, order, object, (const void *)(uintptr_t)a);
    else if (event == HOOK_MUTEX_ACQUIRED)
        mutex_acquired(system, order, object, (const void *)(uintptr_t)a, (uint32_t)b);
    else if (event == HOOK_MUTEX_RELEASED)
        mutex_released(order, object, (uint32_t)b);
    else if (event == HOOK_FREED)
        forget(order, object, a);
    else if (event == HOOK_LOCK_CREATED)
        forget(order, object, 1);
}

int lock_order_watch(struct ps_system *system)
{
    struct lock_order *order;

    if (system->hooks)
        return -EBUSY;
    order = arena_alloc(system->arena, sizeof(*order));
    if (!order)
        return -ENOMEM;
    order->hooks = (struct hooks){order, observe};
    system->hooks = &order->hooks;
    return 0;
}
