// SPDX-License-Identifier: MIT
//
// Material of mapping_queue_codegen_test.py, never linked: two ms_abi methods as a port has them, with
// mq_get and mq_release inlined and a hook that is usually absent. Compiled, disassembled, and searched for
// saves of xmm registers, which one call of another convention would put there.
#include "port/mapping_queue.h"

struct hooks {
    MQ_API void (*entered)(struct hooks *hooks, void *tag);
    MQ_API void (*left)(struct hooks *hooks, enum mq_result result);
};

struct stream {
    const void *vtable;
    struct mq_queue *queue;
    struct hooks *hooks;
    MQ_API void (*follow_up)(struct stream *stream, struct mq_todo *todo);
};

MQ_API uint32_t sample_get_mapping(struct stream *stream, void *tag, uint64_t *physical,
                                   void **virtual_address, uint32_t *bytes, uint32_t *flags);
MQ_API uint32_t sample_release_mapping(struct stream *stream, void *tag);

MQ_API uint32_t sample_get_mapping(struct stream *stream, void *tag, uint64_t *physical,
                                   void **virtual_address, uint32_t *bytes, uint32_t *flags)
{
    struct mq_mapping mapping;
    struct hooks *hooks = stream->hooks;

    if (MQ_UNLIKELY(!physical || !virtual_address || !bytes || !flags))
        return 0xC000000D;
    if (MQ_UNLIKELY(hooks))
        hooks->entered(hooks, tag);
    enum mq_result result = mq_get(stream->queue, tag, &mapping);
    if (MQ_UNLIKELY(hooks))
        hooks->left(hooks, result);
    if (MQ_UNLIKELY(!mq_succeeded(result))) {
        *bytes = 0;
        *flags = 0;
        return 0xC0000225;
    }
    *physical = mapping.physical;
    *virtual_address = mapping.virtual_address;
    *bytes = mapping.bytes;
    *flags = mapping.last;
    return 0;
}

MQ_API uint32_t sample_release_mapping(struct stream *stream, void *tag)
{
    struct hooks *hooks = stream->hooks;
    struct mq_todo todo;

    if (MQ_UNLIKELY(hooks))
        hooks->entered(hooks, tag);
    enum mq_result result = mq_release(stream->queue, tag, &todo);
    if (MQ_UNLIKELY(hooks))
        hooks->left(hooks, result);
    if (MQ_UNLIKELY(todo.first || todo.wake))
        stream->follow_up(stream, &todo);
    return mq_succeeded(result) ? 0 : 0xC0000225;
}
