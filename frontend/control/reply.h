/*
 * reply.h - what a command answers: a tree of named values, shown as text or as JSON.
 *
 * Building never fails: when memory or the bounds below are at their end, the rest is left out, and
 * reply_lost() says so. Keys and texts are copied. Texts are UTF-8; what is not is shown as U+FFFD.
 */
#ifndef FERRITE_REPLY_H
#define FERRITE_REPLY_H

#include "hw/base/types.h"

#include <stdio.h>

enum { REPLY_NODES = 1 << 16, REPLY_BYTES = 4 << 20, REPLY_DEPTH = 16, REPLY_SAID = 400 };

enum reply_kind {
    REPLY_TEXT,
    REPLY_INT,
    REPLY_REAL,
    REPLY_BOOL,
    REPLY_NULL,
    REPLY_MAP,
    REPLY_LIST
};

/* Read it with the functions below. */
struct reply_node {
    enum reply_kind kind;
    u32 key, text;   /* in the pool; key 0: none */
    u32 parent, end; /* indices; all inside lies before `end` */
    s64 number;      /* REPLY_INT, REPLY_BOOL */
    double real;     /* REPLY_REAL */
};

struct reply {
    struct reply_node *node; /* [0] is the root */
    u32 nodes, node_capacity;
    char *pool;
    size_t pool_len, pool_capacity;
    u32 open[REPLY_DEPTH];
    unsigned depth;
    unsigned skipped; /* maps and lists begun that found no room, and what is in them */
    bool lost;
    char said[REPLY_SAID]; /* a sentence for a person: "A: is empty" */
};

void reply_init(struct reply *r);
void reply_free(struct reply *r); /* and as after reply_init() */
/* `to`, which is empty, becomes what `from` is. */
void reply_copy(struct reply *to, const struct reply *from);
bool reply_lost(const struct reply *r);
bool reply_empty(const struct reply *r); /* but for `said` */

/*
 * The first value without a key is the whole answer; with a key, it opens a map that holds all.
 * Inside of a list keys are NULL.
 */
void reply_text(struct reply *r, const char *key, const char *text);
void reply_text_len(struct reply *r, const char *key, const char *text, size_t len);
void reply_printf(struct reply *r, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void reply_int(struct reply *r, const char *key, s64 value);
void reply_real(struct reply *r, const char *key, double value);
void reply_bool(struct reply *r, const char *key, bool value);
void reply_null(struct reply *r, const char *key); /* as text "none" */
void reply_map(struct reply *r, const char *key);
void reply_list(struct reply *r, const char *key);
void reply_end(struct reply *r); /* of the innermost map or list */
void reply_say(struct reply *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* NULL: none. Nodes are valid until something is added. */
const struct reply_node *reply_root(const struct reply *r);
const struct reply_node *reply_first(const struct reply *r, const struct reply_node *n);
const struct reply_node *reply_next(const struct reply *r, const struct reply_node *n);
const struct reply_node *reply_find(const struct reply *r, const struct reply_node *map,
                                    const char *key);
const char *reply_key(const struct reply *r, const struct reply_node *n); /* "": none */
/* "" for what is no text; of a map (NULL: the root) the text of that name. */
const char *reply_string(const struct reply *r, const struct reply_node *n);
const char *reply_get(const struct reply *r, const struct reply_node *map, const char *key);

/* "key: value" lines, deeper ones indented, clean for a terminal (hw/base/clean.h). */
void reply_write_text(const struct reply *r, FILE *out);
/*
 * On one line, without a newline behind it; "null" when there is nothing. A blank in a key is a
 * dash: "state hash" is "state-hash".
 */
void reply_write_json(const struct reply *r, FILE *out);
/* A string in JSON's quotes. */
void json_write_string(const char *text, size_t len, FILE *out);

#endif
