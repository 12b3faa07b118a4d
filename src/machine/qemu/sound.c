// SPDX-License-Identifier: MIT
//
// Sound that leaves QEMU: captured by it into a memfd, read from there. Sound that it hears: written to a memfd ahead of
// what its file plugin reads. Both give their memory back as they go.
#include "machine/qemu/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEADER = 44, // bytes of a WAV file's
    FRAME = 4,
    PIECE = 16384, // bytes
    KEEP = 1 << 20, // memory is given back in pieces of that size
};
#define SECOND 1000000000ull
#define AHEAD (2 * SECOND) // how far the input is written ahead

// Bytes before `to` are not needed any more.
static void give_up(struct qemu *qemu, uint64_t to)
{
    to -= to % KEEP;
    if (to <= qemu->sound_given_up)
        return;
    fallocate(qemu->child.sound, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              (off_t)qemu->sound_given_up, (off_t)(to - qemu->sound_given_up));
    qemu->sound_given_up = to;
}

// ---- what leaves ----------------------------------------------------------------------------

static uint64_t written(const struct qemu *qemu)
{
    struct stat status;

    return fstat(qemu->child.sound, &status) ? 0 : (uint64_t)status.st_size;
}

static void play(struct qemu *qemu)
{
    const struct sound_end *end = &qemu->machine->outside->sound;
    uint64_t size = written(qemu);
    int16_t frames[PIECE / sizeof(int16_t)];

    while (size >= qemu->sound_at + FRAME) {
        uint64_t bytes = size - qemu->sound_at;
        ssize_t got;

        if (bytes > PIECE)
            bytes = PIECE;
        got = pread(qemu->child.sound, frames, bytes - bytes % FRAME, (off_t)qemu->sound_at);
        if (got < FRAME)
            break;
        qemu->sound_at += (uint64_t)got;
        if (end->emit)
            end->emit(end->context, qemu->machine->devices[0], 0, frames, (size_t)got / FRAME, 2,
                      qemu->sound_rate, true);
    }
    give_up(qemu, qemu->sound_at);
}

// ---- what it hears --------------------------------------------------------------------------

static void hear(struct qemu *qemu)
{
    const struct sound_end *end = &qemu->machine->outside->sound;
    uint64_t passed = qemu->machine->system->sched->now - qemu->sound_began;
    uint64_t wanted = (passed + AHEAD) / 1000 * qemu->options.rate / 1000000 * FRAME;
    int16_t frames[PIECE / sizeof(int16_t)] = {0};

    while (qemu->sound_at < wanted) {
        if (end->absorb)
            end->absorb(end->context, qemu->machine->devices[0], 0, frames, PIECE / FRAME, 2,
                        qemu->options.rate);
        if (pwrite(qemu->child.sound, frames, PIECE, (off_t)qemu->sound_at) != PIECE) {
            machine_fail(qemu->machine, "no memory for what QEMU hears");
            return;
        }
        qemu->sound_at += PIECE;
    }
    wanted = passed > AHEAD ? (passed - AHEAD) / 1000 * qemu->options.rate / 1000000 * FRAME : 0;
    give_up(qemu, wanted);
}

// ---- a run ----------------------------------------------------------------------------------

void qemu_sound_move(struct qemu *qemu)
{
    if (!qemu->sounding)
        return;
    if (qemu->options.hears)
        hear(qemu);
    else
        play(qemu);
}

static int capture(struct qemu *qemu, const char *command)
{
    char said[200] = "";
    int error = monitor_command(&qemu->monitor, command, said, sizeof(said));

    if (error == -EREMOTEIO)
        machine_fail(qemu->machine, "QEMU does not capture its sound: %s", said);
    return qemu_check(qemu, error);
}

int qemu_sound_begin(struct machine *machine, unsigned rate, bool hears)
{
    struct qemu *qemu = qemu_of(machine);
    char command[96];

    if (!machine->device_count || hears != qemu->options.hears || (hears && rate != qemu->options.rate))
        return -ENOTSUP;
    qemu->sounding = true;
    qemu->sound_rate = rate;
    qemu->sound_began = machine->system->sched->now;
    qemu->sound_given_up = 0;
    qemu->sound_at = hears ? 0 : HEADER;
    qemu_stir(qemu);
    qemu_sound_move(qemu);
    snprintf(command, sizeof(command), "wavcapture /proc/self/fd/%d a %u 16 2", CHILD_SOUND, rate);
    return hears ? 0 : capture(qemu, command);
}

bool qemu_sound_heard(const struct machine *machine, uint64_t *frames)
{
    const struct qemu *qemu = qemu_of(machine);
    uint64_t size = written(qemu);

    if (!qemu->sounding || qemu->options.hears)
        return false;
    *frames = size > HEADER ? (size - HEADER) / FRAME : 0;
    return true;
}

int qemu_sound_end(struct machine *machine)
{
    struct qemu *qemu = qemu_of(machine);
    int error = 0;

    if (!qemu->sounding)
        return 0;
    if (!machine->outside->failure[0] && !qemu->options.hears)
        error = capture(qemu, "stopcapture 0"); // what it still buffers is written now
    qemu_sound_move(qemu);
    qemu->sounding = false;
    qemu_stray_look(qemu);
    return error;
}
