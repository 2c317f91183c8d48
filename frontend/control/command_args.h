/* command_args.h - one argument of a request from one word: used by request.c. */
#ifndef FERRITE_COMMAND_ARGS_H
#define FERRITE_COMMAND_ARGS_H

#include "frontend/control/command.h"
#include "frontend/control/command_words.h"

/*
 * `w`: the word, NULL when the argument is left out. What is optional and left out gets its
 * `otherwise`. false + err, which begins with the command's name.
 */
bool argument_take(const struct command *c, const struct param *p, const struct command_site *site,
                   const struct word *w, struct value *v, struct err *e);
void argument_free(struct value *v);

#endif
