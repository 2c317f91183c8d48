/*
 * menu.c - the menu's states: levels, the cursor, the filter, questions. See menu.h. What the rows
 * are is in menu_pages.c and menu_files.c.
 */
#include "frontend/view/menu.h"

#include "hw/base/memory.h"
#include "hw/video/cp437.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

char *menu_copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void row_free(struct menu_row *r)
{
    char *text[] = {r->label, r->value, r->help, r->why, r->question, r->text, r->picture};
    for (size_t i = 0; i < ARRAY_SIZE(text); i++)
        free(text[i]);
    for (unsigned i = 0; i < MENU_WORDS; i++) {
        free(r->word[i]);
        free(r->other[i]);
    }
    *r = (struct menu_row){0};
}

static void menu_rows_free(struct menu_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        row_free(&rows->row[i]);
    free(rows->row);
    *rows = (struct menu_rows){0};
}

struct menu_row *menu_add(struct menu_rows *rows, enum menu_row_kind kind, const char *label,
                          const char *value, const char *help)
{
    if (!ARRAY_ROOM(rows->row, rows->capacity, rows->count + 1))
        return NULL;
    struct menu_row *r = &rows->row[rows->count++];
    *r = (struct menu_row){.kind = kind};
    r->label = menu_copy(label);
    r->value = menu_copy(value);
    r->help = menu_copy(help);
    return r;
}

static void put_words(char **to, va_list args)
{
    const char *word;
    for (unsigned i = 0; i < MENU_WORDS - 1 && (word = va_arg(args, const char *)); i++) {
        free(to[i]);
        to[i] = menu_copy(word);
    }
}

void menu_words(struct menu_row *row, ...)
{
    va_list args;
    va_start(args, row);
    if (row)
        put_words(row->word, args);
    va_end(args);
}

void menu_other_words(struct menu_row *row, ...)
{
    va_list args;
    va_start(args, row);
    if (row)
        put_words(row->other, args);
    va_end(args);
}

/* As a script would have it: what is no plain word stands in quotes. */
void menu_script(const struct menu_row *row, char *buf, size_t size)
{
    size_t n = 0;
    *buf = 0;
    if (!row || !row->word[0] || !size)
        return;
    n = (size_t)snprintf(buf, size, "Script:");
    for (unsigned i = 0; i < MENU_WORDS && row->word[i] && n < size; i++) {
        bool plain = i == 0 || strspn(row->word[i], "abcdefghijklmnopqrstuvwxyz0123456789.-") ==
                                   strlen(row->word[i]);
        n += (size_t)snprintf(buf + n, size - n, plain ? " %s" : " \"%s\"", row->word[i]);
    }
}

/* ---- levels ---- */

static struct menu_level *top(struct menu *m)
{
    return &m->level[m->depth - 1];
}

static u32 hash(const char *text)
{
    u32 h = 2166136261u;
    for (; text && *text; text++)
        h = (h ^ (u8)*text) * 16777619u;
    return h ? h : 1;
}

static bool folded_equal(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    }
    return true;
}

static bool contains(const char *text, const char *part)
{
    size_t len = strlen(part), have = text ? strlen(text) : 0;
    for (size_t i = 0; i + len <= have; i++) {
        if (folded_equal(text + i, part, len))
            return true;
    }
    return len == 0;
}

/* Which rows the filter leaves; the cursor goes to the one of this label if it is there. */
static void filter(struct menu *m, u32 label)
{
    struct menu_level *l = top(m);
    m->shown_count = 0;
    for (size_t i = 0; m->shown && i < m->rows.count; i++) {
        if (contains(m->rows.row[i].label, m->filter))
            m->shown[m->shown_count++] = i;
    }
    for (size_t i = 0; label && i < m->shown_count; i++) {
        if (hash(m->rows.row[m->shown[i]].label) == label)
            l->cursor = i;
    }
    if (l->cursor >= m->shown_count)
        l->cursor = m->shown_count ? m->shown_count - 1 : 0;
    m->version++;
}

static u32 label_at(const struct menu *m)
{
    const struct menu_row *r = menu_at(m);
    return r ? hash(r->label) : 0;
}

