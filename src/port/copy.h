// SPDX-License-Identifier: MIT
//
// Copying between buffers of clients and of devices, inside methods that drivers call. A call of memcpy there would be a good
// part of the copy: an ms_abi function first saves ten xmm registers for it. The string instruction needs none, but
// nothing overlaps with it; a loop of wide loads and stores lets what follows begin before the last byte has moved, the
// more so the fewer they are.
#ifndef PORTSIDE_PORT_COPY_H
#define PORTSIDE_PORT_COPY_H

#include <stddef.h>

#ifdef __x86_64__

// Four loads and four stores of `width` bytes, `two` and `three` times that.
#define PORT_COPY_MOVE(move, reg, width, two, three, at)                                               \
    move " (%[from],%[" at "]), %%" reg "0\n\t"                                                        \
    move " " width "(%[from],%[" at "]), %%" reg "1\n\t"                                               \
    move " " two "(%[from],%[" at "]), %%" reg "2\n\t"                                                 \
    move " " three "(%[from],%[" at "]), %%" reg "3\n\t"                                               \
    move " %%" reg "0, (%[to],%[" at "])\n\t"                                                          \
    move " %%" reg "1, " width "(%[to],%[" at "])\n\t"                                                 \
    move " %%" reg "2, " two "(%[to],%[" at "])\n\t"                                                   \
    move " %%" reg "3, " three "(%[to],%[" at "])\n\t"

// At least `step_` bytes, 4 * width; what is left over is the last step again, from the end.
#define PORT_COPY_LOOP(to_, from_, bytes, step_, ...)                                                  \
    do {                                                                                               \
        size_t last_ = (bytes) - (step_), at_ = 0;                                                     \
        __asm__ volatile("1:\n\t" PORT_COPY_MOVE(__VA_ARGS__, "at")                                    \
                         "add %[step], %[at]\n\t"                                                      \
                         "cmp %[last], %[at]\n\t"                                                      \
                         "jb 1b\n\t" PORT_COPY_MOVE(__VA_ARGS__, "last")                               \
                         "vzeroupper"                                                                  \
                         : [at] "+r"(at_)                                                              \
                         : [from] "r"(from_), [to] "r"(to_), [last] "r"(last_), [step] "e"(step_)      \
                         : "xmm0", "xmm1", "xmm2", "xmm3", "memory", "cc");                            \
    } while (0)

// The two do not overlap.
static inline void port_copy(void *to, const void *from, size_t bytes)
{
    if (bytes >= 256 && __builtin_cpu_supports("avx512f"))
        PORT_COPY_LOOP(to, from, bytes, 256, "vmovdqu64", "zmm", "64", "128", "192");
    else if (bytes >= 128 && __builtin_cpu_supports("avx"))
        PORT_COPY_LOOP(to, from, bytes, 128, "vmovdqu", "ymm", "32", "64", "96");
    else
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

#else

#define port_copy(to, from, bytes) RtlCopyMemory((to), (from), (bytes))

#endif
#endif
