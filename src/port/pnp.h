// SPDX-License-Identifier: MIT
//
// What a device's PnP requests mean for the adapter beyond its subdevices: IAdapterPnpManagement (pnp.c) and I/O
// timeouts (timeout.c). PASSIVE_LEVEL.
#ifndef PORTSIDE_PORT_PNP_H
#define PORTSIDE_PORT_PNP_H

#include "port/port.h"

// False: the adapter does not let its device be stopped for a rebalance.
bool port_pnp_query_stop(struct port_device *device);
void port_pnp_cancel_stop(struct port_device *device);
// No request of a client runs any more; without the device lock.
void port_pnp_stopped(struct port_device *device);
void port_pnp_forget(struct port_device *device);

// I/O timeouts run while the device is started (AD-29).
void port_timeouts_start(struct port_device *device);
void port_timeouts_stop(struct port_device *device);
void port_timeouts_free(struct port_device *device);

#endif
