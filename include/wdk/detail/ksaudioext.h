/* SPDX-License-Identifier: MIT */
/*
 * Audio property sets of Windows 8 and later, and rarer ones of before: the audio engine, signal-processing modes,
 * audio modules, sound detectors, telephony, 3D sound, wave and AC-3 synthesis. Part of ksmedia.h.
 */
#ifndef PORTSIDE_WDK_KSAUDIOEXT_H
#define PORTSIDE_WDK_KSAUDIOEXT_H

/* ---- signal-processing modes --------------------------------------------------------------------- */

#define STATIC_AUDIO_SIGNALPROCESSINGMODE_DEFAULT                                                      \
    0xC18E2F7E, 0x933D, 0x4965, 0xB7, 0xD1, 0x1E, 0xEF, 0x22, 0x8D, 0x2A, 0xF3
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_DEFAULT);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_RAW                                                          \
    0x9E90EA20, 0xB493, 0x4FD1, 0xA1, 0xA8, 0x7E, 0x13, 0x61, 0xA9, 0x56, 0xCF
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_RAW);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS                                               \
    0x98951333, 0xB9CD, 0x48B1, 0xA0, 0xA3, 0xFF, 0x40, 0x68, 0x2D, 0x73, 0xF7
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_SPEECH                                                       \
    0xFC1CFC9B, 0xB9D6, 0x4CFA, 0xB5, 0xE0, 0x4B, 0xB2, 0x16, 0x68, 0x78, 0xB2
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_SPEECH);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_FAR_FIELD_SPEECH                                             \
    0x28941CBA, 0x3BE6, 0x4A78, 0x9A, 0x76, 0x30, 0xFD, 0x91, 0x55, 0x9B, 0x64
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_FAR_FIELD_SPEECH);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_NOTIFICATION                                                 \
    0x9CF2A70B, 0xF377, 0x403B, 0xBD, 0x6B, 0x36, 0x08, 0x63, 0xE0, 0x35, 0x5C
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_NOTIFICATION);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_MEDIA                                                        \
    0x4780004E, 0x7133, 0x41D8, 0x8C, 0x74, 0x66, 0x0D, 0xAD, 0xD2, 0xC0, 0xEE
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_MEDIA);
#define STATIC_AUDIO_SIGNALPROCESSINGMODE_MOVIE                                                        \
    0xB26FEB0D, 0xEC94, 0x477C, 0x94, 0x94, 0xD1, 0xAB, 0x8E, 0x75, 0x3F, 0x6E
DEFINE_GUIDEX(AUDIO_SIGNALPROCESSINGMODE_MOVIE);
#define STATIC_KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE                                                \
    0xE1F89EB5, 0x5F46, 0x419B, 0x96, 0x7B, 0xFF, 0x67, 0x70, 0xB9, 0x84, 0x01
DEFINE_GUIDEX(KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE);
#define STATIC_KSPROPSETID_AudioSignalProcessing                                                       \
    0x4F67B528, 0x30C9, 0x40DE, 0xB2, 0xFB, 0x85, 0x9D, 0xDD, 0x1F, 0x34, 0x70
DEFINE_GUIDEX(KSPROPSETID_AudioSignalProcessing);
typedef enum {
    KSPROPERTY_AUDIOSIGNALPROCESSING_MODES
} KSPROPERTY_AUDIOSIGNALPROCESSING;
typedef struct tagKSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE {
    KSATTRIBUTE AttributeHeader;
    GUID SignalProcessingMode;
} KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE, *PKSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE;

#define STATIC_AUDIO_EFFECT_TYPE_ACOUSTIC_ECHO_CANCELLATION                                            \
    0x6F64ADBE, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_ACOUSTIC_ECHO_CANCELLATION);
#define STATIC_AUDIO_EFFECT_TYPE_NOISE_SUPPRESSION                                                     \
    0x6F64ADBF, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_NOISE_SUPPRESSION);
#define STATIC_AUDIO_EFFECT_TYPE_AUTOMATIC_GAIN_CONTROL                                                \
    0x6F64ADC0, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_AUTOMATIC_GAIN_CONTROL);
#define STATIC_AUDIO_EFFECT_TYPE_BEAMFORMING                                                           \
    0x6F64ADC1, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_BEAMFORMING);
#define STATIC_AUDIO_EFFECT_TYPE_CONSTANT_TONE_REMOVAL                                                 \
    0x6F64ADC2, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_CONSTANT_TONE_REMOVAL);
#define STATIC_AUDIO_EFFECT_TYPE_EQUALIZER                                                             \
    0x6F64ADC3, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_EQUALIZER);
#define STATIC_AUDIO_EFFECT_TYPE_LOUDNESS_EQUALIZER                                                    \
    0x6F64ADC4, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_LOUDNESS_EQUALIZER);
#define STATIC_AUDIO_EFFECT_TYPE_BASS_BOOST                                                            \
    0x6F64ADC5, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_BASS_BOOST);
#define STATIC_AUDIO_EFFECT_TYPE_VIRTUAL_SURROUND                                                      \
    0x6F64ADC6, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_VIRTUAL_SURROUND);
