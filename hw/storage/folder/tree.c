/*
 * tree.c - building a tree of files. See tree.h.
 */
#include "hw/storage/folder/tree.h"

#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

struct tree *tree_new(void)
{
    struct tree *t = calloc(1, sizeof(*t));
    struct tree_node root = {.attributes = FAT_DIRECTORY};
    if (t && tree_add(t, TREE_NONE, "", 0, &root) != TREE_ROOT) {
        tree_free(t);
        return NULL;
    }
    return t;
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    free(t->node);
    free(t->pool);
    free(t);
}

u32 tree_add(struct tree *t, u32 parent, const char *name, size_t name_bytes,
             const struct tree_node *prototype)
{
    if (t->nodes == TREE_NONE || !ARRAY_ROOM(t->node, t->room, t->nodes + 1) ||
        !ARRAY_ROOM(t->pool, t->pool_size, t->pool_used + name_bytes + 1))
        return TREE_NONE;
    struct tree_node *n = &t->node[t->nodes];
    *n = *prototype;
    n->parent = parent;
    n->first = n->count = 0;
    n->name = t->pool_used;
    n->name_bytes = (u32)name_bytes;
    memcpy(t->pool + t->pool_used, name, name_bytes);
    t->pool[t->pool_used + name_bytes] = 0;
    t->pool_used += name_bytes + 1;
    return t->nodes++;
}

u32 tree_add_directory(struct tree *t, u32 parent, const char *name, struct tree_time time)
{
    struct tree_node n = {
        .attributes = FAT_DIRECTORY, .modified = time, .changed = time, .accessed = time};
    return tree_add(t, parent, name, strlen(name), &n);
}

u32 tree_add_file(struct tree *t, u32 parent, const char *name, const void *bytes, size_t size,
                  u8 attributes, struct tree_time time)
{
    static const u8 nothing[1];
    struct tree_node n = {.attributes = attributes & (u8) ~(FAT_DIRECTORY | FAT_LABEL),
                          .bytes = size ? bytes : nothing,
                          .size = size,
                          .modified = time,
                          .changed = time,
                          .accessed = time};
    return tree_add(t, parent, name, strlen(name), &n);
}

/*
 * The children of each node in a list, in the order in which they came; then the lists from the
 * root down. `first` and `count` of the old nodes hold the list's head and length meanwhile.
 */
bool tree_arrange(struct tree *t)
{
    struct tree_node *made = malloc(t->nodes * sizeof(*made));
    u32 *next = malloc(t->nodes * sizeof(*next));
    u32 done = made && next ? 1 : 0;
    if (done) {
        for (u32 i = 0; i < t->nodes; i++) {
            t->node[i].first = TREE_NONE;
            t->node[i].count = 0;
        }
        for (u32 i = t->nodes; i-- > 1;) {
            struct tree_node *parent = &t->node[t->node[i].parent];
            next[i] = parent->first;
            parent->first = i;
            parent->count++;
        }
        made[0] = t->node[0];
        for (u32 i = 0; i < done; i++) {
            u32 child = made[i].first;
            made[i].first = done;
            for (; child != TREE_NONE; child = next[child]) {
                made[done] = t->node[child];
                made[done++].parent = i;
            }
        }
        memcpy(t->node, made, done * sizeof(*made));
        t->nodes = done; /* all of them: each parent is an older node */
    }
    free(made);
    free(next);
    return done;
}

size_t tree_path(const struct tree *t, u32 node, char *out, size_t size)
{
    size_t length = 0;
    for (u32 n = node; n != TREE_ROOT; n = t->node[n].parent)
        length += t->node[n].name_bytes + 1;
    if (length > size || !size)
        return 0;
    out[length ? length - 1 : 0] = 0;
    size_t at = length;
    for (u32 n = node; n != TREE_ROOT; n = t->node[n].parent) {
        const struct tree_node *k = &t->node[n];
        at -= k->name_bytes + 1;
        memcpy(out + at, t->pool + k->name, k->name_bytes);
        if (n != node)
            out[at + k->name_bytes] = '/';
    }
    return length ? length : 1;
}
