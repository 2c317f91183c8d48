/*
 * new.c - the questions, and their checks. See new.h; making the folder is in new_make.c.
 *
 * They are those of the introductions to virtual machines: what for, which system, its name,
 * memory, storage, connections, who may come in, how safe, which copies. Each is an option, too.
 */
#define _GNU_SOURCE /* getline */
#include "frontend/machines/new.h"
#include "frontend/cli/options.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TEXT(...) OPTION_TEXT_ROW(struct answers, OPTION_ONCE, __VA_ARGS__)

static const struct option rows[] = {
    OPTION_HEADING("Answers"),
    TEXT("for", "GUEST", guest, "dos win3 win9x winnt linux teaching malware",
         "the kind of system: dos, win3, win9x, winnt, linux, teaching, malware"),
    TEXT("memory", "MB", memory, NULL, "memory in megabytes"),
    TEXT("storage", "SIZE|FILE|none", storage, NULL,
         "a new, empty hard disk of that size (2G), an image that you have, or none"),
    TEXT("cd", "FILE", cd, NULL, "a CD image for the CD drive"),
    TEXT("floppy", "FILE", floppy, NULL, "a floppy image for drive A:"),
    TEXT("network", "MODE", network, "none user lan:",
         "none, user (the host's network behind NAT), lan:NAME (other machines of yours)"),
    TEXT(
        "forward", "PORTS", forward, NULL,
        "with -network user: ports of this host that lead in, like tcp::2222-:22, apart by blanks"),
    TEXT("throwaway", "yes|no", throwaway, "yes no",
         "yes: what the guest writes to its disks is gone at the end of each run"),
    TEXT("sandbox", "on|strict|off", sandbox, "on strict off",
         "what its process gives up once its files are open, as ferrite's option"),
    TEXT("backup", "DIR|none", backup, NULL, "the folder in which ferrite backup puts its files"),
    OPTION_FLAG_ROW(struct answers, "y", preset, "ask nothing; what is not said is as preset"),
};

const struct option_table new_options = {rows, ARRAY_SIZE(rows)};

/* ---- one question after the other ---- */

struct question {
    const char *text, *meaning;
    bool later; /* can it be changed with ferrite set? */
    size_t offset;
};

#define AT(member) offsetof(struct answers, member)

static const struct question questions[] = {
    {"What is it for?", NULL, true, AT(guest)},
    {"Its name?", "What you will start it by: ferrite run NAME.", true, AT(name)},
    {"Memory, in megabytes?", "Taken from this computer only as the guest uses it.", true,
     AT(memory)},
    {"Its hard disk?",
     "A size makes an empty one, which takes room only as it is filled; a file is an image that "
     "you "
     "have, used where it is; none.",
     false, AT(storage)},
    {"A CD to put in?", "An .iso or .cue file, to install from, or none.", true, AT(cd)},
    {"A floppy to put in?", "An image file, or none.", true, AT(floppy)},
    {"Its network?",
     "none: nothing gets in or out; user: the guest reaches the net as this computer's programs "
     "do, "
     "nobody reaches it; lan:NAME: only other machines of yours on that LAN.",
     true, AT(network)},
    {"Ports of this computer that lead into it?",
     "With user only; like tcp::2222-:22, apart by blanks, or none.", true, AT(forward)},
    {"Throw away at the end of each run what it wrote to its disks?",
     "yes is for tries and for what one does not trust.", true, AT(throwaway)},
    {"What may its process reach?",
     "on: its own images and folders, and no program or connection but those that you gave it; "
     "strict: what is forbidden ends it at once; off: what you may.",
     true, AT(sandbox)},
    {"A folder for its backups?", "ferrite backup NAME writes them; none: decide then.", true,
     AT(backup)},
};

static const char **field(struct answers *a, const struct question *q)
{
    return (const char **)((char *)a + q->offset);
}

static const struct preset *preset_of(const struct answers *a)
{
    const struct preset *p = a->guest ? preset_find(a->guest) : NULL;
    return p ? p : preset_at(0);
}

static const char *preset_or(const struct answers *a, const char *section, const char *key,
                             const char *otherwise)
{
    const char *value = preset_value(preset_of(a), section, key);
    const struct key *k = key_find(section, key);
    return value ? value : k && k->otherwise ? k->otherwise : otherwise;
}