#define STATIC_AUDIO_EFFECT_TYPE_VIRTUAL_HEADPHONES                                                    \
    0x6F64ADC7, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_VIRTUAL_HEADPHONES);
#define STATIC_AUDIO_EFFECT_TYPE_SPEAKER_FILL                                                          \
    0x6F64ADC8, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_SPEAKER_FILL);
#define STATIC_AUDIO_EFFECT_TYPE_ROOM_CORRECTION                                                       \
    0x6F64ADC9, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_ROOM_CORRECTION);
#define STATIC_AUDIO_EFFECT_TYPE_BASS_MANAGEMENT                                                       \
    0x6F64ADCA, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_BASS_MANAGEMENT);
#define STATIC_AUDIO_EFFECT_TYPE_ENVIRONMENTAL_EFFECTS                                                 \
    0x6F64ADCB, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_ENVIRONMENTAL_EFFECTS);
#define STATIC_AUDIO_EFFECT_TYPE_SPEAKER_PROTECTION                                                    \
    0x6F64ADCC, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_SPEAKER_PROTECTION);
#define STATIC_AUDIO_EFFECT_TYPE_SPEAKER_COMPENSATION                                                  \
    0x6F64ADCD, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_SPEAKER_COMPENSATION);
#define STATIC_AUDIO_EFFECT_TYPE_DYNAMIC_RANGE_COMPRESSION                                             \
    0x6F64ADCE, 0x8211, 0x11E2, 0x8C, 0x70, 0x2C, 0x27, 0xD7, 0xF0, 0x01, 0xFA
DEFINE_GUIDEX(AUDIO_EFFECT_TYPE_DYNAMIC_RANGE_COMPRESSION);

/* What a WaveRT pin says of its packets (DEVPKEY_KsAudio_PacketSize_Constraints). */
typedef struct _KSAUDIO_PACKETSIZE_SIGNALPROCESSINGMODE_CONSTRAINT {
    GUID ProcessingMode;
    ULONG SamplesPerProcessingPacket;
    ULONG ProcessingPacketDurationInHns;
} KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT, *PKSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT;
typedef struct _KSAUDIO_PACKETSIZE_CONSTRAINTS {
    ULONG MinPacketPeriodInHns;
    ULONG PacketSizeFileAlignment;
    ULONG Reserved;
    ULONG NumProcessingModeConstraints;
    KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT ProcessingModeConstraints[ANYSIZE_ARRAY];
} KSAUDIO_PACKETSIZE_CONSTRAINTS, *PKSAUDIO_PACKETSIZE_CONSTRAINTS;
DEFINE_DEVPROPKEY(DEVPKEY_KsAudio_PacketSize_Constraints, 0x13E004D6, 0xB066, 0x43BD, 0x91, 0x3B, 0xA4, 0x15,
                  0xCD, 0x13, 0xDA, 0x87, 2);
DEFINE_DEVPROPKEY(DEVPKEY_KsAudio_Controller_DeviceInterface_Path, 0x13E004D6, 0xB066, 0x43BD, 0x91, 0x3B,
                  0xA4, 0x15, 0xCD, 0x13, 0xDA, 0x87, 3);
DEFINE_DEVPROPKEY(DEVPKEY_KsAudio_PacketSize_Constraints2, 0x9404F781, 0x7191, 0x409B, 0x8B, 0x0B, 0x80, 0xBF,
                  0x6E, 0xC2, 0x29, 0xAE, 2);
typedef struct _KSAUDIO_PACKETSIZE_CONSTRAINTS2 {
    ULONG MinPacketPeriodInHns;
    ULONG PacketSizeFileAlignment;
    ULONG MaxPacketSizeInBytes;
    ULONG NumProcessingModeConstraints;
    KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT ProcessingModeConstraints[ANYSIZE_ARRAY];
} KSAUDIO_PACKETSIZE_CONSTRAINTS2, *PKSAUDIO_PACKETSIZE_CONSTRAINTS2;

/* ---- the audio engine ---------------------------------------------------------------------------- */

#define STATIC_KSPROPSETID_AudioEngine                                                                 \
    0x3A2F82DC, 0x886F, 0x4BAA, 0x9E, 0xB4, 0x08, 0x2B, 0x90, 0x25, 0xC5, 0x36
