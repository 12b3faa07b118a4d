// SPDX-License-Identifier: MIT
//
// The mapping queue under a pthread spin lock, used from four threads at once as a driver and its client
// would: one adds packets, one gets mappings, one releases them, one cancels packets. The miniport keeps
// its own list under its own lock and drops that lock before each call (WP-45, WP-46), so revocations
// fall into the window between taking a mapping off the list and releasing it (WP-57).
//
// Also built with -fsanitize=thread (suite 'tsan').
#include "port/mapping_queue.h"
#include "tests/ps_test.h"

#include <pthread.h>

enum { PACKETS = 20000, IN_FLIGHT = 24, LIST = 4096, PIECES = 3, KEPT = 8, PER_CANCEL = 100 };

// ---- the four functions ------------------------------------------------------------------------------

MQ_API void mq_lock(void *context)
{
    pthread_spin_lock(context);
}

MQ_API void mq_unlock(void *context)
{
    pthread_spin_unlock(context);
}

MQ_API void *mq_allocate(void *context, size_t bytes)
{
    return malloc(bytes);
}

MQ_API void mq_free(void *context, void *memory)
{
    free(memory);
}

// ---- a client's request ------------------------------------------------------------------------------

// Two may end it: whoever finds it in a todo list, and whoever cancels it. The last one frees.
struct request {
    struct mq_packet *packet;
    unsigned references;
    bool ended;
};

// An entry of the miniport's list. PENDING: its GetMapping is under way.
enum entry_state { FREE, PENDING, LISTED, REVOKED };
struct entry {
    enum entry_state state;
};

struct stream {
    pthread_spinlock_t queue_lock;
    struct mq_queue *queue;

    pthread_mutex_t client_lock;
    pthread_cond_t moved;
    struct request *live[IN_FLIGHT];
    unsigned ended, cancelled;

    // The miniport's; tags are numbers that count up from 1, entries are found by tag % LIST.
    pthread_mutex_t list_lock;
    pthread_cond_t changed;
    struct entry list[LIST];
    uintptr_t oldest, newest; // tags in the list: oldest..newest - 1
    unsigned refused, woken;
    bool wake;
    bool flush; // no more packets: release the last ones too
    bool done;  // every packet has ended

    unsigned violations;
    uint64_t late, late_allowed;
};

static void violation(struct stream *stream)
{
    __atomic_fetch_add(&stream->violations, 1, __ATOMIC_RELAXED);
}

static void drop_request(struct stream *stream, struct request *request)
{
    pthread_mutex_lock(&stream->client_lock);
    bool last = --request->references == 0;
    pthread_mutex_unlock(&stream->client_lock);
    if (last) {
        mq_packet_free(stream->queue, request->packet);
        free(request);
    }
}

static void end_request(struct stream *stream, struct mq_packet *packet)
{
    struct request *request = packet->owner;

    pthread_mutex_lock(&stream->client_lock);
    if (request->ended)
        violation(stream);
    request->ended = true;
    stream->ended++;
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        if (stream->live[i] == request)
            stream->live[i] = NULL;
    }
    pthread_cond_broadcast(&stream->moved);
    pthread_mutex_unlock(&stream->client_lock);
    drop_request(stream, request);
}

// What the caller of the queue owes after each call.
static void follow_up(struct stream *stream, struct mq_todo *todo)
{
    struct mq_packet *packet;

    while ((packet = mq_todo_pop(todo)) != NULL)
        end_request(stream, packet);
    if (todo->wake) {
        pthread_mutex_lock(&stream->list_lock);
        stream->wake = true;
        stream->woken++;
        pthread_cond_broadcast(&stream->changed);
        pthread_mutex_unlock(&stream->list_lock);
    }
}

static void tell(struct stream *stream, bool *what)
{
    pthread_mutex_lock(&stream->list_lock);
    *what = true;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->list_lock);
}

// ---- the client --------------------------------------------------------------------------------------

static struct request *new_request(struct stream *stream, unsigned number)
{
    static const uint64_t pages[PIECES] = {10, 20, 30};
    struct request *request = calloc(1, sizeof(*request));
    struct mq_buffer buffer = {(void *)0x100000, pages, PIECES, 0, 1 + number % (PIECES * 4096)};
    struct mq_request mine = {.buffers = &buffer, .buffer_count = 1, .owner = request};

