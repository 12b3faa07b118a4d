/* SPDX-License-Identifier: MIT */
/* Audio in kernel streaming: categories, formats, property sets, node types, jacks, real-time audio. */
#ifndef PORTSIDE_WDK_KSMEDIA_H
#define PORTSIDE_WDK_KSMEDIA_H

#include "ks.h"
#include "mmreg.h"

#define _KSMEDIA_

/* ---- identifiers --------------------------------------------------------------------------------- */

/* Categories. */
#define STATIC_KSCATEGORY_AUDIO                                                                        \
    0x6994AD04, 0x93EF, 0x11D0, 0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_AUDIO);
#define STATIC_KSCATEGORY_VIDEO                                                                        \
    0x6994AD05, 0x93EF, 0x11D0, 0xA3, 0xCC, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_VIDEO);
#define STATIC_KSCATEGORY_REALTIME                                                                     \
    0xEB115FFC, 0x10C8, 0x4964, 0x83, 0x1D, 0x6D, 0xCB, 0x02, 0xE6, 0xF2, 0x3F
DEFINE_GUIDEX(KSCATEGORY_REALTIME);
#define STATIC_KSCATEGORY_TOPOLOGY                                                                     \
    0xDDA54A40, 0x1E4C, 0x11D1, 0xA0, 0x50, 0x40, 0x57, 0x05, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSCATEGORY_TOPOLOGY);
#define STATIC_KSCATEGORY_WDMAUD                                                                       \
    0x3E227E76, 0x690D, 0x11D2, 0x81, 0x61, 0x00, 0x00, 0xF8, 0x77, 0x5B, 0xF1
DEFINE_GUIDEX(KSCATEGORY_WDMAUD);
#define STATIC_KSCATEGORY_SYSAUDIO                                                                     \
    0xA7C7A5B1, 0x5AF3, 0x11D1, 0x9C, 0xED, 0x00, 0xA0, 0x24, 0xBF, 0x04, 0x07
DEFINE_GUIDEX(KSCATEGORY_SYSAUDIO);
#define STATIC_KSCATEGORY_AUDIO_DEVICE                                                                 \
    0xFBF6F530, 0x07B9, 0x11D2, 0xA7, 0x1E, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSCATEGORY_AUDIO_DEVICE);
#define STATIC_KSCATEGORY_SYNTHESIZER                                                                  \
    0xDFF220F3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSCATEGORY_SYNTHESIZER);
#define STATIC_KSCATEGORY_ACOUSTIC_ECHO_CANCEL                                                         \
    0xBF963D80, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSCATEGORY_ACOUSTIC_ECHO_CANCEL);
#define STATIC_KSCATEGORY_PREFERRED_WAVEOUT_DEVICE                                                     \
    0xD6C5066E, 0x72C1, 0x11D2, 0x97, 0x55, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSCATEGORY_PREFERRED_WAVEOUT_DEVICE);
#define STATIC_KSCATEGORY_PREFERRED_WAVEIN_DEVICE                                                      \
    0xD6C50671, 0x72C1, 0x11D2, 0x97, 0x55, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSCATEGORY_PREFERRED_WAVEIN_DEVICE);
#define STATIC_KSCATEGORY_PREFERRED_MIDIOUT_DEVICE                                                     \
    0xD6C50674, 0x72C1, 0x11D2, 0x97, 0x55, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSCATEGORY_PREFERRED_MIDIOUT_DEVICE);

/* Formats. */
#define STATIC_KSDATAFORMAT_TYPE_VIDEO                                                                 \
    0x73646976, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_TYPE_VIDEO);
#define STATIC_KSDATAFORMAT_TYPE_AUDIO                                                                 \
    0x73647561, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_TYPE_AUDIO);
#define STATIC_KSDATAFORMAT_TYPE_MIDI                                                                  \
    0x7364696D, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_TYPE_MIDI);
#define STATIC_KSDATAFORMAT_TYPE_MUSIC                                                                 \
    0xE725D360, 0x62CC, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSDATAFORMAT_TYPE_MUSIC);
#define STATIC_KSDATAFORMAT_SUBTYPE_WAVEFORMATEX                                                       \
    0x00000000, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_WAVEFORMATEX);
#define STATIC_KSDATAFORMAT_SUBTYPE_PCM                                                                \
    0x00000001, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_PCM);
#define STATIC_KSDATAFORMAT_SUBTYPE_ADPCM                                                              \
    0x00000002, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_ADPCM);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEEE_FLOAT                                                         \
    0x00000003, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
#define STATIC_KSDATAFORMAT_SUBTYPE_ALAW                                                               \
    0x00000006, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_ALAW);
#define STATIC_KSDATAFORMAT_SUBTYPE_MULAW                                                              \
    0x00000007, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_MULAW);
#define STATIC_KSDATAFORMAT_SUBTYPE_DRM                                                                \
    0x00000009, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_DRM);
#define STATIC_KSDATAFORMAT_SUBTYPE_MPEG                                                               \
    0x00000050, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_MPEG);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL                                             \
    0x00000092, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DTS                                                       \
    0x00000008, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DTS);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_WMA_PRO                                                   \
    0x00000164, 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_WMA_PRO);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_MPEG1                                                     \
    0x00000003, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_MPEG1);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_MPEG2                                                     \
    0x00000004, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_MPEG2);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_MPEG3                                                     \
    0x00000005, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_MPEG3);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_AAC                                                       \
    0x00000006, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_AAC);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL_PLUS                                        \
    0x0000000A, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL_PLUS);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL_PLUS_ATMOS                                  \
    0x0000010A, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_DIGITAL_PLUS_ATMOS);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DTS_HD                                                    \
    0x0000000B, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DTS_HD);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DTSX_E1                                                   \
    0x0000010B, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DTSX_E1);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DTSX_E2                                                   \
    0x0000030B, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DTSX_E2);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MLP                                                 \
    0x0000000C, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MLP);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MAT20                                               \
    0x0000010C, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MAT20);
#define STATIC_KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MAT21                                               \
    0x0000030C, 0x0CEA, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_IEC61937_DOLBY_MAT21);
#define STATIC_KSDATAFORMAT_SUBTYPE_ANALOG                                                             \
    0x6DBA3190, 0x67BD, 0x11CF, 0xA0, 0xF7, 0x00, 0x20, 0xAF, 0xD1, 0x56, 0xE4
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_ANALOG);
#define STATIC_KSDATAFORMAT_SUBTYPE_MIDI                                                               \
    0x1D262760, 0xE957, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_MIDI);
#define STATIC_KSDATAFORMAT_SUBTYPE_MIDI_BUS                                                           \
    0x2CA15FA0, 0x6CFE, 0x11CF, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00
DEFINE_GUIDEX(KSDATAFORMAT_SUBTYPE_MIDI_BUS);
#define STATIC_KSDATAFORMAT_SPECIFIER_WAVEFORMATEX                                                     \
    0x05589F81, 0xC356, 0x11CE, 0xBF, 0x01, 0x00, 0xAA, 0x00, 0x55, 0x59, 0x5A
