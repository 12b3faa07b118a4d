// SPDX-License-Identifier: MIT
//
// The real mapping queue (world.c calls it) under a port and a miniport that run on four processors, in every
// interleaving. A step is one operation of the queue, or what the miniport does under its own lock, so the windows
// are where a driver's are: between GetMapping and the list, between the list and ReleaseMapping (WP-46), between the
// beginning of a revocation and RevokeMappings, between that and its end (WP-55, WP-57).
//
//   spin -a mapping_queue.pml; gcc pan.c world.c mapping_queue*.c        tests/spin_test.py does it

c_decl {
\#include "tests/spin/world.h"
}

c_track "&world" "sizeof(struct world)" "Matched";

bool own; // the miniport's lock

inline lock()
{
    atomic { !own -> own = true }
}

proctype adder()
{
    c_code { world_add(0); };
    c_code { world_add(1); };
    c_code { world_add(2); }
}

// MappingAvailable takes all there is.
proctype getter()
{
end:
    do
    :: c_expr { world.wakes > 0 } ->
        c_code { world.wakes--; };
        do
        :: c_code { world_get(); };
            if
            :: c_expr { world.got } ->
                lock();
                c_code { world_list_add(); };
                own = false
            :: else -> break
            fi
        od
    od
}

// The DPC gives back what the device has played.
proctype dpc()
{
end:
    do
    :: atomic { !own && c_expr { world.listed > 0 } -> own = true };
        c_code { world_list_take(); };
        own = false;
        c_code { world_release(); }
    od
}

// A client that cancels a packet, or stops the stream.
proctype canceller(byte number)
{
    byte count;

    if
    :: c_code { world_cancel(Pcanceller->number, 0); }
    :: c_code { world_cancel(Pcanceller->number, 1); }
    :: c_code { world_cancel(Pcanceller->number, 2); }
    :: number == 0 -> c_code { world_cancel(0, WORLD_ALL); }
    :: skip
    fi;
    do
    :: c_expr { world.cancellers[Pcanceller->number].calls } ->
        lock();
        c_code { Pcanceller->count = world_list_revoke(Pcanceller->number); };
        own = false;
        c_code { world_cancel_end(Pcanceller->number, Pcanceller->count); }
    :: else -> break
    od
}

init {
    c_code { world_start(); };
    atomic {
        run adder();
        run getter();
        run dpc();
        run canceller(0);
        run canceller(1)
    };
    timeout;
    c_code { world_end(); }
}
