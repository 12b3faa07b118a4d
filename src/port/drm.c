// SPDX-License-Identifier: MIT
//
// Protected content (AD-80): only the default rights exist, those of content 0, and they forbid nothing. The Pc...
// functions and IDrmPort(2) of every port are the same thing. PASSIVE_LEVEL.
#include "port/port_extras.h"

static NTSTATUS known(ULONG content)
{
    return content ? STATUS_NOT_IMPLEMENTED : STATUS_SUCCESS;
}

NTSTATUS NTAPI PcAddContentHandlers(ULONG content, PVOID *handlers, ULONG count)
{
    if (count && !handlers)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(known(content));
}

// A mix of unprotected content is unprotected.
NTSTATUS NTAPI PcCreateContentMixed(PULONG contents, ULONG count, PULONG mixed)
{
    if (!mixed || !contents || !count)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *mixed = 0;
    for (ULONG i = 0; i < count; i++)
        if (contents[i])
            return NT_TELL(STATUS_NOT_IMPLEMENTED);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcDestroyContent(ULONG content)
{
    return known(content);
}

NTSTATUS NTAPI PcForwardContentToDeviceObject(ULONG content, PVOID reserved, PCDRMFORWARD forward)
{
    if (reserved || !forward)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(known(content));
}

NTSTATUS NTAPI PcForwardContentToFileObject(ULONG content, PFILE_OBJECT file)
{
    return NT_TELL(file ? known(content) : STATUS_INVALID_PARAMETER);
}

NTSTATUS NTAPI PcForwardContentToInterface(ULONG content, PUNKNOWN unknown, ULONG methods)
{
    (void)methods;
    return unknown ? known(content) : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcGetContentRights(ULONG content, PDRMRIGHTS rights)
{
    if (!rights)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *rights = (DRMRIGHTS){FALSE, 0, FALSE};
    return NT_TELL(known(content));
}

// ---- IDrmPort2 ---------------------------------------------------------------------------------------

EXTRA_METHODS(drm, drm, IDrmPort2)

static NTSTATUS NTAPI drm_mix(IDrmPort2 *This, PULONG contents, ULONG count, PULONG mixed)
{
    (void)This;
    return PcCreateContentMixed(contents, count, mixed);
}

static NTSTATUS NTAPI drm_destroy(IDrmPort2 *This, ULONG content)
{
    (void)This;
    return PcDestroyContent(content);
}

static NTSTATUS NTAPI drm_to_file(IDrmPort2 *This, ULONG content, PFILE_OBJECT file)
{
    (void)This;
    return PcForwardContentToFileObject(content, file);
}

static NTSTATUS NTAPI drm_to_interface(IDrmPort2 *This, ULONG content, PUNKNOWN unknown,
                                       ULONG methods)
{
    (void)This;
    return PcForwardContentToInterface(content, unknown, methods);
}

static NTSTATUS NTAPI drm_rights(IDrmPort2 *This, ULONG content, PDRMRIGHTS rights)
{
    (void)This;
    return PcGetContentRights(content, rights);
}

static NTSTATUS NTAPI drm_handlers(IDrmPort2 *This, ULONG content, PVOID *handlers, ULONG count)
{
    (void)This;
    return PcAddContentHandlers(content, handlers, count);
}

static NTSTATUS NTAPI drm_to_device(IDrmPort2 *This, ULONG content, PVOID reserved,
                                    PCDRMFORWARD forward)
{
    (void)This;
    return PcForwardContentToDeviceObject(content, reserved, forward);
}

const IDrmPort2Vtbl port_drm_vtbl = {
    .QueryInterface = drm_query,
    .AddRef = drm_addref,
    .Release = drm_release,
    .CreateContentMixed = drm_mix,
    .DestroyContent = drm_destroy,
    .ForwardContentToFileObject = drm_to_file,
    .ForwardContentToInterface = drm_to_interface,
    .GetContentRights = drm_rights,
    .AddContentHandlers = drm_handlers,
    .ForwardContentToDeviceObject = drm_to_device,
};
