/* SPDX-License-Identifier: MIT */
/*
 * __try, __except, __finally, __leave as macros over a chain of handlers for each context (src/sched/handler.h). A raise
 * comes from ExRaiseStatus and its kin, ProbeForRead and the like, or a fault of the driver's code, and jumps to the
 * innermost __try; its filter runs after the jump. Unlike Microsoft's, `break` and `continue` in the body
 * concern the __try itself, and a `return` in the body does not run __finally; EXCEPTION_CONTINUE_EXECUTION goes on searching.
 */
#ifndef PORTSIDE_WDK_SEH_H
#define PORTSIDE_WDK_SEH_H

#include "types.h"

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

typedef struct _EXCEPTION_RECORD {
    LONG ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[15];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;
typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    struct _CONTEXT *ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

/* A __try that is running; the library knows its layout. */
struct wdk_try {
    struct wdk_try *outer;
    ULONG_PTR depth;
    ULONG_PTR registers[10 + 20];
    LONG code;  /* what was raised */
    LONG state; /* WDK_TRY_... */
    EXCEPTION_RECORD record;
    EXCEPTION_POINTERS pointers;
};
enum { WDK_TRY_NEW, WDK_TRY_BODY, WDK_TRY_RAISED, WDK_TRY_HANDLED, WDK_TRY_AFTER };
#define WDK_TRY_LEAVE 1 /* the code of __leave; no status that is raised */

WDK_API_BEGIN
/* Adds to the chain; nt_seh_enter then keeps the registers, returns 0, and again with the code of a raise. */
VOID NTAPI nt_seh_push(struct wdk_try *Try);
int NTAPI nt_seh_enter(struct wdk_try *Try) __attribute__((__returns_twice__));
VOID NTAPI nt_seh_pop(struct wdk_try *Try);
DECLSPEC_NORETURN VOID NTAPI nt_seh_raise(NTSTATUS Code);
DECLSPEC_NORETURN VOID NTAPI nt_seh_leave(struct wdk_try *Try);
WDK_API_END

/* True while the loop that a __try is has something to do. */
WDK_INLINE int wdk_try_step(struct wdk_try *Try, int Code)
{
    if (Code == WDK_TRY_LEAVE || (Try->state == WDK_TRY_BODY && !Code)) {
        if (!Code)
            nt_seh_pop(Try);
        Try->state = WDK_TRY_AFTER;
        return 1;
    }
    if (Code) {
        Try->code = Code;
        Try->record.ExceptionCode = Code;
        Try->pointers.ExceptionRecord = &Try->record;
        Try->state = WDK_TRY_RAISED;
        return 1;
    }
    if (Try->state == WDK_TRY_RAISED)
        nt_seh_raise(Try->code);
    if (Try->state != WDK_TRY_NEW)
        return 0;
    Try->state = WDK_TRY_BODY;
    return 1;
}

WDK_INLINE int wdk_try_handles(struct wdk_try *Try, int Filter)
{
    if (Filter == EXCEPTION_EXECUTE_HANDLER)
        Try->state = WDK_TRY_HANDLED;
    return Filter == EXCEPTION_EXECUTE_HANDLER;
}

/* The scope is left by `return` or `goto`. */
WDK_INLINE VOID wdk_try_end(struct wdk_try *Try)
{
    if (Try->state == WDK_TRY_BODY)
        nt_seh_pop(Try);
}

#define WDK_TRY                                                                                        \
    for (struct wdk_try wdk_try __attribute__((__cleanup__(wdk_try_end))) = {0};                       \
         wdk_try_step(&wdk_try,                                                                        \
                      wdk_try.state == WDK_TRY_NEW ? (nt_seh_push(&wdk_try), nt_seh_enter(&wdk_try)) : 0);) \
        if (wdk_try.state == WDK_TRY_BODY)
#define WDK_EXCEPT(filter)                                                                             \
    else if (wdk_try.state == WDK_TRY_RAISED && wdk_try_handles(&wdk_try, (filter)))
#define WDK_FINALLY else

#if !defined(_WIN32) || defined(PORTSIDE_CC)
#undef __try
#undef __except
#undef __finally
#undef __leave
#define __try WDK_TRY
#define __except(filter) WDK_EXCEPT(filter)
#define __finally WDK_FINALLY
#define __leave nt_seh_leave(&wdk_try)
#define GetExceptionCode() (wdk_try.code)
#define GetExceptionInformation() (&wdk_try.pointers)
#define _exception_code() (wdk_try.code)
#define _exception_info() (&wdk_try.pointers)
#define AbnormalTermination() (wdk_try.state == WDK_TRY_RAISED)
#define _abnormal_termination() AbnormalTermination()
#endif

#endif