    request->references = 1;
    if (mq_packet_create(stream->queue, &mine, &request->packet) != MQ_OK)
        violation(stream);
    return request;
}

static unsigned wait_for_slot(struct stream *stream)
{
    for (;;) {
        for (unsigned i = 0; i < IN_FLIGHT; i++) {
            if (!stream->live[i])
                return i;
        }
        pthread_cond_wait(&stream->moved, &stream->client_lock);
    }
}

static void *adder(void *context)
{
    struct stream *stream = context;

    for (unsigned number = 0; number < PACKETS; number++) {
        struct request *request = new_request(stream, number);
        struct mq_todo todo;
        pthread_mutex_lock(&stream->client_lock);
        while (stream->cancelled < number / PER_CANCEL)
            pthread_cond_wait(&stream->moved, &stream->client_lock);
        stream->live[wait_for_slot(stream)] = request;
        pthread_mutex_unlock(&stream->client_lock);
        if (mq_add(stream->queue, request->packet, &todo) != MQ_OK)
            violation(stream);
        follow_up(stream, &todo);
    }
    tell(stream, &stream->flush);
    return NULL;
}

// ---- the miniport ------------------------------------------------------------------------------------

static struct entry *entry(struct stream *stream, uintptr_t tag)
{
    return &stream->list[tag % LIST];
}

// RevokeMappings: takes what it has of the range off its list.
static uint32_t revoke_mappings(struct stream *stream, uintptr_t first, uintptr_t last)
{
    uint32_t revoked = 0;

    pthread_mutex_lock(&stream->list_lock);
    for (uintptr_t tag = first; tag <= last; tag++) {
        struct entry *mine = entry(stream, tag);
        if (tag < stream->oldest || tag >= stream->newest || mine->state == REVOKED ||
            mine->state == FREE)
            continue;
        mine->state = REVOKED;
        revoked++;
    }
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->list_lock);
    return revoked;
}

static void revoke(struct stream *stream, struct mq_packet *packet, enum mq_end end)
{
    struct mq_revocation r;
    enum mq_step step = mq_revoke_begin(stream->queue, packet, end, &r);

    if (step == MQ_STEP_GONE)
        return;
    while (step == MQ_STEP_CALL) {
        uint32_t count =
            revoke_mappings(stream, (uintptr_t)r.first_tag, (uintptr_t)r.last_tag);
        step = mq_revoke_end(stream->queue, &r, true, count);
    }
    if (r.faults)
        violation(stream);
    __atomic_fetch_add(&stream->late_allowed, r.late, __ATOMIC_RELAXED);
    follow_up(stream, &r.todo);
}

// Puts an entry on the list before it asks, so that a revocation in between finds it.
static uintptr_t reserve_entry(struct stream *stream)
{
    pthread_mutex_lock(&stream->list_lock);
    while (stream->newest - stream->oldest == LIST)
        pthread_cond_wait(&stream->changed, &stream->list_lock);
    uintptr_t tag = stream->newest++;
    entry(stream, tag)->state = PENDING;
    pthread_mutex_unlock(&stream->list_lock);
    return tag;
}

static void *getter(void *context)
{
    struct stream *stream = context;
    uintptr_t tag = reserve_entry(stream);
    bool done = false;

    while (!done) {
        struct mq_mapping mapping;
        enum mq_result result = mq_get(stream->queue, (void *)tag, &mapping);
        pthread_mutex_lock(&stream->list_lock);
        if (result == MQ_OK) {
            if (entry(stream, tag)->state == PENDING)
                entry(stream, tag)->state = LISTED;
            pthread_cond_broadcast(&stream->changed);
            pthread_mutex_unlock(&stream->list_lock);
            tag = reserve_entry(stream);
            continue;
        }
        stream->refused++;
        while (!stream->wake && !stream->done)
            pthread_cond_wait(&stream->changed, &stream->list_lock);
        done = !stream->wake;
        stream->wake = false;
        pthread_mutex_unlock(&stream->list_lock);
        if (result != MQ_REFUSED)
            violation(stream);
    }
    return NULL;
}

// Keeps some mappings, so that there is always something to revoke.
static bool may_take(struct stream *stream)
{
    if (stream->newest - stream->oldest <= (stream->flush ? 0 : KEPT))
        return false;
    return entry(stream, stream->oldest)->state != PENDING;
}

