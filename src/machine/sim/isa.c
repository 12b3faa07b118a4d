// SPDX-License-Identifier: MIT
//
// What ISA cards see: the machine's 8237 pair, whose channels move their data inside grants, and
// fixed ports and interrupt lines. The pair is part of the machine: it stays when cards are gone.
#include "machine/sim/sim.h"

#include <errno.h>

enum {
    ISA_PORTS_FIRST = 0x100, // below are the board's own
    ISA_PORTS_END = 0x400,   // ten address lines
};

// ---- the board's ports --------------------------------------------------------------------------

bool sim_is_board_port(uint64_t port)
{
    return i8237_decodes(port);
}

// Registers are 8 bits wide; a wider access takes its bytes one after the other.
bool isa_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value)
{
    if (!i8237_decodes(port))
        return false;
    device_sync_all(machine); // counts are those of now
    *value = 0;
    for (unsigned i = 0; i < width; i++)
        *value |= (uint32_t)i8237_read(&machine->isa_dma, port + i) << 8 * i;
    return true;
}

bool isa_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value)
{
    if (!i8237_decodes(port))
        return false;
    device_sync_all(machine);
    for (unsigned i = 0; i < width; i++)
        i8237_write(&machine->isa_dma, port + i, (uint8_t)(value >> 8 * i));
    device_sync_all(machine); // a request may no longer have to wait
    return true;
}

// ---- cards --------------------------------------------------------------------------------------

static bool overlaps(const struct machine *machine, const struct ps_isa_identity *isa)
{
    for (unsigned i = 0; i < machine->device_count; i++) {
        const struct ps_isa_identity *other = device_isa(machine->devices[i]);

        if (other && isa->port < other->port + other->ports && other->port < isa->port + isa->ports)
            return true;
    }
    return false;
}

int isa_create(struct ps_device *device)
{
    const struct ps_isa_identity *isa = device_isa(device);
    bool none = !isa->port && !isa->ports;
    bool ports =
        none || (isa->ports && isa->port >= ISA_PORTS_FIRST && isa->ports <= ISA_PORTS_END - isa->port);

    if (!isa->id || isa->port >= ISA_PORTS_END || !ports || isa->interrupt == 1 ||
        isa->interrupt > 15 || isa->channel_count > PS_DEVICE_CHANNELS)
        return -EINVAL;
    for (unsigned i = 0; i < isa->channel_count; i++)
        if (isa->channels[i] >= I8237_CHANNELS || isa->channels[i] == 4)
            return -EINVAL;
    if (overlaps(device->machine, isa))
        return -EBUSY;
    device->line.edge = true;
    return 0;
}

bool isa_decode(const struct ps_device *device, uint64_t address, uint64_t bytes, uint32_t *offset)
{
    const struct ps_isa_identity *isa = device_isa(device);

    if (address < isa->port || address - isa->port >= isa->ports ||
        bytes > isa->ports - (address - isa->port))
        return false;
    *offset = (uint32_t)(address - isa->port);
    return true;
}

// The controller latches a rise; what is still high afterwards asks for nothing (SB-67).
void isa_line_update(struct ps_device *device)
{
    bool level = sim(device)->line_level && !device->machine->faults.gone;

    if (device_isa(device)->interrupt && level != device->line_wanted)
        fault_line(device, level);
}

// ---- slave DMA ----------------------------------------------------------------------------------

void ps_device_channel_request(struct ps_device *device, unsigned channel, bool level)
{
    struct i8237 *pair = &device->machine->isa_dma;

    if (channel < I8237_CHANNELS)
        pair->asking =
            (uint8_t)(level ? pair->asking | 1u << channel : pair->asking & ~(1u << channel));
}

bool ps_device_channel_ready(const struct ps_device *device, unsigned channel)
{
    return !device->machine->faults.gone && i8237_ready(&device->machine->isa_dma, channel);
}

// What lies behind one piece; NULL: nothing that this transfer may touch. *bytes is then at most
// the page's.
static void *behind(struct ps_device *device, const struct i8237_piece *piece, size_t *bytes,
                    enum ps_dma_direction direction)
{
    enum i8237_kind kind = direction == PS_DMA_FROM_MEMORY ? I8237_FROM_MEMORY : I8237_TO_MEMORY;
    size_t in_page = MACHINE_PAGE - piece->physical % MACHINE_PAGE;
    void *at =
        piece->kind == kind ? granted_piece(device, piece->physical, bytes, direction) : NULL;

    if (!at && *bytes > in_page)
        *bytes = in_page;
    return at;
}

void *ps_device_channel_map(struct ps_device *device, unsigned channel, size_t *bytes,
                            enum ps_dma_direction direction)
{
    struct i8237 *pair = &device->machine->isa_dma;
    size_t whole = *bytes - *bytes % i8237_width(channel);
    struct i8237_piece piece;
    void *at;

    *bytes = 0;
    if (!whole || !ps_device_channel_ready(device, channel))
        return NULL;
    i8237_next(pair, channel, &piece);
    *bytes = whole < piece.bytes ? whole : piece.bytes;
    at = behind(device, &piece, bytes, direction);
    i8237_moved(pair, channel, (uint32_t)*bytes);
    return at;
}
