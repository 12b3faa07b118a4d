// SPDX-License-Identifier: MIT
#include "machine/qemu/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/qemu/qtest.h"

// The next line that is no event.
static int next_line(struct monitor *monitor, char *line, size_t size)
{
    for (;;) {
        char *end = memchr(monitor->in, '\n', monitor->used);
        int result = 0;

        if (!end) {
            result = link_read(monitor->fd, monitor->in, sizeof(monitor->in), &monitor->used,
                               monitor->patience);
        } else {
            snprintf(line, size, "%.*s", (int)(end - monitor->in), monitor->in);
            monitor->used -= (size_t)(end + 1 - monitor->in);
            memmove(monitor->in, end + 1, monitor->used);
            if (!strstr(line, "\"event\":"))
                return 0;
        }
        if (result)
            return result;
    }
}

static unsigned number_behind(const char *line, const char *key)
{
    const char *at = strstr(line, key);

    return at ? (unsigned)strtoul(at + strlen(key), NULL, 10) : 0;
}

static int ask(struct monitor *monitor, const char *text, char *line, size_t size)
{
    int result = link_write(monitor->fd, text, strlen(text));

    if (!result)
        result = next_line(monitor, line, size);
    return !result && !strstr(line, "\"return\":") ? -EPROTO : result;
}

int monitor_greet(struct monitor *monitor)
{
    char line[1024];
    int result = next_line(monitor, line, sizeof(line));

    if (result)
        return result;
    if (!strstr(line, "\"QMP\":"))
        return -EPROTO;
    monitor->major = number_behind(line, "\"major\": ");
    monitor->minor = number_behind(line, "\"minor\": ");
    monitor->micro = number_behind(line, "\"micro\": ");
    return ask(monitor, "{\"execute\":\"qmp_capabilities\"}\n", line, sizeof(line));
}

int monitor_command(struct monitor *monitor, const char *command, char *text, size_t size)
{
    char line[1024], request[256];
    int length = snprintf(request, sizeof(request),
                          "{\"execute\":\"human-monitor-command\",\"arguments\":"
                          "{\"command-line\":\"%s\"}}\n",
                          command);
    int result = length < (int)sizeof(request) ? ask(monitor, request, line, sizeof(line)) : -E2BIG;
    const char *said;

    if (result)
        return result;
    said = strstr(line, "\"return\": \"");
    said = said ? said + strlen("\"return\": \"") : "";
    if (*said == '"' || !*said)
        return 0;
    snprintf(text, size, "%.*s", (int)strcspn(said, "\\\""), said);
    return -EREMOTEIO;
}
