/*
 * disk_cmd.c - `ferrite disk COMMAND`: the list of commands and their options. See disk_cmd.h.
 */
#include "frontend/disk/disk_cmd.h"

#include "hw/base/clean.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(...) OPTION_TEXT_ROW(struct disk_values, OPTION_ONCE, __VA_ARGS__)
#define FLAG(...) OPTION_FLAG_ROW(struct disk_values, __VA_ARGS__)
#define CALL(...) OPTION_FUNCTION_ROW(__VA_ARGS__)

static bool take_partition(void *values, const char *text, struct err *e)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    ((struct disk_values *)values)->partition = (unsigned)n;
    return (*text >= '1' && *text <= '9' && !*end && n < 64) ||
           err_set(e, "-partition %.40s: 1 to 4, or 5 on for logical drives", text);
}

static bool take_fat(void *values, const char *text, struct err *e)
{
    unsigned n = (unsigned)strtoul(text, NULL, 10);
    ((struct disk_values *)values)->fat = n;
    return strcmp(text, "12") == 0 || strcmp(text, "16") == 0 || strcmp(text, "32") == 0 ||
           err_set(e, "-fat %.40s: 12, 16 or 32", text);
}

static const struct option rows[] = {
    TEXT("size", "SIZE", size, "360K 720K 1.2M 1.44M 2.88M 20M 512M 2G",
         "of the new image: a diskette's, or any for a hard disk"),
    CALL("fat", "BITS", take_fat, "12 16 32", "the kind of FAT; by size unless said"),
    TEXT("label", "NAME", label, NULL, "the volume's name"),
    TEXT("from", "DIR", from, NULL, "a folder whose files the new image gets"),
    TEXT("format", "FORMAT", format, "raw qcow2 vdi vmdk vpc vhdx",
         "of the image to be made; by its name unless said"),
    CALL("partition", "N", take_partition, NULL,
         "1 to 4, 5 on for logical drives; the first with a FAT unless said"),
    FLAG("force", force, "replace a file that is there"),
    FLAG("repair", repair, "put right what can be"),
    FLAG("dry-run", dry_run, "only say what would be done"),
    FLAG("help", help, "the commands"),
};

const struct option_table disk_options = {rows, ARRAY_SIZE(rows)};

enum { MANY = 1 << 20 };
enum { REPAIR = 1, DRY_RUN = 2, PARTITION = 4, MAKE = 8, FORCE = 16, FORMAT = 32 };

static const struct {
    const char *name, *arguments, *meaning;
    int least, most;
    unsigned options;
    int (*run)(struct disk_call *c);
} commands[] = {
    {"ls", "IMAGE[:PATH]...", "what is on its FAT file system", 1, MANY, PARTITION, disk_ls},
    {"get", "IMAGE:PATH... TO", "files or folders out of it; TO may be a folder, or -", 2, MANY,
     PARTITION, disk_get},
    {"put", "FILE... IMAGE:PATH", "files or folders into it", 2, MANY, PARTITION, disk_put},
    {"mkfs", "-size SIZE [-from DIR] IMAGE", "a new image with a FAT, and files", 1, 1,
     MAKE | FORCE, disk_mkfs},
    {"resize", "IMAGE SIZE", "another size, with the FAT on it", 2, 2, 0, disk_resize},
    {"convert", "FROM TO", "raw, overlay, VHD, and what qemu-img knows", 2, 2, FORMAT | FORCE,
     disk_convert},
    {"create", "BASE OVERLAY", "a new overlay; use: -drive file=BASE,overlay=OVERLAY", 2, 2, 0,
     disk_create},
    {"info", "OVERLAY", "its base, and how much it holds", 1, 1, 0, disk_info},
    {"check", "[--repair] OVERLAY", "is it whole? 0: yes, 1: no; put it right", 1, 1, REPAIR,
     disk_check},
    {"commit", "[--dry-run] OVERLAY", "what it holds into the base or folder; empty it", 1, 1,
     DRY_RUN, disk_commit},
    {"discard", "OVERLAY", "throw away what it holds", 1, 1, 0, disk_discard},
};

static int usage(FILE *to, int status)
{
    fputs("Usage: ferrite disk COMMAND   An overlay takes the writes; its base stays as it is.\n",
          to);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-8s%-30s%s\n", commands[i].name, commands[i].arguments,
                commands[i].meaning);
    return status;
}

int disk_failed(const struct disk_call *c, const struct err *e)
{
    fprintf(c->messages, "ferrite disk: %s\n", e->text);
    return DISK_FAILED;
}

/* Which of a command's options were given that are none of its. */
static const char *strange(const struct disk_values *v, unsigned options)
{
    if (v->repair && !(options & REPAIR))
        return "-repair";
    if (v->dry_run && !(options & DRY_RUN))
        return "-dry-run";
    if (v->partition && !(options & PARTITION))
        return "-partition";
    if (v->force && !(options & FORCE))
        return "-force";
    if (v->format && !(options & FORMAT))
        return "-format";
    return (v->size || v->fat || v->label || v->from) && !(options & MAKE)
               ? "-size, -fat, -label and -from"
               : NULL;
}

/* Options may stand between the words, which move to the front of argv. */
static bool parse(struct disk_call *c, int argc, char **argv, struct err *e)
{
    c->argv = argv;
    for (int at = 0, rest; at < argc; at = rest + 1) {
        if (!option_parse(disk_options, &c->v, argc, argv, at, &rest, e))
            return false;
        if (rest < argc)
            argv[c->argc++] = argv[rest];
    }
    argv[c->argc] = NULL;
    return true;
}

static int wrongly(FILE *messages, const char *command, const char *arguments, const char *why)
{
    fprintf(messages, "ferrite disk %s wants: %s%s%s\n", command, arguments, *why ? "; " : "", why);
    return DISK_ASKED_WRONGLY;
}

int disk_command(int argc, char **argv, FILE *out, FILE *messages)
{
    const char *names[ARRAY_SIZE(commands)];
    if (argc < 1)
        return usage(messages, DISK_ASKED_WRONGLY);
    if (!strcmp(argv[0], "help") || !strcmp(argv[0], "-help") || !strcmp(argv[0], "-h") ||
        !strcmp(argv[0], "--help"))
        return usage(out, DISK_DONE);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        struct disk_call c = {.out = out, .messages = messages};
        char why[600] = "";
        struct err e;
        names[i] = commands[i].name;
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        char **words = calloc((size_t)argc + 1, sizeof(*words)); /* ours, to be put in order */
        if (!words) {
            err_set(&e, "out of memory");
            return disk_failed(&c, &e);
        }
        memcpy(words, argv + 1, (size_t)(argc - 1) * sizeof(*words));
        int status;
        const char *other;
        if (!parse(&c, argc - 1, words, &e))
            status = wrongly(messages, commands[i].name, commands[i].arguments, e.text);
        else if (c.v.help)
            status = usage(out, DISK_DONE);
        else if ((other = strange(&c.v, commands[i].options))) {
            snprintf(why, sizeof(why), "%s says nothing to it", other);
            status = wrongly(messages, commands[i].name, commands[i].arguments, why);
        } else if (c.argc < commands[i].least || c.argc > commands[i].most)
            status = wrongly(messages, commands[i].name, commands[i].arguments, "");
        else
            status = commands[i].run(&c);
        free(words);
        return status;
    }
    const char *near = nearest_word(argv[0], names, ARRAY_SIZE(names));
    clean_printf(messages, "ferrite disk: no command \"%.60s\"%s%s%s\n", argv[0],
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return DISK_ASKED_WRONGLY;
}
