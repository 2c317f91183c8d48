/*
 * json.c - Jansson, loaded by name. See json.h; the interface is Jansson's, as its reference ("API
 * Reference", jansson.h) has it: a value begins with its type and the number of its owners.
 */
#include "frontend/json/json.h"

#include "hw/base/library.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct json_value {
    int type;
    volatile size_t owners;
};

struct json_error {
    int line, column, position;
    char source[80], text[160];
};

enum { REJECT_DUPLICATES = 1, DECODE_ANY = 4, COMPACT = 0x20, ENCODE_ANY = 0x200 };

struct json {
    void *library;
    struct json_value *(*loadb)(const char *text, size_t len, size_t flags, struct json_error *e);
    void (*delete)(struct json_value *v);
    char *(*dumps)(const struct json_value *v, size_t flags);
    struct json_value *(*get)(const struct json_value *object, const char *name);
    void *(*iter)(struct json_value *object);
    void *(*iter_next)(struct json_value *object, void *at);
    const char *(*iter_key)(void *at);
    struct json_value *(*iter_value)(void *at);
    size_t (*length)(const struct json_value *array);
    struct json_value *(*at)(const struct json_value *array, size_t i);
    const char *(*string)(const struct json_value *v);
    long long (*integer)(const struct json_value *v);
    double (*number)(const struct json_value *v);
};

#define AT(member) offsetof(struct json, member)

static const struct library_function functions[] = {
    {"json_loadb", AT(loadb)},
    {"json_delete", AT(delete)},
    {"json_dumps", AT(dumps)},
    {"json_object_get", AT(get)},
    {"json_object_iter", AT(iter)},
    {"json_object_iter_next", AT(iter_next)},
    {"json_object_iter_key", AT(iter_key)},
    {"json_object_iter_value", AT(iter_value)},
    {"json_array_size", AT(length)},
    {"json_array_get", AT(at)},
    {"json_string_value", AT(string)},
    {"json_integer_value", AT(integer)},
    {"json_number_value", AT(number)},
};

static const struct library library = {"Jansson", "libjansson4", "libjansson.so.4", functions,
                                       ARRAY_SIZE(functions)};

struct json *json_open(struct err *e)
{
    struct json *j = calloc(1, sizeof(*j));
    if (!j) {
        err_set(e, "out of memory");
        return NULL;
    }
    j->library = library_open(&library, j, e);
    if (j->library)
        return j;
    free(j);
    return NULL;
}

void json_close(struct json *j)
{
    if (!j)
        return;
    library_close(j->library);
    free(j);
}

struct json_value *json_parse(struct json *j, const char *text, size_t len, struct err *e)
{
    struct json_error why = {.text = ""};
    struct json_value *v = j->loadb(text, len, REJECT_DUPLICATES | DECODE_ANY, &why);
    if (!v)
        err_set(e, "no JSON: %.159s (at byte %d)", why.text, why.position);
    return v;
}

void json_free(struct json *j, struct json_value *v)
{
    if (v && v->owners != (size_t)-1 && --v->owners == 0)
        j->delete (v);
}

enum json_kind json_kind(const struct json_value *v)
{
    return (enum json_kind)v->type;
}

const char *json_kind_words(enum json_kind kind)
{
    static const char *const words[] = {
        "an object", "an array", "a string", "an integer", "a number", "true", "false", "null",
    };
    return words[kind];
}

bool json_is_bool(const struct json_value *v)
{
    return json_kind(v) == JSON_TRUE_VALUE || json_kind(v) == JSON_FALSE_VALUE;
}

struct json_value *json_get(struct json *j, const struct json_value *object, const char *name)
{
    return object ? j->get(object, name) : NULL;
}

bool json_next(struct json *j, struct json_value *object, void **at, const char **name,
               struct json_value **value)
{
    *at = *at ? j->iter_next(object, *at) : j->iter(object);
    if (!*at)
        return false;
    *name = j->iter_key(*at);
    *value = j->iter_value(*at);
    return true;
}

size_t json_length(struct json *j, const struct json_value *array)
{
    return array ? j->length(array) : 0;
}

struct json_value *json_at(struct json *j, const struct json_value *array, size_t i)
{
    return j->at(array, i);
}

const char *json_text(struct json *j, const struct json_value *v)
{
    return v ? j->string(v) : NULL;
}

s64 json_integer(struct json *j, const struct json_value *v)
{
    return v ? j->integer(v) : 0;
}

double json_number(struct json *j, const struct json_value *v)
{
    return v ? j->number(v) : 0;
}

char *json_write(struct json *j, const struct json_value *v)
{
    return j->dumps(v, COMPACT | ENCODE_ANY);
}
