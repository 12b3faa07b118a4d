/* SPDX-License-Identifier: MIT */
/* The report that CI servers read: JUnit's XML, one case per scenario. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

/* Bytes of the UTF-8 sequence at `text`, 0 if it is none that XML may hold. */
static unsigned sequence(const unsigned char *text)
{
    unsigned length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

    for (unsigned i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if (length == 1)
        return text[0] >= 0x20 || text[0] == '\n' || text[0] == '\t' ? text[0] != 0x7f : 0;
    if (length == 3 && ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
                        (text[0] == 0xef && text[1] == 0xbf && text[2] > 0xbd)))
        return 0;
    if (length == 4 && ((text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f)))
        return 0;
    return length;
}

static void put(FILE *file, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at) {
        unsigned length = sequence(at);

        if (!length)
            fputc('?', file);
        else if (*at == '&')
            fputs("&amp;", file);
        else if (*at == '<')
            fputs("&lt;", file);
        else if (*at == '>')
            fputs("&gt;", file);
        else if (*at == '"')
            fputs("&quot;", file);
        else if (*at == '\n')
            fputs("&#10;", file);
        else if (*at == '\t')
            fputs("&#9;", file);
        else
            fwrite(at, 1, length, file);
        at += length ? length : 1;
    }
}

static void put_finding(FILE *file, const struct ps_verify_finding *finding)
{
    char schedule[64];

    put(file, finding->rules);
    put(file, ": ");
    put(file, finding->finding.text);
    snprintf(schedule, sizeof(schedule), " side, schedule %llu: ", (unsigned long long)finding->schedule);
    put(file, "\n");
    put(file, verify_side(&finding->finding));
    put(file, schedule);
    put(file, finding->finding.where);
    put(file, "\n");
    put(file, finding->stack);
    put(file, *finding->stack ? "\n--replay " : "--replay ");
    put(file, finding->token);
    put(file, "\n");
}

/* A finding, or a remark, of this scenario that the baseline does not know. */
static bool is_new(const struct ps_verify_finding *finding, const char *scenario, bool remark,
                   struct baseline *baseline)
{
    return !strcmp(finding->scenario, scenario) && finding->finding.remark == remark &&
           !baseline_knows(baseline, finding);
}

/* One <failure> holds all new findings of a scenario. */
static void put_failures(FILE *file, const struct ps_verify *verify, const char *scenario,
                         struct baseline *baseline)
{
    struct ps_verify_finding finding;
    bool any = false;

    for (unsigned i = 0; !ps_verify_finding(verify, i, &finding); i++) {
        if (!is_new(&finding, scenario, false, baseline))
            continue;
        if (!any) {
            fputs("      <failure type=\"", file);
            put(file, finding.finding.rule);
            fputs("\" message=\"", file);
            put(file, finding.finding.text);
            fputs("\">", file);
        }
        any = true;
        put_finding(file, &finding);
    }
    if (any)
        fputs("</failure>\n", file);
}

static unsigned count_new(const struct ps_verify *verify, const char *scenario, bool remarks,
                          struct baseline *baseline)
{
    struct ps_verify_finding finding;
    unsigned count = 0;

    for (unsigned i = 0; !ps_verify_finding(verify, i, &finding); i++)
        count += is_new(&finding, scenario, remarks, baseline);
    return count;
}

/* Remarks fail nothing: they are what the case printed. */
static void put_remarks(FILE *file, const struct ps_verify *verify, const char *scenario,
                        struct baseline *baseline)
{
    struct ps_verify_finding finding;

    if (!count_new(verify, scenario, true, baseline))
        return;
    fputs("      <system-out>", file);
    for (unsigned i = 0; !ps_verify_finding(verify, i, &finding); i++) {
        if (!is_new(&finding, scenario, true, baseline))
            continue;
        fputs("remark ", file);
        put_finding(file, &finding);
    }
    fputs("</system-out>\n", file);
}

static unsigned new_findings(const struct ps_verify *verify, const char *scenario,
                             struct baseline *baseline)
{
    return count_new(verify, scenario, false, baseline);
}

static bool has_boot(const struct ps_verify *verify, struct baseline *baseline)
{
    return new_findings(verify, "boot", baseline) || count_new(verify, "boot", true, baseline);
}

static void put_case(FILE *file, const struct ps_verify *verify, const char *driver,
                     const char *name, const char *unfit, struct baseline *baseline)
{
    fputs("    <testcase classname=\"", file);
    put(file, driver);
    fputs("\" name=\"", file);
    put(file, name);
    fputs("\">\n", file);
    if (unfit) {
        fputs("      <skipped message=\"", file);
        put(file, unfit);
        fputs("\"/>\n", file);
    }
    put_failures(file, verify, name, baseline);
    put_remarks(file, verify, name, baseline);
    fputs("    </testcase>\n", file);
}

struct counts {
    unsigned cases, failures, skipped;
};

static struct counts count_cases(const struct ps_verify *verify, struct baseline *baseline)
{
    struct counts counts = {0};
    struct ps_verify_scenario scenario;

    for (unsigned i = 0; !ps_verify_scenario(verify, i, &scenario); i++) {
        counts.cases++;
        counts.skipped += scenario.unfit != NULL;
        counts.failures += new_findings(verify, scenario.name, baseline) > 0;
    }
    counts.cases += has_boot(verify, baseline);
    counts.failures += new_findings(verify, "boot", baseline) > 0;
    return counts;
}

static void put_all(FILE *file, const struct ps_verify *verify, const char *driver,
                    struct baseline *baseline)
{
    struct counts counts = count_cases(verify, baseline);
    struct ps_verify_scenario scenario;
    struct ps_verify_totals totals;

    ps_verify_totals(verify, &totals);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"portside verify ", file);
    put(file, driver);
    fprintf(file, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\" time=\"%.3f\">\n",
            counts.cases, counts.failures, counts.skipped, totals.seconds);
    if (has_boot(verify, baseline))
        put_case(file, verify, driver, "boot", NULL, baseline);
    for (unsigned i = 0; !ps_verify_scenario(verify, i, &scenario); i++)
        put_case(file, verify, driver, scenario.name, scenario.unfit, baseline);
    fputs("  </testsuite>\n</testsuites>\n", file);
}

int junit_write(const char *path, const char *driver, const struct ps_verify *verify,
                struct baseline *baseline)
{
    FILE *file = fopen(path, "w");
    bool bad;

    if (!file)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    put_all(file, verify, driver, baseline);
    bad = ferror(file);
    if (fclose(file) || bad)
        return fail(EXIT_OUTPUT, "%s: cannot be written", path);
    return 0;
}
