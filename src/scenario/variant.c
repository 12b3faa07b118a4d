// SPDX-License-Identifier: MIT
//
// Variants: every point of all sweeps, counted like the digits of a number.
#include "scenario/private.h"

unsigned scenario_variants(const struct scenario *scenario)
{
    uint64_t count = 1;

    for (unsigned i = 0; i < scenario->sweep_count; i++) {
        count *= scenario->sweeps[i].count;
        if (count > UINT32_MAX)
            return UINT32_MAX;
    }
    return (unsigned)count;
}

bool scenario_sweeps_at(const struct scenario *scenario)
{
    return scenario->at != AT_NONE;
}

const char *variant_value(const struct scenario *scenario, uint64_t variant, unsigned index)
{
    uint64_t rest = variant % scenario_variants(scenario);
    const struct sweep *sweep = scenario->sweeps;

    for (; index--; sweep++)
        rest /= sweep->count;
    rest %= sweep->count;
    return sweep->range ? sweep->numbers[rest] : sweep->values[rest];
}

uint64_t variant_at(const struct scenario *scenario, uint64_t variant)
{
    return variant / scenario_variants(scenario) + 1;
}

int scenario_variant_text(const struct scenario *scenario, uint64_t variant, char *text,
                          size_t size)
{
    int length = 0;

    if (size)
        *text = 0;
    for (unsigned i = 0; i <= scenario->sweep_count; i++) {
        char *at = (size_t)length < size ? text + length : NULL;
        size_t left = at ? size - (size_t)length : 0;
        const char *space = length ? " " : "";

        if (i < scenario->sweep_count)
            length += snprintf(at, left, "%s%s=%s", space, scenario->sweeps[i].name,
                               variant_value(scenario, variant, i));
        else if (scenario_sweeps_at(scenario))
            length += snprintf(at, left, "%sat=%llu", space,
                               (unsigned long long)variant_at(scenario, variant));
    }
    return length;
}
