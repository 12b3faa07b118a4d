// SPDX-License-Identifier: MIT
//
// The base of every COM object of the port class: reference count, aggregation, memory. Objects are
// nonpaged (WP-7), counted in kernel_counts.interfaces, and destroyed by their last Release at that
// caller's IRQL. No locks: one OS thread runs the system.
#include "port/port.h"

bool guid_equal(const GUID *a, const GUID *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

void *port_allocate(size_t bytes, ULONG tag)
{
    void *memory = ExAllocatePoolWithTag(NonPagedPool, bytes, tag);

    if (memory)
        RtlZeroMemory(memory, bytes);
    return memory;
}

void port_free(void *memory)
{
    if (memory)
        ExFreePool(memory);
}

bool port_check_irql(struct ps_system *system, KIRQL highest, const char *function,
                     const void *caller)
{
    KIRQL irql = sched_irql(system->sched);
    bool method = !strncmp(function, "IPort", 5);
    const uint64_t parameters[4] = {method ? 0x00071003 : 0x00071001, irql, highest, 0};

    if (irql <= highest)
        return true;
    finding_raise_code(system, method ? "VF-21" : "VF-20", SIDE_DRIVER, caller, 0xC4, parameters,
                       "%s called at IRQL %u, allowed up to %u", function, irql, highest);
    return false;
}

static struct unknown *from_inner(IUnknown *inner)
{
    return CONTAINING_RECORD(inner, struct unknown, inner);
}

static ULONG NTAPI inner_addref(IUnknown *This)
{
    return (ULONG)++from_inner(This)->references;
}

static ULONG NTAPI inner_release(IUnknown *This)
{
    struct unknown *unknown = from_inner(This);
    LONG left = --unknown->references;

    if (left == 0) {
        kernel_com_gone(&unknown->made);
        unknown->class->destroy(unknown);
    }
    return (ULONG)left;
}

static NTSTATUS NTAPI inner_query(IUnknown *This, REFIID iid, PVOID *out)
{
    struct unknown *unknown = from_inner(This);
    void *found;

    if (!out)
        return STATUS_INVALID_PARAMETER;
    found = unknown->class->find(unknown, iid);
    if (!found && guid_equal(iid, &IID_IUnknown))
        found = &unknown->inner;
    *out = found;
    if (!found)
        return STATUS_INVALID_PARAMETER;
    if (found == &unknown->inner)
        inner_addref(&unknown->inner);
    else
        unknown_addref(unknown);
    return STATUS_SUCCESS;
}

static const IUnknownVtbl inner_vtbl = {
    .QueryInterface = inner_query,
    .AddRef = inner_addref,
    .Release = inner_release,
};

void unknown_init(struct ps_system *system, struct unknown *unknown, PUNKNOWN outer,
                  const struct unknown_class *class, const void *caller)
{
    unknown->inner.lpVtbl = &inner_vtbl;
    unknown->references = 1;
    unknown->outer = outer;
    unknown->class = class;
    unknown->made = (struct kernel_com_object){.name = class->name, .caller = caller};
    kernel_com_made(system, &unknown->made);
}

bool unknown_hold(struct unknown *unknown)
{
    if (unknown->references == 0)
        return false;
    unknown->references++;
    return true;
}

void unknown_drop(struct unknown *unknown)
{
    inner_release(&unknown->inner);
}

NTSTATUS unknown_query(struct unknown *unknown, REFIID iid, PVOID *out)
{
    if (unknown->outer)
        return unknown->outer->lpVtbl->QueryInterface(unknown->outer, iid, out);
    return inner_query(&unknown->inner, iid, out);
}

ULONG unknown_addref(struct unknown *unknown)
{
    if (unknown->outer)
        return unknown->outer->lpVtbl->AddRef(unknown->outer);
    return inner_addref(&unknown->inner);
}

ULONG unknown_release(struct unknown *unknown)
{
    if (unknown->outer)
        return unknown->outer->lpVtbl->Release(unknown->outer);
    return inner_release(&unknown->inner);
}

void *unknown_result(struct unknown *unknown, void *interface)
{
    return unknown->outer ? (void *)&unknown->inner : interface;
}