static const char *preset_answer(const struct answers *a, const struct question *q)
{
    if (q->offset == AT(guest))
        return "dos";
    if (q->offset == AT(name))
        return preset_of(a)->name;
    if (q->offset == AT(memory))
        return preset_or(a, "memory", "mb", "64");
    if (q->offset == AT(storage))
        return preset_of(a)->storage;
    if (q->offset == AT(network))
        return preset_or(a, "net", "mode", "none");
    if (q->offset == AT(throwaway))
        return preset_or(a, "security", "throwaway", "no");
    if (q->offset == AT(sandbox))
        return preset_or(a, "security", "sandbox", "on");
    return "none";
}

/* What makes no sense after the answers so far is not asked. */
static bool concerns(const struct answers *a, const struct question *q)
{
    return q->offset != AT(forward) || (a->network && strcmp(a->network, "user") == 0);
}

static bool none(const char *value)
{
    return !value || strcasecmp(value, "none") == 0 || !*value;
}

static bool check_file(const char *what, const char *path, struct err *e)
{
    return none(path) || access(path, R_OK) == 0 ||
           err_set(e, "%s: %.300s cannot be read: say a file, or none", what, path);
}

static bool check_storage(const char *value, struct err *e)
{
    u64 bytes;
    if (none(value) || access(value, R_OK) == 0)
        return true;
    if (!isdigit((unsigned char)value[0]))
        return err_set(
            e, "storage: %.300s: there is no such file; say a size (2G), a file, or none", value);
    return files_parse_size(value, &bytes, e);
}

static bool check_network(const char *value, struct err *e)
{
    return none(value) || strcmp(value, "user") == 0 ||
           (strncmp(value, "lan:", 4) == 0 && value[4]) ||
           err_set(e, "network: \"%.60s\": say none, user or lan:NAME", value);
}

/* With ports to lead in: what -nic will be given. */
static bool check_forward(const struct answers *a, struct err *e)
{
    if (none(a->forward))
        return true;
    if (none(a->network) || strcmp(a->network, "user") != 0)
        return err_set(e, "forward: ports lead in with network user only");
    for (const char *p = a->forward; *p; p += strspn(p, " ")) {
        char value[300];
        struct options o;
        size_t n = strcspn(p, " ");
        snprintf(value, sizeof(value), "user,hostfwd=%.*s", (int)(n < 250 ? n : 250), p);
        char *argv[] = {"ferrite", "-nic", value};
        bool ok = options_parse(&o, 3, argv, e);
        options_free(&o);
        if (!ok)
            return false;
        p += n;
    }
    return true;
}

static bool check_memory(const char *value, struct err *e)
{
    struct options o;
    char text[40];
    snprintf(text, sizeof(text), "%s", value);
    char *argv[] = {"ferrite", "-m", text};
    bool ok = options_parse(&o, 3, argv, e);
    options_free(&o);
    return ok;
}

static bool check_name(const char *name, struct err *e)
{
    char *folder = home_new(name, e);
    bool there = folder && access(folder, F_OK) == 0;
    if (there)
        err_set(e, "there is a machine \"%s\" already, in %.300s", name, folder);
    free(folder);
    return folder && !there;
}

static bool check_one(struct answers *a, const struct question *q, struct err *e)
{
    const char *value = *field(a, q);
    if (q->offset == AT(guest))
        return preset_find(value) || err_set(e,
                                             "\"%.40s\": say dos, win3, win9x, winnt, linux, "
                                             "teaching or malware",
                                             value);
    if (q->offset == AT(name))
        return check_name(value, e);
    if (q->offset == AT(memory))
        return check_memory(value, e);
    if (q->offset == AT(storage))
        return check_storage(value, e);
    if (q->offset == AT(cd))
        return check_file("cd", value, e);
    if (q->offset == AT(floppy))
        return check_file("floppy", value, e);
    if (q->offset == AT(network))
        return check_network(value, e);
    if (q->offset == AT(forward))
        return check_forward(a, e);
    if (q->offset == AT(throwaway))
        return strcasecmp(value, "yes") == 0 || strcasecmp(value, "no") == 0 ||
               err_set(e, "throwaway: \"%.40s\": say yes or no", value);
    if (q->offset == AT(sandbox))
        return strcmp(value, "on") == 0 || strcmp(value, "strict") == 0 ||
               strcmp(value, "off") == 0 ||
               err_set(e, "sandbox: \"%.40s\": say on, strict or off", value);
    return true;
}

