/* SPDX-License-Identifier: MIT */
/*
 * Base types with Windows' sizes: LONG is 32 bits, WCHAR 16, pointers and SIZE_T 64. On Windows
 * targets LONG is `long`, as there; elsewhere `int`.
 */
#ifndef PORTSIDE_WDK_TYPES_H
#define PORTSIDE_WDK_TYPES_H

#include "abi.h"

#define VOID void
typedef void *PVOID, **PPVOID;
typedef void *HANDLE, **PHANDLE;

typedef char CHAR, *PCHAR, CCHAR, *PCCHAR;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN, *PBOOLEAN;
typedef short SHORT, *PSHORT, CSHORT;
typedef unsigned short USHORT, *PUSHORT;
#ifdef _WIN32
typedef long LONG, *PLONG;
typedef unsigned long ULONG, *PULONG;
#else
typedef int LONG, *PLONG;
typedef unsigned int ULONG, *PULONG;
#endif
typedef long long LONGLONG, *PLONGLONG, LONG64, *PLONG64, INT64, *PINT64;
typedef unsigned long long ULONGLONG, *PULONGLONG, ULONG64, *PULONG64, UINT64, *PUINT64, DWORDLONG,
    *PDWORDLONG, DWORD64, *PDWORD64;
typedef signed char INT8, *PINT8;
typedef unsigned char UINT8, *PUINT8;
typedef short INT16, *PINT16;
typedef unsigned short UINT16, *PUINT16;
typedef int INT, *PINT, INT32, *PINT32, LONG32, *PLONG32;
typedef unsigned int UINT, *PUINT, UINT32, *PUINT32, ULONG32, *PULONG32, DWORD32, *PDWORD32;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE;

typedef __INTPTR_TYPE__ INT_PTR, *PINT_PTR, LONG_PTR, *PLONG_PTR;
typedef __UINTPTR_TYPE__ UINT_PTR, *PUINT_PTR, ULONG_PTR, *PULONG_PTR, DWORD_PTR, *PDWORD_PTR;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef __SIZE_TYPE__ SIZE_T, *PSIZE_T;
typedef const SIZE_T *PCSIZE_T;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

typedef UCHAR BYTE, *PBYTE, *LPBYTE;
typedef USHORT WORD, *PWORD, *LPWORD;
typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef void *LPVOID;
typedef const void *LPCVOID, *PCVOID;
typedef LONG HRESULT;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef DWORD COLORREF, *LPCOLORREF; /* 0x00BBGGRR */
typedef ULONG LCID, *PLCID;
typedef USHORT LANGID;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef CCHAR KPROCESSOR_MODE;
typedef UCHAR KIRQL, *PKIRQL;
typedef ULONG LOGICAL, *PLOGICAL;
typedef const UCHAR *PCUCHAR;
typedef const USHORT *PCUSHORT;
typedef const ULONG *PCULONG;

/* 16 bits. wchar_t itself in driver code (-fshort-wchar), so that L"..." is a PCWSTR there. */
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef __CHAR16_TYPE__ WCHAR;
#endif
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *NWPSTR, *LPWSTR, *PWSTR, *PZZWSTR, *PNZWCH;
typedef const WCHAR *PCWCHAR, *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *PCZZWSTR, *PCNZWCH;
typedef PWSTR *PZPWSTR;
typedef CHAR *LPCH, *PCH, *NPSTR, *LPSTR, *PSTR, *PSZ, *PNZCH;
typedef const CHAR *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCSZ, *PCNZCH;

#define TRUE 1
#define FALSE 0
#ifndef NULL
#ifdef __cplusplus
#define NULL 0
#else
#define NULL ((void *)0)
#endif
#endif
#ifndef CONST
#define CONST const
#endif
#define ANYSIZE_ARRAY 1
#define MAX_PATH 260