DEFINE_GUIDEX(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
#define STATIC_KSDATAFORMAT_SPECIFIER_DSOUND                                                           \
    0x518590A2, 0xA184, 0x11D0, 0x85, 0x22, 0x00, 0xC0, 0x4F, 0xD9, 0xBA, 0xF3
DEFINE_GUIDEX(KSDATAFORMAT_SPECIFIER_DSOUND);
#define STATIC_KSDATAFORMAT_SPECIFIER_VC_ID                                                            \
    0xAD98D184, 0xAAC3, 0x11D0, 0xA4, 0x1C, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSDATAFORMAT_SPECIFIER_VC_ID);

/* Property and event sets. */
#define STATIC_KSPROPSETID_Audio                                                                       \
    0x45FFAAA0, 0x6E1B, 0x11D0, 0xBC, 0xF2, 0x44, 0x45, 0x53, 0x54, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_Audio);
#define STATIC_KSPROPSETID_TopologyNode                                                                \
    0x45FFAAA1, 0x6E1B, 0x11D0, 0xBC, 0xF2, 0x44, 0x45, 0x53, 0x54, 0x00, 0x00
DEFINE_GUIDEX(KSPROPSETID_TopologyNode);
#define STATIC_KSPROPSETID_RtAudio                                                                     \
    0xA855A48C, 0x2F78, 0x4729, 0x90, 0x51, 0x19, 0x68, 0x74, 0x6B, 0x9E, 0xEF
DEFINE_GUIDEX(KSPROPSETID_RtAudio);
#define STATIC_KSPROPSETID_DrmAudioStream                                                              \
    0x2F2C8DDD, 0x4198, 0x4FAC, 0xBA, 0x29, 0x61, 0xBB, 0x05, 0xB7, 0xDE, 0x06
DEFINE_GUIDEX(KSPROPSETID_DrmAudioStream);
#define STATIC_KSPROPSETID_Jack                                                                        \
    0x4509F757, 0x2D46, 0x4637, 0x8E, 0x62, 0xCE, 0x7D, 0xB9, 0x44, 0xF5, 0x7B
DEFINE_GUIDEX(KSPROPSETID_Jack);
#define STATIC_KSPROPSETID_AudioGfx                                                                    \
    0x79A9312E, 0x59AE, 0x43B0, 0xA3, 0x50, 0x8B, 0x05, 0x28, 0x4C, 0xAB, 0x24
DEFINE_GUIDEX(KSPROPSETID_AudioGfx);
#define STATIC_KSPROPSETID_Sysaudio                                                                    \
    0xCBE3FAA0, 0xCC75, 0x11D0, 0xB4, 0x65, 0x00, 0x00, 0x1A, 0x18, 0x18, 0xE6
DEFINE_GUIDEX(KSPROPSETID_Sysaudio);
#define STATIC_KSPROPSETID_Sysaudio_Pin                                                                \
    0xA3A53220, 0xC6E4, 0x11D0, 0xB4, 0x65, 0x00, 0x00, 0x1A, 0x18, 0x18, 0xE6
DEFINE_GUIDEX(KSPROPSETID_Sysaudio_Pin);
#define STATIC_KSEVENTSETID_AudioControlChange                                                         \
    0xE85E9698, 0xFA2F, 0x11D1, 0x95, 0xBD, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSEVENTSETID_AudioControlChange);
#define STATIC_KSEVENTSETID_LoopedStreaming                                                            \
    0x4682B940, 0xC6EF, 0x11D0, 0x96, 0xD8, 0x00, 0xAA, 0x00, 0x51, 0xE5, 0x1D
DEFINE_GUIDEX(KSEVENTSETID_LoopedStreaming);

/* Node types. */
#define STATIC_KSNODETYPE_DAC                                                                          \
    0x507AE360, 0xC554, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_DAC);
#define STATIC_KSNODETYPE_ADC                                                                          \
    0x4D837FE0, 0xC555, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_ADC);
#define STATIC_KSNODETYPE_SRC                                                                          \
    0x9DB7B9E0, 0xC555, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_SRC);
#define STATIC_KSNODETYPE_SUPERMIX                                                                     \
    0xE573ADC0, 0xC555, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_SUPERMIX);
#define STATIC_KSNODETYPE_MUX                                                                          \
    0x2CEAF780, 0xC556, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_MUX);
#define STATIC_KSNODETYPE_SUM                                                                          \
    0xDA441A60, 0xC556, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_SUM);
#define STATIC_KSNODETYPE_ACOUSTIC_ECHO_CANCEL                                                         \
    0xBF963D80, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_ACOUSTIC_ECHO_CANCEL);
#define STATIC_KSNODETYPE_MUTE                                                                         \
    0x02B223C0, 0xC557, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_MUTE);
#define STATIC_KSNODETYPE_VOLUME                                                                       \
    0x3A5ACC00, 0xC557, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_VOLUME);
#define STATIC_KSNODETYPE_TONE                                                                         \
    0x7607E580, 0xC557, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_TONE);
#define STATIC_KSNODETYPE_EQUALIZER                                                                    \
    0x9D41B4A0, 0xC557, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_EQUALIZER);
#define STATIC_KSNODETYPE_AGC                                                                          \
    0xE88C9BA0, 0xC557, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_AGC);
#define STATIC_KSNODETYPE_DELAY                                                                        \
    0x144981E0, 0xC558, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_DELAY);
#define STATIC_KSNODETYPE_LOUDNESS                                                                     \
    0x41887440, 0xC558, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_LOUDNESS);
#define STATIC_KSNODETYPE_PROLOGIC_DECODER                                                             \
    0x831C2C80, 0xC558, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_PROLOGIC_DECODER);
#define STATIC_KSNODETYPE_STEREO_WIDE                                                                  \
    0xA9E69800, 0xC558, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_STEREO_WIDE);
#define STATIC_KSNODETYPE_REVERB                                                                       \
    0xEF0328E0, 0xC558, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_REVERB);
#define STATIC_KSNODETYPE_CHORUS                                                                       \
    0x20173F20, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_CHORUS);
#define STATIC_KSNODETYPE_3D_EFFECTS                                                                   \
    0x55515860, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_3D_EFFECTS);
#define STATIC_KSNODETYPE_DEV_SPECIFIC                                                                 \
    0x941C7AC0, 0xC559, 0x11D0, 0x8A, 0x2B, 0x00, 0xA0, 0xC9, 0x25, 0x5A, 0xC1
DEFINE_GUIDEX(KSNODETYPE_DEV_SPECIFIC);
#define STATIC_KSNODETYPE_DEMUX                                                                        \
    0xC0EB67D4, 0xE807, 0x11D0, 0x95, 0x8A, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSNODETYPE_DEMUX);
#define STATIC_KSNODETYPE_STEREO_ENHANCE                                                               \
    0xAF6878AC, 0xE83F, 0x11D0, 0x95, 0x8A, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSNODETYPE_STEREO_ENHANCE);
#define STATIC_KSNODETYPE_NOISE_SUPPRESS                                                               \
    0xE07F903F, 0x62FD, 0x4E60, 0x8C, 0xDD, 0xDE, 0xA7, 0x23, 0x66, 0x65, 0xB5
