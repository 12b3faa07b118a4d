// SPDX-License-Identifier: MIT
//
// IPortWaveCyclic, and a stream from NewStream to its end.
#include "tests/wavecyclic_miniport.h"

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

// Findings of that rule, all there are; forgets them.
static void only(struct fixture *f, const char *rule, unsigned times)
{
    size_t total = 0;

    for (size_t i = 0; i < journal_count(f->system->journal); i++)
        total += 1 + journal_get(f->system->journal, i)->repeats;
    CHECK_EQUAL(fixture_found(f, rule), times);
    CHECK_EQUAL(total, times);
    fixture_forgive(f);
}

static void end(struct fixture *f, PFILE_OBJECT pin)
{
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
}

// ---- binding -------------------------------------------------------------------------------------------------

static void bound(struct fixture *f)
{
    PVOID found;

    (void)f;
    CY_EXPECT(0, "QueryInterface, Init, GetDescription");
    CHECK(cy.port && cy.adapter);
    CHECK(cy.resources_seen == cy.resources);
    CHECK_EQUAL(cy.port->lpVtbl->QueryInterface(cy.port, &IID_IPortWaveCyclic, &found), STATUS_SUCCESS);
    cy.port->lpVtbl->Release(cy.port);
    CHECK_EQUAL(cy.port->lpVtbl->QueryInterface(cy.port, &IID_IPort, &found), STATUS_SUCCESS);
    cy.port->lpVtbl->Release(cy.port);
    CHECK_EQUAL(cy.port->lpVtbl->QueryInterface(cy.port, &IID_IPreFetchOffset, &found),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(cy.port->lpVtbl->QueryInterface(cy.port, &IID_IPortWavePci, &found),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(cy.port->lpVtbl->Init(cy.port, cy.fdo, NULL, cy.adapter, cy.adapter, NULL),
                STATUS_UNSUCCESSFUL);
}
PS_TEST(init_binds_the_miniport_and_asks_what_the_filter_looks_like, "WC-1", "WC-4", "WC-5", "WC-57")
{
    cy_reset();
    run(bound);
}

PS_TEST(a_miniport_that_fails_is_let_go, "WC-4")
{
    const struct fixture_options options = {.start_fails = true};
    struct fixture f;

    cy_reset();
    cy.init = STATUS_DEVICE_CONFIGURATION_ERROR;
    fixture_open(&f, &options);
    assert_int_equal(f.started, STATUS_DEVICE_CONFIGURATION_ERROR);
    fixture_close(&f);
}

// ---- NewStream -------------------------------------------------------------------------------------------------

// Three outputs, each with a reference that the port lets go of at the end: group, channel, stream, in this order.
static char released[64];

static void note_release(const char *what)
{
    strcat(strcat(released, released[0] ? " " : ""), what);
}

static void streams(struct fixture *f)
{
    PFILE_OBJECT play, record;
    unsigned from = cy.call_count;

    released[0] = 0;
    cy.on_release = note_release;
    cy.sizes = true;
    play = cy_open(f, false);
    CY_EXPECT(from, "NewStream 0 play, AllocatedBufferSize, SystemAddress, BufferSize, "
                    "SetNotificationFreq 10");
    cy.sizes = false;
    CHECK(cy.pool == NonPagedPool || cy.pool == NonPagedPoolNx);
    CHECK_EQUAL(client_position(f, play).PlayOffset, 0);
    CHECK_EQUAL(client_get_state(f, play), KSSTATE_STOP);
    from = cy.call_count;
    record = cy_open(f, true);
    CY_EXPECT(from, "NewStream 1 capture, SetNotificationFreq 10");
    CHECK_EQUAL(cy.streams, 2);
    CHECK_EQUAL(cy.stream->references, 1);
    CHECK_EQUAL(cy.stream->channel_references, 1);
    client_close(f, play);
    client_close(f, record);
    CHECK(!strcmp(released, "channel stream channel stream"));
    CHECK_EQUAL(cy.streams, 0);
}
PS_TEST(a_stream_comes_with_a_channel_and_a_group, "WC-8", "WC-9", "WC-12", "WC-13", "WC-14", "WC-15")
{
    cy_reset();
    run(streams);
}

static void incomplete(struct fixture *f)
{
    struct pin_request request = {.pin = 0};
    PFILE_OBJECT pin;

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_UNSUCCESSFUL);
    CHECK_EQUAL(cy.streams, 0); // what came back has been released
    only(f, "WC-10", 1);
}
PS_TEST(success_without_a_stream_is_none, "WC-10")
{
    cy_reset();
    cy.no_stream = true;
    run(incomplete);
}
PS_TEST(success_without_a_channel_is_none, "WC-10")
{
    cy_reset();
    cy.no_channel = true;
    run(incomplete);
}

static void refused(struct fixture *f)
{
    struct pin_request request = {.pin = 0};
    PFILE_OBJECT pin;

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_INSUFFICIENT_RESOURCES);
}
PS_TEST(a_stream_that_is_refused_leaves_nothing, "WC-8")
{
    cy_reset();
    cy.new_stream = STATUS_INSUFFICIENT_RESOURCES;
    run(refused);
}

