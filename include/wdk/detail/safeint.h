/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic and conversions that fail instead of wrapping, for ntintsafe.h and intsafe.h, which set
 * WDK_SAFE(name), the function's name, WDK_SAFE_RESULT, its type, and WDK_SAFE_OK, WDK_SAFE_BAD. What does not fit leaves
 * the greatest value of the type.
 */
#define WDK_SAFE_TYPE(Name, type)                                                                      \
    WDK_SAFE_OPERATION(Name, type, Add, add)                                                           \
    WDK_SAFE_OPERATION(Name, type, Sub, sub)                                                           \
    WDK_SAFE_OPERATION(Name, type, Mult, mul)

#define WDK_SAFE_OPERATION(Name, type, Operation, operation)                                           \
    WDK_INLINE WDK_SAFE_RESULT WDK_SAFE(Name##Operation)(type Left, type Right, type * Result)         \
    {                                                                                                  \
        if (!__builtin_##operation##_overflow(Left, Right, Result))                                    \
            return WDK_SAFE_OK;                                                                        \
        *Result = (type)~(type)0;                                                                      \
        return WDK_SAFE_BAD;                                                                           \
    }

#define WDK_SAFE_CONVERT(From, from, Other, to)                                                        \
    WDK_INLINE WDK_SAFE_RESULT WDK_SAFE(From##To##Other)(from Operand, to * Result)                    \
    {                                                                                                  \
        if (!__builtin_add_overflow(Operand, (from)0, Result))                                         \
            return WDK_SAFE_OK;                                                                        \
        *Result = (to)~(to)0;                                                                          \
        return WDK_SAFE_BAD;                                                                           \
    }

#define WDK_SAFE_FROM(From, from)                                                                      \
    WDK_SAFE_CONVERT(From, from, Char, CHAR)                                                           \
    WDK_SAFE_CONVERT(From, from, Int8, INT8)                                                           \
    WDK_SAFE_CONVERT(From, from, UChar, UCHAR)                                                         \
    WDK_SAFE_CONVERT(From, from, UInt8, UINT8)                                                         \
    WDK_SAFE_CONVERT(From, from, Byte, BYTE)                                                           \
    WDK_SAFE_CONVERT(From, from, Short, SHORT)                                                         \
    WDK_SAFE_CONVERT(From, from, UShort, USHORT)                                                       \
    WDK_SAFE_CONVERT(From, from, Word, WORD)                                                           \
    WDK_SAFE_CONVERT(From, from, Int, INT)                                                             \
    WDK_SAFE_CONVERT(From, from, UInt, UINT)                                                           \
    WDK_SAFE_CONVERT(From, from, Long, LONG)                                                           \
    WDK_SAFE_CONVERT(From, from, ULong, ULONG)                                                         \
    WDK_SAFE_CONVERT(From, from, DWord, DWORD)                                                         \
    WDK_SAFE_CONVERT(From, from, LongLong, LONGLONG)                                                   \
    WDK_SAFE_CONVERT(From, from, ULongLong, ULONGLONG)                                                 \
    WDK_SAFE_CONVERT(From, from, IntPtr, INT_PTR)                                                      \
    WDK_SAFE_CONVERT(From, from, UIntPtr, UINT_PTR)                                                    \
    WDK_SAFE_CONVERT(From, from, LongPtr, LONG_PTR)                                                    \
    WDK_SAFE_CONVERT(From, from, ULongPtr, ULONG_PTR)                                                  \
    WDK_SAFE_CONVERT(From, from, SIZET, SIZE_T)                                                        \
    WDK_SAFE_CONVERT(From, from, SizeT, SIZE_T)

#define WDK_SAFE_BOTH(Name, type) WDK_SAFE_TYPE(Name, type) WDK_SAFE_FROM(Name, type)

WDK_SAFE_FROM(Char, CHAR)
WDK_SAFE_BOTH(Int8, INT8)
WDK_SAFE_FROM(UChar, UCHAR)
WDK_SAFE_BOTH(UInt8, UINT8)
WDK_SAFE_FROM(Byte, BYTE)
WDK_SAFE_BOTH(Short, SHORT)
WDK_SAFE_BOTH(UShort, USHORT)
WDK_SAFE_BOTH(Word, WORD)
WDK_SAFE_BOTH(Int, INT)
WDK_SAFE_BOTH(UInt, UINT)
WDK_SAFE_BOTH(Long, LONG)
WDK_SAFE_BOTH(ULong, ULONG)
WDK_SAFE_BOTH(DWord, DWORD)
WDK_SAFE_BOTH(LongLong, LONGLONG)
WDK_SAFE_BOTH(ULongLong, ULONGLONG)
WDK_SAFE_BOTH(IntPtr, INT_PTR)
WDK_SAFE_BOTH(UIntPtr, UINT_PTR)
WDK_SAFE_BOTH(LongPtr, LONG_PTR)
WDK_SAFE_BOTH(ULongPtr, ULONG_PTR)
WDK_SAFE_BOTH(DWordPtr, DWORD_PTR)
WDK_SAFE_BOTH(SIZET, SIZE_T)
WDK_SAFE_BOTH(SizeT, SIZE_T)
WDK_SAFE_BOTH(SSIZET, SSIZE_T)

#undef WDK_SAFE_TYPE
#undef WDK_SAFE_OPERATION
#undef WDK_SAFE_CONVERT
#undef WDK_SAFE_FROM
#undef WDK_SAFE_BOTH
#undef WDK_SAFE
#undef WDK_SAFE_RESULT
#undef WDK_SAFE_OK
#undef WDK_SAFE_BAD
