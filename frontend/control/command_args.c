/*
 * command_args.c - arguments of commands: from a word to a checked value, or to what is wrong with
 * it and what is wanted. See command_args.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/command_args.h"

#include "frontend/control/conditions.h"
#include "frontend/control/keyboard.h"
#include "frontend/control/pattern.h"
#include "frontend/control/picture_compare.h"
#include "frontend/control/speed.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is being read. */
struct argument {
    const struct command *c;
    const struct param *p;
    const struct command_site *site;
    const struct word *w;
    struct err *e;
};

static bool keep_text(const struct argument *a, struct value *v)
{
    v->text = malloc(a->w->len + 1);
    if (!v->text)
        return err_set(a->e, "out of memory");
    memcpy(v->text, a->w->text, a->w->len + 1);
    v->len = a->w->len;
    return true;
}

static bool wants(const struct argument *a, const char *what)
{
    return err_set(a->e, "%s wants %s", a->c->name, a->p->what ? a->p->what : what);
}

/* ---- numbers ---- */

static bool take_int(const struct argument *a, struct value *v)
{
    char *end;
    errno = 0;
    long long n = strtoll(a->w->text, &end, 0);
    if (errno || end == a->w->text || *end || a->w->quoted || n < a->p->min || n > a->p->max)
        return err_set(a->e, "%s: \"%.40s\" is no %s (%lld to %lld)", a->c->name, a->w->text,
                       a->p->what ? a->p->what : "number", (long long)a->p->min,
                       (long long)a->p->max);
    v->number = n;
    return true;
}

static bool take_seconds(const struct argument *a, struct value *v)
{
    enum { MOST = 1000000 };
    char *end;
    double seconds = strtod(a->w->text, &end);
    if (end != a->w->text && strcmp(end, "s") == 0)
        end++;
    if (end == a->w->text || *end || a->w->quoted || isnan(seconds) || seconds < 0)
        return err_set(a->e, "%s: \"%.40s\" is no number of seconds (5, 0.5)", a->c->name,
                       a->w->text);
    if (seconds > MOST)
        return err_set(a->e, "%s: %.40s are more than %d seconds", a->c->name, a->w->text, MOST);
    v->time = (u64)llround(seconds * 1e9);
    return true;
}

/* Instructions, or seconds of guest time, from the machine's beginning or back from here. */
static bool take_instant(const struct argument *a, struct value *v)
{
    const char *text = a->w->text;
    char *end;
    if (!a->w->quoted && (strcmp(text, "earliest") == 0 || strcmp(text, "latest") == 0)) {
        v->when = *text == 'e' ? WHEN_EARLIEST : WHEN_LATEST;
        return true;
    }
    v->back = *text == '-';
    text += v->back;
    bool digit = !a->w->quoted && *text >= '0' && *text <= '9';
    unsigned long long n = digit ? strtoull(text, &end, 0) : 0;
    v->when = WHEN_INSTRUCTION;
    v->number = (s64)n;
    if (digit && !*end && n < 1ull << 62)
        return true;
    double seconds = digit ? strtod(text, &end) : 0;
    v->when = WHEN_TIME;
    v->time = digit && isfinite(seconds) && seconds <= 1e6 ? (u64)llround(seconds * 1e9) : 0;
    if (digit && strcmp(end, "s") == 0 && isfinite(seconds) && seconds <= 1e6)
        return true;
    return err_set(a->e,
                   "%s: \"%.40s\" is no instant: say instructions since power-on (1000000), "
                   "seconds of guest time (5s), how much back from here (-1, -0.5s), earliest or "
                   "latest",
                   a->c->name, a->w->text);
}

static bool take_speed(const struct argument *a, struct value *v)
{
    v->speed = (struct speed){0};
    return strcmp(a->w->text, "auto") == 0 || speed_parse(a->c->name, a->w->text, &v->speed, a->e);
}

/* ---- texts ---- */

static bool take_string(const struct argument *a, struct value *v)
{
    if (!a->w->len)
        return err_set(a->e, "%s: the string is empty", a->c->name);
    return keep_text(a, v);
}

static bool take_pattern(const struct argument *a, struct value *v)
{
    struct err why;
    const struct word *w = a->w;
    if (!take_string(a, v))
        return false;
    if (w->quoted || pattern_literal(w->text, w->text + w->len) != w->len)
        return true;
    v->pattern = pattern_new(w->text, w->len, &why);
    return v->pattern || err_set(a->e, "%s: %.400s", a->c->name, why.text);
}

