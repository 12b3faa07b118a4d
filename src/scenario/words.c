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

// Arguments: at least, at most, what each can be.
#define WORD(name, step, least, most, ...) {name, step, least, most, false, false, {__VA_ARGS__}}
#define HOLDING(name, step, least, most, ...) {name, step, least, most, true, false, {__VA_ARGS__}}
#define OPENING(name, step, least, most, ...) {name, step, least, most, false, true, {__VA_ARGS__}}

static const struct word words[] = {
    WORD("sleep", step_sleep, 1, 1, TIME(60000000000)),
    WORD("stream", step_stream, 1, 1, NUMBER(1, MOST_STREAMS)),
    OPENING("open", step_open, 1, 4, CHOICE("render capture"), FORMAT),
    OPENING("open-looped", step_open_looped, 1, 4, CHOICE("render capture"), FORMAT),
    WORD("close", step_close, 0, 0),
    WORD("state", step_state, 1, 1, CHOICE("stop acquire pause run")),
    WORD("stop", step_stop, 0, 0),
    WORD("acquire", step_acquire, 0, 0),
    WORD("pause", step_pause, 0, 0),
    WORD("run", step_run, 0, 0),
    WORD("state-is", step_state_is, 1, 1, CHOICE("stop acquire pause run")),
    WORD("position", step_position, 0, 0),
    WORD("format", step_format, 3, 3, FORMAT),
    WORD("framing", step_framing, 0, 0),
    WORD("reset", step_reset, 1, 1, CHOICE("begin end")),
    WORD("packets", step_packets, 2, 2, PACKET, SIZE),
    HOLDING("submit", step_submit, 0, 2, PACKET, SIZE),
    HOLDING("wait", step_wait, 0, 1, PACKET),
    HOLDING("cancel", step_cancel, 0, 1, PACKET),
    HOLDING("feed", step_feed, 1, 1, TIME(60000000000)),
    WORD("start", step_start, 0, 0),
    WORD("remove", step_remove, 0, 0),
    WORD("surprise-remove", step_surprise_remove, 0, 0),
    WORD("unload", step_unload, 0, 0),
    WORD("power", step_power, 1, 1, CHOICE("d0 d1 d2 d3")),
    WORD("volume", step_volume, 1, 2, CHOICE("get set"), NUMBER(0, 96)),
    WORD("heard", step_heard, 1, 1, TIME(10000000000)),
    WORD("buffer", step_buffer, 1, 1, SIZE),
    WORD("buffer-notify", step_buffer_notify, 2, 2, NUMBER(0, 100), SIZE),
    WORD("event", step_event, 0, 0),
    WORD("event-wait", step_event_wait, 0, 0),
    WORD("event-drop", step_event_drop, 0, 0),
    WORD("position-register", step_position_register, 0, 0),
    WORD("clock-register", step_clock_register, 0, 0),
    WORD("latency", step_latency, 0, 0),
    WORD("packet-count", step_packet_count, 0, 0),
    WORD("write-packet", step_write_packet, 1, 1, ANY_ULONG),
    WORD("read-packet", step_read_packet, 0, 0),
    WORD("presentation", step_presentation, 0, 0),
};

const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(words[i].name, name))
            return &words[i];
    return NULL;
}
