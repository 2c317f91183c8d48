/*
 * row.h - one device as text: the name of its class and its properties, as -device and the
 * sections of a machine file say them. What they mean is the class's business (hw/bus/device.h).
 */
#ifndef FERRITE_ROW_H
#define FERRITE_ROW_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { ROW_PROPS = 24, ROW_TEXT = 2048 };

struct row {
    const char *driver; /* name of the class; NULL: not said yet */
    const char *id;     /* the property of that name, which every class has; NULL: none */
    struct row_prop {
        const char *name, *value;
        unsigned line; /* of the file, 0: none */
    } prop[ROW_PROPS];
    unsigned props;
    char where[200]; /* "-device ne2k_isa", or the file, for messages */
    unsigned line;   /* of the file, 0: none */
    size_t used;
    char text[ROW_TEXT]; /* all the words; the row is therefore not copied but where it lies */
};

/* Nothing yet; `where` and `line` are for messages. */
void row_begin(struct row *r, const char *where, unsigned line);
/*
 * A property; "driver" and "id" are understood here. The words are copied. false + err: twice the
 * same one, too many, or too much text.
 */
bool row_add(struct row *r, const char *name, const char *value, unsigned line, struct err *e);
/* "CLASS,property=value,..."; a comma in a value is written twice, as in QEMU. */
bool row_parse(struct row *r, const char *option, const char *text, struct err *e);
/* "-device ne2k_isa", "machine.ini:12". `prop` NULL: the row as a whole. */
const char *row_where(const struct row *r, const struct row_prop *prop, char *buf, size_t size);
/* NULL: not said. */
const char *row_value(const struct row *r, const char *name);

#endif
