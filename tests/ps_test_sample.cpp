// SPDX-License-Identifier: MIT
//
// The sample again, as C++.
#include "ps_test_sample.c"
