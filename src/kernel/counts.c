// SPDX-License-Identifier: MIT
//
// What there is now, for leak checks: a run that gave everything back has the counts it began with.
#include <dirent.h>

#include "kernel/private.h"

static size_t list_length(const struct list *head)
{
    size_t length = 0;

    for (const struct list *link = head->next; link != head; link = link->next)
        length++;
    return length;
}

// /proc/self/fd without ".", ".." and the descriptor that reads it.
static size_t open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    if (!directory)
        return 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count > 3 ? count - 3 : 0;
}

void kernel_get_counts(struct ps_system *system, struct kernel_counts *out)
{
    const struct kernel *kernel = system->kernel;

    *out = (struct kernel_counts){
        .pool_blocks = kernel->pool.live_count,
        .pool_bytes = kernel->pool.live_bytes,
        .mdls = list_length(&kernel->mdl_list),
        .irps = list_length(&kernel->irp_list),
        .files = kernel->file_count,
        .devices = list_length(&kernel->devices),
        .timers = kernel->timers_armed,
        .dpcs = kernel->dpcs_queued,
        .threads = kernel->thread_count,
        .pages = memory_allocated_pages(system->machine) - kernel->pool.pages,
        .views = view_mappings(system->machine) + list_length(&kernel->io_maps),
        .grants = grant_count(system->machine),
        .interfaces = list_length(&kernel->com_objects),
        .descriptors = open_descriptors(),
    };
}

void kernel_com_made(struct ps_system *system, struct kernel_com_object *made)
{
    list_push_back(&system->kernel->com_objects, &made->link);
}

void kernel_com_gone(struct kernel_com_object *made)
{
    list_remove(&made->link);
}