// The oldest entry goes; its tag if it must be released, else 0.
static uintptr_t take_oldest(struct stream *stream, bool *done)
{
    uintptr_t tag = 0;

    pthread_mutex_lock(&stream->list_lock);
    while (!may_take(stream)) {
        if (stream->done) {
            *done = true;
            pthread_mutex_unlock(&stream->list_lock);
            return 0;
        }
        pthread_cond_wait(&stream->changed, &stream->list_lock);
    }
    if (entry(stream, stream->oldest)->state == LISTED)
        tag = stream->oldest;
    entry(stream, stream->oldest)->state = FREE;
    stream->oldest++;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->list_lock);
    return tag;
}

static void *releaser(void *context)
{
    struct stream *stream = context;
    bool done = false;

    while (!done) {
        struct mq_todo todo;
        uintptr_t tag = take_oldest(stream, &done);
        if (tag == 0)
            continue;
        enum mq_result result = mq_release(stream->queue, (void *)tag, &todo);
        if (result == MQ_OK_LATE)
            __atomic_fetch_add(&stream->late, 1, __ATOMIC_RELAXED);
        else if (result != MQ_OK)
            violation(stream);
        follow_up(stream, &todo);
    }
    return NULL;
}

// ---- cancelling --------------------------------------------------------------------------------------

static struct request *pick(struct stream *stream, unsigned number)
{
    struct request *request;

    pthread_mutex_lock(&stream->client_lock);
    request = stream->live[number % IN_FLIGHT];
    if (request)
        request->references++;
    pthread_mutex_unlock(&stream->client_lock);
    return request;
}

static bool all_ended(struct stream *stream)
{
    pthread_mutex_lock(&stream->client_lock);
    bool ended = stream->ended == PACKETS;
    pthread_mutex_unlock(&stream->client_lock);
    return ended;
}

static void *canceller(void *context)
{
    struct stream *stream = context;
    unsigned number = 0;

    while (!all_ended(stream)) {
        number = number * 5 + 3;
        struct request *request = pick(stream, number >> 8);
        if (request) {
            revoke(stream, request->packet, MQ_END_CANCELLED);
            pthread_mutex_lock(&stream->client_lock);
            stream->cancelled++;
            pthread_cond_broadcast(&stream->moved);
            pthread_mutex_unlock(&stream->client_lock);
            drop_request(stream, request);
        }
    }
    return NULL;
}

static struct stream *open_stream(bool check_tags)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    struct mq_config config = {.check_tags = check_tags};

    pthread_spin_init(&stream->queue_lock, PTHREAD_PROCESS_PRIVATE);
    config.context = (void *)&stream->queue_lock;
    pthread_mutex_init(&stream->client_lock, NULL);
    pthread_mutex_init(&stream->list_lock, NULL);
    pthread_cond_init(&stream->moved, NULL);
    pthread_cond_init(&stream->changed, NULL);
    stream->oldest = stream->newest = 1;
    assert_int_equal(mq_create(&config, &stream->queue), MQ_OK);
    return stream;
}

static void hammer(bool check_tags)
{
    static void *(*const body[])(void *) = {adder, getter, releaser, canceller};
    struct stream *stream = open_stream(check_tags);
    pthread_t thread[4];

    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, body[i], stream), 0);
    pthread_join(thread[0], NULL);
    pthread_join(thread[3], NULL); // every packet has ended
    tell(stream, &stream->done);
    pthread_join(thread[1], NULL);
    pthread_join(thread[2], NULL);

    assert_int_equal(stream->violations, 0);
    assert_int_equal(stream->ended, PACKETS);
    assert_true(stream->cancelled >= (PACKETS - 1) / PER_CANCEL);
    // Each refusal was answered once, but the last, which nothing followed.
    assert_true(stream->woken == stream->refused || stream->woken + 1 == stream->refused);
    // Whatever was not revoked came back.
    assert_int_equal(stream->late, stream->late_allowed);
    assert_int_equal(mq_held(stream->queue), 0);
    assert_int_equal(mq_destroy(stream->queue), MQ_OK);
    free(stream);
}

PS_TEST(four_threads_with_an_index, "WP-40", "WP-49", "WP-55", "WP-57", "WP-63", "WP-76")
{
    hammer(true);
}

PS_TEST(four_threads_without_an_index, "WP-40", "WP-49", "WP-55", "WP-57", "WP-63", "WP-76")
{
    hammer(false);
}
