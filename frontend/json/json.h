/*
 * json.h - JSON texts (RFC 8259) as trees, read by Jansson, which is loaded when somebody wants it:
 * no machine depends on it. Writing is reply_write_json() (frontend/control/reply.h).
 *
 * What comes from a socket is cut into texts first, with bounds (json_frame.h), so that the parser
 * never sees more than they allow. Duplicate names in an object are refused, and so are numbers
 * beyond 64 bits and strings with a zero in them.
 */
#ifndef FERRITE_JSON_H
#define FERRITE_JSON_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct json;       /* the library */
struct json_value; /* of a tree, whose root json_free() frees */

enum json_kind {
    JSON_OBJECT_VALUE,
    JSON_ARRAY_VALUE,
    JSON_STRING_VALUE,
    JSON_INTEGER_VALUE,
    JSON_REAL_VALUE,
    JSON_TRUE_VALUE,
    JSON_FALSE_VALUE,
    JSON_NULL_VALUE,
};

/* NULL + err (which names the package) when there is no such library. */
struct json *json_open(struct err *e);
void json_close(struct json *j); /* NULL is fine */

/* Any value. NULL + err: what is wrong, and where in the text. */
struct json_value *json_parse(struct json *j, const char *text, size_t len, struct err *e);
void json_free(struct json *j, struct json_value *v); /* NULL is fine */

enum json_kind json_kind(const struct json_value *v);
/* "an object", "a string" */
const char *json_kind_words(enum json_kind kind);
bool json_is_bool(const struct json_value *v);
/* A member of an object; NULL: there is none, or it is no object. */
struct json_value *json_get(struct json *j, const struct json_value *object, const char *name);
/* The members one after the other: begin with *at = NULL; false: no more. */
bool json_next(struct json *j, struct json_value *object, void **at, const char **name,
               struct json_value **value);
size_t json_length(struct json *j, const struct json_value *array);
struct json_value *json_at(struct json *j, const struct json_value *array, size_t i);
const char *json_text(struct json *j, const struct json_value *v); /* NULL: no string */
s64 json_integer(struct json *j, const struct json_value *v);      /* 0: no integer */
double json_number(struct json *j, const struct json_value *v);    /* of both kinds; 0: none */
/* As a text on one line; NULL: out of memory. free() it. */
char *json_write(struct json *j, const struct json_value *v);

#endif
