// SPDX-License-Identifier: MIT
//
// Security descriptors, lists and identifiers in a driver's own memory (SV-135). They are made and checked; access is
// refused to nobody, for there is one client and it may do everything.
#include <detail/security.h>

#include "kernel/private.h"

// ---- identifiers --------------------------------------------------------------------------------

ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount)
{
    return (ULONG)offsetof(SID, SubAuthority) + SubAuthorityCount * (ULONG)sizeof(ULONG);
}

ULONG NTAPI RtlLengthSid(PSID Sid)
{
    return RtlLengthRequiredSid(((PISID)Sid)->SubAuthorityCount);
}

BOOLEAN NTAPI RtlValidSid(PSID Sid)
{
    PISID sid = Sid;

    return sid && sid->Revision == SID_REVISION && sid->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

BOOLEAN NTAPI RtlEqualSid(PSID Sid1, PSID Sid2)
{
    return RtlLengthSid(Sid1) == RtlLengthSid(Sid2) && !memcmp(Sid1, Sid2, RtlLengthSid(Sid1));
}

NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                UCHAR SubAuthorityCount)
{
    PISID sid = Sid;

    if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_PARAMETER;
    sid->Revision = SID_REVISION;
    sid->SubAuthorityCount = SubAuthorityCount;
    sid->IdentifierAuthority = *IdentifierAuthority;
    return STATUS_SUCCESS;
}

PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG SubAuthority)
{
    return &((PISID)Sid)->SubAuthority[SubAuthority];
}

// ---- lists --------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG AclLength, ULONG AclRevision)
{
    if (AclLength < sizeof(ACL))
        return STATUS_BUFFER_TOO_SMALL;
    if (AclRevision < ACL_REVISION || AclRevision > 4 || AclLength > UINT16_MAX)
        return STATUS_INVALID_PARAMETER;
    *Acl = (ACL){.AclRevision = (UCHAR)AclRevision, .AclSize = (USHORT)(AclLength & ~3u)};
    return STATUS_SUCCESS;
}

// How many bytes its entries take; 0: they do not stand in it.
static ULONG bytes_used(const ACL *acl)
{
    ULONG used = sizeof(ACL);

    for (USHORT i = 0; i < acl->AceCount; i++) {
        ACE_HEADER entry;

        if (used + sizeof(entry) > acl->AclSize)
            return 0;
        memcpy(&entry, (const char *)acl + used, sizeof(entry));
        if (entry.AceSize < sizeof(entry) || entry.AceSize > acl->AclSize - used)
            return 0;
        used += entry.AceSize;
    }
    return used;
}

static bool valid_acl(const ACL *acl)
{
    return acl->AclRevision >= ACL_REVISION && acl->AclRevision <= 4 && acl->AclSize >= sizeof(ACL) &&
           bytes_used(acl);
}

NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG AceRevision, ACCESS_MASK AccessMask, PSID Sid)
{
    ACCESS_ALLOWED_ACE head = {.Header = {.AceType = ACCESS_ALLOWED_ACE_TYPE}, .Mask = AccessMask};
    const ULONG before_sid = offsetof(ACCESS_ALLOWED_ACE, SidStart);
    ULONG used, size;

    if (!RtlValidSid(Sid))
        return STATUS_INVALID_SID;
    if (!valid_acl(Acl))
        return STATUS_INVALID_ACL;
    if (AceRevision > Acl->AclRevision)
        return STATUS_REVISION_MISMATCH;
    used = bytes_used(Acl);
    size = before_sid + RtlLengthSid(Sid);
    if (size > Acl->AclSize - used)
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    head.Header.AceSize = (USHORT)size;
    memcpy((char *)Acl + used, &head, before_sid);
    memcpy((char *)Acl + used + before_sid, Sid, RtlLengthSid(Sid));
    Acl->AceCount++;
    return STATUS_SUCCESS;
}

// ---- descriptors: absolute ones, which point to their parts -------------------------------------

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Revision)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;

    if (Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *descriptor = (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return STATUS_SUCCESS;
}

static NTSTATUS changeable(const SECURITY_DESCRIPTOR *descriptor)
{
    if (descriptor->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    return descriptor->Control & SE_SELF_RELATIVE ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;

    if (!descriptor || !NT_SUCCESS(changeable(descriptor)))
        return FALSE;
    if ((descriptor->Owner && !RtlValidSid(descriptor->Owner)) ||
        (descriptor->Group && !RtlValidSid(descriptor->Group)))
        return FALSE;
    return !(descriptor->Control & SE_DACL_PRESENT) || !descriptor->Dacl || valid_acl(descriptor->Dacl);
}

static ULONG rounded(ULONG bytes)
{
    return (bytes + 3) & ~3u;
}

// What it takes with everything that it points to.
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    ULONG bytes = sizeof(*descriptor);

    bytes += descriptor->Owner ? rounded(RtlLengthSid(descriptor->Owner)) : 0;
    bytes += descriptor->Group ? rounded(RtlLengthSid(descriptor->Group)) : 0;
    if (descriptor->Control & SE_DACL_PRESENT && descriptor->Dacl)
        bytes += rounded(descriptor->Dacl->AclSize);
    if (descriptor->Control & SE_SACL_PRESENT && descriptor->Sacl)
        bytes += rounded(descriptor->Sacl->AclSize);
    return bytes;
}

static void put_flag(PISECURITY_DESCRIPTOR descriptor, USHORT flag, BOOLEAN set)
{
    descriptor->Control = (USHORT)(set ? descriptor->Control | flag : descriptor->Control & ~flag);
}

NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, BOOLEAN DaclPresent,
                                            PACL Dacl, BOOLEAN DaclDefaulted)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;
    NTSTATUS status = changeable(descriptor);

    if (!NT_SUCCESS(status))
        return status;
    put_flag(descriptor, SE_DACL_PRESENT, DaclPresent);
    put_flag(descriptor, SE_DACL_DEFAULTED, DaclPresent && DaclDefaulted);
    if (DaclPresent)
        descriptor->Dacl = Dacl;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PBOOLEAN DaclPresent,
                                            PACL *Dacl, PBOOLEAN DaclDefaulted)
{
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    NTSTATUS status = changeable(descriptor);

    if (!NT_SUCCESS(status))
        return status;
    *DaclPresent = (descriptor->Control & SE_DACL_PRESENT) != 0;
    if (*DaclPresent) {
        *Dacl = descriptor->Dacl;
        *DaclDefaulted = (descriptor->Control & SE_DACL_DEFAULTED) != 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID Owner,
                                             BOOLEAN OwnerDefaulted)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;
    NTSTATUS status = changeable(descriptor);

    if (!NT_SUCCESS(status))
        return status;
    descriptor->Owner = Owner;
    put_flag(descriptor, SE_OWNER_DEFAULTED, OwnerDefaulted);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID Group,
                                             BOOLEAN GroupDefaulted)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;
    NTSTATUS status = changeable(descriptor);

    if (!NT_SUCCESS(status))
        return status;
    descriptor->Group = Group;
    put_flag(descriptor, SE_GROUP_DEFAULTED, GroupDefaulted);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                   PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (!handle_object(system, Handle))
        return STATUS_INVALID_HANDLE;
    if (!SecurityDescriptor)
        return STATUS_ACCESS_VIOLATION;
    return RtlValidSecurityDescriptor(SecurityDescriptor) ? STATUS_SUCCESS : STATUS_INVALID_SECURITY_DESCR;
}
