// SPDX-License-Identifier: MIT
//
// The scheduler: virtual processors, threads as fibers, interrupts, deadlines and virtual time on one
// OS thread.
//
// A processor has one IRQL and one current fiber (a thread's or its own idle fiber). DPCs and ISRs run
// nested on that fiber's stack, as on hardware, above what they interrupt; only the top of this stack
// of contexts runs. At each scheduling point the chooser picks: step a processor; deliver an interrupt
// to one whose IRQL allows it; dispatch a ready thread on one below DISPATCH_LEVEL; fire a due deadline.
// A contended lock makes its processor not runnable until release; nobody spins.
//
// Time: nanoseconds, virtual unless a real clock is in use (real_clock.h; then waiting is real, and costs only order what
// falls between two looks at it). Every scheduling point costs a little (sched_costs), so polling loops end;
// when nothing is runnable, time jumps to the next deadline. Nothing runnable and no deadline while a
// lock is waited for is a finding that names each waiter and holder.
//
// Everything here lives in the system's arena except the chooser. One OS thread; no locks.
#ifndef PORTSIDE_SCHED_SCHED_H
#define PORTSIDE_SCHED_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hooks.h"
#include "base/list.h"
#include "base/system.h"
#include "sched/chooser.h"
#include "sched/real_clock.h"

enum {
    SCHED_MAX_PROCESSORS = 8,
    SCHED_MAX_HELD = 32, // spin locks one processor may own at a time
    SCHED_MAX_CONTEXTS = 20,
};

// IRQL values as Windows x64 has them.
enum {
    IRQL_PASSIVE = 0,
    IRQL_APC = 1,
    IRQL_DISPATCH = 2,
    IRQL_DEVICE_FIRST = 3,
    IRQL_DEVICE_LAST = 11,
    IRQL_HIGH = 15,
};

#define SCHED_NEVER UINT64_MAX

enum sched_cost {
    COST_SERVICE,  // a kernel service: 50 ns
    COST_IRQL,     // an IRQL change: 10 ns
    COST_LOCK,     // a lock taken or dropped: 20 ns
    COST_CALL,     // a call across the port/miniport line: 20 ns
    COST_PORT_IO,  // 1 us
    COST_MMIO,     // 200 ns
    COST_KINDS
};

// What runs on a processor, lowest first; [0] is the thread or idle.
enum context_kind { CONTEXT_IDLE, CONTEXT_THREAD, CONTEXT_DPC, CONTEXT_ISR };

struct sched_context {
    uint8_t kind;
    uint8_t irql_before; // IRQL to return to
    uint32_t object;     // creation number of thread, DPC or interrupt
};

// A spin lock that a processor owns (VF-2, deadlock findings need it at all times).
struct sched_held {
    volatile uintptr_t *lock;
    const void *caller; // where it was taken
};

struct sched_thread;
struct sched_fiber;

struct processor {
    uint8_t number;
    uint8_t irql;
    uint8_t context_count;
    uint8_t held_count;
    uint32_t deferred;                 // DPCs queued here; kept by the kernel (sched_deferred_changed)
    struct sched_thread *thread;       // NULL: idle
    struct sched_fiber *fiber;         // current one: the thread's or the idle fiber
    volatile uintptr_t *waiting_lock;  // not runnable until it is released
    const void *waiting_caller;
    uint64_t stalled_until;            // busy in sched_stall until then (0: not)
    uint64_t frozen_until;             // does nothing, whatever comes, until then (the chooser said so)
    struct sched_context contexts[SCHED_MAX_CONTEXTS];
    struct sched_held held[SCHED_MAX_HELD];
};

// `struct processor *` and sched->current are good until the next scheduling point only: below
// DISPATCH_LEVEL a thread may go on on another processor.

struct sched_fault {
    const void *address, *instruction;
    bool write;
};

// What a fault on a page that the kernel took away comes to: it is there again, so the instruction is repeated; or
// nobody may touch it now, which no handler catches.
enum sched_page { SCHED_PAGE_NONE, SCHED_PAGE_IN, SCHED_PAGE_OUT };

// Supplied by the kernel: runs the DPCs queued on the current processor until none is left (called at
// IRQL_DISPATCH in a DPC context, on the current fiber).
struct sched_kernel_ops {
    void (*run_deferred)(struct ps_system *system, struct processor *processor);
    // A fault of a fiber's code, in its signal handler; returns if it is none that the kernel knows about.
    void (*faulted)(struct ps_system *system, const struct sched_fault *fault);
    enum sched_page (*page_fault)(struct ps_system *system, const struct sched_fault *fault);
    // While raises are watched: code is about to go on at IRQL >= DISPATCH_LEVEL.
    void (*raised)(struct ps_system *system);
    // A run has ended: the host may look at everything.
    void (*rested)(struct ps_system *system);
};

