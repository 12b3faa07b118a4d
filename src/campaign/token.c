// SPDX-License-Identifier: MIT
#include "campaign/token.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <portside/portside.h>

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

enum { CHECK_DIGITS = 2 };

uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;

    while (count--)
        hash = (hash ^ *at++) * 16777619u;
    return hash;
}

int hash_file(const char *path, uint32_t *out)
{
    unsigned char buffer[16384];
    FILE *file = fopen(path, "rb");
    size_t got;
    int error;

    if (!file)
        return -errno;
    *out = HASH_START;
    while ((got = fread(buffer, 1, sizeof(buffer), file)))
        *out = hash_bytes(*out, buffer, got);
    error = ferror(file) ? -EIO : 0;
    fclose(file);
    return error;
}

// What of Portside itself decides a run.
static unsigned build_hash(void)
{
    return hash_bytes(HASH_START, PORTSIDE_VERSION, sizeof(PORTSIDE_VERSION)) & 0xffff;
}

static unsigned check_of(const char *text, size_t bytes)
{
    uint32_t hash = hash_bytes(HASH_START, text, bytes);

    return (hash ^ hash >> 12 ^ hash >> 24) & 0xfff;
}

// ---- encoding ----------------------------------------------------------------------------------------

static void put_number(FILE *out, uint64_t value)
{
    for (; value >= 32; value >>= 5)
        putc(digits[32 + (value & 31)], out);
    putc(digits[value], out);
}

static void put_option(FILE *out, char key, uint64_t value)
{
    if (value)
        fprintf(out, ",%c%" PRIx64, key, value);
}

// As tokens say it.
static const char *const machines[] = {"sim", "qemu", "sim:quirks=qemu"};
enum { MACHINES = sizeof(machines) / sizeof(*machines) };

static unsigned machine_number(const char *name)
{
    unsigned number = MACHINES;

    while (name && number-- > 1)
        if (!strcmp(machines[number], name))
            return number;
    return 0;
}

static void put_options(FILE *out, const struct token *token)
{
    fprintf(out, "x%x", build_hash());
    put_option(out, 'h', token->scenario_hash);
    put_option(out, 'v', token->variant);
    put_option(out, 's', token->system.seed);
    put_option(out, 'm', token->system.memory);
    put_option(out, 'p', token->system.processors);
    put_option(out, 't', token->system.tick_ns);
    put_option(out, 'q', machine_number(token->system.machine));
    if (token->device[0])
        fprintf(out, ",d%s", token->device);
    if (token->fault.kind)
        fprintf(out, ",f%c%" PRIx64, 'a' + token->fault.kind, token->fault.at);
    for (unsigned i = 0; i < token->policy_count; i++)
        fprintf(out, ",P%s", token->policies[i]);
    for (unsigned i = 0; i < token->rule_count; i++)
        fprintf(out, ",R%s", token->rules[i]);
}

static void put_choices(FILE *out, const struct token *token)
{
    uint64_t next = 0;

    put_number(out, token->choice_count);
    for (size_t i = 0; i < token->choice_count; i++) {
        put_number(out, token->choices[i].point - next);
        put_number(out, token->choices[i].index);
        next = token->choices[i].point + 1;
    }
}

char *token_encode(const struct token *token)
{
    char *text = NULL;
    size_t bytes = 0;
    unsigned check;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    fprintf(out, "w1.%s.%08x.", token->scenario, token->driver);
    put_options(out, token);
    putc('.', out);
    put_choices(out, token);
    if (fflush(out)) {
        fclose(out);
        free(text);
        return NULL;
    }
    check = check_of(text, bytes);
    fprintf(out, "%c%c", digits[check >> 6], digits[check & 63]);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

// ---- decoding ----------------------------------------------------------------------------------------

static bool is_word(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("=_-", text[i]))
            return false;
    return bytes > 0 && bytes < TOKEN_NAME;
}

static bool take_word(char out[TOKEN_NAME], const char *text, size_t bytes)
{
    if (!is_word(text, bytes))
        return false;
    memcpy(out, text, bytes);
    out[bytes] = 0;
    return true;
}

static bool take_hex(const char *text, size_t bytes, uint64_t most, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < bytes; i++) {
        const char *place = text[i] ? strchr("0123456789abcdef", text[i]) : NULL;

        if (!place || i == 16)
            return false;
        *out = *out << 4 | (uint64_t)(place - "0123456789abcdef");
    }
    return bytes > 0 && *out <= most;
}

static bool take_fault(struct fault *fault, const char *text, size_t bytes)
{
    unsigned kind = bytes ? (unsigned)(text[0] - 'a') : 0;

    fault->kind = (enum fault_kind)kind;
    return kind > FAULT_NONE && kind < FAULT_KINDS &&
           take_hex(text + 1, bytes - 1, UINT64_MAX, &fault->at) && fault->at;
}

static bool take_listed(char list[TOKEN_LIST][TOKEN_NAME], unsigned *count, const char *text,
                        size_t bytes)
{
    return *count < TOKEN_LIST && memchr(text, '=', bytes) &&
           take_word(list[(*count)++], text, bytes);
}

static bool take_named(struct token *token, char key, const char *text, size_t bytes)
{
    switch (key) {
    case 'd':
        return take_word(token->device, text, bytes);
    case 'f':
        return take_fault(&token->fault, text, bytes);
    case 'P':
        return take_listed(token->policies, &token->policy_count, text, bytes);
    case 'R':
        return take_listed(token->rules, &token->rule_count, text, bytes);
    default:
        return false;
    }
}

