/* SPDX-License-Identifier: MIT */
/* portside inspect: what a driver offers, as text or as a drawing for graphviz. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

int inspect_main(const struct options *options)
{
    struct options own = *options;
    struct session session = {0};
    int status, ended;

    own.driver = options->file;
    status = session_begin(&session, &own, 0, PS_PLAY);
    if (!status && ps_inspect(session.driver, stdout, options->dot))
        status = fail(EXIT_INPUT, "%s", ps_error_text());
    ended = session_end(&session, &own);
    if (!status && fflush(stdout))
        status = fail(EXIT_OUTPUT, "the standard output cannot be written");
    return status ? status : ended;
}
