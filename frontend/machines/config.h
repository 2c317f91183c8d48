/*
 * config.h - a machine's folder and what its machine.ini says, checked; with what its preset says
 * and what is so unless said.
 *
 *     FOLDER/machine.ini   the settings (keys.c has them all)
 *     FOLDER/disks/        images and overlays made for it
 *     FOLDER/states/       snapshots (snapshots.h)
 *     FOLDER/shots/        screenshots
 *     FOLDER/lock          locked while it runs; holds the process' number
 *     FOLDER/last-run      its time says when
 */
#ifndef FERRITE_CONFIG_H
#define FERRITE_CONFIG_H

#include "frontend/machines/ini.h"
#include "frontend/machines/keys.h"

#include <stdio.h>

struct config {
    char *folder; /* absolute */
    struct ini ini;
    const struct preset *preset;
};

enum origin { FROM_FILE, FROM_PRESET, FROM_DEFAULT };

/*
 * Open the machine: a name in the home of machines, or a path to a folder or its machine.ini. All
 * that the file says must be known and possible: "PATH:LINE: there is no ...; did you mean ...?".
 */
bool config_open(struct config *s, const char *machine, struct err *e);
void config_close(struct config *s);
/* Look through the file again, after a change. */
bool config_check(struct config *s, struct err *e);

/* The value, or NULL: not set. *origin may be NULL. */
const char *config_get(const struct config *s, const char *section, const char *name,
                       enum origin *origin);
bool config_yes(const struct config *s, const char *section, const char *name);
/* A path's value, absolute; the caller frees it. NULL: not set, or no memory. */
char *config_path(const struct config *s, const char *section, const char *name);

/* Say which files and folders that it names are not there: it does not start without them. */
void config_say_missing(const struct config *s, FILE *out);

/* The sections of a kind ("drive."), in the file's order; NULL behind the last. */
const char *config_section(const struct config *s, const char *kind, size_t i);

/* Its name for people: machine.name, or the folder's. */
const char *config_name(const struct config *s);

#endif
