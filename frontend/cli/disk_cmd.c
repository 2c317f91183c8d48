/*
 * disk_cmd.c - `ferrite disk create|info|commit|discard`. See disk_cmd.h and hw/storage/overlay.h.
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
    return DONE;
}

static int commit(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    return overlay_commit(argv[0], &e) ? DONE : failed(messages, &e);
}

static int discard(char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    return overlay_discard(argv[0], &e) ? DONE : failed(messages, &e);
}

static const struct {
    const char *name, *arguments, *meaning;
    int count;
    int (*run)(char **argv, FILE *out, FILE *messages);
} commands[] = {
    {"create", "BASE OVERLAY", "a new overlay; use: -drive file=BASE,overlay=OVERLAY", 2, create},
    {"info", "OVERLAY", "its base, and how much it holds", 1, info},
    {"commit", "OVERLAY", "write what it holds into the base, and empty it", 1, commit},
    {"discard", "OVERLAY", "throw away what it holds", 1, discard},
};

static int usage(FILE *to, int status)
{
    fputs("Usage: ferrite disk COMMAND   An overlay takes the writes; its base stays as it is.\n",
          to);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-8s%-14s%s\n", commands[i].name, commands[i].arguments,
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
        if (argc - 1 == commands[i].count)
            return commands[i].run(argv + 1, out, messages);
        fprintf(messages, "ferrite disk %s wants: %s\n", commands[i].name, commands[i].arguments);
        return ASKED_WRONGLY;
    }
    const char *near = nearest_word(argv[0], names, ARRAY_SIZE(names));
    fprintf(messages, "ferrite disk: no command \"%.60s\"%s%s%s\n", argv[0],
            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return ASKED_WRONGLY;
}