DEFINE_GUIDEX(KSNODETYPE_NOISE_SUPPRESS);
#define STATIC_KSNODETYPE_PEAKMETER                                                                    \
    0xA085651E, 0x5F0D, 0x4B36, 0xA8, 0x69, 0xD1, 0x95, 0xD6, 0xAB, 0x4B, 0x9E
DEFINE_GUIDEX(KSNODETYPE_PEAKMETER);
#define STATIC_KSNODETYPE_AUDIO_ENGINE                                                                 \
    0x35CAF6E4, 0xF3B3, 0x4168, 0xBB, 0x4B, 0x55, 0xE7, 0x7A, 0x46, 0x1C, 0x7E
DEFINE_GUIDEX(KSNODETYPE_AUDIO_ENGINE);
#define STATIC_KSNODETYPE_AUDIO_LOOPBACK                                                               \
    0x8F42C0B2, 0x91CE, 0x4BCF, 0x9C, 0xCD, 0x0E, 0x59, 0x90, 0x37, 0xAB, 0x35
DEFINE_GUIDEX(KSNODETYPE_AUDIO_LOOPBACK);
#define STATIC_KSNODETYPE_AUDIO_KEYWORDDETECTOR                                                        \
    0x3817E0B8, 0xDF58, 0x4375, 0xB6, 0x69, 0xC4, 0x96, 0x34, 0x33, 0x1F, 0x9D
DEFINE_GUIDEX(KSNODETYPE_AUDIO_KEYWORDDETECTOR);
#define STATIC_KSNODETYPE_SWSYNTH                                                                      \
    0x423274A0, 0x8B81, 0x11D1, 0xA0, 0x50, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSNODETYPE_SWSYNTH);
#define STATIC_KSNODETYPE_SWMIDI                                                                       \
    0xCB9BEFA0, 0xA251, 0x11D1, 0xA0, 0x50, 0x00, 0x00, 0xF8, 0x00, 0x47, 0x88
DEFINE_GUIDEX(KSNODETYPE_SWMIDI);
#define STATIC_KSNODETYPE_DRM_DESCRAMBLE                                                               \
    0xFFBB6E3F, 0xCCFE, 0x4D84, 0x90, 0xD9, 0x42, 0x14, 0x18, 0xB0, 0x3A, 0x8E
DEFINE_GUIDEX(KSNODETYPE_DRM_DESCRAMBLE);
#define STATIC_KSNODETYPE_MICROPHONE_ARRAY_PROCESSOR                                                   \
    0x830A44F2, 0xA32D, 0x476B, 0xBE, 0x97, 0x42, 0x84, 0x56, 0x73, 0xB3, 0x5A
DEFINE_GUIDEX(KSNODETYPE_MICROPHONE_ARRAY_PROCESSOR);

/* Categories of pins. */
#define STATIC_KSNODETYPE_INPUT_UNDEFINED                                                              \
    0xDFF21BE0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_INPUT_UNDEFINED);
#define STATIC_KSNODETYPE_MICROPHONE                                                                   \
    0xDFF21BE1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_MICROPHONE);
#define STATIC_KSNODETYPE_DESKTOP_MICROPHONE                                                           \
    0xDFF21BE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DESKTOP_MICROPHONE);
#define STATIC_KSNODETYPE_PERSONAL_MICROPHONE                                                          \
    0xDFF21BE3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_PERSONAL_MICROPHONE);
#define STATIC_KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE                                                  \
    0xDFF21BE4, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_OMNI_DIRECTIONAL_MICROPHONE);
#define STATIC_KSNODETYPE_MICROPHONE_ARRAY                                                             \
    0xDFF21BE5, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_MICROPHONE_ARRAY);
#define STATIC_KSNODETYPE_PROCESSING_MICROPHONE_ARRAY                                                  \
    0xDFF21BE6, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_PROCESSING_MICROPHONE_ARRAY);
#define STATIC_KSNODETYPE_OUTPUT_UNDEFINED                                                             \
    0xDFF21CE0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_OUTPUT_UNDEFINED);
#define STATIC_KSNODETYPE_SPEAKER                                                                      \
    0xDFF21CE1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_SPEAKER);
#define STATIC_KSNODETYPE_HEADPHONES                                                                   \
    0xDFF21CE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_HEADPHONES);
#define STATIC_KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO                                                   \
    0xDFF21CE3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_HEAD_MOUNTED_DISPLAY_AUDIO);
#define STATIC_KSNODETYPE_DESKTOP_SPEAKER                                                              \
    0xDFF21CE4, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DESKTOP_SPEAKER);
#define STATIC_KSNODETYPE_ROOM_SPEAKER                                                                 \
    0xDFF21CE5, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_ROOM_SPEAKER);
#define STATIC_KSNODETYPE_COMMUNICATION_SPEAKER                                                        \
    0xDFF21CE6, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_COMMUNICATION_SPEAKER);
#define STATIC_KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER                                                \
    0xDFF21CE7, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_LOW_FREQUENCY_EFFECTS_SPEAKER);
#define STATIC_KSNODETYPE_BIDIRECTIONAL_UNDEFINED                                                      \
    0xDFF21DE0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_BIDIRECTIONAL_UNDEFINED);
#define STATIC_KSNODETYPE_HANDSET                                                                      \
    0xDFF21DE1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_HANDSET);
#define STATIC_KSNODETYPE_HEADSET                                                                      \
    0xDFF21DE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_HEADSET);
/* Of these two no public source has the value: they are this tree's own, as only drivers' tables name them. */
#define STATIC_KSNODETYPE_HEADSET_MICROPHONE                                                           \
    0xDFF21DE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x97
DEFINE_GUIDEX(KSNODETYPE_HEADSET_MICROPHONE);
#define STATIC_KSNODETYPE_HEADSET_SPEAKERS                                                             \
    0xDFF21DE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x98
DEFINE_GUIDEX(KSNODETYPE_HEADSET_SPEAKERS);
#define STATIC_KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION                                               \
    0xDFF21DE3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_SPEAKERPHONE_NO_ECHO_REDUCTION);
#define STATIC_KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE                                                \
    0xDFF21DE4, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_ECHO_SUPPRESSING_SPEAKERPHONE);
#define STATIC_KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE                                                  \
    0xDFF21DE5, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_ECHO_CANCELING_SPEAKERPHONE);
#define STATIC_KSNODETYPE_TELEPHONY_UNDEFINED                                                          \
    0xDFF21EE0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_TELEPHONY_UNDEFINED);
#define STATIC_KSNODETYPE_PHONE_LINE                                                                   \
    0xDFF21EE1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_PHONE_LINE);
#define STATIC_KSNODETYPE_TELEPHONE                                                                    \
    0xDFF21EE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_TELEPHONE);
#define STATIC_KSNODETYPE_DOWN_LINE_PHONE                                                              \
    0xDFF21EE3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DOWN_LINE_PHONE);
#define STATIC_KSNODETYPE_EXTERNAL_UNDEFINED                                                           \
    0xDFF21FE0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_EXTERNAL_UNDEFINED);
