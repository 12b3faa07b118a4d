/* SPDX-License-Identifier: MIT */
/* Structures from here on are packed to 2; poppack.h ends it. No guard: it is included again and again. */
#pragma pack(push, 2)
