// SPDX-License-Identifier: MIT
//
// Device interfaces and symbolic links (SV-112): names by which a device is found. PASSIVE_LEVEL.
#include "kernel/private.h"
#include "kernel/registry.h"

#define TAG_NAME 0x656D614Eu // "Name"
enum { NAME_MAX_CHARS = 256 };

// A device interface: kept from its registration until its PDO goes, so that registering again
// gives the same name.
struct interface {
    struct list link; // kernel.interface_list
    GUID class;
    PDEVICE_OBJECT pdo;
    UNICODE_STRING name;
    USHORT head_bytes; // of the name, before its reference string
    bool enabled;
};

// A symbolic link to a device name.
struct symbolic_link {
    struct list link; // kernel.links
    UNICODE_STRING name, target;
};

bool kernel_string_copy(struct ps_system *system, UNICODE_STRING *to, const UNICODE_STRING *from)
{
    to->Buffer = arena_alloc(system->arena, (size_t)from->Length + sizeof(WCHAR));
    if (!to->Buffer)
        return false;
    memcpy(to->Buffer, from->Buffer, from->Length);
    to->Length = from->Length;
    to->MaximumLength = (USHORT)(from->Length + sizeof(WCHAR));
    return true;
}

void kernel_string_free(struct ps_system *system, const UNICODE_STRING *string)
{
    if (string->Buffer)
        arena_free(system->arena, string->Buffer, string->MaximumLength);
}

// ---- interfaces ---------------------------------------------------------------------------------

static int class_text(const GUID *class, char *text, size_t size, const char *before)
{
    return snprintf(text, size, "%s{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", before,
                    (unsigned)class->Data1, class->Data2, class->Data3, class->Data4[0],
                    class->Data4[1], class->Data4[2], class->Data4[3], class->Data4[4],
                    class->Data4[5], class->Data4[6], class->Data4[7]);
}

// \??\PCI#device#{class}\reference
static ULONG interface_name(unsigned index, const GUID *class,
                            const UNICODE_STRING *reference, WCHAR *to)
{
    char text[NAME_MAX_CHARS], before[32];
    int length;
    ULONG count = 0;

    snprintf(before, sizeof(before), "\\??\\PCI#%04u#", index);
    length = class_text(class, text, sizeof(text), before);
    for (; count < (ULONG)length; count++)
        to[count] = (UCHAR)text[count];
    if (reference && reference->Length) {
        to[count++] = '\\';
        memcpy(to + count, reference->Buffer, reference->Length);
        count += reference->Length / (ULONG)sizeof(WCHAR);
    }
    return count * (ULONG)sizeof(WCHAR);
}

static struct interface *find(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->interface_list)
    {
        struct interface *interface = LIST_OBJECT(link, struct interface, link);

        if (RtlEqualUnicodeString(&interface->name, name, TRUE))
            return interface;
    }
    return NULL;
}

static struct interface *add(struct ps_system *system, PDEVICE_OBJECT pdo, const GUID *class,
                             const UNICODE_STRING *name, USHORT head)
{
    struct interface *interface = arena_alloc(system->arena, sizeof(*interface));

    if (!interface)
        return NULL;
    if (!kernel_string_copy(system, &interface->name, name)) {
        arena_free(system->arena, interface, sizeof(*interface));
        return NULL;
    }
    interface->class = *class;
    interface->pdo = pdo;
    interface->head_bytes = head;
    list_push_back(&system->kernel->interface_list, &interface->link);
    return interface;
}

void interfaces_forget(struct ps_system *system, PDEVICE_OBJECT pdo)
{
    LIST_EACH_SAFE(link, &system->kernel->interface_list)
    {
        struct interface *interface = LIST_OBJECT(link, struct interface, link);

        if (interface->pdo != pdo)
            continue;
        list_remove(link);
        kernel_string_free(system, &interface->name);
        arena_free(system->arena, interface, sizeof(*interface));
    }
}

// ...\DeviceClasses\{class}\##?#PCI#device#{class}#reference\Device Parameters
static size_t key_name(const struct interface *interface, WCHAR *to)
{
    static const char below[] = "\\Device Parameters";
    const WCHAR *name = interface->name.Buffer;
    size_t chars = interface->name.Length / sizeof(WCHAR);

    for (size_t i = 0; i < chars; i++)
        to[i] = name[i] == '\\' ? '#' : name[i];
    for (size_t i = 0; below[i]; i++)
        to[chars++] = (UCHAR)below[i];
    return chars;
}

