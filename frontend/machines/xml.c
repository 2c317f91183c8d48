/*
 * xml.c - reading XML. See xml.h.
 */
#include "frontend/machines/xml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *at, *end;
    unsigned line;
    const struct xml_events *events;
    void *opaque;
    char open[XML_DEPTH][XML_NAME]; /* names, with their prefixes */
    unsigned depth;
    struct xml_element element;
    char value[XML_VALUE];
    struct err *e;
};

static bool wrong(struct reader *r, const char *what)
{
    return err_set(r->e, "line %u: %s", r->line, what);
}

static bool looking_at(const struct reader *r, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(r->end - r->at) >= n && memcmp(r->at, text, n) == 0;
}

static void advance(struct reader *r, size_t n)
{
    for (; n && r->at < r->end; n--)
        r->line += *r->at++ == '\n';
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && isspace((u8)*r->at))
        advance(r, 1);
}

/* Past the next `text`. */
static bool skip_to(struct reader *r, const char *text, const char *what)
{
    while (r->at < r->end && !looking_at(r, text))
        advance(r, 1);
    if (r->at == r->end)
        return wrong(r, what);
    advance(r, strlen(text));
    return true;
}

static bool name_byte(char c)
{
    return isalnum((u8)c) || c == ':' || c == '_' || c == '-' || c == '.' || (u8)c >= 0x80;
}

static bool take_name(struct reader *r, char name[XML_NAME])
{
    size_t n = 0;
    while (r->at < r->end && name_byte(*r->at) && n < XML_NAME - 1) {
        name[n++] = *r->at;
        advance(r, 1);
    }
    name[n] = 0;
    return (n && !(r->at < r->end && name_byte(*r->at))) ||
           wrong(r, n ? "a name is too long" : "a name is missing");
}

static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

/* ---- characters ---- */

static bool put_byte(struct reader *r, size_t *n, char c)
{
    if (*n == XML_VALUE - 1)
        return wrong(r, "a value is too long");
    r->value[(*n)++] = c;
    return true;
}

static bool put_code(struct reader *r, size_t *n, u32 code)
{
    if (code < 0x20 && code != '\t' && code != '\n' && code != '\r')
        return wrong(r, "a character that no text has");
    if (code < 0x80)
        return put_byte(r, n, (char)code);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return wrong(r, "no such character");
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const u8 lead[] = {0, 0xc0, 0xe0, 0xf0};
    if (!put_byte(r, n, (char)(lead[more] | code >> 6 * more)))
        return false;
    while (more--) {
        if (!put_byte(r, n, (char)(0x80 | (code >> 6 * more & 0x3f))))
            return false;
    }
    return true;
}

/* At an ampersand. */
static bool put_entity(struct reader *r, size_t *n)
{
    static const struct {
        const char *name;
        char is;
    } known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (looking_at(r, known[i].name)) {
            advance(r, strlen(known[i].name));
            return put_byte(r, n, known[i].is);
        }
    }
    if (!looking_at(r, "&#"))
        return wrong(r, "an entity that is not one of XML's own");
    advance(r, 2);
    bool hex = looking_at(r, "x");
    advance(r, hex);
    u32 code = 0;
    unsigned digits = 0;
    for (; r->at < r->end && isxdigit((u8)*r->at) && digits < 8; digits++) {
        int c = tolower((u8)*r->at);
        if (c > '9' && !hex)
            break;
        code = code * (hex ? 16 : 10) + (u32)(c > '9' ? c - 'a' + 10 : c - '0');
        advance(r, 1);
    }
    if (!digits || !looking_at(r, ";"))
        return wrong(r, "a character's number is not one");
    advance(r, 1);
    return put_code(r, n, code);
}

static bool take_value(struct reader *r)
{
    size_t n = 0;
    skip_blanks(r);
    char quote = r->at < r->end ? *r->at : 0;
    if (quote != '"' && quote != '\'')
        return wrong(r, "a value in quotes is missing");
    advance(r, 1);
    while (r->at < r->end && *r->at != quote) {
        if (*r->at == '<' || !*r->at)
            return wrong(r, "a value has no end");
        if (*r->at == '&') {
            if (!put_entity(r, &n))
                return false;
        } else {
            if (!put_byte(r, &n, *r->at))
                return false;
            advance(r, 1);
        }
    }
    if (r->at == r->end)
        return wrong(r, "a value has no end");
    advance(r, 1);
    r->value[n] = 0;
    return true;
}

/* ---- elements ---- */

static void free_attributes(struct reader *r)
{
    for (unsigned i = 0; i < r->element.attributes; i++)
        free(r->element.attribute[i].value);
    r->element.attributes = 0;
}

