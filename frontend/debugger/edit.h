/* edit.h - a line that is being typed: editing, and the lines before it. */
#ifndef FERRITE_DEBUGGER_EDIT_H
#define FERRITE_DEBUGGER_EDIT_H

#include "hw/base/types.h"

#include <stddef.h>

enum { EDIT_LINE = 400, EDIT_HISTORY = 200 };

struct edit {
    char line[EDIT_LINE]; /* UTF-8 */
    size_t len, at;       /* bytes; the cursor */
    char *history[EDIT_HISTORY];
    unsigned count, shown; /* of history; shown == count: none of it */
    char kept[EDIT_LINE];  /* what was typed before history was looked at */
};

void edit_free(struct edit *e);
/* A key of keys.h that edits; false: it is none. */
bool edit_key(struct edit *e, u32 key);
/* The line is done: it is in the history, and the next one begins. Valid until the next call. */
const char *edit_take(struct edit *e);
/* From byte `from` on, up to the cursor, stands `text` instead. */
void edit_replace(struct edit *e, size_t from, const char *text);
/* Characters before the cursor. */
unsigned edit_column(const struct edit *e);

#endif
