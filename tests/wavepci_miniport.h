/* SPDX-License-Identifier: MIT */
/* The scripted miniport's way in; see wavepci_fixture.h. */
#ifndef PORTSIDE_TESTS_WAVEPCI_MINIPORT_H
#define PORTSIDE_TESTS_WAVEPCI_MINIPORT_H

#include <portcls.h>

NTSTATUS NTAPI mini_driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path);

#endif
