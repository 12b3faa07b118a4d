// SPDX-License-Identifier: MIT
//
// What the compiler calls in C++ code of a driver, which links no C++ library: a call of a pure
// virtual function stops the machine.
#include <wdm.h>

#define KMODE_EXCEPTION_NOT_HANDLED 0x1E

#ifdef PORTSIDE_CC
#define PURE_VIRTUAL _purecall

/* Drivers have no exit: destructors of objects of file scope do not run, as on Windows. */
extern "C" int atexit(void (*)(void))
{
    return 0;
}
#else
#define PURE_VIRTUAL __cxa_pure_virtual
#endif

extern "C" __attribute__((visibility("hidden"), noreturn)) void PURE_VIRTUAL()
{
    KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_NOT_IMPLEMENTED,
                 (ULONG_PTR)__builtin_return_address(0), 0, 0);
}
