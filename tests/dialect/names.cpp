// SPDX-License-Identifier: MIT
// DS-21: header names in any case and with backslashes; names that only a friend declaration tells.
#include <PortCls.h>
#include <NtStrSafe.h>
#include <DMusicKS.h>
#include "CHECK.H"
#include "parts\Values.H"
#include "names.tmh"

class Filter
{
    int secret;

  public:
    Filter() : secret(SECRET)
    {
    }
    friend NTSTATUS
    Handler
    (
        IN PPCPROPERTY_REQUEST Request
    );
    friend class Other;
    friend int Reveal(const Filter &filter);
    friend
    static
    int Own(const Filter &filter);
};

// Used before they are defined, and declared nowhere else.
static PCPROPERTY_ITEM items[] = {{&KSPROPSETID_Audio, 1, KSPROPERTY_TYPE_GET, Handler}};

static int ask(const Filter &filter)
{
    return Reveal(filter);
}

static int Own(const Filter &filter)
{
    return filter.secret + 1;
}

NTSTATUS Handler(IN PPCPROPERTY_REQUEST Request)
{
    return (NTSTATUS)Request->Node + __LINE__;
}

int Reveal(const Filter &filter)
{
    return filter.secret;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    PCPROPERTY_REQUEST request = {0};
    Filter filter;

    request.Node = 1;
    CHECK(items[0].Handler(&request) == 46); // line numbers are the source's own
    CHECK(ask(filter) == 41 && Own(filter) == 42);
    return HELD;
}
