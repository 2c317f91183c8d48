/*
 * commands_look.c - `ferrite list` and `ferrite info`. See commands.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/commands.h"
#include "frontend/machines/config.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/snapshots.h"
#include "hw/base/clean.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

/* When it last ran, or "never". */
static void last_run(const char *folder, char *text, size_t size)
{
    char *path;
    struct stat st;
    struct tm tm;
    snprintf(text, size, "never");
    if (asprintf(&path, "%s/last-run", folder) < 0)
        return;
    if (stat(path, &st) == 0 && localtime_r(&st.st_mtime, &tm))
        strftime(text, size, "%Y-%m-%d %H:%M", &tm);
    free(path);
}

static void state_text(const struct config *s, char *text, size_t size)
{
    pid_t pid = home_running(s->folder);
    char *resume = snapshots_resume(s); /* it goes on from a snapshot's memory */
    if (pid > 0)
        snprintf(text, size, "running (%d)", (int)pid);
    else if (pid)
        snprintf(text, size, "running");
    else
        snprintf(text, size, resume ? "saved" : "off");
    free(resume);
}

struct list_asked {
    bool names;
};

#define FLAG(word, member, text) OPTION_FLAG_ROW(struct list_asked, word, member, text)

static const struct option list_rows[] = {FLAG("names", names, "only their names, one a line")};
const struct option_table list_options = {list_rows, ARRAY_SIZE(list_rows)};

/* Left in so many columns, of which a letter that is several bytes takes one. */
static void put_left(FILE *out, const char *text, int columns)
{
    clean_line(text, out);
    for (const char *p = text; *p; p++)
        columns -= ((unsigned char)*p & 0xc0) != 0x80;
    fprintf(out, "%*s", columns > 0 ? columns : 0, "");
}

int list_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct list_asked asked = {0};
    struct home_list list;
    struct err e;
    int rest;
    if (!option_parse(list_options, &asked, argc, argv, 0, &rest, &e))
        return subcommand_refused(messages, &e);
    if (rest < argc) {
        err_set(&e, "list: \"%.60s\" is too much: ferrite info tells about one machine",
                argv[rest]);
        return subcommand_refused(messages, &e);
    }
    if (!home_list(&list, &e))
        return subcommand_refused(messages, &e);
    for (size_t i = 0; asked.names && i < list.count; i++)
        clean_printf(out, "%s\n", list.name[i]);
    if (asked.names) {
        home_list_free(&list);
        return SUBCOMMAND_DONE;
    }
    if (list.count == 0)
        fputs("No machines yet; ferrite new makes one.\n", out);
    else
        fprintf(out, "%-20s %-9s %-16s %9s  %-16s  %s\n", "NAME", "GUEST", "STATE", "ON DISK",
                "LAST RUN", "SNAPSHOTS");
    for (size_t i = 0; i < list.count; i++) {
        struct config s;
        char state[32], size[20], when[32];
        if (!config_open(&s, list.name[i], &e)) {
            put_left(out, list.name[i], 20);
            fprintf(out, " %s\n", e.text);
            continue;
        }
        state_text(&s, state, sizeof(state));
        last_run(s.folder, when, sizeof(when));
        put_left(out, list.name[i], 20);
        clean_printf(out, " %-9s %-16s %9s  %-16s  %u\n", s.preset->name, state,
                     files_size_text(files_room(s.folder), size), when, snapshots_count(&s));
        config_close(&s);
    }
    home_list_free(&list);
    return SUBCOMMAND_DONE;
}

static void one_setting(const struct config *s, const char *section, const struct key *k, FILE *out)
{
    static const char *const from[] = {"machine.ini", "guest", "default"};
    enum origin origin;
    const char *value = config_get(s, section, k->name, &origin);
    char name[2 * INI_NAME_MAX];
    snprintf(name, sizeof(name), "%s.%s", section, k->name);
    put_left(out, name, 20);
    fputc(' ', out);
    put_left(out, value ? value : "-", 24);
    if (origin == FROM_PRESET)
        fprintf(out, " for %-8s %s\n", s->preset->name, k->help);
    else
        fprintf(out, " %-12s %s\n", from[origin], k->help);
}

static void all_settings(const struct config *s, FILE *out)
{
    const struct key *k;
    for (size_t i = 0; (k = key_at(i)); i++) {
        const char *section;
        if (k->section[strlen(k->section) - 1] != '.') {
            one_setting(s, k->section, k, out);
            continue;
        }
        /* All of a drive's keys together, with the first of them. */
        const struct key *before = i ? key_at(i - 1) : NULL;
        if (before && strcmp(before->section, k->section) == 0)
            continue;
        for (size_t n = 0; (section = config_section(s, k->section, n)); n++) {
            const struct key *each;
            for (size_t j = i; (each = key_at(j)) && strcmp(each->section, k->section) == 0; j++)
                one_setting(s, section, each, out);
        }
    }
}

int info_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct config s;
    struct err e;
    char state[32], size[20], when[32];
    if (argc != 1) {
        err_set(&e, "info wants one machine: ferrite list shows them");
        return subcommand_refused(messages, &e);
    }
    if (!config_open(&s, argv[0], &e))
        return subcommand_refused(messages, &e);
    state_text(&s, state, sizeof(state));
    last_run(s.folder, when, sizeof(when));
    clean_printf(out, "%s: %s\n%s\n%s, last run %s, %s on disk, %u snapshots\n\n", config_name(&s),
                 s.preset->summary, s.folder, state, when,
                 files_size_text(files_room(s.folder), size), snapshots_count(&s));
    all_settings(&s, out);
    fputs("\nChange: ferrite set MACHINE NAME=VALUE... (when it is off; NAME= takes it out)\n",
          out);
    config_close(&s);
    return SUBCOMMAND_DONE;
}
