/*
 * commands_change.c - `ferrite set`, `clone`, `rm` and `snapshot`. See commands.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/command_line.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/new.h"
#include "frontend/machines/own_paths.h"
#include "frontend/machines/snapshots.h"
#include "hw/base/clean.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Open it for a change: nobody may be running it. *lock is to be closed at the end. */
static bool open_off(struct config *s, const char *machine, int *lock, struct err *e)
{
    if (!config_open(s, machine, e))
        return false;
    *lock = home_lock(s->folder, e);
    if (*lock < 0)
        config_close(s);
    return *lock >= 0;
}

static void close_off(struct config *s, int lock)
{
    config_close(s);
    close(lock);
}

/* ---- set ---- */

/* false: what is near, in this section or another. */
static bool no_such_key(const char *section, const char *key, struct err *e)
{
    bool known = key_section(section);
    const char *in = known ? section : key_nearest_section(section);
    const char *near = known ? key_nearest(section, key) : in && key_find(in, key) ? key : NULL;
    if (!near && (in = key_elsewhere(key)))
        near = key;
    if (!near)
        return err_set(e, "set: there is no %s.%s; ferrite info shows what there is", section, key);
    bool point = in[strlen(in) - 1] == '.'; /* [drive.NAME] */
    return err_set(e, "set: there is no %s.%s; did you mean %s%s%s", section, key, in,
                   point ? "NAME." : ".", near);
}

static bool set_one(struct config *s, const char *word, struct err *e)
{
    char name[2 * INI_NAME_MAX + 2];
    const char *sign = strchr(word, '=');
    size_t n = sign ? (size_t)(sign - word) : 0;
    if (!sign || n >= sizeof(name))
        return err_set(e, "set: \"%.60s\": say SECTION.NAME=VALUE, as ferrite info shows them",
                       word);
    memcpy(name, word, n);
    name[n] = 0;
    /* The last point: a drive's section has one of its own. */
    char *point = strrchr(name, '.');
    if (!point || point == name || !point[1])
        return err_set(e, "set: \"%s\": say SECTION.NAME=VALUE, as ferrite info shows them", name);
    *point = 0;
    const char *section = name, *key = point + 1;
    const struct key *k = key_find(section, key);
    if (!k)
        return no_such_key(section, key, e);
    if (k->when == WHEN_NEW)
        return err_set(e, "set: %s.%s stays as the machine was made", section, key);
    if (!sign[1])
        return ini_remove(&s->ini, section, key) ||
               err_set(e, "set: %s.%s is not set", section, key);
    return key_check(k, section, sign + 1, e) && ini_set(&s->ini, section, key, sign + 1, e);
}

/* Values that are options are looked at by those: would the machine start with them? */
static bool would_start(struct config *s, struct err *e)
{
    struct command_line line;
    struct options o;
    if (!config_check(s, e) || !command_line_make(&line, s, 0, NULL, e))
        return false;
    bool ok = options_parse(&o, line.argc, line.argv, e);
    const char *names[64];
    unsigned count = 0;
    while (ok && o.cpu && count < 64 && (names[count] = vm_cpu_name(count)))
        count++;
    bool known = !o.cpu;
    for (unsigned i = 0; ok && i < count; i++)
        known |= strcmp(o.cpu, names[i]) == 0;
    if (ok && !known) {
        const char *near = nearest_word(o.cpu, names, count);
        ok = err_set(e, "cpu.model = %.60s: there is no such processor%s%s (-cpu help lists them)",
                     o.cpu, near ? "; did you mean " : "", near ? near : "");
    }
    options_free(&o);
    command_line_free(&line);
    return ok;
}

/*
 * A machine is started by the name of its folder. When it is called otherwise from now on than it
 * `was`: *to is where it goes, else NULL. One that lies elsewhere than the others stays there.
 */
static bool new_place(const struct config *s, const char *was, char **to, struct err *e)
{
    const char *name = ini_get(&s->ini, "machine", "name", NULL), *slash = strrchr(s->folder, '/');
    *to = NULL;
    if (!name || !*name || strcmp(name, was) == 0 || !slash || strcmp(name, slash + 1) == 0)
        return true;
    char *folder = home_new(name, e);
    if (!folder)
        return false;
    size_t n = (size_t)(slash - s->folder) + 1;
    bool among = strncmp(folder, s->folder, n) == 0;
    bool ok = !among || access(folder, F_OK) != 0 ||
              err_set(e, "there is a machine \"%s\" already, in %s", name, folder);
    if (ok && among)
        *to = folder;
    else
        free(folder);
    return ok;
}

