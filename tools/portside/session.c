/* SPDX-License-Identifier: MIT */
/* A machine with a started driver, a run on it, and what is said about both. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* ---- beginning and end ---- */

static int set_policies(struct ps_system *system, const struct options *options)
{
    for (unsigned i = 0; i < options->policy_count; i++) {
        const char *value = strchr(options->policies[i], '=');
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)(value - options->policies[i]),
                 options->policies[i]);
        if (ps_policy_set(system, name, value + 1))
            return fail(EXIT_USAGE, "--policy: %s", ps_error_text());
    }
    return 0;
}

static int attach(struct session *session, const struct options *options)
{
    const struct ps_device_ops *model =
        strcmp(options->device, "auto") ? ps_model_find(options->device) : ps_model_of_driver(options->driver);
    struct ps_machine_info info;

    if (!model)
        return fail(EXIT_USAGE, "no device model is called '%s'", options->device);
    if (ps_device_attach(session->system, model) < 0)
        return fail(EXIT_MACHINE, "%s", ps_error_text());
    ps_machine_get(session->system, &info);
    if (*info.text && !options->quiet)
        fprintf(stderr, "portside: %s\n", info.text);
    return 0;
}

static int start_trace(struct session *session, const struct options *options)
{
    if (!options->trace)
        return 0;
    session->trace = fopen(options->trace, "w");
    if (!session->trace)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", options->trace, strerror(errno));
    if (ps_trace_start(session->system, session->trace))
        return fail(EXIT_OUTPUT, "%s: %s", options->trace, ps_error_text());
    return 0;
}

/* A registry file that is not there yet is made at the end. */
static int furnish(struct session *session, const struct options *options)
{
    int error = options->registry ? ps_registry_load(session->system, options->registry) : 0;

    if (error && error != -ENOENT)
        return fail(EXIT_INPUT, "%s", ps_error_text());
    session->keeps_registry = options->registry != NULL;
    if (options->files && ps_files_set(session->system, options->files))
        return fail(EXIT_OUTPUT, "%s", ps_error_text());
    return 0;
}

static int set_controls(struct session *session, const struct options *options)
{
    if (options->keep_controls && ps_controls_keep(session->driver))
        return fail(EXIT_INPUT, "--keep-controls: %s", ps_error_text());
    for (unsigned i = 0; i < options->setting_count; i++)
        if (ps_control_set(session->driver, options->settings[i].control, options->settings[i].value))
            return fail(EXIT_INPUT, "--set: %s", ps_error_text());
    return 0;
}

static int load(struct session *session, const struct options *options)
{
    int error = ps_driver_load(session->system, options->driver, &session->driver);

    if (!error)
        error = ps_driver_start(session->driver, 0);
    if (!error)
        return 0;
    if (error == -EHOSTDOWN)
        return fail(EXIT_MACHINE, "%s", ps_error_text());
    fail(EXIT_INPUT, "%s", ps_error_text());
    return error == -EFAULT || error == -EDEADLK ? EXIT_FINDING : EXIT_INPUT;
}

int session_begin(struct session *session, const struct options *options, unsigned rate,
                  enum ps_direction direction)
{
    struct ps_options system = options->system;
    int status;

    *session = (struct session){0};
    system.sound_rate = rate;
    system.sound_in = direction == PS_RECORD;
    if (ps_system_create(&system, &session->system))
        return fail(EXIT_MACHINE, "%s", ps_error_text());
    status = set_policies(session->system, options);
    if (!status)
        status = start_trace(session, options);
    if (!status)
        status = attach(session, options);
    if (!status)
        status = furnish(session, options);
    if (!status)
        status = load(session, options);
    if (!status)
        status = set_controls(session, options);
    return status;
}

