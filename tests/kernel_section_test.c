// SPDX-License-Identifier: MIT
//
// Sections and their views, events by handle, security descriptors.
#include "ps_test.h"

#include <detail/section.h>
#include <detail/security.h>

#include "kernel_fixture.h"

static UNICODE_STRING shared_name;
static OBJECT_ATTRIBUTES shared;

static void name_it(PCWSTR text, ULONG attributes)
{
    RtlInitUnicodeString(&shared_name, text);
    InitializeObjectAttributes(&shared, &shared_name, attributes, NULL, NULL);
}

static NTSTATUS create(HANDLE *section, LONGLONG bytes, ULONG protection)
{
    LARGE_INTEGER size = {.QuadPart = bytes};

    return ZwCreateSection(section, SECTION_ALL_ACCESS, &shared, &size, protection, SEC_COMMIT, NULL);
}

static NTSTATUS map(HANDLE section, LONGLONG from, SIZE_T *size, char **base)
{
    LARGE_INTEGER offset = {.QuadPart = from};
    PVOID view = NULL;
    NTSTATUS status = ZwMapViewOfSection(section, ZwCurrentProcess(), &view, 0, 0, &offset, size, ViewUnmap, 0,
                                         PAGE_READWRITE);

    *base = view;
    return status;
}

// ---- sections -----------------------------------------------------------------------------------

static void two_views(void *argument)
{
    HANDLE section, again;
    SIZE_T whole = 0, part = 100;
    char *one, *two;

    name_it(u"\\BaseNamedObjects\\Ring", OBJ_CASE_INSENSITIVE);
    assert_int_equal(create(&section, 0x18001, PAGE_READWRITE), STATUS_SUCCESS);
    name_it(u"\\BaseNamedObjects\\RING", OBJ_CASE_INSENSITIVE);
    assert_int_equal(ZwOpenSection(&again, SECTION_ALL_ACCESS, &shared), STATUS_SUCCESS);
    assert_int_equal(map(section, 0, &whole, &one), STATUS_SUCCESS);
    assert_int_equal(whole, 0x19000);
    assert_int_equal(one[0x18FFF], 0);
    assert_int_equal(map(again, 0x1FFFF, &part, &two), STATUS_SUCCESS); // its offset is rounded down
    assert_int_equal(part, 0x1000);
    assert_ptr_not_equal(one, two);
    one[0x10000 + 5] = 'x';
    assert_int_equal(two[5], 'x');
    ZwClose(section);
    ZwClose(again);
    assert_int_equal(ZwUnmapViewOfSection(ZwCurrentProcess(), one + 77), STATUS_SUCCESS); // any address of it
    two[6] = 'y';
    assert_int_equal(ZwOpenSection(&again, SECTION_ALL_ACCESS, &shared), STATUS_SUCCESS); // a view keeps it
    ZwClose(again);
    assert_int_equal(ZwUnmapViewOfSection(ZwCurrentProcess(), two), STATUS_SUCCESS);
    assert_int_equal(ZwUnmapViewOfSection(ZwCurrentProcess(), two), STATUS_NOT_MAPPED_VIEW);
    assert_int_equal(ZwOpenSection(&again, SECTION_ALL_ACCESS, &shared), STATUS_OBJECT_NAME_NOT_FOUND);
}

