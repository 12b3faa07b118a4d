/* SPDX-License-Identifier: MIT */
/* Included under another case and with a backslash; includes its neighbour the same way. */
#include "MORE.h"
#define SECRET (MORE + 1)
