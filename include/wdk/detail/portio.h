/* SPDX-License-Identifier: MIT */
/*
 * The port instructions that Microsoft's compiler has as intrinsics. Here they are calls, like READ_PORT_UCHAR and its
 * kin, so that a simulated device can see them. Any IRQL.
 */
#ifndef PORTSIDE_WDK_PORTIO_H
#define PORTSIDE_WDK_PORTIO_H

#include "types.h"

#if defined(PORTSIDE_CC) || (__SIZEOF_WCHAR_T__ == 2 && !defined(_WIN32))
#define WDK_PORTIO(type, name, arguments) type NTAPI name arguments __asm__("ms_" #name);

WDK_EXTERN_C_BEGIN
WDK_PORTIO(unsigned char, __inbyte, (unsigned short Port))
WDK_PORTIO(unsigned short, __inword, (unsigned short Port))
WDK_PORTIO(ULONG, __indword, (unsigned short Port))
WDK_PORTIO(void, __outbyte, (unsigned short Port, unsigned char Data))
WDK_PORTIO(void, __outword, (unsigned short Port, unsigned short Data))
WDK_PORTIO(void, __outdword, (unsigned short Port, ULONG Data))
WDK_PORTIO(void, __inbytestring, (unsigned short Port, unsigned char *Buffer, ULONG Count))
WDK_PORTIO(void, __inwordstring, (unsigned short Port, unsigned short *Buffer, ULONG Count))
WDK_PORTIO(void, __indwordstring, (unsigned short Port, ULONG *Buffer, ULONG Count))
WDK_PORTIO(void, __outbytestring, (unsigned short Port, unsigned char *Buffer, ULONG Count))
WDK_PORTIO(void, __outwordstring, (unsigned short Port, unsigned short *Buffer, ULONG Count))
WDK_PORTIO(void, __outdwordstring, (unsigned short Port, ULONG *Buffer, ULONG Count))
WDK_EXTERN_C_END
#endif

#endif