#define STATIC_KSNODETYPE_ANALOG_CONNECTOR                                                             \
    0xDFF21FE1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_ANALOG_CONNECTOR);
#define STATIC_KSNODETYPE_DIGITAL_AUDIO_INTERFACE                                                      \
    0xDFF21FE2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DIGITAL_AUDIO_INTERFACE);
#define STATIC_KSNODETYPE_LINE_CONNECTOR                                                               \
    0xDFF21FE3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_LINE_CONNECTOR);
#define STATIC_KSNODETYPE_LEGACY_AUDIO_CONNECTOR                                                       \
    0xDFF21FE4, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_LEGACY_AUDIO_CONNECTOR);
#define STATIC_KSNODETYPE_SPDIF_INTERFACE                                                              \
    0xDFF21FE5, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_SPDIF_INTERFACE);
#define STATIC_KSNODETYPE_1394_DA_STREAM                                                               \
    0xDFF21FE6, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_1394_DA_STREAM);
#define STATIC_KSNODETYPE_1394_DV_STREAM_SOUNDTRACK                                                    \
    0xDFF21FE7, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_1394_DV_STREAM_SOUNDTRACK);
#define STATIC_KSNODETYPE_EMBEDDED_UNDEFINED                                                           \
    0xDFF220E0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_EMBEDDED_UNDEFINED);
#define STATIC_KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE                                               \
    0xDFF220E1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE);
#define STATIC_KSNODETYPE_EQUALIZATION_NOISE                                                           \
    0xDFF220E2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_EQUALIZATION_NOISE);
#define STATIC_KSNODETYPE_CD_PLAYER                                                                    \
    0xDFF220E3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_CD_PLAYER);
#define STATIC_KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE                                                    \
    0xDFF220E4, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DAT_IO_DIGITAL_AUDIO_TAPE);
#define STATIC_KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE                                              \
    0xDFF220E5, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DCC_IO_DIGITAL_COMPACT_CASSETTE);
#define STATIC_KSNODETYPE_MINIDISK                                                                     \
    0xDFF220E6, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_MINIDISK);
#define STATIC_KSNODETYPE_ANALOG_TAPE                                                                  \
    0xDFF220E7, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_ANALOG_TAPE);
#define STATIC_KSNODETYPE_PHONOGRAPH                                                                   \
    0xDFF220E8, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_PHONOGRAPH);
#define STATIC_KSNODETYPE_VCR_AUDIO                                                                    \
    0xDFF220E9, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_VCR_AUDIO);
#define STATIC_KSNODETYPE_VIDEO_DISC_AUDIO                                                             \
    0xDFF220EA, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_VIDEO_DISC_AUDIO);
#define STATIC_KSNODETYPE_DVD_AUDIO                                                                    \
    0xDFF220EB, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DVD_AUDIO);
#define STATIC_KSNODETYPE_TV_TUNER_AUDIO                                                               \
    0xDFF220EC, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_TV_TUNER_AUDIO);
#define STATIC_KSNODETYPE_SATELLITE_RECEIVER_AUDIO                                                     \
    0xDFF220ED, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_SATELLITE_RECEIVER_AUDIO);
#define STATIC_KSNODETYPE_CABLE_TUNER_AUDIO                                                            \
    0xDFF220EE, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_CABLE_TUNER_AUDIO);
#define STATIC_KSNODETYPE_DSS_AUDIO                                                                    \
    0xDFF220EF, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_DSS_AUDIO);
#define STATIC_KSNODETYPE_RADIO_RECEIVER                                                               \
    0xDFF220F0, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_RADIO_RECEIVER);
#define STATIC_KSNODETYPE_RADIO_TRANSMITTER                                                            \
    0xDFF220F1, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_RADIO_TRANSMITTER);
#define STATIC_KSNODETYPE_MULTITRACK_RECORDER                                                          \
    0xDFF220F2, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_MULTITRACK_RECORDER);
#define STATIC_KSNODETYPE_SYNTHESIZER                                                                  \
    0xDFF220F3, 0xF70F, 0x11D0, 0xB9, 0x17, 0x00, 0xA0, 0xC9, 0x22, 0x31, 0x96
DEFINE_GUIDEX(KSNODETYPE_SYNTHESIZER);
#define STATIC_KSNODETYPE_HDMI_INTERFACE                                                               \
    0xD1B9CC2A, 0xF519, 0x417F, 0x91, 0xC9, 0x55, 0xFA, 0x65, 0x48, 0x10, 0x01
DEFINE_GUIDEX(KSNODETYPE_HDMI_INTERFACE);
#define STATIC_KSNODETYPE_DISPLAYPORT_INTERFACE                                                        \
    0xE47E4031, 0x3EA6, 0x418D, 0x8F, 0x9B, 0xB7, 0x38, 0x43, 0xCC, 0xBA, 0x97
DEFINE_GUIDEX(KSNODETYPE_DISPLAYPORT_INTERFACE);

/* Names that pins and nodes may have. */
#define STATIC_KSAUDFNAME_BASS                                                                         \
    0x185FEDE0, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_BASS);
#define STATIC_KSAUDFNAME_TREBLE                                                                       \
    0x185FEDE1, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_TREBLE);
#define STATIC_KSAUDFNAME_3D_STEREO                                                                    \
    0x185FEDE2, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_3D_STEREO);
#define STATIC_KSAUDFNAME_MASTER_VOLUME                                                                \
    0x185FEDE3, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MASTER_VOLUME);
#define STATIC_KSAUDFNAME_MASTER_MUTE                                                                  \
    0x185FEDE4, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MASTER_MUTE);
#define STATIC_KSAUDFNAME_WAVE_VOLUME                                                                  \
    0x185FEDE5, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_WAVE_VOLUME);
#define STATIC_KSAUDFNAME_WAVE_MUTE                                                                    \
    0x185FEDE6, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_WAVE_MUTE);
#define STATIC_KSAUDFNAME_MIDI_VOLUME                                                                  \
    0x185FEDE7, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIDI_VOLUME);
#define STATIC_KSAUDFNAME_MIDI_MUTE                                                                    \
    0x185FEDE8, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIDI_MUTE);
#define STATIC_KSAUDFNAME_CD_VOLUME                                                                    \
    0x185FEDE9, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_CD_VOLUME);
#define STATIC_KSAUDFNAME_CD_MUTE                                                                      \
    0x185FEDEA, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_CD_MUTE);
#define STATIC_KSAUDFNAME_LINE_VOLUME                                                                  \
    0x185FEDEB, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_LINE_VOLUME);
#define STATIC_KSAUDFNAME_LINE_MUTE                                                                    \
    0x185FEDEC, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_LINE_MUTE);
#define STATIC_KSAUDFNAME_MIC_VOLUME                                                                   \
    0x185FEDED, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIC_VOLUME);
#define STATIC_KSAUDFNAME_MIC_MUTE                                                                     \
    0x185FEDEE, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIC_MUTE);
#define STATIC_KSAUDFNAME_RECORDING_SOURCE                                                             \
    0x185FEDEF, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_RECORDING_SOURCE);
#define STATIC_KSAUDFNAME_PC_SPEAKER_VOLUME                                                            \
    0x185FEDF0, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_PC_SPEAKER_VOLUME);
