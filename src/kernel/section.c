// SPDX-License-Identifier: MIT
//
// Sections: memory that whoever knows its name, or has a handle, may map (SV-133). Its pages belong to it and go with its
// last handle, reference and view. Each view is a mapping of its own. There is no paging file and one process: no file
// stands behind a section. PASSIVE_LEVEL.
#include <detail/section.h>

#include "kernel/private.h"

#define GRANULARITY 0x10000u // of a view's offset
#define MAX_SECTION_PAGES 0x10000u

struct section {
    struct list link; // kernel.sections
    struct object object;
    UNICODE_STRING name; // none: Buffer NULL
    ULONG protection;
    size_t pages;
    uint64_t pfns[]; // of each
};

struct view {
    struct list link; // kernel.views
    struct section *section;
    void *base;
    size_t pages;
    const void *caller;
};

// ---- the object ---------------------------------------------------------------------------------

static size_t section_bytes(size_t pages)
{
    return sizeof(struct section) + pages * sizeof(uint64_t);
}

static void section_free(struct ps_system *system, struct section *section)
{
    kernel_string_free(system, &section->name);
    arena_free(system->arena, section, section_bytes(section->pages));
}

static void destroy(struct ps_system *system, struct object *object)
{
    struct section *section = LIST_OBJECT(object, struct section, object);

    list_remove(&section->link);
    memory_free(system->machine, section->pfns, section->pages);
    section_free(system, section);
}

static struct section *find(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->sections)
    {
        struct section *section = LIST_OBJECT(link, struct section, link);

        if (section->name.Buffer && RtlEqualUnicodeString(&section->name, name, TRUE))
            return section;
    }
    return NULL;
}

// With one reference. NULL: no memory.
static struct section *create(struct ps_system *system, const UNICODE_STRING *name, size_t pages,
                              ULONG protection)
{
    const struct page_request request = {.high = UINT64_MAX, .count = pages};
    struct section *section = arena_alloc(system->arena, section_bytes(pages));

    if (!section)
        return NULL;
    *section = (struct section){.pages = pages, .protection = protection};
    if ((name && !kernel_string_copy(system, &section->name, name)) ||
        !memory_allocate(system->machine, &request, true, section->pfns)) {
        section_free(system, section);
        return NULL;
    }
    if (!object_add(system, &section->object, OBJECT_TYPE_SECTION, section, destroy)) {
        memory_free(system->machine, section->pfns, pages);
        section_free(system, section);
        return NULL;
    }
    list_push_back(&system->kernel->sections, &section->link);
    return section;
}

static bool known_protection(ULONG protection)
{
    return protection == PAGE_READONLY || protection == PAGE_READWRITE || protection == PAGE_EXECUTE ||
           protection == PAGE_WRITECOPY || protection == PAGE_EXECUTE_READ || protection == PAGE_EXECUTE_READWRITE;
}

static NTSTATUS check_new(const LARGE_INTEGER *size, ULONG protection, ULONG allocation, HANDLE file)
{
    if (file || allocation & SEC_IMAGE)
        return STATUS_INVALID_FILE_FOR_SECTION;
    if (!known_protection(protection & 0xFF))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (!(allocation & (SEC_COMMIT | SEC_RESERVE)))
        return STATUS_INVALID_PARAMETER_6;
    if (!size || size->QuadPart <= 0)
        return STATUS_INVALID_PARAMETER_4;
    return size->QuadPart > (LONGLONG)MAX_SECTION_PAGES * MACHINE_PAGE ? STATUS_SECTION_TOO_BIG : STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwCreateSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                               POBJECT_ATTRIBUTES ObjectAttributes, PLARGE_INTEGER MaximumSize,
                               ULONG SectionPageProtection, ULONG AllocationAttributes, HANDLE FileHandle)
{
    NT_SERVICE(COST_SERVICE);
    const UNICODE_STRING *name = object_name(ObjectAttributes);
    NTSTATUS status = check_new(MaximumSize, SectionPageProtection, AllocationAttributes, FileHandle);
    struct section *section = name ? find(system, name) : NULL;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    *SectionHandle = NULL;
    if (!NT_SUCCESS(status))
        return status;
    if (section) {
        if (!(ObjectAttributes->Attributes & OBJ_OPENIF))
            return STATUS_OBJECT_NAME_COLLISION;
        status = handle_give(system, &section->object, SectionHandle);
        return NT_SUCCESS(status) ? STATUS_OBJECT_NAME_EXISTS : status;
    }
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    section = create(system, name, (size_t)(MaximumSize->QuadPart + MACHINE_PAGE - 1) / MACHINE_PAGE,
                     SectionPageProtection & 0xFF);
    if (!section)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = handle_give(system, &section->object, SectionHandle);
    object_release(system, &section->object); // the handle's reference stays, if there is one
    return status;
}

NTSTATUS NTAPI ZwOpenSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes)
{
    NT_SERVICE(COST_SERVICE);
    const UNICODE_STRING *name = object_name(ObjectAttributes);
    struct section *section = name ? find(system, name) : NULL;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    *SectionHandle = NULL;
    if (!name)
        return STATUS_OBJECT_NAME_INVALID;
    if (!section)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return handle_give(system, &section->object, SectionHandle);
}

