/*
 * command_line.c - see command_line.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/command_line.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct maker {
    struct command_line *c;
    const struct config *s;
    int count;
    char **given;
    unsigned disks, floppies; /* the next free ones */
    bool ok;                  /* there was memory */
};

static bool add(struct command_line *c, char *word)
{
    char **more = word ? realloc(c->argv, (size_t)(c->argc + 2) * sizeof(*more)) : NULL;
    if (!more) {
        free(word);
        return false;
    }
    c->argv = more;
    c->argv[c->argc++] = word;
    c->argv[c->argc] = NULL;
    return true;
}

/* Does the user say this option? "-name", "--name" or "--name=value". */
static bool overridden(const struct maker *m, const char *option)
{
    size_t n = strlen(option);
    for (int i = 0; i < m->count; i++) {
        const char *p = m->given[i];
        if (p[0] != '-')
            continue;
        bool two = p[1] == '-';
        p += 1 + two;
        if (strncmp(p, option, n) == 0 && (p[n] == 0 || (two && p[n] == '=')))
            return true;
    }
    return false;
}

static void option(struct maker *m, const char *name, const char *value)
{
    if (!value || overridden(m, name))
        return;
    char *word;
    m->ok =
        m->ok && asprintf(&word, "-%s", name) >= 0 && add(m->c, word) && add(m->c, strdup(value));
}

static void flag(struct maker *m, const char *name, bool on)
{
    char *word;
    if (on && !overridden(m, name))
        m->ok = m->ok && asprintf(&word, "-%s", name) >= 0 && add(m->c, word);
}

/* A value of -drive and -nic: commas in it are written twice. */
static void put_value(FILE *out, const char *key, const char *value)
{
    if (!value)
        return;
    fprintf(out, "%s%s=", ftell(out) > 0 ? "," : "", key);
    for (; *value; value++) {
        if (*value == ',')
            putc(',', out);
        putc(*value, out);
    }
}

static void add_text(struct maker *m, const char *name, FILE *out, char **text)
{
    m->ok = fclose(out) == 0 && m->ok;
    option(m, name, *text);
    free(*text);
}

/* Which one it is; and does the user put something else there? */
static unsigned place(struct maker *m, const char *section, bool floppy, bool cd, bool *taken)
{
    static const char *const ide[] = {"hda", "hdb", "hdc", "hdd"}, *const fd[] = {"fda", "fdb"};
    const char *said = config_get(m->s, section, "index", NULL);
    unsigned *next = floppy ? &m->floppies : &m->disks;
    unsigned index = said ? (unsigned)strtoul(said, NULL, 10) : *next;
    if (!cd)
        *next = index + 1;
    if (cd)
        *taken = overridden(m, "cdrom");
    else if (floppy)
        *taken = index < ARRAY_SIZE(fd) && overridden(m, fd[index]);
    else
        *taken = index < ARRAY_SIZE(ide) && overridden(m, ide[index]);
    return index;
}

static void drive(struct maker *m, const char *section)
{
    static const char *const of_folders[] = {"rw", "fat", "size",      "label",
                                             "tz", "cp",  "max-files", "removable"};
    const struct config *s = m->s;
    const char *kind = config_get(s, section, "if", NULL);
    const char *mode = config_get(s, section, "mode", NULL);
    char *folder = config_path(s, section, "folder");
    char *file = folder ? folder : config_path(s, section, "file"), *overlay = NULL, *text = NULL;
    size_t size;
    bool cd = kind && strcmp(kind, "cdrom") == 0, taken;
    unsigned index = place(m, section, kind && strcmp(kind, "floppy") == 0, cd, &taken);
    if (strcmp(mode, "overlay") == 0)
        overlay = config_path(s, section, "overlay");
    FILE *out = file && !taken ? open_memstream(&text, &size) : NULL;
    if (out) {
        put_value(out, folder ? "folder" : "file", file);
        put_value(out, cd ? "media" : "if", cd ? "cdrom" : kind ? kind : "ide");
        if (!cd)
            fprintf(out, ",index=%u", index);
        put_value(out, "overlay", overlay);
        if (strcmp(mode, "ro") == 0 && !cd && !folder)
            put_value(out, "readonly", "on");
        for (size_t i = 0; folder && i < ARRAY_SIZE(of_folders); i++)
            put_value(out, of_folders[i], config_get(s, section, of_folders[i], NULL));
        m->ok = fclose(out) == 0 && add(m->c, strdup("-drive")) && add(m->c, text) && m->ok;
    }
    free(file);
    free(overlay);
}

