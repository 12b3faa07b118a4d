/* SPDX-License-Identifier: MIT */
/*
 * What the compiler must be told so that C and C++ code built here has Windows' x64 ABI: the calling
 * convention of the driver line, visibility of entry points, packing, and Microsoft's keywords. Every
 * header of include/wdk begins here. Works with gcc, clang, mingw and clang's MSVC target.
 */
#ifndef PORTSIDE_WDK_ABI_H
#define PORTSIDE_WDK_ABI_H

#include <stdarg.h>
#include <stddef.h>

/* Every function that crosses the driver line is NTAPI. */
#if defined(__x86_64__) && !defined(_WIN32)
#define NTAPI __attribute__((ms_abi))
#else
#define NTAPI
#endif

#undef FASTCALL
#undef CDECL
#undef WINAPI
#define FASTCALL NTAPI
#define CDECL
#define WINAPI NTAPI
#define APIENTRY NTAPI
#define CALLBACK NTAPI
#undef PASCAL
#define PASCAL NTAPI

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define WDK_EXTERN_C_BEGIN extern "C" {
#define WDK_EXTERN_C_END }
#else
#define EXTERN_C extern
#define WDK_EXTERN_C_BEGIN
#define WDK_EXTERN_C_END
#endif
#undef EXTERN_C_START
#undef EXTERN_C_END
#define EXTERN_C_START WDK_EXTERN_C_BEGIN
#define EXTERN_C_END WDK_EXTERN_C_END

/* Prototypes of services stand between these two: exported by the library that defines them, whatever
 * -fvisibility says. */
#ifdef _WIN32
#define WDK_API_BEGIN WDK_EXTERN_C_BEGIN
#define WDK_API_END WDK_EXTERN_C_END
#define WDK_EXPORT
#else
#define WDK_API_BEGIN _Pragma("GCC visibility push(default)") WDK_EXTERN_C_BEGIN
#define WDK_API_END WDK_EXTERN_C_END _Pragma("GCC visibility pop")
#define WDK_EXPORT __attribute__((__visibility__("default")))
#endif
#define NTSYSAPI WDK_EXPORT
#define NTKERNELAPI WDK_EXPORT
#define NTHALAPI WDK_EXPORT
#define NTSYSCALLAPI WDK_EXPORT
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT WDK_EXPORT
#define PORTCLASSAPI EXTERN_C WDK_EXPORT
#define KSDDKAPI WDK_EXPORT

#define WDK_INLINE static __inline__ __attribute__((__unused__))
#define WDK_PACKED_BEGIN(n) _Pragma(WDK_STRING(pack(push, n)))
#define WDK_PACKED_END _Pragma("pack(pop)")
#define WDK_STRING(x) #x

#if defined(PORTSIDE_CC) && defined(__cplusplus)
extern "C++" {
namespace std { /* known to Microsoft's compiler without <new> */
enum class align_val_t : __SIZE_TYPE__ {};
}
}
#endif

/* Every header of Microsoft's run time brings these. */
#if defined(PORTSIDE_CC) && defined(_MSC_EXTENSIONS)
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;
#endif

#ifdef __cplusplus
#define C_ASSERT(e) static_assert(e, #e)
#else
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

#define DECLSPEC_ALIGN(n) __attribute__((__aligned__(n)))
#define DECLSPEC_NORETURN __attribute__((__noreturn__))
#define DECLSPEC_NOINLINE __attribute__((__noinline__))
#define DECLSPEC_SELECTANY __attribute__((__weak__))
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define POINTER_ALIGNMENT DECLSPEC_ALIGN(8)
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)

/* Microsoft's keywords, where the compiler has none. */
#ifndef FORCEINLINE
#define FORCEINLINE __inline__ __attribute__((__always_inline__))
#endif
#define CFORCEINLINE FORCEINLINE
#ifndef _WIN32
#ifndef _MSC_EXTENSIONS
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#define __cdecl
#define _cdecl
#define __stdcall NTAPI
#define _stdcall NTAPI
#define __fastcall NTAPI
#define __forceinline __inline__ __attribute__((__always_inline__))
#define __unaligned
#define __declspec(x) WDK_DECLSPEC_##x
#endif
#define WDK_DECLSPEC_align(n) __attribute__((__aligned__(n)))
#define WDK_DECLSPEC_noreturn __attribute__((__noreturn__))
#define WDK_DECLSPEC_noinline __attribute__((__noinline__))
#define WDK_DECLSPEC_selectany __attribute__((__weak__))
#define WDK_DECLSPEC_deprecated
#define WDK_DECLSPEC_dllimport
#define WDK_DECLSPEC_dllexport WDK_EXPORT
#define WDK_DECLSPEC_novtable
#define WDK_DECLSPEC_nothrow
#define WDK_DECLSPEC_restrict
#define WDK_DECLSPEC_noalias
#define WDK_DECLSPEC_allocate(s)
#define WDK_DECLSPEC_code_seg(s)
#define WDK_DECLSPEC_uuid(s)
#endif

#ifndef UNALIGNED
#define UNALIGNED
#endif
#define RESTRICTED_POINTER __restrict__

/* What a driver's project files set. */
#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#ifndef _M_AMD64
#define _M_AMD64 100
#endif
#ifndef NTDDI_VERSION
#define NTDDI_VERSION 0x0A000006
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef WINVER
#define WINVER _WIN32_WINNT
#endif
#define NTDDI_WINXP 0x05010000
#define NTDDI_WS03 0x05020000
#define NTDDI_VISTA 0x06000000
#define NTDDI_WIN7 0x06010000
#define NTDDI_WIN8 0x06020000
#define NTDDI_WINBLUE 0x06030000
#define NTDDI_WIN10 0x0A000000
#define NTDDI_WIN10_TH2 0x0A000001
#define NTDDI_WIN10_RS1 0x0A000002
#define NTDDI_WIN10_RS2 0x0A000003
#define NTDDI_WIN10_RS3 0x0A000004
#define NTDDI_WIN10_RS4 0x0A000005
#define NTDDI_WIN10_RS5 0x0A000006
#define NTDDI_LONGHORN NTDDI_VISTA

#include "sal.h"

#endif