/* The rows of the level on top. */
static void build(struct menu *m, u32 label)
{
    menu_rows_free(&m->rows);
    free(m->shown);
    m->shown_count = 0;
    menu_build(m, top(m), &m->rows);
    m->shown = calloc(m->rows.count + 1, sizeof(*m->shown));
    filter(m, label);
}

static bool push(struct menu *m, enum menu_page page, unsigned arg, const char *text)
{
    if (m->depth == MENU_DEPTH)
        return false;
    m->level[m->depth++] = (struct menu_level){.page = page, .arg = arg, .text = menu_copy(text)};
    m->filter[0] = 0;
    return true;
}

static void drop(struct menu *m)
{
    struct menu_level *l = top(m);
    free(l->text);
    row_free(&l->asked);
    m->depth--;
    m->filter[0] = 0;
}

static void enter(struct menu *m, enum menu_page page, unsigned arg, const char *text)
{
    if (m->depth)
        m->remembered[top(m)->page] = label_at(m);
    if (push(m, page, arg, text))
        build(m, m->remembered[page]);
}

static void back(struct menu *m)
{
    if (m->depth <= 1) {
        menu_close(m);
        return;
    }
    m->remembered[top(m)->page] = label_at(m);
    drop(m);
    build(m, m->remembered[top(m)->page]);
}

void menu_init(struct menu *m, const struct facts *facts, struct settings *settings,
               void (*perform)(void *opaque, const char *const *words), void *opaque)
{
    *m = (struct menu){
        .facts = facts, .settings = settings, .perform = perform, .opaque = opaque, .height = 16};
}

void menu_close(struct menu *m)
{
    if (m->depth) /* the levels below were remembered when they were left */
        m->remembered[top(m)->page] = label_at(m);
    while (m->depth)
        drop(m);
    menu_rows_free(&m->rows);
    free(m->shown);
    m->shown = NULL;
    m->shown_count = 0;
    m->open = false;
    m->version++;
}

void menu_free(struct menu *m)
{
    menu_close(m);
}

void menu_open(struct menu *m, enum menu_page page, unsigned arg)
{
    if (m->open)
        menu_close(m);
    m->open = true;
    push(m, PAGE_ROOT, 0, NULL);
    if (page != PAGE_ROOT)
        push(m, page, arg, NULL);
    build(m, m->remembered[page]);
}

/* A folder is read when it is opened, and not ten times a second; a question stays as it is. */
void menu_refresh(struct menu *m)
{
    if (m->open && top(m)->page != PAGE_FILES && top(m)->page != PAGE_ASK)
        build(m, label_at(m));
}

/* ---- doing ---- */

/* A question is a level whose first answer goes back and whose second does what was asked about. */
static void ask(struct menu *m, const struct menu_row *r)
{
    if (m->depth)
        m->remembered[top(m)->page] = label_at(m);
    if (!push(m, PAGE_ASK, 0, r->question))
        return;
    struct menu_row *to = &top(m)->asked;
    *to = (struct menu_row){.kind = ROW_COMMAND, .after = AFTER_CLOSE};
    to->label = menu_copy(r->label);
    to->help = menu_copy(r->help);
    for (unsigned i = 0; i < MENU_WORDS; i++) {
        to->word[i] = menu_copy(r->word[i]);
        to->other[i] = menu_copy(r->other[i]);
    }
    build(m, 0);
    while (top(m)->cursor + 1 < m->shown_count && menu_at(m)->kind == ROW_NOTE)
        top(m)->cursor++; /* to the harmless answer */
}

void menu_ask(struct menu *m, const char *question, const char *yes, const char *const *words)
{
    struct menu_row r = {.kind = ROW_COMMAND, .question = (char *)question, .label = (char *)yes};
    for (unsigned i = 0; i < MENU_WORDS - 1 && words[i]; i++)
        r.word[i] = (char *)words[i];
    if (m->open)
        menu_close(m);
    m->open = true;
    ask(m, &r);
}

static void perform(struct menu *m, char *const *words)
{
    const char *copy[MENU_WORDS + 1] = {0};
    for (unsigned i = 0; i < MENU_WORDS; i++)
        copy[i] = words[i];
    if (copy[0])
        m->perform(m->opaque, copy);
}

