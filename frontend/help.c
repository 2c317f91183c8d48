/*
 * help.c - `ferrite help [options|script|WORD]`. See help.h.
 */
#include "frontend/help.h"
#include "frontend/cli/options.h"
#include "frontend/control/command.h"
#include "frontend/subcommands.h"
#include "hw/base/clean.h"
#include "hw/base/nearest.h"

#include <string.h>

enum { COLUMNS = 79, INDENT = 6, WORDS_MAX = 64, NAME_MAX_TWO = 100 };

/* Text in lines of COLUMNS, each INDENT from the left. */
static void paragraph(const char *text, int indent, FILE *out)
{
    int column = 0;
    for (const char *p = text; *p;) {
        int word = (int)strcspn(p, " ");
        if (column && column + 1 + word > COLUMNS) {
            putc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s%.*s", column ? 1 : indent, "", word, p);
        p += word;
        p += strspn(p, " ");
    }
    putc('\n', out);
}

static void one_option(const struct option *row, FILE *out)
{
    fprintf(out, "  -%s%s%s\n", row->name, row->argument ? " " : "",
            row->argument ? row->argument : "");
    paragraph(row->help, INDENT, out);
}

static void list_options(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *row = &table->rows[i];
        if (row->heading)
            fprintf(out, "%s%s\n", i ? "\n" : "", row->name);
        else
            one_option(row, out);
    }
}

static void head(const struct subcommand *s, FILE *out)
{
    fprintf(out, "ferrite %s%s%s\n", s->name, *s->arguments ? " " : "", s->arguments);
}

static void overview(FILE *out)
{
    fputs("ferrite [OPTION]...\n", out);
    paragraph("runs a PC; ferrite help options lists all options, -help the usual ones", INDENT,
              out);
    fputs("ferrite FILE|FOLDER [ARGUMENT]...\n", out);
    paragraph("what the file is for: a DOS program or a zip of one as by ferrite dos, with options "
              "before "
              "it; an image in its drive, with options before or behind it",
              INDENT, out);
    for (size_t i = 0; i < subcommands_count; i++) {
        head(&subcommands[i], out);
        paragraph(subcommands[i].summary, INDENT, out);
    }
}

static void one(const struct subcommand *s, FILE *out)
{
    head(s, out);
    paragraph(s->summary, INDENT, out);
    if (s->text) {
        putc('\n', out);
        paragraph(s->text, 0, out);
    }
    if (s->options) {
        putc('\n', out);
        list_options(s->options, out);
    }
}

/* The command of scripts that the words name, one or two; `name`: as they are together. */
static const struct command *script_command(int argc, char **argv, char name[NAME_MAX_TWO])
{
    snprintf(name, NAME_MAX_TWO, "%.40s%s%.40s", argv[0], argc > 1 ? " " : "",
             argc > 1 ? argv[1] : "");
    return argc < 3 ? command_find(name, strlen(name)) : NULL;
}

/* The commands of scripts, or one of them; -markdown: as frontend/script/README.md has them. */
static int script_commands(int argc, char **argv, FILE *out, FILE *messages)
{
    if (argc == 0) {
        command_list_text(out);
        return SUBCOMMAND_DONE;
    }
    if (argc == 1 && strcmp(argv[0], "-markdown") == 0) {
        command_list_markdown(out);
        return SUBCOMMAND_DONE;
    }
    char name[NAME_MAX_TWO];
    const struct command *c = script_command(argc, argv, name);
    if (c) {
        command_write_help(c, out);
        return SUBCOMMAND_DONE;
    }
    clean_printf(messages, "ferrite help script: there is no command \"%s\"\n", name);
    return SUBCOMMAND_ASKED_WRONGLY;
}

/* What is no sub-command: an option, with or without its "-", and a command of scripts, of one word
 * or of two. */
static bool other_words(int argc, char **argv, FILE *out)
{
    char dashed[64], name[NAME_MAX_TWO];
    snprintf(dashed, sizeof(dashed), "%s%.60s", argv[0][0] == '-' ? "" : "-", argv[0]);
    const struct option *o = argc == 1 ? option_of(options_table, dashed) : NULL;
    const struct command *c = script_command(argc, argv, name);
    if (o)
        one_option(o, out);
    if (o && c)
        fputs("\nIn scripts and at the monitor:\n", out);
    if (c)
        command_write_help(c, out);
    return o || c;
}

int help_command(int argc, char **argv, FILE *out, FILE *messages)
{
    if (argc > 0 && strcmp(argv[0], "script") == 0)
        return script_commands(argc - 1, argv + 1, out, messages);
    if (argc > 1 && other_words(argc, argv, out))
        return SUBCOMMAND_DONE;
    if (argc > 1) {
        fputs("ferrite help wants one word: options, script, a command or an option; or the two of "
              "a command of scripts\n",
              messages);
        return SUBCOMMAND_ASKED_WRONGLY;
    }
    if (argc < 1) {
        overview(out);
        return SUBCOMMAND_DONE;
    }
    const struct subcommand *s = subcommand_find(argv[0]);
    if (s) {
        one(s, out);
        return SUBCOMMAND_DONE;
    }
    if (strcmp(argv[0], "options") == 0) {
        list_options(&options_table, out);
        return SUBCOMMAND_DONE;
    }
    if (other_words(1, argv, out))
        return SUBCOMMAND_DONE;
    const char *words[WORDS_MAX] = {"options", "script"};
    size_t count = 2;
    for (size_t i = 0; i < subcommands_count && count < WORDS_MAX; i++)
        words[count++] = subcommands[i].name;
    const char *near = nearest_word(argv[0], words, count);
    clean_printf(messages, "ferrite help: nothing about \"%.60s\"%s%s%s\n", argv[0],
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return SUBCOMMAND_ASKED_WRONGLY;
}