// Without a group the port's own timer serves the stream.
static void no_group(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from;

    only(f, "WC-11", 1);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 60 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    from = cy.call_count;
    cy.p = 5 * CY_MS;
    fixture_sleep(9900);
    CY_EXPECT(from, "");
    fixture_sleep(20000);
    CY_EXPECT(from, "CopyTo 7680 960");
    CHECK_EQUAL(cy.stream->service_irql, DISPATCH_LEVEL);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &a);
    client_close(f, pin);
}
PS_TEST(without_a_group_the_port_looks_every_interval, "WC-11")
{
    cy_reset();
    cy.no_group = true;
    run(no_group);
}

// A driver that allocates when it is told the format.
static void late_buffer(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    KSDATAFORMAT_WAVEFORMATEX format;
    unsigned char connect[512];
    unsigned from = cy.call_count;
    struct pin_request request = {.pin = 0};

    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_INSUFFICIENT_RESOURCES);
    CY_EXPECT(from, "");
    client_connect(&request, connect);
    memcpy(&format, connect + sizeof(KSPIN_CONNECT), sizeof(format));
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                                KSPROPERTY_TYPE_SET, &format, sizeof(format), NULL),
                STATUS_SUCCESS);
    CY_EXPECT(from, "SetFormat, SetNotificationFreq 10");
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    end(f, pin);
}
PS_TEST(a_buffer_may_come_late_but_not_after_acquire, "WC-13", "WC-21")
{
    cy_reset();
    cy.late_buffer = true;
    run(late_buffer);
}

// ---- Notify ----------------------------------------------------------------------------------------------------

// One group for all streams serves all of those that run, as often as it is asked before the pass: once.
static void one_group(struct fixture *f)
{
    PFILE_OBJECT a, b;
    struct cy_stream *first;
    KIRQL irql;

    CHECK_EQUAL(PcNewServiceGroup(&cy.group, NULL), STATUS_SUCCESS);
    a = cy_open(f, false);
    first = cy.stream;
    b = cy_open(f, false);
    cy_notify(); // before the first RUN
    CHECK_EQUAL(client_state(f, a, KSSTATE_RUN), STATUS_SUCCESS);
    first->service_irql = cy.stream->service_irql = 0;
    KeRaiseIrql(HIGH_LEVEL - 1, &irql);
    cy.port->lpVtbl->Notify(cy.port, cy.group);
    cy.port->lpVtbl->Notify(cy.port, cy.group);
    KeLowerIrql(irql);
    fixture_sleep(10);
    CHECK_EQUAL(first->service_irql, DISPATCH_LEVEL);
    CHECK_EQUAL(cy.stream->service_irql, 0); // not in RUN
    CHECK_EQUAL(client_state(f, a, KSSTATE_STOP), STATUS_SUCCESS);
    first->service_irql = 0;
    cy_notify(); // after STOP
    CHECK_EQUAL(first->service_irql, 0);
    client_close(f, a);
    client_close(f, b);
    cy.port->lpVtbl->Notify(cy.port, cy.group); // no stream of it is open any more
    cy.port->lpVtbl->Notify(cy.port, NULL);
    cy.group->lpVtbl->Release(cy.group);
    CHECK_EQUAL(fixture_findings(f), 0);
}
PS_TEST(notify_serves_the_running_streams_of_a_group, "WC-41", "WC-42", "WC-43", "WC-44")
{
    cy_reset();
    run(one_group);
}

static void foreign(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    PSERVICEGROUP own;

    CHECK_EQUAL(PcNewServiceGroup(&own, NULL), STATUS_SUCCESS);
    cy.port->lpVtbl->Notify(cy.port, own);
    own->lpVtbl->Release(own);
    only(f, "WC-88", 1);
    cy.port->lpVtbl->Notify(cy.port, (PSERVICEGROUP)(uintptr_t)0x1234); // not looked into
    only(f, "WC-88", 1);
    client_close(f, pin);
}
PS_TEST(a_foreign_group_is_reported, "WC-88", "WC-42")
{
    cy_reset();
    run(foreign);
}

// A spin lock of the miniport's may be held; Notify only queues a DPC.
static void locked(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    KSPIN_LOCK lock;
    KIRQL irql;

    KeInitializeSpinLock(&lock);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    KeAcquireSpinLock(&lock, &irql);
    cy.stream->service_irql = 0;
    cy.port->lpVtbl->Notify(cy.port, cy.stream->group);
    CHECK_EQUAL(cy.stream->service_irql, 0);
    KeReleaseSpinLock(&lock, irql);
    fixture_sleep(10);
    CHECK_EQUAL(cy.stream->service_irql, DISPATCH_LEVEL);
    CHECK_EQUAL(fixture_findings(f), 0);
    end(f, pin);
}
PS_TEST(notify_may_be_called_under_a_lock, "WC-89")
{
    cy_reset();
    run(locked);
}

