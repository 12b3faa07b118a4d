// SPDX-License-Identifier: MIT
//
// The list of what can be run.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/campaign.h"

int scripts_create(struct scripts *out)
{
    const struct script boot = {
        .name = SCRIPT_BOOT, .title = "DriverEntry, AddDevice and start", .variants = 1};

    memset(out, 0, sizeof(*out));
    return scripts_add(out, &boot);
}

int scripts_add(struct scripts *scripts, const struct script *script)
{
    struct script *more =
        realloc(scripts->items, (scripts->count + 1) * sizeof(scripts->items[0]));

    if (!more)
        return -ENOMEM;
    scripts->items = more;
    more[scripts->count++] = *script;
    return 0;
}

void scripts_destroy(struct scripts *scripts)
{
    for (unsigned i = 0; i < scripts->count; i++)
        if (scripts->items[i].destroy)
            scripts->items[i].destroy(scripts->items[i].context);
    free(scripts->items);
    memset(scripts, 0, sizeof(*scripts));
}
