/*
 * disk_cmd.c - `ferrite disk create|info|check|commit|discard`. See disk_cmd.h and
 * hw/storage/overlay.h.
 */
#include "frontend/cli/disk_cmd.h"

#include "hw/base/nearest.h"
#include "hw/storage/overlay.h"

#include <string.h>

enum { DONE, FAILED, ASKED_WRONGLY };

static int failed(FILE *messages, const struct err *e)
{
    fprintf(messages, "ferrite disk: %s\n", e->text);
    return FAILED;
}

static int create(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    return overlay_create(argv[1], argv[0], &e) ? DONE : failed(messages, &e);
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

static int info(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    struct overlay_info i;
    if (!overlay_info(argv[0], &i, &e))
        return failed(messages, &e);
    fprintf(out, "base:  %s (%s)\ndisk:  %llu bytes\nholds: %llu clusters, %llu bytes\n", i.base,
            i.base_same    ? "as it was"
            : i.committing ? "partly written by a commit"
            : i.base_there ? "NOT as it was when the overlay was made"
                           : "cannot be read",
            (unsigned long long)i.disk_bytes, (unsigned long long)i.clusters,
            (unsigned long long)(i.clusters * i.cluster_bytes));
    if (i.committing)
        fputs("A commit was interrupted; ferrite disk commit finishes it.\n", out);
    say_damage(&i, out);
    return DONE;
}

/* check OVERLAY, check --repair OVERLAY */
static int check(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    struct overlay_info i;
    bool repair = argv[1] != NULL;
    if (repair && strcmp(argv[0], "--repair") != 0 && strcmp(argv[0], "-repair") != 0) {
        fprintf(messages, "ferrite disk check: \"%.60s\" is no option; say --repair\n", argv[0]);
        return ASKED_WRONGLY;
    }
    const char *path = repair ? argv[1] : argv[0];
    if (!overlay_check(path, repair, &i, &e))
        return failed(messages, &e);
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
        fprintf(out, "To repair it: ferrite disk check --repair %s\n", path);
    return damaged && !repair ? FAILED : DONE;
}

static void say_line(void *opaque, const char *what)
{
    fprintf(opaque, "%s\n", what);
}

/* commit OVERLAY, commit --dry-run OVERLAY */
static int commit(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    struct overlay_info i;
    bool dry = argv[1] != NULL;
    if (dry && strcmp(argv[0], "--dry-run") != 0 && strcmp(argv[0], "-dry-run") != 0) {
        fprintf(messages, "ferrite disk commit: \"%.60s\" is no option; say --dry-run\n", argv[0]);
        return ASKED_WRONGLY;
    }
    const char *path = dry ? argv[1] : argv[0];
    if (!overlay_commit_saying(path, dry, say_line, out, &i, &e))
        return failed(messages, &e);
    if (dry && i.clusters)
        fprintf(out, "%llu clusters of %llu bytes were written by the guest.\n",
                (unsigned long long)i.clusters, (unsigned long long)i.cluster_bytes);
    say_damage(&i, messages);
    return DONE;
}

static int discard(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    return overlay_discard(argv[0], &e) ? DONE : failed(messages, &e);
}

static const struct {
    const char *name, *arguments, *meaning;
    int count, options; /* arguments, and how many more there may be before them */
    int (*run)(char **argv, FILE *out, FILE *messages);
} commands[] = {
    {"create", "BASE OVERLAY", "a new overlay; use: -drive file=BASE,overlay=OVERLAY", 2, 0,
     create},
    {"info", "OVERLAY", "its base, and how much it holds", 1, 0, info},
    {"check", "[--repair] OVERLAY", "is it whole? 0: yes, 1: no; put it right", 1, 1, check},
    {"commit", "[--dry-run] OVERLAY", "what it holds into the base or folder; empty it", 1, 1,
     commit},
    {"discard", "OVERLAY", "throw away what it holds", 1, 0, discard},
};

static int usage(FILE *to, int status)
{
    fputs("Usage: ferrite disk COMMAND   An overlay takes the writes; its base stays as it is.\n",
          to);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-8s%-21s%s\n", commands[i].name, commands[i].arguments,
                commands[i].meaning);
    return status;
}

int disk_command(int argc, char **argv, FILE *out, FILE *messages)
{
    const char *names[ARRAY_SIZE(commands)];
    if (argc < 1)
        return usage(messages, ASKED_WRONGLY);
    if (!strcmp(argv[0], "help") || !strcmp(argv[0], "-help") || !strcmp(argv[0], "--help"))
        return usage(out, DONE);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        int more = argc - 1 - commands[i].count;
        if (more >= 0 && more <= commands[i].options) {
            char *given[4] = {NULL}; /* ends with NULL */
            memcpy(given, argv + 1, (size_t)(argc - 1) * sizeof(*given));
            return commands[i].run(given, out, messages);
        }
        fprintf(messages, "ferrite disk %s wants: %s\n", commands[i].name, commands[i].arguments);
        return ASKED_WRONGLY;
    }
    const char *near = nearest_word(argv[0], names, ARRAY_SIZE(names));
    fprintf(messages, "ferrite disk: no command \"%.60s\"%s%s%s\n", argv[0],
            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return ASKED_WRONGLY;
}
