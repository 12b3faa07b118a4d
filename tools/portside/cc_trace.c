/* SPDX-License-Identifier: MIT */
/*
 * What Windows' tracing preprocessor (WPP) would have made. It reads, in comments of the sources, which functions trace:
 *
 *     // begin_wpp config
 *     // FUNC TraceInfo{LEVEL=TRACE_LEVEL_INFORMATION}(FLAGS, MSG, ...);
 *     // end_wpp
 *
 * and writes them into *.tmh. Here each becomes a macro of nothing, in one header that every *.tmh forwards to.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

/* The name that a line declares, in `name`: "FUNC NAME" behind slashes, stars and blanks. */
static bool declared(const char *line, char *name, size_t size)
{
    size_t length = 0;

    line += strspn(line, "/* \t");
    if (strncmp(line, "FUNC", 4) || !isspace((unsigned char)line[4]))
        return false;
    line += 4 + strspn(line + 4, " \t");
    while (isalnum((unsigned char)line[length]) || line[length] == '_')
        length++;
    if (!length || length >= size || isdigit((unsigned char)*line))
        return false;
    memcpy(name, line, length);
    name[length] = 0;
    return true;
}

void cc_trace_line(struct trace_names *trace, const char *line)
{
    char name[128];

    if (strstr(line, "begin_wpp") && strstr(line, "config"))
        trace->inside = true;
    else if (strstr(line, "end_wpp"))
        trace->inside = false;
    else if (trace->inside && declared(line, name, sizeof(name)))
        words_add(&trace->names, "%s", name);
}

int cc_trace_write(struct cc *cc, const struct trace_names *trace)
{
    char path[PATH_MAX + 32];
    FILE *file;

    snprintf(path, sizeof(path), "%s/" CC_TRACE_HEADER, cc->overlay);
    file = fopen(path, "w");
    if (!file)
        return fail(EXIT_OUTPUT, "%s: cannot be written: %s", path, strerror(errno));
    fputs("#include <detail/wpp.h>\n", file);
    for (size_t i = 0; i < trace->names.count; i++)
        fprintf(file, "#ifndef %s\n#define %s(...) ((void)0)\n#endif\n", trace->names.at[i], trace->names.at[i]);
    fclose(file);
    return 0;
}
