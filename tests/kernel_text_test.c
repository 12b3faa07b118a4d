// SPDX-License-Identifier: MIT
//
// Bit maps, and strings beyond the everyday ones: case, ANSI twins, code pages, UTF-8.
#include "ps_test.h"

#include <detail/bitmap.h>
#include <detail/rtltext.h>

#include "kernel_fixture.h"

#define NOT_FOUND 0xFFFFFFFFu

PS_TEST(bits_are_set_cleared_and_counted, "SV-130")
{
    ULONG words[2] = {0};
    RTL_BITMAP map;

    RtlInitializeBitMap(&map, words, 40);
    RtlSetBits(&map, 30, 4);
    assert_int_equal(words[0], 0xC0000000u);
    assert_int_equal(words[1], 3);
    assert_true(RtlAreBitsSet(&map, 30, 4));
    assert_false(RtlAreBitsSet(&map, 29, 2));
    assert_true(RtlAreBitsClear(&map, 34, 6));
    assert_false(RtlAreBitsClear(&map, 34, 7));
    assert_int_equal(RtlNumberOfSetBits(&map), 4);
    RtlClearBits(&map, 31, 2);
    assert_int_equal(RtlNumberOfClearBits(&map), 38);
    assert_true(RtlTestBit(&map, 33));
    assert_int_equal(RtlCheckBit(&map, 33), 1);
    assert_false(RtlTestBit(&map, 31));
    RtlSetBits(&map, 39, 2);
    assert_false(RtlTestBit(&map, 39));
    RtlSetAllBits(&map);
    assert_int_equal(words[1], 0xFF);
    RtlClearBit(&map, 0);
    RtlSetBit(&map, 40);
    assert_int_equal(RtlNumberOfSetBits(&map), 39);
    RtlClearAllBits(&map);
    assert_int_equal(words[0] | words[1], 0);
}

PS_TEST(runs_of_bits_are_found_from_the_hint_on, "SV-130")
{
    ULONG words[2] = {0};
    RTL_BITMAP map;

    RtlInitializeBitMap(&map, words, 40);
    RtlSetBits(&map, 4, 2);
    assert_int_equal(RtlFindClearBits(&map, 5, 0), 6);
    assert_int_equal(RtlFindClearBits(&map, 4, 0), 0);
    assert_int_equal(RtlFindClearBits(&map, 4, 20), 20);
    assert_int_equal(RtlFindClearBits(&map, 4, 38), 0);
    assert_int_equal(RtlFindClearBits(&map, 35, 0), NOT_FOUND);
    assert_int_equal(RtlFindSetBits(&map, 2, 9), 4);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 34, 0), 6);
    assert_int_equal(RtlNumberOfClearBits(&map), 4);
    assert_int_equal(RtlFindSetBitsAndClear(&map, 36, 0), 4);
    assert_int_equal(RtlNumberOfSetBits(&map), 0);
    assert_int_equal(RtlFindLeastSignificantBit(0x8000000010u), 4);
    assert_int_equal(RtlFindMostSignificantBit(0x8000000010u), 39);
    assert_int_equal(RtlFindLeastSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
}