// ---- views --------------------------------------------------------------------------------------

static NTSTATUS view_pages(const struct section *section, uint64_t offset, SIZE_T wanted, size_t *pages)
{
    uint64_t room = (uint64_t)section->pages * MACHINE_PAGE;

    if (offset >= room || wanted > room - offset)
        return STATUS_INVALID_VIEW_SIZE;
    *pages = (size_t)(((wanted ? wanted : room - offset) + MACHINE_PAGE - 1) / MACHINE_PAGE);
    return STATUS_SUCCESS;
}

static NTSTATUS map(struct ps_system *system, struct section *section, uint64_t offset, PSIZE_T size,
                    PVOID *base, const void *caller)
{
    struct view *view;
    size_t pages;
    NTSTATUS status = view_pages(section, offset, *size, &pages);

    if (!NT_SUCCESS(status))
        return status;
    view = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*view));
    if (!view)
        return STATUS_INSUFFICIENT_RESOURCES;
    *view = (struct view){.section = section, .pages = pages, .caller = caller};
    view->base = view_map(system->machine, section->pfns + offset / MACHINE_PAGE, pages, MmCached, false);
    if (!view->base) {
        arena_free(system->arena, view, sizeof(*view));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (section->protection == PAGE_READONLY || section->protection == PAGE_EXECUTE_READ)
        view_protect(system->machine, view->base, pages, VIEW_ACCESS_READ);
    section->object.references++;
    list_push_back(&system->kernel->views, &view->link);
    *base = view->base;
    *size = pages * MACHINE_PAGE;
    return STATUS_SUCCESS;
}

static void unmap(struct ps_system *system, struct view *view)
{
    list_remove(&view->link);
    view_unmap(system->machine, view->base, view->pages);
    object_release(system, &view->section->object);
    arena_free(system->arena, view, sizeof(*view));
}

// Any address inside a view names it, as documented.
static struct view *view_at(struct ps_system *system, const void *address)
{
    LIST_EACH(link, &system->kernel->views)
    {
        struct view *view = LIST_OBJECT(link, struct view, link);

        if ((uintptr_t)address - (uintptr_t)view->base < view->pages * MACHINE_PAGE)
            return view;
    }
    return NULL;
}

static struct section *section_of(struct object *object)
{
    return object && object->type == OBJECT_TYPE_SECTION ? LIST_OBJECT(object, struct section, object) : NULL;
}

NTSTATUS NTAPI ZwMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID *BaseAddress,
                                  ULONG_PTR ZeroBits, SIZE_T CommitSize, PLARGE_INTEGER SectionOffset,
                                  PSIZE_T ViewSize, SECTION_INHERIT InheritDisposition,
                                  ULONG AllocationType, ULONG Win32Protect)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = handle_object(system, SectionHandle);
    struct section *section = section_of(object);
    uint64_t offset = SectionOffset ? (uint64_t)SectionOffset->QuadPart & ~(uint64_t)(GRANULARITY - 1) : 0;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (!section)
        return object ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_INVALID_HANDLE;
    if (ProcessHandle != NtCurrentProcess())
        return STATUS_INVALID_HANDLE;
    if (!known_protection(Win32Protect & 0xFF))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (*BaseAddress)
        return STATUS_CONFLICTING_ADDRESSES;
    if (Win32Protect & PAGE_READWRITE && section->protection == PAGE_READONLY)
        return STATUS_SECTION_PROTECTION;
    status = map(system, section, offset, ViewSize, BaseAddress, CALLER);
    if (NT_SUCCESS(status) && SectionOffset)
        SectionOffset->QuadPart = (LONGLONG)offset;
    return status;
}

NTSTATUS NTAPI ZwUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress)
{
    NT_SERVICE(COST_SERVICE);
    struct view *view = view_at(system, BaseAddress);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (ProcessHandle != NtCurrentProcess())
        return STATUS_INVALID_HANDLE;
    if (!view)
        return STATUS_NOT_MAPPED_VIEW;
    unmap(system, view);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID Section, PVOID *MappedBase, PSIZE_T ViewSize)
{
    NT_SERVICE(COST_SERVICE);
    struct section *section = section_of(object_find(system, Section));

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return section ? map(system, section, 0, ViewSize, MappedBase, CALLER) : STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID MappedBase)
{
    return ZwUnmapViewOfSection(NtCurrentProcess(), MappedBase);
}

// An image goes: views that it mapped are told.
void sections_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller), void *context)
{
    LIST_EACH_SAFE(link, &system->kernel->views)
    {
        struct view *view = LIST_OBJECT(link, struct view, link);

        if (!owned(context, view->caller))
            continue;
        kernel_misuse(system, "VF-67", view->caller, CODE_VERIFIER, 0x62, (uintptr_t)view->base, 0, 1,
                      "the driver is unloaded with a view of a section mapped");
        unmap(system, view);
    }
}
