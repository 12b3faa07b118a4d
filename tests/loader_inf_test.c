// SPDX-License-Identifier: MIT
//
// What an INF file gives a driver, line by line; and that none, however broken, does more than to be refused. Beside it
// fuzz/inf_fuzz.c does the same with files nobody thought of.
#include "ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/inf.h"

static char said[1000];

static int take(void *context, const struct inf_value *value)
{
    static const char *const roots[] = {"driver", "device", "service", "interface",
                                        "HKLM",   "HKU",    "HKCU",    "HKCR"};
    size_t used = strlen(said);
    const unsigned char *bytes = value->data;

    if (used + 300 > sizeof(said))
        return 0;
    used += (size_t)snprintf(said + used, sizeof(said) - used, "%s\\%s,%s", roots[value->root],
                             value->subkey, value->name);
    if (value->root == INF_INTERFACE)
        used += (size_t)snprintf(said + used, sizeof(said) - used, "(%s,%s)", value->class, value->reference);
    if (!value->key_only)
        used += (size_t)snprintf(said + used, sizeof(said) - used, "=%u:", value->type);
    for (size_t i = 0; i < value->bytes && used + 3 < sizeof(said); i++)
        used += (size_t)snprintf(said + used, sizeof(said) - used, "%02x", bytes[i]);
    snprintf(said + used, sizeof(said) - used, " ");
    return context ? *(int *)context : 0;
}

static int read_text(const char *text, char *error)
{
    static const char *const ids[] = {"PCI\\VEN_8086&DEV_2415", NULL};
    const struct inf_sink sink = {NULL, take};

    *said = 0;
    return inf_read(text, strlen(text), ids, &sink, error, 100);
}

static void gives(const char *text, const char *expected)
{
    char error[100];

    assert_int_equal(read_text(text, error), 0);
    assert_string_equal(said, expected);
}

PS_TEST(each_type_of_value)
{
    gives("[A]\nAddReg=B\n[B]\nHKR,S,N,0x10001,258\n", "driver\\S,N=4:02010000 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,0x10001,-1\n", "driver\\,N=4:ffffffff ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,1,0a,FF\n", "driver\\,N=3:0aff ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,,hi\n", "driver\\,N=1:680069000000 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,0x20000,h\n", "driver\\,N=2:68000000 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,0x10000,a,b\n", "driver\\,N=7:61000000620000000000 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,N,0xB0001,1,2,3,4,5,6,7,8\n", "driver\\,N=11:0102030405060708 ");
    gives("[A]\nAddReg=B\n[B]\nHKLM,S\nHKCR,S,,0x10\nHKU,,N,4\n", "HKLM\\S, HKCR\\S, ");
}

PS_TEST(texts_comments_and_continuation)
{
    gives("[A]\naddreg = B ; comment\n[b] \n hkr , S , \"N;\"\"x\" ,, \" a \" \n", "driver\\S,N;\"x=1:2000610020000000 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,%T%,,%none%\n[Strings]\nT = \"x\"\n",
          "driver\\,x=1:25006e006f006e00650025000000 ");
    gives("[A]\nAddReg=B,\\\n C\n[C]\nHKR,,N,1,\\\n01\n", "driver\\,N=3:01 ");
    gives("[A]\nAddReg=B\n[B]\nHKR,,100%%,1,1\n", "driver\\,100%=3:01 ");
}

PS_TEST(the_model_of_the_device_is_installed)
{
    static const char text[] = "[Manufacturer]\nx=M,NTamd64\n[M]\na=Plain,PCI\\VEN_8086&DEV_2415\n"
                               "[M.NTamd64]\na=Other,PCI\\X\nb=Mine,pci\\ven_8086&dev_2415\n"
                               "[Mine]\nAddReg=No\n[Mine.NT]\nAddReg=Yes\n[Mine.NT.HW]\nAddReg=Yes\n"
                               "[Mine.NT.Services]\nAddService=s,2,Svc\n[Svc]\nAddReg=Yes\n"
                               "[Mine.NT.Interfaces]\nAddInterface={g},Wave,If\n[If]\nAddReg=Yes\n"
                               "[Yes]\nHKR,,N\n[No]\nHKR,,No\n";

    gives(text, "driver\\,N=1:0000 device\\,N=1:0000 interface\\,N({g},Wave)=1:0000 service\\,N=1:0000 ");
}

