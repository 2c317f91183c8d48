/* command_words.h - a line cut into words: between request.c and command_complete.c. */
#ifndef FERRITE_COMMAND_WORDS_H
#define FERRITE_COMMAND_WORDS_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { COMMAND_WORDS = 64 };

struct word {
    char *text; /* NULL: left out */
    size_t len;
    bool quoted;
    const char *from, *end; /* in the line */
};

struct words {
    struct word word[COMMAND_WORDS];
    unsigned count;
    char *room; /* of all texts */
};

/*
 * Bare words, and strings in double quotes; # begins a comment. Behind a command that looks for a
 * text, /a regular expression/ is one bare word. The line must outlive them.
 */
bool words_split(struct words *w, const char *line, size_t len, struct err *e);
/* The same line as it is written here; NULL: it is so already. free() it. */
char *words_spelling(const char *line, size_t len);
void words_free(struct words *w);

#endif