int session_open(struct session *session, const struct options *options, enum ps_direction direction,
                 const struct ps_format *format, struct ps_stream **out)
{
    return ps_stream_open(session->driver, direction, format, options->client, out);
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* With these samples, and the rate and the channels that are nearest to `own`: its rate first. 0 and *format, -ENOTSUP, or another
 * error. */
static int open_nearest(struct session *session, const struct options *options, enum ps_direction direction,
                        struct ps_format own, struct ps_format *format, struct ps_stream **out)
{
    const unsigned rates[] = {own.rate, 48000, 44100, 32000, 22050, 16000, 11025, 8000, 96000, 88200, 192000, 176400};
    const unsigned channels[] = {own.channels, 2, 1, 4, 6, 8};
    int error = -ENOTSUP;

    for (size_t r = 0; error == -ENOTSUP && r < COUNT(rates); r++)
        for (size_t c = 0; error == -ENOTSUP && c < COUNT(channels); c++) {
            *format = (struct ps_format){rates[r], channels[c], own.bits, own.is_float};
            error = session_open(session, options, direction, format, out);
        }
    return error;
}

int session_open_nearest(struct session *session, const struct options *options,
                         enum ps_direction direction, struct ps_format *format, struct ps_stream **out)
{
    static const struct {
        unsigned bits;
        bool is_float;
    } samples[] = {{16, false}, {24, false}, {32, false}, {32, true}, {8, false}};
    struct ps_format own = *format;
    int error = open_nearest(session, options, direction, own, format, out);

    for (size_t i = 0; error == -ENOTSUP && i < COUNT(samples); i++) {
        own.bits = samples[i].bits;
        own.is_float = samples[i].is_float;
        error = open_nearest(session, options, direction, own, format, out);
    }
    return error;
}

int session_open_failed(int error)
{
    int status = error == -EPROTONOSUPPORT ? EXIT_USAGE
                 : error == -EHOSTDOWN     ? EXIT_MACHINE
                                           : EXIT_INPUT;

    return fail(error == -EFAULT ? EXIT_FINDING : status, "%s", ps_error_text());
}

/* The driver's part of a finding's call stack, innermost first, behind the place that was named already. */
static void print_stack(struct session *session, size_t index, const struct ps_finding *finding)
{
    char text[160];

    for (unsigned frame = 0; frame < finding->frames; frame++)
        if (ps_finding_frame(session->system, index, frame, text, sizeof(text)) == 1 &&
            strcmp(text, finding->where))
            fprintf(stderr, "      from %s\n", text);
}

static int print_findings(struct session *session)
{
    static const char *const sides[] = {"driver", "client", "device", "port (please report)"};
    size_t count = ps_finding_count(session->system), remarks = 0;

    for (size_t i = 0; i < count; i++) {
        struct ps_finding finding;

        if (ps_finding_get(session->system, i, &finding))
            continue;
        remarks += finding.remark;
        fprintf(stderr, "%s  %s  ", finding.remark ? "REMARK" : "FAIL", finding.rule);
        if (finding.code && !finding.remark)
            fprintf(stderr, "bug check 0x%X (0x%llX, ...): ", finding.code,
                    (unsigned long long)finding.parameters[0]);
        fprintf(stderr, "%s\n      %s side%s%s, IRQL %u, processor %u, thread \"%s\"%s\n",
                finding.text, sides[finding.side], *finding.where ? ": " : "", finding.where,
                finding.irql, finding.processor, finding.thread,
                finding.repeats ? ", more than once" : "");
        print_stack(session, i, &finding);
    }
    return count > remarks ? EXIT_FINDING : 0;
}

static int stop_trace(struct session *session, const struct options *options)
{
    int error;

    if (!session->trace)
        return 0;
    error = ps_trace_stop(session->system);
    if (fclose(session->trace))
        error = -errno;
    if (error)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", options->trace, strerror(-error));
    return 0;
}

int session_end(struct session *session, const struct options *options)
{
    int status = 0, traced;

    if (!session->system)
        return 0;
    if (session->driver && !ps_halted(session->system) &&
        ps_driver_unload(session->driver, false) && !ps_finding_count(session->system))
        status = fail(EXIT_FINDING, "%s", ps_error_text());
    if (session->keeps_registry && !ps_halted(session->system) &&
        ps_registry_save(session->system, options->registry))
        status = fail(EXIT_OUTPUT, "%s", ps_error_text());
    traced = stop_trace(session, options);
    if (print_findings(session))
        status = EXIT_FINDING;
    ps_system_destroy(session->system);
    return status ? status : traced;
}

/* ---- one run ---- */

enum { LONG = 20 }; /* seconds */

static struct ps_stream *interruptible;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
    if (interruptible)
        ps_stream_interrupt(interruptible);
}

static void catch(struct ps_stream *stream, struct sigaction old[2])
{
    struct sigaction action = {.sa_handler = on_signal};

    interruptible = stream;
    caught = 0;
    sigaction(SIGINT, &action, &old[0]);
    sigaction(SIGTERM, &action, &old[1]);
}

