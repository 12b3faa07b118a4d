// SPDX-License-Identifier: MIT
#include "verifier/modes.h"

#include <errno.h>
#include <string.h>

static int mode_of(const char *word)
{
    static const char *const words[] = {
        [FINDING_STOP] = "stop", [FINDING_REPORT] = "report", [FINDING_OFF] = "off"};

    for (int i = 0; i < 3; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

static unsigned place_of(const struct modes *modes, const char *rule)
{
    unsigned i = 0;

    while (i < modes->count && strcmp(modes->set[i].rule, rule))
        i++;
    return i;
}

int modes_set(struct modes *modes, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    int mode = equals ? mode_of(equals + 1) : -1;
    char rule[MODES_RULE] = "";
    unsigned place;

    if (mode < 0 || !length || length >= MODES_RULE)
        return -EINVAL;
    memcpy(rule, text, length);
    place = place_of(modes, rule);
    if (place == MODES_MOST)
        return -ENOSPC;
    memcpy(modes->set[place].rule, rule, sizeof(rule));
    modes->set[place].mode = (enum finding_mode)mode;
    modes->count += place == modes->count;
    return 0;
}

enum finding_mode modes_of(const struct modes *modes, const char *rule,
                           enum finding_mode otherwise)
{
    unsigned place = place_of(modes, rule);

    return place < modes->count ? modes->set[place].mode : otherwise;
}
