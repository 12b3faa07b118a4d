// SPDX-License-Identifier: MIT
//
// What the words of the language do (words.c): each gets the actor and its arguments and says with an NTSTATUS how
// it ended. Contents of `values` as the word's rules say.
#ifndef PORTSIDE_SCENARIO_STEPS_H
#define PORTSIDE_SCENARIO_STEPS_H

#include "host/graph.h"
#include "scenario/run.h"

#define STEP(name) NTSTATUS step_##name(struct actor *actor, const int64_t *values, unsigned count)

// steps_stream.c
STEP(sleep);
STEP(stream);
STEP(open);
STEP(open_looped);
STEP(close);
STEP(state);
STEP(stop);
STEP(acquire);
STEP(pause);
STEP(run);
STEP(state_is);
STEP(position);
STEP(format);
STEP(framing);
STEP(reset);
// steps_packet.c
STEP(packets);
STEP(submit);
STEP(wait);
STEP(cancel);
STEP(feed);
// steps_device.c
STEP(start);
STEP(remove);
STEP(surprise_remove);
STEP(unload);
STEP(power);
STEP(volume);
// steps_level.c
STEP(heard);
// The volume node of the first endpoint that plays; false: it has none.
bool level_place(struct run *run, struct graph_place *out);
// steps_rt.c
STEP(buffer);
STEP(buffer_notify);
STEP(event);
STEP(event_wait);
STEP(event_drop);
STEP(position_register);
STEP(clock_register);
STEP(latency);
STEP(packet_count);
STEP(write_packet);
STEP(read_packet);
STEP(presentation);

#endif
