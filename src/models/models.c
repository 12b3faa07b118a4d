// SPDX-License-Identifier: MIT
//
// The list of built-in device models.
#include <string.h>

#include "models/models.h"

static const struct ps_device_ops *const models[] = {&ac97_model, &hda_model, &multi_model, &none_model,
                                                    &sb16_model};

const struct ps_device_ops *model_find(const char *name)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
        if (name && !strcmp(models[i]->name, name))
            return models[i];
    return NULL;
}
