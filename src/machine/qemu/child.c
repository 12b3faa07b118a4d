// SPDX-License-Identifier: MIT
#include "machine/qemu/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIRMWARE_BYTES = 65536,
    RESET_VECTOR = 0xfff0,
    MOST_ARGUMENTS = 48,
    TERM_PATIENCE = 3000, // ms until SIGKILL
    REPORT = CHILD_FDS_END, // what went wrong before exec
    ABOVE = 64,           // descriptors are parked from here on while they are put in place
};

#define CONFIG_PATH "/proc/self/fd/8"
_Static_assert(CHILD_CONFIG == 8, "CONFIG_PATH");

// ---- what it inherits -----------------------------------------------------------------------

static int memory_file(const char *name, const void *bytes, size_t count)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    if (fd >= 0 && count && write(fd, bytes, count) != (ssize_t)count) {
        close(fd);
        fd = -1;
    }
    return fd;
}

// The processor gets nothing to do: cli; hlt; jmp back.
static int firmware_file(void)
{
    static const unsigned char sleeps[] = {0xfa, 0xf4, 0xeb, 0xfd};
    int fd = memory_file("portside-firmware", "", 0);

    if (fd >= 0 && (ftruncate(fd, FIRMWARE_BYTES) ||
                    pwrite(fd, sleeps, sizeof(sleeps), RESET_VECTOR) != sizeof(sleeps))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

// ALSA as QEMU hears it: a file plugin that reads CHILD_SOUND.
static int config_file(void)
{
    char text[256];
    int length = snprintf(text, sizeof(text),
                          "pcm.nul { type null }\n"
                          "pcm.cap { type file slave.pcm nul file /dev/null infile "
                          "/proc/self/fd/%d format raw }\n",
                          CHILD_SOUND);

    return memory_file("portside-alsa", text, (size_t)length);
}

struct inheritance {
    int fds[CHILD_FDS_END]; // index: number in the child; -1: nothing
};

static void inheritance_close(struct inheritance *gift)
{
    int own[] = {CHILD_QTEST, CHILD_MONITOR, CHILD_FIRMWARE, CHILD_CONFIG};

    for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (gift->fds[own[i]] >= 0)
            close(gift->fds[own[i]]);
}

static int pair(int *ours, int *theirs)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -errno;
    *ours = ends[0];
    *theirs = ends[1];
    return 0;
}

static int inheritance_make(struct child *child, const struct child_options *options,
                            struct inheritance *gift)
{
    int error;

    for (int i = 0; i < CHILD_FDS_END; i++)
        gift->fds[i] = -1;
    error = pair(&child->qtest, &gift->fds[CHILD_QTEST]);
    if (!error)
        error = pair(&child->monitor, &gift->fds[CHILD_MONITOR]);
    if (error)
        return error;
    child->sound = memory_file("portside-sound", "", 0);
    child->errors = memory_file("portside-errors", "", 0);
    gift->fds[CHILD_RAM] = options->ram;
    gift->fds[CHILD_FIRMWARE] = firmware_file();
    gift->fds[CHILD_SOUND] = child->sound;
    gift->fds[CHILD_CONFIG] = config_file();
    if (child->sound < 0 || child->errors < 0 || gift->fds[CHILD_FIRMWARE] < 0 ||
        gift->fds[CHILD_CONFIG] < 0)
        return -errno;
    return 0;
}

// ---- its command line -----------------------------------------------------------------------

struct line {
    char *words[MOST_ARGUMENTS + 1];
    unsigned count;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (line->count == MOST_ARGUMENTS || vasprintf(&line->words[line->count], format, arguments) < 0)
        line->failed = true;
    else
        line->words[++line->count] = NULL;
    va_end(arguments);
}

static void say_machine(struct line *line, const struct child_options *options)
{
    uint64_t bytes = options->low + options->high;

    say(line, "-object");
    say(line, "memory-backend-file,id=ram,size=%llu,mem-path=/proc/self/fd/%d,share=on",
        (unsigned long long)bytes, CHILD_RAM);
    say(line, "-machine");
    if (options->high)
        say(line, "pc,pit=off,hpet=off,memory-backend=ram,max-ram-below-4g=%llu",
            (unsigned long long)options->low);
    else
        say(line, "pc,pit=off,hpet=off,memory-backend=ram");
    say(line, "-m");
    say(line, "%lluK", (unsigned long long)(bytes / 1024));
    say(line, "-bios");
    say(line, "/proc/self/fd/%d", CHILD_FIRMWARE);
}

static void say_sound(struct line *line, const struct child_options *options)
{
    say(line, "-audiodev");
    if (options->hears)
        say(line,
            "alsa,id=a,in.dev=cap,out.dev=nul,in.frequency=%u,out.frequency=%u,in.try-poll=off,"
            "out.try-poll=off,in.buffer-length=10000,in.period-length=5000",
            options->rate, options->rate);
    else
        say(line, "none,id=a,out.fixed-settings=off"); // its voices have the rates that drivers set
    for (const char *const *word = options->devices; *word; word++)
        say(line, "%s", *word);
}

static void line_make(struct line *line, const struct child_options *options)
{
    memset(line, 0, sizeof(*line));
    say(line, "%s", options->program);
    say(line, "-accel"); // moves its clock by command; where there is none of it, real time
    say(line, "qtest");
    say(line, "-accel");
    say(line, "tcg,tb-size=1");
    say(line, "-nodefaults");
    say(line, "-no-user-config");
    say(line, "-display");
    say(line, "none");
    say(line, "-chardev");
    say(line, "socket,id=qt,fd=%d", CHILD_QTEST);
    say(line, "-object");
    say(line, "qtest,id=qtest0,chardev=qt,log=none");
    say(line, "-chardev");
    say(line, "socket,id=mon,fd=%d", CHILD_MONITOR);
    say(line, "-mon");
    say(line, "chardev=mon,mode=control");
    say_machine(line, options);
    say_sound(line, options);
}

static void line_clear(struct line *line)
{
    for (unsigned i = 0; i < line->count; i++)
        free(line->words[i]);
}

// ---- the child's side of fork ---------------------------------------------------------------

// Puts each descriptor at its number and closes all others but REPORT, which exec closes.
static bool place(const struct inheritance *gift, int errors, int report)
{
    int parked[REPORT + 1] = {open("/dev/null", O_RDWR), -1, errors};

    parked[STDOUT_FILENO] = parked[STDIN_FILENO];
    for (int i = CHILD_QTEST; i < CHILD_FDS_END; i++)
        parked[i] = gift->fds[i];
    parked[REPORT] = report;
    for (int i = 0; i <= REPORT; i++)
        parked[i] = parked[i] < 0 ? -1 : fcntl(parked[i], F_DUPFD, ABOVE);
    for (int i = 0; i <= REPORT; i++)
        if (parked[i] >= 0 && dup2(parked[i], i) < 0)
            return false;
    return !fcntl(REPORT, F_SETFD, FD_CLOEXEC) && !close_range(REPORT + 1, ~0u, 0);
}

static _Noreturn void become(const struct inheritance *gift, const struct line *line, int errors,
                             pid_t parent, int report)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_IGN); // a terminal's Ctrl-C is the parent's to handle
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setenv("ALSA_CONFIG_PATH", CONFIG_PATH, 1);
    if (place(gift, errors, report))
        execvp(line->words[0], line->words);
    if (write(REPORT, &errno, sizeof(errno)) != sizeof(errno))
        _exit(2);
    _exit(1);
}

