/*
 * gc.c - `ferrite gc`: what machines leave lying about, and what removing it would free. See
 * commands.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/commands.h"
#include "frontend/machines/config.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "hw/base/beside.h"
#include "hw/base/clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60, LONG_UNUSED = 90 };

struct gc {
    bool delete;
    FILE *out;
    u64 freed;
    unsigned count;
};

static const struct option gc_rows[] = {
    OPTION_FLAG_ROW(struct gc, "delete", delete, "remove what is left over; without, it is listed"),
};

const struct option_table gc_options = {gc_rows, ARRAY_SIZE(gc_rows)};

static const char interrupted[] = "an interrupted command left it";

static bool left_over(struct gc *g, const char *path, const char *why, struct err *e)
{
    char size[20];
    u64 room = files_room(path);
    g->count++;
    g->freed += room;
    clean_printf(g->out, "%-9s %s: %s\n", files_size_text(room, size), path, why);
    return !g->delete || files_remove_tree(path, e);
}

/* Half-made and half-removed folders of interrupted commands, in the home or in states/. */
static bool hidden_folders(struct gc *g, const char *folder, struct err *e)
{
    static const char *const made[] = {".new-", ".clone-", ".gone-", ".restore-", ".take-"};
    struct dirent **list;
    int count = scandir(folder, &list, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < count; i++) {
        for (size_t m = 0; m < ARRAY_SIZE(made); m++) {
            char *path;
            if (ok && strncmp(list[i]->d_name, made[m], strlen(made[m])) == 0 &&
                asprintf(&path, "%s/%s", folder, list[i]->d_name) >= 0) {
                ok = left_over(g, path, interrupted, e);
                free(path);
            }
        }
        free(list[i]);
    }
    if (count >= 0)
        free(list);
    return ok;
}

/* Half-written files of commands and machines that were killed; in folders of it, `deep` down, too.
 */
static bool half_written(struct gc *g, const char *folder, unsigned deep, struct err *e)
{
    struct dirent **list;
    int count = scandir(folder, &list, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < count; i++) {
        const char *name = list[i]->d_name;
        char *path = NULL;
        struct stat st;
        if (ok && asprintf(&path, "%s/%s", folder, name) < 0) {
            path = NULL;
            ok = err_set(e, "out of memory");
        }
        bool there = ok && lstat(path, &st) == 0;
        int left = there ? beside_take_left(path) : -1;
        if (left >= 0)
            ok = left_over(g, path, interrupted, e);
        else if (there && S_ISDIR(st.st_mode) && deep && name[0] != '.')
            ok = half_written(g, path, deep - 1, e);
        if (left >= 0)
            close(left);
        free(path);
        free(list[i]);
    }
    if (count >= 0)
        free(list);
    return ok;
}

/*
 * Does this file of a drive's mention another? A list of a CD's tracks does, and one of a disk's
 * pieces; they are short, or say it in their first bytes, as an overlay names its base.
 */
static bool mentions(const char *file, const char *name)
{
    char text[1 << 16];
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text));
    bool yes = size > 0 && memmem(text, (size_t)size, name, strlen(name));
    if (fd >= 0)
        close(fd);
    return yes;
}

/* Is it this file of a drive's, or is kept beside it (FILE.files)? NULL: the drive has none. */
static bool belongs(const char *path, const char *file)
{
    size_t len = file ? strlen(file) : 0;
    return file && ((strncmp(path, file, len) == 0 && (!path[len] || path[len] == '.')) ||
                    mentions(file, strrchr(path, '/') + 1));
}

/* Has a drive of the machine a use for this file? */
static bool used(const struct config *s, const char *path)
{
    const char *section;
    for (size_t i = 0; (section = config_section(s, "drive.", i)); i++) {
        char *file = config_path(s, section, "file"), *overlay = config_path(s, section, "overlay");
        bool yes = belongs(path, file) || belongs(path, overlay);
        free(file);
        free(overlay);
        if (yes)
            return true;
    }
    return false;
}

static bool disks(struct gc *g, const struct config *s, struct err *e)
{
    char *folder;
    struct dirent **list;
    if (asprintf(&folder, "%s/disks", s->folder) < 0)
        return err_set(e, "out of memory");
    int count = scandir(folder, &list, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char *path;
        if (ok && list[i]->d_name[0] != '.' &&
            asprintf(&path, "%s/%s", folder, list[i]->d_name) >= 0) {
            if (!used(s, path))
                ok = left_over(g, path, "no drive of its machine uses it", e);
            free(path);
        }
        free(list[i]);
    }
    if (count >= 0)
        free(list);
    free(folder);
    return ok;
}

/* One that nobody has started for long is told, and never removed. */
static void tell_unused(struct gc *g, const struct config *s)
{
    char *path, size[20];
    struct stat st;
    if (asprintf(&path, "%s/last-run", s->folder) < 0)
        return;
    bool ran = stat(path, &st) == 0;
    free(path);
    long days = ran ? (long)((time(NULL) - st.st_mtime) / DAY) : 0;
    if (ran && days >= LONG_UNUSED)
        clean_printf(g->out, "%-9s %s: not run for %ld days (ferrite rm \"%s\" would free it)\n",
                     files_size_text(files_room(s->folder), size), s->folder, days, config_name(s));
}

static bool machine(struct gc *g, const char *name, FILE *messages, struct err *e)
{
    struct config s;
    char *states, *shots;
    if (!config_open(&s, name, e)) {
        fprintf(messages, "ferrite: %s (left alone)\n", e->text);
        return true;
    }
    bool ok = true;
    if (!home_running(s.folder)) {
        ok = disks(g, &s, e) && half_written(g, s.folder, 0, e);
        if (ok && asprintf(&states, "%s/states", s.folder) >= 0) {
            ok = hidden_folders(g, states, e) && half_written(g, states, 1, e);
            free(states);
        }
        if (ok && asprintf(&shots, "%s/shots", s.folder) >= 0) {
            ok = half_written(g, shots, 0, e);
            free(shots);
        }
        tell_unused(g, &s);
    }
    config_close(&s);
    return ok;
}

int gc_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct gc g = {.out = out};
    struct home_list list;
    struct err e;
    int rest;
    char size[20], *home = NULL;
    bool ok = option_parse(gc_options, &g, argc, argv, 0, &rest, &e);
    if (ok && rest < argc)
        ok = err_set(&e, "gc: \"%.60s\" is too much: it looks at all machines", argv[rest]);
    ok = ok && (home = home_folder(&e)) && hidden_folders(&g, home, &e) && home_list(&list, &e);
    if (ok) {
        for (size_t i = 0; ok && i < list.count; i++)
            ok = machine(&g, list.name[i], messages, &e);
        home_list_free(&list);
    }
    free(home);
    if (!ok) {
        return subcommand_refused(messages, &e);
    }
    files_size_text(g.freed, size);
    if (g.count == 0)
        fputs("Nothing is left over.\n", out);
    else if (g.delete)
        fprintf(out, "%s freed\n", size);
    else
        fprintf(out, "%s can be freed: ferrite gc -delete\n", size);
    return SUBCOMMAND_DONE;
}
