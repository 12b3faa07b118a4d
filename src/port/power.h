// SPDX-License-Identifier: MIT
//
// Power of an adapter device, between its parts: power.c (states), idle.c (the inactivity timer). PASSIVE_LEVEL
// unless said.
#ifndef PORTSIDE_PORT_POWER_H
#define PORTSIDE_PORT_POWER_H

#include "port/port.h"

void port_power_init(struct port_device *device);
// Drops the registration (AD-61: stop and removal do it for the adapter).
void port_power_forget(struct port_device *device);
// IRP_MJ_POWER at the FDO: completes or passes it on.
NTSTATUS port_power_irp(struct port_device *device, PIRP irp);
// What the bus said goes through the adapter (AD-68); the mapping is kept.
void port_power_capabilities(struct port_device *device, PDEVICE_CAPABILITIES capabilities);
// To D0 if the device is not there. Holding the device lock.
void port_power_up(struct ks_device *ks);

// ---- the inactivity timer (idle.c, AD-69) ----
// Reads the times from the driver's key and begins to count, if the policy "idle-power" is on.
void port_idle_start(struct port_device *device);
// Ends it; no callback runs any more on return.
void port_idle_stop(struct port_device *device);
// A client did something: from here the time counts anew.
void port_idle_touch(struct port_device *device);
// IPortClsPower::SetIdlePowerManagement.
void port_idle_allow(struct port_device *device, bool allowed);

#endif
