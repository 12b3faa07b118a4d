// SPDX-License-Identifier: MIT
//
// The two methods that return a structure, called as drivers call them: from C and from C++, by gcc's code and by clang's.
// The port must give all of them the same addresses, for every page.
#include "tests/wavert_addresses.h"
#include "tests/wavert_miniport.h"

static const struct address_caller *const callers[] = {
#define X(name) &name,
    ADDRESS_CALLERS
#undef X
};

enum { CALLERS = sizeof(callers) / sizeof(*callers), PAGES = 300 };

static void ask_all(PPORTWAVERTSTREAM port, PMDL mdl, ULONG count)
{
    static ULONGLONG told[PAGES];

    for (unsigned i = 0; i < CALLERS; i++) {
        memset(told, 0xFF, sizeof(told));
        callers[i]->pages(port, mdl, count, told);
        for (ULONG page = 0; page < count; page++)
            CHECK_EQUAL(told[page], MmGetMdlPfnArray(mdl)[page] * PAGE_SIZE);
    }
}

static void every_page(struct fixture *f)
{
    PFILE_OBJECT pin = rt_pin(f, false);
    PPORTWAVERTSTREAM port = rt.stream->port;
    PHYSICAL_ADDRESS all = {.QuadPart = -1}, none = {.QuadPart = 0};
    PMDL scattered = port->lpVtbl->AllocatePagesForMdl(port, all, PAGES * PAGE_SIZE);
    PMDL contiguous =
        port->lpVtbl->AllocateContiguousPagesForMdl(port, none, all, 17 * PAGE_SIZE);

    CHECK(scattered && contiguous);
    ask_all(port, scattered, PAGES);
    ask_all(port, contiguous, 17);
    port->lpVtbl->FreePagesFromMdl(port, scattered);
    port->lpVtbl->FreePagesFromMdl(port, contiguous);
    client_close(f, pin);
}

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED};
    struct fixture f;

    rt_reset();
    fixture_open(&f, &options);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

PS_TEST(every_compiler_gets_the_address_of_every_page, "RT-26")
{
    run(every_page);
}

static void channels(struct fixture *f)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION,
                                      .Master = TRUE,
                                      .ScatterGather = TRUE,
                                      .Dma32BitAddresses = TRUE,
                                      .InterfaceType = PCIBus,
                                      .MaximumLength = 0x10000};
    PDMACHANNEL channel;
    PVOID buffer;

    CHECK_EQUAL(PcNewDmaChannel(&channel, NULL, NonPagedPool, &description, rt.fdo),
                STATUS_SUCCESS);
    CHECK_EQUAL(channel->lpVtbl->AllocateBuffer(channel, 5 * PAGE_SIZE, NULL), STATUS_SUCCESS);
    buffer = channel->lpVtbl->SystemAddress(channel);
    for (unsigned i = 0; i < CALLERS; i++)
        CHECK_EQUAL(callers[i]->channel(channel),
                    memory_physical(f->system->machine, buffer));
    channel->lpVtbl->Release(channel);
}

PS_TEST(every_compiler_gets_the_address_of_a_dma_channel, "WP-91")
{
    run(channels);
}