static bool take_attribute(struct reader *r)
{
    char name[XML_NAME];
    struct xml_element *el = &r->element;
    if (!take_name(r, name))
        return false;
    skip_blanks(r);
    if (!looking_at(r, "="))
        return wrong(r, "an attribute has no value");
    advance(r, 1);
    if (!take_value(r))
        return false;
    if (el->attributes == XML_ATTRIBUTES)
        return wrong(r, "too many attributes");
    struct xml_attribute *a = &el->attribute[el->attributes];
    snprintf(a->name, sizeof(a->name), "%s", local(name));
    a->value = strdup(r->value);
    if (!a->value)
        return err_set(r->e, "out of memory");
    el->attributes++;
    return true;
}

static void close_element(struct reader *r)
{
    r->depth--;
    r->events->close(r->opaque, local(r->open[r->depth]));
}

/* Behind the '<' of an opening. */
static bool take_opening(struct reader *r)
{
    if (r->depth == XML_DEPTH)
        return wrong(r, "elements within elements, too deep");
    if (!take_name(r, r->open[r->depth]))
        return false;
    snprintf(r->element.name, sizeof(r->element.name), "%s", local(r->open[r->depth]));
    r->element.depth = ++r->depth;
    for (;;) {
        skip_blanks(r);
        bool empty = looking_at(r, "/>");
        if (empty || looking_at(r, ">")) {
            advance(r, empty ? 2 : 1);
            r->events->open(r->opaque, &r->element);
            free_attributes(r);
            if (empty)
                close_element(r);
            return true;
        }
        if (r->at == r->end)
            return wrong(r, "the file ends within an element");
        if (!take_attribute(r))
            return false;
    }
}

static bool take_closing(struct reader *r)
{
    char name[XML_NAME];
    if (!take_name(r, name))
        return false;
    skip_blanks(r);
    if (!looking_at(r, ">"))
        return wrong(r, "an end of an element that does not end");
    advance(r, 1);
    if (!r->depth || strcmp(name, r->open[r->depth - 1]) != 0)
        return wrong(r, "the end of an element that is not open");
    close_element(r);
    return true;
}

static bool take_text(struct reader *r)
{
    size_t n = 0;
    bool cdata = looking_at(r, "<![CDATA[");
    if (cdata)
        advance(r, 9);
    while (r->at < r->end && (cdata ? !looking_at(r, "]]>") : *r->at != '<') && n < XML_VALUE - 8) {
        if (!cdata && *r->at == '&') {
            if (!put_entity(r, &n))
                return false;
        } else {
            if (!*r->at)
                return wrong(r, "a character that no text has");
            r->value[n++] = *r->at;
            advance(r, 1);
        }
    }
    r->value[n] = 0;
    if (cdata && !looking_at(r, "]]>"))
        return wrong(r, r->at == r->end ? "the file ends within a text" : "a text is too long");
    advance(r, cdata ? 3 : 0);
    if (r->depth)
        r->events->text(r->opaque, r->value);
    else if (strspn(r->value, " \t\r\n") != n)
        return wrong(r, "text outside of all elements");
    return true;
}

static bool take_markup(struct reader *r)
{
    if (looking_at(r, "<?"))
        return skip_to(r, "?>", "the file ends within an instruction");
    if (looking_at(r, "<!--"))
        return skip_to(r, "-->", "the file ends within a comment");
    if (looking_at(r, "<![CDATA["))
        return take_text(r);
    if (looking_at(r, "<!"))
        return wrong(r, "a document type, which files of settings do not have");
    bool closing = looking_at(r, "</");
    advance(r, closing ? 2 : 1);
    return closing ? take_closing(r) : take_opening(r);
}

bool xml_read(const char *text, size_t size, const struct xml_events *events, void *opaque,
              struct err *e)
{
    struct reader *r = calloc(1, sizeof(*r));
    if (!r)
        return err_set(e, "out of memory");
    r->at = text;
    r->end = text + size;
    r->line = 1;
    r->events = events;
    r->opaque = opaque;
    r->e = e;
    if (looking_at(r, "\xef\xbb\xbf"))
        advance(r, 3);
    bool ok = true, any = false;
    while (ok && r->at < r->end) {
        bool markup = *r->at == '<';
        any |= markup;
        ok = markup ? take_markup(r) : take_text(r);
    }
    if (ok && (r->depth || !any))
        ok = wrong(r, any ? "the file ends within an element" : "this is no XML");
    free_attributes(r);
    free(r);
    return ok;
}

const char *xml_get(const struct xml_element *element, const char *name)
{
    for (unsigned i = 0; i < element->attributes; i++) {
        if (strcmp(element->attribute[i].name, name) == 0)
            return element->attribute[i].value;
    }
    return NULL;
}
