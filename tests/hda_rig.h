/* SPDX-License-Identifier: MIT */
/*
 * The driver drivers/hda, linked into the test, on the mock of hda_mock.h or on a model; and a WaveRT client's calls.
 * Everything here runs on a system thread, in a scenario of the fixture.
 */
#ifndef PORTSIDE_TESTS_HDA_RIG_H
#define PORTSIDE_TESTS_HDA_RIG_H

#include "tests/hda_mock.h"
#include "tests/wavepci_fixture.h"

/* Positions have a lock of their own (RT-87): in the next system that boots. */
extern bool hda_rig_position_lock;

/* Pins of the wave filter when the codec has both sides. */
enum { RIG_RENDER = 0, RIG_CAPTURE = 2 };

/* Boots, starts the driver, runs the scenario, unloads; nothing may be left and nothing found. */
void hda_rig_run(void (*scenario)(struct fixture *f));
void hda_rig_run_with(const struct fixture_options *options, void (*scenario)(struct fixture *f));
/* On the model instead; a NULL chooser is round-robin. */
void hda_rig_run_on_model(struct chooser *chooser, void (*scenario)(struct fixture *f));
/* Starting the driver comes to this. */
void hda_rig_refuses(NTSTATUS status);
/* Scenario again and again, each allocation in turn failing, once or for good. */
void hda_rig_starve(const struct ps_device_ops *device, void (*scenario)(struct fixture *f));

/* A pin of that rate, 16-bit stereo; must succeed unless allocations fail, then NULL. */
PFILE_OBJECT rig_pin(struct fixture *f, bool capture, ULONG rate);
NTSTATUS rig_property(struct fixture *f, PFILE_OBJECT file, ULONG id, const void *instance,
                      ULONG instance_bytes, void *value, ULONG bytes);
/* notifications 0: without. */
NTSTATUS rig_buffer(struct fixture *f, PFILE_OBJECT file, ULONG bytes, ULONG notifications,
                    KSRTAUDIO_BUFFER *reply);
NTSTATUS rig_register(struct fixture *f, PFILE_OBJECT file, HANDLE event);
NTSTATUS rig_unregister(struct fixture *f, PFILE_OBJECT file, HANDLE event);
ULONG rig_packet_count(struct fixture *f, PFILE_OBJECT file);
NTSTATUS rig_write_packet(struct fixture *f, PFILE_OBJECT file, ULONG number, ULONG flags, ULONG bytes);
NTSTATUS rig_read_packet(struct fixture *f, PFILE_OBJECT file, KSRTAUDIO_GETREADPACKET_INFO *info);

/* The stream that a test is about: opened with 16-bit stereo at 48 kHz and a buffer. */
extern PFILE_OBJECT pin;
extern KSRTAUDIO_BUFFER buffer;
void rig_open(struct fixture *f, bool capture, ULONG bytes, ULONG notifications);
void rig_state(struct fixture *f, KSSTATE to);
void rig_close(struct fixture *f);

/* The codec was told that verb. */
bool rig_told(uint32_t verb);

/* A node's property of the topology filter; flags: get, set or basic support. */
NTSTATUS rig_node(struct fixture *f, ULONG node, ULONG id, LONG channel, ULONG flags, void *value,
                  ULONG bytes);
void rig_open_topology(struct fixture *f);
void rig_close_topology(struct fixture *f);

#endif