DEFINE_GUIDEX(KSPROPSETID_AudioEngine);
typedef enum {
    KSPROPERTY_AUDIOENGINE_LFXENABLE,
    KSPROPERTY_AUDIOENGINE_GFXENABLE,
    KSPROPERTY_AUDIOENGINE_MIXFORMAT,
    KSPROPERTY_AUDIOENGINE_DEVICEFORMAT = 4,
    KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS,
    KSPROPERTY_AUDIOENGINE_DESCRIPTOR,
    KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE,
    KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION,
    KSPROPERTY_AUDIOENGINE_VOLUMELEVEL,
    KSPROPERTY_AUDIOENGINE_DEVICECONTROLS
} KSPROPERTY_AUDIOENGINE;
typedef struct _tagKSAUDIOENGINE_DESCRIPTOR {
    UINT nHostPinId;
    UINT nOffloadPinId;
    UINT nLoopbackPinId;
} KSAUDIOENGINE_DESCRIPTOR, *PKSAUDIOENGINE_DESCRIPTOR;
typedef struct _tagKSAUDIOENGINE_BUFFER_SIZE_RANGE {
    UINT32 MinBufferBytes;
    UINT32 MaxBufferBytes;
} KSAUDIOENGINE_BUFFER_SIZE_RANGE, *PKSAUDIOENGINE_BUFFER_SIZE_RANGE;
typedef enum { AUDIO_CURVE_TYPE_NONE, AUDIO_CURVE_TYPE_WINDOWS_FADE } AUDIO_CURVE_TYPE;
typedef struct _tagKSAUDIOENGINE_VOLUMELEVEL {
    LONG TargetVolume;
    AUDIO_CURVE_TYPE CurveType;
    ULONGLONG CurveDuration;
} KSAUDIOENGINE_VOLUMELEVEL, *PKSAUDIOENGINE_VOLUMELEVEL;
typedef enum { CONSTRICTOR_OPTION_DISABLE, CONSTRICTOR_OPTION_MUTE } CONSTRICTOR_OPTION;
typedef enum {
    eDeviceControlUseMissing,
    eDeviceControlUsePrimary,
    eDeviceControlUseSecondary
} EDeviceControlUseType;
typedef struct _tagKSAUDIOENGINE_DEVICECONTROLS {
    EDeviceControlUseType Volume;
    EDeviceControlUseType Mute;
    EDeviceControlUseType PeakMeter;
} KSAUDIOENGINE_DEVICECONTROLS, *PKSAUDIOENGINE_DEVICECONTROLS;

/* ---- audio modules ------------------------------------------------------------------------------- */

#define STATIC_KSPROPSETID_AudioModule                                                                 \
    0xC034FDB0, 0xFF75, 0x47C8, 0xAA, 0x3C, 0xEE, 0x46, 0x71, 0x6B, 0x50, 0xC6
DEFINE_GUIDEX(KSPROPSETID_AudioModule);
#define STATIC_KSNOTIFICATIONID_AudioModule                                                            \
    0x9C2220F0, 0xD9A6, 0x4D5C, 0xA0, 0x36, 0x57, 0x38, 0x57, 0xFD, 0x50, 0xD2
DEFINE_GUIDEX(KSNOTIFICATIONID_AudioModule);
typedef enum {
    KSPROPERTY_AUDIOMODULE_DESCRIPTORS = 1,
    KSPROPERTY_AUDIOMODULE_COMMAND,
    KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID
} KSPROPERTY_AUDIOMODULE;
#define AUDIOMODULE_MAX_DATA_SIZE 64000
#define AUDIOMODULE_MAX_NAME_CCH_SIZE 128
typedef struct _KSAUDIOMODULE_DESCRIPTOR {
    GUID ClassId;
    ULONG InstanceId;
    ULONG VersionMajor;
    ULONG VersionMinor;
    WCHAR Name[AUDIOMODULE_MAX_NAME_CCH_SIZE];
} KSAUDIOMODULE_DESCRIPTOR, *PKSAUDIOMODULE_DESCRIPTOR;
typedef struct _KSAUDIOMODULE_PROPERTY {
    KSPROPERTY Property;
    GUID ClassId;
    ULONG InstanceId;
} KSAUDIOMODULE_PROPERTY, *PKSAUDIOMODULE_PROPERTY;
typedef struct _KSAUDIOMODULE_NOTIFICATION {
    union {
        struct {
            GUID DeviceId;
            GUID ClassId;
            ULONG InstanceId;
            ULONG Reserved;
        } ProviderId;
        LONGLONG Alignment;
    };
} KSAUDIOMODULE_NOTIFICATION, *PKSAUDIOMODULE_NOTIFICATION;

/* ---- sound detectors ----------------------------------------------------------------------------- */

#define STATIC_KSPROPSETID_SoundDetector                                                               \
    0x113C425E, 0xFD17, 0x4057, 0xB4, 0x22, 0xED, 0x40, 0x74, 0xF1, 0xAF, 0xDF
DEFINE_GUIDEX(KSPROPSETID_SoundDetector);
#define STATIC_KSPROPSETID_SoundDetector2                                                              \
    0xFE07E322, 0x450C, 0x4BD5, 0x84, 0xCA, 0xA9, 0x48, 0x50, 0x0E, 0xA6, 0xAA
DEFINE_GUIDEX(KSPROPSETID_SoundDetector2);
#define STATIC_KSEVENTSETID_SoundDetector                                                              \
    0x69785C9B, 0xFC2D, 0x49D6, 0xAC, 0x32, 0x47, 0x99, 0xF8, 0x7D, 0xE9, 0xF6
DEFINE_GUIDEX(KSEVENTSETID_SoundDetector);
#define STATIC_KSNOTIFICATIONID_SoundDetector                                                          \
    0x6389D844, 0xBB32, 0x4C4C, 0xA8, 0x02, 0xF4, 0xB4, 0xB7, 0x7A, 0xFE, 0xAD
