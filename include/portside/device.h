/* SPDX-License-Identifier: MIT */
/*
 * A device model: what stands behind the registers. Portside's own models (src/models) and a host's
 * custom ones are written against this header alone.
 *
 * A model is a table of functions and a block of state. The machine allocates the state (zeroed, in the
 * system's arena, so snapshots carry it: keep no pointers to memory of your own in it) and calls the
 * functions on the system's one OS thread; a model never blocks and needs no locks. Time is virtual
 * nanoseconds. Physical memory may be touched only inside a DMA grant; an access outside is a finding
 * and fails.
 */
#ifndef PORTSIDE_DEVICE_H
#define PORTSIDE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <portside/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The machine's side of one attached device. */
struct ps_device;

#define PS_DEVICE_VERSION 3 /* versions 1 and 2, without the members marked so, are taken, too */
#define PS_DEVICE_BARS 6
#define PS_DEVICE_CHANNELS 4
#define PS_NEVER UINT64_MAX

/* PS_BAR_MEMORY_64 takes this BAR and the next one, which is PS_BAR_NONE (version 2). */
enum ps_bar_kind { PS_BAR_NONE, PS_BAR_IO, PS_BAR_MEMORY, PS_BAR_MEMORY_64 };

struct ps_bar {
    enum ps_bar_kind kind;
    uint32_t size; /* bytes, a power of two */
};

/* What PCI configuration space says; the machine answers it, BAR sizing included. */
struct ps_pci_identity {
    uint16_t vendor, device;
    uint8_t revision;
    uint32_t class_code;        /* 24 bits: class, subclass, interface */
    uint16_t subsystem_vendor, subsystem;
    uint8_t interrupt_pin;      /* 1 = INTA#, 0 = none */
    uint16_t command_writable;  /* bits of the command register that can be set */
    uint16_t status;            /* reset value of the status register */
    struct ps_bar bars[PS_DEVICE_BARS];
};

/* A register of configuration space behind the header: offset 40h to FFh, width 1, 2 or 4. */
struct ps_pci_register {
    uint8_t offset, width;
    uint32_t reset, writable; /* value at power-on; bits that software can set */
};

/* A card in an ISA slot (version 3): a fixed range of ports, which is its BAR 0, an edge-triggered interrupt line, and the
 * channels of the 8237 pair that its driver is told of. It masters no bus and has no configuration space. */
struct ps_isa_identity {
    const char *id;       /* "PNPB003": what plug and play calls it */
    uint16_t port, ports; /* first one, how many; both 0: none */
    uint8_t interrupt;    /* line 2 to 15; 0: none */
    uint8_t channel_count, channels[PS_DEVICE_CHANNELS];
};

enum ps_dma_direction { PS_DMA_FROM_MEMORY = 1, PS_DMA_TO_MEMORY = 2 };

struct ps_device_ops {
    uint32_t version; /* PS_DEVICE_VERSION */
    const char *name; /* "ac97" */
    const char *description;
    struct ps_pci_identity pci;
    size_t state_size;
    /* Power-on; state is zeroed. 0 or a negative errno. */
    int (*attach)(struct ps_device *device, void *state);
    /* Register access: BAR index, offset within it, width 1, 2 or 4 bytes. Reads of undefined places
     * return all ones in the width. */
    uint32_t (*read)(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                     unsigned width);
    void (*write)(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                  unsigned width, uint32_t value);
    /* The deadline set with ps_device_wake came. */
    void (*wake)(struct ps_device *device, void *state);
    /* Do now all that should have happened until ps_device_now: called before a register access by
     * others' eyes matters, a grant ends or the client looks at shared memory. */
    void (*sync)(struct ps_device *device, void *state);
    /* The PCI command register changed (bit 2: bus master). May be NULL. */
    void (*command)(struct ps_device *device, void *state, uint16_t command);

    /* What follows is version 2. */

    /* Registers behind the header, capabilities among them; `capabilities` is the offset of the first
     * capability (0: none). The machine acts on two kinds of them: power management (id 01h; D3hot ends
     * decoding, bus mastering and interrupts) and MSI (id 05h with 64-bit address and one message; while it
     * is enabled each rise of ps_device_interrupt's level is a message). */
    const struct ps_pci_register *registers;
    unsigned register_count;
    uint8_t capabilities;
    /* The function went to D-state 0 or 3. May be NULL. */
    void (*power)(struct ps_device *device, void *state, unsigned d_state);

