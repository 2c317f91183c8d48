/*
 * confine_desktop.c - see confine_desktop.h. SDL, Mesa, X11's and Wayland's libraries, sound
 * servers and synthesisers open their files when they please: drivers, settings, fonts, shared
 * memory, caches. They get the system's files to read, devices, and the runtime folder, but not the
 * user's hidden files, where keys and what a shell starts lie.
 */
#define _GNU_SOURCE
#include "frontend/cli/confine_desktop.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ~/NAME, or what the variable says. */
static void add_of_user(struct grants *g, const char *variable, const char *name, unsigned reach)
{
    const char *said = variable ? getenv(variable) : NULL, *home = getenv("HOME");
    char path[PATH_MAX];
    if (said && *said)
        grants_add(g, said, reach);
    else if (home && *home == '/' &&
             (size_t)snprintf(path, sizeof(path), "%s/%s", home, name) < sizeof(path))
        grants_add(g, path, reach);
}

void confine_desktop(struct grants *g)
{
    static const char *const system[] = {"/usr", "/lib",  "/lib64", "/etc",     "/opt",
                                         "/sys", "/proc", "/run",   "/var/lib", "/var/cache",
                                         "/nix", "/gnu",  "/app"};
    for (size_t i = 0; i < ARRAY_SIZE(system); i++)
        grants_add(g, system[i], REACH_READ);
    grants_add(g, "/proc/self", REACH_READ | REACH_WRITE);
    grants_add(g, "/dev", REACH_READ | REACH_WRITE | REACH_DEVICES);
    grants_add(g, "/dev/shm", REACH_FOLDER);
    grants_add(g, getenv("XDG_RUNTIME_DIR"), REACH_FOLDER | REACH_SOCKETS);
    add_of_user(g, "XAUTHORITY", ".Xauthority", REACH_READ);
    add_of_user(g, NULL, ".Xdefaults", REACH_READ);
    add_of_user(g, "PULSE_COOKIE", ".config/pulse", REACH_READ);
    add_of_user(g, NULL, ".config/pipewire", REACH_READ);
    add_of_user(g, NULL, ".config/dconf", REACH_READ);
    add_of_user(g, NULL, ".config/gtk-3.0", REACH_READ);
    add_of_user(g, NULL, ".config/kdeglobals", REACH_READ);
    add_of_user(g, NULL, ".pulse-cookie", REACH_READ);
    add_of_user(g, NULL, ".asoundrc", REACH_READ);
    add_of_user(g, NULL, ".drirc", REACH_READ);
    add_of_user(g, NULL, ".icons", REACH_READ);
    add_of_user(g, NULL, ".fonts", REACH_READ);
    add_of_user(g, NULL, ".local/share/icons", REACH_READ);
    add_of_user(g, NULL, ".local/share/fonts", REACH_READ);
    add_of_user(g, NULL, ".local/share/soundfonts", REACH_READ);
    add_of_user(g, NULL, ".config/fontconfig", REACH_READ);
    add_of_user(g, "MESA_SHADER_CACHE_DIR", ".cache/mesa_shader_cache", REACH_FOLDER);
    add_of_user(g, NULL, ".cache/mesa_shader_cache_db", REACH_FOLDER);
    add_of_user(g, NULL, ".cache/fontconfig", REACH_FOLDER);
    add_of_user(g, NULL, ".nv", REACH_FOLDER);
}

/* Where a server of PulseAudio without a runtime folder says that it is; false: nowhere. */
static bool found_server(struct grants *g, const char *home, const char *pattern)
{
    char path[PATH_MAX];
    glob_t found;
    struct stat st;
    bool there = false;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", home, pattern) >= sizeof(path) ||
        glob(path, GLOB_NOSORT, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (stat(found.gl_pathv[i], &st) != 0) /* a link to what was there once */
            continue;
        grants_add(g, found.gl_pathv[i], REACH_READ | REACH_SOCKETS);
        there = true;
    }
    globfree(&found);
    return there;
}

void confine_sound_server(struct grants *g, const char *own)
{
    const char *home = getenv("HOME");
    if (getenv("XDG_RUNTIME_DIR") || getenv("PULSE_RUNTIME_PATH") ||
        (home && (found_server(g, home, ".config/pulse/*-runtime") ||
                  found_server(g, home, ".pulse/*-runtime"))))
        return;
    if (own)
        setenv("PULSE_RUNTIME_PATH", own, 1);
}

void confine_choice(struct grants *g)
{
    static const char *const media[] = {"/media", "/mnt", "/run/media"};
    for (size_t i = 0; i < ARRAY_SIZE(media); i++)
        grants_add(g, media[i], REACH_FOLDER);
    /* All of the home that is not hidden: images lie there. */
    grants_folder(g, getenv("HOME"), REACH_FOLDER);
}
