// SPDX-License-Identifier: MIT
//
// Writes the trace as Chrome trace JSON. Rows are named when first used. Text collects in a buffer of our
// own; the first failed write is kept, ends the writing and is reported by trace_close.
#include "base/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/journal.h"

enum { TRACE_BUFFER = 64 << 10, TRACE_EVENT_MAX = 1024 };

struct trace_writer {
    FILE *file;
    int error;
    bool any;        // an event was written: the next needs a comma
    uint64_t *named; // group << 32 | number of the rows that have a name
    size_t named_count, named_capacity;
    size_t used;
    char buffer[TRACE_BUFFER];
};

struct trace_runtime trace_runtime;

static void flush(struct trace_writer *writer)
{
    size_t used = writer->used;

    writer->used = 0;
    if (writer->error || !used)
        return;
    errno = 0;
    if (fwrite(writer->buffer, 1, used, writer->file) != used)
        writer->error = errno ? -errno : -EIO;
}

__attribute__((format(printf, 2, 3))) static void put(struct trace_writer *writer,
                                                      const char *format, ...)
{
    va_list arguments;
    int length;

    if (writer->used > TRACE_BUFFER - TRACE_EVENT_MAX)
        flush(writer);
    va_start(arguments, format);
    length = vsnprintf(writer->buffer + writer->used, TRACE_EVENT_MAX, format, arguments);
    va_end(arguments);
    if (length > 0)
        writer->used += length < TRACE_EVENT_MAX ? (size_t)length : TRACE_EVENT_MAX - 1;
}

static void put_string(struct trace_writer *writer, const char *text)
{
    char quoted[256];
    size_t used = 0;

    for (; *text && used < sizeof(quoted) - 8; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            quoted[used++] = '\\';
        if (c < 0x20 || c >= 0x7f)
            used += (size_t)snprintf(quoted + used, 7, "\\u%04x", c);
        else
            quoted[used++] = (char)c;
    }
    quoted[used] = 0;
    put(writer, "\"%s\"", quoted);
}

static void put_separator(struct trace_writer *writer)
{
    put(writer, writer->any ? ",\n" : "\n");
    writer->any = true;
}

static void put_name(struct trace_writer *writer, const char *what, const struct trace_row *row,
                     const char *name)
{
    put_separator(writer);
    put(writer, "{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"args\":{\"name\":",
        row->group, row->number, what);
    put_string(writer, name);
    put(writer, "}}");
}

static bool remember(struct trace_writer *writer, uint64_t key)
{
    if (writer->named_count == writer->named_capacity) {
        size_t capacity = writer->named_capacity ? 2 * writer->named_capacity : 64;
        uint64_t *more = realloc(writer->named, capacity * sizeof(*more));

        if (!more)
            return false;
        writer->named = more;
        writer->named_capacity = capacity;
    }
    writer->named[writer->named_count++] = key;
    return true;
}

static void name_row(struct trace_writer *writer, const struct trace_row *row)
{
    uint64_t key = (uint64_t)row->group << 32 | row->number;
    bool group_named = false;

    for (size_t i = writer->named_count; i-- > 0;) {
        if (writer->named[i] == key)
            return;
        group_named |= writer->named[i] >> 32 == row->group;
    }
    if (!remember(writer, key)) {
        writer->error = writer->error ? writer->error : -ENOMEM;
        return;
    }
    if (!group_named)
        put_name(writer, "process_name", row, row->group_name);
    put_name(writer, "thread_name", row, row->name);
}

int trace_open(struct ps_system *system, FILE *file)
{
    struct trace_writer *writer;

    if (system->journal->trace)
        return -EBUSY;
    writer = calloc(1, sizeof(*writer));
    if (!writer)
        return -ENOMEM;
    writer->file = file;
    system->journal->trace = writer;
    system->journal->head.tracing = true;
    put(writer, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    return 0;
}

int trace_close(struct ps_system *system)
{
    struct trace_writer *writer = system->journal->trace;
    int error;

    if (!writer)
        return 0;
    put(writer, "\n]}\n");
    flush(writer);
    errno = 0;
    if (!writer->error && fflush(writer->file))
        writer->error = errno ? -errno : -EIO;
    error = writer->error;
    system->journal->trace = NULL;
    system->journal->head.tracing = false;
    free(writer->named);
    free(writer);
    return error;
}

void trace_event_on(struct ps_system *system, const struct trace_row *row, char phase,
                    const char *name, unsigned count, const struct trace_argument *arguments)
{
    struct trace_writer *writer = system->journal->trace;

    if (!writer || writer->error)
        return;
    name_row(writer, row);
    put_separator(writer);
    put(writer, "{\"ph\":\"%c\",\"pid\":%u,\"tid\":%u,\"ts\":%llu.%03u,\"name\":", phase, row->group,
        row->number, (unsigned long long)(row->time / 1000), (unsigned)(row->time % 1000));
    put_string(writer, name);
    if (phase == 'i')
        put(writer, ",\"s\":\"t\"");
    for (unsigned i = 0; i < count; i++) {
        put(writer, i ? "," : ",\"args\":{");
        put_string(writer, arguments[i].name);
        put(writer, ":%llu", (unsigned long long)arguments[i].value);
    }
    put(writer, count ? "}}" : "}");
}

HOOK_ABI void trace_event(struct ps_system *system, char phase, const char *name, unsigned count,
                          const struct trace_argument *arguments)
{
    struct trace_row row = {.group_name = "system", .name = "host"};

    if (trace_runtime.row && system->sched)
        trace_runtime.row(system, &row);
    trace_event_on(system, &row, phase, name, count, arguments);
}
