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
/* Which of a PARAM_WORD's words this is, any of its names; -1: none. */
int argument_word(const struct param *p, const char *text);
void argument_free(struct value *v);

/* "fda, fdb or cd" */
void argument_words(const struct param *p, char *buf, size_t size);

#endif
