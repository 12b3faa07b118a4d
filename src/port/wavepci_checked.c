// SPDX-License-Identifier: MIT
//
// GetMapping, ReleaseMapping and TerminatePacket with everything that the hot path leaves out: the rules
// VF-2..VF-8, VF-12..VF-19, the hooks, and the DMA grant of each held mapping, so that a
// device touches held mappings only (VF-11).
//
// `checks.held` mirrors the held mappings in order of acquisition. It grows before the queue is asked; without
// memory for it the mapping is refused, and the next release wakes the miniport.
#include <stdarg.h>
#include <stdio.h>

#include "port/policy.h"
#include "port/wavepci.h"

#include "port/mapping_queue_internal.h"

#define TAG_CHECKS 'KCsP'

// VF-3..19: the project's code for what Windows has none for; the first parameter is the VF number.
#define CODE_PROJECT 0xA0D10u
#define CODE_VERIFIER 0xC4u

enum { HELD_FIRST = 64, BUSY_POLLING = 1000, IDLE_NOTIFIES = 16 };
#define BUSY_POLLING_GAP 1000000u // ns; who asks less often has waited (VF-18)

enum method { METHOD_GET = 1, METHOD_RELEASE = 2, METHOD_TERMINATE = 3 };
static const char *const method_names[] = {"", "GetMapping", "ReleaseMapping", "TerminatePacket"};

__attribute__((format(printf, 6, 7))) static void
raise(struct wavepci_stream *stream, const char *rule, unsigned number, const void *caller,
      bool remark, const char *format, ...)
{
    const uint64_t parameters[4] = {number, stream->number, 0, 0};
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (remark ? finding_remark : finding_raise_code)(stream->system, rule, SIDE_DRIVER, caller, CODE_PROJECT,
                                                   parameters, "stream %u: %s", stream->number, text);
}
#define violation(stream, rule, number, caller, ...) raise(stream, rule, number, caller, false, __VA_ARGS__)
#define warning(stream, rule, number, caller, ...) raise(stream, rule, number, caller, true, __VA_ARGS__)

// ---- on entry ----------------------------------------------------------------------------------------------

// WP-45 (VF-2): owned locks of this processor only; another processor's do not count (VF-2b).
static void check_locks(struct wavepci_stream *stream, enum method method, const void *caller)
{
    const struct processor *processor = stream->sched->current;
    volatile uintptr_t *lock;
    uint64_t parameters[4] = {0x1001, 0, method, (uintptr_t)caller};

    if (!processor->held_count)
        return;
    lock = processor->held[processor->held_count - 1].lock;
    parameters[1] = (uintptr_t)lock;
    if (method == METHOD_TERMINATE)
        warning(stream, "WP-47", 14, caller, "TerminatePacket called with spin lock %u held",
                sched_lock_number(stream->sched, lock));
    else
        finding_raise_code(stream->system, "WP-45", SIDE_DRIVER, caller, CODE_VERIFIER, parameters,
                           "stream %u: %s called with spin lock %u held", stream->number,
                           method_names[method], sched_lock_number(stream->sched, lock));
}

static void check_irql(struct wavepci_stream *stream, enum method method, const void *caller)
{
    KIRQL irql = sched_irql(stream->sched);
    const uint64_t parameters[4] = {0x00071003, irql, DISPATCH_LEVEL, 0};

    if (irql > DISPATCH_LEVEL)
        finding_raise_code(stream->system, "VF-21", SIDE_DRIVER, caller, CODE_VERIFIER, parameters,
                           "stream %u: %s called at IRQL %u, allowed up to 2", stream->number,
                           method_names[method], irql);
}

static void enter(struct wavepci_stream *stream, enum method method, const void *caller)
{
    HOOK(stream->system, HOOK_PORT_ENTER, stream, method, (uintptr_t)caller);
    check_locks(stream, method, caller);
    check_irql(stream, method, caller);
}

// ---- held mappings and their grants ----------------------------------------------------------------------------

static enum ps_dma_direction direction(const struct wavepci_stream *stream)
{
    return stream->capture ? PS_DMA_TO_MEMORY : PS_DMA_FROM_MEMORY;
}

static void grant(struct wavepci_stream *stream, const struct wavepci_held *held)
{
    grant_add(stream->system->machine, held->physical, held->bytes, direction(stream),
              (uintptr_t)held->tag);
}

static void suspend(struct wavepci_stream *stream, const struct wavepci_held *held)
{
    grant_suspend(stream->system->machine, held->physical, held->bytes, direction(stream),
                  (uintptr_t)held->tag);
}

