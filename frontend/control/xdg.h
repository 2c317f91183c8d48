/*
 * xdg.h - where a user's files are (XDG Base Directory Specification).
 */
#ifndef FERRITE_XDG_H
#define FERRITE_XDG_H

#include <limits.h>
#include <stdbool.h>

enum xdg { XDG_CONFIG, XDG_DATA, XDG_STATE, XDG_CACHE };

/*
 * "~/.config/ferrite/NAME", "~/.local/share/ferrite/NAME" and so on; whether it exists is another
 * question. false: there is neither the variable nor a home, or the path is too long.
 */
bool xdg_path(enum xdg kind, const char *name, char path[PATH_MAX]);
/* Make the folders that lead to `path`, not what it ends in. false: errno says why. */
bool xdg_make_parents(const char *path);

#endif
