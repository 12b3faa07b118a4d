/* SPDX-License-Identifier: MIT */
/* Running compilers, and the folder that their files lie in. */
#include <errno.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

extern char **environ;

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_words(const struct words *words)
{
    pid_t pid;
    int error = posix_spawnp(&pid, words->at[0], NULL, NULL, words->at, environ);

    if (error) {
        fail(EXIT_INPUT, "%s: %s", words->at[0], strerror(error));
        return 127;
    }
    return wait_for(pid);
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
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

void folder_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
