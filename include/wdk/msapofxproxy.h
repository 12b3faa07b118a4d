/* SPDX-License-Identifier: MIT */
/* What drivers answer to the generic proxy of audio processing objects: effects and modes of a pin. */
#ifndef PORTSIDE_WDK_MSAPOFXPROXY_H
#define PORTSIDE_WDK_MSAPOFXPROXY_H

#include "ksmedia.h"

#define STATIC_KSPROPSETID_AudioEffectsDiscovery                                                       \
    0x0B217A72, 0x16B8, 0x4A4D, 0xBD, 0xED, 0xF9, 0xD6, 0xBB, 0xED, 0xCD, 0x8F
DEFINE_GUIDEX(KSPROPSETID_AudioEffectsDiscovery);
#define KSPROPSETID_AudioEffectsDiscovery KSPROPSETID_AudioEffectsDiscovery
typedef enum {
    KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST = 1
} KSPROPERTY_AUDIOEFFECTSDISCOVERY;

/* A pin factory and the signal-processing mode that is asked about. */
typedef struct tagKSP_PINMODE {
    KSP_PIN PinProperty;
    GUID AudioProcessingMode; /* AUDIO_SIGNALPROCESSINGMODE_... */
} KSP_PINMODE, *PKSP_PINMODE;

#endif