struct sched_options {
    unsigned processors;    // 1..SCHED_MAX_PROCESSORS
    struct chooser *chooser; // owned by the caller, outlives the scheduler
    uint64_t tick;          // ns; clock interrupt for kernel timers (default 1 ms)
};

// The fields a hot path reads come first.
struct sched {
    uint64_t now;          // virtual ns since boot
    uint64_t attention_at; // a scheduling point at or after this time must look closer; 0: always
    struct processor *current;
    struct ps_system *system;
    uint64_t points;       // scheduling points passed
    uint32_t asserted;     // interrupt lines that are high
    uint64_t tick;
    unsigned processor_count;
    struct processor processors[SCHED_MAX_PROCESSORS];
    struct sched_private *private;
};

extern const uint32_t sched_costs[COST_KINDS]; // ns

// 0 or negative errno; sets system->sched. Called from the host's stack.
int sched_create(struct ps_system *system, const struct sched_options *options);
void sched_destroy(struct ps_system *system);
void sched_set_kernel(struct sched *sched, const struct sched_kernel_ops *ops);
// Whether the kernel's `raised` is to be called. Any IRQL; every scheduling point is looked at then.
void sched_watch_raises(struct sched *sched, bool watch);
// Between runs only (from the host's stack). A restore does not change the chooser.
void sched_set_chooser(struct sched *sched, struct chooser *chooser);
// Ends a run in which no scheduling point was passed for so much CPU time (a finding, "not step-exact").
// 0: never. Default 2,000 ms. Between runs only.
void sched_set_watchdog(struct sched *sched, unsigned milliseconds);
// From now on all runs together may take so much CPU time; then a scheduling point raises BUDGET, which stops. 0: any
// (the default). Counted by the watchdog's ticks. Between runs only.
void sched_set_budget(struct sched *sched, unsigned milliseconds);

// ---- scheduling points -------------------------------------------------------------------------

// ms_abi so that hot ms_abi methods need not save xmm6-15. May switch fibers, run ISRs, DPCs, fire
// deadlines; may not return if the system halts.
HOOK_ABI void sched_look(struct sched *sched);

// The first half of a scheduling point. False: sched_look must follow.
static inline bool sched_pass(struct sched *sched, enum sched_cost cost)
{
    sched->points++;
    sched->now += sched_costs[cost];
    return sched->now < sched->attention_at;
}

// Costs time and lets the chooser decide. Callable only on a fiber of the system; from the host's
// stack it only adds the cost. Any IRQL.
static inline void sched_point(struct sched *sched, enum sched_cost cost)
{
    if (__builtin_expect(!sched_pass(sched, cost), 0))
        sched_look(sched);
}

// ---- IRQL ----------------------------------------------------------------------------------------

static inline uint8_t sched_irql(const struct sched *sched)
{
    return sched->current->irql;
}

// Raises and returns the old level; `irql` >= current (checked by the kernel). A scheduling point.
static inline uint8_t sched_raise(struct sched *sched, uint8_t irql)
{
    uint8_t before;

    sched_point(sched, COST_IRQL);
    before = sched->current->irql;
    sched->current->irql = irql;
    return before;
}

// Lowers to `irql`: pending interrupts above it become deliverable, and below IRQL_DISPATCH the DPC queue
// is drained before it returns (SV-4). A scheduling point.
static inline void sched_lower(struct sched *sched, uint8_t irql)
{
    sched->current->irql = irql;
    if (__builtin_expect(sched->asserted | sched->current->deferred, 0))
        sched->attention_at = 0;
    sched_point(sched, COST_IRQL);
}

// ---- spin locks ------------------------------------------------------------------------------------
// The lock word is 0 when free, else 1 + the owner's processor number. The caller has raised IRQL.

// The slow paths of what follows: the lock is taken or too many are owned; not the last one taken.
HOOK_ABI void sched_lock_wait(struct sched *sched, volatile uintptr_t *lock, const void *caller);
HOOK_ABI bool sched_lock_release_any(struct sched *sched, volatile uintptr_t *lock);

// Takes a free lock; false if it is not free or no room to note it is left.
static inline bool sched_lock_take(struct sched *sched, volatile uintptr_t *lock, const void *caller)
{
    struct processor *processor = sched->current;

    if (__builtin_expect(*lock != 0 || processor->held_count == SCHED_MAX_HELD, 0))
        return false;
    *lock = 1u + processor->number;
    processor->held[processor->held_count++] = (struct sched_held){lock, caller};
    return true;
}