NTSTATUS interface_key(struct ps_system *system, const UNICODE_STRING *name,
                       struct registry_key **out)
{
    const struct interface *interface = find(system, name);
    WCHAR below[NAME_MAX_CHARS * 2 + 20];
    struct registry_key *classes;
    char path[160];

    if (!interface)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    class_text(&interface->class, path, sizeof(path),
               "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\");
    classes = registry_ascii(system, NULL, path);
    if (!classes)
        return STATUS_INSUFFICIENT_RESOURCES;
    return registry_make(system, classes,
                         (struct registry_path){below, key_name(interface, below)}, true, NULL,
                         out);
}

static bool begins(const UNICODE_STRING *name, const UNICODE_STRING *with)
{
    return name->Length >= with->Length && RtlPrefixUnicodeString(with, name, TRUE);
}

// \??\PCI#device#{class}\reference: the reference is what a device below which subdevices are is opened with.
struct device_record *interface_device(struct ps_system *system, const UNICODE_STRING *name,
                                       UNICODE_STRING *rest)
{
    LIST_EACH(link, &system->kernel->interface_list)
    {
        const struct interface *interface = LIST_OBJECT(link, struct interface, link);
        USHORT head = interface->head_bytes;

        if (!interface->enabled || !begins(name, &interface->name))
            continue;
        *rest = (UNICODE_STRING){.Length = (USHORT)(name->Length - head),
                                 .MaximumLength = (USHORT)(name->Length - head),
                                 .Buffer = name->Buffer + head / sizeof(WCHAR)};
        return device_find(system, interface->pdo);
    }
    return NULL;
}

// The name goes to the caller, who frees it with RtlFreeUnicodeString.
static NTSTATUS give_name(struct ps_system *system, const UNICODE_STRING *name, PUNICODE_STRING to,
                          const void *caller)
{
    to->Buffer = pool_allocate(system, PagedPool, (size_t)name->Length + sizeof(WCHAR), TAG_NAME,
                               true, caller);
    if (!to->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(to->Buffer, name->Buffer, name->Length);
    to->Length = name->Length;
    to->MaximumLength = (USHORT)(name->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject,
                                         const GUID *InterfaceClassGuid,
                                         PUNICODE_STRING ReferenceString,
                                         PUNICODE_STRING SymbolicLinkName)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *pdo = device_find(system, PhysicalDeviceObject);
    WCHAR text[NAME_MAX_CHARS * 2];
    UNICODE_STRING name = {.Buffer = text};
    USHORT reference = 0;

    *SymbolicLinkName = (UNICODE_STRING){0};
    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!pdo || !pdo->model ||
        (ReferenceString && ReferenceString->Length > NAME_MAX_CHARS * sizeof(WCHAR)))
        return NT_TELL(STATUS_INVALID_DEVICE_REQUEST);
    name.Length = (USHORT)interface_name(device_index(system, pdo), InterfaceClassGuid, ReferenceString, text);
    if (ReferenceString && ReferenceString->Length)
        reference = (USHORT)(ReferenceString->Length + sizeof(WCHAR));
    if (!find(system, &name) && !add(system, PhysicalDeviceObject, InterfaceClassGuid, &name,
                                     (USHORT)(name.Length - reference)))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return NT_TELL(give_name(system, &name, SymbolicLinkName, CALLER));
}

NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    NT_SERVICE(COST_SERVICE);
    struct interface *interface = find(system, SymbolicLinkName);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!interface)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    if (interface->enabled == (Enable != FALSE))
        return NT_TELL(Enable ? STATUS_OBJECT_NAME_EXISTS : STATUS_OBJECT_NAME_NOT_FOUND);
    interface->enabled = Enable != FALSE;
    notify_interface(system, &interface->class, &interface->name, interface->enabled);
    return STATUS_SUCCESS;
}

static bool same_reference(const struct interface *one, const struct interface *other)
{
    size_t bytes = one->name.Length - one->head_bytes;

    return bytes == (size_t)(other->name.Length - other->head_bytes) &&
           !memcmp((const char *)one->name.Buffer + one->head_bytes,
                   (const char *)other->name.Buffer + other->head_bytes, bytes);
}