static void ungrant(struct wavepci_stream *stream, const struct wavepci_held *held)
{
    if (!stream->checks.suspended)
        grant_remove(stream->system->machine, held->physical, held->bytes, direction(stream),
                     (uintptr_t)held->tag);
}

void wavepci_checks_suspend(struct wavepci_stream *stream)
{
    struct wavepci_checks *checks = &stream->checks;

    for (size_t i = 0; i < checks->count && !checks->suspended; i++)
        suspend(stream, &checks->held[i]);
    checks->suspended = true;
}

void wavepci_checks_resume(struct wavepci_stream *stream)
{
    struct wavepci_checks *checks = &stream->checks;

    for (size_t i = 0; i < checks->count && checks->suspended; i++)
        grant(stream, &checks->held[i]);
    checks->suspended = false;
}

static bool grow(struct wavepci_checks *checks, size_t capacity)
{
    struct wavepci_held *bigger = port_allocate(capacity * sizeof(*bigger), TAG_CHECKS);

    if (!bigger)
        return false;
    if (checks->count)
        RtlCopyMemory(bigger, checks->held, checks->count * sizeof(*bigger));
    port_free(checks->held);
    checks->held = bigger;
    checks->capacity = capacity;
    return true;
}

bool wavepci_checks_create(struct wavepci_stream *stream)
{
    return grow(&stream->checks, HELD_FIRST);
}

static void drop(struct wavepci_checks *checks, size_t index)
{
    checks->count--;
    for (size_t i = index; i < checks->count; i++)
        checks->held[i] = checks->held[i + 1];
}

void wavepci_checks_destroy(struct wavepci_stream *stream)
{
    port_free(stream->checks.held);
    stream->checks.held = NULL;
}

// Before the queue is asked: growing may let others run.
static bool reserve(struct wavepci_stream *stream)
{
    struct wavepci_checks *checks = &stream->checks;

    if (!stream->checked || checks->count < checks->capacity)
        return true;
    if (grow(checks, checks->capacity * 2))
        return true;
    checks->starved = true;
    return false;
}

static void hold(struct wavepci_stream *stream, PVOID tag, const struct mq_mapping *mapping)
{
    struct wavepci_checks *checks = &stream->checks;
    struct wavepci_held *held = &checks->held[checks->count];

    if (checks->count == checks->capacity) // another processor took the room; grants are lost, not memory
        return;
    *held = (struct wavepci_held){tag, mapping->physical, mapping->bytes,
                                  slot_packet(stream->queue->get.next - 1)};
    checks->count++;
    grant(stream, held);
    if (checks->suspended)
        suspend(stream, held);
}

// The oldest held mapping of that tag ends. Its memory is the client's again once this has returned.
static void unhold(struct wavepci_stream *stream, PVOID tag)
{
    struct wavepci_checks *checks = &stream->checks;

    for (size_t i = 0; i < checks->count; i++) {
        if (checks->held[i].tag != tag)
            continue;
        ungrant(stream, &checks->held[i]);
        drop(checks, i);
        return;
    }
}

static void remember_revoked(struct wavepci_checks *checks, void *tag)
{
    checks->revoked[checks->revoked_next] = tag;
    checks->revoked_next = (checks->revoked_next + 1) % WAVEPCI_RECENT;
    if (checks->revoked_count < WAVEPCI_RECENT)
        checks->revoked_count++;
}

static bool was_revoked(const struct wavepci_checks *checks, const void *tag)
{
    for (unsigned i = 0; i < checks->revoked_count; i++)
        if (checks->revoked[i] == tag)
            return true;
    return false;
}

static void forget_revoked(struct wavepci_checks *checks, const void *tag)
{
    for (unsigned i = 0; i < checks->revoked_count; i++)
        if (checks->revoked[i] == tag)
            checks->revoked[i] = checks;
}

void wavepci_checks_ended(struct wavepci_stream *stream, const struct mq_packet *packet)
{
    struct wavepci_checks *checks = &stream->checks;

    for (size_t i = 0; i < checks->count;) {
        struct wavepci_held held = checks->held[i];

        if (held.packet != packet) {
            i++;
            continue;
        }
        drop(checks, i);
        remember_revoked(checks, held.tag);
        ungrant(stream, &held);
    }
}

// ---- GetMapping -----------------------------------------------------------------------------------------------

