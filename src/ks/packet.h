// SPDX-License-Identifier: MIT
//
// Making and unmaking a packet, between stream.c and packet.c.
#ifndef PORTSIDE_KS_PACKET_H
#define PORTSIDE_KS_PACKET_H

#include "ks/ks.h"

// A packet of the IRP's headers, with two references; the IRP has its MDLs and headers. PASSIVE_LEVEL. The status
// is what the IRP is refused with.
NTSTATUS ks_packet_create(struct ks_pin *pin, PIRP irp, struct ks_packet **out);
// Takes back what the IRP was given and frees a packet that was never queued.
void ks_packet_drop(struct ks_packet *packet);

// Before the IRP is completed: its status, with the bytes in Information and the client's headers; then it loses
// what the packet gave it. <= DISPATCH_LEVEL.
void ks_packet_fill_status(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred);
void ks_packet_unprobe(struct ks_packet *packet);

#endif
