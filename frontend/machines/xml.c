/*
 * xml.c - reading XML by libexpat, loaded when a file wants it. See xml.h; the interface is
 * expat's, as its reference ("Expat XML Parser", expat.h) has it: a character is a byte of UTF-8.
 */
#include "frontend/machines/xml.h"
#include "hw/base/library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void start_fn(void *opaque, const char *name, const char **attributes);
typedef void end_fn(void *opaque, const char *name);
typedef void text_fn(void *opaque, const char *text, int size);
typedef void doctype_fn(void *opaque, const char *name, const char *system, const char *public,
                        int internal);

struct expat {
    void *(*create)(const char *encoding);
    void (*free)(void *parser);
    void (*user_data)(void *parser, void *opaque);
    void (*elements)(void *parser, start_fn *start, end_fn *end);
    void (*text)(void *parser, text_fn *text);
    void (*doctype)(void *parser, doctype_fn *start);
    int (*parse)(void *parser, const char *text, int size, int last);
    int (*stop)(void *parser, unsigned char resumable);
    int (*error)(void *parser);
    const char *(*words)(int error);
    unsigned long (*line)(void *parser);
};

#define AT(member) offsetof(struct expat, member)

static const struct library_function functions[] = {
    {"XML_ParserCreate", AT(create)},
    {"XML_ParserFree", AT(free)},
    {"XML_SetUserData", AT(user_data)},
    {"XML_SetElementHandler", AT(elements)},
    {"XML_SetCharacterDataHandler", AT(text)},
    {"XML_SetStartDoctypeDeclHandler", AT(doctype)},
    {"XML_Parse", AT(parse)},
    {"XML_StopParser", AT(stop)},
    {"XML_GetErrorCode", AT(error)},
    {"XML_ErrorString", AT(words)},
    {"XML_GetCurrentLineNumber", AT(line)},
};

static const struct library library = {"Expat", "libexpat1", "libexpat.so.1", functions,
                                       ARRAY_SIZE(functions)};

struct reader {
    struct expat expat;
    void *parser;
    const struct xml_events *events;
    void *opaque;
    struct xml_element element;
    unsigned depth;
    const char *refused; /* by us; NULL: nothing */
};

static void refuse(struct reader *r, const char *why)
{
    if (!r->refused)
        r->expat.stop(r->parser, false);
    r->refused = r->refused ? r->refused : why;
}

/* A name space's prefix says nothing that a file of settings needs. */
static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

static bool copy_name(char out[XML_NAME], const char *name)
{
    return (size_t)snprintf(out, XML_NAME, "%s", local(name)) < XML_NAME;
}

static void on_start(void *opaque, const char *name, const char **attributes)
{
    struct reader *r = opaque;
    struct xml_element *el = &r->element;
    if (r->depth == XML_DEPTH) {
        refuse(r, "elements within elements, too deep");
        return;
    }
    el->depth = ++r->depth;
    el->attributes = 0;
    bool fits = copy_name(el->name, name);
    for (; fits && *attributes; attributes += 2) {
        if (el->attributes == XML_ATTRIBUTES) {
            refuse(r, "too many attributes");
            return;
        }
        struct xml_attribute *a = &el->attribute[el->attributes++];
        fits = copy_name(a->name, attributes[0]) && strlen(attributes[1]) < XML_VALUE;
        a->value = attributes[1];
    }
    if (fits)
        r->events->open(r->opaque, el);
    else
        refuse(r, "a name or a value is too long");
}

static void on_end(void *opaque, const char *name)
{
    struct reader *r = opaque;
    char shown[XML_NAME];
    copy_name(shown, name);
    r->depth--;
    r->events->close(r->opaque, shown);
}

static void on_text(void *opaque, const char *text, int size)
{
    struct reader *r = opaque;
    char part[XML_VALUE];
    while (size > 0) {
        int n = size < XML_VALUE - 1 ? size : XML_VALUE - 1;
        memcpy(part, text, (size_t)n);
        part[n] = 0;
        r->events->text(r->opaque, part);
        text += n;
        size -= n;
    }
}

static void on_doctype(void *opaque, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(opaque, "a document type: no file of settings has one");
}

static bool parse(struct reader *r, const char *text, size_t size, struct err *e)
{
    const struct expat *x = &r->expat;
    r->parser = size <= INT_MAX ? x->create(NULL) : NULL;
    if (!r->parser)
        return err_set(e, "out of memory");
    x->user_data(r->parser, r);
    x->elements(r->parser, on_start, on_end);
    x->text(r->parser, on_text);
    x->doctype(r->parser, on_doctype);
    bool ok = x->parse(r->parser, text, (int)size, true) ||
              err_set(e, "line %lu: %s", x->line(r->parser),
                      r->refused ? r->refused : x->words(x->error(r->parser)));
    x->free(r->parser);
    return ok;
}

bool xml_read(const char *text, size_t size, const struct xml_events *events, void *opaque,
              struct err *e)
{
    struct reader *r = calloc(1, sizeof(*r));
    if (!r)
        return err_set(e, "out of memory");
    r->events = events;
    r->opaque = opaque;
    void *handle = library_open(&library, &r->expat, e);
    bool ok = handle && parse(r, text, size, e);
    library_close(handle);
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
