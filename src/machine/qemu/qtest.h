// SPDX-License-Identifier: MIT
//
// The qtest protocol: lines of text through a socket. Commands are answered in order; lines about interrupts come in
// between. A command whose answer nobody waits for is posted: it costs no round trip, and its answer is looked at when
// it comes.
//
// Functions return 0 or a negative errno: -EPIPE (the other end is gone), -ETIMEDOUT, -EPROTO (it does not speak
// qtest, or refused a command). After that the link is of no use.
#ifndef PORTSIDE_MACHINE_QEMU_QTEST_H
#define PORTSIDE_MACHINE_QEMU_QTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qtest {
    int fd;
    int patience;      // ms to wait for an answer
    unsigned posted;   // answers that nobody waits for
    uint64_t commands; // sent so far
    size_t used;
    char in[4096];     // what has come of lines that are not whole yet
    int error;         // that ended it, or 0
    // A line of the interrupt controller changes. Called from within the functions below.
    void (*irq)(void *context, unsigned number, bool level);
    void *context;
};

__attribute__((format(printf, 2, 3))) int qtest_post(struct qtest *link, const char *format, ...);
// Waits for the answer, and so for those of all that was posted; *value: what it says behind OK, or 0.
__attribute__((format(printf, 3, 4))) int qtest_ask(struct qtest *link, uint64_t *value,
                                                    const char *format, ...);
// As qtest_ask, but a refusal is no error: *known tells.
__attribute__((format(printf, 3, 4))) int qtest_try(struct qtest *link, bool *known,
                                                    const char *format, ...);
int qtest_settle(struct qtest *link); // waits for the answers of what was posted
int qtest_look(struct qtest *link);   // takes what has come

// Reads more into `in` of `size` bytes, behind *used; waits up to `patience` ms (0: not at all; then -EAGAIN).
int link_read(int fd, char *in, size_t size, size_t *used, int patience);
int link_write(int fd, const char *text, size_t bytes);

#endif
