/*
 * menu_files.c - the menu's list of files: images used lately, then folders, then files, by name.
 *
 * Everything a folder holds is listed: what an image may be called is the person's matter, and what
 * cannot be used is said by the command. Of a folder with more than MOST entries the first ones
 * that the host names are shown, and that is said.
 */
#include "frontend/view/menu.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 20000 };

struct entry {
    char *name;
    bool folder;
    u64 size;
};

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->folder != y->folder)
        return x->folder ? -1 : 1;
    int order = strcasecmp(x->name, y->name);
    return order ? order : strcmp(x->name, y->name);
}

/* Hidden ones are left out, as file lists do; so is what is no file and no folder. */
static bool look(DIR *dir, const struct dirent *d, struct entry *to)
{
    struct stat st;
    if (d->d_name[0] == '.' || fstatat(dirfd(dir), d->d_name, &st, 0) != 0)
        return false;
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return false;
    *to = (struct entry){strdup(d->d_name), S_ISDIR(st.st_mode), (u64)st.st_size};
    return to->name != NULL;
}

static void size_words(u64 size, char *buf, size_t room)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    unsigned unit = 0;
    double v = (double)size;
    for (; v >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        v /= 1024;
    snprintf(buf, room, unit && v < 10 ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

static void add_insert(const struct fact_drive *drive, struct menu_rows *rows, const char *label,
                       const char *value, const char *path)
{
    struct menu_row *r = menu_add(rows, ROW_COMMAND, label, value, path);
    if (!r)
        return;
    r->after = AFTER_BACK;
    menu_words(r, "insert", drive->name, path, NULL);
}

static void add_folder(struct menu_rows *rows, const char *label, const char *where,
                       const char *help)
{
    struct menu_row *r = menu_add(rows, ROW_FOLDER, label, NULL, help);
    if (r)
        r->text = menu_copy(where);
}

/* "/a/b" and "c" to "/a/b/c". */
static bool join(char *buf, size_t size, const char *folder, const char *name)
{
    const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";
    int n = snprintf(buf, size, "%s%s%s", folder, slash, name);
    return n > 0 && (size_t)n < size;
}

static void add_places(const struct menu *m, const char *folder, struct menu_rows *rows)
{
    char text[SETTINGS_PATH];
    const char *slash = strrchr(folder, '/');
    const struct fact_drive *drive = &m->facts->drive[m->level[m->depth - 1].arg];
    if (slash && folder[1]) {
        snprintf(text, sizeof(text), "%.*s", slash == folder ? 1 : (int)(slash - folder), folder);
        add_folder(rows, "../", text, text);
    }
    for (unsigned i = 0; i < SETTINGS_RECENT && m->settings->recent[i]; i++) {
        const char *path = m->settings->recent[i], *name = strrchr(path, '/');
        if (access(path, R_OK) == 0)
            add_insert(drive, rows, name ? name + 1 : path, "lately", path);
    }
    const char *home = getenv("HOME");
    if (home && home[0] == '/' && strcmp(home, folder) != 0)
        add_folder(rows, "Home/", home, home);
    if (getcwd(text, sizeof(text)) && strcmp(text, folder) != 0)
        add_folder(rows, "Where Ferrite was started/", text, text);
}

static void add_entries(const struct fact_drive *drive, const char *folder, struct entry *list,
                        size_t count, struct menu_rows *rows)
{
    qsort(list, count, sizeof(*list), by_name);
    for (size_t i = 0; i < count; i++) {
        char path[SETTINGS_PATH], label[300], size[40];
        if (!join(path, sizeof(path), folder, list[i].name))
            continue;
        snprintf(label, sizeof(label), "%s%s", list[i].name, list[i].folder ? "/" : "");
        size_words(list[i].size, size, sizeof(size));
        if (list[i].folder)
            add_folder(rows, label, path, path);
        else
            add_insert(drive, rows, label, size, path);
    }
}

void menu_build_files(struct menu *m, const struct menu_level *l, struct menu_rows *rows)
{
    char here[SETTINGS_PATH];
    const char *folder = l->text;
    if (l->arg >= m->facts->drives)
        return;
    if (!folder || access(folder, R_OK | X_OK) != 0)
        folder = getcwd(here, sizeof(here));
    if (!folder)
        folder = "/";
    if (!l->text || strcmp(l->text, folder) != 0) { /* the title says where we are */
        struct menu_level *mine = &m->level[m->depth - 1];
        free(mine->text);
        mine->text = menu_copy(folder);
    }
    add_places(m, folder, rows);
    DIR *dir = opendir(folder);
    if (!dir) {
        char why[300];
        snprintf(why, sizeof(why), "%s", strerror(errno));
        struct menu_row *r = menu_add(rows, ROW_NOTE, "(cannot be read)", NULL, NULL);
        if (r)
            r->why = menu_copy(why);
        return;
    }
    struct entry *list = calloc(MOST, sizeof(*list));
    size_t count = 0;
    struct dirent *d = NULL;
    while (list && count < MOST && (d = readdir(dir)))
        count += look(dir, d, &list[count]);
    add_entries(&m->facts->drive[l->arg], folder, list, count, rows);
    if (d)
        menu_add(rows, ROW_NOTE, "(there are more)", NULL, "Only the first 20000 are shown");
    for (size_t i = 0; i < count; i++)
        free(list[i].name);
    free(list);
    closedir(dir);
}
