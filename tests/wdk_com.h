/* SPDX-License-Identifier: MIT */
/*
 * One object in C and one in C++, each called from both languages: what wdk_com_test.c (C) and
 * wdk_com_objects.cpp (C++) give each other. The objects answer with numbers made of their arguments.
 */
#ifndef PORTSIDE_TESTS_WDK_COM_H
#define PORTSIDE_TESTS_WDK_COM_H

#include <portcls.h>

EXTERN_C_START

PDMACHANNEL c_channel(void);
PDMACHANNEL cxx_channel(void);
PPORTWAVERTSTREAM c_stream(void);
PPORTWAVERTSTREAM cxx_stream(void);

/* The physical address a channel names, asked in C++. */
LONGLONG cxx_ask_channel(PDMACHANNEL channel);
LONGLONG cxx_ask_stream(PPORTWAVERTSTREAM stream, PMDL mdl, ULONG index);
/* Calls a method before and one after the special slot. */
ULONG cxx_ask_neighbours(PDMACHANNEL channel);

/* An address that depends on all arguments and fills both halves. */
static __inline__ LONGLONG address_of_page(PMDL mdl, ULONG index)
{
    return (LONGLONG)((ULONG_PTR)mdl * 0x100000001 + index);
}

#define CHANNEL_ADDRESS 0x1234567890ABCDEFLL
#define CHANNEL_BYTES 0x600D

EXTERN_C_END

#endif
