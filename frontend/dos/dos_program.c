/*
 * dos_program.c - see dos_program.h.
 */
#include "frontend/dos/dos_program.h"

#include "frontend/dos/own_config.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- finding it on the host ---- */

/* The entry that DOS would take for `name`: any case, then with .COM, .EXE, .BAT behind it. */
static bool find_name(const char *folder, const char *name, size_t n, bool program, char out[256])
{
    static const char *const added[] = {"", ".com", ".exe", ".bat"};
    DIR *d = opendir(folder);
    size_t best = program ? ARRAY_SIZE(added) : 1;
    size_t none = best;
    for (struct dirent *x; d && (x = readdir(d));) {
        for (size_t i = 0; i < best; i++) {
            if (strncasecmp(x->d_name, name, n) == 0 && strcasecmp(x->d_name + n, added[i]) == 0) {
                best = i;
                snprintf(out, 256, "%s", x->d_name);
            }
        }
    }
    if (d)
        closedir(d);
    return best < none;
}

/* The name in the folder that is nearest to a wrong one; "" if none is. */
static void nearest_in(const char *folder, const char *name, char out[256])
{
    enum { MOST = 500 };
    struct dirent **list = NULL;
    int count = scandir(folder, &list, NULL, alphasort);
    const char *names[MOST];
    int used = 0;
    for (int i = 0; i < count && used < MOST; i++)
        names[used++] = list[i]->d_name;
    const char *near = nearest_word(name, names, (size_t)used);
    snprintf(out, 256, "%s", near && near[0] != '.' ? near : "");
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

/* Where below the folder a program of this name is, "GAME/SUB/RUN.EXE"; false: nowhere near. */
static bool deeper_in(const char *folder, const char *name, unsigned depth, unsigned *patience,
                      char out[PATH_MAX])
{
    enum { DEPTH = 4 };
    char found[256], path[PATH_MAX], below[PATH_MAX];
    struct dirent **list = NULL;
    bool is = depth > 0 && find_name(folder, name, strlen(name), true, found);
    if (is)
        snprintf(out, PATH_MAX, "%s", found);
    int count = is || depth == DEPTH ? 0 : scandir(folder, &list, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *x = list[i]->d_name;
        struct stat st;
        if (!is && *patience && x[0] != '.' && (*patience)-- &&
            snprintf(path, sizeof(path), "%s/%s", folder, x) < PATH_MAX && lstat(path, &st) == 0 &&
            S_ISDIR(st.st_mode) && deeper_in(path, name, depth + 1, patience, below))
            is = snprintf(out, PATH_MAX, "%s/%s", x, below) < PATH_MAX;
        free(list[i]);
    }
    free(list);
    return is;
}

static int not_found(const char *path, const char *folder, struct err *e)
{
    char near[256];
    const char *slash = strrchr(path, '/');
    nearest_in(folder, slash ? slash + 1 : path, near);
    if (path[0] == '-') /* behind the folder or zip whose first argument names a program */
        err_set(e, "%s: there is no such program; options of ferrite dos come before the path",
                path);
    else
        err_set(e, "%s: there is no such program%s%s%s", path, *near ? "; did you mean " : "", near,
                *near ? "?" : "");
    return DOS_NOT_FOUND;
}

/* The program is not in the folder itself: where it is, or what is called nearly so. */
static int not_in_folder(const char *word, const char *root, const char *folder, struct err *e)
{
    char path[PATH_MAX];
    unsigned patience = 2000;
    if (word[0] == '-' || strpbrk(word, "/\\") || !deeper_in(root, word, 0, &patience, path))
        return not_found(word, folder, e);
    err_set(e, "%s: there is no such program; did you mean %s?", word, path);
    return DOS_NOT_FOUND;
}

/* folder and file of a path; "PROG.EXE" lies in ".". */
static bool split(const char *path, char folder[PATH_MAX], const char **file)
{
    const char *slash = strrchr(path, '/');
    *file = slash ? slash + 1 : path;
    size_t n = slash ? (size_t)(slash - path) : 0;
    return snprintf(folder, PATH_MAX, "%.*s", (int)(slash && !n ? 1 : n), slash ? path : "") <
               PATH_MAX &&
           (slash || snprintf(folder, PATH_MAX, ".") > 0);
}

static int classified(struct dos_program *p, const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    p->kind = classify_path(path, e);
    if (p->kind == PROGRAM_NONE)
        return errno == ENOENT ? DOS_NOT_FOUND : DOS_NO_PROGRAM;
    if (p->kind == PROGRAM_EXE && !strchr(slash ? slash : path, '.')) {
        err_set(e, "%s: a DOS finds programs by the end of their names; call this one .EXE", path);
        return DOS_NO_PROGRAM;
    }
    return 0;
}

/* A link that leads out of its folder leads the guest nowhere: then it is the target's folder. */
static void follow_link(struct dos_program *p)
{
    char path[2 * PATH_MAX], real[PATH_MAX];
    size_t n = strlen(p->folder);
    snprintf(path, sizeof(path), "%s/%s", p->folder, p->file);
    if (!realpath(path, real) || (strncmp(real, p->folder, n) == 0 && real[n] == '/') || n == 1)
        return;
    char *slash = strrchr(real, '/');
    snprintf(p->file, sizeof(p->file), "%s", slash + 1);
    slash[slash == real] = 0;
    snprintf(p->folder, sizeof(p->folder), "%s", real);
}

int dos_program_find(struct dos_program *p, const char *path, struct err *e)
{
    char folder[PATH_MAX], name[256], other[PATH_MAX + 256];
    const char *file;
    int status = classified(p, path, e);
    *p->file = 0;
    if (!split(path, folder, &file)) {
        err_set(e, "%.200s...: the path is too long", path);
        return DOS_NOT_FOUND;
    }
    if (status == DOS_NOT_FOUND) {
        if (!*file || !find_name(folder, file, strlen(file), true, name))
            return not_found(path, folder, e);
        snprintf(other, sizeof(other), "%s/%s", folder, name);
        status = classified(p, other, e);
        file = name;
    }
    if (status)
        return status;
    const char *whole = p->kind == PROGRAM_FOLDER ? path : folder;
    if (p->kind == PROGRAM_FOLDER && file == name)
        whole = other;
    if (!realpath(whole, p->folder)) {
        err_set(e, "%s: %s", whole, strerror(errno));
        return DOS_NOT_FOUND;
    }
    if (p->kind != PROGRAM_FOLDER) {
        snprintf(p->file, sizeof(p->file), "%s", file);
        if (p->kind != PROGRAM_CD)
            follow_link(p);
    }
    return 0;
}

/* Programs of a zip whose user has named none. */
struct candidates {
    unsigned all, likely;      /* likely: no helpers */
    unsigned patience;         /* names that are still looked at */
    char likely_one[PATH_MAX]; /* the first of these, below the folder */
    char one[PATH_MAX];        /* the first of all */
    char names[sizeof(((struct dos_program *)0)->several)];
    char instead[sizeof(((struct dos_program *)0)->instead)]; /* the first that is something else */
};

/* What comes with games and is not the game: by the beginning of its name. */
static bool is_helper(const char *name)
{
    static const char *const helpers[] = {"setup",  "install", "uninst", "config",  "setsound",
                                          "sndset", "dos4gw",  "dos32a", "cwsdpmi", "pmodew",
                                          "readme", "order",   "help",   "register"};
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
        if (strncasecmp(name, helpers[i], strlen(helpers[i])) == 0)
            return true;
    }
    return false;
}