static void release(const struct sigaction old[2])
{
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
    interruptible = NULL;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct meter {
    double began, shown;
    uint64_t total;
    unsigned rate;
    bool used;
};

static void show(void *context, uint64_t frames)
{
    struct meter *meter = context;
    double time = now();

    if (time - meter->began < 1 || time - meter->shown < 0.1)
        return;
    meter->shown = time;
    meter->used = true;
    fprintf(stderr, "\r%8.1f s", (double)frames / meter->rate);
    if (meter->total)
        fprintf(stderr, " of %.1f s, %3.0f %%", (double)meter->total / meter->rate,
                100.0 * (double)frames / (double)meter->total);
    fflush(stderr);
}

/* What the options say about the client's buffer and its lateness. */
static void set_client(struct ps_run *run, const struct options *options,
                       const struct ps_format *format)
{
    uint64_t frames = (uint64_t)options->buffer * format->rate / 1000;
    uint64_t bytes = (frames ? frames : 1) * format->channels * (format->bits / 8);

    run->buffer_bytes = options->buffer;
    if (options->buffer_is_ms)
        run->buffer_bytes = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
    run->late = options->late;
    run->late_ms = options->late_ms;
}

/* Where time is real a long run is announced. */
static void announce(const struct job *job, unsigned rate)
{
    double seconds = (double)job->total / rate;
    struct ps_machine_info info;

    ps_machine_get(job->session->system, &info);
    if (info.real && !job->options->quiet && seconds >= LONG)
        fprintf(stderr, "portside: time is real: this takes %.1f minutes\n", seconds / 60);
}

int job_run(struct job *job)
{
    struct ps_format format = ps_stream_format(job->stream);
    struct meter meter = {.began = now(), .total = job->total, .rate = format.rate};
    struct sigaction old[2];
    int error;

    if (!job->options->quiet && isatty(STDERR_FILENO)) {
        job->run.progress = show;
        job->run.progress_context = &meter;
    }
    set_client(&job->run, job->options, &format);
    catch(job->stream, old);
    announce(job, format.rate);
    error = job->record ? ps_stream_record(job->stream, &job->run, &job->result)
                        : ps_stream_play(job->stream, &job->run, &job->result);
    release(old);
    job->wall = now() - meter.began;
    job->signal = caught;
    job->error = error;
    if (meter.used)
        fprintf(stderr, "\r%40s\r", "");
    return error;
}

int job_failed(const struct job *job, const char *file)
{
    if (job->error == -EHOSTDOWN)
        return fail(EXIT_MACHINE, "%s: stopped after %llu frames: %s", file,
                    (unsigned long long)job->result.frames, ps_error_text());
    return fail(EXIT_FINDING, "%s: stopped after %llu frames: %s", file,
                (unsigned long long)job->result.frames, ps_error_text());
}

int job_stalled(const struct job *job, const char *file)
{
    const struct ps_result *result = &job->result;
    unsigned rate = ps_stream_format(job->stream).rate;
    bool gave_up = job->error == -ETIMEDOUT && !ps_halted(job->session->system);
    char what[160];

    if (!result->stalled_ns || (job->error && !gave_up))
        return 0;
    if (gave_up)
        snprintf(what, sizeof(what), "stopped after %llu frames (%s)", (unsigned long long)result->frames, ps_error_text());
    else if (result->differs)
        snprintf(what, sizeof(what), "what was %s %s at frame %llu", job->record ? "recorded" : "heard", result->difference,
                 (unsigned long long)result->first_difference);
    else if (result->underruns && job->record)
        snprintf(what, sizeof(what), "input was lost");
    else if (result->underruns)
        snprintf(what, sizeof(what), "under-run: %llu frames that nobody sent were heard from %.2f s on",
                 (unsigned long long)result->filled, (double)result->first_filled / rate);
    else
        return 0;
    return fail(EXIT_STALLED, "%s: %s, and the host stalled for %.0f ms at %.2f s: run it again, or with a larger --buffer",
                file, what, (double)result->stalled_ns / 1e6, (double)result->stalled_at_ns / 1e9);
}

int job_status(const struct job *job, int judged)
{
    if (job->signal && (!judged || judged == EXIT_STALLED))
        return 128 + job->signal;
    return judged;
}

/* Beside what the HLK's glitch tests allow. */
static void report_service(const struct job *job)
{
    struct ps_service service;

    if (job->options->quiet || !ps_service_get(job->session->system, &service) || !service.wakes)
        return;
    fprintf(stderr,
            "portside: served %.2f ms late or less half of the time (p50), %.2f (p99), %.2f (p99.9), %.2f at "
            "worst, %llu wake-ups; HLK: latency 20 ms, rate 1 %%, jitter 1 ms, 4 ms at most\n",
            (double)service.p50_ns / 1e6, (double)service.p99_ns / 1e6,
            (double)service.p999_ns / 1e6, (double)service.worst_ns / 1e6,
            (unsigned long long)service.wakes);
}

bool without_device(const struct options *options)
{
    return !strcmp(options->device, "none");
}

/* Without a device nobody but the driver knows what became of the sound. */
static void report_taken(const struct job *job)
{
    const char *folder = job->options->files;
    size_t count;
    uint64_t bytes;

    ps_files_in_memory(job->session->system, &count, &bytes);
    fprintf(stderr, "portside: no device: the driver took %llu frames, and nothing was heard",
            (unsigned long long)job->result.submitted);
    if (folder)
        fprintf(stderr, "; what it keeps of them is in %s", folder);
    else if (count)
        fprintf(stderr, "; it wrote %zu file%s, %llu bytes: --files FOLDER keeps %s", count,
                count == 1 ? "" : "s", (unsigned long long)bytes, count == 1 ? "it" : "them");
    fputc('\n', stderr);
}

void job_report(const struct job *job)
{
    const struct ps_result *result = &job->result;
    unsigned rate = ps_stream_format(job->stream).rate;
    uint64_t frames = !without_device(job->options) ? result->frames
                      : job->record && !job->error  ? job->total
                                                    : result->submitted;
    double speed = job->wall > 0 ? (double)frames / rate / job->wall : 0;

    report_service(job);
    if (job->options->quiet)
        return;
    if (without_device(job->options) && !job->record)
        report_taken(job);
    printf("frames=%llu mappings=%llu interrupts=%llu underruns=%llu speed=%.0fx zeros=%llu+%llu\n",
           (unsigned long long)frames, (unsigned long long)result->mappings,
           (unsigned long long)result->interrupts, (unsigned long long)result->underruns, speed,
           (unsigned long long)result->zeros_before, (unsigned long long)result->zeros_after);
}
