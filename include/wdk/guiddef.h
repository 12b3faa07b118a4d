/* SPDX-License-Identifier: MIT */
/*
 * GUIDs. Every GUID that a header or a driver names is defined where it is named, weak and hidden: each
 * image has one copy of its own, needs no library of identifiers, and INITGUID makes no difference.
 */
#ifndef PORTSIDE_WDK_GUIDDEF_H
#define PORTSIDE_WDK_GUIDDEF_H

#include "detail/abi.h"

typedef struct _GUID {
    unsigned int Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID, *PGUID, *LPGUID, IID, *LPIID, CLSID, *LPCLSID;
typedef const GUID *LPCGUID;
#define GUID_DEFINED

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const CLSID *
#endif

#ifdef _WIN32
#define WDK_GUID_DECLARED
#define WDK_GUID_DEFINED __declspec(selectany)
#else
#define WDK_GUID_DECLARED __attribute__((__weak__, __visibility__("hidden")))
#define WDK_GUID_DEFINED
#endif

#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                   \
    EXTERN_C const GUID name WDK_GUID_DECLARED;                                                        \
    WDK_GUID_DEFINED const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#define DEFINE_OLEGUID(name, l, w1, w2) DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)

/* A GUID whose numbers are the macro STATIC_name. */
#define STATICGUIDOF(name) STATIC_##name
#define WDK_DEFINE_GUID(name, ...) DEFINE_GUID(name, __VA_ARGS__)
#define DEFINE_GUIDEX(name) WDK_DEFINE_GUID(name, STATICGUIDOF(name))

/* The same from the text "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". */
#define WDK_HEX(s, i)                                                                                  \
    ((s)[i] <= '9' ? (s)[i] - '0' : (s)[i] <= 'F' ? (s)[i] - 'A' + 10 : (s)[i] - 'a' + 10)
#define WDK_HEX2(s, i) (unsigned char)(WDK_HEX(s, i) << 4 | WDK_HEX(s, i + 1))
#define WDK_HEX4(s, i) (unsigned short)(WDK_HEX2(s, i) << 8 | WDK_HEX2(s, i + 2))
#define WDK_HEX8(s, i) ((unsigned)WDK_HEX4(s, i) << 16 | WDK_HEX4(s, i + 4))
#define DEFINE_GUIDSTRUCT(s, name)                                                                     \
    DEFINE_GUID(name, WDK_HEX8(s, 0), WDK_HEX4(s, 9), WDK_HEX4(s, 14), WDK_HEX2(s, 19), WDK_HEX2(s, 21), \
                WDK_HEX2(s, 24), WDK_HEX2(s, 26), WDK_HEX2(s, 28), WDK_HEX2(s, 30), WDK_HEX2(s, 32),   \
                WDK_HEX2(s, 34))
#define DEFINE_GUIDNAMED(name) name

#ifdef __cplusplus
extern "C++" { /* drivers include headers inside extern "C" */
static inline int InlineIsEqualGUID(const GUID &a, const GUID &b)
{
    return !__builtin_memcmp(&a, &b, sizeof(GUID));
}
static inline int IsEqualGUID(const GUID &a, const GUID &b)
{
    return InlineIsEqualGUID(a, b);
}
static inline bool operator==(const GUID &a, const GUID &b)
{
    return InlineIsEqualGUID(a, b) != 0;
}
static inline bool operator!=(const GUID &a, const GUID &b)
{
    return !(a == b);
}
}
#else
#define InlineIsEqualGUID(a, b) (!__builtin_memcmp(a, b, sizeof(GUID)))
#define IsEqualGUID(a, b) InlineIsEqualGUID(a, b)
#endif
#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)
#define IsEqualGUIDAligned(a, b) IsEqualGUID(a, b)

DEFINE_GUID(GUID_NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
#define IID_NULL GUID_NULL
#define CLSID_NULL GUID_NULL

#endif