static void add_candidate(struct candidates *c, const char *below, const char *name)
{
    size_t used = strlen(c->names), room = sizeof(c->names) - used;
    if (!c->all++)
        snprintf(c->one, sizeof(c->one), "%s", below);
    if (!is_helper(name) && !c->likely++)
        snprintf(c->likely_one, sizeof(c->likely_one), "%s", below);
    if (strlen(below) + sizeof(" ...") < room)
        snprintf(c->names + used, room, "%s%s", used ? " " : "", below);
    else if (room > sizeof(" ...") && strcmp(c->names + used - 3, "...") != 0)
        strcpy(c->names + used, " ...");
}

static bool named_program(const char *name)
{
    return has_extension(name, ".exe") || has_extension(name, ".com") ||
           has_extension(name, ".bat");
}

static bool named_image(const char *name)
{
    static const char *const endings[] = {".img", ".ima", ".flp", ".vfd", ".dsk", ".iso", ".cue"};
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        if (has_extension(name, endings[i]))
            return true;
    }
    return false;
}

/* A file that is no program, though its owner may have hoped that it would run. */
static void note_other(struct candidates *c, const char *below, const char *name,
                       const struct err *why)
{
    const char *is = why ? strstr(why->text, ": it is ") : NULL;
    if (*c->instead)
        return;
    if (is)
        snprintf(c->instead, sizeof(c->instead), "%.150s %s", below, is + strlen(": it "));
    else if (named_image(name))
        snprintf(c->instead, sizeof(c->instead),
                 "%.150s is a disk's image: unpack it, and say ferrite %.150s", below, name);
}

