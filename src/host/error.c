// SPDX-License-Identifier: MIT
//
// The last error's text, one per OS thread.
#include <stdarg.h>
#include <stdio.h>

#include "host/host.h"

static _Thread_local char error_text[2048];

const char *ps_error_text(void)
{
    return error_text;
}

int host_error(int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error_text, sizeof(error_text), format, arguments);
    va_end(arguments);
    for (char *c = error_text; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return error;
}
