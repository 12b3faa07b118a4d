// SPDX-License-Identifier: MIT
//
// QEMU's monitor protocol, as far as it is needed: the greeting's version, and commands of the human monitor.
#ifndef PORTSIDE_MACHINE_QEMU_MONITOR_H
#define PORTSIDE_MACHINE_QEMU_MONITOR_H

#include <stddef.h>

struct monitor {
    int fd;
    int patience; // ms
    size_t used;
    char in[8192];
    unsigned major, minor, micro;
};

// Takes the greeting. 0, -EPIPE, -ETIMEDOUT, -EPROTO.
int monitor_greet(struct monitor *monitor);
// A command of the human monitor; -EREMOTEIO: it answered something, which is in `text`.
int monitor_command(struct monitor *monitor, const char *command, char *text, size_t size);

#endif