#define STATIC_KSAUDFNAME_PC_SPEAKER_MUTE                                                              \
    0x185FEDF1, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_PC_SPEAKER_MUTE);
#define STATIC_KSAUDFNAME_MIDI_IN_VOLUME                                                               \
    0x185FEDF2, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIDI_IN_VOLUME);
#define STATIC_KSAUDFNAME_CD_IN_VOLUME                                                                 \
    0x185FEDF3, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_CD_IN_VOLUME);
#define STATIC_KSAUDFNAME_LINE_IN_VOLUME                                                               \
    0x185FEDF4, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_LINE_IN_VOLUME);
#define STATIC_KSAUDFNAME_MIC_IN_VOLUME                                                                \
    0x185FEDF5, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIC_IN_VOLUME);
#define STATIC_KSAUDFNAME_WAVE_IN_VOLUME                                                               \
    0x185FEDF6, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_WAVE_IN_VOLUME);
#define STATIC_KSAUDFNAME_VOLUME_CONTROL                                                               \
    0x185FEDF7, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_VOLUME_CONTROL);
#define STATIC_KSAUDFNAME_MIDI                                                                         \
    0x185FEDF8, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_MIDI);
#define STATIC_KSAUDFNAME_LINE_IN                                                                      \
    0x185FEDF9, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_LINE_IN);
#define STATIC_KSAUDFNAME_RECORDING_CONTROL                                                            \
    0x185FEDFA, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_RECORDING_CONTROL);
#define STATIC_KSAUDFNAME_CD_AUDIO                                                                     \
    0x185FEDFB, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_CD_AUDIO);
#define STATIC_KSAUDFNAME_AUX_VOLUME                                                                   \
    0x185FEDFC, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_AUX_VOLUME);
#define STATIC_KSAUDFNAME_AUX_MUTE                                                                     \
    0x185FEDFD, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_AUX_MUTE);
#define STATIC_KSAUDFNAME_AUX                                                                          \
    0x185FEDFE, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_AUX);
#define STATIC_KSAUDFNAME_PC_SPEAKER                                                                   \
    0x185FEDFF, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_PC_SPEAKER);
#define STATIC_KSAUDFNAME_WAVE_OUT_MIX                                                                 \
    0x185FEE00, 0x9905, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3
DEFINE_GUIDEX(KSAUDFNAME_WAVE_OUT_MIX);
#define STATIC_KSAUDFNAME_MONO_OUT                                                                     \
    0xF9B41DC3, 0x96E2, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_OUT);
#define STATIC_KSAUDFNAME_STEREO_MIX                                                                   \
    0x00DFF077, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_STEREO_MIX);
#define STATIC_KSAUDFNAME_MONO_MIX                                                                     \
    0x00DFF078, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_MIX);
#define STATIC_KSAUDFNAME_MONO_OUT_VOLUME                                                              \
    0x1AD247EB, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_OUT_VOLUME);
#define STATIC_KSAUDFNAME_MONO_OUT_MUTE                                                                \
    0x1AD247EC, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_OUT_MUTE);
#define STATIC_KSAUDFNAME_STEREO_MIX_VOLUME                                                            \
    0x1AD247ED, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_STEREO_MIX_VOLUME);
#define STATIC_KSAUDFNAME_STEREO_MIX_MUTE                                                              \
    0x22B0EAFD, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_STEREO_MIX_MUTE);
#define STATIC_KSAUDFNAME_MONO_MIX_VOLUME                                                              \
    0x22B0EAFE, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_MIX_VOLUME);
#define STATIC_KSAUDFNAME_MONO_MIX_MUTE                                                                \
    0x2BC31D69, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MONO_MIX_MUTE);
#define STATIC_KSAUDFNAME_MICROPHONE_BOOST                                                             \
    0x2BC31D6A, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_MICROPHONE_BOOST);
#define STATIC_KSAUDFNAME_ALTERNATE_MICROPHONE                                                         \
    0x2BC31D6B, 0x96E3, 0x11D2, 0xAC, 0x4C, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_ALTERNATE_MICROPHONE);
#define STATIC_KSAUDFNAME_3D_DEPTH                                                                     \
    0x63FF5747, 0x991F, 0x11D2, 0xAC, 0x4D, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_3D_DEPTH);
#define STATIC_KSAUDFNAME_3D_CENTER                                                                    \
    0x9F0670B4, 0x991F, 0x11D2, 0xAC, 0x4D, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_3D_CENTER);
#define STATIC_KSAUDFNAME_VIDEO_VOLUME                                                                 \
    0x9B46E708, 0x992A, 0x11D2, 0xAC, 0x4D, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_VIDEO_VOLUME);
#define STATIC_KSAUDFNAME_VIDEO_MUTE                                                                   \
    0x9B46E709, 0x992A, 0x11D2, 0xAC, 0x4D, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_VIDEO_MUTE);
#define STATIC_KSAUDFNAME_VIDEO                                                                        \
    0x915DAEC4, 0xA434, 0x11D2, 0xAC, 0x52, 0x00, 0xC0, 0x4F, 0x8E, 0xFB, 0x68
DEFINE_GUIDEX(KSAUDFNAME_VIDEO);
#define STATIC_KSAUDFNAME_PEAKMETER                                                                    \
    0x57E24340, 0xFC5B, 0x4612, 0xA5, 0x62, 0x72, 0xB1, 0x1A, 0x29, 0xDF, 0xAE
DEFINE_GUIDEX(KSAUDFNAME_PEAKMETER);

/* Pin names that audio samples borrow from video. */
#define STATIC_PINNAME_VIDEO_CAPTURE                                                                   \
    0xFB6C4281, 0x0353, 0x11D1, 0x90, 0x5F, 0x00, 0x00, 0xC0, 0xCC, 0x16, 0xBA
DEFINE_GUIDEX(PINNAME_VIDEO_CAPTURE);
#define STATIC_PINNAME_CAPTURE STATIC_PINNAME_VIDEO_CAPTURE
#define PINNAME_CAPTURE PINNAME_VIDEO_CAPTURE

/* Logical pins of nodes (TP-14). */
#define KSNODEPIN_STANDARD_IN 1
#define KSNODEPIN_STANDARD_OUT 0
#define KSNODEPIN_SUM_MUX_IN 1
#define KSNODEPIN_SUM_MUX_OUT 0
#define KSNODEPIN_DEMUX_IN 0
#define KSNODEPIN_DEMUX_OUT 1
#define KSNODEPIN_AEC_RENDER_IN 1
#define KSNODEPIN_AEC_RENDER_OUT 0
#define KSNODEPIN_AEC_CAPTURE_IN 2
#define KSNODEPIN_AEC_CAPTURE_OUT 3

/* The subtype of a wave format tag is KSDATAFORMAT_SUBTYPE_WAVEFORMATEX with the tag in Data1. */
#define DEFINE_WAVEFORMATEX_GUID(tag)                                                                  \
    (USHORT)(tag), 0x0000, 0x0010, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71
