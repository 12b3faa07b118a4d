// SPDX-License-Identifier: MIT
//
// From the caller's options to what a stage is built with.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "campaign/verify.h"
#include "loader/image.h"

static int copy_list(char list[TOKEN_LIST][TOKEN_NAME], unsigned *count,
                     const char *const *from, unsigned from_count, const char *what)
{
    if (from_count > TOKEN_LIST)
        return host_error(-EINVAL, "at most %d of --%s", TOKEN_LIST, what);
    for (*count = 0; *count < from_count; (*count)++)
        if ((size_t)snprintf(list[*count], TOKEN_NAME, "%s", from[*count]) >= TOKEN_NAME)
            return host_error(-EINVAL, "--%s %.80s...: too long", what, from[*count]);
    return 0;
}

static const struct rule *rule_of(const char *text, int length)
{
    char id[TOKEN_NAME];

    snprintf(id, sizeof(id), "%.*s", length, text);
    return rule_find(id);
}

static int check_rule(struct rule_changes *changes, const char *text)
{
    int result = rule_change(changes, text);
    int length = (int)strcspn(text, "=");

    if (result == -EINVAL)
        return host_error(result, "--rule takes ID=stop, ID=report, ID=remark or ID=off, not '%s'", text);
    if (result == -ENOENT)
        return host_error(-EINVAL, "--rule: no rule is called '%.*s'", length, text);
    if (result == -EOPNOTSUPP)
        return host_error(-EINVAL, "--rule: %.*s is not modelled: %s", length, text,
                          rule_of(text, length)->reason);
    return result ? host_error(-EINVAL, "--rule: too many") : 0;
}

static int check_rules(const struct token *setting)
{
    struct rule_changes changes = {0};
    int result = 0;

    for (unsigned i = 0; i < setting->rule_count && !result; i++)
        result = check_rule(&changes, setting->rules[i]);
    return result;
}

int setting_make(const struct ps_verify_options *options, const char *path,
                        struct token *out)
{
    bool named = options->device && strcmp(options->device, "auto");
    const struct ps_device_ops *model =
        named ? ps_model_find(options->device) : ps_model_of_driver(options->driver);
    int result;

    memset(out, 0, sizeof(*out));
    if (!model)
        return host_error(-EINVAL, "no device model is called '%.60s'", options->device);
    snprintf(out->device, sizeof(out->device), "%s", model->name);
    out->system = options->system;
    out->guard = options->guard;
    result = copy_list(out->policies, &out->policy_count, options->policies,
                       options->policy_count, "policy");
    if (!result)
        result = copy_list(out->rules, &out->rule_count, options->rules, options->rule_count,
                           "rule");
    if (!result)
        result = check_rules(out);
    if (!result && hash_file(path, &out->driver))
        result = host_error(-ENOENT, "%s: it cannot be read", path);
    return result;
}

int setting_find_driver(const struct ps_verify_options *options, char path[PATH_MAX])
{
    struct image_error error;
    int result;

    if (image_find(options->driver, path, PATH_MAX))
        return host_error(-ENOENT, "%s: no such driver%s", options->driver,
                          strchr(options->driver, '/') ? ""
                                                       : " is built in; give a path with a slash");
    result = image_check(path, &error);
    return result ? host_error(result, "%s", error.text) : 0;
}
