/* SPDX-License-Identifier: MIT */
/*
 * A system: one Windows machine in this process, with its memory, devices, drivers and virtual time.
 *
 * A system belongs to the OS thread that created it (other threads get -EPERM); several systems may live in
 * one process. Functions return 0 (or a count) or a negative errno; ps_error_text() then says in one line
 * what, where and what to do. A driver that breaks beyond repair halts its system, never the process:
 * calls then return -EFAULT, and only findings, trace and destroy are of use.
 */
#ifndef PORTSIDE_SYSTEM_H
#define PORTSIDE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <portside/device.h>
#include <portside/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ps_system;

/* How the machine hands out physical pages. */
enum ps_memory { PS_MEMORY_SCATTERED, PS_MEMORY_CONTIGUOUS, PS_MEMORY_FRAGMENTED };

/* Who runs next: fixed turns, or drawn from the seed. */
enum ps_schedule { PS_SCHEDULE_TURNS, PS_SCHEDULE_RANDOM };

struct ps_options {
    unsigned processors;         /* virtual processors; 0: 2 */
    uint64_t seed;               /* decides layouts, fill patterns, random schedules */
    enum ps_memory memory;
    enum ps_schedule schedule;
    uint64_t tick_ns;            /* kernel timer tick; 0: 1 ms */
    unsigned map_budget;         /* most mmap'ed pieces; 0: half of vm.max_map_count */
    unsigned watchdog_ms;        /* CPU time without a scheduling point that halts; 0: 2000 */
    unsigned patience_ms;        /* how long a device may stand still, or another process say nothing; 0: 10000 */
    const char *machine;         /* "sim" (NULL), "sim:quirks=qemu", "qemu"; see docs/qemu.md */
    bool real_clock;             /* time is the wall clock's; else virtual, where the machine can do that */
    unsigned sound_rate;         /* "qemu": Hz of the sound that its device hears; 0: 48000 */
    bool sound_in;               /* "qemu": it hears; else it plays */
};

/* `options` NULL: all defaults. */
PS_API int ps_system_create(const struct ps_options *options, struct ps_system **out);

/* Runs no driver code; every handle of the system dies. NULL is ignored. */
PS_API void ps_system_destroy(struct ps_system *system);

/* Why the last call of this OS thread failed: one line without a newline, "" if none did. */
PS_API const char *ps_error_text(void);

/* Sets a policy by name ("mapping-split" = "split-every-page", "merge-natural", "merge-max"; see docs/deviations.md): -ENOENT for an
 * unknown name, -EINVAL for an unknown value. Before the device is started. */
PS_API int ps_policy_set(struct ps_system *system, const char *name, const char *value);

/* A device model that comes with Portside ("ac97"); NULL: none of that name. */
PS_API const struct ps_device_ops *ps_model_find(const char *name);

/* The model that a driver is for, as far as its name tells ("ac97-rt" is for "ac97"); else, as for a path, the AC'97. */
PS_API const struct ps_device_ops *ps_model_of_driver(const char *driver);

/* Puts a device on the bus, or one like it where devices are not Portside's; its index, from 0. -EHOSTDOWN: the machine
 * cannot be had, or is no more (also from calls that run the system). */
PS_API int ps_device_attach(struct ps_system *system, const struct ps_device_ops *model);

/* The registry's keys and values from a file in the text form of .reg files (see docs/registry.md), added to those
 * there are: -ENOENT, -EBADMSG with the line, ... And all of it into a file, which is replaced as a whole. */
PS_API int ps_registry_load(struct ps_system *system, const char *path);
PS_API int ps_registry_save(struct ps_system *system, const char *path);

/* The folder in which drivers' files are kept: a.wav on drive C is FOLDER/C/a.wav. Without one they are in the machine's
 * memory, which is empty at first and goes with the system. */
PS_API int ps_files_set(struct ps_system *system, const char *folder);

/* How many files drivers made in that memory, and their bytes. */
PS_API void ps_files_in_memory(const struct ps_system *system, size_t *count, uint64_t *bytes);

/* Virtual nanoseconds since the system began. */
PS_API uint64_t ps_now(const struct ps_system *system);

/* True once a stop froze the system. */
PS_API bool ps_halted(const struct ps_system *system);

