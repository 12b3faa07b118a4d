// SPDX-License-Identifier: MIT
#include "campaign/line.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPEN_AHEAD = 8,      // schedules that an open series gives out beyond what is known
    OPEN_MOST = 1 << 20, // points of a sweep without an end
};

bool line_make_open(struct line *line, unsigned period)
{
    line->open = true;
    line->period = period;
    line->ends = malloc(period * sizeof(*line->ends));
    for (unsigned i = 0; line->ends && i < period; i++)
        line->ends[i] = LINE_UNKNOWN;
    return line->ends;
}

bool line_is_beyond(const struct line *line, uint64_t index)
{
    if (!line->open)
        return index >= line->end;
    return line->ends[index % line->period] != LINE_UNKNOWN &&
           index / line->period > line->ends[index % line->period];
}

static bool all_ended(const struct line *line)
{
    if (line->next >= OPEN_MOST)
        return true;
    for (unsigned i = 0; i < line->period; i++)
        if (line->ends[i] == LINE_UNKNOWN)
            return false;
    return true;
}

// All residues of a step are in one shard, so that each shard learns where each of them ends.
static bool is_ours(const struct shard *shard, const struct line *line, uint64_t index)
{
    uint64_t step = line->open ? index / line->period : index;

    return step % shard->count == shard->number;
}

bool line_advance(const struct shard *shard, struct line *line)
{
    if (line->open && (all_ended(line) || line->out >= OPEN_AHEAD))
        return false;
    while (!is_ours(shard, line, line->next) || line_is_beyond(line, line->next)) {
        if (!line->open && line->next >= line->end)
            return false;
        line->next++;
    }
    return true;
}

bool line_is_over(const struct shard *shard, struct line *line)
{
    return !line->out && !line_advance(shard, line);
}

uint64_t line_length(const struct line *line)
{
    uint64_t most = 0;

    if (!line->open)
        return line->end;
    for (unsigned i = 0; i < line->period; i++) {
        uint64_t length =
            line->ends[i] == LINE_UNKNOWN ? line->next : line->ends[i] * line->period + i + 1;

        most = length > most ? length : most;
    }
    return most;
}

uint64_t line_counted(const struct line *line)
{
    uint64_t count = 0;

    if (!line->open)
        return line->back;
    for (uint64_t i = 0; i < line->done_capacity; i++)
        count += line->done[i] && !line_is_beyond(line, i);
    return count;
}

bool line_reach(void **array, size_t *capacity, uint64_t index, size_t size)
{
    size_t more = *capacity ? *capacity : 64;
    char *grown;

    if (index < *capacity)
        return true;
    while (more <= index)
        more *= 2;
    grown = realloc(*array, more * size);
    if (!grown)
        return false;
    memset(grown + *capacity * size, 0, (more - *capacity) * size);
    *array = grown;
    *capacity = more;
    return true;
}

void line_note(struct line *line, const struct outcome *outcome)
{
    uint64_t *end = &line->ends[outcome->index % line->period];
    uint64_t step = outcome->index / line->period;

    if (line_reach((void **)&line->done, &line->done_capacity, outcome->index, 1))
        line->done[outcome->index] = 1;
    if (!outcome->reached && step < *end)
        *end = step;
    line->failed += outcome->reached;
}
