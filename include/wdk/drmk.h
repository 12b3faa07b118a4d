/* SPDX-License-Identifier: MIT */
/* Rights of protected content. Only the default rights exist here (AD-80). */
#ifndef PORTSIDE_WDK_DRMK_H
#define PORTSIDE_WDK_DRMK_H

#include "ksmedia.h"
#include "punknown.h"

typedef struct tagDRMRIGHTS {
    BOOL CopyProtect;
    ULONG Reserved;
    BOOL DigitalOutputDisable;
} DRMRIGHTS, *PDRMRIGHTS;
typedef const DRMRIGHTS *PCDRMRIGHTS;
#define DEFINE_DRMRIGHTS_DEFAULT(name) const DRMRIGHTS name = {FALSE, 0, FALSE}

typedef struct {
    ULONG Flags;
    PDEVICE_OBJECT DeviceObject;
    PFILE_OBJECT FileObject;
    PVOID Context;
} DRMFORWARD, *PDRMFORWARD;
typedef const DRMFORWARD *PCDRMFORWARD;

#define WDK_METHODS_IDrmAudioStream(M, R, T)                                                           \
    M(T, NTSTATUS, SetContentId, ULONG ContentId, PCDRMRIGHTS DrmRights)
WDK_INTERFACE(IDrmAudioStream, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IDrmAudioStream *PDRMAUDIOSTREAM;
#ifdef __cplusplus
#define IMP_IDrmAudioStream WDK_IMP(IDrmAudioStream)
#endif
DEFINE_GUID(IID_IDrmAudioStream, 0x1915C967, 0x3299, 0x48CB, 0xA3, 0xE4, 0x69, 0xFD, 0x1D, 0x1B, 0x30,
            0x6E);

#endif
