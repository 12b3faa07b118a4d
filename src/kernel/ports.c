// SPDX-License-Identifier: MIT
//
// Port and register access (SV-110). Any IRQL. A register address is one that MmMapIoSpace gave;
// RAM that was mapped the same way is read and written directly.
#include <detail/crtms.h>

#include "kernel/private.h"

static uint64_t port_of(const volatile void *port)
{
    return (uintptr_t)port;
}

// Who owns a lock meanwhile owns it so much longer (SV-13).
static struct ps_system *busy(struct ps_system *system, enum sched_cost cost)
{
    kernel_here(system)->busy_ns += sched_costs[cost];
    return system;
}

static uint32_t register_read(const volatile void *address, unsigned width)
{
    struct ps_system *system = busy(system_here("READ_REGISTER"), COST_MMIO);
    uint64_t physical = machine_io_decode(system->machine, address);

    if (physical != MACHINE_NOWHERE)
        return machine_mmio_read(system, physical, width);
    sched_point(system->sched, COST_MMIO);
    switch (width) {
    case 1:
        return *(const volatile uint8_t *)address;
    case 2:
        return *(const volatile uint16_t *)address;
    default:
        return *(const volatile uint32_t *)address;
    }
}

static void register_write(volatile void *address, unsigned width, uint32_t value)
{
    struct ps_system *system = busy(system_here("WRITE_REGISTER"), COST_MMIO);
    uint64_t physical = machine_io_decode(system->machine, address);

    if (physical != MACHINE_NOWHERE) {
        machine_mmio_write(system, physical, width, value);
        return;
    }
    sched_point(system->sched, COST_MMIO);
    switch (width) {
    case 1:
        *(volatile uint8_t *)address = (uint8_t)value;
        break;
    case 2:
        *(volatile uint16_t *)address = (uint16_t)value;
        break;
    default:
        *(volatile uint32_t *)address = value;
    }
}

// One width: ports and registers, single and repeated.
#define ACCESS(name, type, width) \
    type NTAPI READ_PORT_##name(type *Port) \
    { \
        return (type)machine_port_read(busy(system_here(__func__), COST_PORT_IO), port_of(Port), width); \
    } \
    VOID NTAPI WRITE_PORT_##name(type *Port, type Value) \
    { \
        machine_port_write(busy(system_here(__func__), COST_PORT_IO), port_of(Port), width, Value); \
    } \
    VOID NTAPI READ_PORT_BUFFER_##name(type *Port, type *Buffer, ULONG Count) \
    { \
        for (ULONG i = 0; i < Count; i++) \
            Buffer[i] = (type)machine_port_read(busy(system_here(__func__), COST_PORT_IO), port_of(Port), width); \
    } \
    VOID NTAPI WRITE_PORT_BUFFER_##name(type *Port, type *Buffer, ULONG Count) \
    { \
        for (ULONG i = 0; i < Count; i++) \
            machine_port_write(busy(system_here(__func__), COST_PORT_IO), port_of(Port), width, Buffer[i]); \
    } \
    type NTAPI READ_REGISTER_##name(volatile type *Register) \
    { \
        return (type)register_read(Register, width); \
    } \
    VOID NTAPI WRITE_REGISTER_##name(volatile type *Register, type Value) \
    { \
        register_write(Register, width, Value); \
    } \
    VOID NTAPI READ_REGISTER_BUFFER_##name(volatile type *Register, type *Buffer, ULONG Count) \
    { \
        for (ULONG i = 0; i < Count; i++) \
            Buffer[i] = (type)register_read(Register + i, width); \
    } \
    VOID NTAPI WRITE_REGISTER_BUFFER_##name(volatile type *Register, type *Buffer, ULONG Count) \
    { \
        for (ULONG i = 0; i < Count; i++) \
            register_write(Register + i, width, Buffer[i]); \
    }

ACCESS(UCHAR, UCHAR, 1)
ACCESS(USHORT, USHORT, 2)
ACCESS(ULONG, ULONG, 4)

// What Microsoft's compiler has as intrinsics: the instructions themselves.
#define INSTRUCTIONS(name, type, service) \
    type NTAPI ms___in##name(USHORT port) \
    { \
        return READ_PORT_##service((type *)(ULONG_PTR)port); \
    } \
    VOID NTAPI ms___out##name(USHORT port, type value) \
    { \
        WRITE_PORT_##service((type *)(ULONG_PTR)port, value); \
    } \
    VOID NTAPI ms___in##name##string(USHORT port, type *to, ULONG count) \
    { \
        READ_PORT_BUFFER_##service((type *)(ULONG_PTR)port, to, count); \
    } \
    VOID NTAPI ms___out##name##string(USHORT port, type *from, ULONG count) \
    { \
        WRITE_PORT_BUFFER_##service((type *)(ULONG_PTR)port, from, count); \
    }

INSTRUCTIONS(byte, UCHAR, UCHAR)
INSTRUCTIONS(word, USHORT, USHORT)
INSTRUCTIONS(dword, ULONG, ULONG)

// A 64-bit register is two of 32 bits to the machine, the lower one first.
ULONG64 NTAPI READ_REGISTER_ULONG64(volatile ULONG64 *Register)
{
    const volatile uint32_t *half = (const volatile uint32_t *)Register;
    ULONG64 low = register_read(half, 4);

    return low | (ULONG64)register_read(half + 1, 4) << 32;
}

VOID NTAPI WRITE_REGISTER_ULONG64(volatile ULONG64 *Register, ULONG64 Value)
{
    volatile uint32_t *half = (volatile uint32_t *)Register;

    register_write(half, 4, (uint32_t)Value);
    register_write(half + 1, 4, (uint32_t)(Value >> 32));
}