// The interface of another class of the same device with the same reference string.
NTSTATUS NTAPI IoGetDeviceInterfaceAlias(PUNICODE_STRING SymbolicLinkName,
                                         const GUID *AliasInterfaceClassGuid,
                                         PUNICODE_STRING AliasSymbolicLinkName)
{
    NT_SERVICE(COST_SERVICE);
    const struct interface *interface = find(system, SymbolicLinkName);

    *AliasSymbolicLinkName = (UNICODE_STRING){0};
    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    LIST_EACH(link, &system->kernel->interface_list)
    {
        const struct interface *other = LIST_OBJECT(link, struct interface, link);

        if (interface && other->pdo == interface->pdo && same_reference(interface, other) &&
            !memcmp(&other->class, AliasInterfaceClassGuid, sizeof(GUID)))
            return NT_TELL(give_name(system, &other->name, AliasSymbolicLinkName, CALLER));
    }
    return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
}

static bool listed(const struct interface *interface, const GUID *class, PDEVICE_OBJECT pdo,
                   ULONG flags)
{
    const ULONG include_disabled = 1;

    return !memcmp(&interface->class, class, sizeof(*class)) && (!pdo || interface->pdo == pdo) &&
           (interface->enabled || (flags & include_disabled));
}

bool interface_enabled(struct ps_system *system, const GUID *class, unsigned index, UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->interface_list)
    {
        const struct interface *interface = LIST_OBJECT(link, struct interface, link);

        if (!listed(interface, class, NULL, 0) || index--)
            continue;
        *name = interface->name;
        return true;
    }
    return false;
}

// A list of terminated names with an empty one at its end; the caller frees it with ExFreePool.
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *InterfaceClassGuid,
                                     PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                                     PZZWSTR *SymbolicLinkList)
{
    NT_SERVICE(COST_SERVICE);
    size_t bytes = sizeof(WCHAR);
    WCHAR *at;

    *SymbolicLinkList = NULL;
    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    LIST_EACH(link, &system->kernel->interface_list)
    {
        const struct interface *interface = LIST_OBJECT(link, struct interface, link);

        if (listed(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags))
            bytes += interface->name.MaximumLength;
    }
    at = pool_allocate(system, PagedPool, bytes, TAG_NAME, true, CALLER);
    if (!at)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    *SymbolicLinkList = at;
    LIST_EACH(link, &system->kernel->interface_list)
    {
        const struct interface *interface = LIST_OBJECT(link, struct interface, link);

        if (!listed(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags))
            continue;
        memcpy(at, interface->name.Buffer, interface->name.Length);
        at += interface->name.MaximumLength / sizeof(WCHAR);
    }
    return STATUS_SUCCESS;
}

// ---- symbolic links -----------------------------------------------------------------------------

static struct symbolic_link *find_link(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->links)
    {
        struct symbolic_link *symbolic = LIST_OBJECT(link, struct symbolic_link, link);

        if (RtlEqualUnicodeString(&symbolic->name, name, TRUE))
            return symbolic;
    }
    return NULL;
}

bool link_target(struct ps_system *system, const UNICODE_STRING *name, UNICODE_STRING *target)
{
    const struct symbolic_link *symbolic = find_link(system, name);

    if (symbolic)
        *target = symbolic->target;
    return symbolic != NULL;
}

static void free_link(struct ps_system *system, struct symbolic_link *symbolic)
{
    kernel_string_free(system, &symbolic->name);
    kernel_string_free(system, &symbolic->target);
    arena_free(system->arena, symbolic, sizeof(*symbolic));
}

NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    NT_SERVICE(COST_SERVICE);
    struct symbolic_link *symbolic;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (find_link(system, SymbolicLinkName))
        return NT_TELL(STATUS_OBJECT_NAME_COLLISION);
    symbolic = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*symbolic));
    if (!symbolic)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    if (!kernel_string_copy(system, &symbolic->name, SymbolicLinkName) ||
        !kernel_string_copy(system, &symbolic->target, DeviceName)) {
        free_link(system, symbolic);
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    }
    list_push_back(&system->kernel->links, &symbolic->link);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    NT_SERVICE(COST_SERVICE);
    struct symbolic_link *symbolic = find_link(system, SymbolicLinkName);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!symbolic)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    list_remove(&symbolic->link);
    free_link(system, symbolic);
    return STATUS_SUCCESS;
}
