// SPDX-License-Identifier: MIT
//
// See service_sink.h.
#include "port/service_sink.h"

#define TAG_SINK 'SPsP'

UNKNOWN_METHODS(sink, struct service_sink, iface, IServiceSink)

static VOID NTAPI sink_request(IServiceSink *This)
{
    struct service_sink *sink = CONTAINING_RECORD(This, struct service_sink, iface);

    sink->service(sink->context);
}

static const IServiceSinkVtbl sink_vtbl = {
    .QueryInterface = sink_query,
    .AddRef = sink_addref,
    .Release = sink_release,
    .RequestService = sink_request,
};

static void *sink_find(struct unknown *unknown, REFIID iid)
{
    struct service_sink *sink = CONTAINING_RECORD(unknown, struct service_sink, unknown);

    if (guid_equal(iid, &IID_IServiceSink) || guid_equal(iid, &IID_IUnknown))
        return &sink->iface;
    return NULL;
}

static void sink_destroy(struct unknown *unknown)
{
    port_free(CONTAINING_RECORD(unknown, struct service_sink, unknown));
}

static const struct unknown_class sink_class = {sink_find, sink_destroy, NULL};

NTSTATUS service_sink_add(struct ps_system *system, PSERVICEGROUP group,
                          void (*service)(void *context), void *context, struct service_sink **out)
{
    struct service_sink *sink = port_allocate(sizeof(*sink), TAG_SINK);
    NTSTATUS status;

    *out = NULL;
    if (!sink)
        return STATUS_INSUFFICIENT_RESOURCES;
    sink->iface.lpVtbl = &sink_vtbl;
    sink->service = service;
    sink->context = context;
    unknown_init(system, &sink->unknown, NULL, &sink_class, NULL);
    status = group->lpVtbl->AddMember(group, &sink->iface);
    if (NT_SUCCESS(status))
        *out = sink;
    else
        unknown_release(&sink->unknown);
    return status;
}

void service_sink_remove(PSERVICEGROUP group, struct service_sink *sink)
{
    if (!sink)
        return;
    group->lpVtbl->RemoveMember(group, &sink->iface);
    unknown_release(&sink->unknown);
}
