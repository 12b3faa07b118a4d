/* SPDX-License-Identifier: MIT */
#define MORE 40