/* The row may be gone once something was done, so what is needed is taken out of it before. */
static void do_row(struct menu *m, struct menu_row *r, bool less)
{
    struct menu_row mine = *r;
    for (unsigned i = 0; i < MENU_WORDS; i++) {
        mine.word[i] = menu_copy(r->word[i]);
        mine.other[i] = menu_copy(r->other[i]);
    }
    bool choice = mine.kind == ROW_CHOICE;
    if (mine.after == AFTER_CLOSE)
        menu_close(m);
    else if (mine.after == AFTER_BACK)
        back(m);
    if (!choice)
        perform(m, mine.other);
    perform(m, choice && less && mine.other[0] ? mine.other : mine.word);
    for (unsigned i = 0; i < MENU_WORDS; i++) {
        free(mine.word[i]);
        free(mine.other[i]);
    }
    menu_refresh(m);
}

/* The file list goes to another folder. */
static void change_folder(struct menu *m, const char *where)
{
    char *text = menu_copy(where);
    struct menu_level *l = top(m);
    if (!text)
        return;
    /* Coming up, the cursor stands on the folder that was left. */
    const char *slash = l->text ? strrchr(l->text, '/') : NULL;
    size_t n = strlen(text);
    bool up = slash && strncmp(l->text, text, n) == 0 && strlen(l->text) > n;
    u32 label = 0;
    if (up) {
        char name[300];
        snprintf(name, sizeof(name), "%s/", slash + 1);
        label = hash(name);
    }
    free(l->text);
    l->text = text;
    l->cursor = l->top = 0;
    m->filter[0] = 0;
    build(m, label);
}

static void activate(struct menu *m, bool less)
{
    struct menu_row *r = (struct menu_row *)menu_at(m);
    if (!r || r->why || r->kind == ROW_NOTE)
        return;
    m->remembered[top(m)->page] = label_at(m);
    if (r->question) {
        ask(m, r);
        return;
    }
    switch (r->kind) {
    case ROW_PAGE:
        enter(m, r->page, r->arg, r->text);
        break;
    case ROW_FOLDER:
        change_folder(m, r->text);
        break;
    case ROW_CATCH:
        enter(m, PAGE_CATCH, 0, NULL);
        break;
    default:
        if (r->word[0])
            do_row(m, r, less);
        else
            back(m); /* "No" of a question, "Back" */
    }
}

/* ---- input ---- */

static void move(struct menu *m, s64 by)
{
    struct menu_level *l = top(m);
    s64 n = (s64)m->shown_count, at = (s64)l->cursor + by;
    if (!n)
        return;
    if (by == 1 || by == -1)
        at = (at + n) % n; /* round the ends */
    l->cursor = (size_t)(at < 0 ? 0 : at >= n ? n - 1 : at);
    m->version++;
}

static void erase(struct menu *m)
{
    size_t n = strlen(m->filter);
    if (n) {
        u32 label = label_at(m);
        while (n > 0 && ((u8)m->filter[n - 1] & 0xc0) == 0x80)
            n--;
        m->filter[n ? n - 1 : 0] = 0;
        filter(m, label);
        return;
    }
    const struct menu_row *first = m->rows.count ? &m->rows.row[0] : NULL;
    if (top(m)->page == PAGE_FILES && first && first->kind == ROW_FOLDER && first->text &&
        strcmp(first->label, "../") == 0)
        change_folder(m, first->text);
    else if (m->depth > 1)
        back(m);
}

static void sideways(struct menu *m, bool less)
{
    const struct menu_row *r = menu_at(m);
    if (r && r->kind == ROW_CHOICE)
        activate(m, less);
    else if (less && m->depth > 1)
        back(m);
    else if (!less && r && (r->kind == ROW_PAGE || r->kind == ROW_FOLDER))
        activate(m, false);
}

