#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a dishonest copy of a source of drivers/ac97 or drivers/ac97-rt: make_cheat.py NAME SOURCE OUT

The cheats of ac97 do something wrong to one mapping that a listener would hardly notice; the tool must name the
first frame that suffers. Those of ac97-rt give a WaveRT client what it cannot work with.
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
    # a buffer that ends within a frame
    'rt-odd': ('    *Bytes = bytes;\n', '    *Bytes = bytes - 2;\n'),
    # success without a buffer
    'rt-null': ('    *Mdl = m_Buffer.Mdl();\n', '    *Mdl = NULL;\n'),
    # a position that never moves
    'rt-stuck': ('m_Packets ? m_Position % m_Buffer.Bytes() : 0', '0'),
    # a position behind the buffer's end
    'rt-beyond': ('m_Packets ? m_Position % m_Buffer.Bytes() : 0',
                  'm_Packets ? m_Position % m_Buffer.Bytes() + 4 * m_Buffer.Bytes() : 0'),
    # events that are never set
    'rt-mute': ('KeSetEvent(CONTAINING_RECORD(link, EVENT, Link)->Event, IO_NO_INCREMENT, FALSE);', ';'),
    # the third page of the buffer is another page
    'rt-shift': ('LONGLONG address = m_Port->GetPhysicalPageAddress(m_Mdl, i).QuadPart;',
                 'LONGLONG address = m_Port->GetPhysicalPageAddress(m_Mdl, i == 2 ? 0 : i).QuadPart;'),
}

name, source, target = sys.argv[1:]
with open(source) as file:
    text = file.read()
old, new = CHEATS[name]
if text.count(old) != 1:
    sys.exit(f'make_cheat.py: the place for "{name}" is not in {source} exactly once')
with open(target, 'w') as file:
    file.write(text.replace(old, new))
