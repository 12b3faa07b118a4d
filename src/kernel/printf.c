// SPDX-License-Identifier: MIT
//
// Windows' printf family: `l` means 32 bits, `ll`, `I64` and `w` exist, %wZ and %Z print counted
// strings, %S is the other width. No floating point, as in Windows' kernel. Arguments come by
// either calling convention.
#include "kernel/printf.h"

struct spec {
    bool left, plus, space, zero, alternate, wide, narrow;
    int width, precision; // -1: none
    int bytes;            // of an integer
};

struct output {
    struct printf_sink *sink;
    size_t count;
};

static void put(struct output *out, WCHAR c)
{
    out->sink->put(out->sink, c);
    out->count++;
}

static void pad(struct output *out, WCHAR c, int count)
{
    while (count-- > 0)
        put(out, c);
}

// ---- arguments ----------------------------------------------------------------------------------

static uint64_t next_integer(struct printf_arguments *arguments, int bytes)
{
    if (arguments->ms)
        return __builtin_va_arg(arguments->ms_list, uint64_t);
    return bytes > 4 ? va_arg(arguments->list, uint64_t) : va_arg(arguments->list, unsigned);
}

static const void *next_pointer(struct printf_arguments *arguments)
{
    return (const void *)(uintptr_t)next_integer(arguments, 8);
}

// ---- conversions --------------------------------------------------------------------------------

static uint64_t narrowed(uint64_t value, int bytes, bool is_signed)
{
    int shift = 64 - 8 * bytes;

    if (!shift)
        return value;
    return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value << shift >> shift;
}

static void put_integer(struct output *out, const struct spec *spec, uint64_t value, unsigned base,
                        bool is_signed, bool capitals)
{
    const char *set = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = "";
    char digits[24];
    int count = 0, zeros, length;

    if (is_signed && (int64_t)value < 0) {
        prefix = "-";
        value = 0 - value;
    } else if (is_signed && (spec->plus || spec->space)) {
        prefix = spec->plus ? "+" : " ";
    } else if (spec->alternate && base == 16 && value) {
        prefix = capitals ? "0X" : "0x";
    }
    for (; value; value /= base)
        digits[count++] = set[value % base];
    if (!count && spec->precision)
        digits[count++] = '0';
    length = count + (int)(prefix[0] != 0) + (int)(prefix[0] && prefix[1]);
    zeros = spec->precision - count;
    if (spec->precision < 0)
        zeros = spec->zero && !spec->left ? spec->width - length : 0;
    zeros = zeros > 0 ? zeros : 0;
    if (!spec->left)
        pad(out, ' ', spec->width - length - zeros);
    while (*prefix)
        put(out, (UCHAR)*prefix++);
    pad(out, '0', zeros);
    while (count)
        put(out, (UCHAR)digits[--count]);
    if (spec->left)
        pad(out, ' ', spec->width - length - zeros);
}

// `limit` characters at most; with `counted` exactly so many, else up to the terminator.
static void put_text(struct output *out, const struct spec *spec, const void *text, bool wide,
                     size_t limit, bool counted)
{
    const WCHAR *w = text;
    const UCHAR *n = text;
    size_t length = 0;

    if (spec->precision >= 0 && (size_t)spec->precision < limit)
        limit = (size_t)spec->precision;
    while (length < limit && (counted || (wide ? w[length] : n[length])))
        length++;
    if (!spec->left)
        pad(out, ' ', spec->width - (int)length);
    for (size_t i = 0; i < length; i++)
        put(out, wide ? w[i] : n[i]);
    if (spec->left)
        pad(out, ' ', spec->width - (int)length);
}

static void put_string(struct output *out, const struct spec *spec, const void *text, bool wide)
{
    if (text)
        put_text(out, spec, text, wide, INT32_MAX, false);
    else
        put_text(out, spec, "(null)", false, INT32_MAX, false);
}

static void put_counted(struct output *out, const struct spec *spec, const void *string)
{
    const UNICODE_STRING *counted = string;

    if (!counted || !counted->Buffer)
        put_string(out, spec, NULL, false);
    else
        put_text(out, spec, counted->Buffer, spec->wide,
                 spec->wide ? counted->Length / sizeof(WCHAR) : counted->Length, true);
}

static void put_character(struct output *out, const struct spec *spec, WCHAR c)
{
    put_text(out, spec, &c, true, 1, true);
}

static bool convert(struct output *out, struct spec *spec, WCHAR kind,
                    struct printf_arguments *arguments)
{
    bool wide = out->sink->wide;

    switch (kind) {
    case 'd':
    case 'i':
        put_integer(out, spec, narrowed(next_integer(arguments, spec->bytes), spec->bytes, true),
                    10, true, false);
        return true;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_integer(out, spec, narrowed(next_integer(arguments, spec->bytes), spec->bytes, false),
                    kind == 'u'   ? 10
                    : kind == 'o' ? 8
                                  : 16,
                    false, kind == 'X');
        return true;
    case 'p':
        spec->precision = 16;
        put_integer(out, spec, next_integer(arguments, 8), 16, false, true);
        return true;
    case 'c':
    case 'C':
        put_character(out, spec, (WCHAR)next_integer(arguments, 4));
        return true;
    case 's':
    case 'S':
        wide = spec->wide || (!spec->narrow && (kind == 'S' ? !wide : wide));
        put_string(out, spec, next_pointer(arguments), wide);
        return true;
    case 'Z':
        put_counted(out, spec, next_pointer(arguments));
        return true;
    default:
        return false;
    }
}

// ---- the format ---------------------------------------------------------------------------------

struct reader {
    const void *text;
    bool wide;
    size_t at;
};

