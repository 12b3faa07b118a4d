// SPDX-License-Identifier: MIT
//
// Bit maps of drivers (SV-130). Any IRQL; no scheduling point, for a map is the driver's own memory.
#include <detail/bitmap.h>

#include "kernel/private.h"

enum { WORD_BITS = 32 };

#define NOT_FOUND 0xFFFFFFFFu

static bool get(const RTL_BITMAP *map, ULONG bit)
{
    return map->Buffer[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}

static void put(PRTL_BITMAP map, ULONG bit, bool set)
{
    ULONG mask = 1u << bit % WORD_BITS;

    if (set)
        map->Buffer[bit / WORD_BITS] |= mask;
    else
        map->Buffer[bit / WORD_BITS] &= ~mask;
}

static bool inside(const RTL_BITMAP *map, ULONG start, ULONG count)
{
    return start <= map->SizeOfBitMap && count <= map->SizeOfBitMap - start;
}

static void put_range(PRTL_BITMAP map, ULONG start, ULONG count, bool set)
{
    if (!inside(map, start, count))
        return;
    for (ULONG bit = start; bit < start + count; bit++)
        put(map, bit, set);
}

// How many bits from `start` on, at most `limit`, have the value `set`.
static ULONG run_at(const RTL_BITMAP *map, ULONG start, ULONG limit, bool set)
{
    ULONG count = 0;

    while (count < limit && start + count < map->SizeOfBitMap && get(map, start + count) == set)
        count++;
    return count;
}

static ULONG find_between(const RTL_BITMAP *map, ULONG from, ULONG to, ULONG count, bool set)
{
    while (from < to) {
        ULONG run = run_at(map, from, count, set);

        if (run == count)
            return from;
        from += run + 1;
    }
    return NOT_FOUND;
}

// A hint beyond the map counts as none; a count of nothing is found at the hint's byte, as documented.
static ULONG find(const RTL_BITMAP *map, ULONG count, ULONG hint, bool set)
{
    ULONG at;

    if (hint >= map->SizeOfBitMap)
        hint = 0;
    if (!count)
        return hint & ~7u;
    at = find_between(map, hint, map->SizeOfBitMap, count, set);
    return at == NOT_FOUND ? find_between(map, 0, hint, count, set) : at;
}

static ULONG count_bits(const RTL_BITMAP *map, bool set)
{
    ULONG count = 0;

    for (ULONG bit = 0; bit < map->SizeOfBitMap; bit++)
        count += get(map, bit) == set;
    return count;
}

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    put_range(BitMapHeader, StartingIndex, NumberToSet, true);
}

VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    put_range(BitMapHeader, StartingIndex, NumberToClear, false);
}

VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    put_range(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true);
}

VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    put_range(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false);
}

VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    put_range(BitMapHeader, BitNumber, 1, true);
}

VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    put_range(BitMapHeader, BitNumber, 1, false);
}

BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return inside(BitMapHeader, BitNumber, 1) && get(BitMapHeader, BitNumber);
}

BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return Length && inside(BitMapHeader, StartingIndex, Length) &&
           run_at(BitMapHeader, StartingIndex, Length, true) == Length;
}

BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return Length && inside(BitMapHeader, StartingIndex, Length) &&
           run_at(BitMapHeader, StartingIndex, Length, false) == Length;
}

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    return count_bits(BitMapHeader, true);
}

ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return count_bits(BitMapHeader, false);
}

ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, false);
}

ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, true);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG at = find(BitMapHeader, NumberToFind, HintIndex, false);

    if (at != NOT_FOUND)
        put_range(BitMapHeader, at, NumberToFind, true);
    return at;
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG at = find(BitMapHeader, NumberToFind, HintIndex, true);

    if (at != NOT_FOUND)
        put_range(BitMapHeader, at, NumberToFind, false);
    return at;
}

CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set ? __builtin_ctzll(Set) : -1);
}

CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set ? 63 - __builtin_clzll(Set) : -1);
}
