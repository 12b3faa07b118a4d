// SPDX-License-Identifier: MIT
//
// Physical connections (AD-40..42): hard wires from an output pin of one filter to an input pin of another, which
// may belong to another driver and is then named by its symbolic link. They answer
// KSPROPERTY_PIN_PHYSICALCONNECTION on both ends. The device lock serialises.
#include "port/subdevice.h"

#define TAG_CONNECTION 0x43507350u // "PsPC"

struct endpoint {
    struct ks_filter *filter; // referenced; NULL: a foreign filter
    UNICODE_STRING name;      // of a foreign filter; own copy
    ULONG pin;
};

struct connection {
    struct list link;
    struct endpoint from, to;
    const void *caller; // who registered it
};

static NTSTATUS set_endpoint(struct endpoint *end, PUNKNOWN port, const UNICODE_STRING *name,
                             ULONG pin)
{
    end->pin = pin;
    if (port) {
        end->filter = subdevice_filter(port);
        if (!end->filter)
            return STATUS_INVALID_PARAMETER;
        end->filter->references++;
        return pin < end->filter->descriptor->PinCount ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (!name || !name->Buffer || !name->Length || name->Length % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    end->name.Buffer = port_allocate(name->Length + sizeof(WCHAR), TAG_CONNECTION);
    if (!end->name.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    end->name.Length = name->Length;
    end->name.MaximumLength = (USHORT)(name->Length + sizeof(WCHAR));
    RtlCopyMemory(end->name.Buffer, name->Buffer, name->Length);
    return STATUS_SUCCESS;
}

static void clear_endpoint(struct endpoint *end)
{
    if (end->filter)
        ks_filter_release(end->filter);
    port_free(end->name.Buffer);
}

static void connection_free(struct connection *connection)
{
    clear_endpoint(&connection->from);
    clear_endpoint(&connection->to);
    port_free(connection);
}

static bool same_end(const struct endpoint *a, const struct endpoint *b)
{
    return a->filter == b->filter && a->pin == b->pin && a->name.Length == b->name.Length &&
           RtlCompareMemory(a->name.Buffer, b->name.Buffer, a->name.Length) == a->name.Length;
}

static bool known(struct port_device *device, const struct connection *connection)
{
    LIST_EACH(link, &device->connections) {
        const struct connection *at = LIST_OBJECT(link, struct connection, link);

        if (same_end(&at->from, &connection->from) && same_end(&at->to, &connection->to))
            return true;
    }
    return false;
}

static NTSTATUS add(PDEVICE_OBJECT fdo, PUNKNOWN from, PUNICODE_STRING from_name, ULONG from_pin,
                    PUNKNOWN to, PUNICODE_STRING to_name, ULONG to_pin, const void *caller)
{
    struct port_device *device = port_device_from(fdo);
    struct connection *connection;
    NTSTATUS status;
    bool twice;

    if (!device)
        return STATUS_INVALID_PARAMETER;
    connection = port_allocate(sizeof(*connection), TAG_CONNECTION);
    if (!connection)
        return STATUS_INSUFFICIENT_RESOURCES;
    connection->caller = caller;
    status = set_endpoint(&connection->from, from, from_name, from_pin);
    if (NT_SUCCESS(status))
        status = set_endpoint(&connection->to, to, to_name, to_pin);
    if (!NT_SUCCESS(status)) {
        connection_free(connection);
        return status;
    }
    ks_device_lock(&device->ks);
    twice = known(device, connection);
    if (!twice)
        list_push_back(&device->connections, &connection->link);
    ks_device_unlock(&device->ks);
    if (twice) // TP-26
        connection_free(connection);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcRegisterPhysicalConnection(PDEVICE_OBJECT fdo, PUNKNOWN from, ULONG from_pin,
                                            PUNKNOWN to, ULONG to_pin)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterPhysicalConnection",
                    __builtin_return_address(0));
    if (!from || !to)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(add(fdo, from, NULL, from_pin, to, NULL, to_pin, __builtin_return_address(0)));
}

NTSTATUS NTAPI PcRegisterPhysicalConnectionToExternal(PDEVICE_OBJECT fdo, PUNKNOWN from,
                                                      ULONG from_pin, PUNICODE_STRING to,
                                                      ULONG to_pin)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterPhysicalConnectionToExternal",
                    __builtin_return_address(0));
    if (!from)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(add(fdo, from, NULL, from_pin, NULL, to, to_pin, __builtin_return_address(0)));
}

NTSTATUS NTAPI PcRegisterPhysicalConnectionFromExternal(PDEVICE_OBJECT fdo, PUNICODE_STRING from,
                                                        ULONG from_pin, PUNKNOWN to, ULONG to_pin)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL,
                    "PcRegisterPhysicalConnectionFromExternal", __builtin_return_address(0));
    if (!to)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(add(fdo, NULL, from, from_pin, to, NULL, to_pin, __builtin_return_address(0)));
}

// ---- removal -----------------------------------------------------------------------------------------

