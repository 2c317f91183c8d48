/*
 * request_json.c - requests from JSON. See request_json.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/request_json.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 16 };

/* A value as it is written in a line; *kept is freed by the caller. false + err: it cannot be. */
static bool as_word(struct json *j, const char *name, const struct json_value *v, char **kept,
                    struct err *e)
{
    switch (json_kind(v)) {
    case JSON_STRING_VALUE:
        *kept = strdup(json_text(j, v));
        break;
    case JSON_INTEGER_VALUE:
        if (asprintf(kept, "%lld", (long long)json_integer(j, v)) < 0)
            *kept = NULL;
        break;
    case JSON_REAL_VALUE:
        if (asprintf(kept, "%.17g", json_number(j, v)) < 0)
            *kept = NULL;
        break;
    case JSON_TRUE_VALUE:
    case JSON_FALSE_VALUE:
        *kept = strdup(json_kind(v) == JSON_TRUE_VALUE ? "on" : "off");
        break;
    default:
        return err_set(e, "argument \"%.60s\" is to be a string or a number, not %s", name,
                       json_kind_words(json_kind(v)));
    }
    return *kept || err_set(e, "out of memory");
}

bool request_json(struct request *r, struct json *j, const char *command, struct json_value *args,
                  struct err *e)
{
    struct command_member member[MEMBERS];
    char *kept[MEMBERS];
    unsigned count = 0;
    const char *key;
    struct json_value *v;
    bool ok = true;
    *r = (struct request){.row = NULL};
    for (void *at = NULL; ok && args && json_next(j, args, &at, &key, &v);) {
        ok = count < MEMBERS || err_set(e, "%s: too many arguments", command);
        ok = ok && as_word(j, key, v, &kept[count], e);
        if (ok) {
            member[count] = (struct command_member){key, kept[count]};
            count++;
        }
    }
    ok = ok && request_named(r, NULL, command, member, count, e);
    while (count)
        free(kept[--count]);
    return ok;
}
