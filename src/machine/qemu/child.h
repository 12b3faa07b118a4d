// SPDX-License-Identifier: MIT
//
// QEMU as a child: what it is started with, what it inherits, and that nothing of it is left. It has no files but memory
// (memfds), and dies with its parent.
#ifndef PORTSIDE_MACHINE_QEMU_CHILD_H
#define PORTSIDE_MACHINE_QEMU_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// The numbers that descriptors have inside the child.
enum { CHILD_QTEST = 3, CHILD_MONITOR, CHILD_RAM, CHILD_FIRMWARE, CHILD_SOUND, CHILD_CONFIG, CHILD_FDS_END };

struct child {
    pid_t pid; // 0: none
    int qtest, monitor; // sockets
    int sound;          // memfd: what it plays, as WAV; or what it hears, raw
    int errors;         // memfd: its standard error
    int status;         // waitpid's, once it has ended
};

struct child_options {
    const char *program;
    const char *const *devices; // NULL-ended arguments
    int ram;                    // memfd: guest memory
    uint64_t low, high;         // bytes of it below and above 4 GiB
    bool hears;
    unsigned rate;              // of what it hears
};

// 0 or negative errno: -ENOENT: there is no such program. `child` is to be ended in any case.
int child_start(struct child *child, const struct child_options *options);
// Ends it (SIGTERM, then SIGKILL) unless it has ended, and closes everything.
void child_end(struct child *child);
// True once it has ended by itself.
bool child_has_ended(struct child *child);
// Waits for its end, at most `patience` ms.
void child_await(struct child *child, int patience);
// The line of its standard error that tells most; "" if none does.
void child_complaint(const struct child *child, char *text, size_t size);
// Major version * 100 + minor of a QEMU that would not start otherwise; 0: not known.
unsigned child_ask_version(const char *program);

#endif
