/*
 * page_message.c - what a page says. See page_message.h.
 */
#include "frontend/page/page_message.h"

#include <string.h>

/* Brackets outside of strings; the parser, which recurses, gets no more levels than these. */
static bool shallow(const char *text, size_t len)
{
    unsigned depth = 0;
    bool string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (string) {
            if (c == '\\')
                i++;
            string = c != '"';
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > PAGE_DEPTH)
                return false;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return true;
}

static bool read_command(struct page_message *m, struct json *j, struct err *e)
{
    const struct json_value *execute = json_get(j, m->tree, "execute");
    const char *name;
    struct json_value *in;
    for (void *at = NULL; json_next(j, m->tree, &at, &name, &in);) {
        if (strcmp(name, "execute") != 0 && strcmp(name, "arguments") != 0 &&
            strcmp(name, "id") != 0)
            return err_set(e, "\"%.60s\" is no member of a command: id, execute, arguments are",
                           name);
    }
    m->execute = execute ? json_text(j, execute) : NULL;
    m->arguments = json_get(j, m->tree, "arguments");
    if (!m->execute)
        return err_set(e, execute ? "\"execute\" is to be a string"
                                  : "a message has a member \"execute\", or \"seen\"");
    if (m->arguments && json_kind(m->arguments) != JSON_OBJECT_VALUE)
        return err_set(e, "\"arguments\" is to be an object");
    return m->id != PAGE_NO_ID || err_set(e, "a command has a member \"id\", a number from 0 on");
}

bool page_message_read(struct page_message *m, struct json *j, const char *text, size_t len,
                       struct err *e)
{
    *m = (struct page_message){.id = PAGE_NO_ID};
    if (len > PAGE_BYTES)
        return err_set(e, "a message of more than %d bytes", PAGE_BYTES);
    if (!shallow(text, len))
        return err_set(e, "more than %d levels of brackets", PAGE_DEPTH);
    m->tree = json_parse(j, text, len, e);
    if (!m->tree)
        return false;
    if (json_kind(m->tree) != JSON_OBJECT_VALUE)
        return err_set(e, "a message is an object, not %s", json_kind_words(json_kind(m->tree)));
    const struct json_value *id = json_get(j, m->tree, "id"), *seen = json_get(j, m->tree, "seen");
    if (id && json_kind(id) == JSON_INTEGER_VALUE && json_integer(j, id) >= 0)
        m->id = json_integer(j, id);
    if (!seen)
        return read_command(m, j, e);
    m->kind = PAGE_SEEN;
    m->seen = (u32)json_integer(j, seen);
    return json_kind(seen) == JSON_INTEGER_VALUE || err_set(e, "\"seen\" is to be a number");
}

void page_message_free(struct page_message *m, struct json *j)
{
    json_free(j, m->tree);
    m->tree = NULL;
}
