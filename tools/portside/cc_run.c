/* SPDX-License-Identifier: MIT */
/* Running compilers, and the folder that their files lie in. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

extern char **environ;

enum { SIGNALLED = 256 };

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
}

int run_signal(int status)
{
    return status > SIGNALLED ? status - SIGNALLED : 0;
}

int run_words(const struct words *words)
{
    posix_spawnattr_t attributes;
    sigset_t before;
    pid_t pid = 0;
    int error, status = 127;

    leave_begin(&before);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &before);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(&pid, words->at[0], NULL, &attributes, words->at, environ);
    posix_spawnattr_destroy(&attributes);
    leave_running(error ? 0 : pid, &before);
    if (error)
        fail(EXIT_INPUT, "%s: %s", words->at[0], strerror(error));
    else
        status = wait_for(pid);
    leave_running(0, &before);
    return status;
}

bool run_line(const struct words *words, char *line, size_t size)
{
    posix_spawn_file_actions_t actions;
    int pipes[2], error;
    FILE *from;
    bool got;
    pid_t pid;

    if (pipe(pipes))
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipes[0]);
    posix_spawn_file_actions_addclose(&actions, pipes[1]);
    error = posix_spawnp(&pid, words->at[0], &actions, NULL, words->at, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    from = fdopen(pipes[0], "r");
    got = from && !error && fgets(line, (int)size, from);
    if (got)
        line[strcspn(line, "\n")] = 0;
    while (from && fgetc(from) != EOF)
        ;
    if (from)
        fclose(from);
    return !error && !wait_for(pid) && got;
}

bool run_exists(const char *program)
{
    const char *path = getenv("PATH");
    char file[PATH_MAX];

    if (strchr(program, '/'))
        return !access(program, X_OK);
    while (path && *path) {
        size_t length = strcspn(path, ":");

        snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, program);
        if (!access(file, X_OK))
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

int folder_make(char *path, size_t size)
{
    const char *base = getenv("TMPDIR");

    snprintf(path, size, "%s/portside-cc-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(path))
        return fail(EXIT_OUTPUT, "%s: no temporary folder: %s; TMPDIR says where", path, strerror(errno));
    leave_nothing_of(path);
    return 0;
}
