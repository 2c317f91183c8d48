/*
 * import.c - `ferrite import FILE NAME`: a machine from another emulator's settings. See
 * commands.h.
 *
 * The old file is only read. Images and folders stay where they are; the new machine names them.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/backup.h"
#include "frontend/machines/command_line.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/files.h"
#include "frontend/machines/foreign.h"
#include "frontend/machines/keys.h"
#include "frontend/machines/new.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* All of a small text file; the caller frees it. NULL + err. */
static char *read_all(const char *path, size_t *size, struct err *e)
{
    const char *why = "out of memory";
    FILE *in = host_open_input(path, &why);
    char *text = malloc(INI_BYTES_MAX + 1);
    if (in && text) {
        *size = fread(text, 1, INI_BYTES_MAX + 1, in);
        if (!ferror(in) && *size <= INI_BYTES_MAX) {
            fclose(in);
            return text;
        }
        err_set(e, "%.300s: %s", path,
                ferror(in) ? strerror(errno)
                           : "too large for a file of settings; a machine around a disk's image is "
                             "made by ferrite new -storage FILE NAME (-floppy, -cd)");
    } else {
        err_set(e, "%.300s: %s", path, why);
    }
    if (in)
        fclose(in);
    free(text);
    return NULL;
}

/* The settings into a machine that was made for them. */
static bool take_over(const char *file, const char *text, size_t size, enum foreign_kind kind,
                      const char *machine, FILE *out, struct err *e)
{
    struct err why;
    struct config c;
    struct command_line line;
    struct options o;
    char folder[PATH_MAX];
    if (!realpath(file, folder) || !config_open(&c, machine, e))
        return err_set(e, "%.300s: %s", file, strerror(errno));
    *strrchr(folder, '/') = 0;
    struct foreign f = {.to = &c.ini, .folder = folder, .out = out, .e = e, .ok = true};
    if (kind == FOREIGN_XML) {
        f.e = &why;
        f.ok = foreign_vbox(&f, text, size) || err_set(e, "%.300s: %.200s", file, why.text);
        f.e = e;
    } else {
        foreign_read(text, size, kind == FOREIGN_86BOX ? foreign_86box : foreign_dosbox, &f);
    }
    if (kind != FOREIGN_XML)
        foreign_places_end(&f);
    bool ok = f.ok && config_check(&c, e) && command_line_make(&line, &c, 0, NULL, e);
    if (ok) {
        ok = options_parse(&o, line.argc, line.argv, e);
        options_free(&o);
        command_line_free(&line);
    }
    ok = ok && ini_save(&c.ini, e);
    if (ok)
        fprintf(out, "%u settings taken, %u not\n", f.taken, f.left);
    if (ok && *f.dos.folder)
        fprintf(
            out,
            "DOSBox brings a DOS of its own; this machine wants one on a disk. Without: ferrite "
            "dos \"%s\"%s%s\n",
            f.dos.folder, *f.dos.program ? " " : "", f.dos.program);
    config_close(&c);
    return ok;
}

/* Where a machine that came from elsewhere reaches out of its folder: its new owner is to know. */
static void say_outside(const char *machine, FILE *out)
{
    struct config c;
    if (!config_open(&c, machine, NULL))
        return;
    size_t n = strlen(c.folder);
    for (size_t i = 0; i < c.ini.count; i++) {
        const struct ini_line *l = &c.ini.line[i];
        const struct key *k = l->key ? key_find(l->section, l->key) : NULL;
        char *path = k && (k->type == KEY_FILE || k->type == KEY_FOLDER)
                         ? config_path(&c, l->section, l->key)
                         : NULL;
        if (path && (strncmp(path, c.folder, n) != 0 || path[n] != '/' || strstr(path, "/../")))
            clean_printf(out, "it reaches out of its folder: %s.%s = %s\n", l->section, l->key,
                         l->value);
        free(path);
    }
    config_close(&c);
}

static int import_bundle(char **argv, FILE *out, FILE *messages)
{
    int status = restore_command(2, argv, out, messages);
    if (status == SUBCOMMAND_DONE)
        say_outside(argv[1], out);
    return status;
}

/*
 * A name for who says none: the file's, without what its kind puts behind it; of 86box.cfg and
 * dosbox.conf, which are called so everywhere, their folder's. NULL: out of memory.
 */
static char *name_by_file(const char *file)
{
    char *whole = realpath(file, NULL), *name = NULL;
    if (!whole)
        return strdup("imported");
    char *slash = strrchr(whole, '/'), *base = slash + 1;
    if ((strncasecmp(base, "86box", 5) == 0 || strncasecmp(base, "dosbox", 6) == 0) &&
        slash > whole) {
        *slash = 0;
        slash = strrchr(whole, '/');
        base = slash[1] ? slash + 1 : base;
    } else {
        static const char *const behind[] = {".gz", ".tgz", ".tar", ".vbox", ".ovf", ".ferrite"};
        for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
            size_t n = strlen(base), k = strlen(behind[i]);
            if (n > k && strcasecmp(base + n - k, behind[i]) == 0)
                base[n - k] = 0;
        }
    }
    name = strdup(base);
    free(whole);
    return name;
}

static int import_as(char **argv, FILE *out, FILE *messages)
{
    struct answers a = {.guest = "dos", .storage = "none", .preset = true};
    struct err e;
    size_t size;
    char *folder = NULL;
    if (backup_looks_like(argv[0]))
        return import_bundle(argv, out, messages);
    char *text = read_all(argv[0], &size, &e);
    if (!text)
        return subcommand_refused(messages, &e);
    enum foreign_kind kind = foreign_what(text, size);
    a.name = argv[1];
    bool ok = kind != FOREIGN_UNKNOWN || err_set(&e,
                                                 "%.300s is neither a 86box.cfg nor a dosbox.conf, "
                                                 ".vbox or OVF; a file of ferrite backup is "
                                                 "for ferrite restore",
                                                 argv[0]);
    ok = ok && new_check(&a, &e) && new_make(&a, &folder, &e);
    if (ok && !take_over(argv[0], text, size, kind, folder, out, &e)) {
        files_remove_tree(folder, NULL);
        ok = false;
    }
    if (ok)
        clean_printf(out,
                     "%s is made, in %s\nLook at it: ferrite info \"%s\"   ferrite doctor \"%s\"\n",
                     a.name, folder, a.name, a.name);
    free(folder);
    free(text);
    return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
}

int import_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct err e;
    if (argc < 1 || argc > 2) {
        err_set(&e, "import wants a file (86box.cfg, dosbox.conf, .vbox, .ovf, or what export "
                    "made) and perhaps a name for the machine");
        return subcommand_refused(messages, &e);
    }
    char *name = argc > 1 ? strdup(argv[1]) : name_by_file(argv[0]);
    if (!name) {
        err_set(&e, "out of memory");
        return subcommand_refused(messages, &e);
    }
    char *words[] = {argv[0], name, NULL};
    int status = import_as(words, out, messages);
    free(name);
    return status;
}
