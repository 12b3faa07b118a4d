/* SPDX-License-Identifier: MIT */
/*
 * portside cc: what its files share. docs/cc.md says how a driver's source becomes a shared object.
 */
#ifndef PORTSIDE_TOOL_CC_H
#define PORTSIDE_TOOL_CC_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- lists of words (cc_words.c) ---- */

/* A NULL-ended list of strings that it owns. Running out of memory ends the program. */
struct words {
    char **at;
    size_t count;
};
__attribute__((format(printf, 2, 3))) const char *words_add(struct words *words, const char *format, ...);
void words_append(struct words *words, const struct words *more);
void words_free(struct words *words);

/* ---- processes and the temporary folder (cc_run.c) ---- */

/* Runs a program found on PATH and waits for it: its exit status, 127 if it could not be run. */
int run_words(const struct words *words);
/* The first line that a command prints; false if it fails. */
bool run_line(const struct words *words, char *line, size_t size);
bool run_exists(const char *program);
/* A new folder below $TMPDIR or /tmp, which is gone when the program has ended. 0 or EXIT_OUTPUT after one line. */
int folder_make(char *path, size_t size);
/* What a status of run_words stands for, of a program that a signal ended; else 0. */
int run_signal(int status);

/* ---- at the end (cc_leave.c) ---- */

/* A file, or a folder with all in it, that is removed when the program ends, also by SIGINT, SIGTERM or SIGHUP. */
void leave_nothing_of(const char *path);
/* Around the start of a process that such a signal is passed on to: signals wait until leave_running. */
void leave_begin(sigset_t *before);
/* `pid` runs now; 0: nothing does any more, and if a signal has come, the program ends. */
void leave_running(pid_t pid, const sigset_t *before);

/* ---- what is asked for (cc_options.c) ---- */

enum dialect { DIALECT_MICROSOFT, DIALECT_GNU };

struct cc {
    const char *output, *compiler; /* --compiler, or NULL */
    struct words sources, passed;  /* files; options for the compiler, -I apart */
    struct words folders;          /* of -I */
    bool asan, quiet, help;
    bool warnings;                 /* a -W option was given */

    enum dialect dialect;          /* what the compiler can do */
    char c[64], cxx[64], version[256];
    char runtime[PATH_MAX];        /* of the sanitizer */
    char wdk[PATH_MAX], stdunk[PATH_MAX], library[PATH_MAX];
    char folder[PATH_MAX];         /* temporary */
    char overlay[PATH_MAX];        /* folder of forwarding headers */
    bool has_cxx;
    struct words objects;
};

int cc_options(struct cc *cc, int argc, char **argv);

/* ---- where things are (cc_find.c): 0 or an exit status after one line ---- */

int cc_find_parts(struct cc *cc);
int cc_find_compiler(struct cc *cc);
int cc_find_runtime(struct cc *cc);

/* ---- include names (cc_include.c) ---- */

/* Makes forwarding headers for what `source` and its headers include under another case, or with backslashes. */
int cc_forward_includes(struct cc *cc, const char *source);

/* cc_nearby.c: a folder around `source` that has the header `name` joins cc->folders; false: none has it. */
bool cc_find_nearby(struct cc *cc, const char *source, const char *name);

/* cc_trace.c: functions of the tracing preprocessor, read line by line; then written as macros of nothing. */
#define CC_TRACE_HEADER "portside_trace.h"
struct trace_names {
    struct words names;
    bool inside; /* of a configuration block */
};
void cc_trace_line(struct trace_names *trace, const char *line);
int cc_trace_write(struct cc *cc, const struct trace_names *trace);

/* ---- from source to object ---- */

bool cc_is_cxx(const char *source);
/* cc_compile.c */
int cc_compile(struct cc *cc, const char *source);
/* cc_link.c */
int cc_link(struct cc *cc);
/* cc_ir.c: clang's text for Microsoft's target made into one for Linux. */
int cc_translate_ir(const char *from, const char *to);
/* cc_friend.c: preprocessed C++ with what classes befriend declared at file scope. */
int cc_declare_friends(const char *from, const char *to);
/* cc_typedef.c: whether behind a `typedef` at `at` comes a structure whose body says the name that it gets. */
struct cc_typedef {
    const char *tag, *name; /* in the text */
    size_t tag_length, name_length;
};
bool cc_typedef_ahead(const char *at, const char *end, struct cc_typedef *found);
/* cc_member.c: the `;` of the member function's declaration at `at` if `members`, those of its class so far, has it already;
 * else NULL, and `members` has it now. */
const char *cc_member_again(struct words *members, const char *at, const char *end);
/* cc_long.c: preprocessed text with `long` of 32 bits. */
int cc_narrow_long(const char *from, const char *to);

#endif
