/*
 * reply.c - building and reading replies. See reply.h.
 *
 * The nodes lie in one array in the order in which they were added, so that all of a map lies
 * between it and its `end`; keys and texts lie one behind the other in a pool.
 */
#include "frontend/control/reply.h"

#include "hw/base/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void reply_init(struct reply *r)
{
    *r = (struct reply){.said = ""};
}

void reply_free(struct reply *r)
{
    free(r->node);
    free(r->pool);
    reply_init(r);
}

void reply_copy(struct reply *to, const struct reply *from)
{
    struct reply_node *node = from->nodes ? malloc(from->nodes * sizeof(*node)) : NULL;
    char *pool = from->pool_len ? malloc(from->pool_len) : NULL;
    if ((from->nodes && !node) || (from->pool_len && !pool)) {
        free(node);
        free(pool);
        to->lost = true;
        return;
    }
    *to = *from;
    to->node = node;
    to->pool = pool;
    to->node_capacity = from->nodes;
    to->pool_capacity = from->pool_len;
    if (node)
        memcpy(node, from->node, from->nodes * sizeof(*node));
    if (pool)
        memcpy(pool, from->pool, from->pool_len);
}

bool reply_lost(const struct reply *r)
{
    return r->lost;
}

bool reply_empty(const struct reply *r)
{
    return r->nodes == 0;
}

/* ---- building ---- */

static bool room_in_pool(struct reply *r, size_t size)
{
    size_t need = r->pool_len + size;
    return need <= REPLY_BYTES && ARRAY_ROOM(r->pool, r->pool_capacity, need);
}

/* Its place in the pool; there is room. Place 0 is the empty string. */
static u32 keep(struct reply *r, const char *text, size_t len)
{
    u32 at = (u32)r->pool_len;
    memcpy(r->pool + at, text, len);
    r->pool[at + len] = 0;
    r->pool_len += len + 1;
    return at;
}

static bool room_for_node(struct reply *r)
{
    return r->nodes < REPLY_NODES && ARRAY_ROOM(r->node, r->node_capacity, r->nodes + 1);
}

/* One more node, with `text` of `len` bytes; NULL: no room. */
static struct reply_node *add(struct reply *r, enum reply_kind kind, const char *key,
                              const char *text, size_t len)
{
    if (r->nodes == 0 && key) /* the map that holds all */
        reply_map(r, NULL);
    size_t key_len = key ? strlen(key) : 0;
    bool inside = r->nodes == 0 || r->depth > 0;
    if (r->skipped || !inside || len > REPLY_BYTES || key_len > REPLY_BYTES || !room_for_node(r) ||
        !room_in_pool(r, key_len + len + 3)) {
        r->lost = true;
        return NULL;
    }
    if (r->pool_len == 0)
        keep(r, "", 0);
    struct reply_node *n = &r->node[r->nodes++];
    *n = (struct reply_node){.kind = kind,
                             .key = key ? keep(r, key, key_len) : 0,
                             .text = len ? keep(r, text, len) : 0,
                             .parent = r->depth ? r->open[r->depth - 1] : 0,
                             .end = r->nodes};
    for (unsigned i = 0; i < r->depth; i++)
        r->node[r->open[i]].end = r->nodes;
    return n;
}

void reply_text_len(struct reply *r, const char *key, const char *text, size_t len)
{
    const char *zero = memchr(text, 0, len);
    add(r, REPLY_TEXT, key, text, zero ? (size_t)(zero - text) : len);
}

void reply_text(struct reply *r, const char *key, const char *text)
{
    add(r, REPLY_TEXT, key, text, strlen(text));
}

void reply_printf(struct reply *r, const char *key, const char *fmt, ...)
{
    char text[1000];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    reply_text(r, key, text);
}

void reply_int(struct reply *r, const char *key, s64 value)
{
    struct reply_node *n = add(r, REPLY_INT, key, "", 0);
    if (n)
        n->number = value;
}

void reply_real(struct reply *r, const char *key, double value)
{
    struct reply_node *n = add(r, REPLY_REAL, key, "", 0);
    if (n)
        n->real = value;
}

void reply_bool(struct reply *r, const char *key, bool value)
{
    struct reply_node *n = add(r, REPLY_BOOL, key, "", 0);
    if (n)
        n->number = value;
}

void reply_null(struct reply *r, const char *key)
{
    add(r, REPLY_NULL, key, "", 0);
}

static void begin(struct reply *r, enum reply_kind kind, const char *key)
{
    if (r->depth == REPLY_DEPTH || !add(r, kind, key, "", 0)) {
        r->lost = true;
        r->skipped++;
        return;
    }
    r->open[r->depth++] = r->nodes - 1;
}

void reply_map(struct reply *r, const char *key)
{
    begin(r, REPLY_MAP, key);
}

void reply_list(struct reply *r, const char *key)
{
    begin(r, REPLY_LIST, key);
}

void reply_end(struct reply *r)
{
    if (r->skipped)
        r->skipped--;
    else if (r->depth)
        r->depth--;
}

void reply_say(struct reply *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->said, sizeof(r->said), fmt, args);
    va_end(args);
}

/* ---- reading ---- */

const struct reply_node *reply_root(const struct reply *r)
{
    return r->nodes ? r->node : NULL;
}

const struct reply_node *reply_first(const struct reply *r, const struct reply_node *n)
{
    u32 inside = n ? (u32)(n - r->node) + 1 : 0;
    return n && inside < n->end ? &r->node[inside] : NULL;
}

const struct reply_node *reply_next(const struct reply *r, const struct reply_node *n)
{
    if (!n || n == r->node) /* the root is alone */
        return NULL;
    return n->end < r->node[n->parent].end ? &r->node[n->end] : NULL;
}

const char *reply_key(const struct reply *r, const struct reply_node *n)
{
    return n ? r->pool + n->key : "";
}

const struct reply_node *reply_find(const struct reply *r, const struct reply_node *map,
                                    const char *key)
{
    const struct reply_node *n = reply_first(r, map ? map : reply_root(r));
    while (n && strcmp(reply_key(r, n), key) != 0)
        n = reply_next(r, n);
    return n;
}

const char *reply_string(const struct reply *r, const struct reply_node *n)
{
    return n && n->kind == REPLY_TEXT ? r->pool + n->text : "";
}

const char *reply_get(const struct reply *r, const struct reply_node *map, const char *key)
{
    return reply_string(r, reply_find(r, map, key));
}
