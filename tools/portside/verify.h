/* SPDX-License-Identifier: MIT */
/*
 * portside verify: what its files share.
 */
#ifndef PORTSIDE_TOOL_VERIFY_H
#define PORTSIDE_TOOL_VERIFY_H

#include "cli.h"

/* A finding is known by its rule, side and call site; this is its line in a baseline. */
void verify_key(const struct ps_verify_finding *finding, char *text, size_t size);
const char *verify_side(const struct ps_finding *finding); /* "driver", "client", "device", "port" */

/* ---- verify_config.c ---- */

/* Fills what the command line left open from portside.toml beside the driver, if there is one. The texts stay
 * until config_free. 0 or EXIT_USAGE after one line. */
struct config;
int config_read(struct options *options, struct config **out);
void config_free(struct config *config);

/* ---- verify_baseline.c ---- */

struct baseline;

/* EXIT_INPUT after one line. */
int baseline_read(const char *path, struct baseline **out);
void baseline_free(struct baseline *baseline);
/* NULL knows nothing. */
bool baseline_knows(struct baseline *baseline, const struct ps_verify_finding *finding);
/* Lines that no finding asked for. */
unsigned baseline_unused(const struct baseline *baseline);
/* EXIT_OUTPUT after one line. */
int baseline_write(const char *path, const struct ps_verify *verify);

/* ---- verify_junit.c ---- */

/* EXIT_OUTPUT after one line. Known findings and remarks are no failures. */
int junit_write(const char *path, const char *driver, const struct ps_verify *verify,
                struct baseline *baseline);

/* ---- verify_print.c ---- */

void verify_print_finding(const struct ps_verify_finding *finding, bool stack);
/* `known`, `known_remarks`: how many the baseline has. */
void verify_print_totals(const struct ps_verify *verify, unsigned known, unsigned known_remarks,
                         const struct baseline *baseline);
void verify_print_list(const struct ps_verify *verify);
/* For struct ps_verify_options; NULL context: no terminal. */
bool verify_progress(void *context, const struct ps_verify_progress *progress);
void verify_progress_end(void);
/* The text to write behind --replay: the token, or @ and a file that has it. */
const char *verify_replay_text(const struct ps_verify_finding *finding);

#endif