    /* What follows is version 3. */

    /* Not NULL: an ISA card; `pci`, `command`, `power` and registers behind the header then mean nothing. */
    const struct ps_isa_identity *isa;
};

/* Virtual time in nanoseconds. */
PS_API uint64_t ps_device_now(const struct ps_device *device);

/* Calls `wake` at `when` (ns; PS_NEVER: not at all). One deadline per device; the last call counts. */
PS_API void ps_device_wake(struct ps_device *device, uint64_t when);

/* The same for what only running software could notice (a position written to memory, a FIFO filled in small
 * pieces): while nothing runs, `wake` may come as late as `latest`, yet before anything runs again. */
PS_API void ps_device_wake_lazily(struct ps_device *device, uint64_t when, uint64_t latest);

/* Whether the device asks for an interrupt: the level of its INTx line, or MSI. */
PS_API void ps_device_interrupt(struct ps_device *device, bool level);

/* True while PCI bus mastering is enabled. */
PS_API bool ps_device_bus_master(const struct ps_device *device);

/* Copies between physical memory and the model. 0, or -EFAULT outside RAM or outside a grant (then a
 * finding has been raised and nothing was copied). */
PS_API int ps_device_dma_read(struct ps_device *device, uint64_t physical, void *to, size_t bytes);
PS_API int ps_device_dma_write(struct ps_device *device, uint64_t physical, const void *from,
                               size_t bytes);

/* The bytes themselves, for as many as lie in one piece from `physical` (at most *bytes, which is
 * lowered); NULL as above. Valid until the model returns. */
PS_API void *ps_device_dma_map(struct ps_device *device, uint64_t physical, size_t *bytes,
                               enum ps_dma_direction direction);

/* Slave DMA (ISA cards): the device asks, one of the machine's 8237 channels addresses memory and counts. `sync` is called
 * before and after each access to the 8237, so a model that asked sees there that its channel was unmasked. */

/* The channel's request line (DREQ), as the controller's status register shows it. */
PS_API void ps_device_channel_request(struct ps_device *device, unsigned channel, bool level);

/* True if the channel would answer a request now: it is unmasked. */
PS_API bool ps_device_channel_ready(const struct ps_device *device, unsigned channel);

/* Transfers of at most *bytes (whole ones: an even number on channels 5 to 7), which the channel has counted on return;
 * *bytes is lowered to those in one piece, to 0 if the channel does not answer. The bytes themselves, valid until the model
 * returns; NULL, though counted, if no memory is behind them: outside a grant (a finding was raised), or the channel is
 * programmed for another direction. What is read there is all ones. */
PS_API void *ps_device_channel_map(struct ps_device *device, unsigned channel, size_t *bytes,
                                   enum ps_dma_direction direction);

/* Sound leaving through line `line` (0: the main output): interleaved signed 16-bit frames.
 * `frames` NULL: silence. `fetched` tells frames that DMA fetched for the stream from filling (zeros
 * before, between and after), so that a run can count both. */
PS_API void ps_device_emit(struct ps_device *device, unsigned line, const int16_t *frames,
                           size_t count, unsigned channels, unsigned rate, bool fetched);

/* Sound arriving at input line `line`; fills all `count` frames, silence where there is none. */
PS_API void ps_device_absorb(struct ps_device *device, unsigned line, int16_t *frames, size_t count,
                             unsigned channels, unsigned rate);

/* The device starved (an under-run) or lost input (an over-run) while it should have been fed. */
PS_API void ps_device_underrun(struct ps_device *device, unsigned line);

/* True: behave as QEMU's device does where that is known not to be what the data sheet says (docs/qemu.md). */
PS_API bool ps_device_quirks(const struct ps_device *device);

/* Software did something the data sheet forbids; `rule` is a static string ("AC-118"). */
PS_API void ps_device_report(struct ps_device *device, const char *rule, const char *text);
/* The same for what is worth a warning only. */
PS_API void ps_device_remark(struct ps_device *device, const char *rule, const char *text);

#ifdef __cplusplus
}
#endif

#endif
