/*
 * keys.h - what a machine's file can say: one row for each setting, and what the kinds of guests
 * (presets) say where the file does not.
 */
#ifndef FERRITE_KEYS_H
#define FERRITE_KEYS_H

#include "frontend/machines/ini.h"

enum key_type {
    KEY_TEXT,
    KEY_BOOL,   /* yes, no */
    KEY_NUMBER, /* from min to max */
    KEY_WORD,   /* one of `words` */
    KEY_FILE,   /* a path; a relative one starts in the machine's folder */
    KEY_FOLDER,
    KEY_OPTION, /* whatever the option of ferrite takes that `option` names */
};

/* When it can be changed. */
enum key_when { WHEN_NEW, WHEN_STOPPED };

struct key {
    const char *section; /* "drive." stands for any [drive.NAME] */
    const char *name;
    enum key_type type;
    long min, max;
    const char *words;     /* apart by spaces */
    const char *otherwise; /* NULL: no value, or the preset's */
    enum key_when when;
    const char *option; /* of ferrite, which gets the value; NULL: see command_line.c */
    const char *help;
};

/* NULL behind the last. */
const struct key *key_at(size_t i);
const struct key *key_find(const char *section, const char *name);
/* Is there a row for some key of this section? */
bool key_section(const char *section);
/* false + err: "cpu.model = 80987: ..." */
bool key_check(const struct key *k, const char *section, const char *value, struct err *e);
/* The known names nearest to these, for messages; NULL: none is near. */
const char *key_nearest(const char *section, const char *name);
const char *key_nearest_section(const char *section);
/* The only section that has a key of this name; NULL: none has, or several. */
const char *key_elsewhere(const char *name);

/* "yes" */
bool key_is_yes(const char *value);

/* ---- presets ---- */

struct preset {
    const char *name;
    const char *summary;      /* for whom */
    const char *const *value; /* "section.key", "value", ..., NULL */
    const char *storage;      /* the hard disk that a new machine gets, "512M"; "none" */
};

const struct preset *preset_at(size_t i); /* NULL behind the last */
const struct preset *preset_find(const char *name);
/* What it says; NULL: nothing. */
const char *preset_value(const struct preset *p, const char *section, const char *name);

#endif
