// SPDX-License-Identifier: MIT
//
// IResourceList (WP-100, AD-50..53): two parallel lists of resource descriptors, translated and
// untranslated. A list made from CM_RESOURCE_LISTs or a sublist with room for a fixed number of
// entries, which keeps its parent referenced. PASSIVE_LEVEL; callers serialise.
#include "port/port.h"

#define TAG_RESOURCES 0x4C527350u // "PsRL"

typedef CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor;

struct resource_list {
    IResourceList iface;
    struct unknown unknown;
    PRESOURCELIST parent;         // of a sublist, else NULL
    ULONG capacity;
    PCM_RESOURCE_LIST translated; // one allocation behind this object
    PCM_RESOURCE_LIST untranslated;
};

static struct resource_list *list_from(IResourceList *iface)
{
    return CONTAINING_RECORD(iface, struct resource_list, iface);
}

UNKNOWN_METHODS(resources, struct resource_list, iface, IResourceList)

static CM_PARTIAL_RESOURCE_LIST *partial(PCM_RESOURCE_LIST list)
{
    return &list->List[0].PartialResourceList;
}

static ULONG NTAPI resources_count(IResourceList *This)
{
    return partial(list_from(This)->translated)->Count;
}

static ULONG NTAPI resources_count_of(IResourceList *This, CM_RESOURCE_TYPE type)
{
    CM_PARTIAL_RESOURCE_LIST *list = partial(list_from(This)->translated);
    ULONG count = 0;

    for (ULONG i = 0; i < list->Count; i++)
        count += list->PartialDescriptors[i].Type == type;
    return count;
}

static descriptor *find(PCM_RESOURCE_LIST resources, CM_RESOURCE_TYPE type, ULONG index)
{
    CM_PARTIAL_RESOURCE_LIST *list = partial(resources);

    for (ULONG i = 0; i < list->Count; i++)
        if (list->PartialDescriptors[i].Type == type && index-- == 0)
            return &list->PartialDescriptors[i];
    return NULL;
}

static descriptor *NTAPI resources_translated(IResourceList *This, CM_RESOURCE_TYPE type,
                                              ULONG index)
{
    return find(list_from(This)->translated, type, index);
}

static descriptor *NTAPI resources_untranslated(IResourceList *This, CM_RESOURCE_TYPE type,
                                                ULONG index)
{
    return find(list_from(This)->untranslated, type, index);
}

static NTSTATUS NTAPI resources_add(IResourceList *This, descriptor *translated,
                                    descriptor *untranslated)
{
    struct resource_list *list = list_from(This);
    ULONG count = partial(list->translated)->Count;

    if (!translated || !untranslated)
        return STATUS_INVALID_PARAMETER;
    if (count >= list->capacity)
        return STATUS_INSUFFICIENT_RESOURCES;
    partial(list->translated)->PartialDescriptors[count] = *translated;
    partial(list->untranslated)->PartialDescriptors[count] = *untranslated;
    partial(list->translated)->Count = partial(list->untranslated)->Count = count + 1;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI resources_add_from(IResourceList *This, IResourceList *parent,
                                         CM_RESOURCE_TYPE type, ULONG index)
{
    descriptor *translated, *untranslated;

    if (!parent)
        return STATUS_INVALID_PARAMETER;
    translated = parent->lpVtbl->FindTranslatedEntry(parent, type, index);
    untranslated = parent->lpVtbl->FindUntranslatedEntry(parent, type, index);
    if (!translated || !untranslated)
        return STATUS_INVALID_PARAMETER;
    return resources_add(This, translated, untranslated);
}

static PCM_RESOURCE_LIST NTAPI resources_translated_list(IResourceList *This)
{
    return list_from(This)->translated;
}

static PCM_RESOURCE_LIST NTAPI resources_untranslated_list(IResourceList *This)
{
    return list_from(This)->untranslated;
}

static const IResourceListVtbl resources_vtbl = {
    .QueryInterface = resources_query,
    .AddRef = resources_addref,
    .Release = resources_release,
    .NumberOfEntries = resources_count,
    .NumberOfEntriesOfType = resources_count_of,
    .FindTranslatedEntry = resources_translated,
    .FindUntranslatedEntry = resources_untranslated,
    .AddEntry = resources_add,
    .AddEntryFromParent = resources_add_from,
    .TranslatedList = resources_translated_list,
    .UntranslatedList = resources_untranslated_list,
};

static void *resources_find(struct unknown *unknown, REFIID iid)
{
    struct resource_list *list = CONTAINING_RECORD(unknown, struct resource_list, unknown);

    if (guid_equal(iid, &IID_IResourceList) || (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &list->iface;
    return NULL;
}

static void resources_destroy(struct unknown *unknown)
{
    struct resource_list *list = CONTAINING_RECORD(unknown, struct resource_list, unknown);

    if (list->parent)
        list->parent->lpVtbl->Release(list->parent);
    port_free(list);
}

static const struct unknown_class resources_class = {resources_find, resources_destroy, "IResourceList"};

static size_t bytes_for(ULONG capacity)
{
    size_t bytes = sizeof(CM_RESOURCE_LIST) + (size_t)capacity * sizeof(descriptor);

    return (bytes + 7) & ~(size_t)7;
}

// An empty list with room for `capacity` entries and one reference; NULL: no memory.
static struct resource_list *list_new(PUNKNOWN outer, ULONG capacity, const void *caller)
{
    size_t each = bytes_for(capacity);
    struct resource_list *list;

    if (capacity > 0x10000)
        return NULL;
    list = port_allocate(sizeof(*list) + 2 * each, TAG_RESOURCES);
    if (!list)
        return NULL;
    list->iface.lpVtbl = &resources_vtbl;
    list->capacity = capacity;
    list->translated = (PCM_RESOURCE_LIST)(list + 1);
    list->untranslated = (PCM_RESOURCE_LIST)((char *)(list + 1) + each);
    list->translated->Count = list->untranslated->Count = 1;
    unknown_init(system_here(__func__), &list->unknown, outer, &resources_class, caller);
    return list;
}

NTSTATUS NTAPI PcNewResourceList(PRESOURCELIST *out, PUNKNOWN outer, POOL_TYPE pool,
                                 PCM_RESOURCE_LIST translated, PCM_RESOURCE_LIST untranslated)
{
    struct resource_list *list;
    ULONG count = 0;

    (void)pool;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewResourceList",
                    __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (!translated != !untranslated)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (translated && translated->Count && untranslated->Count) {
        count = partial(translated)->Count;
        if (partial(untranslated)->Count != count)
            return NT_TELL(STATUS_INVALID_PARAMETER);
    }
    list = list_new(outer, count, __builtin_return_address(0));
    if (!list)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    for (ULONG i = 0; i < count; i++)
        resources_add(&list->iface, &partial(translated)->PartialDescriptors[i],
                      &partial(untranslated)->PartialDescriptors[i]);
    *out = unknown_result(&list->unknown, &list->iface);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcNewResourceSublist(PRESOURCELIST *out, PUNKNOWN outer, POOL_TYPE pool,
                                    PRESOURCELIST parent, ULONG maximum)
{
    struct resource_list *list;

    (void)pool;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewResourceSublist",
                    __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (!parent || !maximum)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    list = list_new(outer, maximum, __builtin_return_address(0));
    if (!list)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    list->parent = parent;
    parent->lpVtbl->AddRef(parent);
    *out = unknown_result(&list->unknown, &list->iface);
    return STATUS_SUCCESS;
}