/* [share.NAME] */
static void share(struct maker *m, const char *section)
{
    char *path = config_path(m->s, section, "path"), *value;
    bool rw = strcmp(config_get(m->s, section, "mode", NULL), "rw") == 0;
    if (path) {
        m->ok = m->ok &&
                asprintf(&value, "%s=%s%s", strchr(section, '.') + 1, path, rw ? ",rw" : "") >= 0 &&
                add(m->c, strdup("-share")) && add(m->c, value);
    }
    free(path);
}

/* [device.NAME]; what the user says on the command line comes besides. */
static void device(struct maker *m, const char *section)
{
    const char *as = config_get(m->s, section, "as", NULL);
    if (as)
        m->ok = m->ok && add(m->c, strdup("-device")) && add(m->c, strdup(as));
}

/* Where the sound card answers, when that is not where such cards are: its key, and -device's. */
static const struct {
    const char *key, *property;
} sound_places[] = {{"base", "addr"}, {"irq", "irq"}, {"dma", "dma"}, {"hdma", "hdma"}};

static bool sound_placed(const struct config *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(sound_places); i++) {
        if (config_get(s, "sound", sound_places[i].key, NULL))
            return true;
    }
    return false;
}

static void sound(struct maker *m)
{
    const char *card = config_get(m->s, "sound", "card", NULL);
    char *text = NULL;
    size_t size;
    if (!sound_placed(m->s) || overridden(m, "sound"))
        return;
    FILE *out = open_memstream(&text, &size);
    m->ok = m->ok && out;
    if (!out)
        return;
    fputs(card ? card : "sb16", out);
    for (size_t i = 0; i < ARRAY_SIZE(sound_places); i++)
        put_value(out, sound_places[i].property,
                  config_get(m->s, "sound", sound_places[i].key, NULL));
    m->ok = fclose(out) == 0 && m->ok && add(m->c, strdup("-device")) && add(m->c, text);
}

static void network(struct maker *m)
{
    const struct config *s = m->s;
    const char *mode = config_get(s, "net", "mode", NULL);
    const char *forward = config_get(s, "net", "forward", NULL);
    char *text = NULL;
    size_t size;
    FILE *out = strcmp(mode, "none") != 0 ? open_memstream(&text, &size) : NULL;
    if (!out)
        return;
    bool lan = strncmp(mode, "lan:", 4) == 0;
    fprintf(out, "%s", lan ? "lan" : mode);
    if (lan)
        put_value(out, "name", mode + 4);
    put_value(out, "model", config_get(s, "net", "model", NULL));
    put_value(out, "mac", config_get(s, "net", "mac", NULL));
    if (!lan && config_yes(s, "net", "restrict"))
        put_value(out, "restrict", "on");
    for (const char *p = forward; !lan && p && *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        fprintf(out, ",hostfwd=%.*s", (int)n, p);
        p += n;
    }
    add_text(m, "nic", out, &text);
}

static void clock_of(struct maker *m)
{
    char *value;
    if (asprintf(&value, "base=%s", config_get(m->s, "board", "rtc", NULL)) < 0) {
        m->ok = false;
        return;
    }
    option(m, "rtc", value);
    free(value);
}

/* The rows that name their option. */
static void rows(struct maker *m)
{
    const struct key *k;
    for (size_t i = 0; (k = key_at(i)); i++) {
        if (!k->option || (strcmp(k->option, "sound") == 0 && sound_placed(m->s)))
            continue;
        if (k->type == KEY_BOOL) {
            flag(m, k->option, config_yes(m->s, k->section, k->name));
        } else if (k->type == KEY_FILE) {
            char *path = config_path(m->s, k->section, k->name);
            option(m, k->option, path);
            free(path);
        } else {
            option(m, k->option, config_get(m->s, k->section, k->name, NULL));
        }
    }
}

bool command_line_make(struct command_line *c, const struct config *s, int count, char **given,
                       struct err *e)
{
    struct maker m = {.c = c, .s = s, .count = count, .given = given};
    *c = (struct command_line){0};
    m.ok = add(c, strdup("ferrite"));
    rows(&m);
    clock_of(&m);
    sound(&m);
    network(&m);
    const char *section;
    for (size_t i = 0; (section = config_section(s, "drive.", i)); i++)
        drive(&m, section);
    for (size_t i = 0; (section = config_section(s, "share.", i)); i++)
        share(&m, section);
    for (size_t i = 0; (section = config_section(s, "device.", i)); i++)
        device(&m, section);
    for (int i = 0; i < count; i++)
        m.ok = m.ok && add(c, strdup(given[i]));
    if (m.ok)
        return true;
    command_line_free(c);
    return err_set(e, "out of memory");
}

void command_line_free(struct command_line *c)
{
    for (int i = 0; i < c->argc; i++)
        free(c->argv[i]);
    free(c->argv);
    *c = (struct command_line){0};
}
