/*
 * man.c - manual pages. See docs.h; the macros are man(7)'s.
 */
#include "frontend/control/command.h"
#include "frontend/docs/docs.h"

#include <string.h>

/* Text into roff: what begins a line or an escape there is made harmless. */
static void text(const char *s, FILE *out)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", out);
    for (; *s; s++) {
        if (*s == '\\')
            fputs("\\e", out);
        else if (*s == '-')
            fputs("\\-", out);
        else if (*s == '\'')
            fputs("\\(aq", out);
        else if (*s == '|')
            fputs("|\\:", out); /* a line may end here, or a list of words has no room */
        else
            putc(*s, out);
    }
}

static void begin(const struct docs *d, const char *name, const char *summary, FILE *out)
{
    fprintf(out, ".TH \"");
    for (const char *p = name; *p; p++)
        putc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, out);
    fprintf(out, "\" 1 \"\" \"Ferrite %s\" \"User Commands\"\n.SH NAME\n", d->version);
    text(name, out);
    fputs(" \\- ", out);
    text(summary, out);
    putc('\n', out);
}

static void options(const struct option_table *table, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *row = &table->rows[i];
        if (row->heading) {
            fputs(".SS \"", out);
            text(row->name, out);
            fputs("\"\n", out);
            continue;
        }
        fputs(".TP\n\\fB\\-", out);
        text(row->name, out);
        fputs("\\fR", out);
        if (row->argument) {
            fputs(" \\fI", out);
            text(row->argument, out);
            fputs("\\fR", out);
        }
        putc('\n', out);
        text(row->help, out);
        fputs(".\n", out);
    }
}

static void paragraph(const char *s, FILE *out)
{
    fputs(".PP\n", out);
    text(s, out);
    putc('\n', out);
}

/* `.TP` of a command. */
static void usage(const struct command *c, FILE *out)
{
    char line[300] = "";
    FILE *f = fmemopen(line, sizeof(line), "w");
    if (f) {
        command_usage(c, f);
        fclose(f);
    }
    fputs(".TP\n\\fB", out);
    text(line, out);
    fputs("\\fR\n", out);
}

/* The table of commands (frontend/control/command.h). */
static void commands(FILE *out)
{
    fputs(".SH SCRIPT COMMANDS\n", out);
    text("A script has one of these on a line; # begins a comment, strings stand in double quotes. "
         "The same commands are behind the window's keys and its menu.",
         out);
    putc('\n', out);
    for (unsigned t = 0; t < COMMAND_TOPICS; t++) {
        fputs(".SS \"", out);
        text(command_topics[t]->title, out);
        fputs("\"\n", out);
        for (size_t i = 0; i < command_topics[t]->count; i++) {
            const struct command *c = &command_topics[t]->row[i];
            usage(c, out);
            text(c->help, out);
            fputs(".\n", out);
        }
    }
}

void docs_man(const struct docs *d, FILE *out)
{
    begin(d, "ferrite", "an x86 PC in software", out);
    fputs(".SH SYNOPSIS\n\\fBferrite\\fR [\\fIOPTION\\fR]...\n"
          ".br\n\\fBferrite\\fR \\fIFILE\\fR|\\fIFOLDER\\fR [\\fIARGUMENT\\fR]...\n",
          out);
    for (size_t i = 0; i < d->subcommands_count; i++) {
        fputs(".br\n\\fBferrite ", out);
        text(d->subcommands[i].name, out);
        fputs("\\fR ", out);
        text(d->subcommands[i].arguments, out);
        putc('\n', out);
    }
    fputs(".SH DESCRIPTION\n", out);
    text(
        "Ferrite is a whole x86 PC in software. With a display it opens a window; with -script, or "
        "with -display none, it runs headless. Without a disk it starts its own demo disk.",
        out);
    putc('\n', out);
    paragraph(
        "Options begin with one dash or two; after two, -option=value can be written as well.",
        out);
    fputs(".SH OPTIONS\n", out);
    options(d->options, out);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < d->subcommands_count; i++) {
        const struct subcommand *s = &d->subcommands[i];
        fputs(".TP\n\\fBferrite ", out);
        text(s->name, out);
        fputs("\\fR\n", out);
        text(s->summary, out);
        fputs(strcmp(s->name, "help") == 0 ? ".\n" : "; see \\fBferrite\\-", out);
        if (strcmp(s->name, "help") != 0) {
            text(s->name, out);
            fputs("\\fR(1).\n", out);
        }
    }
    commands(out);
    fputs(".SH EXIT STATUS\n", out);
    static const char *const statuses[][2] = {
        {"0", "The script ended well, or the guest switched the machine off."},
        {"1", "An expectation of the script failed."},
        {"2", "An option, a file or the script is wrong."},
        {"3", "The guest ended before the script did, or met a triple fault with -no-reboot."},
        {"124", "A -limit was reached."},
        {"128+N", "Signal N ended the run."},
        {"other", "What the guest wrote to port F4h, times two plus one."}};
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        fprintf(out, ".TP\n%s\n", statuses[i][0]);
        text(statuses[i][1], out);
        putc('\n', out);
    }
}

void docs_man_subcommand(const struct docs *d, const struct subcommand *s, FILE *out)
{
    char name[64];
    snprintf(name, sizeof(name), "ferrite-%s", s->name);
    begin(d, name, s->summary, out);
    fputs(".SH SYNOPSIS\n\\fBferrite ", out);
    text(s->name, out);
    fputs("\\fR ", out);
    text(s->arguments, out);
    putc('\n', out);
    fputs(".SH DESCRIPTION\n", out);
    text(s->text ? s->text : s->summary, out);
    putc('\n', out);
    if (s->options) {
        fputs(".SH OPTIONS\n", out);
        options(s->options, out);
    }
    fputs(".SH SEE ALSO\n\\fBferrite\\fR(1)\n", out);
}
