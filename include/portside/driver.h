/* SPDX-License-Identifier: MIT */
/*
 * Drivers: loading a miniport driver, giving it a device, looking at its filters.
 */
#ifndef PORTSIDE_DRIVER_H
#define PORTSIDE_DRIVER_H

#include <portside/system.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ps_driver;

/* Loads a private copy of a driver, a built-in name ("ac97") or the path of a .so, and runs DriverEntry.
 * -ENOENT not found, -ENOEXEC not a driver or missing imports (all named in ps_error_text), -EIO if
 * DriverEntry failed. */
PS_API int ps_driver_load(struct ps_system *system, const char *name, struct ps_driver **out);

/* Whether `path` could be loaded, without running any of its code: 0; -ENOEXEC not a driver or missing imports,
 * all named in ps_error_text; -ENOENT, -EACCES ... from the file. Needs no system. */
PS_API int ps_driver_check(const char *path);

/* AddDevice and start for device `index`. -EIO with the NTSTATUS and the call that returned it. */
PS_API int ps_driver_start(struct ps_driver *driver, int index);

/* Removes its device (as unplugged if `surprise`), calls DriverUnload; `driver` dies. What the driver left
 * behind is a finding. NULL is ignored. -EBUSY while a stream of it is open: nothing has happened, or, if
 * `surprise`, the device is gone and the stream's calls fail; `driver` lives, close the streams and call again. */
PS_API int ps_driver_unload(struct ps_driver *driver, bool surprise);

/* Reference strings of the filters a started driver registered; NULL past the end. */
PS_API const char *ps_driver_filter(struct ps_driver *driver, unsigned index);

/* Controls of the first endpoint that plays, by the node nearest to its connector (TP-72). */
enum ps_control { PS_CONTROL_VOLUME, PS_CONTROL_MUTE };

/* Sets a control through the topology filter, all channels alike: decibels (-INFINITY: silence; what is beyond the
 * driver's range is clamped by it), or whether it is muted. -ENOTSUP: there is no such node; -EIO: refused. */
PS_API int ps_control_set(struct ps_driver *driver, enum ps_control control, double value);

/* Sets the controls again that the registry keeps for the filters of a started driver, and from now on keeps there what
 * ps_control_set sets (ps_registry_save writes it). A driver opts out for a filter with PKEY_AudioDevice_DontPersistControls = 1. */
PS_API int ps_controls_keep(struct ps_driver *driver);

/* Writes to `file`, as text or for graphviz, what a started driver offers: filters with their pins, formats, nodes,
 * properties and connections, and the endpoints that they make. Volume and mute are read from the driver. */
PS_API int ps_inspect(struct ps_driver *driver, FILE *file, bool dot);

#ifdef __cplusplus
}
#endif

#endif
