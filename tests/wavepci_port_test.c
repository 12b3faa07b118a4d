// SPDX-License-Identifier: MIT
//
// The port object: Init and its order, service groups, streams' creation and end, references.
#include "tests/wavepci_fixture.h"

static void nothing(struct fixture *f)
{
    (void)f;
}

PS_TEST(init_then_getdescription, "WP-1", "WP-2", "WP-3", "WP-4", "WP-8", "WP-101")
{
    struct fixture f;

    fixture_open(&f, NULL);
    assert_int_equal(mini.order_count, 2);
    assert_string_equal(mini.order[0], "Init");
    assert_string_equal(mini.order[1], "GetDescription");
    assert_null(mini.adapter_seen); // what start_device passed
    assert_non_null(mini.resources_seen);
    fixture_run(&f, nothing);
    fixture_close(&f);
}

static void refuse_init(void)
{
    mini.init_status = STATUS_NOT_SUPPORTED;
}

PS_TEST(a_failing_init_leaves_no_reference, "WP-2")
{
    struct fixture_options options = {.start_fails = true};
    struct fixture f;

    mini_before_start = refuse_init;
    fixture_open(&f, &options);
    assert_int_equal(f.started, STATUS_NOT_SUPPORTED);
    assert_int_equal(mini.miniports, 0);
    fixture_close(&f);
}

static void no_wave_interface(struct fixture *f)
{
    PUNKNOWN stranger = NULL;
    PPORT port;

    CHECK_EQUAL(PcNewServiceGroup((PSERVICEGROUP *)&stranger, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(PcNewPort(&port, &CLSID_PortWavePci), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(port->lpVtbl->Init(port, f->pdo->AttachedDevice, NULL, stranger, NULL, NULL)));
    CHECK_EQUAL(port->lpVtbl->Release(port), 0);
    CHECK_EQUAL(stranger->lpVtbl->Release(stranger), 0);
}

PS_TEST(what_is_no_wavepci_miniport_is_refused, "WP-2")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, no_wave_interface);
    fixture_close(&f);
}

// ---- groups ------------------------------------------------------------------------------------------------

static void want_filter_group(void)
{
    mini.filter_group = true;
}

static void notify_filter(struct fixture *f)
{
    (void)f;
    mini.port->lpVtbl->Notify(mini.port, mini.group);
    fixture_sleep(100); // for the DPC
    CHECK_EQUAL(mini.filter_services, 1);
    mini.port->lpVtbl->Notify(mini.port, NULL); // no group, no effect
    CHECK_EQUAL(mini.filter_services, 1);
}

PS_TEST(the_filters_group_serves_the_miniport, "WP-5", "WP-70", "WP-73")
{
    struct fixture f;

    mini_before_start = want_filter_group;
    fixture_open(&f, NULL);
    fixture_run(&f, notify_filter);
    fixture_close(&f);
}

static void no_filter_service(struct fixture *f)
{
    PFILE_OBJECT pin = client_pin(f, 0, false);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    fixture_sleep(100000);
    CHECK_EQUAL(mini.filter_services, 0);
    client_close(f, pin);
}

PS_TEST(without_a_group_the_miniports_service_is_never_called, "WP-4")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, no_filter_service);
    fixture_close(&f);
}

static void stream_group(struct fixture *f)
{
    PFILE_OBJECT pin;
    ULONG references;

    mini.own_group = true;
    pin = client_pin(f, 0, false);
    mini.group->lpVtbl->AddRef(mini.group);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    mini.port->lpVtbl->Notify(mini.port, mini.group);
    fixture_sleep(100);
    CHECK_EQUAL(mini.stream->services, 1);
    fixture_sleep(100000); // no timer of the port's beside a group
    CHECK_EQUAL(mini.stream->services, 1);
    client_close(f, pin);
    CHECK_EQUAL(mini.stream_objects, 0);
    mini.port->lpVtbl->Notify(mini.port, mini.group); // the sink is gone
    fixture_sleep(100);
    references = mini.group->lpVtbl->Release(mini.group);
    CHECK_EQUAL(references, 0); // the port dropped its own
}

PS_TEST(a_streams_group_serves_the_stream, "WP-12", "WP-14", "WP-15", "WP-17", "WP-72")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, stream_group);
    fixture_close(&f);
}

