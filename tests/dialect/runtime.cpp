/* SPDX-License-Identifier: MIT */
/* DS-20: the run-time library's parsing, sorting and mathematics; trace functions of WPP; events that describe themselves. */
#include <ntddk.h>
#include <cstdint>
#include <cstdlib>
#include <cmath>
#include <cstring>
#include <new>
#include <TraceLoggingProvider.h>
#include "check.h"

// begin_wpp config
// FUNC TraceParts{LEVEL=TRACE_LEVEL_INFORMATION}(FLAGS, MSG, ...);
// end_wpp
#include "runtime.tmh"

TRACELOGGING_DEFINE_PROVIDER(Events, "Dialect.Events", (0x1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));

static int __cdecl by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static NTSTATUS text()
{
    WCHAR wide[40], *wend;
    char narrow[40], *end;

    CHECK(strtol(" -12z", &end, 10) == -12 && *end == 'z' && strtol("0x1F", nullptr, 0) == 31);
    CHECK(strtol("99999999999", nullptr, 10) == 0x7FFFFFFF && strtoul("4294967295", nullptr, 10) == 0xFFFFFFFF);
    CHECK(strtol("-2147483648", nullptr, 10) == (long)0x80000000 && strtol("none", &end, 10) == 0 && *end == 'n');
    CHECK(wcstoul(L"ff,", &wend, 16) == 255 && *wend == L',' && _wtoi(L"-7") == -7);
    CHECK(_atoi64("-9223372036854775808") == (long long)0x8000000000000000ull);
    CHECK(!wcscmp(_itow(-42, wide, 10), L"-42") && !strcmp(_ultoa(0xBEEF, narrow, 16), "beef"));
    return HELD;
}

static NTSTATUS arrays()
{
    int sizes[] = {5, 3, 9, 1, 7, 1}, wanted = 7, absent = 4;

    qsort(sizes, 6, sizeof(int), by_size);
    for (int i = 1; i < 6; i++)
        CHECK(sizes[i - 1] <= sizes[i]);
    CHECK(*(int *)bsearch(&wanted, sizes, 6, sizeof(int), by_size) == 7);
    CHECK(!bsearch(&absent, sizes, 6, sizeof(int), by_size));
    srand(1);
    CHECK(rand() == 41 && rand() == 18467);
    return HELD;
}

static NTSTATUS numbers()
{
    double whole;

    CHECK(round(2.5) == 3 && round(-2.5) == -3 && round(0.49999999999999994) == 0 && lround(-1.4) == -1);
    CHECK(fabs(log2(8.0) - 3) < 1e-12 && fmaxf(1, 2) == 2 && fmin(1, 2) == 1 && hypot(3, 4) == 5);
    CHECK(fabs(tanh(0.5) - 0.46211715726000975) < 1e-12 && modf(-1.25, &whole) == -0.25 && whole == -1);
    CHECK(isnan(fmod(1, 0)) && !isfinite(HUGE_VAL) && atan2f(0, 1) == 0);
    return HELD;
}

static NTSTATUS standard_names()
{
    std::uint32_t place[2];
    int *made = new (place) int(7);

    CHECK(made == (int *)place && *made == 7 && std::strlen("four") == 4 && std::fabs(-1.5) == 1.5);
    return HELD;
}

static NTSTATUS traces()
{
    int evaluated = 0;

    TraceParts(1, "%d", ++evaluated);
    DoTraceMessage(1, "%d", ++evaluated);
    CHECK(TraceLoggingRegister(Events) == STATUS_SUCCESS);
    TraceLoggingWrite(Events, "Played", TraceLoggingUInt32(++evaluated, "Frames"));
    TraceLoggingUnregister(Events);
    CHECK(!evaluated);
    return HELD;
}

static NTSTATUS inlines()
{
    DECLSPEC_ALIGN(8) WCHAR room[4];
    UNICODE_STRING empty;
    PCI_COMMON_CONFIG config = {};

    RtlInitEmptyUnicodeString(&empty, room, sizeof(room));
    CHECK(RtlAppendUnicodeToString(&empty, L"abc") == STATUS_SUCCESS && empty.Length == 6);
    config.VendorID = 0x8086;
    config.u.type0.BaseAddresses[5] = 1;
    CHECK(PCI_COMMON_HDR_LENGTH == 64 && sizeof(config) == 256 && *(USHORT *)&config == 0x8086);
    return HELD;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    NTSTATUS(*const parts[])() = {text, arrays, numbers, standard_names, traces, inlines};

    for (auto part : parts) {
        NTSTATUS status = part();

        if (status != HELD)
            return status;
    }
    return HELD;
}
