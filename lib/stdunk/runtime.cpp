// SPDX-License-Identifier: MIT
//
// What the compiler calls in C++ code of a driver, which links no C++ library: a call of a pure
// virtual function stops the machine.
#include <wdm.h>

#define KMODE_EXCEPTION_NOT_HANDLED 0x1E

extern "C" __attribute__((visibility("hidden"), noreturn)) void __cxa_pure_virtual()
{
    KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_NOT_IMPLEMENTED,
                 (ULONG_PTR)__builtin_return_address(0), 0, 0);
}
