/*
 * command_complete.c - what may stand at the end of a line that is being typed. See command.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/command.h"

#include "frontend/control/command_words.h"
#include "frontend/control/control.h"
#include "frontend/control/speed.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { LOOK_AT_FILES = 20000 };

struct completing {
    const struct control *c;
    struct words before; /* whole words of the line */
    char *prefix;        /* of the word at its end, as it is meant */
    bool quoted;
    struct completions *out;
};

/* ---- candidates ---- */

/* `text` of `len` bytes becomes one if it begins as what was typed, and is none yet. */
static void offer(struct completing *k, const char *text, size_t len)
{
    struct completions *out = k->out;
    size_t prefix = strlen(k->prefix);
    if (out->count == COMPLETIONS || len < prefix || memcmp(text, k->prefix, prefix) != 0)
        return;
    for (unsigned i = 0; i < out->count; i++) {
        if (strlen(out->candidate[i]) == len && memcmp(out->candidate[i], text, len) == 0)
            return;
    }
    char *copy = strndup(text, len);
    if (copy)
        out->candidate[out->count++] = copy;
}

/* As a word of a line; a folder's string stays open. */
static void offer_file(struct completing *k, const char *name, bool folder)
{
    bool quote = k->quoted || strpbrk(name, " \t\"#") != NULL || name[0] == 0;
    char *word = NULL;
    size_t len;
    if (k->out->count == COMPLETIONS)
        return;
    FILE *f = open_memstream(&word, &len);
    if (!f)
        return;
    fputs(quote ? "\"" : "", f);
    for (const char *p = name; *p; p++)
        fprintf(f, "%s%c", quote && (*p == '"' || *p == '\\') ? "\\" : "", *p);
    fputs(folder ? "/" : quote ? "\"" : "", f);
    if (fclose(f) == 0)
        k->out->candidate[k->out->count++] = word;
    else
        free(word);
}

/* The word behind the ones before, in a name of several words. */
static void offer_next_word(struct completing *k, const char *name, size_t len)
{
    for (unsigned i = 0; i < k->before.count; i++) {
        const struct word *w = &k->before.word[i];
        if (len <= w->len || memcmp(name, w->text, w->len) != 0 || name[w->len] != ' ')
            return;
        name += w->len + 1;
        len -= w->len + 1;
    }
    const char *blank = memchr(name, ' ', len);
    offer(k, name, blank ? (size_t)(blank - name) : len);
}

static void offer_names(struct completing *k)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        offer_next_word(k, c->name, strlen(c->name));
        for (const char *a = c->aliases; a && *a;) {
            size_t n = strcspn(a, "|");
            offer_next_word(k, a, n);
            a += n + (a[n] == '|');
        }
    }
}

/* ---- arguments ---- */

static void offer_words(struct completing *k, const struct param *p)
{
    for (int i = 0; p->words[i]; i++) {
        for (const char *a = p->words[i]; *a;) {
            size_t n = strcspn(a, "|");
            offer(k, a, n);
            a += n + (a[n] == '|');
        }
    }
}

/* Behind the last dash of a chord. */
static void offer_keys(struct completing *k, bool chord)
{
    const char *dash = chord ? strrchr(k->prefix, '-') : NULL;
    int begun = dash ? (int)(dash + 1 - k->prefix) : 0;
    for (int key = 1; strcmp(keymap_word(key), "none") != 0; key++) {
        char word[200];
        int n = snprintf(word, sizeof(word), "%.*s%s", begun, k->prefix, keymap_word(key));
        if (n > 0 && (size_t)n < sizeof(word))
            offer(k, word, (size_t)n);
    }
}

static void offer_speeds(struct completing *k)
{
    offer(k, "auto", 4);
    for (unsigned i = 0; speed_name(i); i++)
        offer(k, speed_name(i), strlen(speed_name(i)));
}

static void offer_sources(struct completing *k)
{
    struct vm_sound s;
    offer(k, "all", 3);
    for (unsigned i = 0; k->c && vm_sound_source(k->c->vm, i, &s); i++)
        offer(k, s.name, strlen(s.name));
}

/* The first words of the list of devices. */
static void offer_devices(struct completing *k)
{
    char *list = NULL;
    size_t len;
    FILE *f = k->c ? open_memstream(&list, &len) : NULL;
    if (!f)
        return;
    vm_describe(k->c->vm, NULL, f);
    if (fclose(f) == 0) {
        for (const char *p = list; *p; p += strcspn(p, "\n"), p += *p == '\n')
            offer(k, p, strcspn(p, " \n"));
    }
    free(list);
}

static bool png(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && strcasecmp(name + len - 4, ".png") == 0;
}

