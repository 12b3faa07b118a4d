// SPDX-License-Identifier: MIT
//
// The one schedule of a token, in this process.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign/verify.h"

static int find_script(const struct scripts *scripts, const struct token *token,
                       const struct script **out)
{
    for (unsigned i = 0; i < scripts->count; i++) {
        *out = &scripts->items[i];
        if (strcmp((*out)->name, token->scenario))
            continue;
        if ((*out)->hash != token->scenario_hash)
            return host_error(-ESTALE, "the token was made with another file of scenario %s",
                              token->scenario);
        return 0;
    }
    return host_error(-ESTALE, "the token's scenario '%s' is not known; --scenario FILE names one",
                      token->scenario);
}

// The boot's findings may have come while the driver was looked at.
static void look_again(struct stage *stage, const struct scripts *scripts)
{
    for (unsigned i = 0; i < scripts->count; i++)
        stage_survey(stage, &scripts->items[i]);
    ps_trace_stop(stage->system);
}

// Runs the token's schedule on a stage of this process.
static int run_token(const struct ps_verify *verify, const char *path, const struct token *token,
                     const struct script *script, FILE *trace, struct outcome *out)
{
    struct schedule schedule = {.variant = token->variant, .fault = token->fault};
    struct chooser *chooser = chooser_recorded(token->choices, token->choice_count);
    struct stage stage;
    int result = chooser ? stage_build(&stage, path, token, script->run ? NULL : trace) : host_error(-ENOMEM, "out of memory");

    schedule.script = (uint32_t)(script - verify->scripts.items);
    if (chooser && !result) {
        if (!script->run)
            look_again(&stage, &verify->scripts);
        stage.trace = trace;
        *out = stage.boot;
        if (script->run && stage_can_run(&stage, script))
            stage_run(&stage, script, &schedule, chooser, out);
        out->script = schedule.script;
    } else if (chooser) {
        host_error(result, "%s", stage.why);
    }
    if (chooser)
        stage_destroy(&stage);
    chooser_destroy(chooser);
    return result;
}

// With guard pages, which find more and sooner; but what pages blocks lie on may matter to a failure, so without if
// nothing is found. What came is noted as the one place there is.
static int run_guarded(struct ps_verify *verify, const char *path, struct token *token,
                       const struct script *script, FILE *trace)
{
    struct outcome outcome = {0};
    int result;

    token->guard = true;
    result = run_token(verify, path, token, script, trace, &outcome);
    if (!result && !outcome.count) {
        if (trace && (fflush(trace) || fseek(trace, 0, SEEK_SET) ||
                      (fileno(trace) >= 0 && ftruncate(fileno(trace), 0))))
            return host_error(-EIO, "the trace cannot be written anew");
        token->guard = false;
        result = run_token(verify, path, token, script, trace, &outcome);
    }
    if (!result && !report_note(&verify->report, &outcome))
        result = host_error(-ENOMEM, "out of memory");
    return result;
}

static int replay(struct ps_verify *verify, const char *path, const char *text, struct token *token,
                  FILE *trace)
{
    const struct script *script = NULL;
    uint32_t driver;
    int result;

    if (hash_file(path, &driver))
        return host_error(-ENOENT, "%s: it cannot be read", path);
    if (driver != token->driver)
        return host_error(-ESTALE, "the token is for another driver, or another build of it (%08x, not %08x)",
                          token->driver, driver);
    result = find_script(&verify->scripts, token, &script);
    if (!result)
        result = run_guarded(verify, path, token, script, trace);
    for (unsigned i = 0; !result && i < verify->report.count; i++) {
        verify->report.found[i].exact = true;
        verify->report.found[i].token = strdup(text);
        verify->report.found[i].first.script = (uint32_t)(script - verify->scripts.items);
    }
    verify->totals.scenarios = verify->totals.schedules = 1;
    verify_count(verify);
    return result;
}

int campaign_replay(const struct ps_verify_options *options, const char *text,
                    struct scripts *scripts, FILE *trace, struct ps_verify **out)
{
    struct ps_verify *verify = verify_create(scripts);
    const char *why;
    char path[PATH_MAX];
    struct token token;
    double began = verify_now();
    int result;

    *out = NULL;
    if (!verify)
        return host_error(-ENOMEM, "out of memory");
    result = token_decode(text, &token, &why);
    if (result)
        host_error(result == -ENOTSUP ? -ESTALE : result, "%s", why);
    result = result == -ENOTSUP ? -ESTALE : result;
    if (!result)
        result = setting_find_driver(options, path);
    if (!result)
        result = replay(verify, path, text, &token, trace);
    token_clear(&token);
    verify->totals.seconds = verify_now() - began;
    if (result)
        ps_verify_free(verify);
    else
        *out = verify;
    return result;
}
