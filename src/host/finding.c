// SPDX-License-Identifier: MIT
//
// Findings as a host sees them: places in drivers become source lines where the driver carries DWARF.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

size_t ps_finding_count(const struct ps_system *system)
{
    return journal_count(system->journal);
}

// The faulting instruction itself, where the others name the call that they return to.
static bool is_instruction(const struct finding *finding)
{
    return !strcmp(finding->rule, "VF-57") || !strcmp(finding->rule, "WATCHDOG");
}

// What the run time that is compiled into a driver (lib/stdunk) does wrong, its caller did.
static bool is_runtime(struct host *host, const void *address, bool is_return)
{
    for (struct ps_driver *driver = host->drivers; driver; driver = driver->next)
        if (driver->image && image_is_runtime(driver->image, address, is_return))
            return true;
    return false;
}

// Rules about code that goes on too long or touches what it must not: it may be ours that does, for a driver.
static bool is_of_stack(const struct finding *finding)
{
    static const char *const rules[] = {"VF-57", "WATCHDOG", "BUDGET", "DEADLOCK"};

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (!strcmp(finding->rule, rules[i]))
            return true;
    return false;
}

const void *host_own_frame(const struct ps_system *system, const void *const *stack, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        if (host_is_driver(system, stack[i]) && !is_runtime(system->host, stack[i], true))
            return stack[i];
    return NULL;
}

struct spot {
    const void *address;
    bool is_return; // it lies behind a call
};

// Where a finding is told.
static struct spot spot_of(struct ps_system *system, const struct finding *finding)
{
    const struct spot given = {finding->caller, !is_instruction(finding)};
    const void *own = NULL;
    unsigned at = 0;

    if (!host_is_driver(system, given.address)) {
        own = is_of_stack(finding) || (finding->own && !finding->caller)
                  ? host_own_frame(system, finding->stack, finding->depth)
                  : NULL;
    } else if (is_runtime(system->host, given.address, given.is_return)) {
        while (at < finding->depth && finding->stack[at] != given.address)
            at++;
        own = host_own_frame(system, finding->stack + at, finding->depth - at);
    }
    return own ? (struct spot){own, true} : given;
}

bool host_describe(const struct ps_system *system, const void *address, bool is_return, char *text, size_t size)
{
    const struct host *host = system->host;

    *text = 0;
    for (struct ps_driver *driver = host->drivers; address && driver; driver = driver->next)
        if (driver->image && (image_source(driver->image, address, is_return, text, size) ||
                              image_describe(driver->image, address, text, size)))
            return true;
    return false;
}

// ---- "ac97.so+0x1234" in a text --------------------------------------------------------------------------

struct place {
    const char *at, *end;
    const void *address;
    struct image *image;
};

static bool find_place(const char *text, struct image *image, struct place *place)
{
    size_t length = strlen(image_name(image));
    const char *at = text;

    while ((at = strstr(at, image_name(image)))) {
        const char *digits = at + length + 3;
        char *end;

        if (!strncmp(at + length, "+0x", 3)) {
            const void *address = image_address(image, strtoull(digits, &end, 16));

            *place = (struct place){at, end, address, image};
            if (address && end != digits)
                return true;
        }
        at += length;
    }
    return false;
}

static void first_place(struct host *host, const char *text, struct place *first)
{
    *first = (struct place){0};
    for (struct ps_driver *driver = host->drivers; driver; driver = driver->next) {
        struct place place;

        if (driver->image && find_place(text, driver->image, &place) &&
            (!first->at || place.at < first->at))
            *first = place;
    }
}

// `is_return`: the places are return addresses.
static void expand(struct host *host, const char *text, bool is_return, char *out, size_t size)
{
    struct place place;

    for (first_place(host, text, &place); place.at; first_place(host, text, &place)) {
        size_t before = (size_t)(place.at - text);
        char line[160];

        if (!image_source(place.image, place.address, is_return, line, sizeof(line)))
            snprintf(line, sizeof(line), "%.*s", (int)(place.end - place.at), place.at);
        if (before + strlen(line) >= size)
            break;
        memcpy(out, text, before);
        strcpy(out + before, line);
        size -= before + strlen(line);
        out += before + strlen(line);
        text = place.end;
    }
    snprintf(out, size, "%s", text);
}

