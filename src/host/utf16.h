// SPDX-License-Identifier: MIT
//
// UTF-8 of files and UTF-16 of the registry.
#ifndef PORTSIDE_HOST_UTF16_H
#define PORTSIDE_HOST_UTF16_H

#include <wdm.h>

enum { UTF16_ROOM = 1024 };

// At most UTF16_ROOM characters; the number of them. What is not well-formed is taken byte by byte.
size_t utf16_from(const char *text, WCHAR *to);
// The next character at `*at` as UTF-8 into `to` (4 bytes at most); how many bytes. A lone surrogate is '?'.
size_t utf16_to(const WCHAR **at, const WCHAR *end, char *to);

#endif
