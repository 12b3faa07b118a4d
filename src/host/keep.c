// SPDX-License-Identifier: MIT
//
// See keep.h. A key for each filter, by its reference string; in it a value "node.property.channel" for each control.
#include "host/keep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "host/stream.h"
#include "kernel/registry.h"

#define CONTROLS "\\Registry\\Machine\\Software\\Portside\\Controls"
#define CLASSES "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses"
// PKEY_AudioDevice_DontPersistControls, as an INF file writes it: format id, property id.
#define OPT_OUT "{F3E80BEF-1723-4FF2-BCC4-7F83DC5E46D4},2"

enum { NAME_CHARS = 64, BELOW_INTERFACE = 8 };

static size_t widen(const char *text, WCHAR *out)
{
    size_t length = strlen(text);

    for (size_t i = 0; i <= length; i++)
        out[i] = (WCHAR)text[i];
    return length * sizeof(WCHAR);
}

static struct registry_path name_of(const struct ks_filter *filter)
{
    struct registry_path path = {filter->name, 0};

    while (filter->name[path.chars])
        path.chars++;
    return path;
}

// ---- who wants none of it (TP-79) ----------------------------------------------------------------------

static bool says_no(const struct registry_key *key, unsigned deep)
{
    WCHAR name[NAME_CHARS];
    const struct registry_value *value = registry_value(key, name, widen(OPT_OUT, name));

    if (value && value->type == REG_DWORD && value->bytes == sizeof(ULONG) && *(const ULONG *)value->data == 1)
        return true;
    if (!deep)
        return false;
    LIST_EACH(link, &key->keys)
        if (says_no(LIST_OBJECT(link, struct registry_key, link), deep - 1))
            return true;
    return false;
}

// Whether the key is that of an interface of this filter: "##?#PCI#0000#{class}#reference".
static bool is_interface_of(const struct registry_key *key, struct registry_path filter)
{
    size_t chars = key->name_bytes / sizeof(WCHAR);

    return chars > filter.chars && key->name[chars - filter.chars - 1] == '#' &&
           !memcmp(key->name + chars - filter.chars, filter.text, filter.chars * sizeof(WCHAR));
}

static bool opted_out(struct ps_system *system, const struct ks_filter *filter)
{
    const struct registry_key *classes = registry_ascii(system, NULL, CLASSES);
    struct registry_path name = name_of(filter);

    LIST_EACH(class, &classes->keys) {
        LIST_EACH(link, &LIST_OBJECT(class, struct registry_key, link)->keys) {
            const struct registry_key *key = LIST_OBJECT(link, struct registry_key, link);

            if (is_interface_of(key, name) && says_no(key, BELOW_INTERFACE))
                return true;
        }
    }
    return false;
}

// ---- keeping -------------------------------------------------------------------------------------------

// NULL: no memory, or a name that is none of a key.
static struct registry_key *key_of(struct ps_system *system, const struct ks_filter *filter)
{
    struct registry_key *controls = registry_ascii(system, NULL, CONTROLS), *key;

    return controls && NT_SUCCESS(registry_make(system, controls, name_of(filter), false, NULL, &key)) ? key : NULL;
}

void keep_control(struct ps_driver *driver, const struct ks_filter *filter, const struct control *control,
                  LONG value)
{
    struct registry_key *key;
    WCHAR name[NAME_CHARS];
    char text[NAME_CHARS];

    if (!driver->keeps || opted_out(driver->system, filter))
        return;
    snprintf(text, sizeof(text), "%u.%u.%d", control->node, control->property, control->channel);
    key = key_of(driver->system, filter);
    if (key)
        registry_set(driver->system, key, name, widen(text, name), REG_DWORD, &value, sizeof(value));
}

// ---- setting again -------------------------------------------------------------------------------------

// What a value says; false: nothing that is kept here. The file may be anybody's.
static bool read_kept(const struct registry_value *value, struct control *control, LONG *level)
{
    char text[NAME_CHARS] = "";
    unsigned node, property, length = 0;
    int channel;

    if (value->type != REG_DWORD || value->bytes != sizeof(*level) || value->name_bytes / sizeof(WCHAR) >= sizeof(text))
        return false;
    for (size_t i = 0; i < value->name_bytes / sizeof(WCHAR); i++)
        text[i] = value->name[i] < 0x80 ? (char)value->name[i] : '?';
    if (sscanf(text, "%10u.%10u.%10d%n", &node, &property, &channel, &length) != 3 || text[length] ||
        (property != KSPROPERTY_AUDIO_VOLUMELEVEL && property != KSPROPERTY_AUDIO_MUTE))
        return false;
    control->node = node;
    control->property = property;
    control->channel = channel;
    memcpy(level, value->data, sizeof(*level));
    return true;
}

// A control that the driver has no longer, or refuses, stays as it is.
static void set_again(struct ps_driver *driver, const struct ks_filter *filter, const struct registry_key *key)
{
    struct control control = {0};
    LONG level;

    if (!NT_SUCCESS(control_open(driver->system, driver->pdo, filter, &control.file)))
        return;
    LIST_EACH(link, &key->values)
        if (read_kept(LIST_OBJECT(link, struct registry_value, link), &control, &level))
            control_set(driver->system, &control, level);
    kernel_close(driver->system, control.file);
}

// Nothing else runs: the filters stay.
static int run_restore(void *context)
{
    struct ps_driver *driver = context;
    struct port_device *device = stream_device(driver);
    struct registry_key *controls = registry_ascii(driver->system, NULL, CONTROLS);

    if (!device)
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);
        const struct registry_key *key = controls ? registry_find(driver->system, controls, name_of(filter)) : NULL;

        if (key && !opted_out(driver->system, filter))
            set_again(driver, filter, key);
    }
    return 0;
}

int ps_controls_keep(struct ps_driver *driver)
{
    int result = host_enter(driver->system);

    if (result)
        return result;
    driver->keeps = true;
    return host_call(driver->system, "levels", run_restore, driver);
}
