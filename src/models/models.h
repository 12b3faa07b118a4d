// SPDX-License-Identifier: MIT
//
// The device models that come with the library.
#ifndef PORTSIDE_MODELS_MODELS_H
#define PORTSIDE_MODELS_MODELS_H

#include <portside/device.h>

extern const struct ps_device_ops ac97_model;  // docs/spec/ac97.md
extern const struct ps_device_ops hda_model;   // docs/spec/hda.md
extern const struct ps_device_ops multi_model; // docs/multi.md
extern const struct ps_device_ops none_model;  // docs/cc.md
extern const struct ps_device_ops sb16_model;  // docs/spec/sb16.md

// The model as QEMU's device of that kind shows itself; false: there is none.
bool model_quirks(const struct ps_device_ops *model, struct ps_device_ops *out);

// NULL if there is none of that name.
const struct ps_device_ops *model_find(const char *name);

#endif