static bool take_option(struct token *token, unsigned *build, const char *text, size_t bytes)
{
    static const struct {
        char key;
        uint64_t most;
    } numbers[] = {{'x', 0xffff},          {'h', UINT32_MAX}, {'v', UINT32_MAX}, {'s', UINT64_MAX},
                   {'m', PS_MEMORY_FRAGMENTED}, {'p', 8},     {'t', 1000000000}, {'q', MACHINES - 1}};
    enum { KEYS = sizeof(numbers) / sizeof(*numbers) };
    uint64_t value;
    unsigned i = 0;

    if (!bytes)
        return false;
    while (i < KEYS && numbers[i].key != text[0])
        i++;
    if (i == KEYS)
        return take_named(token, text[0], text + 1, bytes - 1);
    if (!take_hex(text + 1, bytes - 1, numbers[i].most, &value))
        return false;
    switch (text[0]) {
    case 'x':
        *build = (unsigned)value;
        break;
    case 'h':
        token->scenario_hash = (uint32_t)value;
        break;
    case 'v':
        token->variant = value;
        break;
    case 's':
        token->system.seed = value;
        break;
    case 'm':
        token->system.memory = (enum ps_memory)value;
        break;
    case 'p':
        token->system.processors = (unsigned)value;
        break;
    case 'q':
        token->system.machine = machines[value];
        break;
    default:
        token->system.tick_ns = value;
    }
    return true;
}

static bool take_options(struct token *token, unsigned *build, const char *text, size_t bytes)
{
    *build = UINT32_MAX;
    for (;;) {
        const char *comma = memchr(text, ',', bytes);
        size_t piece = comma ? (size_t)(comma - text) : bytes;

        if (!take_option(token, build, text, piece))
            return false;
        if (!comma)
            return *build != UINT32_MAX;
        text = comma + 1;
        bytes -= piece + 1;
    }
}

static bool take_number(const char **at, const char *end, uint64_t most, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; *at < end; shift += 5) {
        const char *place = **at ? strchr(digits, **at) : NULL;
        uint64_t digit = place ? (uint64_t)(place - digits) : 0;

        (*at)++;
        if (!place || shift > 55)
            return false;
        *out |= (digit & 31) << shift;
        if (digit < 32)
            return *out <= most;
    }
    return false;
}

static int take_choices(struct token *token, const char *at, const char *end)
{
    uint64_t count, next = 0, delta, index;

    if (!take_number(&at, end, (uint64_t)(end - at), &count)) // two digits each at the least
        return -EINVAL;
    token->choices = calloc(count + 1, sizeof(*token->choices));
    if (!token->choices)
        return -ENOMEM;
    for (uint64_t i = 0; i < count; i++) {
        if (!take_number(&at, end, UINT64_MAX >> 8, &delta) ||
            !take_number(&at, end, UINT16_MAX, &index))
            return -EINVAL;
        token->choices[i] = (struct chooser_deviation){next + delta, (uint32_t)index};
        next += delta + 1;
    }
    token->choice_count = count;
    return at == end ? 0 : -EINVAL;
}

// The five parts; false if there are more or fewer.
static bool split(const char *text, size_t bytes, const char *parts[5], size_t sizes[5])
{
    for (unsigned i = 0; i < 5; i++) {
        const char *dot = memchr(text, '.', bytes);

        if (!dot != (i == 4))
            return false;
        parts[i] = text;
        sizes[i] = dot ? (size_t)(dot - text) : bytes;
        text += sizes[i] + 1;
        bytes -= dot ? sizes[i] + 1 : bytes;
    }
    return true;
}

static int decode(const char *text, size_t bytes, struct token *out, const char **why)
{
    const char *parts[5];
    size_t sizes[5];
    uint64_t driver;
    unsigned check, build;

    *why = "it is not a token: w1.SCENARIO.DRIVER.OPTIONS.CHOICES";
    if (bytes > TOKEN_MOST || !split(text, bytes, parts, sizes) || sizes[0] != 2 ||
        memcmp(parts[0], "w1", 2))
        return -EINVAL;
    *why = "the token is damaged or incomplete";
    if (sizes[4] <= CHECK_DIGITS)
        return -EINVAL;
    check = check_of(text, bytes - CHECK_DIGITS);
    if (text[bytes - 2] != digits[check >> 6] || text[bytes - 1] != digits[check & 63])
        return -EINVAL;
    if (!take_word(out->scenario, parts[1], sizes[1]) || sizes[2] != 8 ||
        !take_hex(parts[2], sizes[2], UINT32_MAX, &driver) ||
        !take_options(out, &build, parts[3], sizes[3]))
        return -EINVAL;
    out->driver = (uint32_t)driver;
    if (build != build_hash()) {
        *why = "the token was made by another version of Portside";
        return -ENOTSUP;
    }
    return take_choices(out, parts[4], parts[4] + sizes[4] - CHECK_DIGITS);
}

int token_decode(const char *text, struct token *out, const char **why)
{
    int result;

    memset(out, 0, sizeof(*out));
    result = decode(text, strlen(text), out, why);
    if (result == -ENOMEM)
        *why = "out of memory";
    return result;
}

void token_clear(struct token *token)
{
    free(token->choices);
    token->choices = NULL;
    token->choice_count = 0;
}