/* ---- the machine and its time -------------------------------------------------------------------------- */

struct ps_machine_info {
    const char *text;            /* "QEMU 7.2.22, accelerator tcg: time is real", ""; valid as long as the system */
    bool real;                   /* time is the wall clock's */
    uint64_t commands;           /* sent to another process so far */
};
/* After the device was attached. */
PS_API void ps_machine_get(const struct ps_system *system, struct ps_machine_info *out);

/* How late what was due was served, in real time. */
struct ps_service {
    uint64_t wakes;
    uint64_t p50_ns, p99_ns, p999_ns, worst_ns; /* half of the wakes were not later than p50_ns; and so on */
};
/* False: time is virtual, nothing is late. */
PS_API bool ps_service_get(const struct ps_system *system, struct ps_service *out);

/* ---- code inside the system --------------------------------------------------------------------------- */

/* Runs `function` on a new system thread (PASSIVE_LEVEL) until it returns; its return value, -EFAULT if the
 * system halted, -EDEADLK if nothing could run any more. The calls of <portside/stream.h> marked "thread"
 * may be used inside. The stack has 256 KiB. */
PS_API int ps_call(struct ps_system *system, const char *name,
                   int (*function)(struct ps_system *system, void *context), void *context);

/* Inside ps_call: lets virtual time pass for this thread. */
PS_API int ps_sleep(struct ps_system *system, uint64_t ns);

/* ---- findings and trace ------------------------------------------------------------------------------- */

enum ps_side { PS_SIDE_DRIVER, PS_SIDE_CLIENT, PS_SIDE_DEVICE, PS_SIDE_PORT };

struct ps_finding {
    const char *rule;        /* "WP-45" */
    enum ps_side side;       /* who broke it */
    bool remark;             /* a warning: nothing has failed for it */
    uint32_t code;           /* Windows' bug-check code, or 0 */
    uint64_t parameters[4];
    const char *text;        /* one line */
    const char *where;       /* "mydriver.c:412 in service", or module+offset; "" if not in a driver */
    const char *lock;        /* where the spin lock taken last and still owned was taken; "" if none */
    unsigned frames;         /* of its call stack: ps_finding_frame */
    uint64_t time_ns;
    unsigned irql, processor, repeats;
    const char *thread;
};

PS_API size_t ps_finding_count(const struct ps_system *system);
/* Valid until the next call of this function or the system's end. -ERANGE. */
PS_API int ps_finding_get(struct ps_system *system, size_t index, struct ps_finding *out);
/* One frame of the call stack of finding `index`, 0 the innermost; what a DPC or an ISR has interrupted comes
 * after it. 1: code of a driver, `text` says where as `where` does; 0: code of Portside, "". -ERANGE. */
PS_API int ps_finding_frame(struct ps_system *system, size_t index, unsigned frame, char *text,
                            size_t size);

/* Chrome trace JSON (opens in the Perfetto UI) to `file`, which stays the caller's. */
PS_API int ps_trace_start(struct ps_system *system, FILE *file);
PS_API int ps_trace_stop(struct ps_system *system);

/* ---- snapshots ---------------------------------------------------------------------------------------- */

struct ps_snapshot;

/* Keeps the whole system as it is; restore puts it back in place, halted or not. Drivers loaded since then are gone,
 * streams opened since then must not be used; drivers that it knows must still be loaded. Not from inside
 * ps_call. */
PS_API int ps_snapshot_take(struct ps_system *system, struct ps_snapshot **out);
PS_API int ps_snapshot_restore(struct ps_system *system, const struct ps_snapshot *snapshot);
PS_API void ps_snapshot_free(struct ps_snapshot *snapshot);

/* ---- leaks -------------------------------------------------------------------------------------------- */

struct ps_counts {
    size_t pool_blocks, pool_bytes, pages, views, grants;
    size_t mdls, irps, files, devices, threads, interfaces, descriptors;
};
PS_API void ps_counts_get(struct ps_system *system, struct ps_counts *out);

/* Makes allocation number `at` (from 1) fail, once or from there on; 0: none. Returns through `reached` how
 * many allocations were asked for since the last call. */
PS_API void ps_fault_set(struct ps_system *system, uint64_t at, bool for_good, uint64_t *reached);

#ifdef __cplusplus
}
#endif

#endif
