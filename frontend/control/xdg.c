/*
 * xdg.c - see xdg.h. A variable that is not an absolute path is passed over, as the specification
 * says.
 */
#include "frontend/control/xdg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool xdg_path(enum xdg kind, const char *name, char path[PATH_MAX])
{
    static const char *const variables[] = {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
                                            "XDG_CACHE_HOME"};
    static const char *const usual[] = {".config", ".local/share", ".local/state", ".cache"};
    const char *base = getenv(variables[kind]), *home = getenv("HOME");
    int n = -1;
    if (base && base[0] == '/')
        n = snprintf(path, PATH_MAX, "%s/ferrite/%s", base, name);
    else if (home && home[0] == '/')
        n = snprintf(path, PATH_MAX, "%s/%s/ferrite/%s", home, usual[kind], name);
    return n > 0 && n < PATH_MAX;
}

bool xdg_make_parents(const char *path)
{
    char part[PATH_MAX];
    if (strlen(path) >= sizeof(part))
        return false;
    strcpy(part, path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}
