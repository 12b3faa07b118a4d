// SPDX-License-Identifier: MIT
#include "machine/qemu/qtest.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    LONGEST = 128,    // bytes of a command
    MOST_POSTED = 64, // so that answers never fill the socket
};

// ---- bytes ----------------------------------------------------------------------------------

int link_write(int fd, const char *text, size_t bytes)
{
    while (bytes) {
        ssize_t done = send(fd, text, bytes, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno == ECONNRESET ? -EPIPE : -errno;
        text += done;
        bytes -= (size_t)done;
    }
    return 0;
}

int link_read(int fd, char *in, size_t size, size_t *used, int patience)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    ssize_t got;
    int ready;

    if (*used == size)
        return -EPROTO;
    do
        ready = poll(&event, 1, patience);
    while (ready < 0 && errno == EINTR);
    if (!ready)
        return patience ? -ETIMEDOUT : -EAGAIN;
    got = recv(fd, in + *used, size - *used, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
    if (!got)
        return -EPIPE;
    *used += (size_t)got;
    return 0;
}

// ---- lines ----------------------------------------------------------------------------------

// Takes the first whole line out of the buffer; false: there is none yet.
static bool next_line(struct qtest *link, char line[], size_t size)
{
    char *end = memchr(link->in, '\n', link->used);
    size_t length = end ? (size_t)(end - link->in) : 0;

    if (!end)
        return false;
    snprintf(line, size, "%.*s", (int)length, link->in);
    link->used -= length + 1;
    memmove(link->in, end + 1, link->used);
    return true;
}

static bool is_irq(struct qtest *link, const char *line)
{
    char verb[8];
    unsigned number;

    if (sscanf(line, "IRQ %7s %u", verb, &number) != 2)
        return false;
    if (link->irq)
        link->irq(link->context, number, !strcmp(verb, "raise"));
    return true;
}

static int give_up(struct qtest *link, int error)
{
    link->error = error;
    return error;
}

// Takes one line that has come. 1: it is the answer that is waited for; 0: something else; -EAGAIN: none is whole.
static int take(struct qtest *link, char *line, size_t size)
{
    if (!next_line(link, line, size))
        return -EAGAIN;
    if (is_irq(link, line))
        return 0;
    if (!link->posted)
        return 1;
    link->posted--;
    return strncmp(line, "OK", 2) ? give_up(link, -EPROTO) : 0;
}

// Waits for the answer behind those of what was posted.
static int await(struct qtest *link, char *line, size_t size)
{
    for (;;) {
        int result = take(link, line, size);

        if (result == 1)
            return 0;
        if (result == -EAGAIN)
            result = link_read(link->fd, link->in, sizeof(link->in), &link->used, link->patience);
        if (result)
            return give_up(link, result);
    }
}

// ---- commands -------------------------------------------------------------------------------

static int send_command(struct qtest *link, const char *format, va_list arguments)
{
    char text[LONGEST];
    int length = vsnprintf(text, sizeof(text) - 1, format, arguments);

    if (link->error)
        return link->error;
    if (length < 0 || length >= (int)sizeof(text) - 1)
        return -E2BIG;
    text[length++] = '\n';
    link->commands++;
    length = link_write(link->fd, text, (size_t)length);
    return length ? give_up(link, length) : 0;
}

int qtest_post(struct qtest *link, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = send_command(link, format, arguments);
    va_end(arguments);
    if (!result && ++link->posted >= MOST_POSTED)
        result = qtest_settle(link);
    return result;
}

int qtest_ask(struct qtest *link, uint64_t *value, const char *format, ...)
{
    char line[LONGEST];
    va_list arguments;
    int result;

    *value = 0;
    va_start(arguments, format);
    result = send_command(link, format, arguments);
    va_end(arguments);
    if (!result)
        result = await(link, line, sizeof(line));
    if (result)
        return result;
    if (strncmp(line, "OK", 2))
        return give_up(link, -EPROTO);
    *value = strtoull(line + 2, NULL, 0);
    return 0;
}

int qtest_try(struct qtest *link, bool *known, const char *format, ...)
{
    char line[LONGEST];
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = send_command(link, format, arguments);
    va_end(arguments);
    if (!result)
        result = await(link, line, sizeof(line));
    *known = !result && !strncmp(line, "OK", 2);
    return result;
}

int qtest_settle(struct qtest *link)
{
    char line[LONGEST];

    while (link->posted) {
        int result = take(link, line, sizeof(line));

        if (result == -EAGAIN)
            result = link_read(link->fd, link->in, sizeof(link->in), &link->used, link->patience);
        if (result)
            return give_up(link, result < 0 ? result : -EPROTO);
    }
    return link->error;
}

int qtest_look(struct qtest *link)
{
    char line[LONGEST];
    int result;

    if (link->error)
        return link->error;
    result = link_read(link->fd, link->in, sizeof(link->in), &link->used, 0);
    if (result && result != -EAGAIN)
        return give_up(link, result);
    do
        result = take(link, line, sizeof(line));
    while (!result);
    return result == -EAGAIN ? 0 : give_up(link, -EPROTO);
}
