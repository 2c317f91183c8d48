/*
 * export.c - `ferrite export MACHINE FILE`: a machine as one file for somebody else. See
 * commands.h.
 *
 * What a backup has, and besides the images that lie outside of the machine's folder: in the bundle
 * they lie in disks/, and its machine.ini names them there. Folders of the host that the machine
 * shows to its guest stay where they are, and so does a cue sheet, for it names other files; they
 * are told.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/backup.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/interrupted.h"
#include "frontend/machines/keys.h"
#include "frontend/machines/own_paths.h"
#include "frontend/machines/snapshots.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* What is behind `folder`/ of a path; NULL: it lies elsewhere. */
static const char *inside(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n >= k && strcasecmp(path + n - k, end) == 0;
}

/* A name in disks/ that is free: "c.img", then "2-c.img". The caller frees it. */
static char *free_name(const char *folder, const char *path)
{
    enum { MOST = 1000 };
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    for (int i = 1; i < MOST; i++) {
        char *name, *full;
        if ((i == 1 ? asprintf(&name, "disks/%s", base) : asprintf(&name, "disks/%d-%s", i, base)) <
            0)
            return NULL;
        if (asprintf(&full, "%s/%s", folder, name) < 0) {
            free(name);
            return NULL;
        }
        bool taken = access(full, F_OK) == 0;
        free(full);
        if (!taken)
            return name;
        free(name);
    }
    return NULL;
}

/* A file of the machine, as the bundle is to name it: `to` is the copy of the folder. */
static bool take_file(const struct config *from, struct config *to, const struct ini_line *l,
                      FILE *out, struct err *e)
{
    char *path = config_path(from, l->section, l->key), *full = NULL, *name = NULL, *disks = NULL;
    char *real = path ? realpath(path, NULL) : NULL;
    bool ok = path || err_set(e, "out of memory");
    if (ok && !real)
        ok = err_set(e, "[%s] %s = %.200s: %s", l->section, l->key, l->value, strerror(errno));
    const char *within = ok ? inside(from->folder, real) : NULL;
    if (ok && within) {
        ok = ini_set(&to->ini, l->section, l->key, within, e);
    } else if (ok && ends_in(real, ".cue")) {
        clean_printf(out, "not in it: %s.%s = %s, which names other files\n", l->section, l->key,
                     real);
    } else if (ok) {
        ok = (asprintf(&disks, "%s/disks", to->folder) >= 0 || err_set(e, "out of memory")) &&
             files_make_folder(disks, e);
        name = ok ? free_name(to->folder, real) : NULL;
        ok = ok && name && asprintf(&full, "%s/%s", to->folder, name) >= 0 &&
             files_copy(real, full, e) && ini_set(&to->ini, l->section, l->key, name, e);
        if (ok)
            clean_printf(out, "taken in: %s.%s = %s\n", l->section, l->key, real);
    }
    free(disks);
    free(full);
    free(name);
    free(real);
    free(path);
    return ok;
}

static bool take_files(const struct config *from, struct config *to, FILE *out, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < from->ini.count; i++) {
        const struct ini_line *l = &from->ini.line[i];
        const struct key *k = l->key ? key_find(l->section, l->key) : NULL;
        if (k && k->type == KEY_FILE)
            ok = take_file(from, to, l, out, e);
        else if (k && k->type == KEY_FOLDER && l->value[0] == '/')
            clean_printf(out, "not in it: %s.%s = %s, a folder of this computer\n", l->section,
                         l->key, l->value);
    }
    return ok && ini_save(&to->ini, e);
}

/* Under its name, unless somebody has made such a file meanwhile. FAT has no links: there it is
 * looked for. */
static bool put_in_place(const char *part, const char *file, struct err *e)
{
    if (link(part, file) == 0)
        return true;
    if (errno != EEXIST && access(file, F_OK) != 0 && rename(part, file) == 0)
        return true;
    return err_set(e, "%s: %s", file, strerror(errno));
}

/* A copy of the folder beside the bundle, changed, and packed. */
static bool bundle(struct config *s, const char *file, FILE *out, struct err *e)
{
    static const char *const left_out[] = {"lock", "last-run", "machine.ini.new", "log", NULL};
    struct config copy;
    char *stage = NULL, *part = NULL, size[20];
    /* With a slash: a plain word would be a machine's name. */
    if (asprintf(&stage, "%s%s.export", strchr(file, '/') ? "" : "./", file) < 0 ||
        asprintf(&part, "%s.part", file) < 0) {
        free(stage);
        return err_set(e, "out of memory");
    }
    bool ok = access(stage, F_OK) != 0 ||
              err_set(e, "%s is in the way, of an export that was interrupted: remove it", stage);
    bool made = ok;
    ok = ok && files_copy_tree(s->folder, stage, left_out, e) && config_open(&copy, stage, e);
    if (ok) {
        ok = own_paths_relative(s, s->folder, NULL, e) &&
             own_paths_relative(&copy, s->folder, NULL, e) &&
             own_paths_of_snapshots(stage, s->folder, e) && take_files(s, &copy, out, e) &&
             backup_pack(&copy, part, e);
        config_close(&copy);
    }
    ok = ok && put_in_place(part, file, e);
    unlink(part);
    if (made)
        files_remove_tree(stage, NULL);
    if (ok)
        clean_printf(out,
                     "%s (%s), read again and compared: ferrite import FILE NAME makes a machine "
                     "of it\n",
                     file, files_size_text(files_room(file), size));
    free(stage);
    free(part);
    return ok;
}

int export_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct config s;
    struct err e;
    if (argc != 2) {
        err_set(&e, "export wants a machine and the file that it is to become");
        return subcommand_refused(messages, &e);
    }
    if (access(argv[1], F_OK) == 0) {
        err_set(&e, "%.300s: there is such a file already", argv[1]);
        return subcommand_refused(messages, &e);
    }
    if (!config_open(&s, argv[0], &e))
        return subcommand_refused(messages, &e);
    sigset_t before;
    interrupted_begin(&before);
    int lock = home_lock(s.folder, &e);
    bool ok = lock >= 0 && snapshots_whole(&s, &e) && bundle(&s, argv[1], out, &e);
    config_close(&s);
    if (lock >= 0)
        close(lock);
    int status = ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
    interrupted_end(&before);
    return status;
}
