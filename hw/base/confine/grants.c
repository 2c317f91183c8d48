/*
 * grants.c - see grants.h.
 */
#define _GNU_SOURCE
#include "hw/base/confine/grants.h"

#include "hw/base/memory.h"
#include "hw/base/sanitized.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is `inner` the folder `outer`, or below it? */
static bool below(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    if (n && outer[n - 1] == '/') /* the root */
        n--;
    return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == 0);
}

static void keep(struct grants *g, char *path, unsigned reach)
{
    for (size_t i = 0; i < g->count; i++) {
        if (strcmp(g->grant[i].path, path) == 0) {
            g->grant[i].reach |= reach;
            free(path);
            return;
        }
    }
    if (!ARRAY_ROOM(g->grant, g->room, g->count + 1)) {
        g->failed = true;
        free(path);
        return;
    }
    g->grant[g->count++] = (struct grant){path, reach};
}

void grants_add(struct grants *g, const char *path, unsigned reach)
{
    char *whole = path && *path ? realpath(path, NULL) : NULL;
    if (whole)
        keep(g, whole, reach);
}

/* The user's home without links, or NULL; to be freed. */
static char *home_of_user(void)
{
    const char *home = getenv("HOME");
    return home && home[0] == '/' && home[1] ? realpath(home, NULL) : NULL;
}

static void grant_visible(struct grants *g, const char *home, unsigned reach)
{
    DIR *d = opendir(home);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        char path[PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s/%s", home, entry->d_name);
        if (entry->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(path))
            grants_add(g, path, reach);
    }
    if (d)
        closedir(d);
}

void grants_folder(struct grants *g, const char *path, unsigned reach)
{
    char *whole = path && *path ? realpath(path, NULL) : NULL, *home = home_of_user();
    bool above = whole && (strcmp(whole, "/") == 0 || (home && below(home, whole)));
    if (above && home && strcmp(home, whole) == 0)
        grant_visible(g, home, reach);
    if (whole && !above)
        keep(g, whole, reach);
    else
        free(whole);
    free(home);
}

/* The folder of a name as it is written; to be freed. NULL: out of memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash          ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
}

void grants_beside(struct grants *g, const char *path, unsigned reach)
{
    if (!path || !*path)
        return;
    /* Behind a link lies the file itself: what is written beside it must be there. */
    char *whole = realpath(path, NULL), *folder = folder_of(whole ? whole : path);
    if (folder)
        grants_folder(g, folder, reach);
    else
        g->failed = true;
    free(folder);
    free(whole);
}

void grants_sanitizers(struct grants *g)
{
    if (!SANITIZED)
        return;
    grants_add(g, "/proc", REACH_READ | REACH_WRITE); /* the runtime reads and writes there */
    grants_add(g, "/usr", REACH_READ);                /* and names functions */
    grants_add(g, "/proc/self/exe", REACH_READ);
}

void grants_free(struct grants *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->grant[i].path);
    free(g->grant);
    *g = (struct grants){0};
}

bool grants_reach(const struct grants *g, const char *path, unsigned reach)
{
    char *whole = realpath(path, NULL), *folder = NULL;
    bool exists = whole != NULL;
    if (!whole && (folder = folder_of(path)))
        whole = realpath(folder, NULL);
    unsigned all = 0;
    for (size_t i = 0; whole && i < g->count; i++)
        all |= below(whole, g->grant[i].path) ? g->grant[i].reach : 0;
    if (!exists && reach & REACH_WRITE)
        reach |= REACH_MAKE;
    free(folder);
    free(whole);
    return (all & reach) == reach;
}