// Waits until the lock is ours. Acquiring an own lock again is a finding (VF-31) that stops, as are a
// cycle of waiters (VF-32) and more than SCHED_MAX_HELD locks at once. A scheduling point.
static inline void sched_lock_acquire(struct sched *sched, volatile uintptr_t *lock,
                                      const void *caller)
{
    sched_point(sched, COST_LOCK);
    if (__builtin_expect(!sched_lock_take(sched, lock, caller), 0))
        sched_lock_wait(sched, lock, caller);
}

// True if the lock was free and is ours now. A scheduling point.
static inline bool sched_lock_try(struct sched *sched, volatile uintptr_t *lock, const void *caller)
{
    sched_point(sched, COST_LOCK);
    return sched_lock_take(sched, lock, caller);
}

// False if the current processor does not own it (the caller reports). Else a scheduling point.
static inline bool sched_lock_release(struct sched *sched, volatile uintptr_t *lock)
{
    struct processor *processor = sched->current;
    unsigned last = processor->held_count - 1u;

    if (__builtin_expect(last >= SCHED_MAX_HELD || processor->held[last].lock != lock, 0))
        return sched_lock_release_any(sched, lock);
    processor->held_count = (uint8_t)last;
    *lock = 0;
    sched_point(sched, COST_LOCK);
    return true;
}

// The entry of the current processor's list for `lock`, or NULL.
const struct sched_held *sched_lock_held(const struct sched *sched, const volatile uintptr_t *lock);

// The number by which findings and the trace name a lock, given out at the first question.
uint32_t sched_lock_number(struct sched *sched, const volatile uintptr_t *lock);

// ---- DPCs ------------------------------------------------------------------------------------------

// The kernel changed processor->deferred: it becomes runnable, drained when its IRQL allows.
void sched_deferred_changed(struct sched *sched, struct processor *processor);

// ---- interrupts ------------------------------------------------------------------------------------

struct sched_interrupt {
    struct list link;
    uint32_t number;    // creation number
    uint8_t irql;
    bool asserted;      // the line's level, set by the machine
    bool masked;        // not delivered while true (nothing connected, or found spurious)
    bool in_service;
    bool edge;          // a message: low again as soon as it is delivered
    void *context;
    // Runs the service routines on the current processor at `irql`, in an ISR context.
    void (*deliver)(struct sched_interrupt *interrupt);
};

void sched_interrupt_add(struct sched *sched, struct sched_interrupt *interrupt);
void sched_interrupt_remove(struct sched *sched, struct sched_interrupt *interrupt);
// Sets the level; on assert the interrupt becomes deliverable to any processor whose IRQL is lower.
// Delivered again after its service if still asserted. Legal from deadline callbacks and models.
void sched_interrupt_assert(struct sched *sched, struct sched_interrupt *interrupt, bool level);

// ---- deadlines -------------------------------------------------------------------------------------

struct sched_deadline {
    uint64_t due;       // ns
    uint64_t latest;    // `due`, or how long it may wait while nothing runs
    uint32_t number;    // creation number (0 until first set)
    uint32_t slot;      // place in the heap + 1; 0: not armed
    void *context;
    // Runs on whichever fiber reached the point, outside any processor's context: must not block, must
    // not call driver code; sets interrupts, queues DPCs, readies threads, sets deadlines.
    void (*fire)(struct sched_deadline *deadline);
};

// Arms or re-arms; a `due` in the past fires at the next scheduling point. 0 or -ENOMEM.
int sched_deadline_set(struct sched *sched, struct sched_deadline *deadline, uint64_t due);
// For what only running code could see: where nothing can run from `due` on, time goes on without it until `latest`,
// or until something may run; it fires before that does. Many small steps of a device become one.
int sched_deadline_set_lazily(struct sched *sched, struct sched_deadline *deadline, uint64_t due, uint64_t latest);
// True if it was armed.
bool sched_deadline_cancel(struct sched *sched, struct sched_deadline *deadline);

// ---- alarms ----------------------------------------------------------------------------------------

// At scheduling point number `point` (sched->points), before anything is chosen there: "at this very place of the
// code", where a deadline is "at this moment".
struct sched_alarm {
    uint64_t point;
    void *context;
    void (*fire)(struct sched_alarm *alarm); // as a deadline's; the alarm is no longer set
};

// One at a time; NULL: none. While one is set every scheduling point is looked at, whatever the chooser.
void sched_alarm_set(struct sched *sched, struct sched_alarm *alarm);

// Keeps the current processor busy for `ns` while others run and interrupts preempt. Any IRQL.
void sched_stall(struct sched *sched, uint64_t ns);

// ---- outside the system ----------------------------------------------------------------------------