static WCHAR peek(const struct reader *reader, size_t ahead)
{
    return reader->wide ? ((const WCHAR *)reader->text)[reader->at + ahead]
                        : ((const UCHAR *)reader->text)[reader->at + ahead];
}

static bool take(struct reader *reader, WCHAR c)
{
    if (peek(reader, 0) != c)
        return false;
    reader->at++;
    return true;
}

static void read_flags(struct reader *reader, struct spec *spec)
{
    for (;; reader->at++) {
        switch (peek(reader, 0)) {
        case '-':
            spec->left = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case ' ':
            spec->space = true;
            break;
        case '0':
            spec->zero = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        default:
            return;
        }
    }
}

static int read_number(struct reader *reader, struct printf_arguments *arguments)
{
    int value = 0;

    if (take(reader, '*'))
        return (int)next_integer(arguments, 4);
    for (; peek(reader, 0) >= '0' && peek(reader, 0) <= '9'; reader->at++)
        if (value < 100000)
            value = value * 10 + (peek(reader, 0) - '0');
    return value;
}

static void read_size(struct reader *reader, struct spec *spec)
{
    spec->bytes = 4;
    if (take(reader, 'h')) {
        spec->narrow = true;
        spec->bytes = take(reader, 'h') ? 1 : 2;
    } else if (take(reader, 'l')) {
        spec->wide = true;
        if (take(reader, 'l'))
            spec->bytes = 8;
    } else if (take(reader, 'w')) {
        spec->wide = true;
    } else if (take(reader, 'z') || take(reader, 't') || take(reader, 'j')) {
        spec->bytes = 8;
    } else if (take(reader, 'I')) {
        bool is32 = peek(reader, 0) == '3' && peek(reader, 1) == '2';
        bool is64 = peek(reader, 0) == '6' && peek(reader, 1) == '4';

        spec->bytes = is32 ? 4 : 8;
        reader->at += is32 || is64 ? 2 : 0;
    }
}

static void read_spec(struct reader *reader, struct spec *spec, struct printf_arguments *arguments)
{
    *spec = (struct spec){.precision = -1};
    read_flags(reader, spec);
    spec->width = read_number(reader, arguments);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width > -100000 ? -spec->width : 0;
    }
    if (take(reader, '.'))
        spec->precision = read_number(reader, arguments);
    read_size(reader, spec);
}

size_t printf_format(struct printf_sink *sink, const void *format,
                     struct printf_arguments *arguments)
{
    struct reader reader = {.text = format, .wide = sink->wide};
    struct output out = {.sink = sink};
    struct spec spec;

    while (peek(&reader, 0)) {
        size_t start = reader.at;

        if (!take(&reader, '%')) {
            put(&out, peek(&reader, 0));
            reader.at++;
            continue;
        }
        read_spec(&reader, &spec, arguments);
        if (peek(&reader, 0) && convert(&out, &spec, peek(&reader, 0), arguments)) {
            reader.at++;
            continue;
        }
        if (take(&reader, '%')) {
            put(&out, '%');
            continue;
        }
        // Not a conversion: printed as it stands.
        reader.at = start + 1;
        put(&out, '%');
    }
    return out.count;
}

// ---- into buffers -------------------------------------------------------------------------------

struct buffer_sink {
    struct printf_sink sink;
    void *to;
    size_t limit, at;
};

static void put_narrow(struct printf_sink *sink, WCHAR c)
{
    struct buffer_sink *buffer = (struct buffer_sink *)sink;

    if (buffer->at < buffer->limit)
        ((char *)buffer->to)[buffer->at++] = c > 0xFF ? '?' : (char)c;
}

static void put_wide(struct printf_sink *sink, WCHAR c)
{
    struct buffer_sink *buffer = (struct buffer_sink *)sink;

    if (buffer->at < buffer->limit)
        ((WCHAR *)buffer->to)[buffer->at++] = c;
}

int printf_to_buffer(void *to, size_t limit, bool wide, const void *format,
                     struct printf_arguments *arguments)
{
    struct buffer_sink buffer = {{wide ? put_wide : put_narrow, wide}, to, limit, 0};
    size_t count = printf_format(&buffer.sink, format, arguments);

    if (count < limit) {
        if (wide)
            ((WCHAR *)to)[count] = 0;
        else
            ((char *)to)[count] = 0;
    }
    return count > limit || count > INT32_MAX ? -1 : (int)count;
}

int nt__vsnprintf(char *to, size_t limit, const char *format, va_list arguments)
{
    struct printf_arguments wrapped = {.ms = false};
    int count;

    va_copy(wrapped.list, arguments);
    count = printf_to_buffer(to, limit, false, format, &wrapped);
    va_end(wrapped.list);
    return count;
}

int nt__vsnwprintf(WCHAR *to, size_t limit, const WCHAR *format, va_list arguments)
{
    struct printf_arguments wrapped = {.ms = false};
    int count;

    va_copy(wrapped.list, arguments);
    count = printf_to_buffer(to, limit, true, format, &wrapped);
    va_end(wrapped.list);
    return count;
}

int nt_vsprintf(char *to, const char *format, va_list arguments)
{
    return nt__vsnprintf(to, INT32_MAX, format, arguments);
}

int nt_sprintf(char *to, const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = nt_vsprintf(to, format, arguments);
    va_end(arguments);
    return count;
}

int nt__snprintf(char *to, size_t limit, const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = nt__vsnprintf(to, limit, format, arguments);
    va_end(arguments);
    return count;
}

int nt__snwprintf(WCHAR *to, size_t limit, const WCHAR *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = nt__vsnwprintf(to, limit, format, arguments);
    va_end(arguments);
    return count;
}
