/* SPDX-License-Identifier: MIT */
/*
 * KMDF's I/O targets and requests, as audio drivers name them for devices that send audio past the processor. No such
 * device is here: WdfIoTargetCreate and WdfRequestCreate refuse (STATUS_NOT_SUPPORTED), and what needs their handles
 * fails in the same way.
 */
#ifndef PORTSIDE_WDK_WDFTARGET_H
#define PORTSIDE_WDK_WDFTARGET_H

#include "wdfobject.h"

typedef struct WDFIOTARGET__ *WDFIOTARGET;
typedef struct WDFREQUEST__ *WDFREQUEST;

#define WDF_ABS_TIMEOUT_IN_MS(time) ((ULONGLONG)(time) * 10 * 1000)
#define WDF_ABS_TIMEOUT_IN_SEC(time) WDF_ABS_TIMEOUT_IN_MS((ULONGLONG)(time) * 1000)
#define WDF_REL_TIMEOUT_IN_MS(time) (-(LONGLONG)WDF_ABS_TIMEOUT_IN_MS(time))
#define WDF_REL_TIMEOUT_IN_SEC(time) (-(LONGLONG)WDF_ABS_TIMEOUT_IN_SEC(time))

/* ---- memory descriptors ------------------------------------------------------------------------------- */

typedef enum _WDF_MEMORY_DESCRIPTOR_TYPE {
    WdfMemoryDescriptorTypeInvalid,
    WdfMemoryDescriptorTypeBuffer,
    WdfMemoryDescriptorTypeMdl,
    WdfMemoryDescriptorTypeHandle
} WDF_MEMORY_DESCRIPTOR_TYPE;

typedef struct _WDFMEMORY_OFFSET {
    size_t BufferOffset;
    size_t BufferLength;
} WDFMEMORY_OFFSET, *PWDFMEMORY_OFFSET;

typedef struct _WDF_MEMORY_DESCRIPTOR {
    WDF_MEMORY_DESCRIPTOR_TYPE Type;
    union {
        struct {
            PVOID Buffer;
            ULONG Length;
        } BufferType;
        struct {
            PMDL Mdl;
            ULONG BufferLength;
        } MdlType;
        struct {
            WDFMEMORY Memory;
            PWDFMEMORY_OFFSET Offsets;
        } HandleType;
    } u;
} WDF_MEMORY_DESCRIPTOR, *PWDF_MEMORY_DESCRIPTOR;

WDK_INLINE VOID WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(PWDF_MEMORY_DESCRIPTOR Descriptor, PVOID Buffer, ULONG BufferLength)
{
    RtlZeroMemory(Descriptor, sizeof(*Descriptor));
    Descriptor->Type = WdfMemoryDescriptorTypeBuffer;
    Descriptor->u.BufferType.Buffer = Buffer;
    Descriptor->u.BufferType.Length = BufferLength;
}

/* ---- requests ----------------------------------------------------------------------------------------- */

typedef enum _WDF_REQUEST_TYPE {
    WdfRequestTypeCreate,
    WdfRequestTypeRead = 3,
    WdfRequestTypeWrite,
    WdfRequestTypeDeviceControl = 14,
    WdfRequestTypeDeviceControlInternal
} WDF_REQUEST_TYPE;

typedef struct _WDF_REQUEST_COMPLETION_PARAMS {
    ULONG Size;
    WDF_REQUEST_TYPE Type;
    IO_STATUS_BLOCK IoStatus;
    union {
        struct {
            ULONG IoControlCode;
            struct {
                WDFMEMORY Buffer;
                size_t Offset;
                size_t Length;
            } Input, Output;
        } Ioctl;
    } Parameters;
} WDF_REQUEST_COMPLETION_PARAMS, *PWDF_REQUEST_COMPLETION_PARAMS;

typedef VOID NTAPI EVT_WDF_REQUEST_COMPLETION_ROUTINE(WDFREQUEST Request, WDFIOTARGET Target,
                                                      PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context);
typedef EVT_WDF_REQUEST_COMPLETION_ROUTINE *PFN_WDF_REQUEST_COMPLETION_ROUTINE;