static NTSTATUS refused(struct wavepci_stream *stream, PULONG bytes, PULONG flags,
                        const void *caller)
{
    struct wavepci_checks *checks = &stream->checks;
    uint64_t now = stream->system->sched->now;

    if (now - checks->refused_at > BUSY_POLLING_GAP)
        checks->refusals = 0; // it waited
    checks->refused_at = now;
    if (++checks->refusals == BUSY_POLLING)
        warning(stream, "VF-18", 18, caller,
                "GetMapping called %u times in a row although each was refused", BUSY_POLLING);
    *bytes = 0;
    *flags = 0;
    return STATUS_NOT_FOUND;
}

static void check_tag(struct wavepci_stream *stream, PVOID tag, enum mq_result result,
                      const void *caller)
{
    if (result == MQ_OK_TAG_HELD)
        violation(stream, "WP-35", 5, caller, "GetMapping with tag 0x%llx, which is still held",
                  (unsigned long long)(uintptr_t)tag);
    if (result == MQ_OK_TAG_LATE)
        violation(stream, "WP-58", 5, caller,
                  "GetMapping with tag 0x%llx, whose late release is still due",
                  (unsigned long long)(uintptr_t)tag);
}

WAVEPCI_COLD NTSTATUS wavepci_get_checked(struct wavepci_stream *stream, PVOID tag,
                                          PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
                                          PULONG bytes, PULONG flags, const void *caller)
{
    struct mq_mapping mapping = {0};
    enum mq_result result;

    enter(stream, METHOD_GET, caller);
    if (!physical || !virtual_address || !bytes || !flags) {
        violation(stream, "WP-21", 13, caller, "GetMapping with a NULL output pointer");
        return STATUS_INVALID_PARAMETER;
    }
    if (!reserve(stream))
        return refused(stream, bytes, flags, caller);
    result = mq_get(stream->queue, tag, &mapping);
    if (result == MQ_REFUSED)
        return refused(stream, bytes, flags, caller);
    stream->checks.refusals = 0;
    if (stream->checked) {
        forget_revoked(&stream->checks, tag);
        hold(stream, tag, &mapping);
    }
    check_tag(stream, tag, result, caller);
    HOOK(stream->system, HOOK_MAPPED, stream, (uintptr_t)tag, mapping.physical);
    stream->class->mappings++;
    physical->QuadPart = (LONGLONG)mapping.physical;
    *virtual_address = mapping.virtual_address;
    *bytes = mapping.bytes;
    *flags = mapping.last;
    return STATUS_SUCCESS;
}

// ---- ReleaseMapping ---------------------------------------------------------------------------------------------

static void report_release(struct wavepci_stream *stream, PVOID tag, enum mq_result result,
                           const void *caller)
{
    unsigned long long value = (uintptr_t)tag;

    if (result == MQ_OK_OUT_OF_ORDER)
        violation(stream, "WP-39", 3, caller,
                  "ReleaseMapping of tag 0x%llx while an older mapping is held", value);
    else if (mq_succeeded(result))
        return;
    else if (was_revoked(&stream->checks, tag))
        violation(stream, "WP-57", 6, caller,
                  "ReleaseMapping of tag 0x%llx, which was counted as revoked", value);
    else
        violation(stream, "WP-38", 4, caller, "ReleaseMapping of tag 0x%llx, which %s", value,
                  result == MQ_RETURNED_TWICE ? "went back before" : "is not held");
}

