// SPDX-License-Identifier: MIT
//
// IRPs: allocation, reuse and end of life. An IRP of ours has a record, which the table of IRPs
// finds; an IRP that a driver initialised in its own memory has none and is only forwarded. IRQL <=
// DISPATCH.
#include "kernel/private.h"

enum { IRP_GRAVES = 16 };

static size_t irp_bytes(CCHAR stack_size)
{
    return sizeof(IRP) + (size_t)stack_size * sizeof(IO_STACK_LOCATION);
}

static void initialise(PIRP irp, USHORT bytes, CCHAR stack_size)
{
    memset(irp, 0, bytes);
    irp->Type = IO_TYPE_IRP;
    irp->Size = bytes;
    irp->StackCount = stack_size;
    irp->CurrentLocation = (CCHAR)(stack_size + 1);
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + stack_size;
    InitializeListHead(&irp->ThreadListEntry);
}

struct irp_record *irp_find(struct ps_system *system, const void *irp)
{
    return table_get(&system->kernel->irps, irp);
}

bool irp_known(struct ps_system *system, const void *address)
{
    return irp_find(system, address) != NULL;
}

struct irp_record *irp_allocate(struct ps_system *system, CCHAR stack_size, enum irp_origin origin,
                                const void *caller)
{
    struct irp_record *record;
    size_t bytes = sizeof(*record) + irp_bytes(stack_size);

    if (stack_size < 0 || stack_size > 100 || fault_here(system))
        return NULL;
    record = arena_alloc(system->arena, bytes);
    if (!record)
        return NULL;
    record->bytes = bytes;
    record->irp = (PIRP)(record + 1);
    record->origin = origin;
    record->caller = caller;
    list_init(&record->calls);
    if (!table_put(system, &system->kernel->irps, record->irp, record)) {
        arena_free(system->arena, record, bytes);
        return NULL;
    }
    record->number = system_number(system, OBJECT_IRP);
    list_push_back(&system->kernel->irp_list, &record->link);
    initialise(record->irp, (USHORT)irp_bytes(stack_size), stack_size);
    return record;
}

struct irp_record *irp_reserved(struct ps_system *system, CCHAR stack_size, enum irp_origin origin)
{
    struct fault_plan *plan = system->fault;
    struct irp_record *record;

    system->fault = NULL;
    record = irp_allocate(system, stack_size, origin, NULL);
    system->fault = plan;
    return record;
}

// A freed IRP rests a while before its memory is used again, so that late uses are recognised.
static void give_back(struct ps_system *system, struct irp_record *record)
{
    struct kernel *kernel = system->kernel;

    record->irp->Type = 0;
    list_push_back(&kernel->irp_graves, &record->link);
    if (++kernel->irp_grave_count <= IRP_GRAVES)
        return;
    kernel->irp_grave_count--;
    record = LIST_OBJECT(list_pop_front(&kernel->irp_graves), struct irp_record, link);
    arena_free(system->arena, record, record->bytes);
}

void irp_unpin(struct ps_system *system, struct irp_record *record)
{
    if (--record->pins == 0 && record->dead)
        give_back(system, record);
}

void irp_free(struct ps_system *system, struct irp_record *record)
{
    irp_calls_detach(record);
    sched_deadline_cancel(system->sched, &record->cancelled);
    table_remove(&system->kernel->irps, record->irp);
    list_remove(&record->link);
    record->dead = true;
    if (!record->pins)
        give_back(system, record);
}

PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    NT_SERVICE(COST_SERVICE);
    struct irp_record *record;

    irp_irql(system, __func__, CALLER);
    record = irp_allocate(system, StackSize, IRP_OF_DRIVER, CALLER);
    return record ? record->irp : NULL;
}

VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    NT_SERVICE(COST_SERVICE);

    if (irp_known(system, Irp))
        kernel_misuse(system, "VF-128", CALLER, CODE_IO_VERIFIER, 0x209, (uintptr_t)Irp, 0, 0,
                      "IoInitializeIrp of an IRP from IoAllocateIrp; IoReuseIrp is for that");
    initialise(Irp, PacketSize, StackSize);
}

static bool in_flight(const IRP *irp)
{
    return irp->CurrentLocation <= irp->StackCount;
}

VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Status)
{
    NT_SERVICE(COST_SERVICE);
    UCHAR flags = Irp->AllocationFlags;

    irp_irql(system, __func__, CALLER);
    if (in_flight(Irp))
        kernel_misuse(system, "VF-128", CALLER, CODE_IO_VERIFIER, 0x20A, (uintptr_t)Irp, 0, 0,
                      "IoReuseIrp of an IRP that a driver still has");
    initialise(Irp, Irp->Size, Irp->StackCount);
    Irp->AllocationFlags = flags;
    Irp->IoStatus.Status = Status;
}

VOID NTAPI IoFreeIrp(PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    struct irp_record *record = irp_find(system, Irp);

    irp_irql(system, __func__, CALLER);
    if (!record) {
        kernel_misuse(system, "VF-120", CALLER, CODE_IO_VERIFIER, 0x01, (uintptr_t)Irp, 0, 0,
                      "IoFreeIrp of something that is no IRP, or was freed before");
        return;
    }
    if (record->origin != IRP_OF_DRIVER) {
        kernel_misuse(system, "VF-120", CALLER, CODE_IO_VERIFIER, 0x02, (uintptr_t)Irp, 0, 0,
                      "IoFreeIrp of IRP %u, which belongs to a thread", record->number);
        return;
    }
    if (in_flight(Irp) && !list_empty(&record->calls))
        kernel_misuse(system, "VF-128", CALLER, CODE_IO_VERIFIER, 0x20B, (uintptr_t)Irp, 0, 0,
                      "IoFreeIrp of IRP %u, which a driver still has", record->number);
    irp_free(system, record);
}
