/* SPDX-License-Identifier: MIT */
/*
 * Memory that a careless or hostile client passes: a page, then nothing.
 */
#ifndef PORTSIDE_TESTS_BAD_MEMORY_H
#define PORTSIDE_TESTS_BAD_MEMORY_H

#include <string.h>
#include <sys/mman.h>

enum { BAD_PAGE = 4096 };

#define BAD_ADDRESS ((void *)0x1000)

struct bad_memory {
    char *page;
};

static inline struct bad_memory bad_memory_make(void)
{
    char *pages = mmap(NULL, 2 * BAD_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mprotect(pages + BAD_PAGE, BAD_PAGE, PROT_NONE);
    return (struct bad_memory){pages};
}

/* A copy of which only the first `there` bytes exist. */
static inline void *bad_memory_copy(struct bad_memory *memory, const void *from, size_t there)
{
    return memcpy(memory->page + BAD_PAGE - there, from, there);
}

/* What was copied can be read, but not written any more. */
static inline void bad_memory_freeze(struct bad_memory *memory)
{
    mprotect(memory->page, BAD_PAGE, PROT_READ);
}

static inline void bad_memory_free(struct bad_memory *memory)
{
    munmap(memory->page, 2 * BAD_PAGE);
}

#endif