DEFINE_GUIDEX(KSNOTIFICATIONID_SoundDetector);
typedef enum {
    KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS = 1,
    KSPROPERTY_SOUNDDETECTOR_PATTERNS,
    KSPROPERTY_SOUNDDETECTOR_ARMED,
    KSPROPERTY_SOUNDDETECTOR_MATCHRESULT,
    KSPROPERTY_SOUNDDETECTOR_RESET,
    KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT
} KSPROPERTY_SOUNDDETECTOR;
typedef enum { KSEVENT_SOUNDDETECTOR_MATCHDETECTED = 1 } KSEVENT_SOUNDDETECTOR;
typedef struct {
    ULONG Size;
    GUID PatternType;
} SOUNDDETECTOR_PATTERNHEADER, *PSOUNDDETECTOR_PATTERNHEADER;
typedef struct {
    KSPROPERTY Property;
    GUID EventId;
} KSSOUNDDETECTORPROPERTY, *PKSSOUNDDETECTORPROPERTY;

/* ---- telephony, Bluetooth ------------------------------------------------------------------------ */

#define STATIC_KSPROPSETID_TelephonyControl                                                            \
    0xB6DF7EB1, 0xD099, 0x489F, 0xA6, 0xA0, 0xC0, 0x10, 0x6F, 0x08, 0x87, 0xA7
DEFINE_GUIDEX(KSPROPSETID_TelephonyControl);
#define STATIC_KSPROPSETID_TelephonyTopology                                                           \
    0xABF25C7E, 0x0E64, 0x4E32, 0xB1, 0x90, 0xD0, 0xF6, 0xD7, 0xC5, 0x3E, 0x97
DEFINE_GUIDEX(KSPROPSETID_TelephonyTopology);
#define STATIC_KSEVENTSETID_Telephony                                                                  \
    0xB77F12B4, 0xCEB4, 0x4484, 0x8D, 0x5E, 0x52, 0xC1, 0xE7, 0xD8, 0x76, 0x2D
DEFINE_GUIDEX(KSEVENTSETID_Telephony);
#define STATIC_KSPROPSETID_BtAudio                                                                     \
    0x7FA06C40, 0xB8F6, 0x4C7E, 0x85, 0x56, 0xE8, 0xC3, 0x3A, 0x12, 0xE5, 0x4D
DEFINE_GUIDEX(KSPROPSETID_BtAudio);
#define STATIC_KSPROPSETID_InterleavedAudio                                                            \
    0xE9EBE550, 0xD619, 0x4C0A, 0x97, 0x6B, 0x70, 0x62, 0x32, 0x2B, 0x30, 0x06
DEFINE_GUIDEX(KSPROPSETID_InterleavedAudio);
#define STATIC_KSPROPSETID_AudioPosture                                                                \
    0xA3FB7B0D, 0x474E, 0x4F51, 0xA3, 0x79, 0x51, 0x28, 0x2D, 0xD4, 0xFA, 0x8F
DEFINE_GUIDEX(KSPROPSETID_AudioPosture);
#define STATIC_KSPROPSETID_AudioResourceManagement                                                     \
    0xD0B305E1, 0xB2CC, 0x484C, 0x8F, 0x23, 0xE5, 0xD2, 0x8A, 0xD9, 0xCF, 0x88