PS_TEST(needs_are_followed_within_the_file)
{
    gives("[Manufacturer]\nx=M\n[M]\na=I,PCI\\VEN_8086&DEV_2415\n"
          "[I]\nInclude=ks.inf\nNeeds=KS.Registration,Common\nAddReg=Own\n"
          "[I.HW]\nNeeds=Common\n[Common]\nAddReg=B\nNeeds=More\n[More]\nAddReg=C\n"
          "[B]\nHKR,,B,1,1\n[C]\nHKR,,C,1,2\n[Own]\nHKR,,O,1,3\n",
          "driver\\,B=3:01 driver\\,C=3:02 driver\\,O=3:03 device\\,B=3:01 device\\,C=3:02 ");
    gives("[Manufacturer]\nx=M\n[M]\na=I,PCI\\VEN_8086&DEV_2415\n[I]\nNeeds=I,I\n", ""); // ends
}

PS_TEST(sections_and_strings_are_found_wherever_they_stand)
{
    gives("[b]\nHKR,,%one%\n[A]\nAddReg=B,C\n[C]\nHKR,,%TWO%\n[B]\nHKR,,%none%\n[Strings]\none=1\n[X]\nHKR,,X\n"
          "[STRINGS]\nTwo = 2\none=other\n",
          "driver\\,1=1:0000 driver\\,%none%=1:0000 driver\\,2=1:0000 ");
}

// A thousand lines that name a section of a thousand lines.
PS_TEST(lines_that_are_read_again_and_again_have_an_end)
{
    static char text[100000] = "[A]\n";
    char *at = text + strlen(text), error[100];

    for (int i = 0; i < 1000; i++)
        at = stpcpy(at, "AddReg=B\n");
    at = stpcpy(at, "[B]\n");
    for (int i = 0; i < 1000; i++)
        at = stpcpy(at, "HKR,,N\n");
    assert_int_equal(read_text(text, error), -EBADMSG);
    assert_non_null(strstr(error, "more than 200000 lines, those counted that are read again"));
}

PS_TEST(what_is_malformed_is_refused_with_its_line)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "1: no section"},
        {"x=1\n[A]\n", "1: a line stands before the first section"},
        {"[A]\n[B\n", "2: a section's name has no ]"},
        {"[A]\nx=\"y\n", "2: a string has no end"},
        {"[A]\nAddReg=B\n[B]\nHKX,,N\n", "4: no root key: HKR, HKLM, HKCU, HKU or HKCR"},
        {"[A]\nAddReg=B\n[B]\nHKR,,N,flags\n", "4: 'flags' are no flags"},
        {"[A]\nAddReg=B\n[B]\nHKR,,N,1,0x1\n", "4: '0x1' is no byte in hexadecimal"},
        {"[A]\nAddReg=B\n[B]\nHKR,,N,0x10001,1 2\n", "4: '1 2' is no number"},
    };
    char error[100];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(read_text(cases[i].text, error), -EBADMSG);
        assert_string_equal(error, cases[i].error);
    }
}

PS_TEST(a_long_field_is_refused)
{
    static char text[10000];
    char error[100];

    strcpy(text, "[A]\nAddReg=B\n[B]\nHKR,,N,,");
    memset(text + strlen(text), 'x', 9000);
    assert_int_equal(read_text(text, error), -EBADMSG);
    assert_string_equal(error, "4: a field is longer than 8192 bytes");
}

PS_TEST(the_one_who_takes_may_end_the_reading)
{
    int refusal = -ENOMEM;
    const struct inf_sink sink = {&refusal, take};
    static const char text[] = "[A]\nAddReg=B\n[B]\nHKR,,N,1,1\nHKR,,M,1,1\n";
    char error[100];

    *said = 0;
    assert_int_equal(inf_read(text, strlen(text), NULL, &sink, error, sizeof(error)), -ENOMEM);
    assert_string_equal(said, "driver\\,N=3:01 ");
}
