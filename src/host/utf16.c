// SPDX-License-Identifier: MIT
//
// See utf16.h.
#include "host/utf16.h"

#include <stdint.h>

static unsigned following(unsigned char c)
{
    return c >= 0xF0 && c <= 0xF4 ? 3 : c >= 0xE0 ? 2 : c >= 0xC2 ? 1 : 0;
}

static uint32_t next_code(const unsigned char **at)
{
    const unsigned char *c = *at;
    unsigned more = c[0] < 0x80 || c[0] > 0xF4 ? 0 : following(c[0]);
    uint32_t code = c[0] & (more ? 0x3Fu >> more : 0xFFu);

    for (unsigned i = 1; i <= more; i++) {
        if ((c[i] & 0xC0) != 0x80) {
            ++*at;
            return c[0];
        }
        code = (code << 6) | (c[i] & 0x3F);
    }
    *at += more + 1;
    return code;
}

size_t utf16_from(const char *text, WCHAR *to)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = 0;

    while (*at && count + 2 <= UTF16_ROOM) {
        uint32_t code = next_code(&at);

        if (code >= 0x10000 && code < 0x110000) {
            to[count++] = (WCHAR)(0xD800 + ((code - 0x10000) >> 10));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        to[count++] = (WCHAR)code;
    }
    return count;
}

size_t utf16_to(const WCHAR **at, const WCHAR *end, char *to)
{
    uint32_t code = *(*at)++;

    if (code >= 0xD800 && code < 0xDC00 && *at < end && (**at & 0xFC00) == 0xDC00)
        code = 0x10000 + ((code - 0xD800) << 10) + (*(*at)++ - 0xDC00u);
    else if (code >= 0xD800 && code < 0xE000)
        code = '?';
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | (code >> 6));
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | (code >> 12));
        to[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        to[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | (code >> 18));
    to[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    to[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    to[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}
