// SPDX-License-Identifier: MIT
//
// Why a driver gave up, in words: which of its routines returned the status, and which of the calls that it made before
// had failed with the same one, or else which failed last.
#include "base/status.h"
#include "host/host.h"

enum { TOLD = 3 }; // calls of a chain that are named

struct telling {
    const struct ps_system *system;
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void tell(struct telling *telling, const char *format, ...)
{
    va_list arguments;
    int length;

    if (telling->used >= telling->size)
        return;
    va_start(arguments, format);
    length = vsnprintf(telling->text + telling->used, telling->size - telling->used, format, arguments);
    va_end(arguments);
    telling->used += length > 0 ? (size_t)length : 0;
}

// Whose place is known: calls that the port class made for itself are none of the driver's.
static bool place(const struct telling *telling, const struct kernel_failure *failure, char *text, size_t size)
{
    const void *own = host_own_frame(telling->system, &failure->caller, 1);

    if (!own)
        own = host_own_frame(telling->system, failure->stack, failure->depth);
    return own && host_describe(telling->system, own, true, text, size);
}

static void tell_call(struct telling *telling, const char *before, const struct kernel_failure *failure)
{
    char where[200];

    if (place(telling, failure, where, sizeof(where)))
        tell(telling, "%s%s at %s", before, failure->call, where);
}

// The calls with the same status right before it, innermost first: each returned what the one within it had returned.
static bool tell_chain(struct telling *telling, NTSTATUS status)
{
    const struct kernel_failure *chain[KERNEL_FAILURES], *failure;
    unsigned count = 0;
    char where[200];

    for (unsigned back = 1; (failure = kernel_get_failure(telling->system, back)) && failure->status == status; back++)
        if (place(telling, failure, where, sizeof(where)))
            chain[count++] = failure;
    for (unsigned i = 0; i < count && i < TOLD; i++)
        tell_call(telling, i ? ", then " : "; the same came from ", chain[count - 1 - i]);
    return count;
}

static const struct kernel_failure *last_before(const struct telling *telling)
{
    const struct kernel_failure *failure;
    char where[200];

    for (unsigned back = 1; (failure = kernel_get_failure(telling->system, back)); back++)
        if (place(telling, failure, where, sizeof(where)))
            return failure;
    return NULL;
}

void host_explain_failure(const struct ps_system *system, NTSTATUS status, char *text, size_t size)
{
    struct telling telling = {system, text, size, 0};
    const struct kernel_failure *routine = kernel_get_failure(system, 0), *last;
    char where[200];

    tell(&telling, "%s", status_name(status));
    if (!routine || routine->status != status || !host_is_driver(system, routine->caller))
        return;
    telling.used = 0;
    host_describe(system, routine->caller, true, where, sizeof(where));
    tell(&telling, "%s returned %s (%s)", routine->call, status_name(status), where);
    if (tell_chain(&telling, status))
        return;
    last = last_before(&telling);
    if (!last)
        tell(&telling, "; no call that it made had failed");
    else
        tell_call(&telling, "; of the calls that it made, the last that failed was ", last);
    if (last)
        tell(&telling, ": %s", status_name(last->status));
}