static bool take_typed(const struct argument *a, struct value *v)
{
    u32 c;
    if (!take_string(a, v))
        return false;
    for (size_t i = 0, bytes, n = 1; i < v->len; i += bytes, n++) {
        const char *at = v->text + i;
        bytes = keyboard_utf8(at, v->len - i, &c);
        if (keyboard_any(c))
            continue;
        if (bytes > 1)
            return err_set(a->e, "%s: no key of a keyboard gives \"%.*s\" (character %zu)",
                           a->c->name, (int)bytes, at, n);
        return err_set(a->e, "%s: no key of a keyboard gives character %zu (code %02Xh)",
                       a->c->name, n, (u8)*at);
    }
    return true;
}

static bool take_chord(const struct argument *a, struct value *v)
{
    const char *wrong;
    size_t wrong_len;
    v->keys = keymap_chord(a->w->text, v->key, &wrong, &wrong_len);
    if (v->keys == 1 || (v->keys && a->p->kind == PARAM_CHORD))
        return true;
    if (v->keys)
        return err_set(a->e, "%s: \"%.40s\" is more than one key", a->c->name, a->w->text);
    return err_set(a->e, "%s: no key is named \"%.*s\" (write f1, esc, ctrl-alt-del, kp_plus ...)",
                   a->c->name, (int)(wrong_len < 40 ? wrong_len : 40), wrong);
}

/* ---- words ---- */

/* Which of a PARAM_WORD's words this is, any of its names; -1: none. */
static int argument_word(const struct param *p, const char *text)
{
    size_t len = strlen(text);
    for (int i = 0; p->words[i]; i++) {
        for (const char *name = p->words[i]; *name;) {
            size_t n = strcspn(name, "|");
            if (n == len && memcmp(name, text, len) == 0)
                return i;
            name += n + (name[n] == '|');
        }
    }
    return -1;
}

/* "fda, fdb or cd" */
static void argument_words(const struct param *p, char *buf, size_t size)
{
    size_t n = 0;
    buf[0] = 0;
    for (int i = 0; p->words[i] && n < size; i++) {
        const char *between = i == 0 ? "" : p->words[i + 1] ? ", " : " or ";
        n += (size_t)snprintf(buf + n, size - n, "%s%.*s", between, (int)strcspn(p->words[i], "|"),
                              p->words[i]);
    }
}

static bool take_word(const struct argument *a, struct value *v)
{
    int i = a->w->quoted ? -1 : argument_word(a->p, a->w->text);
    v->number = i;
    if (i >= 0)
        return true;
    char names[300], what[340];
    argument_words(a->p, names, sizeof(names));
    if (a->p->optional)
        return err_set(a->e, "%s: nothing is expected after it here but %s: \"%.60s\"", a->c->name,
                       names, a->w->text);
    snprintf(what, sizeof(what), "%s: %s", a->p->what ? a->p->what : a->p->name, names);
    return err_set(a->e, "%s wants %s", a->c->name, what);
}

/* ---- files ---- */

/* A name with ${NAME} replaced. */
static bool take_file(const struct argument *a, struct value *v)
{
    if (!a->w->len)
        return wants(a, "a file name");
    if (!a->site->variables)
        return keep_text(a, v);
    FILE *f = open_memstream(&v->text, &v->len);
    if (!f)
        return err_set(a->e, "out of memory");
    bool ok = true;
    for (const char *p = a->w->text; ok && *p;) {
        const char *close = p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL;
        if (!close) {
            fputc(*p++, f);
            continue;
        }
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(close - p - 2), p + 2);
        const char *value = getenv(name);
        if (!value)
            ok = err_set(a->e, "the environment has no variable %s", name);
        else
            fputs(value, f);
        p = close + 1;
    }
    if (fclose(f) != 0 && ok)
        ok = err_set(a->e, "out of memory");
    return ok;
}

/* A file to read: found from the working directory or, failing that, beside the script. */
static bool take_input_file(const struct argument *a, struct value *v);

/* Beside the script, where what is not there yet will be. */
static bool take_new_picture(const struct argument *a, struct value *v)
{
    const char *slash = a->site->script ? strrchr(a->site->script, '/') : NULL;
    struct value named = {.given = true};
    char *beside = NULL;
    if (!a->site->new_pictures || !take_file(a, &named))
        return false;
    if (access(named.text, F_OK) != 0 && named.text[0] != '/' && slash &&
        asprintf(&beside, "%.*s/%s", (int)(slash - a->site->script), a->site->script, named.text) >
            0) {
        free(named.text);
        named.text = beside;
    }
    bool absent = access(named.text, F_OK) != 0;
    if (absent) {
        free(v->text);
        v->text = named.text;
        v->len = strlen(v->text);
    } else {
        free(named.text);
    }
    return absent;
}

