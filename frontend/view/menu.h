/*
 * menu.h - the on-screen menu as a state machine: levels of rows, a cursor, letters that filter,
 * questions, a list of files. It knows neither keys of a host nor dots; menu_draw.h shows it, and
 * whoever owns it feeds it and does what it asks for.
 *
 * Every row that does something holds the words of one command of the table
 * (frontend/control/command.h), so the menu can do nothing that a script cannot. What cannot be
 * done now is a grey row which says why. Every state can be left by keys alone and by the mouse
 * alone: Back goes one level up, Close ends, and both can be clicked on.
 */
#ifndef FERRITE_MENU_H
#define FERRITE_MENU_H

#include "frontend/control/reply.h"
#include "frontend/view/facts.h"

enum { MENU_WORDS = 5, MENU_DEPTH = 8, MENU_FILTER = 40 };

enum menu_page {
    PAGE_ROOT,
    PAGE_DRIVES,
    PAGE_DRIVE, /* arg: number of the drive in the facts, as in PAGE_FILES */
    PAGE_FILES, /* text: the folder */
    PAGE_SAVE,
    PAGE_LOAD,
    PAGE_REWIND,
    PAGE_RECORD,
    PAGE_KEYS,
    PAGE_PICTURE,
    PAGE_SOUND,
    PAGE_DEVICE,
    PAGE_MOUSE,
    PAGE_KEYBOARD,
    PAGE_SPEED,
    PAGE_MACHINE,
    PAGE_ASK,   /* text: the question; the row that asks is kept in the level */
    PAGE_CATCH, /* the next key goes to the guest, whichever it is */
    PAGE_COUNT
};

/* What becomes of the menu once a row's command was given. */
enum menu_after { AFTER_STAY, AFTER_BACK, AFTER_CLOSE };

enum menu_row_kind { ROW_COMMAND, ROW_PAGE, ROW_CHOICE, ROW_FOLDER, ROW_CATCH, ROW_NOTE };

/* All texts are owned by the row; NULL: none. */
struct menu_row {
    enum menu_row_kind kind;
    char *label, *value, *help;
    char *why;               /* not now, because: the row is grey */
    char *word[MENU_WORDS];  /* the command; ROW_CHOICE: for the next value */
    char *other[MENU_WORDS]; /* ROW_CHOICE: for the value before; else done before `word` */
    char *question;          /* asked before */
    char *text;              /* ROW_PAGE: the level's; ROW_FOLDER: where */
    char *picture;           /* a PNG file to be shown beside */
    enum menu_page page;     /* ROW_PAGE */
    unsigned arg;
    enum menu_after after;
};

struct menu_rows {
    struct menu_row *row;
    size_t count, capacity;
};

struct menu_level {
    enum menu_page page;
    unsigned arg;
    char *text;
    size_t cursor, top;    /* among the rows shown; the first one on the screen */
    struct menu_row asked; /* PAGE_ASK: what is done on yes */
};

enum menu_key {
    MENU_UP,
    MENU_DOWN,
    MENU_LEFT,
    MENU_RIGHT,
    MENU_ENTER,
    MENU_BACK,
    MENU_CLOSE,
    MENU_ERASE,
    MENU_PAGE_UP,
    MENU_PAGE_DOWN,
    MENU_HOME,
    MENU_END,
};

struct menu {
    bool open;
    const struct facts *facts; /* valid whenever a function below is called */
    struct settings *settings;
    /* Do a command; the words are valid during the call. */
    void (*perform)(void *opaque, const char *const *words);
    void *opaque;

    struct menu_level level[MENU_DEPTH];
    unsigned depth; /* levels there are; the last one is shown */
    struct menu_rows rows;
    size_t *shown; /* rows that the filter leaves */
    size_t shown_count;
    char filter[MENU_FILTER];
    u32 remembered[PAGE_COUNT]; /* hash of the label under the cursor; 0: none */
    unsigned height;            /* rows that fit, for Page Up; told by who draws */
    u64 version;                /* changes whenever something to be seen does */
};

void menu_init(struct menu *m, const struct facts *facts, struct settings *settings,
               void (*perform)(void *opaque, const char *const *words), void *opaque);
void menu_free(struct menu *m);

/* On the first level, or with this page above it. */
void menu_open(struct menu *m, enum menu_page page, unsigned arg);
void menu_close(struct menu *m);
/* Ask something before doing it, menu open or not: `words` when the answer is yes. */
void menu_ask(struct menu *m, const char *question, const char *yes, const char *const *words);
/* The facts are others: rows that show some are made anew, the cursor stays on its row. */
void menu_refresh(struct menu *m);

void menu_key(struct menu *m, enum menu_key key);
/* A character was typed: it narrows the rows down. */
void menu_letter(struct menu *m, u32 c);
/* The pointer is on the i-th row shown; it was clicked on, on the left of its value or not. */
void menu_point(struct menu *m, size_t i);
void menu_click(struct menu *m, size_t i, bool less);
void menu_wheel(struct menu *m, int rows);

/* The next key is for the guest: menu_caught() gets it, as a name for `key`, instead of menu_key().
 */
bool menu_catches(const struct menu *m);
void menu_caught(struct menu *m, const char *chord);

/* The row under the cursor; NULL when no row is shown. */
const struct menu_row *menu_at(const struct menu *m);
const char *menu_title(const struct menu *m);
/* The help of the row under the cursor, or why it cannot be used. */
void menu_help(const struct menu *m, char *buf, size_t size);
/* "Script: eject fda", or "". */
void menu_script(const struct menu_row *row, char *buf, size_t size);

/* menu_report.c: all that is shown, for whoever cannot see it (the command `menu`). */
void menu_report(const struct menu *m, struct reply *out);

/* ---- for pages ---- */

/* A new row at the end, all empty but for copies of these; NULL when out of memory. */
struct menu_row *menu_add(struct menu_rows *rows, enum menu_row_kind kind, const char *label,
                          const char *value, const char *help);
/* Its command. The list ends with NULL. */
void menu_words(struct menu_row *row, ...);
void menu_other_words(struct menu_row *row, ...);
/* A copy of a text, NULL for NULL or when out of memory. */
char *menu_copy(const char *text);

/* menu_pages.c: the rows of a level. */
void menu_build(struct menu *m, const struct menu_level *l, struct menu_rows *rows);
/* menu_files.c: of PAGE_FILES. */
void menu_build_files(struct menu *m, const struct menu_level *l, struct menu_rows *rows);

#endif
