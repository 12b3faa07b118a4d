// SPDX-License-Identifier: MIT
//
// See hda_rig.h.
#include "tests/hda_rig.h"

#include "models/models.h"
#include "tests/wavepci_miniport.h"

struct mini mini; // the fixture's own miniport, unused here
bool hda_rig_position_lock;
PFILE_OBJECT pin;
KSRTAUDIO_BUFFER buffer;
static PFILE_OBJECT topology;

NTSTATUS NTAPI mini_driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    if (hda_rig_position_lock)
        CHECK_EQUAL(policy_set(system_current, "position-lock", "on"), 0);
    hda_rig_position_lock = false;
    return DriverEntry(driver, path);
}

// ---- runs --------------------------------------------------------------------------------------------------

void hda_rig_run_with(const struct fixture_options *options, void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, options);
    fixture_run(&f, scenario);
    assert_int_equal(hda_mock.strange, 0); // HD-24
    fixture_close(&f);
}

void hda_rig_run(void (*scenario)(struct fixture *f))
{
    const struct fixture_options options = {.device = &hda_mock_ops};

    hda_rig_run_with(&options, scenario);
}

void hda_rig_run_on_model(struct chooser *chooser, void (*scenario)(struct fixture *f))
{
    const struct fixture_options options = {.device = &hda_model, .chooser = chooser};

    hda_rig_run_with(&options, scenario);
}

void hda_rig_refuses(NTSTATUS status)
{
    const struct fixture_options options = {.device = &hda_mock_ops, .start_fails = true};
    struct fixture f;

    fixture_open(&f, &options);
    assert_int_equal(f.started, status);
    fixture_close(&f);
}

static bool starve_once(const struct ps_device_ops *device, uint64_t site, bool for_good,
                        void (*scenario)(struct fixture *f))
{
    const struct fixture_options options = {.device = device,
                                            .start_fails = true,
                                            .fail_at = site,
                                            .fail_for_good = for_good};
    struct fixture f;
    bool failed;

    fixture_open(&f, &options);
    if (NT_SUCCESS(f.started))
        fixture_run(&f, scenario);
    failed = f.faults.failed != 0;
    fixture_close(&f);
    return failed;
}

void hda_rig_starve(const struct ps_device_ops *device, void (*scenario)(struct fixture *f))
{
    for (int for_good = 0; for_good < 2; for_good++) {
        uint64_t site = 1;

        while (starve_once(device, site, for_good, scenario))
            site++;
        assert_in_range(site, 20, 999);
    }
}

// ---- the client --------------------------------------------------------------------------------------------

PFILE_OBJECT rig_pin(struct fixture *f, bool capture, ULONG rate)
{
    struct pin_request request = {.pin = capture ? RIG_CAPTURE : RIG_RENDER, .rate = rate};
    PFILE_OBJECT file = NULL;
    NTSTATUS status = client_open(f, &request, &file);

    if (NT_SUCCESS(status))
        return file;
    CHECK(f->faults.failed);
    return NULL;
}

NTSTATUS rig_property(struct fixture *f, PFILE_OBJECT file, ULONG id, const void *instance,
                      ULONG instance_bytes, void *value, ULONG bytes)
{
    unsigned char request[128] = {0};
    KSPROPERTY *property = (KSPROPERTY *)request;

    property->Set = KSPROPSETID_RtAudio;
    property->Id = id;
    property->Flags = id == KSPROPERTY_RTAUDIO_SETWRITEPACKET ? KSPROPERTY_TYPE_SET
                                                              : KSPROPERTY_TYPE_GET;
    if (instance_bytes)
        memcpy(property + 1, instance, instance_bytes);
    return kernel_control_wait(f->system, file, IOCTL_KS_PROPERTY, request,
                               sizeof(*property) + instance_bytes, value, bytes, NULL);
}

NTSTATUS rig_buffer(struct fixture *f, PFILE_OBJECT file, ULONG bytes, ULONG notifications,
                    KSRTAUDIO_BUFFER *reply)
{
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request = {.RequestedBufferSize = bytes,
                                                           .NotificationCount = notifications};

    return rig_property(f, file,
                        notifications ? KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION
                                      : KSPROPERTY_RTAUDIO_BUFFER,
                        &request.BaseAddress, 16, reply, sizeof(*reply));
}

NTSTATUS rig_register(struct fixture *f, PFILE_OBJECT file, HANDLE event)
{
    return rig_property(f, file, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, &event,
                        sizeof(event), NULL, 0);
}

NTSTATUS rig_unregister(struct fixture *f, PFILE_OBJECT file, HANDLE event)
{
    return rig_property(f, file, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT, &event,
                        sizeof(event), NULL, 0);
}

ULONG rig_packet_count(struct fixture *f, PFILE_OBJECT file)
{
    ULONG count = 0xFFFF;

    CHECK_EQUAL(rig_property(f, file, KSPROPERTY_RTAUDIO_PACKETCOUNT, NULL, 0, &count, sizeof(count)),
                STATUS_SUCCESS);
    return count;
}

NTSTATUS rig_write_packet(struct fixture *f, PFILE_OBJECT file, ULONG number, ULONG flags, ULONG bytes)
{
    KSRTAUDIO_SETWRITEPACKET_INFO info = {number, flags, bytes};

    return rig_property(f, file, KSPROPERTY_RTAUDIO_SETWRITEPACKET, NULL, 0, &info, sizeof(info));
}

NTSTATUS rig_read_packet(struct fixture *f, PFILE_OBJECT file, KSRTAUDIO_GETREADPACKET_INFO *info)
{
    return rig_property(f, file, KSPROPERTY_RTAUDIO_GETREADPACKET, NULL, 0, info, sizeof(*info));
}

void rig_open(struct fixture *f, bool capture, ULONG bytes, ULONG notifications)
{
    pin = rig_pin(f, capture, 48000);
    CHECK_EQUAL(rig_buffer(f, pin, bytes, notifications, &buffer), STATUS_SUCCESS);
}

void rig_state(struct fixture *f, KSSTATE to)
{
    CHECK_EQUAL(client_state(f, pin, to), STATUS_SUCCESS);
}

void rig_close(struct fixture *f)
{
    client_close(f, pin);
    pin = NULL;
}

bool rig_told(uint32_t verb)
{
    for (unsigned i = 0; i < hda_mock.verb_count; i++)
        if (hda_mock.verbs[i] == verb)
            return true;
    return false;
}

// ---- topology ----------------------------------------------------------------------------------------------

void rig_open_topology(struct fixture *f)
{
    static const WCHAR name[] = {'\\', 'T', 'o', 'p', 'o', 'l', 'o', 'g', 'y'};

    CHECK_EQUAL(kernel_open(f->system, f->pdo, NULL, name, sizeof(name), &topology),
                STATUS_SUCCESS);
}

void rig_close_topology(struct fixture *f)
{
    kernel_close(f->system, topology);
    topology = NULL;
}

NTSTATUS rig_node(struct fixture *f, ULONG node, ULONG id, LONG channel, ULONG flags, void *value,
                  ULONG bytes)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.Channel = channel};

    request.NodeProperty.Property.Set = KSPROPSETID_Audio;
    request.NodeProperty.Property.Id = id;
    request.NodeProperty.Property.Flags = flags | KSPROPERTY_TYPE_TOPOLOGY;
    request.NodeProperty.NodeId = node;
    return kernel_control_wait(f->system, topology, IOCTL_KS_PROPERTY, &request, sizeof(request),
                               value, bytes, NULL);
}