WAVEPCI_COLD NTSTATUS wavepci_release_checked(struct wavepci_stream *stream, PVOID tag,
                                              const void *caller)
{
    struct wavepci_checks *checks = &stream->checks;
    enum mq_result result;
    struct mq_todo todo;

    enter(stream, METHOD_RELEASE, caller);
    unhold(stream, tag);
    result = mq_release(stream->queue, tag, &todo);
    if (result == MQ_OK_LATE && checks->late)
        checks->late--;
    if (checks->starved) {
        checks->starved = false;
        todo.wake = true;
    }
    if (todo.first || todo.wake) // at once: packets are completed in the order in which they left the queue
        wavepci_finish(stream, &todo);
    report_release(stream, tag, result, caller);
    HOOK(stream->system, HOOK_RELEASED, stream, (uintptr_t)tag, (uint32_t)result);
    return mq_succeeded(result) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

// ---- TerminatePacket ----------------------------------------------------------------------------------------------

WAVEPCI_COLD NTSTATUS wavepci_terminate_checked(struct wavepci_stream *stream, const void *caller)
{
    struct mq_todo todo;

    enter(stream, METHOD_TERMINATE, caller);
    mq_terminate(stream->queue, &todo);
    if (todo.first || todo.wake)
        wavepci_finish(stream, &todo);
    return STATUS_SUCCESS;
}

// ---- revocation, closing, position ----------------------------------------------------------------------------------

void wavepci_checks_revoked(struct wavepci_stream *stream, const struct mq_revocation *revocation)
{
    const void *routine = (const void *)(uintptr_t)stream->miniport->lpVtbl->RevokeMappings;

    stream->checks.late += revocation->late;
    if (revocation->faults & MQ_FAULT_OVER_COUNT)
        violation(stream, "WP-60", 7, routine,
                  "RevokeMappings counted more mappings than could be revoked (%llu listed)",
                  (unsigned long long)revocation->listed);
    if (revocation->faults & MQ_FAULT_FORFEITED)
        violation(stream, "WP-59", 10, routine,
                  "RevokeMappings failed for %llu of %llu mappings, even one by one",
                  (unsigned long long)revocation->forfeited,
                  (unsigned long long)revocation->listed);
}

void wavepci_checks_closed(struct wavepci_stream *stream)
{
    if (stream->checks.late)
        violation(stream, "WP-55", 8, NULL,
                  "%llu mappings of revoked ranges were neither counted nor released",
                  (unsigned long long)stream->checks.late);
    if (mq_held(stream->queue))
        violation(stream, "WP-37", 12, NULL, "closed with %llu mappings held",
                  (unsigned long long)mq_held(stream->queue));
}

void wavepci_checks_references(struct wavepci_stream *stream)
{
    if (stream->unknown.references > 1)
        violation(stream, "WP-12", 16, NULL,
                  "the miniport's stream is gone and left %d references on its PortStream",
                  (int)stream->unknown.references - 1);
}

void wavepci_checks_forgotten(struct wavepci_stream *stream)
{
    violation(stream, "WP-66", 15, (const void *)(uintptr_t)stream->miniport->lpVtbl->GetPosition,
              "GetPosition succeeded and left the position as it was");
}

// VF-15. Read under the device lock, so calls do not overlap.
void wavepci_checks_position(struct wavepci_stream *stream, ULONGLONG position)
{
    struct wavepci_checks *checks = &stream->checks;
    const void *routine = (const void *)(uintptr_t)stream->miniport->lpVtbl->GetPosition;
    struct mq_position mapped;

    mq_position(stream->queue, &mapped);
    if (stream->state == KSSTATE_STOP && position)
        violation(stream, "WP-67", 15, routine, "GetPosition says %llu in STOP",
                  (unsigned long long)position);
    else if (position < checks->last_position)
        violation(stream, "WP-66", 15, routine, "GetPosition went back from %llu to %llu",
                  (unsigned long long)checks->last_position, (unsigned long long)position);
    else if (position > mapped.mapped)
        violation(stream, "WP-65", 15, routine, "GetPosition says %llu, but only %llu were mapped",
                  (unsigned long long)position, (unsigned long long)mapped.mapped);
    else if (checks->position_frozen && position != checks->last_position)
        violation(stream, "WP-67", 15, routine,
                  "GetPosition moved from %llu to %llu outside RUN",
                  (unsigned long long)checks->last_position, (unsigned long long)position);
    checks->last_position = position;
    checks->position_frozen = stream->state != KSSTATE_RUN;
}

// ---- Notify --------------------------------------------------------------------------------------------------------

// A stream has its own group, or is served with the filter's.
static bool is_served(const struct wavepci_port *port, PSERVICEGROUP group)
{
    LIST_EACH(link, &port->streams) {
        const struct wavepci_stream *stream = LIST_OBJECT(link, struct wavepci_stream, link);

        if (stream->state == KSSTATE_RUN && (stream->group == group || port->group == group))
            return true;
    }
    return false;
}

// A few are no harm: an interrupt that was under way, the one that some drivers send after PAUSE (WP-75).
void wavepci_checks_notify(struct wavepci_port *port, PSERVICEGROUP group, const void *caller)
{
    const uint64_t parameters[4] = {19, 0, 0, 0};

    if (is_served(port, group))
        port->idle_notifies = 0;
    else if (++port->idle_notifies == IDLE_NOTIFIES)
        finding_remark(port->system, "VF-19", SIDE_DRIVER, caller, CODE_PROJECT, parameters,
                       "Notify called %u times in a row while no stream of the group is in RUN",
                       IDLE_NOTIFIES);
}