#define WDF_REQUEST_REUSE_NO_FLAGS 0x00000000
#define WDF_REQUEST_REUSE_SET_NEW_IRP 0x00000001
#define WDF_REQUEST_SEND_OPTION_TIMEOUT 0x00000001
#define WDF_REQUEST_SEND_OPTION_SYNCHRONOUS 0x00000002
#define WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE 0x00000004
#define WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET 0x00000008

typedef struct _WDF_REQUEST_REUSE_PARAMS {
    ULONG Size;
    ULONG Flags;
    NTSTATUS Status;
    PIRP NewIrp;
} WDF_REQUEST_REUSE_PARAMS, *PWDF_REQUEST_REUSE_PARAMS;

typedef struct _WDF_REQUEST_SEND_OPTIONS {
    ULONG Size;
    ULONG Flags;
    LONGLONG Timeout;
} WDF_REQUEST_SEND_OPTIONS, *PWDF_REQUEST_SEND_OPTIONS;

WDK_INLINE VOID WDF_REQUEST_COMPLETION_PARAMS_INIT(PWDF_REQUEST_COMPLETION_PARAMS Params)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
}

WDK_INLINE VOID WDF_REQUEST_REUSE_PARAMS_INIT(PWDF_REQUEST_REUSE_PARAMS Params, ULONG Flags, NTSTATUS Status)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Flags = Flags;
    Params->Status = Status;
}

WDK_INLINE VOID WDF_REQUEST_SEND_OPTIONS_INIT(PWDF_REQUEST_SEND_OPTIONS Options, ULONG Flags)
{
    RtlZeroMemory(Options, sizeof(*Options));
    Options->Size = sizeof(*Options);
    Options->Flags = Flags;
}

/* ---- targets ------------------------------------------------------------------------------------------ */

typedef NTSTATUS NTAPI EVT_WDF_IO_TARGET_QUERY_REMOVE(WDFIOTARGET IoTarget);
typedef VOID NTAPI EVT_WDF_IO_TARGET_REMOVE_CANCELED(WDFIOTARGET IoTarget);
typedef VOID NTAPI EVT_WDF_IO_TARGET_REMOVE_COMPLETE(WDFIOTARGET IoTarget);

typedef enum _WDF_IO_TARGET_OPEN_TYPE {
    WdfIoTargetOpenUndefined,
    WdfIoTargetOpenUseExistingDevice,
    WdfIoTargetOpenByName,
    WdfIoTargetOpenReopen
} WDF_IO_TARGET_OPEN_TYPE;

typedef enum _WDF_IO_TARGET_PURGE_IO_ACTION {
    WdfIoTargetPurgeUndefined,
    WdfIoTargetPurgeIoAndWait,
    WdfIoTargetPurgeIo
} WDF_IO_TARGET_PURGE_IO_ACTION;

typedef struct _WDF_IO_TARGET_OPEN_PARAMS {
    ULONG Size;
    WDF_IO_TARGET_OPEN_TYPE Type;
    EVT_WDF_IO_TARGET_QUERY_REMOVE *EvtIoTargetQueryRemove;
    EVT_WDF_IO_TARGET_REMOVE_CANCELED *EvtIoTargetRemoveCanceled;
    EVT_WDF_IO_TARGET_REMOVE_COMPLETE *EvtIoTargetRemoveComplete;
    PDEVICE_OBJECT TargetDeviceObject;
    PFILE_OBJECT TargetFileObject;
    UNICODE_STRING TargetDeviceName;
    ACCESS_MASK DesiredAccess;
    ULONG ShareAccess;
    ULONG FileAttributes;
    ULONG CreateDisposition;
    ULONG CreateOptions;
    PVOID EaBuffer;
    ULONG EaBufferLength;
    PLONGLONG AllocationSize;
} WDF_IO_TARGET_OPEN_PARAMS, *PWDF_IO_TARGET_OPEN_PARAMS;

WDK_INLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                            PCUNICODE_STRING TargetDeviceName,
                                                            ACCESS_MASK DesiredAccess)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Type = WdfIoTargetOpenByName;
    Params->TargetDeviceName = *TargetDeviceName;
    Params->DesiredAccess = DesiredAccess;
}

/* Refusals; a parameter is named by its type alone. */
#define WDK_WDF_REFUSES(name, ...)                                                                     \
    WDK_INLINE NTSTATUS name(__VA_ARGS__)                                                              \
    {                                                                                                  \
        return STATUS_NOT_SUPPORTED;                                                                   \
    }
