/* conditions.h - several things that are awaited at once: the arguments of wait-any. */
#ifndef FERRITE_CONDITIONS_H
#define FERRITE_CONDITIONS_H

#include "frontend/control/command.h"
#include "frontend/control/command_words.h"

enum { CONDITIONS = 6, CONDITION_SCRATCH = 2 };

struct condition {
    struct request request;
    char *source; /* as it was written */
};

/*
 * The row that a condition is named by: its own name, or what stands behind `wait-` or `expect-` of
 * it. NULL: none.
 */
const struct command *condition_find(const char *name, size_t len);
/* From words with `or` between. */
bool conditions_take(const struct command *c, const struct command_site *site, struct value *v,
                     const struct word *w, unsigned count, struct err *e);
void conditions_free(struct value *v);

/* request.c: as request_words(), from words that know where they came from. */
bool request_of_words(struct request *r, const struct command_site *site, const struct words *w,
                      struct err *e);

#endif
