/*
 * overlay_cmd.c - `ferrite disk create|info|check|commit|discard`: overlay files. See disk_cmd.h
 * and hw/storage/overlay.h.
 */
#include "frontend/disk/disk_cmd.h"

#include "hw/base/clean.h"
#include "hw/storage/overlay.h"

#include <string.h>

int disk_create(struct disk_call *c)
{
    struct err e;
    return overlay_create(c->argv[1], c->argv[0], &e) ? DISK_DONE : disk_failed(c, &e);
}

/* What is wrong, a line each; false: nothing. */
static bool say_damage(const struct overlay_info *i, FILE *out)
{
    if (i->table_cut)
        fputs("The file ends within its table: what stood behind that is lost.\n", out);
    if (i->missing)
        fprintf(
            out,
            "%llu clusters of %llu bytes are missing, the first at sector %llu: the file became "
            "shorter. The base image shows there.\n",
            (unsigned long long)i->missing, (unsigned long long)i->cluster_bytes,
            (unsigned long long)i->first_missing);
    if (i->shared)
        fprintf(out,
                "%llu clusters, the first at sector %llu, lie where another one lies: one of the "
                "two is wrong.\n",
                (unsigned long long)i->shared, (unsigned long long)i->first_shared);
    return i->table_cut || i->missing || i->shared;
}

int disk_info(struct disk_call *c)
{
    FILE *out = c->out;
    struct err e;
    struct overlay_info i;
    if (!overlay_info(c->argv[0], &i, &e))
        return disk_failed(c, &e);
    clean_printf(out, "base:  %s (%s)\ndisk:  %llu bytes\nholds: %llu clusters, %llu bytes\n",
                 i.base,
                 i.base_same    ? "as it was"
                 : i.committing ? "partly written by a commit"
                 : i.base_there ? "NOT as it was when the overlay was made"
                                : "cannot be read",
                 (unsigned long long)i.disk_bytes, (unsigned long long)i.clusters,
                 (unsigned long long)(i.clusters * i.cluster_bytes));
    if (i.committing)
        fputs("A commit was interrupted; ferrite disk commit finishes it.\n", out);
    say_damage(&i, out);
    return DISK_DONE;
}

int disk_check(struct disk_call *c)
{
    struct err e;
    struct overlay_info i;
    FILE *out = c->out;
    const char *path = c->argv[0];
    bool repair = c->v.repair;
    if (!overlay_check(path, repair, &i, &e))
        return disk_failed(c, &e);
    bool damaged = say_damage(&i, out);
    fprintf(out, "holds: %llu clusters, %llu bytes; %llu unused\n", (unsigned long long)i.clusters,
            (unsigned long long)(i.clusters * i.cluster_bytes), (unsigned long long)i.unused);
    if (i.committing)
        fputs("A commit was interrupted; ferrite disk commit finishes it.\n", out);
    if (!damaged)
        fputs("The overlay is sound.\n", out);
    else if (repair)
        fputs("Repaired; what the guest finds there may be old: check its file systems.\n", out);
    else
        clean_printf(out, "To repair it: ferrite disk check --repair %s\n", path);
    return damaged && !repair ? DISK_FAILED : DISK_DONE;
}

static void say_line(void *opaque, const char *what)
{
    clean_printf(opaque, "%s\n", what);
}

int disk_commit(struct disk_call *c)
{
    struct err e;
    struct overlay_info i;
    bool dry = c->v.dry_run;
    if (!overlay_commit_saying(c->argv[0], dry, say_line, c->out, &i, &e))
        return disk_failed(c, &e);
    if (dry && i.clusters)
        fprintf(c->out, "%llu clusters of %llu bytes were written by the guest.\n",
                (unsigned long long)i.clusters, (unsigned long long)i.cluster_bytes);
    say_damage(&i, c->messages);
    return DISK_DONE;
}

int disk_discard(struct disk_call *c)
{
    struct err e;
    return overlay_discard(c->argv[0], &e) ? DISK_DONE : disk_failed(c, &e);
}
