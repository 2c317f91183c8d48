/*
 * pattern.h - what a guest's text is looked for by: a text as it stands, or a regular expression.
 *
 * A regular expression is written between slashes, /login: *$/, and with an i behind them letters
 * count in either case. It is POSIX's extended kind (regex(7)), for one line at a time: ^ and $ are
 * a line's ends, and nothing goes beyond a line. \/ is a slash.
 *
 * Not taken: references back (\1) and repetitions beyond a thousand in all, for which matching has
 * no bound that anybody would wait for.
 */
#ifndef FERRITE_PATTERN_H
#define FERRITE_PATTERN_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

struct pattern;

/*
 * How long a regular expression is that `text` begins with, its slashes and its i included: it ends
 * at the first slash that a blank, or the end, follows. 0: there is none.
 */
size_t pattern_literal(const char *text, const char *end);

/* `text` of `len` bytes, with its slashes. NULL + err: no regular expression, and why. */
struct pattern *pattern_new(const char *text, size_t len, struct err *e);
void pattern_free(struct pattern *p); /* NULL is fine */

/*
 * The first match in `text`, which may hold any bytes: *at and *end, from its beginning. A line may
 * end in CR and LF. Either may be NULL.
 */
bool pattern_find(const struct pattern *p, const char *text, size_t len, size_t *at, size_t *end);

#endif
