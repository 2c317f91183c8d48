/*
 * replay_command.c - `ferrite replay FILE [OPTION]...`. See replay_command.h.
 *
 * The recorded command line is given again, in the folder in which it was given. What the machine
 * was driven by (a script, a monitor) and what it wrote into (a serial port's file, the log) is
 * left out: inputs come from the recording, and nobody's files are written over.
 */
#include "frontend/replay_command.h"

#include "frontend/cli/options.h"
#include "frontend/cli/subcommand.h"
#include "frontend/run.h"
#include "frontend/timeline/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    char *word[2 * RECORDING_ARGUMENTS + 8];
    int count;
    char *made[RECORDING_ARGUMENTS]; /* to be freed */
    unsigned makes;
};

static void add(struct arguments *a, const char *word)
{
    if ((size_t)a->count + 1 < ARRAY_SIZE(a->word))
        a->word[a->count++] = (char *)(uintptr_t)word;
}

static const struct option *option_of(const char *word)
{
    const char *name = word + 1 + (word[0] == '-' && word[1] == '-');
    size_t len = strcspn(name, "=");
    for (size_t i = 0; word[0] == '-' && i < options_table.count; i++) {
        const struct option *o = &options_table.rows[i];
        if (!o->heading && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

static bool one_of(const char *name, const char *const *list)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

/*
 * What makes a machine. All else - who drove it, who saw it, what it wrote - is left out: a
 * recording may come from anybody, and what it names is read and never written.
 */
static bool is_the_machine(const char *name)
{
    static const char *const names[] = {
        "m",        "cpu",      "speed",     "jit",      "fda",       "fdb",         "hda",
        "hdb",      "hdc",      "hdd",       "cdrom",    "drive",     "boot",        "snapshot",
        "bios",     "vgabios",  "kernel",    "append",   "rtc",       "initrd",      "serial",
        "parallel", "debugcon", "chardev",   "device",   "nic",       "vga",         "netdev",
        "sound",    "share",    "no-vmport", "overscan", "no-reboot", "no-shutdown", NULL};
    return one_of(name, names);
}

/* Where a port leads: nowhere, but there is something at its end, as there was. */
static const char *port_value(struct arguments *a, const char *name, const char *value)
{
    static const char *const ports[] = {"serial", "parallel", "debugcon", NULL};
    const char *id = strstr(value, "id=");
    if (one_of(name, ports) && strcmp(value, "msmouse") != 0 && strcmp(value, "none") != 0)
        return "null";
    if (strcmp(name, "chardev") != 0 || !id || a->makes == ARRAY_SIZE(a->made))
        return value;
    size_t len = strcspn(id, ","), room = len + sizeof("null,");
    char *made = malloc(room);
    if (!made)
        return value;
    snprintf(made, room, "null,%.*s", (int)len, id);
    return a->made[a->makes++] = made;
}

static void add_recorded(struct arguments *a, const struct recording_machine *m)
{
    for (unsigned i = 1; i < m->arguments; i++) {
        const struct option *o = option_of(m->argument[i]);
        const char *value = strchr(m->argument[i], '=');
        bool apart = o && o->argument && !(m->argument[i][1] == '-' && value);
        if (!o) {
            add(a, m->argument[i]);
            continue;
        }
        if (apart && i + 1 < m->arguments)
            value = m->argument[++i];
        else if (value)
            value++;
        if (!is_the_machine(o->name))
            continue;
        add(a, m->argument[apart ? i - 1 : i]);
        if (apart)
            add(a, port_value(a, o->name, value));
    }
}

static int replay(const struct recorded *r, const char *path, int argc, char **argv)
{
    struct arguments a = {.count = 0};
    struct options o;
    struct err e;
    int status;
    add(&a, "ferrite");
    add_recorded(&a, recorded_machine(r));
    add(&a, "-replay");
    add(&a, path);
    for (int i = 0; i < argc; i++)
        add(&a, argv[i]);
    const char *folder = recorded_folder(r);
    if (*folder && chdir(folder) != 0) {
        err_set(&e, "%s: the folder in which it was recorded: %s: %s", path, folder,
                strerror(errno));
        return run_refused(&e);
    }
    status = options_parse(&o, a.count, a.word, &e) ? run(&o) : run_refused(&e);
    options_free(&o);
    for (unsigned i = 0; i < a.makes; i++)
        free(a.made[i]);
    return status;
}

int replay_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct err e;
    (void)out;
    if (argc < 1 || argv[0][0] == '-') {
        err_set(&e, "replay wants a recording first (ferrite -record FILE makes one)");
        return subcommand_refused(messages, &e);
    }
    char *path = realpath(argv[0], NULL);
    struct recorded *r = recorded_open(path ? path : argv[0], &e);
    int status = SUBCOMMAND_ASKED_WRONGLY;
    if (r)
        status = replay(r, path, argc - 1, argv + 1);
    else
        status = subcommand_refused(messages, &e);
    recorded_free(r);
    free(path);
    return status;
}
