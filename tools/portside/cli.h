/* SPDX-License-Identifier: MIT */
/*
 * The command line: what the files of this folder share. Uses the public headers alone.
 */
#ifndef PORTSIDE_TOOL_CLI_H
#define PORTSIDE_TOOL_CLI_H

#include <portside/portside.h>

enum status {
    EXIT_CLEAN = 0,
    EXIT_FINDING = 1,   /* a finding, audio that differs, an under-run */
    EXIT_USAGE = 2,
    EXIT_INPUT = 3,     /* an input or a driver that cannot be read or loaded */
    EXIT_MACHINE = 4,
    EXIT_OUTPUT = 5,
    EXIT_STALLED = 6,   /* the host stalled: what differs, or was not in time, says nothing */
    EXIT_INTERNAL = 70,
};

/* "portside: " and one line on standard error; returns `status`. */
__attribute__((format(printf, 2, 3))) int fail(int status, const char *format, ...);

/* ---- options (options.c) ---- */

enum { MOST_POLICIES = 16, MOST_SETTINGS = 8 };

enum { MOST_RULES = 16, MOST_SCENARIOS = 64 };

/* What verify alone takes. */
struct verify_options {
    const char *scenarios[MOST_SCENARIOS], *rules[MOST_RULES];
    unsigned scenario_count, rule_count;
    uint64_t schedules;    /* 0: not said */
    double seconds;
    unsigned jobs, shard, shards;
    const char *replay, *baseline, *write_baseline, *junit;
    bool list, gdb, guard;
};

struct options {
    const char *command;
    const char *file;      /* the positional argument */
    const char *output, *input, *driver, *device, *trace;
    const char *policies[MOST_POLICIES];
    unsigned policy_count;
    const char *registry, *files; /* a file, a folder; NULL: none */
    struct {
        enum ps_control control;
        double value;
    } settings[MOST_SETTINGS];
    unsigned setting_count;
    bool keep_controls;    /* from run to run, in the registry */
    bool dot;              /* inspect */
    struct ps_options system;
    enum ps_client client;
    double seconds;        /* record; 0: as long as the input */
    uint32_t buffer;       /* of the client, in bytes or milliseconds; 0: the client's own choice */
    bool buffer_is_ms;
    unsigned late, late_ms; /* see struct ps_run */
    bool convert, quiet, help;
    bool has_seed, has_memory; /* were said */
    struct verify_options verify;
};

/* 0, or EXIT_USAGE after one line. */
int options_parse(struct options *options, int argc, char **argv);

/* Parts of it; EXIT_USAGE after one line. */
int option_number(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out);
int option_memory(struct options *options, const char *text);

/* --set NAME=VALUE (set_option.c) */
int option_set(struct options *options, const char *text);

/* ---- options of verify (verify_options.c) ---- */

enum verify_option {
    VERIFY_SCENARIO,
    VERIFY_LIST,
    VERIFY_SCHEDULES,
    VERIFY_TIME,
    VERIFY_REPLAY,
    VERIFY_GDB,
    VERIFY_GUARD,
    VERIFY_JOBS,
    VERIFY_SHARD,
    VERIFY_RULE,
    VERIFY_BASELINE,
    VERIFY_WRITE_BASELINE,
    VERIFY_JUNIT,
};
int verify_take(struct verify_options *verify, enum verify_option option, const char *text);

/* ---- help (help.c) ---- */

/* NULL or an unknown command: the overview. */
void help_print(const char *command);

/* ---- audio files (input.c, output.c) ---- */

struct input;

/* Opens and checks a file; EXIT_INPUT after one line. */
int input_open(const char *path, struct input **out);
void input_close(struct input *input);
struct ps_format input_format(const struct input *input);
uint64_t input_frames(const struct input *input);
const char *input_describe(const struct input *input); /* "24 bit, 1 channel, 96000 Hz (WAV)" */
/* Delivers `format` from now on, converting: PCM of 8 to 32 bits, or floats of 32. 0 or EXIT_INPUT. */
int input_convert(struct input *input, const struct ps_format *format);
/* For struct ps_source; context is the input. A file shorter than it says is -EBADMSG at its end. */
ptrdiff_t input_read(void *context, void *to, size_t bytes);
/* Why input_read failed. */
const char *input_error(const struct input *input);

struct output;

