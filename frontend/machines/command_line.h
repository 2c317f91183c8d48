/*
 * command_line.h - a machine's settings as the options of ferrite, which a user's own options come
 * before.
 */
#ifndef FERRITE_COMMAND_LINE_H
#define FERRITE_COMMAND_LINE_H

#include "frontend/cli/options.h"
#include "frontend/machines/config.h"

struct command_line {
    char **argv; /* argv[0] is "ferrite"; ends with NULL */
    int argc;
};

/*
 * The machine's options, but for those that `given` says otherwise (an option named there replaces
 * all of that name; -drive and others that add to a machine add), then `given` as it is. `given`
 * may be empty. false + err.
 */
bool command_line_make(struct command_line *c, const struct config *s, int count, char **given,
                       struct err *e);
void command_line_free(struct command_line *c);

#endif
