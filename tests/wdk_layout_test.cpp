// SPDX-License-Identifier: MIT
//
// The layouts hold in C++ (compiling proves them), and so do the C++ forms of the GUID macros.
#include "tests/ps_test.h"

#include "tests/wdk_layout.h"

DEFINE_GUIDSTRUCT("73647561-0000-0010-8000-00AA00389B71", PRIVATE_AUDIO);
#define PRIVATE_AUDIO DEFINE_GUIDNAMED(PRIVATE_AUDIO)

// Drivers write their ranges so; a GUID inside is eleven numbers without inner braces.
#pragma GCC diagnostic ignored "-Wmissing-braces"
static const KSDATARANGE range = {{sizeof(KSDATARANGE), 0, 0, 0,
                                   {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                                   {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)},
                                   {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}};

PS_TEST(guids_compare_in_cxx, "DS-22")
{
    assert_true(PRIVATE_AUDIO == KSDATAFORMAT_TYPE_AUDIO);
    assert_true(PRIVATE_AUDIO != KSDATAFORMAT_TYPE_VIDEO);
    assert_true(IsEqualGUIDAligned(range.SubFormat, KSDATAFORMAT_SUBTYPE_PCM));
    assert_true(IsEqualGUID(range.Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX));
}

PS_TEST(min_and_max_are_there, "DS-24")
{
    assert_int_equal(min(3, 4), 3);
    assert_int_equal(max(3u, 4u), 4);
}