DEFINE_GUIDEX(KSPROPSETID_AudioResourceManagement);
typedef enum {
    KSPROPERTY_AUDIORESOURCEMANAGEMENT_RESOURCEGROUP
} KSPROPERTY_AUDIORESOURCEMANAGEMENT;
typedef struct _AUDIORESOURCEMANAGEMENT_RESOURCEGROUP {
    BOOL ResourceGroupAcquired;
    WCHAR ResourceGroupName[256];
} AUDIORESOURCEMANAGEMENT_RESOURCEGROUP, *PAUDIORESOURCEMANAGEMENT_RESOURCEGROUP;
typedef enum {
    KSPROPERTY_TELEPHONY_PROVIDERID,
    KSPROPERTY_TELEPHONY_CALLINFO,
    KSPROPERTY_TELEPHONY_CALLCONTROL,
    KSPROPERTY_TELEPHONY_PROVIDERCHANGE,
    KSPROPERTY_TELEPHONY_CALLHOLD,
    KSPROPERTY_TELEPHONY_MUTE_TX
} KSPROPERTY_TELEPHONY_CONTROL;
typedef enum {
    KSPROPERTY_TELEPHONY_ENDPOINTIDPAIR,
    KSPROPERTY_TELEPHONY_VOLUME
} KSPROPERTY_TELEPHONY_TOPOLOGY;
typedef enum { KSEVENT_TELEPHONY_ENDPOINTPAIRS_CHANGED } KSEVENT_TELEPHONY;
typedef enum {
    TELEPHONY_CALLTYPE_CIRCUITSWITCHED,
    TELEPHONY_CALLTYPE_PACKETSWITCHED_LTE,
    TELEPHONY_CALLTYPE_PACKETSWITCHED_WLAN
} TELEPHONY_CALLTYPE;
typedef enum { TELEPHONY_CALLCONTROLOP_DISABLE, TELEPHONY_CALLCONTROLOP_ENABLE } TELEPHONY_CALLCONTROLOP;
typedef enum {
    TELEPHONY_PROVIDERCHANGEOP_END,
    TELEPHONY_PROVIDERCHANGEOP_BEGIN,
    TELEPHONY_PROVIDERCHANGEOP_CANCEL
} TELEPHONY_PROVIDERCHANGEOP;
typedef enum {
    TELEPHONY_CALLSTATE_DISABLED,
    TELEPHONY_CALLSTATE_ENABLED,
    TELEPHONY_CALLSTATE_HOLD,
    TELEPHONY_CALLSTATE_PROVIDERTRANSITION
} TELEPHONY_CALLSTATE;
typedef struct _tagKSTELEPHONY_CALLCONTROL {
    TELEPHONY_CALLTYPE CallType;
    TELEPHONY_CALLCONTROLOP CallControlOp;
} KSTELEPHONY_CALLCONTROL, *PKSTELEPHONY_CALLCONTROL;
typedef struct _tagKSTELEPHONY_PROVIDERCHANGE {
    TELEPHONY_CALLTYPE CallType;
    TELEPHONY_PROVIDERCHANGEOP ProviderChangeOp;
} KSTELEPHONY_PROVIDERCHANGE, *PKSTELEPHONY_PROVIDERCHANGE;
typedef struct _tagKSTELEPHONY_CALLINFO {
    TELEPHONY_CALLTYPE CallType;
    TELEPHONY_CALLSTATE CallState;
} KSTELEPHONY_CALLINFO, *PKSTELEPHONY_CALLINFO;
typedef struct _tagKSTOPOLOGY_ENDPOINTID {
    WCHAR TopologyName[MAX_PATH];
    ULONG PinId;
} KSTOPOLOGY_ENDPOINTID, *PKSTOPOLOGY_ENDPOINTID;
typedef struct _tagKSTOPOLOGY_ENDPOINTIDPAIR {
    KSTOPOLOGY_ENDPOINTID RenderEndpoint;
    KSTOPOLOGY_ENDPOINTID CaptureEndpoint;
} KSTOPOLOGY_ENDPOINTIDPAIR, *PKSTOPOLOGY_ENDPOINTIDPAIR;
typedef enum { KSPROPERTY_ONESHOT_RECONNECT, KSPROPERTY_ONESHOT_DISCONNECT } KSPROPERTY_BTAUDIO;
typedef enum { KSPROPERTY_INTERLEAVEDAUDIO_FORMATINFORMATION = 1 } KSPROPERTY_INTERLEAVEDAUDIO;
typedef struct _INTERLEAVED_AUDIO_FORMAT_INFORMATION {
    ULONG Size;
    ULONG PrimaryChannelCount;
    ULONG PrimaryChannelStartPosition;
    ULONG PrimaryChannelMask;
    ULONG InterleavedChannelCount;
    ULONG InterleavedChannelStartPosition;
    ULONG InterleavedChannelMask;
} INTERLEAVED_AUDIO_FORMAT_INFORMATION, *PINTERLEAVED_AUDIO_FORMAT_INFORMATION;
typedef enum { KSPROPERTY_AUDIOPOSTURE_ORIENTATION = 1 } KSPROPERTY_AUDIOPOSTURE;
typedef enum {
    AUDIOPOSTURE_ORIENTATION_NOTROTATED,
    AUDIOPOSTURE_ORIENTATION_ROTATED90DEGREESCOUNTERCLOCKWISE,
    AUDIOPOSTURE_ORIENTATION_ROTATED180DEGREESCOUNTERCLOCKWISE,
    AUDIOPOSTURE_ORIENTATION_ROTATED270DEGREESCOUNTERCLOCKWISE
} AUDIOPOSTURE_ORIENTATION;

/* ---- microphone arrays --------------------------------------------------------------------------- */

typedef enum {
    KSMICARRAY_MICTYPE_OMNIDIRECTIONAL,
    KSMICARRAY_MICTYPE_SUBCARDIOID,
    KSMICARRAY_MICTYPE_CARDIOID,
    KSMICARRAY_MICTYPE_SUPERCARDIOID,
    KSMICARRAY_MICTYPE_HYPERCARDIOID,
    KSMICARRAY_MICTYPE_8SHAPED,
    KSMICARRAY_MICTYPE_VENDORDEFINED = 0x0F
} KSMICARRAY_MICTYPE;
typedef enum {
    KSMICARRAY_MICARRAYTYPE_LINEAR,
    KSMICARRAY_MICARRAYTYPE_PLANAR,
    KSMICARRAY_MICARRAYTYPE_3D
} KSMICARRAY_MICARRAYTYPE;
typedef struct {
    USHORT usType;
    SHORT wXCoord; /* mm */
    SHORT wYCoord;
    SHORT wZCoord;
    SHORT wVerticalAngle; /* 1/10000 radian */
    SHORT wHorizontalAngle;
} KSAUDIO_MICROPHONE_COORDINATES, *PKSAUDIO_MICROPHONE_COORDINATES;
typedef struct {
    USHORT usVersion; /* 0x0100 */
    USHORT usMicArrayType;
    SHORT wVerticalAngleBegin;
    SHORT wVerticalAngleEnd;
    SHORT wHorizontalAngleBegin;
    SHORT wHorizontalAngleEnd;
    USHORT usFrequencyBandLo;
    USHORT usFrequencyBandHi;
    USHORT usNumberOfMicrophones;
    KSAUDIO_MICROPHONE_COORDINATES KsMicCoord[1];
} KSAUDIO_MIC_ARRAY_GEOMETRY, *PKSAUDIO_MIC_ARRAY_GEOMETRY;

