// SPDX-License-Identifier: MIT
//
// Copying between buffers of clients and of devices, inside methods that drivers call. A call of memcpy there would be a good
// part of the copy: an ms_abi function first saves ten xmm registers for it. The string instruction needs none, but
// nothing overlaps with it; a loop of AVX loads and stores lets what follows begin before the last byte has moved.
#ifndef PORTSIDE_PORT_COPY_H
#define PORTSIDE_PORT_COPY_H

#include <stddef.h>

#ifdef __x86_64__

enum { PORT_COPY_STEP = 128 };

#define PORT_COPY_MOVE(at)                                                                             \
    "vmovdqu (%[from],%[" at "]), %%ymm0\n\t"                                                          \
    "vmovdqu 32(%[from],%[" at "]), %%ymm1\n\t"                                                        \
    "vmovdqu 64(%[from],%[" at "]), %%ymm2\n\t"                                                        \
    "vmovdqu 96(%[from],%[" at "]), %%ymm3\n\t"                                                        \
    "vmovdqu %%ymm0, (%[to],%[" at "])\n\t"                                                            \
    "vmovdqu %%ymm1, 32(%[to],%[" at "])\n\t"                                                          \
    "vmovdqu %%ymm2, 64(%[to],%[" at "])\n\t"                                                          \
    "vmovdqu %%ymm3, 96(%[to],%[" at "])\n\t"

// At least PORT_COPY_STEP bytes; what is left over is the last step again, from the end.
static inline void port_copy_avx(void *to, const void *from, size_t bytes)
{
    size_t last = bytes - PORT_COPY_STEP, at = 0;

    __asm__ volatile("1:\n\t" PORT_COPY_MOVE("at")
                     "add %[step], %[at]\n\t"
                     "cmp %[last], %[at]\n\t"
                     "jb 1b\n\t" PORT_COPY_MOVE("last")
                     "vzeroupper"
                     : [at] "+r"(at)
                     : [from] "r"(from), [to] "r"(to), [last] "r"(last), [step] "e"(PORT_COPY_STEP)
                     : "xmm0", "xmm1", "xmm2", "xmm3", "memory", "cc");
}

// The two do not overlap.
static inline void port_copy(void *to, const void *from, size_t bytes)
{
    if (bytes >= PORT_COPY_STEP && __builtin_cpu_supports("avx"))
        port_copy_avx(to, from, bytes);
    else
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

#else

#define port_copy(to, from, bytes) RtlCopyMemory((to), (from), (bytes))

#endif
#endif
