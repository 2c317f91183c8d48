/*
 * xml.h - reading XML, as far as files of settings are written in it (XML 1.0: elements,
 * attributes, text, CDATA, comments, processing instructions, the five entities and characters by
 * number).
 *
 * Not read: a document type. It could define entities that grow without end, and no file of
 * settings has one, so it is refused.
 */
#ifndef FERRITE_XML_H
#define FERRITE_XML_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { XML_NAME = 80, XML_VALUE = 2048, XML_ATTRIBUTES = 64, XML_DEPTH = 64 };

struct xml_attribute {
    char name[XML_NAME]; /* without the prefix of a name space, as all names */
    char *value;
};

struct xml_element {
    char name[XML_NAME];
    unsigned depth; /* the outermost: 1 */
    struct xml_attribute attribute[XML_ATTRIBUTES];
    unsigned attributes;
};

struct xml_events {
    void (*open)(void *opaque, const struct xml_element *element);
    /* Of the innermost open element, with blanks around it; may come in parts. */
    void (*text)(void *opaque, const char *text);
    void (*close)(void *opaque, const char *name);
};

/* Attributes that are too long or too many, and elements too deep, are errors. "line 3: why". */
bool xml_read(const char *text, size_t size, const struct xml_events *events, void *opaque,
              struct err *e);
/* An attribute's value; NULL: there is none. */
const char *xml_get(const struct xml_element *element, const char *name);

#endif
