/* SPDX-License-Identifier: MIT */
/* PS_API marks what libportside exports to hosts. */
#ifndef PORTSIDE_EXPORT_H
#define PORTSIDE_EXPORT_H

#define PS_API __attribute__((visibility("default")))

#endif