// ---- the DMA channel -----------------------------------------------------------------------------------------

static void master_channel(struct fixture *f)
{
    PDMACHANNEL channel = NULL;

    (void)f;
    CHECK_EQUAL(mini.port->lpVtbl->NewMasterDmaChannel(mini.port, &channel, NULL, NonPagedPool, NULL,
                                                       TRUE, TRUE, FALSE, FALSE, (DMA_WIDTH)-1,
                                                       (DMA_SPEED)-1, 65536, 0),
                STATUS_SUCCESS);
    CHECK(channel->lpVtbl->GetAdapterObject(channel) != NULL);
    CHECK_EQUAL(channel->lpVtbl->AllocateBuffer(channel, 4096, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(channel->lpVtbl->AllocatedBufferSize(channel), 4096);
    CHECK_EQUAL(channel->lpVtbl->TransferCount(channel), 0);
    CHECK_EQUAL(channel->lpVtbl->Release(channel), 0);
}

PS_TEST(a_master_channel_gives_common_buffers, "WP-90", "WP-91", "WP-95")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, master_channel);
    fixture_close(&f);
}

static void channel_at_dispatch(struct fixture *f)
{
    PDMACHANNEL channel = NULL;
    KIRQL old;

    (void)f;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    mini.port->lpVtbl->NewMasterDmaChannel(mini.port, &channel, NULL, NonPagedPool, NULL, TRUE, TRUE, FALSE, FALSE,
                                           (DMA_WIDTH)-1, (DMA_SPEED)-1, 65536, 0);
    KeLowerIrql(old);
    if (channel)
        channel->lpVtbl->Release(channel);
}

PS_TEST(a_master_channel_is_made_at_passive_level, "VF-21", "WP-90")
{
    const struct finding *finding;
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, channel_at_dispatch);
    assert_true(fixture_findings(&f) > 0); // others may follow: what it needs is for PASSIVE_LEVEL, too
    finding = journal_get(f.system->journal, 0);
    assert_string_equal(finding->rule, "VF-21");
    assert_int_equal(finding->parameters[0], 0x71003);
    fixture_abandon(&f);
}

static void shared_channel(struct fixture *f)
{
    PFILE_OBJECT pins[3];
    PSERVICEGROUP group;

    CHECK_EQUAL(mini.port->lpVtbl->NewMasterDmaChannel(mini.port, &mini.channel, NULL, NonPagedPool, NULL,
                                                       TRUE, TRUE, FALSE, FALSE, (DMA_WIDTH)-1,
                                                       (DMA_SPEED)-1, 65536, 0),
                STATUS_SUCCESS);
    mini.own_group = true;
    for (unsigned i = 0; i < 3; i++) {
        pins[i] = client_pin(f, i == 2, false);
        CHECK_EQUAL(client_state(f, pins[i], KSSTATE_RUN), STATUS_SUCCESS);
    }
    group = mini.group;
    group->lpVtbl->AddRef(group);
    for (unsigned i = 0; i < 3; i++)
        client_close(f, pins[i]);
    CHECK_EQUAL(group->lpVtbl->Release(group), 0); // the port gave its reference back
    CHECK_EQUAL(mini.channel->lpVtbl->AddRef(mini.channel), 2); // and never had one of the channel
    CHECK_EQUAL(mini.channel->lpVtbl->Release(mini.channel), 1);
    CHECK_EQUAL(mini.channel->lpVtbl->Release(mini.channel), 0);
}

PS_TEST(streams_share_a_channel_without_references, "DS-10", "WP-12")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, shared_channel);
    fixture_close(&f);
}