#define INIT_WAVEFORMATEX_GUID(guid, tag)                                                              \
    do {                                                                                               \
        *(guid) = KSDATAFORMAT_SUBTYPE_WAVEFORMATEX;                                                   \
        (guid)->Data1 = (USHORT)(tag);                                                                 \
    } while (0)
#define EXTRACT_WAVEFORMATEX_ID(guid) ((USHORT)(guid)->Data1)
#define IS_VALID_WAVEFORMATEX_GUID(guid)                                                               \
    (!__builtin_memcmp((PUSHORT)&KSDATAFORMAT_SUBTYPE_WAVEFORMATEX + 1, (PUSHORT)(guid) + 1,           \
                       sizeof(GUID) - sizeof(USHORT)))

/* ---- formats ------------------------------------------------------------------------------------- */

typedef struct {
    KSDATAFORMAT DataFormat;
    WAVEFORMATEX WaveFormatEx;
} KSDATAFORMAT_WAVEFORMATEX, *PKSDATAFORMAT_WAVEFORMATEX;

typedef struct {
    KSDATAFORMAT DataFormat;
    WAVEFORMATEXTENSIBLE WaveFormatExt;
} KSDATAFORMAT_WAVEFORMATEXTENSIBLE, *PKSDATAFORMAT_WAVEFORMATEXTENSIBLE;

typedef struct {
    ULONG Flags;   /* KSDSOUND_BUFFER_... */
    ULONG Control; /* KSDSOUND_BUFFER_CTRL_... */
    WAVEFORMATEX WaveFormatEx;
} KSDSOUND_BUFFERDESC, *PKSDSOUND_BUFFERDESC;

typedef struct {
    KSDATAFORMAT DataFormat;
    KSDSOUND_BUFFERDESC BufferDesc;
} KSDATAFORMAT_DSOUND, *PKSDATAFORMAT_DSOUND;

#define KSDSOUND_BUFFER_PRIMARY 0x00000001
#define KSDSOUND_BUFFER_STATIC 0x00000002
#define KSDSOUND_BUFFER_LOCHARDWARE 0x00000004
#define KSDSOUND_BUFFER_LOCSOFTWARE 0x00000008
#define KSDSOUND_BUFFER_CTRL_3D 0x00000001
#define KSDSOUND_BUFFER_CTRL_FREQUENCY 0x00000002
#define KSDSOUND_BUFFER_CTRL_PAN 0x00000004
#define KSDSOUND_BUFFER_CTRL_VOLUME 0x00000008
#define KSDSOUND_BUFFER_CTRL_POSITIONNOTIFY 0x00000010

typedef struct {
    KSDATARANGE DataRange;
    ULONG MaximumChannels;
    ULONG MinimumBitsPerSample;
    ULONG MaximumBitsPerSample;
    ULONG MinimumSampleFrequency;
    ULONG MaximumSampleFrequency;
} KSDATARANGE_AUDIO, *PKSDATARANGE_AUDIO;

typedef struct {
    KSDATARANGE DataRange;
    GUID Technology;
    ULONG Channels;
    ULONG Notes;
    ULONG ChannelMask;
} KSDATARANGE_MUSIC, *PKSDATARANGE_MUSIC;

#define KSAUDIO_SPEAKER_DIRECTOUT 0
#define KSAUDIO_SPEAKER_MONO (SPEAKER_FRONT_CENTER)
#define KSAUDIO_SPEAKER_1POINT1 (SPEAKER_FRONT_CENTER | SPEAKER_LOW_FREQUENCY)
#define KSAUDIO_SPEAKER_STEREO (SPEAKER_FRONT_LEFT | SPEAKER_FRONT_RIGHT)
#define KSAUDIO_SPEAKER_2POINT1 (KSAUDIO_SPEAKER_STEREO | SPEAKER_LOW_FREQUENCY)
#define KSAUDIO_SPEAKER_3POINT0 (KSAUDIO_SPEAKER_STEREO | SPEAKER_FRONT_CENTER)
#define KSAUDIO_SPEAKER_QUAD (KSAUDIO_SPEAKER_STEREO | SPEAKER_BACK_LEFT | SPEAKER_BACK_RIGHT)
#define KSAUDIO_SPEAKER_SURROUND                                                                       \
    (KSAUDIO_SPEAKER_STEREO | SPEAKER_FRONT_CENTER | SPEAKER_BACK_CENTER)
#define KSAUDIO_SPEAKER_5POINT1                                                                        \
    (KSAUDIO_SPEAKER_QUAD | SPEAKER_FRONT_CENTER | SPEAKER_LOW_FREQUENCY)
#define KSAUDIO_SPEAKER_7POINT1                                                                        \
    (KSAUDIO_SPEAKER_5POINT1 | SPEAKER_FRONT_LEFT_OF_CENTER | SPEAKER_FRONT_RIGHT_OF_CENTER)
#define KSAUDIO_SPEAKER_5POINT1_SURROUND                                                               \
    (KSAUDIO_SPEAKER_STEREO | SPEAKER_FRONT_CENTER | SPEAKER_LOW_FREQUENCY | SPEAKER_SIDE_LEFT |       \
     SPEAKER_SIDE_RIGHT)
#define KSAUDIO_SPEAKER_7POINT1_SURROUND                                                               \
    (KSAUDIO_SPEAKER_5POINT1 | SPEAKER_SIDE_LEFT | SPEAKER_SIDE_RIGHT)

/* ---- KSPROPSETID_Audio --------------------------------------------------------------------------- */

