// SPDX-License-Identifier: MIT
//
// Scenario files as scripts: those that come with Portside, or those that were asked for.
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/verify.h"
#include "scenario/scenario.h"

static const char suffix[] = ".scenario";

// ---- a scenario as a script --------------------------------------------------------------------------

static int run(void *context, uint64_t variant, bool faulted, struct ps_driver *driver,
               struct script_outcome *outcome)
{
    const struct scenario_conditions conditions = {.faulted = faulted};
    struct scenario_outcome result = {.reached = true};
    int error = scenario_run(context, variant, &conditions, driver, &result);

    outcome->reached = result.reached;
    return error;
}

static bool fits(void *context, const struct scenario_traits *traits, const char **why)
{
    return scenario_fits(context, traits, why);
}

static void destroy(void *context)
{
    scenario_free(context);
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_-", name[i]))
            return false;
    return length && length < TOKEN_NAME && strcmp(name, SCRIPT_BOOT);
}

static bool is_known(const struct scripts *scripts, const char *name)
{
    for (unsigned i = 0; i < scripts->count; i++)
        if (!strcmp(scripts->items[i].name, name))
            return true;
    return false;
}

static int add_scenario(struct scripts *scripts, struct scenario *scenario, const char *path,
                        bool own)
{
    struct script script = {
        .name = scenario_name(scenario),
        .title = scenario_title(scenario),
        .context = scenario,
        .loaded = scenario_start(scenario) == SCENARIO_LOADED,
        .open = scenario_sweeps_at(scenario),
        .variants = scenario_variants(scenario),
        .run = run,
        .look = scenario_traits_get,
        .fits = fits,
        .destroy = destroy,
    };

    if (!is_name(script.name))
        return host_error(-EINVAL, "%s: a scenario's name is of letters, digits, - and _", path);
    if (is_known(scripts, script.name))
        return host_error(-EINVAL, "%s: there are two scenarios called '%s'", path, script.name);
    if (own && hash_file(path, &script.hash))
        return host_error(-EIO, "%s: it cannot be read", path);
    return scripts_add(scripts, &script) ? host_error(-ENOMEM, "out of memory") : 0;
}

static int add_file(struct scripts *scripts, const char *path, bool own)
{
    struct scenario_error error = {""};
    struct scenario *scenario;
    int result = scenario_load(path, &scenario, &error);

    if (result)
        return host_error(result, "%s%s%s", error.text[0] ? error.text : path,
                          error.text[0] ? "" : ": ", error.text[0] ? "" : strerror(-result));
    result = add_scenario(scripts, scenario, path, own);
    if (result)
        scenario_free(scenario);
    return result;
}

// ---- where they lie ----------------------------------------------------------------------------------

// Beside the library in the build tree, under share/ when installed.
static int find_folder(char *out, size_t size)
{
    static const char *const places[] = {"scenarios", "../share/portside/scenarios",
                                         "../../share/portside/scenarios"};
    const char *slash = NULL;
    Dl_info info;
    DIR *folder;

    if (dladdr((void *)find_folder, &info) && info.dli_fname)
        slash = strrchr(info.dli_fname, '/');
    for (size_t i = 0; slash && i < sizeof(places) / sizeof(*places); i++) {
        snprintf(out, size, "%.*s/%s", (int)(slash - info.dli_fname), info.dli_fname, places[i]);
        folder = opendir(out);
        if (folder) {
            closedir(folder);
            return 0;
        }
    }
    return host_error(-ENOENT, "Portside's scenarios are not installed");
}

static int is_scenario(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), end = sizeof(suffix) - 1;

    return length > end && !strcmp(entry->d_name + length - end, suffix);
}

static int add_folder(struct scripts *scripts, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_scenario, alphasort), result = 0;

    if (count < 0)
        return host_error(-errno, "%s: %s", folder, strerror(errno));
    if (!count)
        result = host_error(-ENOENT, "%s: no scenario is in it; build or install all of Portside",
                            folder);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX + 256];

        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (!result)
            result = add_file(scripts, path, false);
        free(entries[i]);
    }
    free(entries);
    return result;
}

static int add_named(struct scripts *scripts, const char *folder, const char *name)
{
    char path[PATH_MAX + 256];
    int result;

    if (strchr(name, '/'))
        return add_file(scripts, name, true);
    if (!is_name(name))
        return host_error(-EINVAL, "--scenario: no scenario is called '%.80s'", name);
    snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
    result = add_file(scripts, path, false);
    if (result == -ENOENT)
        return host_error(-EINVAL, "--scenario: no scenario is called '%s'; --list names them",
                          name);
    return result;
}

int scenarios_load(const struct ps_verify_options *options, bool all, struct scripts *out)
{
    char folder[PATH_MAX];
    int result = scripts_create(out) ? host_error(-ENOMEM, "out of memory") : 0;

    if (!result)
        result = find_folder(folder, sizeof(folder));
    if (!result && (all || !options->scenario_count))
        result = add_folder(out, folder);
    for (unsigned i = 0; !result && i < options->scenario_count; i++)
        if (!all || strchr(options->scenarios[i], '/'))
            result = add_named(out, folder, options->scenarios[i]);
    if (result)
        scripts_destroy(out);
    return result;
}

// ---- with these --------------------------------------------------------------------------------------

int ps_verify_run(const struct ps_verify_options *options, struct ps_verify **out)
{
    struct scripts scripts;
    int result = scenarios_load(options, false, &scripts);

    *out = NULL;
    return result ? result : campaign_run(options, &scripts, out);
}

int ps_verify_list(const struct ps_verify_options *options, struct ps_verify **out)
{
    struct scripts scripts;
    int result = scenarios_load(options, false, &scripts);

    *out = NULL;
    return result ? result : campaign_survey(options, &scripts, out);
}

int ps_verify_replay(const struct ps_verify_options *options, const char *token, FILE *trace,
                     struct ps_verify **out)
{
    struct scripts scripts;
    int result = scenarios_load(options, true, &scripts);

    *out = NULL;
    return result ? result : campaign_replay(options, token, &scripts, trace, out);
}
