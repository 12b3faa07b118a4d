// SPDX-License-Identifier: MIT
//
// See names.h.
#include "host/names.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const GUID *guid;
    const char *name;
} guids[] = {
    {&KSNODETYPE_SPEAKER, "SPEAKER"},
    {&KSNODETYPE_HEADPHONES, "HEADPHONES"},
    {&KSNODETYPE_LINE_CONNECTOR, "LINE_CONNECTOR"},
    {&KSNODETYPE_MICROPHONE, "MICROPHONE"},
    {&KSNODETYPE_MICROPHONE_ARRAY, "MICROPHONE_ARRAY"},
    {&KSNODETYPE_CD_PLAYER, "CD_PLAYER"},
    {&KSNODETYPE_SPDIF_INTERFACE, "SPDIF_INTERFACE"},
    {&KSNODETYPE_HDMI_INTERFACE, "HDMI_INTERFACE"},
    {&KSNODETYPE_DISPLAYPORT_INTERFACE, "DISPLAYPORT_INTERFACE"},
    {&KSNODETYPE_ANALOG_CONNECTOR, "ANALOG_CONNECTOR"},
    {&KSNODETYPE_LEGACY_AUDIO_CONNECTOR, "LEGACY_AUDIO_CONNECTOR"},
    {&KSNODETYPE_DIGITAL_AUDIO_INTERFACE, "DIGITAL_AUDIO_INTERFACE"},
    {&KSNODETYPE_HEADSET, "HEADSET"},
    {&KSNODETYPE_HANDSET, "HANDSET"},
    {&KSNODETYPE_DESKTOP_SPEAKER, "DESKTOP_SPEAKER"},
    {&KSNODETYPE_ROOM_SPEAKER, "ROOM_SPEAKER"},
    {&KSNODETYPE_DESKTOP_MICROPHONE, "DESKTOP_MICROPHONE"},
    {&KSNODETYPE_PERSONAL_MICROPHONE, "PERSONAL_MICROPHONE"},
    {&KSNODETYPE_PHONE_LINE, "PHONE_LINE"},
    {&KSNODETYPE_TELEPHONE, "TELEPHONE"},
    {&KSNODETYPE_SYNTHESIZER, "SYNTHESIZER"},
    {&KSNODETYPE_SWSYNTH, "SWSYNTH"},
    {&KSNODETYPE_SWMIDI, "SWMIDI"},
    {&KSNODETYPE_VIDEO_DISC_AUDIO, "VIDEO_DISC_AUDIO"},
    {&KSNODETYPE_DVD_AUDIO, "DVD_AUDIO"},
    {&KSNODETYPE_TV_TUNER_AUDIO, "TV_TUNER_AUDIO"},
    {&KSNODETYPE_LEVEL_CALIBRATION_NOISE_SOURCE, "LEVEL_CALIBRATION_NOISE_SOURCE"},
    {&KSNODETYPE_INPUT_UNDEFINED, "INPUT_UNDEFINED"},
    {&KSNODETYPE_OUTPUT_UNDEFINED, "OUTPUT_UNDEFINED"},
    {&KSNODETYPE_DAC, "DAC"},
    {&KSNODETYPE_ADC, "ADC"},
    {&KSNODETYPE_SRC, "SRC"},
    {&KSNODETYPE_SUPERMIX, "SUPERMIX"},
    {&KSNODETYPE_MUX, "MUX"},
    {&KSNODETYPE_DEMUX, "DEMUX"},
    {&KSNODETYPE_SUM, "SUM"},
    {&KSNODETYPE_MUTE, "MUTE"},
    {&KSNODETYPE_VOLUME, "VOLUME"},
    {&KSNODETYPE_TONE, "TONE"},
    {&KSNODETYPE_EQUALIZER, "EQUALIZER"},
    {&KSNODETYPE_AGC, "AGC"},
    {&KSNODETYPE_NOISE_SUPPRESS, "NOISE_SUPPRESS"},
    {&KSNODETYPE_DELAY, "DELAY"},
    {&KSNODETYPE_LOUDNESS, "LOUDNESS"},
    {&KSNODETYPE_PROLOGIC_DECODER, "PROLOGIC_DECODER"},
    {&KSNODETYPE_STEREO_WIDE, "STEREO_WIDE"},
    {&KSNODETYPE_STEREO_ENHANCE, "STEREO_ENHANCE"},
    {&KSNODETYPE_REVERB, "REVERB"},
    {&KSNODETYPE_CHORUS, "CHORUS"},
    {&KSNODETYPE_3D_EFFECTS, "3D_EFFECTS"},
    {&KSNODETYPE_ACOUSTIC_ECHO_CANCEL, "ACOUSTIC_ECHO_CANCEL"},
    {&KSNODETYPE_PEAKMETER, "PEAKMETER"},
    {&KSNODETYPE_DEV_SPECIFIC, "DEV_SPECIFIC"},
    {&KSNODETYPE_DRM_DESCRAMBLE, "DRM_DESCRAMBLE"},
    {&KSNODETYPE_AUDIO_ENGINE, "AUDIO_ENGINE"},
    {&KSAUDFNAME_MASTER_VOLUME, "MASTER_VOLUME"},
    {&KSAUDFNAME_MASTER_MUTE, "MASTER_MUTE"},
    {&KSAUDFNAME_WAVE_VOLUME, "WAVE_VOLUME"},
    {&KSAUDFNAME_WAVE_MUTE, "WAVE_MUTE"},
    {&KSAUDFNAME_MIDI_VOLUME, "MIDI_VOLUME"},
    {&KSAUDFNAME_MIDI_MUTE, "MIDI_MUTE"},
    {&KSAUDFNAME_CD_VOLUME, "CD_VOLUME"},
    {&KSAUDFNAME_CD_MUTE, "CD_MUTE"},
    {&KSAUDFNAME_LINE_VOLUME, "LINE_VOLUME"},
    {&KSAUDFNAME_LINE_MUTE, "LINE_MUTE"},
    {&KSAUDFNAME_MIC_VOLUME, "MIC_VOLUME"},
    {&KSAUDFNAME_MIC_MUTE, "MIC_MUTE"},
    {&KSAUDFNAME_AUX_VOLUME, "AUX_VOLUME"},
    {&KSAUDFNAME_AUX_MUTE, "AUX_MUTE"},
    {&KSAUDFNAME_PC_SPEAKER_VOLUME, "PC_SPEAKER_VOLUME"},
    {&KSAUDFNAME_PC_SPEAKER_MUTE, "PC_SPEAKER_MUTE"},
    {&KSAUDFNAME_VIDEO_VOLUME, "VIDEO_VOLUME"},
    {&KSAUDFNAME_VIDEO_MUTE, "VIDEO_MUTE"},
    {&KSAUDFNAME_MONO_OUT_VOLUME, "MONO_OUT_VOLUME"},
    {&KSAUDFNAME_MONO_OUT_MUTE, "MONO_OUT_MUTE"},
    {&KSAUDFNAME_RECORDING_SOURCE, "RECORDING_SOURCE"},
    {&KSAUDFNAME_RECORDING_CONTROL, "RECORDING_CONTROL"},
    {&KSAUDFNAME_BASS, "BASS"},
    {&KSAUDFNAME_TREBLE, "TREBLE"},
    {&KSAUDFNAME_WAVE_IN_VOLUME, "WAVE_IN_VOLUME"},
    {&KSAUDFNAME_MIC_IN_VOLUME, "MIC_IN_VOLUME"},
    {&KSAUDFNAME_LINE_IN_VOLUME, "LINE_IN_VOLUME"},
    {&KSAUDFNAME_CD_IN_VOLUME, "CD_IN_VOLUME"},
    {&KSAUDFNAME_VOLUME_CONTROL, "VOLUME_CONTROL"},
    {&KSAUDFNAME_WAVE_OUT_MIX, "WAVE_OUT_MIX"},
    {&KSAUDFNAME_STEREO_MIX, "STEREO_MIX"},
    {&KSAUDFNAME_STEREO_MIX_VOLUME, "STEREO_MIX_VOLUME"},
    {&KSAUDFNAME_STEREO_MIX_MUTE, "STEREO_MIX_MUTE"},
    {&KSAUDFNAME_MONO_MIX, "MONO_MIX"},
    {&KSAUDFNAME_MONO_MIX_VOLUME, "MONO_MIX_VOLUME"},
    {&KSAUDFNAME_MONO_MIX_MUTE, "MONO_MIX_MUTE"},
    {&KSCATEGORY_AUDIO, "AUDIO"},
    {&KSCATEGORY_AUDIO_DEVICE, "AUDIO_DEVICE"},
    {&KSCATEGORY_RENDER, "RENDER"},
    {&KSCATEGORY_CAPTURE, "CAPTURE"},
    {&KSCATEGORY_TOPOLOGY, "TOPOLOGY"},
    {&KSCATEGORY_BRIDGE, "BRIDGE"},
    {&KSCATEGORY_REALTIME, "REALTIME"},
    {&KSCATEGORY_MIXER, "MIXER"},
    {&KSCATEGORY_SPLITTER, "SPLITTER"},
    {&KSCATEGORY_WDMAUD, "WDMAUD"},
    {&KSCATEGORY_SYSAUDIO, "SYSAUDIO"},
    {&KSCATEGORY_DATATRANSFORM, "DATATRANSFORM"},
};

