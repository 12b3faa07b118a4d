// SPDX-License-Identifier: MIT
//
// What a campaign or a replay came to, between the files that make it and those that tell it.
#ifndef PORTSIDE_CAMPAIGN_VERIFY_H
#define PORTSIDE_CAMPAIGN_VERIFY_H

#include <limits.h>

#include "campaign/report.h"

struct ps_verify {
    struct scripts scripts;
    struct report report;
    struct plan_report *scenarios; // of each script; NULL: a replay
    struct ps_verify_totals totals;
    bool real; // time was
};

// An empty result that owns the scripts; NULL: no memory (the scripts are gone).
struct ps_verify *verify_create(struct scripts *scripts);
// Counts findings and rules.
void verify_count(struct ps_verify *verify);
// Seconds of the wall clock.
double verify_now(void);

// scenarios.c: those of the options; `all`: Portside's own and of the options those that are files. The first script is
// the boot's. 0 or a negative errno with a line in ps_error_text().
int scenarios_load(const struct ps_verify_options *options, bool all, struct scripts *out);

// setting.c: the file of the driver, which can be loaded as far as one can see; and what a stage is built
// with. 0 or a negative errno with a line in ps_error_text().
int setting_find_driver(const struct ps_verify_options *options, char path[PATH_MAX]);
int setting_make(const struct ps_verify_options *options, const char *path, struct token *out);

#endif
