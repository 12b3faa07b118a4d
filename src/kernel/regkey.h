// SPDX-License-Identifier: MIT
//
// Open keys, between the files that serve drivers (regkey.c, reginfo.c, regquery.c).
#ifndef PORTSIDE_KERNEL_REGKEY_H
#define PORTSIDE_KERNEL_REGKEY_H

#include "kernel/private.h"
#include "kernel/registry.h"

struct open_key {
    struct object object;
    struct registry_key *key; // counts it
    ACCESS_MASK access;
};

// A handle on `key`; a site that may be made to fail.
NTSTATUS key_open(struct ps_system *system, struct registry_key *key, ACCESS_MASK access,
                  PHANDLE handle);
// STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_KEY_DELETED, STATUS_ACCESS_DENIED.
NTSTATUS key_from_handle(struct ps_system *system, HANDLE handle, ACCESS_MASK access,
                         struct open_key **out);
// VF-103.
void key_irql(struct ps_system *system, const char *service, const void *caller);
// Generic rights as a key's own.
ACCESS_MASK key_access(ACCESS_MASK asked);

#endif