static void change_case(void *argument)
{
    UNICODE_STRING from, up, down, end, copy;
    WCHAR room[4];

    RtlInitUnicodeString(&from, u"Wave \u00e9");
    assert_int_equal(RtlUpcaseUnicodeString(&up, &from, TRUE), STATUS_SUCCESS);
    assert_memory_equal(up.Buffer, u"WAVE \u00c9", up.Length);
    assert_int_equal(RtlDowncaseUnicodeString(&down, &up, TRUE), STATUS_SUCCESS);
    assert_memory_equal(down.Buffer, u"wave \u00e9", down.Length);
    RtlInitUnicodeString(&end, u"E \u00c9");
    assert_true(RtlSuffixUnicodeString(&end, &from, TRUE));
    assert_false(RtlSuffixUnicodeString(&end, &from, FALSE));
    assert_false(RtlSuffixUnicodeString(&from, &end, TRUE));
    RtlInitEmptyUnicodeString(&copy, room, sizeof(room));
    assert_int_equal(RtlUpcaseUnicodeString(&copy, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_true(RtlCreateUnicodeString(&copy, u"mine"));
    assert_int_equal(copy.Length, 8);
    RtlFreeUnicodeString(&copy);
    RtlFreeUnicodeString(&up);
    RtlFreeUnicodeString(&down);
}

PS_TEST(case_is_changed_in_new_strings, "SV-131")
{
    struct kernel_rig rig = kernel_rig_do(change_case, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

PS_TEST(ansi_strings_are_compared_copied_and_joined, "SV-131")
{
    ANSI_STRING a, b, to;
    CHAR room[6];

    RtlInitAnsiString(&a, "Line");
    RtlInitAnsiString(&b, "lINE");
    RtlInitEmptyAnsiString(&to, room, sizeof(room));
    assert_true(RtlEqualString(&a, &b, TRUE));
    assert_false(RtlEqualString(&a, &b, FALSE));
    assert_true(RtlCompareString(&a, &b, FALSE) < 0);
    RtlCopyString(&to, &a);
    assert_int_equal(RtlAppendStringToString(&to, &b), STATUS_BUFFER_TOO_SMALL);
    b.Length = 2;
    assert_int_equal(RtlAppendStringToString(&to, &b), STATUS_SUCCESS);
    assert_memory_equal(room, "LinelI", 6);
    assert_true(RtlCompareString(&to, &a, FALSE) > 0);
    RtlUpperString(&to, &a);
    assert_int_equal(to.Length, 4);
    assert_memory_equal(room, "LINE", 4);
}

PS_TEST(code_pages_convert_what_fits, "SV-131")
{
    WCHAR wide[4];
    CHAR narrow[4];
    ULONG bytes;

    assert_int_equal(RtlUnicodeToMultiByteN(narrow, 3, &bytes, u"a\u00e9\u20acx", 8), STATUS_SUCCESS);
    assert_int_equal(bytes, 3);
    assert_memory_equal(narrow, "a\xe9?", 3);
    assert_int_equal(RtlMultiByteToUnicodeN(wide, 7, &bytes, "a\xe9zzz", 5), STATUS_SUCCESS);
    assert_int_equal(bytes, 6);
    assert_memory_equal(wide, u"a\u00e9z", 6);
    assert_int_equal(RtlUnicodeToMultiByteSize(&bytes, u"abc", 6), STATUS_SUCCESS);
    assert_int_equal(bytes, 3);
    assert_int_equal(RtlMultiByteToUnicodeSize(&bytes, "abc", 3), STATUS_SUCCESS);
    assert_int_equal(bytes, 6);
}

PS_TEST(utf8_goes_there_and_back, "SV-131")
{
    static const WCHAR text[] = u"a\u00e9\u20ac\U0001F50A";
    static const char utf8[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8a";
    CHAR narrow[16];
    WCHAR wide[8];
    ULONG bytes;

    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, &bytes, text, 10), STATUS_SUCCESS);
    assert_int_equal(bytes, 10);
    assert_int_equal(RtlUnicodeToUTF8N(narrow, 16, &bytes, text, 10), STATUS_SUCCESS);
    assert_memory_equal(narrow, utf8, 10);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 16, &bytes, utf8, 10), STATUS_SUCCESS);
    assert_int_equal(bytes, 10);
    assert_memory_equal(wide, text, 10);
    assert_int_equal(RtlUnicodeToUTF8N(narrow, 8, &bytes, text, 10), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 6);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 8, &bytes, utf8, 10), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(bytes, 6);
}

// Lone surrogates, overlong forms, cut sequences: each a replacement character, and said.
PS_TEST(what_is_no_utf8_is_replaced_and_said, "SV-131")
{
    CHAR narrow[8];
    WCHAR wide[8];
    ULONG bytes;

    assert_int_equal(RtlUnicodeToUTF8N(narrow, 8, &bytes, (const WCHAR[]){0xDC00, 'x'}, 4), STATUS_SOME_NOT_MAPPED);
    assert_int_equal(bytes, 4);
    assert_memory_equal(narrow, "\xef\xbf\xbdx", 4);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 16, &bytes, "\xc0\xafx\xe2\x82", 5), STATUS_SOME_NOT_MAPPED);
    assert_memory_equal(wide, ((const WCHAR[]){0xFFFD, 0xFFFD, 'x', 0xFFFD}), 8);
    assert_int_equal(bytes, 8);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 16, &bytes, "\xe0\x80\xaf\xed\xa0\x80y", 7), STATUS_SOME_NOT_MAPPED);
    assert_memory_equal(wide, ((const WCHAR[]){0xFFFD, 0xFFFD, 'y'}), 6);
    assert_int_equal(bytes, 6);
    assert_int_equal(RtlUTF8ToUnicodeN(wide, 16, NULL, NULL, 0), STATUS_INVALID_PARAMETER);
}

PS_TEST(large_numbers_become_text, "SV-131")
{
    WCHAR room[20];
    UNICODE_STRING text;

    RtlInitEmptyUnicodeString(&text, room, sizeof(room));
    assert_int_equal(RtlInt64ToUnicodeString(0x123456789AB, 16, &text), STATUS_SUCCESS);
    assert_memory_equal(room, u"123456789AB", 24);
    assert_int_equal(RtlInt64ToUnicodeString(1ull << 40, 2, &text), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlInt64ToUnicodeString(1, 7, &text), STATUS_INVALID_PARAMETER);
}
