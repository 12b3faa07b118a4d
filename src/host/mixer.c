// SPDX-License-Identifier: MIT
//
// See mixer.h. What is read comes from a driver: walks are bounded, so circles end.
#include "host/mixer.h"

#include "port/port.h"

enum { MOST_STEPS = 256 };

static const PCCONNECTION_DESCRIPTOR *connection_at(const struct ks_filter *filter, ULONG index)
{
    return &filter->descriptor->Connections[index];
}

static bool leaves(const PCCONNECTION_DESCRIPTOR *c, const struct graph_place *place)
{
    return c->FromNode == place->node &&
           (place->node != KSFILTER_NODE || c->FromNodePin == place->pin);
}

static bool enters(const PCCONNECTION_DESCRIPTOR *c, const struct graph_place *place)
{
    return c->ToNode == place->node && (place->node != KSFILTER_NODE || c->ToNodePin == place->pin);
}

static unsigned parents(const struct graph_place *place, struct graph_place *last)
{
    unsigned count = 0;

    for (ULONG i = 0; i < place->filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(place->filter, i);

        if (!enters(c, place))
            continue;
        *last = (struct graph_place){place->filter, c->FromNode, c->FromNodePin};
        count++;
    }
    return count;
}

static bool is_type(const struct graph_place *place, const GUID *type)
{
    return place->node != KSFILTER_NODE &&
           guid_equal(ks_node(place->filter, place->node)->Type, type);
}

// A SUM, a MUX or a node with several parents, which is a sum without saying so.
static bool joins(const struct graph_place *place)
{
    struct graph_place last;

    return is_type(place, &KSNODETYPE_SUM) || is_type(place, &KSNODETYPE_MUX) ||
           (place->node != KSFILTER_NODE && parents(place, &last) > 1);
}

static void add(struct mixer_line *line, ULONG node)
{
    if (line->count < MIXER_NODES)
        line->nodes[line->count++] = node;
}

static bool has(const struct mixer_line *line, ULONG node)
{
    for (unsigned i = 0; i < line->count; i++)
        if (line->nodes[i] == node)
            return true;
    return false;
}

// Upstream from its pin. `end`, the place where it stopped, is what its sources lead to.
static void walk_up(const struct ks_filter *filter, struct mixer_line *line,
                    struct graph_place *end)
{
    struct graph_place at = {filter, KSFILTER_NODE, line->pin}, up;

    *end = at;
    for (unsigned steps = 0; steps < MOST_STEPS && parents(&at, &up) == 1; steps++) {
        if (up.node == KSFILTER_NODE)
            return;
        *end = at = up;
        if (!joins(&at) || is_type(&at, &KSNODETYPE_MUX))
            add(line, at.node);
        if (joins(&at))
            return;
    }
}

bool mixer_destination(const struct ks_filter *filter, unsigned index, struct mixer_line *out)
{
    struct graph_place end;

    for (ULONG pin = filter->descriptor->PinCount; pin-- > 0;) {
        if (ks_pin_descriptor(filter, pin)->DataFlow != KSPIN_DATAFLOW_OUT || index--)
            continue;
        *out = (struct mixer_line){.pin = pin};
        walk_up(filter, out, &end);
        return true;
    }
    return false;
}

// ---- sources
// ---------------------------------------------------------------------------------------------

struct search {
    const struct mixer_line *destination;
    struct graph_place end;
    struct mixer_line *line; // of the first way found
    unsigned ways, steps;
};

static bool arrived(const struct search *s, const struct graph_place *at)
{
    if (at->node == KSFILTER_NODE)
        return at->pin == s->destination->pin;
    return at->node == s->end.node || has(s->destination, at->node);
}

// Every way downstream; nodes are the line's until the first that joins. Depth is bounded by the
// steps.
static void walk_down(struct search *s, struct graph_place at, struct mixer_line line, bool open)
{
    if (s->steps++ >= MOST_STEPS)
        return;
    if (arrived(s, &at)) {
        if (!s->ways++)
            *s->line = line;
        return;
    }
    open = open && !joins(&at);
    if (open && at.node != KSFILTER_NODE)
        add(&line, at.node);
    for (ULONG i = 0; i < at.filter->descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *c = connection_at(at.filter, i);

        if (leaves(c, &at))
            walk_down(s, (struct graph_place){at.filter, c->ToNode, c->ToNodePin}, line, open);
    }
}

bool mixer_source(const struct ks_filter *filter, const struct mixer_line *destination,
                  unsigned index, struct mixer_line *out)
{
    struct mixer_line again = {.pin = destination->pin};
    struct search s = {.destination = destination, .line = out};

    walk_up(filter, &again, &s.end);
    for (ULONG pin = 0; pin < filter->descriptor->PinCount; pin++) {
        if (ks_pin_descriptor(filter, pin)->DataFlow != KSPIN_DATAFLOW_IN)
            continue;
        s.ways = s.steps = 0;
        walk_down(&s, (struct graph_place){filter, KSFILTER_NODE, pin},
                  (struct mixer_line){.pin = pin}, true);
        if (s.ways == 1 && s.steps <= MOST_STEPS && !index--)
            return true;
    }
    return false;
}

// ---- controls
// --------------------------------------------------------------------------------------------

static bool silent(const KSAUDIO_MIX_CAPS *entry)
{
    return entry->Minimum == INT32_MIN && entry->Maximum == INT32_MIN;
}

// A matrix has a mute if every entry can be silent, a volume if every entry has a range.
static const char *supermix(const KSAUDIO_MIX_CAPS *caps, ULONG count)
{
    bool mute = count > 0, volume = count > 0;

    for (ULONG i = 0; i < count; i++) {
        mute = mute && (caps[i].Mute || silent(&caps[i]));
        volume = volume && caps[i].Minimum < caps[i].Maximum;
    }
    return mute && volume ? "mute, volume" : mute ? "mute" : volume ? "volume" : NULL;
}

const char *mixer_controls(const struct ks_filter *filter, ULONG node, const KSAUDIO_MIX_CAPS *caps,
                           ULONG count)
{
    static const struct {
        const GUID *type;
        const char *text;
    } known[] = {
        {&KSNODETYPE_AGC, "gain control on/off"},
        {&KSNODETYPE_LOUDNESS, "loudness"},
        {&KSNODETYPE_MUTE, "mute"},
        {&KSNODETYPE_TONE, "bass, treble, bass boost"},
        {&KSNODETYPE_VOLUME, "volume"},
        {&KSNODETYPE_PEAKMETER, "peak meter"},
        {&KSNODETYPE_MUX, "source"},
        {&KSNODETYPE_STEREO_WIDE, "width"},
        {&KSNODETYPE_CHORUS, "chorus"},
        {&KSNODETYPE_REVERB, "reverb"},
    };
    const GUID *type = ks_node(filter, node)->Type;

    if (guid_equal(type, &KSNODETYPE_SUPERMIX))
        return supermix(caps, count);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (guid_equal(type, known[i].type))
            return known[i].text;
    return NULL;
}