static bool frame_at(struct ps_system *system, const struct finding *finding, unsigned frame, char *text, size_t size)
{
    bool is_return = !is_instruction(finding) || finding->stack[frame] != finding->caller;

    return host_describe(system, finding->stack[frame], is_return, text, size);
}

static void note_frames(struct ps_system *system, const struct finding *finding, char *text, size_t size)
{
    size_t used = 0;

    *text = 0;
    for (unsigned i = 0; i < finding->depth && used < size; i++) {
        char frame[160];

        frame_at(system, finding, i, frame, sizeof(frame));
        used += (size_t)snprintf(text + used, size - used, "%s\n", frame);
    }
}

// Line `frame` of what note_frames wrote; false: it is empty.
static bool noted_frame(const char *frames, unsigned frame, char *text, size_t size)
{
    while (frame-- && frames)
        frames = (frames = strchr(frames, '\n')) ? frames + 1 : NULL;
    snprintf(text, size, "%.*s", frames ? (int)strcspn(frames, "\n") : 0, frames ? frames : "");
    return *text;
}

void host_note_places(struct ps_system *system, struct image *image)
{
    char frames[FINDING_STACK * 160];
    char text[160];

    for (size_t i = 0; i < journal_count(system->journal); i++) {
        const struct finding *finding = journal_get(system->journal, i);
        const struct spot spot = spot_of(system, finding);

        if (!image_describe(image, spot.address, text, sizeof(text)) ||
            !host_describe(system, spot.address, spot.is_return, text, sizeof(text)))
            continue;
        note_frames(system, finding, frames, sizeof(frames));
        journal_place(system->journal, i, text, frames);
    }
}

// ---- the public calls --------------------------------------------------------------------------------------

static const struct finding *find(struct ps_system *system, size_t index)
{
    const struct finding *finding = journal_get(system->journal, index);

    if (!finding)
        host_error(-ERANGE, "there are %zu findings", journal_count(system->journal));
    return finding;
}

int ps_finding_get(struct ps_system *system, size_t index, struct ps_finding *out)
{
    const struct finding *finding = find(system, index);
    struct finding_texts *texts = &system->host->texts;
    struct spot spot;

    if (!finding)
        return -ERANGE;
    spot = spot_of(system, finding);
    if (!host_describe(system, spot.address, spot.is_return, texts->where, sizeof(texts->where)))
        snprintf(texts->where, sizeof(texts->where), "%s", finding->place);
    host_describe(system, finding->lock, true, texts->lock, sizeof(texts->lock));
    expand(system->host, finding->text, !is_instruction(finding), texts->text, sizeof(texts->text));
    *out = (struct ps_finding){
        .rule = finding->rule,
        .side = (enum ps_side)finding->side,
        .remark = finding->remark,
        .code = finding->code,
        .text = texts->text,
        .where = texts->where,
        .lock = texts->lock,
        .frames = finding->depth,
        .time_ns = finding->time,
        .irql = finding->irql,
        .processor = finding->processor,
        .repeats = finding->repeats,
        .thread = finding->thread,
    };
    memcpy(out->parameters, finding->parameters, sizeof(out->parameters));
    return 0;
}

int ps_finding_frame(struct ps_system *system, size_t index, unsigned frame, char *text, size_t size)
{
    const struct finding *finding = find(system, index);

    if (!finding)
        return -ERANGE;
    if (frame >= finding->depth)
        return host_error(-ERANGE, "the call stack has %u frames", finding->depth);
    if (finding->frames)
        return noted_frame(finding->frames, frame, text, size);
    return frame_at(system, finding, frame, text, size);
}
