// SPDX-License-Identifier: MIT
//
// A failure as a token: w1.<scenario>.<driver hash>.<options>.<choices>, everything that decides the run and
// nothing else. Words of letters, digits and , = _ - only, so that it can be pasted anywhere.
//
// The options are `key[value]` with commas between: x build, h hash of the scenario's file, v variant, s seed, m
// memory, d device, p processors, t tick, q machine, f fault, P policy, R mode of a rule; what has its default is left
// out. The choices are numbers to the base 32, six bits a digit: how many deviations, then for each the points
// since the one before and the index taken; two digits of checksum over the whole token end it.
#ifndef PORTSIDE_CAMPAIGN_TOKEN_H
#define PORTSIDE_CAMPAIGN_TOKEN_H

#include <portside/verify.h>

#include "campaign/fault.h"
#include "sched/chooser.h"

enum {
    TOKEN_PRINTED = 400,         // longer ones are for files
    TOKEN_MOST = 1 << 20,        // bytes of any token
    TOKEN_NAME = 64,             // longest scenario, device, policy or rule, with its NUL
    TOKEN_LIST = 16,             // most policies; most rules
};

struct token {
    char scenario[TOKEN_NAME];
    uint32_t driver;             // hash of the file
    uint32_t scenario_hash;      // of the file; 0: Portside's own
    uint64_t variant;
    char device[TOKEN_NAME];
    struct ps_options system;    // seed, memory, processors, tick
    struct fault fault;
    char policies[TOKEN_LIST][TOKEN_NAME];
    unsigned policy_count;
    char rules[TOKEN_LIST][TOKEN_NAME];
    unsigned rule_count;
    struct chooser_deviation *choices; // on the heap
    size_t choice_count;
    bool guard;                  // guard pages; not in the text, as they change no run
};

// The token's text on the heap, or NULL: no memory.
char *token_encode(const struct token *token);

// 0; -EINVAL: not a token, or damaged; -ENOTSUP: of another version of Portside; -ENOMEM. `why` becomes a
// static text. `out` owns its choices (token_clear), also after a failure.
int token_decode(const char *text, struct token *out, const char **why);
void token_clear(struct token *token);

// FNV-1a; continue with `hash`, begin with HASH_START.
#define HASH_START 2166136261u
uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t count);
// Of a file's content; 0 or negative errno.
int hash_file(const char *path, uint32_t *out);

#endif
