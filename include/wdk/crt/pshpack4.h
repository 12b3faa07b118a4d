/* SPDX-License-Identifier: MIT */
/* Structures from here on are packed to 4; poppack.h ends it. No guard: it is included again and again. */
#pragma pack(push, 4)