static bool take_input_file(const struct argument *a, struct value *v)
{
    if (!take_file(a, v))
        return false;
    const char *script = a->site->script, *slash = script ? strrchr(script, '/') : NULL;
    if (access(v->text, R_OK) != 0 && v->text[0] != '/' && slash) {
        char *beside;
        if (asprintf(&beside, "%.*s/%s", (int)(slash - script), script, v->text) < 0)
            return err_set(a->e, "out of memory");
        if (access(beside, R_OK) == 0) {
            free(v->text);
            v->text = beside;
            v->len = strlen(beside);
        } else {
            free(beside);
        }
    }
    struct stat st;
    if (access(v->text, R_OK) != 0 || stat(v->text, &st) != 0)
        return err_set(a->e, "%s: %s", v->text, strerror(errno));
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return err_set(a->e, "%s: not a file", v->text);
    return true;
}

/* What is built in has no file (media.h). */
static bool take_medium(const struct argument *a, struct value *v)
{
    return strcmp(a->w->text, "tools:") == 0 ? keep_text(a, v) : take_input_file(a, v);
}

static bool take_folder(const struct argument *a, struct value *v)
{
    struct stat st;
    if (!take_file(a, v))
        return false;
    if (stat(v->text, &st) != 0)
        return err_set(a->e, "%s: %s", v->text, strerror(errno));
    return S_ISDIR(st.st_mode) || err_set(a->e, "%s: not a folder", v->text);
}

static bool png_possible(const struct argument *a)
{
    struct err why;
    return picture_png_supported(&why) || err_set(a->e, "%s: %.400s", a->c->name, why.text);
}

static bool take_png_in(const struct argument *a, struct value *v)
{
    struct err why;
    if (!png_possible(a))
        return false;
    if (take_new_picture(a, v))
        return true;
    if (!take_input_file(a, v))
        return false;
    return picture_load(&v->picture, v->text, &why) ||
           err_set(a->e, "%s: %.400s", a->c->name, why.text);
}

/* The rest of the line as it stands there, without the blanks at its end. */
static bool take_rest(const struct argument *a, struct value *v)
{
    return keep_text(a, v);
}

/* ---- the kinds ---- */

static const struct kind {
    bool (*take)(const struct argument *a, struct value *v);
    const char *wanted; /* when it is missing */
} kinds[] = {
    [PARAM_INT] = {take_int, "a number"},
    [PARAM_SECONDS] = {take_seconds, "a number of seconds"},
    [PARAM_INSTANT] = {take_instant,
                       "an instant: instructions (-1: one back), 5s, earliest, latest"},
    [PARAM_SPEED] = {take_speed,
                     "a speed: auto, max, 386-33, 486-66, pentium-100 and so on, or MIPS"},
    [PARAM_STRING] = {take_string, "a \"STRING\""},
    [PARAM_PATTERN] = {take_pattern, "a \"STRING\" or a /regular expression/"},
    [PARAM_TYPED] = {take_typed, "a \"STRING\""},
    [PARAM_CHORD] = {take_chord, "a key, such as f1 or ctrl-alt-del"},
    [PARAM_KEY] = {take_chord, "a key, such as f1 or shift"},
    [PARAM_WORD] = {take_word, NULL},
    [PARAM_NAME] = {take_string, "a name"},
    [PARAM_FILE_IN] = {take_input_file, "a file"},
    [PARAM_MEDIUM] = {take_medium, "a file"},
    [PARAM_FILE] = {take_file, "a file name"},
    [PARAM_FILE_OUT] = {take_file, "a file name"},
    [PARAM_PNG_IN] = {take_png_in, "a PNG file"},
    [PARAM_FOLDER] = {take_folder, "a folder"},
    [PARAM_REST] = {take_rest, "a text"},
    [PARAM_COMPARE] = {take_rest, "region=X,Y,WIDTH,HEIGHT and the like"},
    [PARAM_CONDITIONS] = {take_rest, "what is to be awaited: text \"A:\\>\" or serial /login:/"},
};

bool argument_take(const struct command *c, const struct param *p, const struct command_site *site,
                   const struct word *w, struct value *v, struct err *e)
{
    struct argument a = {.c = c, .p = p, .site = site, .w = w, .e = e};
    char what[340], names[300];
    struct word otherwise;
    if (!w && p->otherwise) {
        otherwise = (struct word){.text = (char *)p->otherwise, .len = strlen(p->otherwise)};
        a.w = &otherwise;
        return kinds[p->kind].take(&a, v);
    }
    if (w) {
        v->given = true;
        return kinds[p->kind].take(&a, v);
    }
    if (p->optional)
        return true;
    if (p->kind != PARAM_WORD)
        return wants(&a, kinds[p->kind].wanted);
    argument_words(p, names, sizeof(names));
    snprintf(what, sizeof(what), "%s: %s", p->what ? p->what : p->name, names);
    return err_set(e, "%s wants %s", c->name, what);
}

void argument_free(struct value *v)
{
    free(v->text);
    picture_free(&v->picture);
    pattern_free(v->pattern);
    picture_compare_free(v->compare);
    conditions_free(v);
    *v = (struct value){.given = false};
}