static int spawn(struct child *child, const struct inheritance *gift, const struct line *line)
{
    pid_t parent = getpid();
    int report[2], error = 0;

    if (pipe2(report, O_CLOEXEC))
        return -errno;
    child->pid = fork();
    if (!child->pid)
        become(gift, line, child->errors, parent, report[1]);
    close(report[1]);
    if (child->pid < 0) {
        error = errno;
        child->pid = 0;
    } else if (read(report[0], &error, sizeof(error)) != sizeof(error)) {
        error = 0; // exec closed it
    }
    close(report[0]);
    return -error;
}

// ---- life -----------------------------------------------------------------------------------

int child_start(struct child *child, const struct child_options *options)
{
    struct inheritance gift;
    struct line line;
    int error;

    *child = (struct child){.qtest = -1, .monitor = -1, .sound = -1, .errors = -1};
    error = inheritance_make(child, options, &gift);
    line_make(&line, options);
    if (!error && line.failed)
        error = -ENOMEM;
    if (!error)
        error = spawn(child, &gift, &line);
    line_clear(&line);
    inheritance_close(&gift);
    return error;
}

bool child_has_ended(struct child *child)
{
    if (child->pid && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
        child->pid = 0;
    return !child->pid;
}

void child_await(struct child *child, int patience)
{
    struct pollfd event = {.events = POLLIN};

    if (child_has_ended(child))
        return;
    event.fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (event.fd >= 0) {
        poll(&event, 1, patience);
        close(event.fd);
    }
    child_has_ended(child);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void child_end(struct child *child)
{
    if (child->pid && !child_has_ended(child)) {
        kill(child->pid, SIGTERM);
        child_await(child, TERM_PATIENCE);
    }
    if (child->pid) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, &child->status, 0);
        child->pid = 0;
    }
    close_fd(&child->qtest);
    close_fd(&child->monitor);
    close_fd(&child->sound);
    close_fd(&child->errors);
}

// ---- what it says ---------------------------------------------------------------------------

static bool tells_nothing(const char *line)
{
    static const char *const known[] = {"warning:", "falling back to", "invalid accelerator qtest",
                                        "Failed to create voice", "terminating on signal"};

    for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strstr(line, known[i]))
            return true;
    return !*line;
}

void child_complaint(const struct child *child, char *text, size_t size)
{
    char said[4096];
    ssize_t got = child->errors < 0 ? -1 : pread(child->errors, said, sizeof(said) - 1, 0);
    char *rest = said, *line;

    *text = 0;
    if (got <= 0)
        return;
    said[got] = 0;
    while ((line = strsep(&rest, "\n")))
        if (!tells_nothing(line))
            snprintf(text, size, "%.200s", line);
}

unsigned child_ask_version(const char *program)
{
    int ends[2];
    char text[256] = "", *at;
    unsigned major = 0, minor = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        return 0;
    pid = fork();
    if (!pid) {
        dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        execlp(program, program, "--version", (char *)NULL);
        _exit(1);
    }
    close(ends[1]);
    if (pid > 0) {
        ssize_t got = read(ends[0], text, sizeof(text) - 1);

        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        text[got > 0 ? got : 0] = 0;
    }
    close(ends[0]);
    at = strstr(text, "version ");
    return at && sscanf(at, "version %u.%u", &major, &minor) == 2 ? major * 100 + minor : 0;
}
