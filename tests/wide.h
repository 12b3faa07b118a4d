// SPDX-License-Identifier: MIT
//
// UTF-16 texts in tests, which are compiled with Linux' wchar_t: WIDE(name, "text") declares a UNICODE_STRING.
#ifndef PORTSIDE_TESTS_WIDE_H
#define PORTSIDE_TESTS_WIDE_H

#include <wdm.h>

static inline UNICODE_STRING wide_string(const char *text, WCHAR *buffer)
{
    USHORT length = 0;

    for (; text[length]; length++)
        buffer[length] = (UCHAR)text[length];
    buffer[length] = 0;
    return (UNICODE_STRING){.Length = (USHORT)(length * 2),
                            .MaximumLength = (USHORT)(length * 2 + 2),
                            .Buffer = buffer};
}

#define WIDE(name, text) \
    WCHAR name##_buffer[sizeof(text)]; \
    UNICODE_STRING name = wide_string(text, name##_buffer)

#endif
