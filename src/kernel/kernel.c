// SPDX-License-Identifier: MIT
//
// The kernel's state: made once per system, in its arena.
#include <errno.h>

#include "kernel/private.h"
#include "kernel/registry.h"

static const struct sched_kernel_ops ops = {.run_deferred = dpc_run,
                                            .faulted = pool_faulted,
                                            .page_fault = pager_fault,
                                            .raised = pager_trim,
                                            .rested = pager_rest};

static void init_lists(struct kernel *kernel)
{
    struct list *const heads[] = {
        &kernel->watched,    &kernel->flushes,        &kernel->threads,  &kernel->work,
        &kernel->work_items, &kernel->workers_idle,   &kernel->irp_list, &kernel->irp_graves,
        &kernel->mdl_list,   &kernel->contiguous,     &kernel->io_maps,  &kernel->user_buffers,
        &kernel->adapters,   &kernel->lines,          &kernel->devices,  &kernel->drivers,
        &kernel->files,      &kernel->interface_list, &kernel->com_objects, &kernel->links,
        &kernel->frameworks, &kernel->callbacks,     &kernel->named_events,   &kernel->power_settings,
        &kernel->notifications, &kernel->memory_files, &kernel->sections, &kernel->views,
        &kernel->providers};

    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
        list_init(heads[i]);
    for (size_t i = 0; i < SCHED_MAX_PROCESSORS; i++)
        list_init(&kernel->processors[i].dpcs);
    for (size_t i = 0; i < KERNEL_DMA_CHANNELS; i++)
        list_init(&kernel->dma_channels[i].waiting);
}

int kernel_create(struct ps_system *system)
{
    struct kernel *kernel = arena_alloc(system->arena, sizeof(*kernel));

    if (!kernel)
        return -ENOMEM;
    kernel->system = system;
    init_lists(kernel);
    system->kernel = kernel;
    pool_init(system);
    sched_set_kernel(system->sched, &ops);
    if (!registry_create(system) || !threads_create_idle(system) || !workers_start(system))
        return -ENOMEM;
    return 0;
}

void kernel_destroy(struct ps_system *system)
{
    system->kernel = NULL;
}