/* Where that fails it is called as it was. */
static bool move_to(struct config *s, const char *was, const char *to, FILE *out, struct err *e)
{
    struct err ignored;
    if (!own_paths_move(s, s->folder, to, e) || !ini_save(&s->ini, e))
        return false;
    if (rename(s->folder, to) == 0) {
        clean_printf(out, "it is in %s now: ferrite run \"%s\"\n", to, strrchr(to, '/') + 1);
        return true;
    }
    err_set(e, "%s: %s", to, strerror(errno));
    own_paths_move(s, to, s->folder, &ignored);
    if (*was ? ini_set(&s->ini, "machine", "name", was, &ignored)
             : ini_remove(&s->ini, "machine", "name"))
        ini_save(&s->ini, &ignored);
    return false;
}

int set_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct config s;
    struct err e;
    int lock;
    if (argc < 2) {
        err_set(&e, "set wants a machine, and SECTION.NAME=VALUE as often as you like");
        return subcommand_refused(messages, &e);
    }
    if (!open_off(&s, argv[0], &lock, &e))
        return subcommand_refused(messages, &e);
    const char *name = ini_get(&s.ini, "machine", "name", NULL);
    char *was = strdup(name ? name : "");
    bool ok = was || err_set(&e, "out of memory");
    for (int i = 1; ok && i < argc; i++) {
        char *both = NULL; /* "memory.mb 32" as "memory.mb=32" */
        if (!strchr(argv[i], '=') && i + 1 < argc && !strchr(argv[i + 1], '=')) {
            ok =
                asprintf(&both, "%s=%s", argv[i], argv[i + 1]) >= 0 || err_set(&e, "out of memory");
            i++;
        }
        ok = ok && set_one(&s, both ? both : argv[i], &e);
        free(both);
    }
    char *to = NULL;
    ok = ok && would_start(&s, &e) && new_place(&s, was, &to, &e) &&
         own_paths_relative(&s, s.folder, NULL, &e) && ini_save(&s.ini, &e) &&
         (!to || own_paths_of_snapshots(s.folder, s.folder, &e));
    if (ok) /* it may be plugged in later */
        config_say_missing(&s, out);
    if (ok && to)
        ok = move_to(&s, was, to, out, &e);
    free(was);
    free(to);
    close_off(&s, lock);
    return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
}

/* ---- clone ---- */

/* In the copy, which is to be in `to`: another uuid, another address, and paths into the old folder
 * lead into the new. */
static bool make_another(const char *folder, const char *name, const char *old, const char *to,
                         struct err *e)
{
    struct config s;
    char uuid[37], mac[18];
    if (!config_open(&s, folder, e))
        return false;
    bool ok = new_uuid(uuid, e) && new_mac(mac, e) && ini_set(&s.ini, "machine", "uuid", uuid, e) &&
              ini_set(&s.ini, "machine", "name", name, e) &&
              (!ini_get(&s.ini, "net", "mac", NULL) || ini_set(&s.ini, "net", "mac", mac, e)) &&
              own_paths_relative(&s, old, NULL, e) && own_paths_move(&s, old, to, e) &&
              own_paths_of_snapshots(folder, old, e) && ini_save(&s.ini, e);
    config_close(&s);
    return ok;
}

int clone_command(int argc, char **argv, FILE *out, FILE *messages)
{
    static const char *const left_out[] = {"lock", "last-run", "machine.ini.new", NULL};
    struct config s;
    struct err e;
    int lock;
    if (argc != 2) {
        err_set(&e, "clone wants a machine and the new one's name");
        return subcommand_refused(messages, &e);
    }
    char *folder = home_new(argv[1], &e), *making = NULL;
    if (!folder)
        return subcommand_refused(messages, &e);
    if (access(folder, F_OK) == 0) {
        err_set(&e, "there is a machine \"%s\" already", argv[1]);
        free(folder);
        return subcommand_refused(messages, &e);
    }
    bool ok = open_off(&s, argv[0], &lock, &e);
    if (!ok) {
        free(folder);
        return subcommand_refused(messages, &e);
    }
    char *slash = strrchr(folder, '/');
    ok = snapshots_whole(&s, &e) &&
         (asprintf(&making, "%.*s/.clone-%s", (int)(slash - folder), folder, slash + 1) >= 0 ||
          err_set(&e, "out of memory"));
    ok = ok && files_remove_tree(making, &e) && files_copy_tree(s.folder, making, left_out, &e) &&
         make_another(making, argv[1], s.folder, folder, &e) &&
         (rename(making, folder) == 0 || err_set(&e, "%s: %s", folder, strerror(errno)));
    if (!ok && making)
        files_remove_tree(making, NULL);
    if (ok)
        clean_printf(out, "%s is a copy of %s, in %s\n", argv[1], config_name(&s), folder);
    free(making);
    free(folder);
    close_off(&s, lock);
    return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
}

