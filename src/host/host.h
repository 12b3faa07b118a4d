// SPDX-License-Identifier: MIT
//
// The front door's own record of a system, shared by the files of this folder. Lives outside the arena.
//
// Two kinds of stack: the host's own, on which the public functions run and on which sources and sinks are
// called, and the fibers of the system. When code on a fiber needs the host (a source ran dry, a sink's
// buffer is full) it sets a flag and calls sched_stop; host_run serves it and goes on.
#ifndef PORTSIDE_HOST_HOST_H
#define PORTSIDE_HOST_HOST_H

#include <portside/portside.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/trace.h"
#include "kernel/kernel.h"
#include "loader/image.h"
#include "sched/chooser.h"
#include "sched/sched.h"

struct sound;

struct finding_texts {
    char text[1024], where[160], lock[160];
};

struct host {
    struct ps_system *system;
    struct chooser *chooser;
    struct fault_plan fault;
    struct machine_options machine;
    struct ps_driver *drivers;  // singly linked
    struct sound *sound;        // of the run in progress, or NULL
    unsigned watchdog_ms;
    unsigned patience_ms;       // how long a run may stand still
    struct finding_texts texts; // what ps_finding_get returned last
    char level_text[80];        // how the last run's sound differed, if by its level
};

struct ps_driver {
    struct ps_driver *next;
    struct ps_system *system;
    struct image *image;
    PDRIVER_OBJECT object;
    PDEVICE_OBJECT pdo;         // NULL before start
    NTSTATUS refusal;           // what DriverEntry or the start has just failed with, until it is told
    char *inf;                  // the INF file beside the image (defaults.c); NULL: there is none
    size_t inf_bytes;
    char inf_path[512];
    bool keeps; // controls that clients set are kept in the registry (keep.c)
};
// object and pdo are a snapshot source; a driver loaded after a snapshot is forgotten by its restore.
void driver_forget(struct ps_driver *driver);
// What unloading is made of, on a system thread: the device goes; then DriverUnload and the leak checks, and the
// image stays mapped, for a restore that brings the driver back.
NTSTATUS driver_remove(struct ps_driver *driver, bool surprise);
NTSTATUS driver_finish(struct ps_driver *driver);

// The image is about to go: findings in it remember their places.
void host_note_places(struct ps_system *system, struct image *image);

// Keeps one line for ps_error_text and returns `error` (negative errno).
__attribute__((format(printf, 2, 3))) int host_error(int error, const char *format, ...);

// Code of one of the system's drivers.
bool host_is_driver(const struct ps_system *system, const void *address);

// "stream.c:412 in stream_service", or image and offset; false, and "": no driver's. `is_return` as in source_lines.h. On
// the host's own stack.
bool host_describe(const struct ps_system *system, const void *address, bool is_return, char *text, size_t size);
// The first return address that is of a driver's own code, not of what C++ brings along (lib/stdunk); or NULL. There, too.
const void *host_own_frame(const struct ps_system *system, const void *const *stack, unsigned depth);

// How a driver's routine that returned `status` came to it: "StartDevice (adapter.c:40 in start_device) returned
// STATUS_NO_MEMORY, as ... did at ...". There, too.
void host_explain_failure(const struct ps_system *system, NTSTATUS status, char *text, size_t size);

// Who waits for what, in one line; workers that wait for work are left out.
void host_describe_waits(const struct ps_system *system, char *text, size_t size);

// Calls `raise` where the fault of a standstill is told best: on the stack of `first`, or else of the first thread that
// stands inside a driver; without any, where the caller is. From the host's stack; `raise` may halt.
void host_blame(struct ps_system *system, struct sched_thread *first, void (*raise)(void *context), void *context);

// 0; -EPERM on a foreign thread; -EFAULT when halted.
int host_enter(struct ps_system *system);

// Runs `function` on a system thread and waits for it.
int host_call(struct ps_system *system, const char *name, int (*function)(void *), void *context);

#endif
