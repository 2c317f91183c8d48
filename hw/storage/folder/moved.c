/*
 * moved.c - see moved.h.
 *
 * A file counts as found with size and time as they were: one that was written has another inode or
 * another time, and is found by its name or not at all, as ever.
 */
#include "hw/storage/folder/moved.h"

#include "hw/storage/folder/scan.h"

#include <stdlib.h>
#include <string.h>

struct moved {
    struct tree *now;
    struct moved_node *node; /* by kept node */
    u32 *by_inode;           /* nodes of `now`, in order; but for the root */
    u32 *at;                 /* by kept node: the one of `now`, TREE_NONE: nowhere */
    u32 *kept;               /* the kept node that a node of `now` is; TREE_NONE: none */
};

static int compare_inodes(u64 device, u64 inode, const struct tree_node *n)
{
    if (inode != n->inode)
        return inode < n->inode ? -1 : 1;
    return device < n->device ? -1 : device > n->device;
}

/* A heap's sift: sorts without a comparison that knows no tree. */
static void sift(u32 *at, const struct tree_node *node, u32 top, u32 count)
{
    for (;;) {
        u32 child = 2 * top + 1;
        if (child >= count)
            return;
        const struct tree_node *c = &node[at[child]];
        if (child + 1 < count && compare_inodes(c->device, c->inode, &node[at[child + 1]]) < 0)
            c = &node[at[++child]];
        if (compare_inodes(node[at[top]].device, node[at[top]].inode, c) >= 0)
            return;
        u32 t = at[top];
        at[top] = at[child];
        at[child] = t;
        top = child;
    }
}

static void sort_by_inode(struct moved *m)
{
    const struct tree_node *node = m->now->node;
    u32 count = m->now->nodes - 1;
    for (u32 i = 0; i < count; i++)
        m->by_inode[i] = i + 1;
    for (u32 i = count / 2; i-- > 0;)
        sift(m->by_inode, node, i, count);
    for (u32 left = count; left-- > 1;) {
        u32 t = m->by_inode[0];
        m->by_inode[0] = m->by_inode[left];
        m->by_inode[left] = t;
        sift(m->by_inode, node, 0, left);
    }
}

static bool is_same(const struct tree_node *was, const struct tree_node *is)
{
    if (tree_is_directory(was) || tree_is_directory(is))
        return tree_is_directory(was) && tree_is_directory(is);
    return was->size == is->size && was->modified.seconds == is->modified.seconds &&
           was->modified.nanos == is->modified.nanos;
}

/* Among names of one file (hard links) the one that it had comes first, then any that is free. */
static u32 find(const struct moved *m, const struct tree *kept, u32 node)
{
    const struct tree_node *was = &kept->node[node];
    u32 low = 0, high = m->now->nodes - 1, best = TREE_NONE;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (compare_inodes(was->device, was->inode, &m->now->node[m->by_inode[middle]]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < m->now->nodes - 1; low++) {
        u32 i = m->by_inode[low];
        const struct tree_node *is = &m->now->node[i];
        if (compare_inodes(was->device, was->inode, is) != 0)
            break;
        if (m->kept[i] != TREE_NONE || !is_same(was, is))
            continue;
        if (strcmp(tree_name(m->now, i), tree_name(kept, node)) == 0)
            return i;
        best = best == TREE_NONE ? i : best;
    }
    return best;
}

static u32 child_of(const struct tree *t, u32 parent, const char *name)
{
    const struct tree_node *p = parent == TREE_NONE ? NULL : &t->node[parent];
    for (u32 i = 0; p && i < p->count; i++) {
        if (strcmp(tree_name(t, p->first + i), name) == 0)
            return p->first + i;
    }
    return TREE_NONE;
}

/* A folder that was found leads on along what the host has, one that was not along what was kept,
 * where parents come before their children: there are no circles. */
static void take_places(struct moved *m, const struct tree *kept)
{
    for (u32 i = 1; i < kept->nodes; i++) {
        m->at[i] = find(m, kept, i);
        m->node[i].found = m->at[i] != TREE_NONE;
        if (m->node[i].found)
            m->kept[m->at[i]] = i;
    }
    for (u32 i = 1; i < kept->nodes; i++) {
        struct moved_node *n = &m->node[i];
        n->parent = kept->node[i].parent;
        n->name = tree_name(kept, i);
        if (n->found) {
            u32 parent = m->kept[m->now->node[m->at[i]].parent];
            n->parent = parent == TREE_NONE ? TREE_ROOT : parent;
            n->name = parent == TREE_NONE ? "" : tree_name(m->now, m->at[i]);
            continue;
        }
        m->at[i] = child_of(m->now, m->at[n->parent], n->name);
        n->gone = m->at[i] != TREE_NONE && m->kept[m->at[i]] != TREE_NONE;
        if (n->gone) {
            n->name = "";
            m->at[i] = TREE_NONE;
        }
    }
}

struct moved *moved_find(const struct tree *kept, int root, u32 max_files)
{
    struct moved *m = calloc(1, sizeof(*m));
    struct err ignored;
    if (m)
        m->now = tree_new();
    bool ok = m && m->now && tree_scan(m->now, root, max_files, false, "", &ignored);
    if (ok) {
        m->at = malloc(kept->nodes * sizeof(*m->at));
        m->node = calloc(kept->nodes, sizeof(*m->node));
        m->by_inode = malloc(m->now->nodes * sizeof(*m->by_inode));
        m->kept = malloc(m->now->nodes * sizeof(*m->kept));
    }
    if (!ok || !m->at || !m->node || !m->by_inode || !m->kept) {
        moved_free(m);
        return NULL;
    }
    memset(m->kept, 0xff, m->now->nodes * sizeof(*m->kept));
    m->kept[TREE_ROOT] = m->at[TREE_ROOT] = TREE_ROOT;
    sort_by_inode(m);
    take_places(m, kept);
    return m;
}

void moved_free(struct moved *m)
{
    if (!m)
        return;
    tree_free(m->now);
    free(m->node);
    free(m->by_inode);
    free(m->at);
    free(m->kept);
    free(m);
}

const struct moved_node *moved_at(const struct moved *m, u32 node)
{
    return &m->node[node];
}

size_t moved_path(const struct moved *m, const struct tree *kept, u32 node, char *out, size_t size)
{
    if (!m)
        return tree_path(kept, node, out, size);
    return m->at[node] == TREE_NONE ? 0 : tree_path(m->now, m->at[node], out, size);
}