// Room for the digits of a few GUIDs in one line of output.
static char *room(void)
{
    static _Thread_local char texts[4][64];
    static _Thread_local unsigned next;

    return texts[next++ % 4];
}

static const char *digits(const GUID *guid)
{
    char *text = room();

    snprintf(text, 64, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", (unsigned)guid->Data1,
             guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2],
             guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
    return text;
}

const char *guid_name(const GUID *guid)
{
    for (size_t i = 0; i < sizeof(guids) / sizeof(*guids); i++)
        if (!memcmp(guids[i].guid, guid, sizeof(*guid)))
            return guids[i].name;
    return digits(guid);
}

static const char *const audio[] = {
    NULL, "LATENCY",
    "COPY_PROTECTION",
    "CHANNEL_CONFIG",
    "VOLUMELEVEL",
    "POSITION",
    "DYNAMIC_RANGE",
    "QUALITY",
    "SAMPLING_RATE",
    "DYNAMIC_SAMPLING_RATE",
    "MIX_LEVEL_TABLE",
    "MIX_LEVEL_CAPS",
    "MUX_SOURCE",
    "MUTE",
    "BASS",
    "MID",
    "TREBLE",
    "BASS_BOOST",
    "EQ_LEVEL",
    "NUM_EQ_BANDS",
    "EQ_BANDS",
    "AGC",
    "DELAY",
    "LOUDNESS",
    "WIDE_MODE",
    "WIDENESS",
    "REVERB_LEVEL",
    "CHORUS_LEVEL",
    "DEV_SPECIFIC",
    "DEMUX_DEST",
    "STEREO_ENHANCE",
    "MANUFACTURE_GUID",
    "PRODUCT_GUID",
    "CPU_RESOURCES",
    "STEREO_SPEAKER_GEOMETRY",
    "SURROUND_ENCODE",
    "3D_INTERFACE",
    "PEAKMETER",
    "ALGORITHM_INSTANCE",
    "FILTER_STATE",
    "PREFERRED_STATUS",
};

static const struct {
    const GUID *set;
    const char *const *names;
    ULONG count;
    const char *prefix;
} sets[] = {
    {&KSPROPSETID_Audio, audio, sizeof(audio) / sizeof(*audio), ""},
    {&KSPROPSETID_Jack, NULL, 0, "jack property"},
    {&KSPROPSETID_TopologyNode, NULL, 0, "topology node property"},
    {&KSPROPSETID_Pin, NULL, 0, "pin property"},
    {&KSPROPSETID_Topology, NULL, 0, "topology property"},
    {&KSPROPSETID_General, NULL, 0, "general property"},
    {&KSEVENTSETID_AudioControlChange, NULL, 0, "control change"},
};

const char *property_name(const GUID *set, ULONG id)
{
    char *text = room();

    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
        if (memcmp(sets[i].set, set, sizeof(*set)))
            continue;
        if (id < sets[i].count && sets[i].names[id])
            return sets[i].names[id];
        snprintf(text, 64, "%s %u", *sets[i].prefix ? sets[i].prefix : "audio property", id);
        return text;
    }
    snprintf(text, 64, "%.39s %u", digits(set), id);
    return text;
}
