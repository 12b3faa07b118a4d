// SPDX-License-Identifier: MIT
//
// The call stack of a finding, by the unwinder of the C run time. A driver may have spoilt its stack: reading
// it may fault, and the trap then jumps back here with the frames found so far.
#include <setjmp.h>
#include <unwind.h>

#include "sched/private.h"

struct frames {
    const void **at;
    size_t count, most;
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *argument)
{
    struct frames *frames = argument;

    if (frames->count == frames->most)
        return _URC_END_OF_STACK;
    frames->at[frames->count++] = (const void *)_Unwind_GetIP(context);
    return _URC_NO_REASON;
}

size_t backtrace_take(const struct sched *sched, const void **at, size_t most)
{
    struct sched_outside *outside = sched->private->outside;
    struct frames frames = {at, 0, most};
    sigjmp_buf escape;

    if (sigsetjmp(escape, 1) == 0) {
        outside->escape = &escape;
        _Unwind_Backtrace(add_frame, &frames);
    }
    outside->escape = NULL;
    return *(volatile size_t *)&frames.count; // written between setjmp and longjmp
}

void backtrace_escape(const struct sched *sched)
{
    sigjmp_buf *escape = sched->private->outside->escape;

    if (escape)
        siglongjmp(*escape, 1);
}
