// SPDX-License-Identifier: MIT
//
// Names of the GUIDs and properties that filters are made of, for people.
#ifndef PORTSIDE_HOST_NAMES_H
#define PORTSIDE_HOST_NAMES_H

#include "ks/ks.h"

// A node type, pin or filter category: "VOLUME"; its digits if it has no name. Valid until the next call but three.
const char *guid_name(const GUID *guid);
// "VOLUMELEVEL"; digits of the set and the number if it has none.
const char *property_name(const GUID *set, ULONG id);

#endif