static bool same_endpoint(const struct endpoint *end, PUNKNOWN port, const UNICODE_STRING *name,
                          ULONG pin)
{
    if (end->pin != pin || (end->filter != NULL) != (port != NULL))
        return false;
    if (port)
        return end->filter == subdevice_filter(port);
    return name && name->Length == end->name.Length &&
           RtlCompareMemory(name->Buffer, end->name.Buffer, name->Length) == name->Length;
}

NTSTATUS connection_unregister(PDEVICE_OBJECT fdo, PUNKNOWN from, PUNICODE_STRING from_name,
                               ULONG from_pin, PUNKNOWN to, PUNICODE_STRING to_name, ULONG to_pin)
{
    struct port_device *device = port_device_from(fdo);
    struct connection *found = NULL;

    if (!device)
        return STATUS_INVALID_PARAMETER;
    ks_device_lock(&device->ks);
    LIST_EACH(link, &device->connections) {
        struct connection *connection = LIST_OBJECT(link, struct connection, link);

        if (same_endpoint(&connection->from, from, from_name, from_pin) &&
            same_endpoint(&connection->to, to, to_name, to_pin)) {
            found = connection;
            list_remove(&connection->link);
            break;
        }
    }
    ks_device_unlock(&device->ks);
    if (!found)
        return STATUS_NOT_FOUND;
    connection_free(found);
    return STATUS_SUCCESS;
}

static bool orphaned(const struct endpoint *end)
{
    return end->filter && !end->filter->registered;
}

void connection_remove_all(struct port_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->connections))) {
        struct connection *connection = LIST_OBJECT(link, struct connection, link);

        if (orphaned(&connection->from) || orphaned(&connection->to))
            finding_raise(device->ks.system, "AD-34", SIDE_DRIVER, connection->caller,
                          "a physical connection outlived the subdevice at its end: it was never "
                          "unregistered");
        connection_free(connection);
    }
}

// ---- KSPROPERTY_PIN_PHYSICALCONNECTION (KP-66) -------------------------------------------------------

static const struct endpoint *peer_of(struct port_device *device, const struct ks_filter *filter,
                                      ULONG pin)
{
    LIST_EACH(link, &device->connections) {
        struct connection *connection = LIST_OBJECT(link, struct connection, link);

        if (connection->from.filter == filter && connection->from.pin == pin)
            return &connection->to;
        if (connection->to.filter == filter && connection->to.pin == pin)
            return &connection->from;
    }
    return NULL;
}

bool connection_peer(struct port_device *device, const struct ks_filter *filter, ULONG pin,
                     struct ks_filter **peer, ULONG *peer_pin, const UNICODE_STRING **foreign)
{
    const struct endpoint *end = peer_of(device, filter, pin);

    if (!end)
        return false;
    *peer = end->filter;
    *peer_pin = end->pin;
    *foreign = &end->name;
    return true;
}

bool connection_wire(struct port_device *device, unsigned index, struct wire *out)
{
    LIST_EACH(link, &device->connections) {
        const struct connection *at = LIST_OBJECT(link, struct connection, link);

        if (index--)
            continue;
        *out = (struct wire){{at->from.filter, at->from.pin}, {at->to.filter, at->to.pin}};
        return true;
    }
    return false;
}

static NTSTATUS get_connection(struct ks_property_request *request)
{
    struct ks_filter *filter = request->filter;
    struct port_device *device = CONTAINING_RECORD(filter->device, struct port_device, ks);
    ULONG pin = *(const ULONG *)request->instance, bytes;
    const struct endpoint *peer;
    const UNICODE_STRING *name;
    PKSPIN_PHYSICALCONNECTION reply;
    NTSTATUS status;

    if (!ks_pc_pin(filter, pin))
        return STATUS_INVALID_PARAMETER;
    peer = peer_of(device, filter, pin);
    name = peer && peer->filter ? subdevice_link(device, peer->filter) : peer ? &peer->name : NULL;
    if (!name) // not connected, or to a subdevice that has been unregistered
        return STATUS_NOT_FOUND;
    bytes = (ULONG)(FIELD_OFFSET(KSPIN_PHYSICALCONNECTION, SymbolicLinkName) + name->Length +
                    sizeof(WCHAR));
    reply = port_allocate(bytes, TAG_CONNECTION);
    if (!reply)
        return STATUS_INSUFFICIENT_RESOURCES;
    reply->Size = bytes;
    reply->Pin = peer->pin;
    RtlCopyMemory(reply->SymbolicLinkName, name->Buffer, name->Length);
    status = ks_property_reply(request, reply, bytes);
    port_free(reply);
    return status;
}

static const struct ks_property_item items[] = {
    {KSPROPERTY_PIN_PHYSICALCONNECTION, KSPROPERTY_TYPE_GET,
     (ULONG)(sizeof(KSP_PIN) - sizeof(KSPROPERTY)), 0, get_connection, false},
};

const struct ks_property_set connection_properties[] = {
    {&KSPROPSETID_Pin, items, 1},
    {NULL, NULL, 0},
};
