// SPDX-License-Identifier: MIT
//
// A pin's array of data ranges. Behind a range flagged KSDATARANGE_ATTRIBUTES the array holds a pointer to a
// KSATTRIBUTE_LIST in a range's place, and DataRangesCount counts it; a client gets the list flat, as a
// KSMULTIPLE_ITEM with the attributes behind it (KP-67).
#include "ks/ks.h"

static size_t aligned(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static bool has_attributes(const KSDATARANGE *range)
{
    return range->Flags & KSDATARANGE_ATTRIBUTES;
}

static const KSATTRIBUTE_LIST *attributes_at(const KSPIN_DESCRIPTOR *pin, ULONG i)
{
    return (const KSATTRIBUTE_LIST *)pin->DataRanges[i + 1];
}

ULONG ks_range_next(const KSPIN_DESCRIPTOR *pin, ULONG i)
{
    return i + (has_attributes(pin->DataRanges[i]) ? 2 : 1);
}

static bool attributes_ok(const KSATTRIBUTE_LIST *list)
{
    if (!list || (list->Count && !list->Attributes))
        return false;
    for (ULONG i = 0; i < list->Count; i++)
        if (!list->Attributes[i] || list->Attributes[i]->Size < sizeof(KSATTRIBUTE))
            return false;
    return true;
}

bool ks_ranges_ok(const KSPIN_DESCRIPTOR *pin)
{
    if (pin->DataRangesCount && !pin->DataRanges)
        return false;
    for (ULONG i = 0; i < pin->DataRangesCount; i = ks_range_next(pin, i)) {
        if (!pin->DataRanges[i] || pin->DataRanges[i]->FormatSize < sizeof(KSDATARANGE))
            return false;
        if (has_attributes(pin->DataRanges[i]) &&
            (i + 1 == pin->DataRangesCount || !attributes_ok(attributes_at(pin, i))))
            return false;
    }
    return true;
}

// Both write at `out`, unless that is NULL, and return the bytes up to the next item.
static size_t flat_range(const KSDATARANGE *range, char *out)
{
    if (out)
        RtlCopyMemory(out, range, range->FormatSize);
    return aligned(range->FormatSize);
}

static size_t flat_attributes(const KSATTRIBUTE_LIST *list, char *out)
{
    size_t at = sizeof(KSMULTIPLE_ITEM);

    for (ULONG i = 0; i < list->Count; i++) {
        if (out)
            RtlCopyMemory(out + at, list->Attributes[i], list->Attributes[i]->Size);
        at += aligned(list->Attributes[i]->Size);
    }
    if (out)
        *(KSMULTIPLE_ITEM *)out = (KSMULTIPLE_ITEM){.Size = (ULONG)at, .Count = list->Count};
    return at;
}

size_t ks_ranges_flat(const KSPIN_DESCRIPTOR *pin, char *out)
{
    size_t at = 0;

    for (ULONG i = 0; i < pin->DataRangesCount; i = ks_range_next(pin, i)) {
        at += flat_range(pin->DataRanges[i], out ? out + at : NULL);
        if (has_attributes(pin->DataRanges[i]))
            at += flat_attributes(attributes_at(pin, i), out ? out + at : NULL);
    }
    return at;
}