static void channel_buffer(struct fixture *f)
{
    PDMACHANNEL channel = NULL;

    (void)f;
    CHECK_EQUAL(mini.port->lpVtbl->NewMasterDmaChannel(mini.port, &channel, NULL, NonPagedPool, NULL,
                                                       TRUE, TRUE, FALSE, FALSE, (DMA_WIDTH)-1,
                                                       (DMA_SPEED)-1, 65536, 0),
                STATUS_SUCCESS);
    CHECK_EQUAL(channel->lpVtbl->AllocateBuffer(channel, 5000, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(channel->lpVtbl->BufferSize(channel), 5000); // the allocated size, not the maximum
    channel->lpVtbl->SetBufferSize(channel, 3000);           // bookkeeping
    CHECK_EQUAL(channel->lpVtbl->BufferSize(channel), 3000);
    CHECK_EQUAL(channel->lpVtbl->AllocatedBufferSize(channel), 5000);
    CHECK_EQUAL(channel->lpVtbl->AllocateBuffer(channel, 4096, NULL), STATUS_UNSUCCESSFUL);
    channel->lpVtbl->FreeBuffer(channel);
    CHECK_EQUAL(channel->lpVtbl->AllocateBuffer(channel, 4096, NULL), STATUS_SUCCESS);
    channel->lpVtbl->Release(channel);
}

PS_TEST(a_channel_has_one_buffer_at_a_time, "WP-93", "WP-94")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, channel_buffer);
    assert_int_equal(fixture_found(&f, "WP-94"), 1);
    fixture_forgive(&f);
    fixture_close(&f);
}

static ULONG entries_at_init;

static void count_resources(struct fixture *f)
{
    PCM_RESOURCE_LIST list = mini.resources_seen->lpVtbl->TranslatedList(mini.resources_seen);

    (void)f;
    CHECK_EQUAL(mini.resources_seen->lpVtbl->NumberOfEntries(mini.resources_seen), entries_at_init);
    CHECK(!memcmp(list, mini.resources_copy, mini.resources_bytes));
    mini.resources_seen->lpVtbl->Release(mini.resources_seen);
}

static void keep_resources(void)
{
    mini.keep_resources = true;
}

PS_TEST(the_resource_list_is_not_modified, "WP-3", "WP-6")
{
    struct fixture f;

    mini_before_start = keep_resources;
    fixture_open(&f, NULL);
    entries_at_init = mini.resource_entries;
    assert_true(entries_at_init > 0);
    fixture_run(&f, count_resources);
    fixture_close(&f);
}

// ---- late references -------------------------------------------------------------------------------------------

static PPORTWAVEPCISTREAM kept;

static void keep_port_stream(struct mini_stream *stream, KSSTATE state)
{
    if (state != KSSTATE_ACQUIRE || kept)
        return;
    kept = stream->port;
    kept->lpVtbl->AddRef(kept);
}

static void late_reference(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes = 1, flags = 1;
    PFILE_OBJECT pin;

    kept = NULL;
    mini.on_state = keep_port_stream;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    client_close(f, pin);
    CHECK_EQUAL(kept->lpVtbl->GetMapping(kept, NULL, &physical, &address, &bytes, &flags),
                STATUS_NOT_FOUND);
    CHECK_EQUAL(bytes, 0);
    CHECK_EQUAL(flags, 0);
    CHECK_EQUAL(kept->lpVtbl->ReleaseMapping(kept, (PVOID)1), STATUS_NOT_FOUND);
    CHECK_EQUAL(kept->lpVtbl->TerminatePacket(kept), STATUS_SUCCESS);
    CHECK_EQUAL(kept->lpVtbl->Release(kept), 0);
}

PS_TEST(a_port_stream_outlives_its_pin, "WP-18", "VF-16")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, late_reference);
    assert_int_equal(fixture_found(&f, "WP-12"), 1); // a reference was left behind
    assert_int_equal(fixture_found(&f, "WP-38"), 1); // and used
    fixture_forgive(&f);
    fixture_close(&f);
}

static void unload(struct fixture *f)
{
    kernel_close(f->system, f->filter);
    CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, false), STATUS_SUCCESS);
    CHECK_EQUAL(kernel_unload_driver(f->system, f->driver), STATUS_SUCCESS);
    f->filter = NULL;
    f->pdo = NULL;
    f->driver = NULL;
}

static void unload_with_a_group(struct fixture *f)
{
    PSERVICEGROUP group;

    CHECK_EQUAL(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    unload(f);
    CHECK_EQUAL(fixture_found(f, "VF-16"), 1);
    CHECK_EQUAL(group->lpVtbl->Release(group), 0);
    fixture_forgive(f); // also of its timer, which the unload forgot
}

PS_TEST(an_object_of_the_port_class_left_at_unload_is_found, "VF-16", "WP-12")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, unload_with_a_group);
    fixture_close(&f);
}

