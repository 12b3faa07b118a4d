/* SPDX-License-Identifier: MIT */
/*
 * WAV files out, through libsndfile. A regular output has no name (O_TMPFILE), or where the file system cannot do that a
 * temporary one beside it, until it is whole: nothing partial ever has the final name, and nothing is left by a program that is
 * killed. Anything else that exists (a device, a pipe) is written in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { NAMES = 100 }; /* tried for a temporary file */

struct output {
    const char *path;
    char *temporary; /* NULL: without a name, written in place, or null */
    bool nameless;
    SNDFILE *file;   /* NULL: null */
    int fd;
    unsigned channels, frame; /* frame: bytes */
    int error; /* errno of the first failure */
};

static int open_nameless(struct output *output)
{
    const char *slash = strrchr(output->path, '/');
    char *folder = slash ? strndup(output->path, (size_t)(slash - output->path) + 1) : strdup(".");

    if (folder && !access("/proc/self/fd", X_OK)) /* which is how it gets its name */
        output->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    output->nameless = output->fd >= 0;
    free(folder);
    return output->fd;
}

/* A name beside the final one, for the moment until it is renamed. 0 or errno. */
static int give_name(struct output *output, int fd)
{
    char from[64];
    int error = EEXIST;

    snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
    for (unsigned i = 0; i < NAMES && error == EEXIST; i++) {
        free(output->temporary);
        if (asprintf(&output->temporary, "%s.%d-%u", output->path, (int)getpid(), i) < 0) {
            output->temporary = NULL;
            return ENOMEM;
        }
        error = linkat(AT_FDCWD, from, AT_FDCWD, output->temporary, AT_SYMLINK_FOLLOW) ? errno : 0;
    }
    if (error) { /* it is somebody else's */
        free(output->temporary);
        output->temporary = NULL;
    }
    return error;
}

static int open_temporary(struct output *output)
{
    size_t size = strlen(output->path) + sizeof(".XXXXXX");
    mode_t mask = umask(0);

    umask(mask);
    output->temporary = malloc(size);
    if (!output->temporary)
        return -1;
    snprintf(output->temporary, size, "%s.XXXXXX", output->path);
    output->fd = mkstemp(output->temporary);
    if (output->fd >= 0)
        fchmod(output->fd, 0666 & ~mask);
    return output->fd;
}

static int open_target(struct output *output)
{
    struct stat status;

    if (!stat(output->path, &status)) {
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            return -1;
        }
        if (!S_ISREG(status.st_mode))
            return output->fd = open(output->path, O_RDWR | O_CLOEXEC);
        if (access(output->path, W_OK))
            return -1;
    }
    return open_nameless(output) < 0 ? open_temporary(output) : output->fd;
}

static void discard(struct output *output)
{
    if (output->file)
        sf_close(output->file); /* closes fd */
    else if (output->fd >= 0)
        close(output->fd);
    if (output->temporary)
        unlink(output->temporary);
    free(output->temporary);
    free(output);
}

/* Streams of 8 bit arrive widened to 16. */
static int samples_of(const struct ps_format *format)
{
    if (format->is_float)
        return SF_FORMAT_FLOAT;
    return format->bits == 32 ? SF_FORMAT_PCM_32 : format->bits == 24 ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_16;
}

int output_open(const char *path, const struct ps_format *format, uint64_t frames, struct output **out)
{
    unsigned sample = format->bits == 8 ? 2 : format->bits / 8;
    bool large = frames * format->channels * sample > 0xf0000000u;
    SF_INFO info = {.samplerate = (int)format->rate,
                    .channels = (int)format->channels,
                    .format = (large ? SF_FORMAT_RF64 : SF_FORMAT_WAV) | samples_of(format)};
    struct output *output = calloc(1, sizeof(*output));
    int status;

    *out = NULL;
    if (!output)
        return fail(EXIT_OUTPUT, "out of memory");
    if (!strcmp(path, "-")) {
        free(output);
        return fail(EXIT_USAGE, "-: a WAV file cannot go to standard output; name a file, or null");
    }
    output->path = path;
    output->channels = format->channels;
    output->frame = format->channels * sample;
    output->fd = -1;
    if (!strcmp(path, "null")) {
        *out = output;
        return 0;
    }
    if (open_target(output) >= 0) {
        output->file = sf_open_fd(output->fd, SFM_WRITE, &info, 1);
        if (output->file) {
            *out = output;
            return 0;
        }
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, sf_strerror(NULL));
    } else {
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    }
    free(output->temporary && output->fd < 0 ? output->temporary : NULL);
    if (output->fd < 0)
        output->temporary = NULL;
    discard(output);
    return status;
}

int output_write(void *context, const int16_t *frames, size_t count, unsigned channels,
                 unsigned rate)
{
    struct output *output = context;

    (void)rate;
    if (!output->file)
        return 0;
    if (channels != output->channels)
        return -EINVAL;
    errno = 0;
    if (sf_write_raw(output->file, frames, (sf_count_t)(count * output->frame)) == (sf_count_t)(count * output->frame))
        return 0;
    output->error = errno ? errno : EIO;
    return -output->error;
}

bool output_failed(const struct output *output)
{
    return output->error != 0;
}

/* Header and data on their way to the disk; 0 or errno. */
static int flush(struct output *output)
{
    struct stat status;
    int keep = dup(output->fd), result = 0;

    sf_write_sync(output->file);
    errno = 0;
    if (sf_error(output->file))
        result = errno ? errno : EIO;
    if (sf_close(output->file) && !result)
        result = errno ? errno : EIO;
    output->file = NULL;
    output->fd = -1;
    if (!result && !fstat(keep, &status) && S_ISREG(status.st_mode) && status.st_size < 44)
        result = ENOSPC;
    if (!result && output->nameless)
        result = give_name(output, keep);
    if (keep >= 0)
        close(keep);
    return result;
}

int output_finish(struct output *output, bool keep)
{
    const char *path = output->path;
    int error = output->error;

    if (!keep && !error) {
        discard(output);
        return 0;
    }
    if (!error && output->file)
        error = flush(output);
    if (!error && output->temporary && rename(output->temporary, path))
        error = errno;
    if (!error) {
        free(output->temporary);
        free(output);
        return 0;
    }
    discard(output);
    return fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(error));
}
