#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a dishonest copy of the AC'97 driver's stream.c: make_cheat.py NAME stream.c OUT.c

Each cheat does something wrong to one mapping that a listener would hardly notice; the tool must name the
first frame that suffers.
"""
import sys

APPEND = '''        stream->held[stream->count++] = held;
        queue_blocks(stream);
'''
ADD = 'engine_add(engine, held->address + held->queued, block, ends);'

CHEATS = {
    # the fifth mapping is never given to the hardware
    'skip': (APPEND, '''        static ULONG number;

        if (++number == 5)
            held.bytes = 0;
''' + APPEND),
    # the second and third change places
    'swap': (APPEND, '''        static ULONG number;

        stream->held[stream->count++] = held;
        if (++number == 2)
            continue;
        if (number == 3) {
            stream->held[stream->count - 1].address = stream->held[stream->count - 2].address;
            stream->held[stream->count - 2].address = held.address;
        }
        queue_blocks(stream);
'''),
    # the sixth is played again instead of the seventh
    'repeat': (APPEND, '''        static ULONG number, before;

        if (++number == 7)
            held.address = before;
        before = held.address;
''' + APPEND),
    # half of the tenth is left out
    'early': (ADD, '''static ULONG number;

            if (++number == 10) {
                engine_add(engine, held->address + held->queued, block / 8 * 4, ends);
                engine->bytes[(engine->first + engine->used + DESCRIPTORS - 1) % DESCRIPTORS] = block;
            } else {
                engine_add(engine, held->address + held->queued, block, ends);
            }'''),
}

name, source, target = sys.argv[1:]
with open(source) as file:
    text = file.read()
old, new = CHEATS[name]
if text.count(old) != 1:
    sys.exit(f'make_cheat.py: the place for "{name}" is not in {source} exactly once')
with open(target, 'w') as file:
    file.write(text.replace(old, new))
