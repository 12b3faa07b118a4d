// SPDX-License-Identifier: MIT
//
// The words of the language; docs/scenarios.md explains each.
#include <string.h>

#include "scenario/steps.h"

#define NUMBER(low, high) {VALUE_NUMBER, low, high, NULL}
#define TIME(high) {VALUE_TIME, 0, high, NULL}
#define SIZE {VALUE_SIZE, 0, 1ll << 32, NULL}
#define CHOICE(words) {VALUE_CHOICE, 0, 0, words}
#define PACKET NUMBER(1, MOST_IN_FLIGHT)
#define FORMAT NUMBER(1, 1000000), NUMBER(1, 64), NUMBER(1, 64)
#define ANY_ULONG NUMBER(0, UINT32_MAX)

static const struct word words[] = {
    {"sleep", step_sleep, 1, 1, {TIME(60000000000)}},
    {"stream", step_stream, 1, 1, {NUMBER(1, MOST_STREAMS)}},
    {"open", step_open, 1, 4, {CHOICE("render capture"), FORMAT}},
    {"open-looped", step_open_looped, 1, 4, {CHOICE("render capture"), FORMAT}},
    {"close", step_close, 0, 0, {{0}}},
    {"state", step_state, 1, 1, {CHOICE("stop acquire pause run")}},
    {"stop", step_stop, 0, 0, {{0}}},
    {"acquire", step_acquire, 0, 0, {{0}}},
    {"pause", step_pause, 0, 0, {{0}}},
    {"run", step_run, 0, 0, {{0}}},
    {"state-is", step_state_is, 1, 1, {CHOICE("stop acquire pause run")}},
    {"position", step_position, 0, 0, {{0}}},
    {"format", step_format, 3, 3, {FORMAT}},
    {"framing", step_framing, 0, 0, {{0}}},
    {"reset", step_reset, 1, 1, {CHOICE("begin end")}},
    {"packets", step_packets, 2, 2, {PACKET, SIZE}},
    {"submit", step_submit, 0, 2, {PACKET, SIZE}},
    {"wait", step_wait, 0, 1, {PACKET}},
    {"cancel", step_cancel, 0, 1, {PACKET}},
    {"feed", step_feed, 1, 1, {TIME(60000000000)}},
    {"start", step_start, 0, 0, {{0}}},
    {"remove", step_remove, 0, 0, {{0}}},
    {"surprise-remove", step_surprise_remove, 0, 0, {{0}}},
    {"unload", step_unload, 0, 0, {{0}}},
    {"power", step_power, 1, 1, {CHOICE("d0 d1 d2 d3")}},
    {"volume", step_volume, 1, 2, {CHOICE("get set"), NUMBER(0, 96)}},
    {"buffer", step_buffer, 1, 1, {SIZE}},
    {"buffer-notify", step_buffer_notify, 2, 2, {NUMBER(0, 100), SIZE}},
    {"event", step_event, 0, 0, {{0}}},
    {"event-wait", step_event_wait, 0, 0, {{0}}},
    {"event-drop", step_event_drop, 0, 0, {{0}}},
    {"position-register", step_position_register, 0, 0, {{0}}},
    {"clock-register", step_clock_register, 0, 0, {{0}}},
    {"latency", step_latency, 0, 0, {{0}}},
    {"packet-count", step_packet_count, 0, 0, {{0}}},
    {"write-packet", step_write_packet, 1, 1, {ANY_ULONG}},
    {"read-packet", step_read_packet, 0, 0, {{0}}},
    {"presentation", step_presentation, 0, 0, {{0}}},
};

const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(words[i].name, name))
            return &words[i];
    return NULL;
}