// What a machine outside this process has to say. Not in the arena.
struct sched_source {
    struct sched_source *next;
    int fd;          // ends a wait of the real clock when it is ready; -1: none
    uint32_t events; // for what, as poll's; 0: reading
    uint32_t ready;  // of them, what has ended waits; whoever acts on it clears it
    void *context;
    // At each choice, before it is made; as a deadline's `fire`. Takes what has come, without waiting for more.
    void (*look)(struct sched_source *source);
};

// Before the first run, and before sources are added. 0 or negative errno.
int sched_use_real_clock(struct sched *sched);
bool sched_is_real(const struct sched *sched);
// False: time is virtual.
bool sched_service(const struct sched *sched, struct real_clock_service *out);
// How long what was due waited at most since sched_lateness_begin, and since when; zeros where time is virtual.
void sched_lateness_begin(struct sched *sched);
struct real_clock_stall sched_lateness(const struct sched *sched);
// 0 or negative errno (-EPERM: its descriptor is always ready, so nobody can wait for it).
int sched_source_add(struct sched *sched, struct sched_source *source);
void sched_source_remove(struct sched *sched, struct sched_source *source);

// ---- threads ---------------------------------------------------------------------------------------

struct sched_thread {
    struct list link;       // ready list, while ready
    struct list all;        // every thread of the system, in order of creation
    uint32_t number;
    bool ready, finished;
    bool started;
    bool blocked;           // in sched_block
    bool woken;             // made ready before it blocked
    struct sched_fiber *fiber;
    const char *name;       // static or in the arena
    const char *waiting_for; // while blocked: for the finding that names each waiter
    uint32_t waiting_number; // creation number of that object
    uint8_t irql;           // IRQL kept while switched out (PASSIVE or APC)
    void (*entry)(void *argument);
    void *argument;
    void *kernel;           // the kernel's record (KTHREAD side)
    void *host;             // the host's record
};

// A thread ready to run `entry(argument)` at PASSIVE_LEVEL; ends when entry returns. NULL: no memory.
// `stack_bytes` 0: default (64 KiB; 256 under ASan). The thread stays valid until sched_thread_free.
struct sched_thread *sched_thread_create(struct sched *sched, const char *name,
                                         void (*entry)(void *argument), void *argument,
                                         size_t stack_bytes);
void sched_thread_free(struct sched *sched, struct sched_thread *thread); // finished, or never run
struct sched_thread *sched_thread_current(const struct sched *sched);     // NULL in idle or on the host

// The current thread is not runnable until sched_ready. IRQL < DISPATCH. Between the caller's putting
// itself on a wait list and this call another processor may run only at scheduling points; a sched_ready
// that comes there is kept, and sched_block then returns at once. So callers wait in a loop on a condition of
// their own. A thread's sched_ready for itself does nothing.
void sched_block(struct sched *sched, const char *what, uint32_t number);
void sched_ready(struct sched *sched, struct sched_thread *thread); // any IRQL
_Noreturn void sched_thread_exit(struct sched *sched);

// ---- the host --------------------------------------------------------------------------------------

enum sched_end {
    SCHED_STOPPED, // sched_stop was called
    SCHED_QUIET,   // nothing runnable, no deadline, no lock waited for
    SCHED_HALTED,  // a stop froze the system
    SCHED_BUDGET,  // virtual time reached `until`
};

// Runs the system from the host's stack.
enum sched_end sched_run(struct sched *sched, uint64_t until);
// From a fiber or a deadline callback: sched_run returns at the next scheduling point.
void sched_stop(struct sched *sched);
// From a fiber (or a signal handler on one): freezes everything and switches to the host without
// unwinding. From the host's stack: only marks the system halted and returns.
void sched_halt(struct sched *sched);
// True while code runs on one of this system's fibers.
bool sched_on_fiber(const struct sched *sched);
// True if `address` lies in a stack of this system (for the fault handler).
bool sched_owns_stack(const struct sched *sched, const void *address);

// Calls `visit` on the stack of a thread that does not run now, as if it did, for its findings and its call stack
// (sched_stack). It must not pass a scheduling point; it may halt. False: the thread never began, or has ended. From the
// host's stack.
bool sched_visit(struct sched *sched, struct sched_thread *thread, void (*visit)(void *context), void *context);
// All threads, in order of creation: the one behind `thread`, or the first for NULL; NULL at the end.
struct sched_thread *sched_next_thread(const struct sched *sched, const struct sched_thread *thread);
// Return addresses of the calling fiber, innermost first; how many.
size_t sched_stack(const struct sched *sched, const void **frames, size_t most);

// One line per waiter: "thread 3 \"client\" waits for event 7" / "processor 1 waits for lock 2, taken
// by processor 0". Returns the length it wanted, as snprintf.
size_t sched_describe_waits(const struct sched *sched, char *text, size_t size);

#endif
