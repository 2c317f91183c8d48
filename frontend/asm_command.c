/*
 * asm_command.c - `ferrite asm FILE [-o OUT] [-l LIST]`. See asm_command.h.
 */
#include "frontend/asm_command.h"

#include "frontend/assembler/assembler.h"
#include "frontend/cli/subcommand.h"
#include "frontend/control/out_file.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MOST_DEFINES = 64, LARGEST = 8 << 20 };

struct asm_options {
    const char *output, *listing, *format;
    struct assembler_define define[MOST_DEFINES];
    unsigned defines;
    const char *folder[16]; /* of includes */
    unsigned folders;
};

static bool set_define(void *target, const char *value, struct err *e)
{
    struct asm_options *o = target;
    const char *equals = strchr(value, '=');
    size_t n = equals ? (size_t)(equals - value) : strlen(value);
    if (!n || o->defines == MOST_DEFINES)
        return err_set(e, "-D wants NAME or NAME=VALUE, %u times at most", MOST_DEFINES);
    char *name = strndup(value, n);
    if (!name)
        return err_set(e, "out of memory");
    o->define[o->defines++] =
        (struct assembler_define){.name = name, .value = equals ? equals + 1 : NULL};
    return true;
}

static bool set_folder(void *target, const char *value, struct err *e)
{
    struct asm_options *o = target;
    if (o->folders == ARRAY_SIZE(o->folder))
        return err_set(e, "-I: %zu folders at most", ARRAY_SIZE(o->folder));
    o->folder[o->folders++] = value;
    return true;
}

#define ONCE(...) OPTION_TEXT_ROW(struct asm_options, OPTION_ONCE, __VA_ARGS__)

static const struct option rows[] = {
    ONCE("o", "FILE", output, NULL,
         "where the bytes go, - for standard output; without it FILE with .bin for its ending"),
    ONCE("l", "FILE", listing, NULL,
         "a listing as well: each line with its address and its bytes; - prints it"),
    ONCE("f", "FORMAT", format, "bin", "bin, plain bytes; there is no other"),
    OPTION_FUNCTION_ROW("D", "NAME[=VALUE]", set_define, NULL, "as %define in the text"),
    OPTION_FUNCTION_ROW("I", "DIR", set_folder, NULL, "where %include and incbin look, too"),
};

const struct option_table asm_options = {rows, ARRAY_SIZE(rows)};

static int wrongly(FILE *messages, const struct err *e)
{
    fprintf(messages, "ferrite asm: %s\n", e->text);
    return SUBCOMMAND_ASKED_WRONGLY;
}

/* ---- files ---- */

static char *read_whole(const char *path, size_t *size, struct err *e)
{
    struct stat st;
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!f || (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode))) {
        err_set(e, "%s: %s", path, f ? "is a folder" : strerror(errno));
        if (f && f != stdin)
            fclose(f);
        return NULL;
    }
    char *text = malloc(LARGEST + 1);
    *size = text ? fread(text, 1, LARGEST + 1, f) : 0;
    bool bad = ferror(f);
    if (f != stdin)
        fclose(f);
    if (text && !bad && *size <= LARGEST)
        return text;
    err_set(e, "%s: %s", path,
            !text ? "out of memory"
            : bad ? strerror(errno)
                  : "is larger than 8 MB");
    free(text);
    return NULL;
}

/* What a line asks for: beside the file that asks, then in the folders of -I. */
static bool include(void *opaque, const char *name, const char *from, char **text, size_t *size)
{
    const struct asm_options *o = opaque;
    char path[PATH_MAX];
    const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');
    int folder = slash ? (int)(slash - from) + 1 : 0;
    if (snprintf(path, sizeof path, "%.*s%s", folder, from, name) < (int)sizeof path &&
        (*text = read_whole(path, size, NULL)))
        return true;
    for (unsigned i = 0; i < o->folders; i++)
        if (snprintf(path, sizeof path, "%s/%s", o->folder[i], name) < (int)sizeof path &&
            (*text = read_whole(path, size, NULL)))
            return true;
    return false;
}

static void output_name(const char *input, char *out, size_t room)
{
    const char *dot = strrchr(input, '.'), *slash = strrchr(input, '/');
    bool ending = dot && (!slash || dot > slash) && strcasecmp(dot, ".bin") != 0;
    if (strcmp(input, "-") == 0)
        snprintf(out, room, "out.bin");
    else
        snprintf(out, room, "%.*s.bin", (int)(ending ? (size_t)(dot - input) : strlen(input)),
                 input);
}