/* ---- music, AC-3, wave --------------------------------------------------------------------------- */

#define STATIC_KSMUSIC_TECHNOLOGY_PORT                                                                 \
    0x86C92E60, 0x62E8, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSMUSIC_TECHNOLOGY_PORT);
#define STATIC_KSMUSIC_TECHNOLOGY_SQSYNTH                                                              \
    0x0ECF4380, 0x62E9, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSMUSIC_TECHNOLOGY_SQSYNTH);
#define STATIC_KSMUSIC_TECHNOLOGY_FMSYNTH                                                              \
    0x252C5C80, 0x62E9, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSMUSIC_TECHNOLOGY_FMSYNTH);
#define STATIC_KSMUSIC_TECHNOLOGY_WAVETABLE                                                            \
    0x394EC7C0, 0x62E9, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSMUSIC_TECHNOLOGY_WAVETABLE);
#define STATIC_KSMUSIC_TECHNOLOGY_SWSYNTH                                                              \
    0x37407736, 0x3620, 0x11D1, 0x85, 0xD3, 0x00, 0x00, 0xF8, 0x75, 0x43, 0x80
DEFINE_GUIDEX(KSMUSIC_TECHNOLOGY_SWSYNTH);
#define STATIC_KSDATAFORMAT_SUBTYPE_AC3_AUDIO                                                          \
    0xE06D802C, 0xDB46, 0x11CF, 0xB4, 0xD1, 0x00, 0x80, 0x5F, 0x6C, 0xBB, 0xEA
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_AC3_AUDIO);
#define STATIC_KSPROPSETID_AC3                                                                         \
    0xBFABE720, 0x6E1F, 0x11D0, 0xBC, 0xF2, 0x44, 0x45, 0x53, 0x54, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_AC3);
#define STATIC_KSPROPSETID_Wave                                                                        \
    0x924E54B0, 0x630F, 0x11CF, 0xAD, 0xA7, 0x08, 0x00, 0x3E, 0x30, 0x49, 0x4A
DEFINE_GUIDEX(KSPROPSETID_Wave);
#define STATIC_KSPROPSETID_WaveTable                                                                   \
    0x8539E660, 0x62E9, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_WaveTable);
#define STATIC_KSPROPSETID_Cyclic                                                                      \
    0x3FFEAEA0, 0x2BEE, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_Cyclic);
#define STATIC_KSPROPSETID_Linear                                                                      \
    0x5A2FFE80, 0x16B9, 0x11D0, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_Linear);
#define STATIC_KSEVENTSETID_CyclicTime                                                                 \
    0x142C1AC0, 0x072A, 0x11D0, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSEVENTSETID_CyclicTime);
typedef enum {
    KSPROPERTY_AC3_ERROR_CONCEALMENT = 1,
    KSPROPERTY_AC3_ALTERNATE_AUDIO,
    KSPROPERTY_AC3_DOWNMIX,
    KSPROPERTY_AC3_BIT_STREAM_MODE,
    KSPROPERTY_AC3_DIALOGUE_LEVEL,
    KSPROPERTY_AC3_LANGUAGE_CODE,
    KSPROPERTY_AC3_ROOM_TYPE
} KSPROPERTY_AC3;
typedef struct {
    BOOL fRepeatPreviousBlock;
    BOOL fErrorInCurrentBlock;
} KSAC3_ERROR_CONCEALMENT, *PKSAC3_ERROR_CONCEALMENT;
typedef struct {
    BOOL fStereo;
    ULONG DualMode;
} KSAC3_ALTERNATE_AUDIO, *PKSAC3_ALTERNATE_AUDIO;
typedef struct {
    BOOL fDownMix;
    BOOL fDolbySurround;
} KSAC3_DOWNMIX, *PKSAC3_DOWNMIX;
typedef struct {
    LONG BitStreamMode;
} KSAC3_BIT_STREAM_MODE, *PKSAC3_BIT_STREAM_MODE;
typedef struct {
    ULONG DialogueLevel;
} KSAC3_DIALOGUE_LEVEL, *PKSAC3_DIALOGUE_LEVEL;
typedef struct {
    BOOL fLargeRoom;
} KSAC3_ROOM_TYPE, *PKSAC3_ROOM_TYPE;
typedef enum {
    KSPROPERTY_WAVE_COMPATIBLE_CAPABILITIES,
    KSPROPERTY_WAVE_INPUT_CAPABILITIES,
    KSPROPERTY_WAVE_OUTPUT_CAPABILITIES,
    KSPROPERTY_WAVE_BUFFER,
    KSPROPERTY_WAVE_FREQUENCY,
    KSPROPERTY_WAVE_VOLUME,
    KSPROPERTY_WAVE_PAN
} KSPROPERTY_WAVE;
typedef enum {
    KSPROPERTY_WAVETABLE_LOAD_SAMPLE,
    KSPROPERTY_WAVETABLE_UNLOAD_SAMPLE,
    KSPROPERTY_WAVETABLE_MEMORY,
    KSPROPERTY_WAVETABLE_VERSION
} KSPROPERTY_WAVETABLE;
typedef struct {
    ULONG ulDeviceType;
} KSWAVE_COMPATCAPS, *PKSWAVE_COMPATCAPS;
#define KSWAVE_COMPATCAPS_INPUT 0
#define KSWAVE_COMPATCAPS_OUTPUT 1
typedef struct {
    LONG LeftAttenuation;
    LONG RightAttenuation;
} KSWAVE_VOLUME, *PKSWAVE_VOLUME;
typedef struct {
    ULONG MaximumChannelsPerConnection;
    ULONG MinimumBitsPerSample;
    ULONG MaximumBitsPerSample;
    ULONG MinimumSampleFrequency;
    ULONG MaximumSampleFrequency;
    ULONG TotalConnections;
    ULONG ActiveConnections;
} KSWAVE_INPUT_CAPABILITIES, *PKSWAVE_INPUT_CAPABILITIES;
typedef enum { KSPROPERTY_CYCLIC_POSITION } KSPROPERTY_CYCLIC;
typedef enum { KSPROPERTY_LINEAR_POSITION } KSPROPERTY_LINEAR;
typedef enum { KSEVENT_CYCLIC_TIME_INTERVAL } KSEVENT_CYCLIC_TIME;
#ifndef SPEAKER_ALL_CHANNELS
#define SPEAKER_ALL_CHANNELS 0x3FFFF
#endif

