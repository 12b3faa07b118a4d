/* SPDX-License-Identifier: MIT */
/*
 * Events that describe themselves. A provider is registered like any other (detail/etw.h) and never enabled, so that
 * arguments of TraceLoggingWrite are not evaluated, as on Windows when nobody listens.
 */
#ifndef PORTSIDE_WDK_TRACELOGGINGPROVIDER_H
#define PORTSIDE_WDK_TRACELOGGINGPROVIDER_H

#include "wdm.h"

struct wdk_trace_provider {
    GUID id;
    REGHANDLE handle; /* 0: not registered */
};
typedef struct wdk_trace_provider *TraceLoggingHProvider;

#define TRACELOGGING_DECLARE_PROVIDER(provider) EXTERN_C const TraceLoggingHProvider provider
#define TRACELOGGING_DEFINE_PROVIDER(provider, name, id, ...)                                          \
    static struct wdk_trace_provider wdk_trace_##provider = {WDK_TRACE_GUID id, 0};                    \
    EXTERN_C const TraceLoggingHProvider provider;                                                     \
    const TraceLoggingHProvider provider = &wdk_trace_##provider
#define WDK_TRACE_GUID(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                      \
    {                                                                                                  \
        (ULONG)(l), (USHORT)(w1), (USHORT)(w2),                                                        \
        {                                                                                              \
            b1, b2, b3, b4, b5, b6, b7, b8                                                             \
        }                                                                                              \
    }
#define TraceLoggingOptionGroup(...)

WDK_INLINE NTSTATUS TraceLoggingRegisterEx(TraceLoggingHProvider provider, PETWENABLECALLBACK callback,
                                           PVOID context)
{
    return EtwRegister(&provider->id, callback, context, &provider->handle);
}

WDK_INLINE NTSTATUS TraceLoggingRegister(TraceLoggingHProvider provider)
{
    return TraceLoggingRegisterEx(provider, NULL, NULL);
}

WDK_INLINE VOID TraceLoggingUnregister(TraceLoggingHProvider provider)
{
    if (provider->handle)
        EtwUnregister(provider->handle);
    provider->handle = 0;
}

#define TraceLoggingProviderEnabled(provider, level, keyword) ((void)(provider), FALSE)
#define TraceLoggingWrite(provider, ...) ((void)(provider))
#define TraceLoggingWriteActivity(provider, ...) ((void)(provider))

#endif
