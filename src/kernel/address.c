// SPDX-License-Identifier: MIT
//
// Addresses and names that the kernel's routines must not be given (VF-54): a client's memory, strings that contradict
// themselves, objects to wait for that may be paged out. Driver and client live in one process here, but what is a
// client's is known by its view. Any IRQL.
#include "kernel/private.h"

void check_resident(struct ps_system *system, const void *object, const char *service, const void *caller)
{
    if (memory_physical(system->machine, object) != MACHINE_NOWHERE && pool_is_paged(system, object))
        kernel_misuse(system, "VF-54", caller, CODE_VERIFIER, 0xE1, (uintptr_t)object, 0, 0,
                      "%s of an object in paged pool", service);
}

void check_kernel_address(struct ps_system *system, const volatile void *address, const char *service,
                          const void *caller)
{
    if (address && view_is_user(system->machine, (const void *)address))
        kernel_misuse(system, "VF-54", caller, CODE_VERIFIER, 0xE3, (uintptr_t)caller, (uintptr_t)address, 0,
                      "%s is given an address of a client's memory", service);
}

void check_name(struct ps_system *system, const UNICODE_STRING *name, const char *service, const void *caller)
{
    if (!name)
        return;
    check_kernel_address(system, name, service, caller);
    if (name->Length % sizeof(WCHAR) || name->Length > name->MaximumLength || (name->Length && !name->Buffer))
        kernel_misuse(system, "VF-54", caller, CODE_VERIFIER, 0xE4, (uintptr_t)caller, (uintptr_t)name, 0,
                      "%s is given a malformed string: Length %u, MaximumLength %u, %s", service, name->Length,
                      name->MaximumLength, name->Buffer ? "a buffer" : "no buffer");
    else if (name->Length)
        check_kernel_address(system, name->Buffer, service, caller);
}

void check_attributes(struct ps_system *system, const OBJECT_ATTRIBUTES *attributes, const char *service,
                      const void *caller)
{
    if (!attributes)
        return;
    check_kernel_address(system, attributes, service, caller);
    check_name(system, attributes->ObjectName, service, caller);
}

void check_requestor(struct ps_system *system, const IRP *irp, const void *caller)
{
    const void *buffer = irp->UserBuffer;

    if (irp->RequestorMode == KernelMode && buffer && view_is_user(system->machine, buffer))
        kernel_misuse(system, "VF-54", caller, CODE_VERIFIER, 0xE2, (uintptr_t)irp, (uintptr_t)buffer, 0,
                      "an IRP of kernel mode is sent with an address of a client's memory");
}