#ifdef __cplusplus
#define WDK_UNUSED(name)
#else
#define WDK_UNUSED(name) name __attribute__((__unused__))
#endif
WDK_WDF_REFUSES(WdfIoTargetCreate, WDFDEVICE WDK_UNUSED(Device), PWDF_OBJECT_ATTRIBUTES WDK_UNUSED(Attributes),
                WDFIOTARGET *WDK_UNUSED(IoTarget))
WDK_WDF_REFUSES(WdfIoTargetOpen, WDFIOTARGET WDK_UNUSED(IoTarget), PWDF_IO_TARGET_OPEN_PARAMS WDK_UNUSED(Params))
WDK_WDF_REFUSES(WdfIoTargetFormatRequestForIoctl, WDFIOTARGET WDK_UNUSED(IoTarget), WDFREQUEST WDK_UNUSED(Request),
                ULONG WDK_UNUSED(IoctlCode), WDFMEMORY WDK_UNUSED(Input), PWDFMEMORY_OFFSET WDK_UNUSED(InputOffset),
                WDFMEMORY WDK_UNUSED(Output), PWDFMEMORY_OFFSET WDK_UNUSED(OutputOffset))
WDK_WDF_REFUSES(WdfIoTargetSendIoctlSynchronously, WDFIOTARGET WDK_UNUSED(IoTarget), WDFREQUEST WDK_UNUSED(Request),
                ULONG WDK_UNUSED(IoctlCode), PWDF_MEMORY_DESCRIPTOR WDK_UNUSED(Input),
                PWDF_MEMORY_DESCRIPTOR WDK_UNUSED(Output), PWDF_REQUEST_SEND_OPTIONS WDK_UNUSED(Options),
                PULONG_PTR WDK_UNUSED(BytesReturned))
WDK_WDF_REFUSES(WdfRequestCreate, PWDF_OBJECT_ATTRIBUTES WDK_UNUSED(Attributes), WDFIOTARGET WDK_UNUSED(IoTarget),
                WDFREQUEST *WDK_UNUSED(Request))
WDK_WDF_REFUSES(WdfRequestReuse, WDFREQUEST WDK_UNUSED(Request), PWDF_REQUEST_REUSE_PARAMS WDK_UNUSED(Params))
WDK_WDF_REFUSES(WdfRequestGetStatus, WDFREQUEST WDK_UNUSED(Request))
#undef WDK_WDF_REFUSES

WDK_INLINE VOID WdfIoTargetClose(WDFIOTARGET IoTarget)
{
    (void)IoTarget;
}

WDK_INLINE VOID WdfIoTargetPurge(WDFIOTARGET IoTarget, WDF_IO_TARGET_PURGE_IO_ACTION Action)
{
    (void)IoTarget, (void)Action;
}

WDK_INLINE PDEVICE_OBJECT WdfIoTargetWdmGetTargetPhysicalDevice(WDFIOTARGET IoTarget)
{
    (void)IoTarget;
    return NULL;
}

WDK_INLINE BOOLEAN WdfRequestSend(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_SEND_OPTIONS Options)
{
    (void)Request, (void)Target, (void)Options;
    return FALSE;
}

WDK_INLINE BOOLEAN WdfRequestCancelSentRequest(WDFREQUEST Request)
{
    (void)Request;
    return FALSE;
}

WDK_INLINE VOID WdfRequestSetCompletionRoutine(WDFREQUEST Request, PFN_WDF_REQUEST_COMPLETION_ROUTINE Routine,
                                               WDFCONTEXT Context)
{
    (void)Request, (void)Routine, (void)Context;
}

WDK_INLINE VOID WdfRequestGetCompletionParams(WDFREQUEST Request, PWDF_REQUEST_COMPLETION_PARAMS Params)
{
    (void)Request;
    WDF_REQUEST_COMPLETION_PARAMS_INIT(Params);
    Params->IoStatus.Status = STATUS_NOT_SUPPORTED;
}

WDK_INLINE ULONG_PTR WdfRequestGetInformation(WDFREQUEST Request)
{
    (void)Request;
    return 0;
}

#endif
