/*
 * home.c - see home.h. Names by the XDG Base Directory Specification.
 */
#define _GNU_SOURCE /* asprintf, O_PATH */
#include "frontend/machines/home.h"
#include "frontend/control/keyboard.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *no_memory(struct err *e)
{
    err_set(e, "out of memory");
    return NULL;
}

static char *joined(const char *a, const char *b, struct err *e)
{
    char *path;
    return asprintf(&path, "%s/%s", a, b) < 0 ? no_memory(e) : path;
}

char *home_folder(struct err *e)
{
    const char *ours = getenv("FERRITE_MACHINES"), *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (ours && *ours)
        return ours[0] == '/' ? strdup(ours) : realpath(ours, NULL);
    if (data && data[0] == '/') /* the specification: anything else is to be ignored */
        return joined(data, "ferrite", e);
    if (home && home[0] == '/')
        return joined(home, ".local/share/ferrite", e);
    err_set(e, "no place for machines: HOME is not set; set FERRITE_MACHINES to a folder");
    return NULL;
}

bool home_name_ok(const char *name, struct err *e)
{
    size_t n = strlen(name);
    bool ok = n > 0 && n <= HOME_NAME_MAX && name[0] != '.' && name[0] != '-' && name[0] != ' ' &&
              name[n - 1] != ' ';
    for (size_t i = 0; ok && i < n; i++)
        ok = isalnum((unsigned char)name[i]) || name[i] & 0x80 || strchr(" -._+", name[i]);
    for (size_t at = 0; ok && at < n;) {
        u32 c;
        size_t used = keyboard_utf8(name + at, n - at, &c);
        ok = c >= ' ' && c <= 0x10ffff && (c < 0x7f || c >= 0xa0);
        at += used;
    }
    return ok || err_set(e,
                         "\"%.80s\" is no name for a machine: letters, digits, blanks and -._+, up "
                         "to %d, a letter or digit first",
                         name, HOME_NAME_MAX);
}

static bool is_machine(const char *folder)
{
    char path[PATH_MAX];
    struct stat st;
    return snprintf(path, sizeof(path), "%s/machine.ini", folder) < (int)sizeof(path) &&
           stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static char *unknown(const char *machine, const char *home, struct err *e)
{
    struct home_list list;
    const char *near = NULL;
    if (home_list(&list, NULL)) {
        if (strchr(machine, '.') && access(machine, F_OK) == 0) {
            home_list_free(&list);
            err_set(e,
                    "%.200s is a file, and no machine's name; ferrite FILE starts a DOS program or "
                    "a disk",
                    machine);
            return NULL;
        }
        near = nearest_word(machine, (const char *const *)list.name, list.count);
        err_set(e, "there is no machine \"%.80s\" in %.200s%s%s%s", machine, home,
                near         ? "; did you mean "
                : list.count ? " (ferrite list)"
                             : "; ferrite new makes one",
                near ? near : "", near ? "?" : "");
        home_list_free(&list);
    }
    return NULL;
}

char *home_new(const char *name, struct err *e)
{
    char *home = home_name_ok(name, e) ? home_folder(e) : NULL;
    char *path = home ? joined(home, name, e) : NULL;
    free(home);
    return path;
}

char *home_find(const char *machine, struct err *e)
{
    if (strchr(machine, '/') || strcmp(machine, ".") == 0) {
        char *path = realpath(machine, NULL);
        char *slash = path ? strrchr(path, '/') : NULL;
        if (slash && strcmp(slash, "/machine.ini") == 0)
            *slash = 0;
        if (path && is_machine(path))
            return path;
        err_set(e, "%.200s: %s", machine,
                path ? "no machine: it has no machine.ini" : strerror(errno));
        free(path);
        return NULL;
    }
    char *home = home_folder(e);
    if (!home)
        return NULL;
    char *path = *machine && machine[0] != '.' ? joined(home, machine, e) : NULL;
    if (!path || !is_machine(path)) {
        free(path);
        path = unknown(machine, home, e);
    }
    free(home);
    return path;
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static bool add(struct home_list *list, const char *name)
{
    char **more = realloc(list->name, (list->count + 1) * sizeof(*more));
    if (!more)
        return false;
    list->name = more;
    more[list->count] = strdup(name);
    return more[list->count] && ++list->count;
}

bool home_list(struct home_list *list, struct err *e)
{
    *list = (struct home_list){0};
    char *home = home_folder(e);
    if (!home)
        return false;
    DIR *dir = opendir(home);
    bool ok = dir || errno == ENOENT || err_set(e, "%s: %s", home, strerror(errno));
    for (struct dirent *d; ok && dir && (d = readdir(dir));) {
        char path[PATH_MAX];
        if (d->d_name[0] == '.' ||
            snprintf(path, sizeof(path), "%s/%s", home, d->d_name) >= (int)sizeof(path))
            continue;
        if (is_machine(path) && !add(list, d->d_name))
            ok = err_set(e, "out of memory");
    }
    if (dir)
        closedir(dir);
    free(home);
    if (!ok)
        home_list_free(list);
    else if (list->count)
        qsort(list->name, list->count, sizeof(*list->name), by_name);
    return ok;
}

void home_list_free(struct home_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->name[i]);
    free(list->name);
    *list = (struct home_list){0};
}

/* ---- who has it ---- */

static int open_lock(const char *folder, int flags)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/lock", folder) >= (int)sizeof(path))
        return -1;
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* The number that the holder has written there. */
static pid_t written(int fd)
{
    char text[20] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    return pid > 0 && pid <= INT_MAX ? (pid_t)pid : -1;
}

const char *home_process(pid_t pid, char text[32])
{
    if (pid > 0)
        snprintf(text, 32, "process %d", (int)pid);
    else
        snprintf(text, 32, "another process");
    return text;
}

static const char *base_name(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    return slash ? slash + 1 : folder;
}

int home_lock(const char *folder, struct err *e)
{
    int fd = open_lock(folder, O_RDWR | O_CREAT);
    if (fd < 0) {
        err_set(e, "%s/lock: %s", folder, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char process[32];
        err_set(e,
                "%s: the machine is in use by %s; close its window or say ferrite ctl \"%s\" quit",
                folder, home_process(written(fd), process), base_name(folder));
        close(fd);
        return -1;
    }
    /* Who it is, for messages. On a full disk it cannot be said, and the lock holds all the same:
     * who wants to remove something there must be able to. */
    char text[20];
    int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    bool said = pwrite(fd, text, (size_t)n, 0) == n;
    int ignored = ftruncate(fd, said ? n : 0);
    (void)ignored;
    return fd;
}

pid_t home_running(const char *folder)
{
    int fd = open_lock(folder, O_RDONLY);
    if (fd < 0)
        return 0;
    pid_t pid = flock(fd, LOCK_SH | LOCK_NB) != 0 ? written(fd) : 0;
    close(fd);
    return pid;
}

/* ---- where it listens ---- */

bool home_socket(struct home_socket *s, const char *folder, struct err *e)
{
    s->fd = -1;
    if (snprintf(s->path, sizeof(s->path), "%s/control", folder) < (int)sizeof(s->path))
        return true;
    s->fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (s->fd < 0)
        return err_set(e, "%s: %s", folder, strerror(errno));
    snprintf(s->path, sizeof(s->path), "/proc/self/fd/%d/control", s->fd);
    return true;
}

void home_socket_close(struct home_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

bool home_is_socket(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}