#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG 0x80000000
#define MAXLONG 0x7fffffff
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffff
#define MAXULONG32 0xffffffff
#define MAXDWORD 0xffffffff
#define _I8_MIN (-127 - 1)
#define _I8_MAX 127
#define _UI8_MAX 0xffu
#define _I16_MIN (-32767 - 1)
#define _I16_MAX 32767
#define _UI16_MAX 0xffffu
#define _I32_MIN (-2147483647 - 1)
#define _I32_MAX 2147483647
#define _UI32_MAX 0xffffffffu
#define _I64_MIN (-9223372036854775807LL - 1)
#define _I64_MAX 9223372036854775807LL
#define _UI64_MAX 0xffffffffffffffffULL
#define MAXLONGLONG 0x7fffffffffffffffLL
#define MAXULONGLONG 0xffffffffffffffffULL
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXSIZE_T (~(SIZE_T)0)

/* A 64-bit integer with its halves; also the type of physical addresses. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _STRING {
    USHORT Length; /* bytes used, MaximumLength: bytes there */
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING;

typedef struct _UNICODE_STRING {
    USHORT Length; /* bytes, not characters */
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, *LPTSTR, *PTSTR;
typedef const WCHAR *LPCTSTR, *PCTSTR;
#define WDK_TEXT(text) L##text
#else
typedef CHAR TCHAR, *PTCHAR, *LPTSTR, *PTSTR;
typedef const CHAR *LPCTSTR, *PCTSTR;
#define WDK_TEXT(text) text
#endif
#define TEXT(text) WDK_TEXT(text)
#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES 65534
#define UNICODE_STRING_MAX_CHARS 32767
#ifdef __cplusplus
extern "C++" {
template <class Char, size_t Count> static inline Char *wdk_characters(const Char (&text)[Count])
{
    return const_cast<Char *>(text);
}
}
#else
#define wdk_characters(text) (text)
#endif
#define RTL_CONSTANT_STRING(s)                                                                         \
    {                                                                                                  \
        sizeof(s) - sizeof((s)[0]), sizeof(s), wdk_characters(s)                                       \
    }
#define DECLARE_CONST_UNICODE_STRING(name, text)                                                       \
    const WCHAR name##_buffer[] = text;                                                                \
    const UNICODE_STRING name = {sizeof(text) - sizeof(WCHAR), sizeof(text), (PWCH)name##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(name, text)                                                \
    extern const DECLSPEC_SELECTANY UNICODE_STRING name = RTL_CONSTANT_STRING(text)
#define DECLARE_UNICODE_STRING_SIZE(name, count)                                                       \
    WCHAR name##_buffer[count];                                                                        \
    UNICODE_STRING name = {0, (count) * sizeof(WCHAR), name##_buffer}

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT 0x00000002
#define OBJ_PERMANENT 0x00000010
#define OBJ_EXCLUSIVE 0x00000020
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF 0x00000080
#define OBJ_OPENLINK 0x00000100
#define OBJ_KERNEL_HANDLE 0x00000200
#define OBJ_FORCE_ACCESS_CHECK 0x00000400

#define InitializeObjectAttributes(p, name, attributes, root, security)                                \
    do {                                                                                               \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                       \
        (p)->RootDirectory = (root);                                                                   \
        (p)->Attributes = (attributes);                                                                \
        (p)->ObjectName = (name);                                                                      \
        (p)->SecurityDescriptor = (security);                                                          \
        (p)->SecurityQualityOfService = NULL;                                                          \
    } while (0)

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue } WAIT_TYPE;

#define NT_SUCCESS(s) ((NTSTATUS)(s) >= 0)
#define NT_INFORMATION(s) (((ULONG)(s) >> 30) == 1)
#define NT_WARNING(s) (((ULONG)(s) >> 30) == 2)
#define NT_ERROR(s) (((ULONG)(s) >> 30) == 3)
#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)
#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)

/* Of 16-bit days; they mean nothing. */
#define FAR
#define NEAR

#define FIELD_OFFSET(type, field) ((LONG)__builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)__builtin_offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (FIELD_OFFSET(type, field) + RTL_FIELD_SIZE(type, field))
#define CONTAINING_RECORD(address, type, field)                                                        \
    ((type *)((PCHAR)(address) - __builtin_offsetof(type, field)))
#define RTL_NUMBER_OF(a) (sizeof(a) / sizeof((a)[0]))
#define ARRAYSIZE(a) RTL_NUMBER_OF(a)
#define SIZEOF_ARRAY(a) RTL_NUMBER_OF(a)
#define ARGUMENT_PRESENT(p) ((CHAR *)(ULONG_PTR)(p) != (CHAR *)NULL)
#define UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p) ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))
#define DEFAULT_UNREACHABLE default: __builtin_unreachable()
#define MAKEWORD(low, high) ((WORD)((BYTE)(low) | (WORD)(BYTE)(high) << 8))
#define MAKELONG(low, high) ((LONG)((WORD)(low) | (DWORD)(WORD)(high) << 16))
#define LOWORD(l) ((WORD)((DWORD_PTR)(l) & 0xffff))
#define HIWORD(l) ((WORD)((DWORD_PTR)(l) >> 16 & 0xffff))
#define LODWORD(l) ((DWORD)((ULONGLONG)(l) & 0xffffffff))
#define HIDWORD(l) ((DWORD)((ULONGLONG)(l) >> 32))
#define RGB(r, g, b) ((COLORREF)((BYTE)(r) | (WORD)(BYTE)(g) << 8 | (DWORD)(BYTE)(b) << 16))
#define LOCALE_NEUTRAL 0
#define LOCALE_INVARIANT 0x007F
#define LANG_NEUTRAL 0
#define LOBYTE(w) ((BYTE)((DWORD_PTR)(w) & 0xff))
#define HIBYTE(w) ((BYTE)((DWORD_PTR)(w) >> 8 & 0xff))
#define PtrToUlong(p) ((ULONG)(ULONG_PTR)(p))
#define PtrToLong(p) ((LONG)(LONG_PTR)(p))
#define PtrToUint(p) ((UINT)(UINT_PTR)(p))
#define UlongToPtr(u) ((PVOID)(ULONG_PTR)(ULONG)(u))
#define LongToPtr(l) ((PVOID)(LONG_PTR)(LONG)(l))
#define ULongToPtr UlongToPtr
#define PtrToULong PtrToUlong
#define HandleToUlong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToULong HandleToUlong

#define ALIGN_DOWN_BY(n, a) ((ULONG_PTR)(n) & ~((ULONG_PTR)(a) - 1))
#define ALIGN_UP_BY(n, a) (((ULONG_PTR)(n) + (ULONG_PTR)(a) - 1) & ~((ULONG_PTR)(a) - 1))
#define ALIGN_DOWN_POINTER_BY(p, a) ((PVOID)ALIGN_DOWN_BY(p, a))
#define ALIGN_UP_POINTER_BY(p, a) ((PVOID)ALIGN_UP_BY(p, a))
#define ALIGN_DOWN(n, type) ALIGN_DOWN_BY(n, sizeof(type))
#define ALIGN_UP(n, type) ALIGN_UP_BY(n, sizeof(type))

#define DEFINE_ENUM_FLAG_OPERATORS(type)
#define FlagOn(flags, one) ((flags) & (one))
#define BooleanFlagOn(flags, one) ((BOOLEAN)(((flags) & (one)) != 0))
#define SetFlag(flags, one) ((flags) |= (one))
#define ClearFlag(flags, one) ((flags) &= ~(one))

/* Driver code gets the macros Windows' C run time has; NOMINMAX as there. */
#if (defined(__cplusplus) || __SIZEOF_WCHAR_T__ == 2) && !defined(NOMINMAX)
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#endif

#endif