static void unload_with_a_channel(struct fixture *f)
{
    PDMACHANNEL channel = NULL;

    CHECK_EQUAL(mini.port->lpVtbl->NewMasterDmaChannel(mini.port, &channel, NULL, NonPagedPool, NULL, TRUE,
                                                       TRUE, FALSE, FALSE, Width32Bits, Compatible,
                                                       PAGE_SIZE, 0),
                STATUS_SUCCESS);
    unload(f);
    CHECK_EQUAL(fixture_found(f, "VF-16"), 1);
    CHECK_EQUAL(channel->lpVtbl->Release(channel), 0);
    fixture_forgive(f);
}

PS_TEST(a_dma_channel_left_at_unload_is_found, "VF-16")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, unload_with_a_channel);
    fixture_close(&f);
}

static void unload_with_a_port(struct fixture *f)
{
    PPORTWAVEPCI port = mini.port;

    port->lpVtbl->AddRef(port);
    unload(f);
    CHECK_EQUAL(fixture_found(f, "VF-16"), 1);
    CHECK_EQUAL(port->lpVtbl->Release(port), 0);
    fixture_forgive(f); // also of its DPC, which the unload forgot
}

PS_TEST(a_port_that_outlives_its_driver_is_found, "VF-16")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, unload_with_a_port);
    fixture_close(&f);
}

static void interfaces(struct fixture *f)
{
    PFILE_OBJECT pin = client_pin(f, 0, false);
    PPORTWAVEPCISTREAM port = mini.stream->port;
    PVOID found = NULL;

    CHECK_EQUAL(port->lpVtbl->QueryInterface(port, &IID_IPortWavePciStream, &found), STATUS_SUCCESS);
    CHECK(found == port);
    port->lpVtbl->Release(port);
    CHECK_EQUAL(port->lpVtbl->QueryInterface(port, &IID_IPreFetchOffset, &found), STATUS_SUCCESS);
    ((PPREFETCHOFFSET)found)->lpVtbl->Release(found);
    CHECK(!NT_SUCCESS(port->lpVtbl->QueryInterface(port, &IID_IPortTopology, &found)));
    CHECK(found == NULL);
    CHECK_EQUAL(mini.port->lpVtbl->QueryInterface(mini.port, &IID_IPort, &found), STATUS_SUCCESS);
    mini.port->lpVtbl->Release(mini.port);
    client_close(f, pin);
}

PS_TEST(interfaces_are_found_by_their_identifiers, "WP-1", "WP-69a", "~VF-16")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, interfaces);
    fixture_close(&f);
}

PS_TEST(vtables_stand_in_windows_order, "WP-81", "WP-69b")
{
    assert_int_equal(offsetof(IPortWavePciVtbl, Init), 3 * 8);
    assert_int_equal(offsetof(IPortWavePciVtbl, Notify), 6 * 8);
    assert_int_equal(offsetof(IPortWavePciVtbl, NewMasterDmaChannel), 7 * 8);
    assert_int_equal(offsetof(IPortWavePciStreamVtbl, GetMapping), 3 * 8);
    assert_int_equal(offsetof(IPortWavePciStreamVtbl, TerminatePacket), 5 * 8);
    assert_int_equal(offsetof(IMiniportWavePciVtbl, GetDescription), 3 * 8);
    assert_int_equal(offsetof(IMiniportWavePciVtbl, Init), 5 * 8);
    assert_int_equal(offsetof(IMiniportWavePciVtbl, Service), 7 * 8);
    assert_int_equal(offsetof(IMiniportWavePciStreamVtbl, SetFormat), 3 * 8);
    assert_int_equal(offsetof(IMiniportWavePciStreamVtbl, NormalizePhysicalPosition), 6 * 8);
    assert_int_equal(offsetof(IMiniportWavePciStreamVtbl, RevokeMappings), 8 * 8);
    assert_int_equal(offsetof(IMiniportWavePciStreamVtbl, MappingAvailable), 9 * 8);
    assert_int_equal(offsetof(IMiniportWavePciStreamVtbl, Service), 10 * 8);
    assert_int_equal(offsetof(IServiceSinkVtbl, RequestService), 3 * 8);
    assert_int_equal(offsetof(IServiceGroupVtbl, RequestService), 3 * 8);
}