/* `below`: where in the folder; "" is the folder itself. */
static void look_for_programs(struct candidates *c, const char *folder, const char *below,
                              unsigned depth)
{
    enum { DEPTH = 5 };
    struct dirent **list = NULL;
    char path[PATH_MAX], next[PATH_MAX];
    struct err e;
    int here = snprintf(path, sizeof(path), "%s/%s", folder, below);
    int count = here < PATH_MAX ? scandir(path, &list, NULL, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        const char *name = list[i]->d_name;
        struct stat st;
        if (name[0] == '.' || !c->patience ||
            snprintf(next, sizeof(next), "%s%s%s", below, *below ? "/" : "", name) >= PATH_MAX ||
            snprintf(path, sizeof(path), "%s/%s", folder, next) >= PATH_MAX ||
            lstat(path, &st) != 0)
            continue;
        c->patience--;
        if (S_ISDIR(st.st_mode) && depth < DEPTH)
            look_for_programs(c, folder, next, depth + 1);
        else if (!S_ISREG(st.st_mode) || !named_program(name))
            note_other(c, next, name, NULL);
        else if (classify_path(path, &e) == PROGRAM_NONE)
            note_other(c, next, name, &e);
        else
            add_candidate(c, next, name);
    }
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

/* The only program of a zip, or the only one that is no helper; false: there are several, or none.
 */
static bool find_only(struct dos_program *p, char out[PATH_MAX])
{
    struct candidates *c = calloc(1, sizeof(*c));
    if (!c)
        return false;
    c->patience = 5000;
    look_for_programs(c, p->folder, "", 0);
    bool only = c->all == 1 || c->likely == 1;
    if (only) {
        snprintf(out, PATH_MAX, "%s", c->all == 1 ? c->one : c->likely_one);
        p->chosen = c->all > 1 || strchr(out, '/');
    } else if (c->all) {
        snprintf(p->several, sizeof(p->several), "%s", c->names);
    } else {
        snprintf(p->instead, sizeof(p->instead), "%s",
                 *c->instead ? c->instead : "None of its files ends in .EXE, .COM or .BAT");
    }
    free(c);
    return only;
}

int dos_program_in_folder(struct dos_program *p, const char *word, bool only, struct err *e)
{
    char path[PATH_MAX], name[PATH_MAX];
    size_t used = 0;
    p->kind = PROGRAM_NONE;
    p->chosen = false;
    *p->file = *p->several = *p->instead = 0;
    if (!word && (!only || !find_only(p, name)))
        return 0;
    word = word ? word : name;
    snprintf(path, sizeof(path), "%s", p->folder);
    /* Each part by itself, with either kind of slash, and none that leads out. */
    for (const char *part = word; *part;) {
        char found[256];
        size_t n = strcspn(part, "/\\"), at = strlen(path);
        bool last = !part[n];
        if (!n || part[0] == '.' || !find_name(path, part, n, last, found) ||
            at + strlen(found) + 2 > sizeof(path))
            return not_in_folder(word, p->folder, path, e);
        used += (size_t)snprintf(p->file + used, sizeof(p->file) - used, "%s%s", used ? "/" : "",
                                 found);
        snprintf(path + at, sizeof(path) - at, "/%s", found);
        part += n + !last;
    }
    int status = classified(p, path, e);
    if (!status && p->kind != PROGRAM_EXE && p->kind != PROGRAM_COM && p->kind != PROGRAM_BATCH) {
        err_set(e, "%s: is a %s, not a program", word, p->kind == PROGRAM_ZIP ? "zip" : "folder");
        status = DOS_NO_PROGRAM;
    }
    return status;
}

/* ---- the guest's words ---- */

/* An argument that is a file below the folder, but not as DOS writes it: "sub/long name.txt". */
static bool as_dos_path(const struct dos_program *p, const char *argument, char out[DOS_PATH + 2],
                        char letter)
{
    char real[PATH_MAX], path[DOS_PATH];
    size_t n = strlen(p->folder);
    bool long_name = strlen(argument) > 12;
    if (!strchr(argument, '/') && !long_name && !strpbrk(argument, " +,;=[]"))
        return false; /* DOS' own spelling is left as it was typed */
    if (!realpath(argument, real) || strncmp(real, p->folder, n) != 0 || real[n] != '/' ||
        !dos_path(p->folder, real + n + 1, path))
        return false;
    snprintf(out, DOS_PATH + 2, "%c:%s", letter, path);
    return true;
}

/* What an argument is to the guest: a path of its own, or the same text in its code page. */
static bool guest_word(const struct dos_program *p, const char *argument, char letter,
                       char out[TAIL_LINE_MAX], struct err *e)
{
    char path[DOS_PATH + 2];
    if (!as_dos_path(p, argument, path, letter))
        return dos_text(argument, "arguments", out, TAIL_LINE_MAX, e);
    snprintf(out, TAIL_LINE_MAX, "%s", path);
    return true;
}

static bool make_tail(struct dos_program *p, const struct dos_options *o, char *const *arguments,
                      int count, struct err *e)
{
    if (o->tail && count)
        return err_set(e, "-tail and arguments: say one of them");
    if (o->tail) {
        char text[TAIL_LINE_MAX];
        return dos_text(o->tail, "-tail", text, sizeof(text), e) && tail_exact(&p->tail, text, e);
    }
    char(*words)[TAIL_LINE_MAX] = calloc((size_t)count + 1, sizeof(*words));
    char **list = calloc((size_t)count + 1, sizeof(*list));
    bool ok = (words && list) || err_set(e, "out of memory");
    for (int i = 0; ok && i < count; i++) {
        ok = guest_word(p, arguments[i], o->letter, words[i], e);
        list[i] = words[i];
    }
    ok = ok && tail_from_arguments(&p->tail, count, list, e);
    free(words);
    free(list);
    return ok;
}

/* NAME=VALUE behind the strings that are there, in place of one of the same name. */
static bool set_variable(struct dos_program *p, size_t *used, const char *text, struct err *e)
{
    char bytes[DOS_ENVIRONMENT];
    if (!dos_text(text, "-e", bytes, sizeof(bytes), e))
        return false;
    size_t name = strcspn(bytes, "=") + 1, n = strlen(bytes) + 1;
    for (size_t i = 0; i < name; i++)
        bytes[i] = (char)toupper((unsigned char)bytes[i]);
    for (char *at = p->environment; *at; at += strlen(at) + 1) {
        if (strncmp(at, bytes, name) == 0) {
            size_t old = strlen(at) + 1;
            memmove(at, at + old, *used + 1 - (size_t)(at - p->environment) - old);
            *used -= old;
            break;
        }
    }
    if (!bytes[name]) /* "NAME=" */
        return true;
    if (*used + n + 1 > sizeof(p->environment) - 1)
        return err_set(e, "-e %.60s...: the environment is full (4 KB)", text);
    memcpy(p->environment + *used, bytes, n);
    *used += n;
    p->environment[*used] = 0;
    return true;
}

/* A path list of the DOS found, with our drive behind it. */
static bool set_own(struct dos_program *p, size_t *used, const char *text, char letter,
                    struct err *e)
{
    char line[300];
    bool path = strncasecmp(text, "PATH=", 5) == 0;
    if (snprintf(line, sizeof(line), path ? "%s;%c:\\" : "%s", text, letter) >= (int)sizeof(line))
        return true; /* too long to be told from damage: the usual one stays */
    return set_variable(p, used, line, e);
}

static bool set_card(struct dos_program *p, size_t *used, const char *name, const struct row *row,
                     struct err *e)
{
    char text[60];
    return !vm_sound_card_variable(name, row, text, sizeof(text)) || set_variable(p, used, text, e);
}

/* Where programs find the sound cards: as -sound and -device say, or as every machine has one. */
static bool set_cards(struct dos_program *p, size_t *used, const struct options *o, struct err *e)
{
    const struct devices *d = &o->devices;
    const char *name = o->sound ? o->sound : vm_sound_card_name(0);
    const struct row *row = NULL;
    for (unsigned i = 0; i < d->rows && !row; i++) {
        for (unsigned j = 0; vm_sound_card_name(j) && !row; j++) {
            if (strcmp(d->row[i]->driver, vm_sound_card_name(j)) == 0)
                row = d->row[i];
        }
    }
    if (!set_card(p, used, row ? row->driver : name, row, e))
        return false;
    for (unsigned i = 0; i < d->rows; i++) {
        if (strcmp(d->row[i]->driver, "gus") == 0)
            return set_card(p, used, "gus", d->row[i], e);
    }
    return true;
}

static bool make_environment(struct dos_program *p, const struct dos_options *o,
                             const char *autoexec, size_t autoexec_size, struct err *e)
{
    char shell[DOS_PATH + 12], path[32], temp[16], tmp[16], own[256];
    size_t used = 0, at = 0;
    snprintf(shell, sizeof(shell), "COMSPEC=%s", p->shell);
    snprintf(path, sizeof(path), "PATH=%c:\\;%c:\\", p->shell[0], o->letter);
    snprintf(temp, sizeof(temp), "TEMP=%c:\\", p->shell[0]);
    snprintf(tmp, sizeof(tmp), "TMP=%c:\\", p->shell[0]);
    const char *const usual[] = {shell, path, "PROMPT=$P$G", temp, tmp};
    memset(p->environment, 0, sizeof(p->environment));
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        if (!set_variable(p, &used, usual[i], e))
            return false;
    }
    if (!set_cards(p, &used, &o->machine, e))
        return false;
    while (own_variable(autoexec, autoexec_size, &at, own, sizeof(own))) {
        if (!set_own(p, &used, own, o->letter, e))
            return false;
    }
    for (unsigned i = 0; i < o->variables; i++) {
        if (!set_variable(p, &used, o->variable[i], e))
            return false;
    }
    return true;
}

