/* SPDX-License-Identifier: MIT */
/* Everything a host program includes. */
#ifndef PORTSIDE_PORTSIDE_H
#define PORTSIDE_PORTSIDE_H

#include <portside/device.h>
#include <portside/driver.h>
#include <portside/rt.h>
#include <portside/stream.h>
#include <portside/system.h>
#include <portside/verify.h>

#define PORTSIDE_VERSION "0.1.0"

#endif
