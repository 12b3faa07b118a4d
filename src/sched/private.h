// SPDX-License-Identifier: MIT
//
// Between the files of the scheduler; nobody else includes this.
//
// A fiber that does not run is either fresh or inside take_turn(), so every fiber can be told what to
// do next by one order: step, deliver an interrupt, start as a dispatched thread, or think again.
#ifndef PORTSIDE_SCHED_PRIVATE_H
#define PORTSIDE_SCHED_PRIVATE_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/sanitize.h"
#include "base/trace.h"
#include "sched/fiber.h"
#include "sched/sched.h"
#include "sched/trap.h"
#include "sched/watchdog.h"

enum {
    SCHED_MAX_CHOICES = 256, // more are not offered
    SCHED_LOCK_NAMES = 256,  // locks that can have a number; further ones share 0
};

#define SCHED_SLICE 100000u    // ns until another runnable processor gets its turn
#define SCHED_GLANCE 50000u  // ns of costs until real time is looked at again
#define SCHED_QUANTUM 10000000u // ns until another ready thread gets the processor
// Instrumented frames are several times larger.
#define SCHED_STACK_BYTES ((size_t)(__asan_poison_memory_region ? 256 : 64) << 10)

enum order_kind {
    ORDER_THINK, // decide anew (the host let the system run)
    ORDER_STEP,
    ORDER_INTERRUPT,
    ORDER_DISPATCH,
    ORDER_HOST, // nothing to run: back to the host
};

// A decision; the target is an interrupt or a thread.
struct order {
    enum order_kind kind;
    struct processor *processor;
    void *target;
};

// What a restore must not rewind. Not in the arena.
struct sched_outside {
    struct chooser *chooser;
    struct real_clock *clock; // NULL: time is virtual
    struct sched_source *sources;
    struct sched_fiber host;
    struct trap_stack trap;
    struct watchdog watchdog;
    void *escape; // a sigjmp_buf while a stack is looked at (backtrace.c)
    struct choice choices[SCHED_MAX_CHOICES]; // of the point at hand
    void *targets[SCHED_MAX_CHOICES];         // interrupt, thread or deadline of each
};

struct sched_private {
    struct sched_outside *outside;
    struct sched_kernel_ops kernel;
    struct sched_fiber *running; // NULL: the host
    struct sched_fiber idle[SCHED_MAX_PROCESSORS];
    struct order order;          // for the fiber that is switched to
    struct sched_thread *unburied; // freed while it still ran
    struct list ready, threads, interrupts;
    struct sched_alarm *alarm;
    struct sched_deadline **deadlines; // a heap ordered by (due, number)
    size_t deadline_count, deadline_capacity;
    uint64_t until; // of this run
    enum sched_end end;
    bool stop, firing, raises_watched;
    struct visit *visit; // for whoever is switched to (visit.c)
    uint64_t slice_end;
    uint64_t quantum_end[SCHED_MAX_PROCESSORS];
    uintptr_t lock_names[SCHED_LOCK_NAMES]; // address of lock number i + 1
    uint32_t lock_name_count;
};

// choices.c: lists what may happen now, in canonical order: for each processor step, interrupts,
// dispatches; then due deadlines. `fallback` becomes what round-robin takes.
unsigned choices_list(struct sched *sched, unsigned *fallback);
// True if STEP is legal for the processor.
bool processor_can_step(const struct sched *sched, const struct processor *processor);
// DPCs wait that may run now.
bool processor_can_drain(const struct processor *processor);
bool processor_is_idle(const struct processor *processor);
// Until when a scheduling point need not look closer.
uint64_t choices_quiet_until(const struct sched *sched);

// turn.c: returns when the running fiber may go on.
void take_turn(struct sched *sched);
// Between the contexts of a processor and its idle loop.
void idle_main(void *argument);
void switch_to_host(struct sched *sched, enum sched_end end);

// visit.c: what a fiber does first when it is switched to while somebody visits.
void visit_answer(struct sched *sched);
// The thread whose stack is visited, or NULL.
const struct sched_thread *visit_thread(const struct sched *sched);

// thread.c
void thread_bind(struct sched *sched, struct processor *processor, struct sched_thread *thread);
void thread_bury(struct sched *sched);

// deadline.c
struct sched_deadline *deadline_first(const struct sched *sched);
void deadline_fire(struct sched *sched, struct sched_deadline *deadline);
// The time to jump to while nothing runs.
uint64_t deadlines_latest(const struct sched *sched);
// After a jump: fires those that waited because nothing ran.
void deadlines_catch_up(struct sched *sched);
// source.c: what has come from outside, and what time it is there.
void sources_look(struct sched *sched);
// alarm.c: fires the alarm if its point has come.
void alarm_look(struct sched *sched);
// Up to `capacity` due ones in order.
unsigned deadlines_due(const struct sched *sched, void **out, unsigned capacity);

// lock.c: halts if this processor's wait closes a cycle.
void lock_check_cycle(struct sched *sched, struct processor *processor);
_Noreturn void lock_report_standstill(struct sched *sched, struct processor *processor);

// backtrace.c: return addresses of the running fiber, innermost first; how many. The stack ends at
// fiber_birth, so what a DPC or an ISR has interrupted is part of it. Also from a signal handler.
size_t backtrace_take(const struct sched *sched, const void **frames, size_t most);
// For the fault handler: if the fault came from looking at a broken stack, does not return.
void backtrace_escape(const struct sched *sched);

// describe.c
void describe_install(void);
void trace_context(struct sched *sched, struct processor *processor, char phase, const char *name,
                   uint32_t number);

#endif
