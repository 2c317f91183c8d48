/*
 * ini.h - a file of settings in sections, read line by line and written back line by line, so that
 * a person's comments, blank lines and order stay as they were.
 *
 *     # a comment; also with ;
 *     [section]
 *     key = value            blanks around both are not part of them
 *
 * A value ends with the line; '#' in it is a part of it. Keys and sections are compared without
 * regard to case.
 */
#ifndef FERRITE_INI_H
#define FERRITE_INI_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

enum { INI_BYTES_MAX = 256 * 1024, INI_NAME_MAX = 64 };

struct ini_line {
    char *text;        /* as it stands in the file, without its end */
    char *section;     /* the one it is in; NULL before the first */
    char *key, *value; /* NULL: no setting on this line */
};

struct ini {
    char *path;
    struct ini_line *line;
    size_t count;
};

/* "PATH:LINE: ..." in err. The file must be text, of INI_BYTES_MAX at most. */
bool ini_load(struct ini *f, const char *path, struct err *e);
/* The same from memory; `path` is what messages and ini_save() call it. */
bool ini_parse(struct ini *f, const char *path, const char *text, size_t size, struct err *e);
void ini_free(struct ini *f);

/* NULL: not there. *number (may be NULL): its line, from 1. */
const char *ini_get(const struct ini *f, const char *section, const char *key, size_t *number);
/* Changes the line; else adds one to the section's end, else the section to the file's. */
bool ini_set(struct ini *f, const char *section, const char *key, const char *value, struct err *e);
/* Take the setting's line out; false: there was none. */
bool ini_remove(struct ini *f, const char *section, const char *key);
/* Whole or not at all. */
bool ini_save(const struct ini *f, struct err *e);

#endif