/* ---- 3D sound ------------------------------------------------------------------------------------ */

#define STATIC_KSPROPSETID_DirectSound3DListener                                                       \
    0x437B3414, 0xD060, 0x11D0, 0x85, 0x83, 0x00, 0xC0, 0x4F, 0xD9, 0xBA, 0xF3
DEFINE_GUIDEX(KSPROPSETID_DirectSound3DListener);
#define STATIC_KSPROPSETID_DirectSound3DBuffer                                                         \
    0x437B3411, 0xD060, 0x11D0, 0x85, 0x83, 0x00, 0xC0, 0x4F, 0xD9, 0xBA, 0xF3
DEFINE_GUIDEX(KSPROPSETID_DirectSound3DBuffer);
#define STATIC_KSPROPSETID_Hrtf3d                                                                      \
    0xB66DECB0, 0xA083, 0x11D0, 0x85, 0x1E, 0x00, 0xC0, 0x4F, 0xD9, 0xBA, 0xF3
DEFINE_GUIDEX(KSPROPSETID_Hrtf3d);
#define STATIC_KSPROPSETID_Itd3d                                                                       \
    0x6429F090, 0x9FD9, 0x11D0, 0xA7, 0x5B, 0x00, 0xA0, 0xC9, 0x03, 0x65, 0xE3