// ---- DMA channels ------------------------------------------------------------------------------------------------

static uint64_t physical_of(PDMACHANNEL channel)
{
    return (uint64_t)IDmaChannel_PhysicalAddress(channel).QuadPart;
}

static void channels(struct fixture *f)
{
    PDMACHANNEL low = NULL, high = NULL;
    unsigned char *address;
    PVOID found;

    (void)f;
    CHECK_EQUAL(cy.port->lpVtbl->NewMasterDmaChannel(cy.port, &low, NULL, NULL, 0x10000, FALSE, FALSE,
                                                     (DMA_WIDTH)-1, (DMA_SPEED)-1),
                STATUS_SUCCESS);
    CHECK_EQUAL(cy.port->lpVtbl->NewMasterDmaChannel(cy.port, &high, NULL, NULL, 0x10000, TRUE, FALSE,
                                                     (DMA_WIDTH)-1, (DMA_SPEED)-1),
                STATUS_SUCCESS);
    CHECK(low->lpVtbl->GetAdapterObject(low) != NULL);
    CHECK_EQUAL(low->lpVtbl->AllocateBuffer(low, 0x10001, NULL), STATUS_BUFFER_TOO_SMALL);
    CHECK(!low->lpVtbl->SystemAddress(low));
    CHECK_EQUAL(low->lpVtbl->AllocateBuffer(low, 0x10000, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(high->lpVtbl->AllocateBuffer(high, 0x10000, NULL), STATUS_SUCCESS);
    CHECK(physical_of(low) + 0x10000 <= 0x1000000); // neither flag: below 16 MiB
    CHECK(physical_of(high) + 0x10000 <= 0x100000000);
    address = low->lpVtbl->SystemAddress(low); // contiguous in both
    for (unsigned i = 0; i < 16; i++)
        CHECK_EQUAL(MmGetPhysicalAddress(address + i * 4096).QuadPart, physical_of(low) + i * 4096);
    CHECK_EQUAL(low->lpVtbl->TransferCount(low), 0);
    CHECK_EQUAL(low->lpVtbl->QueryInterface(low, &IID_IDmaChannelSlave, &found),
                STATUS_INVALID_PARAMETER);
    low->lpVtbl->Release(low);
    high->lpVtbl->Release(high);
}
PS_TEST(a_master_channel_has_a_buffer_that_the_device_reaches, "WC-28", "WC-29", "WC-30")
{
    cy_reset();
    run(channels);
}

static void no_slave(struct fixture *f)
{
    PDMACHANNELSLAVE slave = (PDMACHANNELSLAVE)(uintptr_t)1;

    (void)f;
    CHECK_EQUAL(cy.port->lpVtbl->NewSlaveDmaChannel(cy.port, &slave, NULL, NULL, 0, 4096, FALSE,
                                                    Compatible),
                STATUS_INVALID_PARAMETER);
    CHECK(!slave);
}
PS_TEST(a_slave_channel_needs_its_entry_of_the_list)
{
    cy_reset();
    run(no_slave);
}

// ---- what the verifier says ----------------------------------------------------------------------------------------

static void wide(struct fixture *f)
{
    PFILE_OBJECT pin;

    cy.wide_frame_size = true;
    pin = cy_open(f, false);
    only(f, "WC-88", 1);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0); // the whole buffer has no edge
    cy.wide_position = true;
    client_position(f, pin);
    only(f, "WC-88", 1);
    cy.wide_position = false;
    cy.wide_silence = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    only(f, "WC-88", 1);
    cy.wide_silence = false;
    end(f, pin);
}
PS_TEST(writes_outside_of_what_was_given_are_reported, "WC-6", "WC-88")
{
    cy_reset();
    run(wide);
}

static void leak(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct cy_stream *stream = cy.stream;

    stream->references++;
    client_close(f, pin);
    only(f, "WC-88", 1);
    CHECK_EQUAL(stream->channel_references, 0);
    CHECK_EQUAL(stream->iface.lpVtbl->Release(&stream->iface), 0);
}
PS_TEST(a_reference_too_many_is_reported, "WC-9", "WC-88")
{
    cy_reset();
    run(leak);
}

static void irql(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);

    cy.raise_irql = true;
    client_state(f, pin, KSSTATE_ACQUIRE);
    cy.raise_irql = false;
    only(f, "VF-9", 1);
    end(f, pin);
}
PS_TEST(a_call_that_returns_at_another_irql_is_reported, "WC-88")
{
    cy_reset();
    run(irql);
}

static void position_range(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(CY_BUFFER + 400);
    only(f, "WC-50", 1);
    cy.p = 400;
    end(f, pin);
}
PS_TEST(a_position_outside_the_buffer_is_reported, "WC-50", "WC-88")
{
    cy_reset();
    run(position_range);
}
