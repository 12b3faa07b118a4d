// SPDX-License-Identifier: MIT
//
// Tokens: what goes in comes out, and nothing else goes in.
#include "tests/ps_test.h"

#include <errno.h>

#include "base/random.h"
#include "campaign/token.h"

static const struct token plain = {.scenario = "cancel-while-running", .driver = 0x8f3a01c2};

static void assert_decodes(const char *text, struct token *out)
{
    const char *why = "";

    if (token_decode(text, out, &why))
        fail_msg("%s: %s", text, why);
}

static void assert_refused(const char *text, int error)
{
    const char *why = "";
    struct token token;

    assert_int_equal(token_decode(text, &token, &why), error);
    assert_true(strlen(why) > 10);
    token_clear(&token);
}

static void assert_same(const struct token *a, const struct token *b)
{
    assert_string_equal(a->scenario, b->scenario);
    assert_string_equal(a->device, b->device);
    assert_int_equal(a->driver, b->driver);
    assert_int_equal(a->scenario_hash, b->scenario_hash);
    assert_int_equal(a->variant, b->variant);
    assert_memory_equal(&a->system, &b->system, sizeof(a->system));
    assert_int_equal(a->fault.kind, b->fault.kind);
    assert_int_equal(a->fault.at, b->fault.at);
    assert_int_equal(a->policy_count, b->policy_count);
    assert_memory_equal(a->policies, b->policies, sizeof(a->policies));
    assert_int_equal(a->rule_count, b->rule_count);
    assert_memory_equal(a->rules, b->rules, sizeof(a->rules));
    assert_int_equal(a->choice_count, b->choice_count);
    for (size_t i = 0; i < a->choice_count; i++) {
        assert_int_equal(a->choices[i].point, b->choices[i].point);
        assert_int_equal(a->choices[i].index, b->choices[i].index);
    }
}

static void assert_round_trip(const struct token *token)
{
    char *text = token_encode(token);
    struct token back;

    assert_non_null(text);
    assert_decodes(text, &back);
    assert_same(token, &back);
    token_clear(&back);
    free(text);
}

PS_TEST(a_plain_token_is_short_and_comes_back)
{
    char *text = token_encode(&plain);

    assert_true(!strncmp(text, "w1.cancel-while-running.8f3a01c2.", 33));
    assert_true(strlen(text) < 50);
    free(text);
    assert_round_trip(&plain);
}

static struct token everything(void)
{
    static struct chooser_deviation choices[] = {{0, 1}, {1, 2}, {31, 31}, {32, 32}, {5000000000u, 255}};
    struct token token = {
        .scenario = "mine",
        .driver = UINT32_MAX,
        .scenario_hash = 7,
        .variant = 12345,
        .device = "ac97",
        .system = {.processors = 8, .seed = UINT64_MAX, .memory = PS_MEMORY_FRAGMENTED, .tick_ns = 15625000},
        .fault = {FAULT_ALLOCATION_FOR_GOOD, 77},
        .policies = {"mapping-split=merge-max", "a=b"},
        .policy_count = 2,
        .rules = {"VF-58=off"},
        .rule_count = 1,
        .choices = choices,
        .choice_count = 5,
    };

    return token;
}

PS_TEST(a_token_carries_everything_that_decides_a_run)
{
    struct token token = everything();

    assert_round_trip(&token);
}

PS_TEST(random_choices_come_back)
{
    uint64_t random = 5;

    for (unsigned run = 0; run < 200; run++) {
        struct token token = plain;
        struct chooser_deviation choices[64];
        uint64_t point = 0;

        token.choices = choices;
        token.choice_count = random_below(&random, 65);
        for (size_t i = 0; i < token.choice_count; i++) {
            point += random_below(&random, 1u << random_below(&random, 20));
            choices[i] = (struct chooser_deviation){point++, random_below(&random, 256)};
        }
        assert_round_trip(&token);
    }
}

PS_TEST(eighty_deviations_fit_into_what_is_printed)
{
    struct chooser_deviation choices[80];
    struct token token = everything();
    char *text;

    for (unsigned i = 0; i < 80; i++)
        choices[i] = (struct chooser_deviation){i * 150u, i % 4};
    token.choices = choices;
    token.choice_count = 80;
    text = token_encode(&token);
    assert_true(strlen(text) <= TOKEN_PRINTED);
    free(text);
}

// ---- what others make of it ----------------------------------------------------------------------------

