/*
 * foreign.h - settings of other emulators: what they say, and how it is said here.
 */
#ifndef FERRITE_FOREIGN_H
#define FERRITE_FOREIGN_H

#include "frontend/machines/ini.h"

#include <stdio.h>

enum { FOREIGN_TEXT = 512 };

enum foreign_kind { FOREIGN_UNKNOWN, FOREIGN_86BOX, FOREIGN_DOSBOX, FOREIGN_XML };

/* What several lines say together. */
struct foreign_dos {
    char folder[FOREIGN_TEXT], program[FOREIGN_TEXT]; /* what its own DOS did, for the advice */
    char sound[4][8], gus[3][8];                      /* as the tables of places have them */
    bool no_sound, sb16, gus_on;
    char clock_of[16]; /* which processor's clock it is, as -speed has them; "": not known */
};

/* An import under way. */
struct foreign {
    struct ini *to;     /* the new machine's file */
    const char *folder; /* where the old file lies: relative paths start there */
    FILE *out;          /* what was taken and what was not, a line each */
    unsigned taken, left;
    struct foreign_dos dos;
    struct err *e; /* for what ends the import: no memory */
    bool ok;
};

/*
 * One setting; `section` in small letters. In a section of lines (DOSBox's autoexec) key is NULL
 * and value is the line.
 */
typedef void foreign_setting(struct foreign *f, const char *section, const char *key,
                             const char *value);

/* By its contents: a section that only the one or the other has. */
enum foreign_kind foreign_what(const char *text, size_t size);
/* Calls `each` for every setting. The text may be anything. */
void foreign_read(const char *text, size_t size, foreign_setting *each, struct foreign *f);

foreign_setting foreign_86box, foreign_dosbox;
/* A line about where the card answers: sbbase, irq, dma, hdma. */
void foreign_sound_place(struct foreign *f, const char *key, const char *value);
/* Behind the last setting of a 86box.cfg or dosbox.conf. */
void foreign_places_end(struct foreign *f);
/* A .vbox or OVF file as a whole; false + f->e: "line 3: why not". */
bool foreign_vbox(struct foreign *f, const char *text, size_t size);

/* Into the new machine's file, with a line of report. */
void foreign_take(struct foreign *f, const char *section, const char *key, const char *value,
                  const char *from);
/* Not taken, and why. */
void PRINTF_LIKE(3, 4) foreign_leave(struct foreign *f, const char *from, const char *format, ...);
/* May this be a path of this computer? false: it is Windows', or a drive's name, and said so. */
bool foreign_is_here(struct foreign *f, const char *path, const char *from);
/* An absolute path from one in the file; ~ is the home; the caller frees it. NULL: no memory. */
char *foreign_path(struct foreign *f, const char *path);
/* A processor's clock, by the name that -speed has for it. */
void foreign_speed(struct foreign *f, const char *clock_of, double mhz, const char *from);

#endif
