/* SPDX-License-Identifier: MIT */
/*
 * Objects to a driver: DriverEntry is its one exported name, and a note says who compiled it. What it takes from
 * elsewhere is compared with what Portside offers.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

static FILE *create(const struct cc *cc, const char *name, char *path, size_t size)
{
    FILE *file;

    snprintf(path, size, "%s/%s", cc->folder, name);
    file = fopen(path, "w");
    if (!file)
        fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    return file;
}

/* Read by driver_note.c. */
static int write_note(struct cc *cc)
{
    char path[PATH_MAX + 16];
    FILE *file = create(cc, "note.s", path, sizeof(path));

    if (!file)
        return EXIT_OUTPUT;
    fprintf(file,
            ".section .note.portside,\"a\",@note\n.balign 4\n.long 9, 1f - 0f, 1\n.asciz \"Portside\"\n"
            ".balign 4\n0: .asciz \"compiler=%s\\nsanitizer=%s\\nruntime=%s\\n\"\n1: .balign 4\n"
            ".section .note.GNU-stack,\"\",@progbits\n",
            cc->version, cc->asan ? "address" : "none", cc->runtime);
    fclose(file);
    words_add(&cc->objects, "%s", path);
    return 0;
}

static int write_map(struct cc *cc, char *path, size_t size)
{
    FILE *file = create(cc, "exports.map", path, size);

    if (!file)
        return EXIT_OUTPUT;
    fputs("{ global: DriverEntry; local: *; };\n", file);
    fclose(file);
    return 0;
}

static int run_linker(struct cc *cc, const char *map, const char *to)
{
    struct words command = {0};
    int status;

    words_add(&command, "%s", cc->c);
    words_add(&command, "-shared");
    words_add(&command, "-nostdlib");
    words_add(&command, "-Wl,--version-script=%s", map);
    words_add(&command, "-Wl,--unresolved-symbols=ignore-all,-z,now,-z,noexecstack");
    words_add(&command, "-o");
    words_add(&command, "%s", to);
    words_append(&command, &cc->objects);
    words_add(&command, "%s", cc->library);
    status = run_words(&command);
    words_free(&command);
    return status ? fail(EXIT_INPUT, "%s: does not link (see above)", cc->output) : 0;
}

/* Nothing has the final name before it is known to be a driver. */
int cc_link(struct cc *cc)
{
    char map[PATH_MAX + 16], temporary[PATH_MAX + 16];
    int status = write_note(cc);

    snprintf(temporary, sizeof(temporary), "%s.tmp%d", cc->output, (int)getpid());
    leave_nothing_of(temporary);
    if (!status)
        status = write_map(cc, map, sizeof(map));
    if (!status)
        status = run_linker(cc, map, temporary);
    if (!status && ps_driver_check(temporary))
        status = fail(EXIT_INPUT, "%s%s", cc->output, ps_error_text() + strlen(temporary));
    if (!status && rename(temporary, cc->output))
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", cc->output, strerror(errno));
    return status;
}