/* ---- rm ---- */

struct rm {
    bool yes;
};

static const struct option rm_rows[] = {
    OPTION_FLAG_ROW(struct rm, "y", yes, "do not ask"),
};

const struct option_table rm_options = {rm_rows, ARRAY_SIZE(rm_rows)};

/* From the terminal; anything but y is no. */
static bool asked(FILE *out)
{
    char line[20] = "";
    fflush(out);
    return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

int rm_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct rm o = {0};
    struct config s;
    struct err e;
    int lock, rest;
    char size[20];
    if (!option_parse(rm_options, &o, argc, argv, 0, &rest, &e))
        return subcommand_refused(messages, &e);
    if (rest + 1 != argc) {
        err_set(&e, "rm wants one machine: ferrite rm [-y] MACHINE");
        return subcommand_refused(messages, &e);
    }
    if (!open_off(&s, argv[rest], &lock, &e))
        return subcommand_refused(messages, &e);
    if (!o.yes) {
        if (!isatty(STDIN_FILENO)) {
            close_off(&s, lock);
            err_set(&e, "rm asks first, and nobody is there to answer: say -y");
            return subcommand_refused(messages, &e);
        }
        clean_printf(out, "Remove %s with its disks and %u snapshots (%s, %s) for ever? [n] ",
                     config_name(&s), snapshots_count(&s),
                     files_size_text(files_room(s.folder), size), s.folder);
        if (!asked(out)) {
            close_off(&s, lock);
            fputs("Nothing was removed.\n", out);
            return SUBCOMMAND_FAILED;
        }
    }
    /* Its file first: what is left after an interruption is no machine any more. */
    char *gone = NULL;
    char *slash = strrchr(s.folder, '/');
    bool ok = asprintf(&gone, "%.*s/.gone-%s", (int)(slash - s.folder), s.folder, slash + 1) >= 0 ||
              err_set(&e, "out of memory");
    ok = ok && files_remove_tree(gone, &e) &&
         (rename(s.folder, gone) == 0 || err_set(&e, "%s: %s", s.folder, strerror(errno))) &&
         files_remove_tree(gone, &e);
    free(gone);
    close_off(&s, lock);
    return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
}

/* ---- snapshot ---- */

int snapshot_command(int argc, char **argv, FILE *out, FILE *messages)
{
    static const char *const words[] = {"take", "list", "restore", "rm", "off"};
    struct config s;
    struct err e;
    int lock;
    const char *what = argc > 0 ? argv[0] : "";
    bool list = strcmp(what, "list") == 0, take = strcmp(what, "take") == 0;
    bool restore = strcmp(what, "restore") == 0, off = strcmp(what, "off") == 0;
    if (!list && !take && !restore && !off && strcmp(what, "rm") != 0) {
        const char *near = nearest_word(what, words, ARRAY_SIZE(words));
        err_set(&e, "snapshot%s%.40s: say take, list, restore, rm or off%s%s", *what ? " " : "",
                what, near ? "; did you mean " : "", near ? near : "");
        return subcommand_refused(messages, &e);
    }
    if (list || off ? argc != 2 : argc < 3 || argc > 3 + take) {
        err_set(&e, "snapshot %s wants %s", what,
                list || off ? "a machine"
                : take      ? "a machine, a name, and a note if you like"
                            : "a machine and a snapshot's name");
        return subcommand_refused(messages, &e);
    }
    if (list) { /* also of a machine that runs */
        bool ok = config_open(&s, argv[1], &e);
        if (ok) {
            ok = snapshots_list(&s, out, &e);
            config_close(&s);
        }
        return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
    }
    if (!open_off(&s, argv[1], &lock, &e))
        return subcommand_refused(messages, &e);
    bool memory = false;
    bool ok = take      ? snapshots_take(&s, argv[2], argc > 3 ? argv[3] : NULL, NULL, &e)
              : restore ? snapshots_restore(&s, argv[2], NULL, &memory, &e)
              : off     ? true
                        : snapshots_remove(&s, argv[2], &e);
    if (off)
        snapshots_resumed(&s); /* as if the power had failed */
    if (ok && memory)
        clean_printf(out, "%s goes on from \"%s\" when it runs next\n", config_name(&s), argv[2]);
    close_off(&s, lock);
    return ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
}