void menu_key(struct menu *m, enum menu_key key)
{
    if (!m->open)
        return;
    s64 page = m->height > 1 ? m->height - 1 : 1;
    switch (key) {
    case MENU_UP:
        move(m, -1);
        break;
    case MENU_DOWN:
        move(m, 1);
        break;
    case MENU_PAGE_UP:
        move(m, -(page > 1 ? page : 2));
        break;
    case MENU_PAGE_DOWN:
        move(m, page > 1 ? page : 2);
        break;
    case MENU_HOME:
        move(m, -(s64)m->rows.count - 2);
        break;
    case MENU_END:
        move(m, (s64)m->rows.count + 2);
        break;
    case MENU_LEFT:
    case MENU_RIGHT:
        sideways(m, key == MENU_LEFT);
        break;
    case MENU_ENTER:
        activate(m, false);
        break;
    case MENU_BACK:
        back(m);
        break;
    case MENU_CLOSE:
        menu_close(m);
        break;
    case MENU_ERASE:
        erase(m);
        break;
    }
}

void menu_letter(struct menu *m, u32 c)
{
    char text[5] = {0};
    if (!m->open || c < ' ' || c == 0x7f || (c == ' ' && !m->filter[0]) || top(m)->page == PAGE_ASK)
        return;
    unsigned n = utf8_put(text, c);
    if (strlen(m->filter) + n >= sizeof(m->filter))
        return;
    u32 label = label_at(m);
    strcat(m->filter, text);
    top(m)->cursor = 0;
    filter(m, label);
}

void menu_point(struct menu *m, size_t i)
{
    if (m->open && i < m->shown_count && top(m)->cursor != i) {
        top(m)->cursor = i;
        m->version++;
    }
}

void menu_click(struct menu *m, size_t i, bool less)
{
    if (!m->open || i >= m->shown_count)
        return;
    menu_point(m, i);
    activate(m, less);
}

void menu_wheel(struct menu *m, int rows)
{
    if (m->open && rows)
        move(m, rows > 0 ? (rows > 1 ? rows : 2) : (rows < -1 ? rows : -2));
}

bool menu_catches(const struct menu *m)
{
    return m->open && m->level[m->depth - 1].page == PAGE_CATCH;
}

void menu_caught(struct menu *m, const char *chord)
{
    char *words[MENU_WORDS] = {(char *)"key", (char *)chord};
    menu_close(m);
    perform(m, words);
}

/* ---- what is shown ---- */

const struct menu_row *menu_at(const struct menu *m)
{
    if (!m->depth || !m->shown)
        return NULL;
    size_t cursor = m->level[m->depth - 1].cursor;
    return cursor < m->shown_count ? &m->rows.row[m->shown[cursor]] : NULL;
}

const char *menu_title(const struct menu *m)
{
    static const char *const titles[PAGE_COUNT] = {
        [PAGE_ROOT] = "Menu",       [PAGE_DRIVES] = "Drives",     [PAGE_DRIVE] = "Drive",
        [PAGE_FILES] = "Insert",    [PAGE_SAVE] = "Save state",   [PAGE_LOAD] = "Load state",
        [PAGE_REWIND] = "Rewind",   [PAGE_RECORD] = "Record",     [PAGE_KEYS] = "Send keys",
        [PAGE_PICTURE] = "Picture", [PAGE_SOUND] = "Sound",       [PAGE_DEVICE] = "Sound device",
        [PAGE_MOUSE] = "Mouse",     [PAGE_KEYBOARD] = "Keyboard", [PAGE_SPEED] = "Speed",
        [PAGE_MACHINE] = "Machine", [PAGE_ASK] = "Question",      [PAGE_CATCH] = "Send a key"};
    if (!m->depth)
        return "";
    const struct menu_level *l = &m->level[m->depth - 1];
    return l->page == PAGE_FILES && l->text ? l->text : titles[l->page];
}

void menu_help(const struct menu *m, char *buf, size_t size)
{
    const struct menu_row *r = menu_at(m);
    if (m->depth && m->filter[0] && !m->shown_count)
        snprintf(buf, size, "Nothing here has \"%s\" in its name; Backspace takes a letter back",
                 m->filter);
    else if (r && r->why)
        snprintf(buf, size, "Not now: %s", r->why);
    else
        snprintf(buf, size, "%s", r && r->help ? r->help : "");
}