/* Prepares PATH or "null"; nothing has the final name before output_finish. 0 or EXIT_OUTPUT. */
int output_open(const char *path, const struct ps_format *format, uint64_t frames, struct output **out);
/* For struct ps_sink; context is the output. */
int output_write(void *context, const int16_t *frames, size_t count, unsigned channels,
                 unsigned rate);
/* A write failed; output_finish tells. */
bool output_failed(const struct output *output);
/* Finishes the file under its name, or throws it away. 0 or EXIT_OUTPUT after one line. */
int output_finish(struct output *output, bool keep);

/* ---- sound cards (alsa.c) ---- */

/* Time has to be real for them. */
struct alsa;

bool alsa_is(const char *name); /* "alsa" or "alsa:PCM" */
/* `patience`: ms, 0 for the usual. EXIT_MACHINE after one line. */
int alsa_open(const char *name, bool capture, const struct ps_format *format, unsigned patience,
              struct alsa **out);
/* For struct ps_sink and struct ps_source; context is the card. What it waits for is the run's to wait for, too. */
struct ps_waits alsa_waits(struct alsa *alsa);
int alsa_write(void *context, const int16_t *frames, size_t count, unsigned channels,
               unsigned rate);
ptrdiff_t alsa_read(void *context, void *to, size_t bytes);
unsigned alsa_xruns(const struct alsa *alsa); /* NULL: 0 */
const char *alsa_error(const struct alsa *alsa); /* why one of them failed; "" */
/* Waits until it has played all that it got. 0 or negative errno, which alsa_error tells. */
int alsa_drain(struct alsa *alsa);
void alsa_close(struct alsa *alsa);

/* ---- a machine with a driver (session.c) ---- */

struct session {
    struct ps_system *system;
    struct ps_driver *driver;
    FILE *trace;
    bool keeps_registry; /* it was read, so it may be written */
};

/* Builds the system for sound at `rate` (0: any), loads and starts the driver. 0 or an exit status after one line. */
int session_begin(struct session *session, const struct options *options, unsigned rate,
                  enum ps_direction direction);
/* Ends it and prints its findings; EXIT_FINDING if there were any, else 0. */
int session_end(struct session *session, const struct options *options);

/* Runs one stream with signals and progress; 0 or an exit status. `words`: "played" ... for messages. */
struct job {
    const struct options *options;
    struct session *session;
    struct ps_stream *stream;
    struct ps_run run;
    struct ps_result result;
    uint64_t total;          /* frames expected, for progress; 0: unknown */
    bool record;
    int signal;              /* that ended it, or 0 */
    int error;               /* of the run: negative errno, or 0 */
    double wall;             /* seconds */
};
/* Opens a stream for the client asked for; the result and its text as ps_stream_open's. */
int session_open(struct session *session, const struct options *options, enum ps_direction direction,
                 const struct ps_format *format, struct ps_stream **out);
/* The exit status for a stream that session_open could not open, formats apart, after one line. */
/* As session_open, in the nearest format that the driver takes, which `format` is then: its own samples first, then those that lose
 * least. */
int session_open_nearest(struct session *session, const struct options *options,
                         enum ps_direction direction, struct ps_format *format, struct ps_stream **out);
int session_open_failed(int error);

/* 0 or negative errno, as ps_stream_play. */
int job_run(struct job *job);
/* The exit status of a run that ended with job->error, after one line. */
int job_failed(const struct job *job, const char *file);
/* EXIT_STALLED after one line, where the host kept the run from being in time and it shows; else 0. */
int job_stalled(const struct job *job, const char *file);
/* The exit status of a run that was judged so: a signal that ended it counts for more than a stall. */
int job_status(const struct job *job, int judged);
/* --device none: there is nothing to hear and nothing to compare with. */
bool without_device(const struct options *options);
/* The closing line, and before it how late things were where time is real. */
void job_report(const struct job *job);

/* ---- what a driver was compiled with (driver_note.c) ---- */

/* Starts the program again if the driver needs a sanitizer's run time that is not loaded; 0 if it does not, or an exit
 * status after one line. `argv` is the whole command line. */
int driver_prepare(const char *driver, char **argv);

int play_main(const struct options *options);
int record_main(const struct options *options);
int verify_main(const struct options *options);
int explain_main(const struct options *options);
int inspect_main(const struct options *options);
int cc_main(int argc, char **argv);

#endif
