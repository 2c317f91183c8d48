/*
 * page_message.h - what a page says to a machine, as JSON: a command, or that it has seen a
 * picture.
 *
 *     {"id": 7, "execute": "registers", "arguments": {}}
 *     {"seen": 41}
 *
 * Bounds: PAGE_BYTES a message, PAGE_DEPTH levels of brackets, checked before the parser sees it.
 */
#ifndef FERRITE_PAGE_MESSAGE_H
#define FERRITE_PAGE_MESSAGE_H

#include "frontend/json/json.h"

enum { PAGE_BYTES = 1 << 20, PAGE_DEPTH = 16 };

/* None that anybody gives: those of pages count from 0 up, a worker's own from -1 down. */
#define PAGE_NO_ID INT64_MIN

struct page_message {
    enum { PAGE_COMMAND, PAGE_SEEN } kind;
    s64 id;                       /* PAGE_NO_ID: it could not be read */
    const char *execute;          /* PAGE_COMMAND; in the tree */
    struct json_value *arguments; /* an object, or NULL */
    u32 seen;                     /* PAGE_SEEN: the number of the picture */
    struct json_value *tree;
};

/* false + err: it is no message; its id is kept if there is one. It can be freed in either case. */
bool page_message_read(struct page_message *m, struct json *j, const char *text, size_t len,
                       struct err *e);
void page_message_free(struct page_message *m, struct json *j);

#endif