DEFINE_GUIDEX(KSPROPSETID_Itd3d);
typedef enum {
    KSPROPERTY_DIRECTSOUND3DBUFFER_ALL,
    KSPROPERTY_DIRECTSOUND3DBUFFER_POSITION,
    KSPROPERTY_DIRECTSOUND3DBUFFER_VELOCITY,
    KSPROPERTY_DIRECTSOUND3DBUFFER_CONEANGLES,
    KSPROPERTY_DIRECTSOUND3DBUFFER_CONEORIENTATION,
    KSPROPERTY_DIRECTSOUND3DBUFFER_CONEOUTSIDEVOLUME,
    KSPROPERTY_DIRECTSOUND3DBUFFER_MINDISTANCE,
    KSPROPERTY_DIRECTSOUND3DBUFFER_MAXDISTANCE,
    KSPROPERTY_DIRECTSOUND3DBUFFER_MODE
} KSPROPERTY_DIRECTSOUND3DBUFFER;
typedef enum {
    KSPROPERTY_DIRECTSOUND3DLISTENER_ALL,
    KSPROPERTY_DIRECTSOUND3DLISTENER_POSITION,
    KSPROPERTY_DIRECTSOUND3DLISTENER_VELOCITY,
    KSPROPERTY_DIRECTSOUND3DLISTENER_ORIENTATION,
    KSPROPERTY_DIRECTSOUND3DLISTENER_DISTANCEFACTOR,
    KSPROPERTY_DIRECTSOUND3DLISTENER_ROLLOFFFACTOR,
    KSPROPERTY_DIRECTSOUND3DLISTENER_DOPPLERFACTOR,
    KSPROPERTY_DIRECTSOUND3DLISTENER_BATCH,
    KSPROPERTY_DIRECTSOUND3DLISTENER_ALLOCATION
} KSPROPERTY_DIRECTSOUND3DLISTENER;
typedef enum {
    KSPROPERTY_HRTF3D_PARAMS,
    KSPROPERTY_HRTF3D_INITIALIZE,
    KSPROPERTY_HRTF3D_FILTER_FORMAT
} KSPROPERTY_HRTF3D;
typedef enum { KSPROPERTY_ITD3D_PARAMS } KSPROPERTY_ITD3D;
typedef struct _DS3DVECTOR {
    union {
        FLOAT x;
        FLOAT dvX;
    };
    union {
        FLOAT y;
        FLOAT dvY;
    };
    union {
        FLOAT z;
        FLOAT dvZ;
    };
} DS3DVECTOR, *PDS3DVECTOR;
typedef struct {
    DS3DVECTOR Position;
    DS3DVECTOR Velocity;
    ULONG InsideConeAngle;
    ULONG OutsideConeAngle;
    DS3DVECTOR ConeOrientation;
    LONG ConeOutsideVolume;
    FLOAT MinDistance;
    FLOAT MaxDistance;
    ULONG Mode;
} KSDS3D_BUFFER_ALL, *PKSDS3D_BUFFER_ALL;
typedef struct {
    ULONG InsideConeAngle;
    ULONG OutsideConeAngle;
} KSDS3D_BUFFER_CONE_ANGLES, *PKSDS3D_BUFFER_CONE_ANGLES;
typedef struct {
    DS3DVECTOR Position;
    DS3DVECTOR Velocity;
    DS3DVECTOR OrientFront;
    DS3DVECTOR OrientTop;
    FLOAT DistanceFactor;
    FLOAT RolloffFactor;
    FLOAT DopplerFactor;
} KSDS3D_LISTENER_ALL, *PKSDS3D_LISTENER_ALL;
typedef struct {
    DS3DVECTOR Front;
    DS3DVECTOR Top;
} KSDS3D_LISTENER_ORIENTATION, *PKSDS3D_LISTENER_ORIENTATION;
typedef enum { DIRECT_FORM, CASCADE_FORM, KSDS3D_FILTER_METHOD_COUNT } KSDS3D_HRTF_FILTER_METHOD;
typedef enum { FLOAT_COEFF, SHORT_COEFF, KSDS3D_COEFF_COUNT } KSDS3D_HRTF_COEFF_FORMAT;
typedef enum { FULL_FILTER, LIGHT_FILTER, KSDS3D_FILTER_QUALITY_COUNT } KSDS3D_HRTF_FILTER_QUALITY;
typedef enum { DS3D_HRTF_VERSION_1 } KSDS3D_HRTF_FILTER_VERSION;
typedef struct {
    KSDS3D_HRTF_FILTER_METHOD FilterMethod;
    KSDS3D_HRTF_COEFF_FORMAT CoeffFormat;
    KSDS3D_HRTF_FILTER_VERSION Version;
    ULONG Reserved;
} KSDS3D_HRTF_FILTER_FORMAT_MSG, *PKSDS3D_HRTF_FILTER_FORMAT_MSG;
typedef struct {
    ULONG Size;
    KSDS3D_HRTF_FILTER_QUALITY Quality;
    FLOAT SampleRate;
    ULONG MaxFilterSize;
    ULONG FilterTransientMuteLength;
    ULONG FilterOverlapBufferLength;
    ULONG OutputOverlapBufferLength;
    ULONG Reserved;
} KSDS3D_HRTF_INIT_MSG, *PKSDS3D_HRTF_INIT_MSG;
typedef struct {
    ULONG Size;
    ULONG Enabled;
    BOOL SwapChannels;
    BOOL ZeroAzimuth;
    BOOL CrossFadeOutput;
    ULONG FilterSize;
} KSDS3D_HRTF_PARAMS_MSG, *PKSDS3D_HRTF_PARAMS_MSG;
typedef struct {
    LONG Channel;
    FLOAT VolSmoothScale;
    FLOAT TotalDryAttenuation;
    FLOAT TotalWetAttenuation;
    LONG SmoothFrequency;
    LONG Delay;
} KSDS3D_ITD_PARAMS, *PKSDS3D_ITD_PARAMS;
typedef struct {
    ULONG Enabled;
    KSDS3D_ITD_PARAMS LeftParams;
    KSDS3D_ITD_PARAMS RightParams;
    ULONG Reserved;
} KSDS3D_ITD_PARAMS_MSG, *PKSDS3D_ITD_PARAMS_MSG;

/* ---- manufacturers and products as GUIDs --------------------------------------------------------- */

#define WDK_MMREG_GUID(guid, first, id, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                        \
    do {                                                                                               \
        GUID wdk_guid = {(first) + (USHORT)(id), w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}};            \
        *(guid) = wdk_guid;                                                                            \
    } while (0)
#define INIT_MMREG_MID(guid, id)                                                                       \
    WDK_MMREG_GUID(guid, 0xD5A47FA7, id, 0x6D98, 0x11D1, 0xA2, 0x1A, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96)
#define INIT_MMREG_PID(guid, id)                                                                       \
    WDK_MMREG_GUID(guid, 0xE36DC2AC, id, 0x6D9A, 0x11D1, 0xA2, 0x1A, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96)

#endif
