/* SPDX-License-Identifier: MIT */
/* What portside verify says. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify.h"

enum { LONGEST_TOKEN = 400 };

/* ---- findings ---- */

const char *verify_side(const struct ps_finding *finding)
{
    static const char *const sides[] = {"driver", "client", "device", "port"};

    return sides[finding->side];
}

void verify_key(const struct ps_verify_finding *finding, char *text, size_t size)
{
    snprintf(text, size, "%s\t%s\t%s", finding->finding.rule, verify_side(&finding->finding),
             finding->finding.where);
}

/* WP-45, not DEADLOCK: explain has a page for it. */
static bool has_page(const char *rule)
{
    const char *dash = strchr(rule, '-');

    return dash && dash != rule && isdigit((unsigned char)dash[1]);
}

static void print_place(const struct ps_finding *finding)
{
    printf("      %s side%s:", verify_side(finding),
           finding->side == PS_SIDE_PORT ? " (please report)" : "");
    if (*finding->where)
        printf(" %s,", finding->where);
    if (*finding->lock)
        printf(" lock taken at %s,", finding->lock);
    printf(" IRQL %u, processor %u, thread \"%s\"\n", finding->irql, finding->processor,
           finding->thread);
}

static void print_stack(const char *stack)
{
    while (*stack) {
        size_t length = strcspn(stack, "\n");

        printf("        called from %.*s\n", (int)length, stack);
        stack += length + (stack[length] == '\n');
    }
}

/* A token that is too long for a line goes to a file of its own, named by its driver and scenario. */
const char *verify_replay_text(const struct ps_verify_finding *finding)
{
    static char text[320];
    unsigned hash = 2166136261u;
    FILE *file;

    if (strlen(finding->token) <= LONGEST_TOKEN)
        return finding->token;
    for (const char *c = finding->token; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    snprintf(text, sizeof(text), "@portside-%.80s-%08x.token", finding->scenario, hash);
    file = fopen(text + 1, "w");
    if (!file || fprintf(file, "%s\n", finding->token) < 0 || fclose(file))
        fail(EXIT_OUTPUT, "%s: cannot be written", text + 1);
    return text;
}

void verify_print_finding(const struct ps_verify_finding *finding, bool stack)
{
    const struct ps_finding *what = &finding->finding;

    printf("%s  %s  ", what->remark ? "REMARK" : "FAIL", finding->rules);
    if (what->code && !what->remark)
        printf("bug check 0x%X (0x%llX, \xe2\x80\xa6): ", what->code,
               (unsigned long long)what->parameters[0]);
    printf("%s\n", what->text);
    print_place(what);
    if (stack)
        print_stack(finding->stack);
    printf("      scenario %s", finding->scenario);
    if (finding->schedule)
        printf(", schedule %llu", (unsigned long long)finding->schedule);
    if (*finding->token)
        printf("; again with  --replay %s", verify_replay_text(finding));
    else
        printf("; no token: time is real");
    printf("\n");
    if (!finding->exact)
        printf("      a replay did not show it again: it depends on more than the schedule\n");
    if (has_page(what->rule))
        printf("      more: portside explain %s\n", what->rule);
}

/* ---- the end ---- */

static const char *plural(unsigned long long count)
{
    return count == 1 ? "" : "s";
}

static void print_coverage(const struct ps_verify *verify, const struct ps_verify_totals *totals)
{
    struct ps_verify_scenario scenario;
    unsigned swept = 0, all = 0;

    for (unsigned i = 0; !ps_verify_scenario(verify, i, &scenario); i++) {
        all += !scenario.unfit;
        swept += !scenario.unfit && scenario.swept;
    }
    printf("cut short: %llu", (unsigned long long)totals->schedules);
    if (totals->planned)
        printf(" of %llu", (unsigned long long)totals->planned);
    printf(" schedules, the sweeps of %u of %u scenarios to their end\n", swept, all);
}

/* Only of a run of all: who names scenarios hears of each that does not fit. */
static void print_unfit(const struct ps_verify *verify)
{
    struct ps_verify_scenario scenario;
    unsigned unfit = 0, all = 0;

    for (; !ps_verify_scenario(verify, all, &scenario); all++)
        unfit += scenario.unfit != NULL;
    if (unfit)
        printf("not run: %u of %u scenarios do not fit this driver; --list says why\n", unfit, all);
}

void verify_print_totals(const struct ps_verify *verify, unsigned known, unsigned known_remarks,
                         const struct baseline *baseline)
{
    struct ps_verify_totals totals;
    unsigned fresh, remarks;

    ps_verify_totals(verify, &totals);
    fresh = totals.findings - known;
    remarks = totals.remarks - known_remarks;
    if (totals.sites)
        printf("allocations: %llu of %llu sites failed\n", (unsigned long long)totals.sites_failed,
               (unsigned long long)totals.sites);
    if (totals.cut_short)
        print_coverage(verify, &totals);
    print_unfit(verify);
    if (baseline)
        printf("baseline: %u finding%s known, %u no longer found\n", known + known_remarks,
               plural(known + known_remarks), baseline_unused(baseline));
    printf("%u scenario%s, %llu schedule%s, %u finding%s", totals.scenarios,
           plural(totals.scenarios), (unsigned long long)totals.schedules,
           plural(totals.schedules), fresh, plural(fresh));
    if (fresh && !known)
        printf(" (%u rule%s)", totals.rules, plural(totals.rules));
    if (remarks)
        printf(", %u remark%s", remarks, plural(remarks));
    printf(", %.0f s\n", totals.seconds);
}

void verify_print_list(const struct ps_verify *verify)
{
    struct ps_verify_scenario scenario;

    for (unsigned i = 0; !ps_verify_scenario(verify, i, &scenario); i++)
        printf("%-26s %s%s%s%s\n", scenario.name, scenario.title, scenario.unfit ? " (not run: " : "",
               scenario.unfit ? scenario.unfit : "", scenario.unfit ? ")" : "");
}

/* ---- progress ---- */

static bool shown;

bool verify_progress(void *context, const struct ps_verify_progress *progress)
{
    static double last, began;
    struct timespec time;
    char of[32] = "";
    double now;

    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &time);
    now = (double)time.tv_sec + (double)time.tv_nsec / 1e9;
    if (!began)
        began = now;
    if (now - began < 1 || now - last < 0.1)
        return false;
    last = now;
    shown = true;
    if (progress->planned)
        snprintf(of, sizeof(of), " of %llu", (unsigned long long)progress->planned);
    fprintf(stderr, "\r%llu%s schedules, %u finding%s, %-40.40s",
            (unsigned long long)progress->done, of, progress->findings,
            plural(progress->findings), progress->scenario ? progress->scenario : "");
    fflush(stderr);
    return false;
}

void verify_progress_end(void)
{
    if (shown)
        fprintf(stderr, "\r%79s\r", "");
    shown = false;
}