static void offer_files(struct completing *k, enum param_kind kind)
{
    const char *slash = strrchr(k->prefix, '/'), *name = slash ? slash + 1 : k->prefix;
    char *folder = NULL;
    if (asprintf(&folder, "%.*s", slash ? (int)(slash + 1 - k->prefix) : 1,
                 slash ? k->prefix : ".") < 0)
        return;
    DIR *d = opendir(folder);
    free(folder);
    struct dirent *entry;
    for (int n = 0; d && n < LOOK_AT_FILES && (entry = readdir(d)); n++) {
        struct stat st;
        char *path = NULL;
        bool dots = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
        bool hidden = entry->d_name[0] == '.' && name[0] != '.';
        if (dots || hidden || strncmp(entry->d_name, name, strlen(name)) != 0 ||
            fstatat(dirfd(d), entry->d_name, &st, 0) != 0 ||
            asprintf(&path, "%.*s%s", (int)(name - k->prefix), k->prefix, entry->d_name) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            offer_file(k, path, true);
        else if (kind != PARAM_FOLDER && (kind != PARAM_PNG_IN || png(path)))
            offer_file(k, path, false);
        free(path);
    }
    if (d)
        closedir(d);
}

static void offer_argument(struct completing *k, const struct param *p)
{
    switch (p->kind) {
    case PARAM_WORD:
        offer_words(k, p);
        break;
    case PARAM_CHORD:
    case PARAM_KEY:
        offer_keys(k, p->kind == PARAM_CHORD);
        break;
    case PARAM_SPEED:
        offer_speeds(k);
        break;
    case PARAM_INSTANT:
        offer(k, "earliest", 8);
        offer(k, "latest", 6);
        break;
    case PARAM_NAME:
        if (strcmp(p->name, "source") == 0)
            offer_sources(k);
        else
            offer_devices(k);
        break;
    case PARAM_FILE_IN:
    case PARAM_MEDIUM:
    case PARAM_FILE:
    case PARAM_FILE_OUT:
    case PARAM_PNG_IN:
    case PARAM_FOLDER:
        offer_files(k, p->kind);
        break;
    case PARAM_NONE:
    case PARAM_INT:
    case PARAM_SECONDS:
    case PARAM_STRING:
    case PARAM_TYPED:
    case PARAM_PATTERN:
    case PARAM_REST:
    case PARAM_COMPARE:
    case PARAM_CONDITIONS:
        break;
    }
}

/* Behind the name of a row: its argument; by the longest name. */
static void offer_arguments(struct completing *k)
{
    char name[128] = "";
    const struct command *c = NULL;
    unsigned used = 0;
    for (unsigned i = 0, n = 0; i < k->before.count && i < 2; i++) {
        n += (unsigned)snprintf(name + n, sizeof(name) - n, "%s%s", i ? " " : "",
                                k->before.word[i].text);
        if (n >= sizeof(name))
            return;
        const struct command *longer = command_find(name, n);
        c = longer ? longer : c;
        used = longer ? i + 1 : used;
    }
    if (c && k->before.count - used < command_params(c))
        offer_argument(k, &c->param[k->before.count - used]);
}

/* ---- the line ---- */

/* Where its last word begins, which may be empty or an open string; `len` + 1: inside a comment. */
static size_t last_word(const char *line, size_t len)
{
    size_t at = 0;
    for (;;) {
        while (at < len && isspace((unsigned char)line[at]))
            at++;
        if (at == len)
            return len;
        if (line[at] == '#')
            return len + 1;
        size_t from = at;
        bool quoted = line[at] == '"';
        for (at += quoted; at < len; at++) {
            if (quoted && line[at] == '\\' && at + 1 < len)
                at++;
            else if (quoted ? line[at] == '"' : isspace((unsigned char)line[at]))
                break;
        }
        if (at == len)
            return from;
        at++; /* the quote, or a blank */
    }
}

/* What the word that is being typed means up to now. */
static bool read_prefix(struct completing *k, const char *text, size_t len)
{
    struct words w;
    char *line;
    k->quoted = len > 0 && *text == '"';
    if (!k->quoted)
        return (k->prefix = strndup(text, len)) != NULL;
    if (len > 0x10000 || asprintf(&line, "%.*s\"", (int)len, text) < 0)
        return false;
    if (words_split(&w, line, strlen(line), NULL) && w.count == 1)
        k->prefix = strdup(w.word[0].text);
    words_free(&w);
    free(line);
    return k->prefix != NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void command_complete(const struct control *c, const char *line, size_t len,
                      struct completions *out)
{
    struct completing k = {.c = c, .out = out};
    *out = (struct completions){.from = last_word(line, len)};
    if (out->from > len || memchr(line, 0, len))
        return;
    if (words_split(&k.before, line, out->from, NULL) &&
        read_prefix(&k, line + out->from, len - out->from)) {
        offer_names(&k);
        if (k.before.count)
            offer_arguments(&k);
        qsort(out->candidate, out->count, sizeof(out->candidate[0]), by_name);
    }
    words_free(&k.before);
    free(k.prefix);
}

void completions_free(struct completions *out)
{
    for (unsigned i = 0; i < out->count; i++)
        free(out->candidate[i]);
    *out = (struct completions){.count = 0};
}
