/*
 * share_tunnel.c - a file that a program deletes or renames and makes again under the same alias
 * keeps the name that the host had for it. See share.h.
 *
 * Editors save that way: the old file goes or becomes NAME.BAK, a new one takes its place. DOS
 * knows only NAME~1.TXT; without this a long name would be lost by the first save. Windows does the
 * same, for 15 seconds, and calls it tunnelling. The time is the guest's. Not part of snapshots:
 * nothing that the guest can see depends on it.
 */
#include "hw/guest/share_internal.h"

#include <stdlib.h>

#define TUNNEL_NS (15 * NS_PER_SEC)

void tunnel_forget(struct shares *s)
{
    for (unsigned i = 0; i < SHARE_TUNNELS; i++) {
        if (!s->tunnel[i].dir) /* nothing is promised there; untouched memory stays untouched */
            continue;
        free(s->tunnel[i].dir);
        s->tunnel[i] = (struct tunnel){0};
    }
}

void tunnel_promise(struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES],
                    const char *name)
{
    struct tunnel *t = &s->tunnel[s->tunnels++ % SHARE_TUNNELS];
    char *dir = strdup(d->path);
    free(t->dir);
    *t = (struct tunnel){.dir = dir, .share = d->share, .when = clock_now(s->clock)};
    memcpy(t->alias, alias, ALIAS_BYTES);
    snprintf(t->name, sizeof(t->name), "%s", name);
}

void tunnel_gone(struct shares *s, const struct dir *d, const struct slot *slot)
{
    tunnel_promise(s, d, slot->alias, slot->name);
}

const char *tunnel_name(const struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES])
{
    u64 now = clock_now(s->clock);
    for (unsigned i = 1; i <= SHARE_TUNNELS; i++) { /* the last one first */
        const struct tunnel *t = &s->tunnel[(s->tunnels - i) % SHARE_TUNNELS];
        if (t->dir && t->share == d->share && now - t->when < TUNNEL_NS && now >= t->when &&
            memcmp(t->alias, alias, ALIAS_BYTES) == 0 && strcmp(t->dir, d->path) == 0)
            return t->name;
    }
    return NULL;
}