typedef enum {
    KSPROPERTY_AUDIO_LATENCY = 1,
    KSPROPERTY_AUDIO_COPY_PROTECTION,
    KSPROPERTY_AUDIO_CHANNEL_CONFIG,
    KSPROPERTY_AUDIO_VOLUMELEVEL,
    KSPROPERTY_AUDIO_POSITION,
    KSPROPERTY_AUDIO_DYNAMIC_RANGE,
    KSPROPERTY_AUDIO_QUALITY,
    KSPROPERTY_AUDIO_SAMPLING_RATE,
    KSPROPERTY_AUDIO_DYNAMIC_SAMPLING_RATE,
    KSPROPERTY_AUDIO_MIX_LEVEL_TABLE,
    KSPROPERTY_AUDIO_MIX_LEVEL_CAPS,
    KSPROPERTY_AUDIO_MUX_SOURCE,
    KSPROPERTY_AUDIO_MUTE,
    KSPROPERTY_AUDIO_BASS,
    KSPROPERTY_AUDIO_MID,
    KSPROPERTY_AUDIO_TREBLE,
    KSPROPERTY_AUDIO_BASS_BOOST,
    KSPROPERTY_AUDIO_EQ_LEVEL,
    KSPROPERTY_AUDIO_NUM_EQ_BANDS,
    KSPROPERTY_AUDIO_EQ_BANDS,
    KSPROPERTY_AUDIO_AGC,
    KSPROPERTY_AUDIO_DELAY,
    KSPROPERTY_AUDIO_LOUDNESS,
    KSPROPERTY_AUDIO_WIDE_MODE,
    KSPROPERTY_AUDIO_WIDENESS,
    KSPROPERTY_AUDIO_REVERB_LEVEL,
    KSPROPERTY_AUDIO_CHORUS_LEVEL,
    KSPROPERTY_AUDIO_DEV_SPECIFIC,
    KSPROPERTY_AUDIO_DEMUX_DEST,
    KSPROPERTY_AUDIO_STEREO_ENHANCE,
    KSPROPERTY_AUDIO_MANUFACTURE_GUID,
    KSPROPERTY_AUDIO_PRODUCT_GUID,
    KSPROPERTY_AUDIO_CPU_RESOURCES,
    KSPROPERTY_AUDIO_STEREO_SPEAKER_GEOMETRY,
    KSPROPERTY_AUDIO_SURROUND_ENCODE,
    KSPROPERTY_AUDIO_3D_INTERFACE,
    KSPROPERTY_AUDIO_PEAKMETER,
    KSPROPERTY_AUDIO_ALGORITHM_INSTANCE,
    KSPROPERTY_AUDIO_FILTER_STATE,
    KSPROPERTY_AUDIO_PREFERRED_STATUS,
    KSPROPERTY_AUDIO_PEQ_MAX_BANDS,
    KSPROPERTY_AUDIO_PEQ_NUM_BANDS,
    KSPROPERTY_AUDIO_PEQ_BAND_CENTER_FREQ,
    KSPROPERTY_AUDIO_PEQ_BAND_Q_FACTOR,
    KSPROPERTY_AUDIO_PEQ_BAND_LEVEL,
    KSPROPERTY_AUDIO_CHORUS_MODULATION_RATE,
    KSPROPERTY_AUDIO_CHORUS_MODULATION_DEPTH,
    KSPROPERTY_AUDIO_REVERB_TIME,
    KSPROPERTY_AUDIO_REVERB_DELAY_FEEDBACK,
    KSPROPERTY_AUDIO_POSITIONEX,
    KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY,
    KSPROPERTY_AUDIO_PRESENTATION_POSITION,
    KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION,
    KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION,
    KSPROPERTY_AUDIO_PEAKMETER2,
    KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION,
    KSPROPERTY_AUDIO_VOLUMELIMIT_ENGAGED,
    KSPROPERTY_AUDIO_MIC_SENSITIVITY,
    KSPROPERTY_AUDIO_MIC_SNR,
    KSPROPERTY_AUDIO_MIC_SENSITIVITY2
} KSPROPERTY_AUDIO;

#define KSAUDIO_QUALITY_WORST 0x0
#define KSAUDIO_QUALITY_PC 0x1
#define KSAUDIO_QUALITY_BASIC 0x2
#define KSAUDIO_QUALITY_ADVANCED 0x3
#define KSAUDIO_CPU_RESOURCES_NOT_HOST_CPU 0x00000000
#define KSAUDIO_CPU_RESOURCES_HOST_CPU 0x7FFFFFFF

typedef struct {
    KSPROPERTY Property;
    ULONG NodeId;
    ULONG Reserved;
} KSNODEPROPERTY, *PKSNODEPROPERTY;

typedef struct {
    KSNODEPROPERTY NodeProperty;
    LONG Channel; /* -1: all */
    ULONG Reserved;
} KSNODEPROPERTY_AUDIO_CHANNEL, *PKSNODEPROPERTY_AUDIO_CHANNEL;

typedef struct {
    KSNODEPROPERTY NodeProperty;
    ULONG DevSpecificId;
    ULONG DeviceInfo;
    ULONG Length;
} KSNODEPROPERTY_AUDIO_DEV_SPECIFIC, *PKSNODEPROPERTY_AUDIO_DEV_SPECIFIC;

typedef struct {
    KSNODEPROPERTY NodeProperty;
    PVOID AppContext;
    ULONG Length;
    ULONG Reserved;
} KSNODEPROPERTY_AUDIO_PROPERTY, *PKSNODEPROPERTY_AUDIO_PROPERTY;

typedef struct {
    ULONGLONG PlayOffset;
    ULONGLONG WriteOffset;
} KSAUDIO_POSITION, *PKSAUDIO_POSITION;

typedef struct {
    LARGE_INTEGER TimerFrequency;
    LARGE_INTEGER TimeStamp1;
    KSAUDIO_POSITION Position;
    LARGE_INTEGER TimeStamp2;
} KSAUDIO_POSITIONEX, *PKSAUDIO_POSITIONEX;

typedef struct {
    UINT64 u64PositionInBlocks;
    UINT64 u64QPCPosition; /* 100 ns */
} KSAUDIO_PRESENTATION_POSITION, *PKSAUDIO_PRESENTATION_POSITION;

typedef struct {
    BOOL fCopyrighted;
    BOOL fOriginal;
} KSAUDIO_COPY_PROTECTION, *PKSAUDIO_COPY_PROTECTION;

typedef struct {
    LONG ActiveSpeakerPositions;
} KSAUDIO_CHANNEL_CONFIG, *PKSAUDIO_CHANNEL_CONFIG;

typedef struct {
    ULONG QuietCompression;
    ULONG LoudCompression;
} KSAUDIO_DYNAMIC_RANGE, *PKSAUDIO_DYNAMIC_RANGE;

typedef struct {
    BOOL Mute;
    LONG Level;
} KSAUDIO_MIXLEVEL, *PKSAUDIO_MIXLEVEL;

typedef struct {
    BOOL Mute;
    LONG Minimum;
    LONG Maximum;
    union {
        LONG Reset;
        LONG Resolution;
    };
} KSAUDIO_MIX_CAPS, *PKSAUDIO_MIX_CAPS;

typedef struct {
    ULONG InputChannels;
    ULONG OutputChannels;
    KSAUDIO_MIX_CAPS Capabilities[1];
} KSAUDIO_MIXCAP_TABLE, *PKSAUDIO_MIXCAP_TABLE;

typedef struct {
    BOOL Enable;
    LONG DeviceType;
    ULONG Flags;
    ULONG Reserved;
} KSAUDIO_PREFERRED_STATUS, *PKSAUDIO_PREFERRED_STATUS;

typedef enum { KSPROPERTY_TOPOLOGYNODE_ENABLE = 1, KSPROPERTY_TOPOLOGYNODE_RESET } KSPROPERTY_TOPOLOGYNODE;

typedef enum { KSPROPERTY_DRMAUDIOSTREAM_CONTENTID } KSPROPERTY_DRMAUDIOSTREAM;

typedef enum { KSEVENT_CONTROL_CHANGE } KSEVENT_AUDIO_CONTROL_CHANGE;

typedef enum { KSEVENT_LOOPEDSTREAMING_POSITION } KSEVENT_LOOPEDSTREAMING;

typedef struct {
    KSEVENTDATA KsEventData;
    ULONGLONG Position;
} LOOPEDSTREAMING_POSITION_EVENT_DATA, *PLOOPEDSTREAMING_POSITION_EVENT_DATA;

/* ---- KSPROPSETID_RtAudio -------------------------------------------------------------------------- */

