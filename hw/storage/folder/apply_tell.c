/*
 * apply_tell.c - operations in words, and a run of them that changes nothing on the host.
 */
#include "hw/storage/folder/live_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void path_of(const struct live *l, u32 object, char out[PATH_MAX])
{
    if (!live_path(l, object, out, PATH_MAX))
        snprintf(out, PATH_MAX, ".../%s", l->object[object].name);
}

/* Where the entry is, or will be. */
static void path_of_entry(const struct live *l, const struct op *op, char out[PATH_MAX])
{
    const struct seen *s = &l->diff.seen[op->seen];
    char dir[PATH_MAX] = "", name[NAME_BYTES + 1];
    if (s->dir != TREE_ROOT)
        path_of(l, s->dir, dir);
    if (live_host_name(l, s, op->over, name))
        snprintf(name, sizeof(name), "%.8s.%.3s", s->e.fat.alias, s->e.fat.alias + 8);
    snprintf(out, PATH_MAX, "%.3800s%s%s", dir, *dir ? "/" : "", name);
}

void live_describe(const struct live *l, const struct op *op, char text[LIVE_TEXT])
{
    const struct seen *s = op->seen != NOBODY ? &l->diff.seen[op->seen] : NULL;
    const struct object *o = op->object != NOBODY ? &l->object[op->object] : NULL;
    char from[PATH_MAX] = "", to[PATH_MAX] = "";
    *text = 0;
    if (o)
        path_of(l, op->object, from);
    if (s && op->kind != OP_ATTRIBUTES)
        path_of_entry(l, op, to);
    if (op->kind == OP_MKDIR)
        snprintf(text, LIVE_TEXT, "make folder %s", to);
    else if (op->kind == OP_WRITE)
        snprintf(text, LIVE_TEXT, "%s %s (%u bytes)", o ? "replace" : "create", o ? from : to,
                 s->e.fat.size);
    else if (op->kind == OP_RENAME)
        snprintf(text, LIVE_TEXT, "rename %s to %s", from, to);
    else if (op->kind == OP_DELETE && o->alive)
        snprintf(text, LIVE_TEXT, "delete %s", from);
    else if (op->kind == OP_ATTRIBUTES &&
             ((o->raw[11] ^ s->e.fat.attributes) & (LIVE_STORED | FAT_READ_ONLY) ||
              (!(o->raw[11] & FAT_DIRECTORY) && memcmp(o->raw + 22, s->e.raw + 22, 4) != 0)))
        snprintf(text, LIVE_TEXT, "attributes and time of %s", from);
}

/* Whoever has the name goes first, unless nobody can. */
static int pretend_rename(struct live *l, const struct op *op, bool force)
{
    const struct seen *s = &l->diff.seen[op->seen];
    char name[NAME_BYTES + 1];
    int error = live_host_name(l, s, op->over, name);
    u32 there = error ? NOBODY : live_who_has(l, s->dir, name);
    if (error)
        return error;
    for (u32 i = s->dir; i != TREE_ROOT; i = l->object[i].parent) {
        if (i == op->object)
            return EAGAIN;
    }
    if (there != NOBODY && there != op->object) {
        if (live_may_replace(l, op))
            live_bury(l, there);
        else if (!force)
            return EAGAIN;
    }
    live_moved(l, op->object, s->dir, name);
    struct object *o = &l->object[op->object];
    memcpy(o->alias, s->e.fat.alias, ALIAS_BYTES);
    o->shown = live_name_hash(&s->e.name);
    live_mark_dirty(l, s->dir);
    return 0;
}

int live_pretend(struct live *l, struct op *op, bool force)
{
    const struct seen *s = op->seen != NOBODY ? &l->diff.seen[op->seen] : NULL;
    char name[NAME_BYTES + 1];
    u32 object = op->object;
    if (op->kind == OP_RENAME)
        return pretend_rename(l, op, force);
    if (op->kind == OP_DELETE) {
        if (l->object[object].alive && l->object[object].first != NOBODY)
            return EAGAIN;
        if (l->object[object].alive)
            live_bury(l, object);
        return 0;
    }
    if (object == NOBODY) {
        int error = live_host_name(l, s, op->over, name);
        if (error)
            return error;
        if (live_who_has(l, s->dir, name) != NOBODY)
            return op->over != NOBODY ? EAGAIN : EEXIST;
        object = live_new_object(l, s->dir, name);
        if (object == NOBODY)
            return ENOMEM;
    }
    if (op->kind == OP_MKDIR)
        live_mark_dirty(l, object);
    if (op->kind == OP_WRITE)
        l->object[object].size = s->e.fat.size;
    live_take_entry(l, object, s, op->kind != OP_ATTRIBUTES);
    return 0;
}