bool new_check(struct answers *a, struct err *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
        const struct question *q = &questions[i];
        if (!*field(a, q))
            *field(a, q) = preset_answer(a, q);
        if (!check_one(a, q, e))
            return false;
    }
    return true;
}

static void put(const struct answers *a, const struct question *q, FILE *out)
{
    fprintf(out, "\n%s\n", q->text);
    if (q->meaning)
        fprintf(out, "  %s\n", q->meaning);
    const struct preset *p;
    for (size_t i = 0; q->offset == AT(guest) && (p = preset_at(i)); i++)
        fprintf(out, "  %-9s %s\n", p->name, p->summary);
    fprintf(out, "  %s\n[%s] ", q->later ? "Can be changed later." : "Stays as it is made.",
            preset_answer(a, q));
    fflush(out);
}

bool new_ask(struct answers *a, FILE *in, FILE *out, struct err *e)
{
    _Static_assert(ARRAY_SIZE(questions) == NEW_QUESTIONS, "typed[] has room for each");
    char *line = NULL;
    size_t room = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < ARRAY_SIZE(questions);) {
        const struct question *q = &questions[i];
        const char **answer = field(a, q);
        if (!*answer && concerns(a, q)) {
            put(a, q, out);
            ssize_t n = getline(&line, &room, in);
            if (n < 0) {
                ok = err_set(e, "no answer; nothing was made");
                break;
            }
            while (n > 0 && isspace((unsigned char)line[n - 1]))
                line[--n] = 0;
            const char *said = line + strspn(line, " \t");
            free(a->typed[i]);
            a->typed[i] = strdup(*said ? said : preset_answer(a, q));
            *answer = a->typed[i];
        } else if (!*answer) {
            *answer = preset_answer(a, q);
        }
        if (*answer && check_one(a, q, e)) {
            i++;
            continue;
        }
        fprintf(out, "%s\n", e->text);
        *answer = NULL;
    }
    free(line);
    return ok;
}

void answers_free(struct answers *a)
{
    for (size_t i = 0; i < NEW_QUESTIONS; i++)
        free(a->typed[i]);
}

/* A pipe or a file with something in it. (A script that names the machine has no answers for us.)
 */
static bool has_answers(FILE *in)
{
    int c = getc(in);
    return c != EOF && ungetc(c, in) != EOF;
}

int new_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct answers a = {0};
    struct err e;
    int rest;
    char *folder;
    bool ok = option_parse(new_options, &a, argc, argv, 0, &rest, &e);
    if (ok && rest < argc)
        a.name = argv[rest++];
    /* Options may stand behind the name as well. */
    ok = ok && option_parse(new_options, &a, argc, argv, rest, &rest, &e);
    if (ok && rest < argc)
        ok = err_set(&e, "new: \"%.60s\" is too much: say ferrite new [OPTION]... [NAME]",
                     argv[rest]);
    if (ok && !a.preset && (isatty(STDIN_FILENO) || (argc == 0 && has_answers(stdin))))
        ok = new_ask(&a, stdin, out, &e);
    if (!ok || !new_check(&a, &e) || !new_make(&a, &folder, &e)) {
        answers_free(&a);
        return subcommand_refused(messages, &e);
    }
    fprintf(out,
            "%s is made, in %s\nStart it: ferrite run \"%s\"   Look at it: ferrite info "
            "\"%s\"\n",
            a.name, folder, a.name, a.name);
    if (a.storage && strcmp(a.storage, "none") != 0 && access(a.storage, F_OK) != 0 &&
        (!a.cd || strcmp(a.cd, "none") == 0) && (!a.floppy || strcmp(a.floppy, "none") == 0))
        fprintf(out,
                "Its disk is empty: start it once with what installs a system, ferrite run \"%s\" "
                "-fda FLOPPY.img, or -cdrom CD.iso\n",
                a.name);
    free(folder);
    answers_free(&a);
    return SUBCOMMAND_DONE;
}
