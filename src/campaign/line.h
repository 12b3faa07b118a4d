// SPDX-License-Identifier: MIT
//
// One series of schedules of one script: what was given out, what came back, where it ends.
#ifndef PORTSIDE_CAMPAIGN_LINE_H
#define PORTSIDE_CAMPAIGN_LINE_H

#include "campaign/campaign.h"

#define LINE_UNKNOWN UINT64_MAX

// The part of a campaign that is run here.
struct shard {
    unsigned number, count; // from 0
};

// A series of one script. Index i of an open one is step i / period of residue i % period.
struct line {
    bool open;
    unsigned period;
    uint64_t *ends;         // open: for each residue the step that was not reached, or LINE_UNKNOWN
    uint64_t end;           // closed: indexes below it are run
    uint64_t next;          // index to be given out
    uint64_t out;           // given out, not back
    uint64_t back;          // closed: how many came back
    uint8_t *done;          // open: what came back
    size_t done_capacity;
    uint64_t failed;        // of these, in how many the fault came
};

// Without an end that is known. False: no memory.
bool line_make_open(struct line *line, unsigned period);
// The known end of the index's residue lies before it.
bool line_is_beyond(const struct line *line, uint64_t index);
// line->next becomes the next index that is to be given out; false: there is none (now).
bool line_advance(const struct shard *shard, struct line *line);
// Nothing is out and nothing more will be given out.
bool line_is_over(const struct shard *shard, struct line *line);
// Indexes, from 0 to the last that counts.
uint64_t line_length(const struct line *line);
// Of what came back, how many do not lie beyond an end.
uint64_t line_counted(const struct line *line);
// An outcome of an open line.
void line_note(struct line *line, const struct outcome *outcome);

// An array of `size` bytes each gets a place `index`, zeroed; false: no memory.
bool line_reach(void **array, size_t *capacity, uint64_t index, size_t size);

#endif
