/*
 * variables.h - a script's variables: `set NAME VALUE`, and $NAME from there on.
 *
 * A script without variables keeps each $ as it is. With one, $NAME is its value: inside of a
 * string as text, whatever it holds; as a word of its own one word, also with blanks; ${NAME} is
 * the same. What is not set is an error, but for $eip and the other registers, which stay, and
 * ${NAME}, which in names of files is a variable of the environment. $$ is a dollar, and so is one
 * before anything that cannot be a name.
 *
 * $VARIANT is known in a test that has variants, also in a script that has no variables of its own.
 */
#ifndef FERRITE_SCRIPT_VARIABLES_H
#define FERRITE_SCRIPT_VARIABLES_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

enum { VARIABLES = 200, VARIABLE_NAME = 40, VARIABLE_VALUE = 4096, VARIABLE_LINE = 65536 };

struct variable {
    char name[VARIABLE_NAME];
    char *value;
};

struct variables {
    struct variable *list;
    size_t count;
    const char *variant; /* of the test; NULL: none */
};

/* Also again. false + err: no name, a register's, too long, too many. */
bool variable_set(struct variables *v, const char *name, const char *value, struct err *e);
/* "NAME=VALUE". */
bool variable_assign(struct variables *v, const char *text, struct err *e);
void variables_free(struct variables *v);

/* Is there any that a line could name? */
bool variables_any(const struct variables *v);
/* The line with its variables replaced, to be freed. NULL + err. */
char *variables_expand(const struct variables *v, const char *line, size_t len, struct err *e);
/* The first $NAME of a line, to be named in a message; "": none. */
void variables_first(const char *line, size_t len, char name[VARIABLE_NAME]);

#endif
