// SPDX-License-Identifier: MIT
//
// The pager of VF-160 (SV-7), off unless that rule is asked for. Paged blocks of drivers are views of their own, as
// guarded ones are. Code that is about to run at DISPATCH_LEVEL or above finds them all without access; below,
// each comes back with the fault of the first touch. What is locked in an MDL stays. Outside a run, for the host,
// all are there.
#include "base/site.h"
#include "kernel/private.h"

bool pager_wanted(struct ps_system *system, ULONG type, const void *caller)
{
    return (type & 1) && caller && finding_asked_for(system, "VF-160");
}

static void come_in(struct ps_system *system, struct pool_block *block)
{
    view_protect(system->machine, pool_view_of(block), pool_view_pages(block), VIEW_ACCESS_ALL);
    block->paged_out = false;
    system->kernel->pool.resident++;
    sched_watch_raises(system->sched, true);
}

void pager_add(struct ps_system *system, struct pool_block *block)
{
    block->pageable = true;
    block->paged_out = false;
    system->kernel->pool.pageable++;
    system->kernel->pool.resident++;
    sched_watch_raises(system->sched, true);
}

void pager_remove(struct ps_system *system, struct pool_block *block)
{
    if (block->paged_out)
        come_in(system, block);
    block->pageable = false;
    system->kernel->pool.pageable--;
    system->kernel->pool.resident--;
}

void pager_trim(struct ps_system *system)
{
    struct pool *pool = &system->kernel->pool;

    sched_watch_raises(system->sched, false);
    if (!pool->resident)
        return;
    LIST_EACH(link, &pool->live)
    {
        struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        if (!block->pageable || block->paged_out || block->pins)
            continue;
        block->paged_out = view_protect(system->machine, pool_view_of(block),
                                        pool_view_pages(block), VIEW_ACCESS_NONE);
        pool->resident -= block->paged_out;
    }
}

void pager_rest(struct ps_system *system)
{
    if (!system->kernel->pool.pageable)
        return;
    LIST_EACH(link, &system->kernel->pool.live)
    {
        struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        if (block->paged_out)
            come_in(system, block);
    }
}

void pager_pin(struct ps_system *system, struct pool_block *block, int by)
{
    if (block->paged_out)
        come_in(system, block);
    block->pins += by;
    sched_watch_raises(system->sched, true);
}

static struct pool_block *block_at(struct ps_system *system, const void *address)
{
    if (!system->kernel->pool.pageable)
        return NULL;
    LIST_EACH(link, &system->kernel->pool.live)
    {
        struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        if (block->paged_out && (uintptr_t)address - (uintptr_t)pool_view_of(block) <
                                    pool_view_pages(block) * MACHINE_PAGE)
            return block;
    }
    return NULL;
}

enum sched_page pager_fault(struct ps_system *system, const struct sched_fault *fault)
{
    struct pool_block *block = block_at(system, fault->address);

    if (!block)
        return SCHED_PAGE_NONE;
    if (sched_irql(system->sched) >= IRQL_DISPATCH)
        return SCHED_PAGE_OUT;
    come_in(system, block);
    return SCHED_PAGE_IN;
}

void pager_report(struct ps_system *system, const struct sched_fault *fault)
{
    const struct pool_block *block = block_at(system, fault->address);
    uint8_t irql = sched_irql(system->sched);
    const uint64_t parameters[4] = {(uintptr_t)fault->address, irql, fault->write,
                                    (uintptr_t)fault->instruction};
    const char *caller = (const char *)fault->instruction + 1; // as a call's return address lies behind the call
    char site[80];

    if (!block)
        return;
    site_describe(block->caller, site, sizeof(site));
    finding_stop(system, "VF-160", SIDE_DRIVER, caller, 0xD1, parameters,
                 "paged pool block %u of %zu bytes is %s at IRQL %u%s%s", block->number, block->bytes,
                 fault->write ? "written" : "read", irql, *site ? "; it was allocated in " : "", site);
}