PS_TEST(views_of_a_section_show_the_same_memory, "SV-133")
{
    struct kernel_rig rig = kernel_rig_new(1, chooser_round_robin());
    size_t pages = memory_allocated_pages(rig.system->machine);

    kernel_rig_thread(&rig, "test", two_views, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(memory_allocated_pages(rig.system->machine), pages);
    kernel_rig_clean(&rig);
}

static void refusals(void *argument)
{
    LARGE_INTEGER size = {.QuadPart = 4096};
    HANDLE section, other, event;
    SIZE_T bytes = 0;
    char *base;

    name_it(u"\\BaseNamedObjects\\Once", 0);
    assert_int_equal(create(&section, 0, PAGE_READWRITE), STATUS_INVALID_PARAMETER_4);
    assert_int_equal(create(&section, 1ll << 40, PAGE_READWRITE), STATUS_SECTION_TOO_BIG);
    assert_int_equal(create(&section, 4096, 0), STATUS_INVALID_PAGE_PROTECTION);
    assert_int_equal(ZwCreateSection(&section, 0, &shared, &size, PAGE_READWRITE, 0, NULL), STATUS_INVALID_PARAMETER_6);
    assert_int_equal(ZwCreateSection(&section, 0, &shared, &size, PAGE_READWRITE, SEC_COMMIT, (HANDLE)4),
                     STATUS_INVALID_FILE_FOR_SECTION);
    assert_int_equal(create(&section, 4096, PAGE_READONLY), STATUS_SUCCESS);
    assert_int_equal(create(&other, 4096, PAGE_READWRITE), STATUS_OBJECT_NAME_COLLISION);
    shared.Attributes = OBJ_OPENIF;
    assert_int_equal(create(&other, 4096, PAGE_READWRITE), STATUS_OBJECT_NAME_EXISTS);
    assert_int_equal(map(section, 0, &bytes, &base), STATUS_SECTION_PROTECTION);
    ZwClose(other);
    ZwClose(section);
    assert_int_equal(create(&section, 4096, PAGE_READWRITE), STATUS_SUCCESS);
    bytes = 4097;
    assert_int_equal(map(section, 0, &bytes, &base), STATUS_INVALID_VIEW_SIZE);
    bytes = 0;
    assert_int_equal(map(section, 0x10000, &bytes, &base), STATUS_INVALID_VIEW_SIZE);
    assert_int_equal(map((HANDLE)0x4444, 0, &bytes, &base), STATUS_INVALID_HANDLE);
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_int_equal(map(event, 0, &bytes, &base), STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(event);
    ZwClose(section);
}

PS_TEST(sections_refuse_what_does_not_fit, "SV-133")
{
    struct kernel_rig rig = kernel_rig_do(refusals, NULL);

    kernel_rig_clean(&rig);
}

static void system_space(void *argument)
{
    PVOID base, object;
    HANDLE section;
    SIZE_T bytes = 0;

    name_it(u"", 0);
    assert_int_equal(create(&section, 8192, PAGE_READWRITE), STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByHandle(section, SECTION_ALL_ACCESS, NULL, KernelMode, &object, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(MmMapViewInSystemSpace(object, &base, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 8192);
    memset(base, 1, bytes);
    assert_int_equal(MmUnmapViewInSystemSpace(base), STATUS_SUCCESS);
    assert_int_equal(ZwMakeTemporaryObject(section), STATUS_SUCCESS);
    ObDereferenceObject(object);
    ZwClose(section);
    assert_int_equal(ZwMakeTemporaryObject(section), STATUS_INVALID_HANDLE);
}

PS_TEST(a_section_without_a_name_is_mapped_by_its_object, "SV-133", "SV-134")
{
    struct kernel_rig rig = kernel_rig_do(system_space, NULL);

    kernel_rig_clean(&rig);
}

static void section_at_dispatch(void *argument)
{
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);

    ZwUnmapViewOfSection(ZwCurrentProcess(), NULL);
    KeLowerIrql(old);
}

PS_TEST(sections_are_for_passive_level, "SV-133", "VF-103")
{
    kernel_rig_misuse(section_at_dispatch, "VF-103", 0xC4, 0x2001F);
}

// ---- events by handle ---------------------------------------------------------------------------

static HANDLE ready;

static void waits(void *argument)
{
    LARGE_INTEGER soon = relative_ms(1);
    HANDLE again;
    LONG before;

    name_it(u"\\BaseNamedObjects\\Ready", 0);
    assert_int_equal(ZwCreateEvent(&ready, EVENT_ALL_ACCESS, &shared, SynchronizationEvent, FALSE), STATUS_SUCCESS);
    assert_int_equal(ZwCreateEvent(&again, EVENT_ALL_ACCESS, &shared, SynchronizationEvent, FALSE),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(ZwWaitForSingleObject(ready, FALSE, &soon), STATUS_TIMEOUT);
    assert_int_equal(ZwOpenEvent(&again, EVENT_ALL_ACCESS, &shared), STATUS_SUCCESS);
    assert_int_equal(ZwSetEvent(again, &before), STATUS_SUCCESS);
    assert_int_equal(before, 0);
    assert_int_equal(ZwWaitForSingleObject(ready, FALSE, NULL), STATUS_SUCCESS);
    assert_int_equal(ZwWaitForSingleObject(ready, FALSE, &soon), STATUS_TIMEOUT); // it has reset itself
    ZwSetEvent(ready, NULL);
    assert_int_equal(ZwResetEvent(ready, &before), STATUS_SUCCESS);
    assert_int_equal(before, 1);
    ZwSetEvent(ready, NULL);
    assert_int_equal(ZwClearEvent(again), STATUS_SUCCESS);
    assert_int_equal(ZwWaitForSingleObject(ready, FALSE, &soon), STATUS_TIMEOUT);
    ZwClose(again);
    ZwClose(ready);
    assert_int_equal(ZwOpenEvent(&again, EVENT_ALL_ACCESS, &shared), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwSetEvent(ready, NULL), STATUS_INVALID_HANDLE);
}

PS_TEST(events_are_shared_by_name_and_waited_for_by_handle, "SV-134")
{
    struct kernel_rig rig = kernel_rig_do(waits, NULL);

    kernel_rig_clean(&rig);
}

// ---- security -----------------------------------------------------------------------------------

PS_TEST(security_descriptors_are_made_and_checked, "SV-135")
{
    SID_IDENTIFIER_AUTHORITY world = {SECURITY_WORLD_SID_AUTHORITY};
    SECURITY_DESCRIPTOR descriptor;
    ULONG sid[3], list[8];
    BOOLEAN present, defaulted;
    PACL acl = (PACL)list, got;

    assert_int_equal(RtlLengthRequiredSid(1), 12);
    assert_int_equal(RtlInitializeSid(sid, &world, 16), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlInitializeSid(sid, &world, 1), STATUS_SUCCESS);
    *RtlSubAuthoritySid(sid, 0) = SECURITY_WORLD_RID;
    assert_true(RtlValidSid(sid) && RtlEqualSid(sid, sid));
    assert_int_equal(RtlCreateAcl(acl, 7, ACL_REVISION), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlCreateAcl(acl, 30, ACL_REVISION), STATUS_SUCCESS);
    assert_int_equal(acl->AclSize, 28);
    assert_int_equal(RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, sid), STATUS_SUCCESS);
    assert_int_equal(RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_ALL, sid), STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_int_equal(list[2], 20 << 16);
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION), STATUS_SUCCESS);
    assert_int_equal(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, acl, FALSE), STATUS_SUCCESS);
    assert_int_equal(RtlSetOwnerSecurityDescriptor(&descriptor, sid, FALSE), STATUS_SUCCESS);
    assert_int_equal(RtlLengthSecurityDescriptor(&descriptor), 40 + 12 + 28);
    assert_true(RtlValidSecurityDescriptor(&descriptor));
    assert_int_equal(RtlGetDaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    assert_true(present && got == acl && !defaulted);
    acl->AceCount = 2;
    assert_false(RtlValidSecurityDescriptor(&descriptor));
    assert_int_equal(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, NULL, FALSE), STATUS_SUCCESS);
    assert_true(RtlValidSecurityDescriptor(&descriptor));
}

static void set_security(void *argument)
{
    SECURITY_DESCRIPTOR descriptor;
    HANDLE event;

    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    assert_int_equal(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_int_equal(ZwSetSecurityObject(event, DACL_SECURITY_INFORMATION, &descriptor), STATUS_SUCCESS);
    descriptor.Revision = 7;
    assert_int_equal(ZwSetSecurityObject(event, DACL_SECURITY_INFORMATION, &descriptor), STATUS_INVALID_SECURITY_DESCR);
    ZwClose(event);
    assert_int_equal(ZwSetSecurityObject(event, DACL_SECURITY_INFORMATION, &descriptor), STATUS_INVALID_HANDLE);
}

PS_TEST(objects_take_valid_descriptors, "SV-135")
{
    struct kernel_rig rig = kernel_rig_do(set_security, NULL);

    kernel_rig_clean(&rig);
}
