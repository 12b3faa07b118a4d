// SPDX-License-Identifier: MIT
//
// See graph.h. Depth first, in the order of the descriptors; a place is entered once for each endpoint, so cycles end.
#include "host/graph.h"

#include <string.h>

#include "port/subdevice.h"

enum { MOST_PLACES = 512 };

struct walk {
    struct port_device *device;
    struct graph_endpoint *endpoint;
    struct graph_place seen[MOST_PLACES];
    unsigned count;
    bool joined; // a SUM, MUX or split was passed: controls behind it are not the endpoint's
};

bool graph_streams(const struct ks_filter *filter, ULONG pin)
{
    KSPIN_COMMUNICATION kind = ks_pin_descriptor(filter, pin)->Communication;

    return kind == KSPIN_COMMUNICATION_SINK || kind == KSPIN_COMMUNICATION_SOURCE ||
           kind == KSPIN_COMMUNICATION_BOTH;
}

static bool wired(struct port_device *device, const struct ks_filter *filter, ULONG pin,
                  struct ks_filter **peer, ULONG *peer_pin)
{
    const UNICODE_STRING *foreign;

    *peer = NULL;
    return connection_peer(device, filter, pin, peer, peer_pin, &foreign);
}

bool graph_is_end(struct port_device *device, const struct ks_filter *filter, ULONG pin)
{
    struct ks_filter *peer;
    ULONG peer_pin;

    return !graph_streams(filter, pin) && !wired(device, filter, pin, &peer, &peer_pin);
}

static bool same(const struct graph_place *a, const struct graph_place *b)
{
    return a->filter == b->filter && a->node == b->node &&
           (a->node != KSFILTER_NODE || a->pin == b->pin);
}

static bool enter(struct walk *walk, const struct graph_place *place)
{
    for (unsigned i = 0; i < walk->count; i++)
        if (same(&walk->seen[i], place))
            return false;
    if (walk->count == MOST_PLACES)
        return false;
    walk->seen[walk->count++] = *place;
    return true;
}

// The place at the other end of a connection that touches `from`: against the flow of data (`up`) or with it.
static bool other_end(const struct graph_place *from, const PCCONNECTION_DESCRIPTOR *connection,
                      bool up, struct graph_place *to)
{
    ULONG near_node = up ? connection->ToNode : connection->FromNode;
    ULONG near_pin = up ? connection->ToNodePin : connection->FromNodePin;
    ULONG far_node = up ? connection->FromNode : connection->ToNode;
    ULONG far_pin = up ? connection->FromNodePin : connection->ToNodePin;

    if (near_node != from->node || (near_node == KSFILTER_NODE && near_pin != from->pin))
        return false;
    *to = (struct graph_place){from->filter, far_node, far_pin};
    return true;
}

static unsigned degree(const struct graph_place *place, bool up)
{
    const PCFILTER_DESCRIPTOR *descriptor = place->filter->descriptor;
    struct graph_place to;
    unsigned count = 0;

    for (ULONG i = 0; i < descriptor->ConnectionCount; i++)
        count += other_end(place, &descriptor->Connections[i], up, &to);
    return count;
}

static bool is_type(const struct graph_place *place, const GUID *type)
{
    const PCNODE_DESCRIPTOR *node = ks_node(place->filter, place->node);

    return node && node->Type && guid_equal(node->Type, type);
}

// What a node means for the endpoint's controls (TP-72).
static void note_node(struct walk *walk, const struct graph_place *place)
{
    struct graph_endpoint *endpoint = walk->endpoint;

    if (is_type(place, &KSNODETYPE_SUM) || is_type(place, &KSNODETYPE_MUX) ||
        degree(place, true) > 1 || degree(place, false) > 1)
        walk->joined = true;
    if (walk->joined)
        return;
    if (!endpoint->volume.filter && is_type(place, &KSNODETYPE_VOLUME))
        endpoint->volume = *place;
    if (!endpoint->mute.filter && is_type(place, &KSNODETYPE_MUTE))
        endpoint->mute = *place;
}