static int save(const struct asm_options *o, const char *input, const struct assembled *a,
                FILE *out, FILE *messages)
{
    char name[PATH_MAX];
    struct err e;
    output_name(input, name, sizeof name);
    const char *to = o->output ? o->output : name;
    bool itself = strcmp(to, "-") != 0 && out_file_same(to, input);
    if (strcmp(to, "-") == 0) {
        fwrite(a->bytes, 1, a->size, out);
        return fflush(out) == 0 && !ferror(out) ? SUBCOMMAND_DONE : SUBCOMMAND_FAILED;
    }
    if (itself || !out_file_save(to, a->bytes, a->size, &e)) {
        if (itself)
            err_set(&e, "-o %s is the text itself", to);
        return wrongly(messages, &e);
    }
    if (!o->listing)
        return SUBCOMMAND_DONE;
    char *list = assembled_listing(a);
    bool good = list != NULL;
    if (!good)
        err_set(&e, "out of memory");
    else if (strcmp(o->listing, "-") == 0)
        fputs(list, out);
    else
        good = out_file_save(o->listing, list, strlen(list), &e);
    free(list);
    return good ? SUBCOMMAND_DONE : wrongly(messages, &e);
}

static int assemble_file(const struct asm_options *o, const char *input, FILE *out, FILE *messages)
{
    struct assembled a;
    struct err e;
    size_t size;
    int status = SUBCOMMAND_FAILED;
    char *text = read_whole(input, &size, &e);
    if (!text)
        return wrongly(messages, &e);
    struct assembler_options options = {.file = input,
                                        .define = o->define,
                                        .defines = o->defines,
                                        .limit = 64 << 20,
                                        .include = include,
                                        .opaque = (void *)(uintptr_t)o};
    if (assemble(text, size, &options, &a)) {
        status = save(o, input, &a, out, messages);
    } else {
        if (!a.messages)
            fprintf(messages, "ferrite asm: out of memory\n");
        for (unsigned i = 0; i < a.messages; i++) {
            char line[1024];
            assembled_message_text(&a, i, line, sizeof line);
            clean_printf(messages, "%s\n", line);
        }
    }
    assembled_free(&a);
    free(text);
    return status;
}

/* -DNAME and -Idir, as other assemblers have them, are two words. The list ends with NULL. */
static char **apart(int *argc, char **argv)
{
    char **words = calloc(2 * (size_t)*argc + 1, sizeof *words);
    int n = 0;
    for (int i = 0; words && i < *argc; i++) {
        bool both = argv[i][0] == '-' && (argv[i][1] == 'D' || argv[i][1] == 'I') && argv[i][2] &&
                    argv[i][2] != '=';
        if (both)
            words[n++] = (char *)(uintptr_t)(argv[i][1] == 'D' ? "-D" : "-I");
        words[n++] = argv[i] + (both ? 2 : 0);
    }
    *argc = n;
    return words;
}

int asm_command(int count, char **given, FILE *out, FILE *messages)
{
    struct asm_options o = {.output = NULL};
    int argc = count;
    char **argv = apart(&argc, given);
    struct err e;
    const char *input = NULL;
    int rest = 0, status = SUBCOMMAND_DONE;
    if (!argv) {
        err_set(&e, "out of memory");
        return wrongly(messages, &e);
    }
    for (int at = 0; at < argc && !status; at = rest) {
        if (!option_parse(asm_options, &o, argc, argv, at, &rest, &e)) {
            status = wrongly(messages, &e);
        } else if (rest < argc && input) {
            err_set(&e, "one FILE at a time, not %.100s too", argv[rest]);
            status = wrongly(messages, &e);
        } else if (rest < argc) {
            input = argv[rest++];
        }
    }
    if (!status && !input) {
        err_set(&e, "which FILE? ferrite asm boot.asm -o boot.bin; ferrite help asm says more");
        status = wrongly(messages, &e);
    } else if (!status && o.format && strcmp(o.format, "bin") != 0) {
        err_set(&e, "-f %.40s: there is only bin, plain bytes", o.format);
        status = wrongly(messages, &e);
    } else if (!status) {
        status = assemble_file(&o, input, out, messages);
    }
    for (unsigned i = 0; i < o.defines; i++)
        free((char *)(uintptr_t)o.define[i].name);
    free(argv);
    return status;
}
