/*
 * xml.h - reading XML, as far as files of settings are written in it: elements, attributes, text,
 * one after the other. By libexpat; without it a file is refused with the package's name.
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
    const char *value;   /* until the call ends */
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

/*
 * Attributes that are too long or too many, and elements too deep, are errors, said as "line 3:
 * why". What was told before the error was told.
 */
bool xml_read(const char *text, size_t size, const struct xml_events *events, void *opaque,
              struct err *e);
/* An attribute's value; NULL: there is none. */
const char *xml_get(const struct xml_element *element, const char *name);

#endif