static void note_host(struct walk *walk, const struct graph_place *place)
{
    if (walk->endpoint->host_count < GRAPH_HOSTS)
        walk->endpoint->hosts[walk->endpoint->host_count++] = *place;
}

// From the bridge pin to the host pins: against the data's flow for render, with it for capture (TP-71). Recursion is
// bounded by MOST_PLACES; a step of it is small.
static void visit(struct walk *walk, struct graph_place place)
{
    const PCFILTER_DESCRIPTOR *descriptor = place.filter->descriptor;
    struct graph_place next;
    ULONG peer_pin;

    if (!enter(walk, &place))
        return;
    if (place.node != KSFILTER_NODE)
        note_node(walk, &place);
    else if (graph_streams(place.filter, place.pin)) {
        note_host(walk, &place);
        return;
    }
    for (ULONG i = 0; i < descriptor->ConnectionCount; i++)
        if (other_end(&place, &descriptor->Connections[i], walk->endpoint->render, &next))
            visit(walk, next);
    if (place.node == KSFILTER_NODE) {
        struct ks_filter *peer;

        if (wired(walk->device, place.filter, place.pin, &peer, &peer_pin) && peer && peer->registered)
            visit(walk, (struct graph_place){peer, KSFILTER_NODE, peer_pin});
    }
}

static void describe(struct port_device *device, const struct ks_filter *filter, ULONG pin,
                     struct graph_endpoint *out)
{
    struct walk walk = {.device = device, .endpoint = out};

    *out = (struct graph_endpoint){
        .bridge = {filter, KSFILTER_NODE, pin},
        .render = ks_pin_descriptor(filter, pin)->DataFlow == KSPIN_DATAFLOW_OUT,
    };
    visit(&walk, out->bridge);
}

static bool in_common(const struct graph_endpoint *a, const struct graph_endpoint *b)
{
    for (unsigned i = 0; i < a->host_count; i++)
        for (unsigned j = 0; j < b->host_count; j++)
            if (same(&a->hosts[i], &b->hosts[j]))
                return true;
    return false;
}

bool graph_endpoint(struct port_device *device, unsigned index, struct graph_endpoint *out)
{
    unsigned at = 0;

    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        for (ULONG pin = 0; filter->registered && pin < filter->descriptor->PinCount; pin++) {
            struct graph_endpoint earlier;

            if (!graph_is_end(device, filter, pin) || at++ != index)
                continue;
            describe(device, filter, pin, out);
            for (unsigned i = 0; i < index && !out->shared; i++)
                out->shared = graph_endpoint(device, i, &earlier) && in_common(&earlier, out);
            return true;
        }
    }
    return false;
}

// 0 is the first choice.
static unsigned rank_of(const struct graph_endpoint *endpoint)
{
    const GUID *const ranks[] = {endpoint->render ? &KSNODETYPE_SPEAKER : &KSNODETYPE_MICROPHONE,
                                 &KSNODETYPE_LINE_CONNECTOR, &KSNODETYPE_SPDIF_INTERFACE};
    const GUID *category = ks_pin_descriptor(endpoint->bridge.filter, endpoint->bridge.pin)->Category;
    unsigned rank = 0;

    while (rank < 3 && (!category || memcmp(category, ranks[rank], sizeof(GUID))))
        rank++;
    return rank;
}

bool graph_default(struct port_device *device, bool render, unsigned *index)
{
    struct graph_endpoint endpoint;
    unsigned best = 4;

    for (unsigned i = 0; graph_endpoint(device, i, &endpoint); i++) {
        if (endpoint.render != render || !endpoint.host_count || rank_of(&endpoint) >= best)
            continue;
        best = rank_of(&endpoint);
        *index = i;
    }
    return best < 4;
}
