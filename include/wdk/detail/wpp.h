/* SPDX-License-Identifier: MIT */
/* What the tracing preprocessor's header (*.tmh) would declare; nothing is traced. */
#ifndef PORTSIDE_WDK_WPP_H
#define PORTSIDE_WDK_WPP_H

#define WPP_INIT_TRACING(...) ((void)0)
#define WPP_CLEANUP(...) ((void)0)
#define WPP_SYSTEMCONTROL(...)
#define WPP_SYSTEMCONTROL2(...)
#define WPP_RECORDER_INITIALIZE(...) ((void)0)
#define DoTraceMessage(...) ((void)0)
#define DoTraceLevelMessage(...) ((void)0)
#define TraceEvents(...) ((void)0)

#endif