typedef enum {
    KSPROPERTY_RTAUDIO_GETPOSITIONFUNCTION,
    KSPROPERTY_RTAUDIO_BUFFER,
    KSPROPERTY_RTAUDIO_HWLATENCY,
    KSPROPERTY_RTAUDIO_POSITIONREGISTER,
    KSPROPERTY_RTAUDIO_CLOCKREGISTER,
    KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION,
    KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
    KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT,
    KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT,
    KSPROPERTY_RTAUDIO_PACKETCOUNT,
    KSPROPERTY_RTAUDIO_PRESENTATION_POSITION,
    KSPROPERTY_RTAUDIO_GETREADPACKET,
    KSPROPERTY_RTAUDIO_SETWRITEPACKET,
    KSPROPERTY_RTAUDIO_PACKETVREGISTER
} KSPROPERTY_RTAUDIO;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
    ULONG RequestedBufferSize;
} KSRTAUDIO_BUFFER_PROPERTY, *PKSRTAUDIO_BUFFER_PROPERTY;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
    ULONG RequestedBufferSize;
    ULONG NotificationCount;
} KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION, *PKSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION;

typedef struct {
    PVOID BufferAddress;
    ULONG ActualBufferSize;
    BOOL CallMemoryBarrier;
} KSRTAUDIO_BUFFER, *PKSRTAUDIO_BUFFER;

typedef struct {
    ULONG FifoSize;     /* bytes */
    ULONG ChipsetDelay; /* 100 ns */
    ULONG CodecDelay;   /* 100 ns */
} KSRTAUDIO_HWLATENCY, *PKSRTAUDIO_HWLATENCY;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
} KSRTAUDIO_HWREGISTER_PROPERTY, *PKSRTAUDIO_HWREGISTER_PROPERTY;

typedef struct {
    PVOID Register;
    ULONG Width; /* bits */
    ULONGLONG Numerator;
    ULONGLONG Denominator;
    ULONG Accuracy;
} KSRTAUDIO_HWREGISTER, *PKSRTAUDIO_HWREGISTER;

typedef struct {
    KSPROPERTY Property;
    HANDLE NotificationEvent;
} KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY, *PKSRTAUDIO_NOTIFICATION_EVENT_PROPERTY;

typedef struct {
    ULONG PacketNumber;
    ULONG Flags; /* KSSTREAM_HEADER_OPTIONSF_... */
    ULONG64 PerformanceCounterValue;
    BOOL MoreData;
} KSRTAUDIO_GETREADPACKET_INFO, *PKSRTAUDIO_GETREADPACKET_INFO;

typedef struct {
    ULONG PacketNumber;
    ULONG Flags;
    ULONG EosPacketLength;
} KSRTAUDIO_SETWRITEPACKET_INFO, *PKSRTAUDIO_SETWRITEPACKET_INFO;

typedef struct {
    KSPROPERTY Property;
    PVOID BaseAddress;
} KSRTAUDIO_PACKETVREGISTER_PROPERTY, *PKSRTAUDIO_PACKETVREGISTER_PROPERTY;

typedef struct {
    PUINT64 CompletedPacketCount;
    PUINT64 CompletedPacketQPC;
    PUINT64 CompletedPacketHash;
} KSRTAUDIO_PACKETVREGISTER, *PKSRTAUDIO_PACKETVREGISTER;

/* ---- KSPROPSETID_Jack ----------------------------------------------------------------------------- */

typedef enum {
    KSPROPERTY_JACK_DESCRIPTION = 1,
    KSPROPERTY_JACK_DESCRIPTION2,
    KSPROPERTY_JACK_SINK_INFO,
    KSPROPERTY_JACK_CONTAINERID,
    KSPROPERTY_JACK_DESCRIPTION3
} KSPROPERTY_JACK;

typedef enum {
    eConnTypeUnknown,
    eConnType3Point5mm,
    eConnTypeQuarter,
    eConnTypeAtapiInternal,
    eConnTypeRCA,
    eConnTypeOptical,
    eConnTypeOtherDigital,
    eConnTypeOtherAnalog,
    eConnTypeMultichannelAnalogDIN,
    eConnTypeXlrProfessional,
    eConnTypeRJ11Modem,
    eConnTypeCombination
} EPcxConnectionType;

typedef enum {
    eGeoLocRear = 1,
    eGeoLocFront,
    eGeoLocLeft,
    eGeoLocRight,
    eGeoLocTop,
    eGeoLocBottom,
    eGeoLocRearPanel,
    eGeoLocRiser,
    eGeoLocInsideMobileLid,
    eGeoLocDrivebay,
    eGeoLocHDMI,
    eGeoLocOutsideMobileLid,
    eGeoLocATAPI,
    eGeoLocNotApplicable,
    eGeoLocReserved6,
    EPcxGeoLocation_enum_count
} EPcxGeoLocation;
#define eGeoLocReserved5 eGeoLocNotApplicable

typedef enum {
    eGenLocPrimaryBox,
    eGenLocInternal,
    eGenLocSeparate,
    eGenLocOther,
    EPcxGenLocation_enum_count
} EPcxGenLocation;

typedef enum {
    ePortConnJack,
    ePortConnIntegratedDevice,
    ePortConnBothIntegratedAndJack,
    ePortConnUnknown
} EPxcPortConnection;

typedef struct {
    DWORD ChannelMapping; /* SPEAKER_... */
    DWORD Color;          /* 0x00RRGGBB */
    EPcxConnectionType ConnectionType;
    EPcxGeoLocation GeoLocation;
    EPcxGenLocation GenLocation;
    EPxcPortConnection PortConnection;
    BOOL IsConnected;
} KSJACK_DESCRIPTION, *PKSJACK_DESCRIPTION;

typedef struct {
    DWORD DeviceStateInfo;
    DWORD JackCapabilities; /* JACKDESC2_... */
} KSJACK_DESCRIPTION2, *PKSJACK_DESCRIPTION2;
#define JACKDESC2_PRESENCE_DETECT_CAPABILITY 0x00000001
#define JACKDESC2_DYNAMIC_FORMAT_CHANGE_CAPABILITY 0x00000002

typedef struct {
    ULONG ConfigId;
} KSJACK_DESCRIPTION3, *PKSJACK_DESCRIPTION3;

#define MAX_SINK_DESCRIPTION_NAME_LENGTH 32
typedef enum {
    KSJACK_SINK_CONNECTIONTYPE_HDMI,
    KSJACK_SINK_CONNECTIONTYPE_DISPLAYPORT
} KSJACK_SINK_CONNECTIONTYPE;
typedef struct {
    ULONG LowPart;
    LONG HighPart;
} KSJACK_SINK_PORTID;
typedef struct _tagKSJACK_SINK_INFORMATION {
    KSJACK_SINK_CONNECTIONTYPE ConnType;
    WORD ManufacturerId;
    WORD ProductId;
    WORD AudioLatency;
    BOOL HDCPCapable;
    BOOL AICapable;
    UCHAR SinkDescriptionLength;
    WCHAR SinkDescription[MAX_SINK_DESCRIPTION_NAME_LENGTH];
    KSJACK_SINK_PORTID PortId;
} KSJACK_SINK_INFORMATION, *PKSJACK_SINK_INFORMATION;

#include "detail/ksaudioext.h"

#endif