/* "\SUB\PROG.EXE" of this drive, in its own directory. Cuts the path. */
static void start_at(struct dos_program *p, char letter, char *path)
{
    snprintf(p->program, sizeof(p->program), "%c:%s", letter, path);
    char *slash = strrchr(path, '\\');
    slash[slash == path] = 0;
    snprintf(p->directory, sizeof(p->directory), "%c:%s", letter, path);
}

bool dos_program_words(struct dos_program *p, const struct dos_options *o, char *const *arguments,
                       int count, const char *autoexec, size_t autoexec_size, struct err *e)
{
    char path[DOS_PATH];
    if (strcmp(p->cd_file, "\\") == 0) {
        snprintf(p->program, sizeof(p->program), "%s", p->shell);
        snprintf(p->directory, sizeof(p->directory), "%c:\\", o->cd_letter);
    } else if (*p->cd_file) {
        start_at(p, o->cd_letter, p->cd_file);
    } else if (!*p->file) { /* a prompt, in the folder's root */
        snprintf(p->program, sizeof(p->program), "%s", p->shell);
        snprintf(p->directory, sizeof(p->directory), "%c:\\", o->letter);
    } else if (dos_path(p->folder, p->file, path)) {
        start_at(p, o->letter, path);
    } else {
        return err_set(e, "%s/%s: its folders cannot be read, or are too deep for DOS", p->folder,
                       p->file);
    }
    return make_tail(p, o, arguments, count, e) &&
           make_environment(p, o, autoexec, autoexec_size, e);
}