PS_TEST(what_is_no_token_is_refused)
{
    static const char *const texts[] = {
        "", ".", "....", "w1", "w1.", "w1....", "hello", "w2.a.00000000.x0.0", "w1.a.b.c.d.e", "@file",
        "w1.a.00000000.x0", "w1.\xff.00000000.x0.000",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_refused(texts[i], -EINVAL);
}

PS_TEST(every_changed_or_missing_letter_is_noticed)
{
    struct token token = everything();
    char *text = token_encode(&token);
    size_t length = strlen(text), accepted = 0;

    for (size_t i = 0; i < length; i++) {
        char *copy = strdup(text);
        const char *why;
        struct token back;

        copy[i] = copy[i] == 'Z' ? 'Y' : 'Z';
        accepted += !token_decode(copy, &back, &why);
        token_clear(&back);
        strcpy(copy, text);
        copy[i] = 0;
        assert_refused(copy, -EINVAL);
        free(copy);
    }
    assert_int_equal(accepted, 0);
    free(text);
}

// A text with a checksum that fits, as somebody would make it who means harm.
static char *sealed(const char *text)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    uint32_t hash = hash_bytes(HASH_START, text, strlen(text));
    unsigned check = (hash ^ hash >> 12 ^ hash >> 24) & 0xfff;
    char *out = malloc(strlen(text) + 3);

    sprintf(out, "%s%c%c", text, digits[check >> 6], digits[check & 63]);
    return out;
}

static void assert_sealed_refused(const char *parts, int error)
{
    char *plain_text = token_encode(&plain), *build = strstr(plain_text, ".x") + 1, text[4096];
    char *whole;

    *strchr(build, '.') = 0;
    snprintf(text, sizeof(text), parts, build);
    whole = sealed(text);
    assert_refused(whole, error);
    free(whole);
    free(plain_text);
}

PS_TEST(a_sealed_token_of_nonsense_is_refused)
{
    assert_sealed_refused("w1.a.0000000g.%s.0", -EINVAL);
    assert_sealed_refused("w1.a.000000001.%s.0", -EINVAL);
    assert_sealed_refused("w1.a/b.00000000.%s.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,p9.0", -EINVAL);        // processors
    assert_sealed_refused("w1.a.00000000.%s,m3.0", -EINVAL);        // memory
    assert_sealed_refused("w1.a.00000000.%s,tffffffffff.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,fb.0", -EINVAL);        // a fault without a place
    assert_sealed_refused("w1.a.00000000.%s,fb0.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,fz1.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,f.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,y1.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,q3.0", -EINVAL);        // machine
    assert_sealed_refused("w1.a.00000000.%s,Pnothing.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s,s11111111111111111.0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s.1", -EINVAL);           // a choice too few
    assert_sealed_refused("w1.a.00000000.%s.000", -EINVAL);         // one too many
    assert_sealed_refused("w1.a.00000000.%s.________0", -EINVAL);   // 2^40 choices
    assert_sealed_refused("w1.a.00000000.%s._____________0", -EINVAL);
    assert_sealed_refused("w1.a.00000000.%s.10____1", -EINVAL);     // index 2^20 and more
    assert_sealed_refused("w1.a.00000000.%s.W", -EINVAL);           // ends within a number
    assert_sealed_refused("w1.a.00000000.%s.", -EINVAL);
    assert_sealed_refused("w1.a.00000000.x1fffe.0", -EINVAL);
}

PS_TEST(a_token_of_another_version_is_told)
{
    char *plain_text = token_encode(&plain);
    bool first = strstr(plain_text, ".x1.") != NULL;

    assert_sealed_refused(first ? "w1.a.00000000.x2.0" : "w1.a.00000000.x1.0", -ENOTSUP);
    free(plain_text);
}

PS_TEST(too_many_and_too_long_words_are_refused)
{
    char text[4096] = "w1.a.00000000.%s";

    for (unsigned i = 0; i < TOKEN_LIST + 1; i++)
        strcat(text, ",Pa=b");
    strcat(text, ".0");
    assert_sealed_refused(text, -EINVAL);
    strcpy(text, "w1.");
    memset(text + 3, 'a', TOKEN_NAME);
    strcpy(text + 3 + TOKEN_NAME, ".00000000.%s.0");
    assert_sealed_refused(text, -EINVAL);
}

PS_TEST(random_bytes_are_refused_without_harm)
{
    uint64_t random = 99;

    for (unsigned run = 0; run < 20000; run++) {
        char text[64] = "w1.a.00000000.";
        size_t length = 14 + random_below(&random, 40);
        const char *why;
        struct token token;
        char *whole;

        for (size_t i = 14; i < length; i++)
            text[i] = "x0.1,sfPR=vZ_-"[random_below(&random, 14)];
        text[length] = 0;
        whole = run % 2 ? sealed(text) : strdup(text);
        token_decode(whole, &token, &why);
        token_clear(&token);
        free(whole);
    }
}
