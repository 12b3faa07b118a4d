/* SPDX-License-Identifier: MIT */
/* IUnknown in the kernel, and the words interfaces are declared with. */
#ifndef PORTSIDE_WDK_PUNKNOWN_H
#define PORTSIDE_WDK_PUNKNOWN_H

#include "wdm.h"

#include "detail/com.h"

#define IMP_IUnknown                                                                                   \
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID InterfaceId, PVOID *Interface);                      \
    STDMETHODIMP_(ULONG) AddRef(void);                                                                 \
    STDMETHODIMP_(ULONG) Release(void)

#endif
