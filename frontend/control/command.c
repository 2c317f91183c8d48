/*
 * command.c - the table of commands, put together from its topics; usage and lists. See command.h.
 */
#include "frontend/control/command.h"

#include "frontend/control/rows.h"

#include <ctype.h>
#include <string.h>

const struct command_topic *const command_topics[COMMAND_TOPICS] = {
    &rows_waiting, &rows_looking,   &rows_input,     &rows_media,     &rows_sound,
    &rows_running, &rows_stepping,  &rows_snapshots, &rows_recording, &rows_points,
    &rows_explain, &rows_walk,      &rows_chain,     &rows_map,       &rows_device,
    &rows_why,     &rows_debugging, &rows_memory,    &rows_processor, &rows_board,
    &rows_ports,   &rows_profile,   &rows_script,    &rows_lessons,   &rows_help,
};

const struct command *command_at(size_t i)
{
    for (unsigned t = 0; t < COMMAND_TOPICS; t++) {
        if (i < command_topics[t]->count)
            return &command_topics[t]->row[i];
        i -= command_topics[t]->count;
    }
    return NULL;
}

/* Is it this name? A blank in it may be a dash. */
static bool same(const char *name, size_t name_len, const char *text, size_t len)
{
    if (name_len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (name[i] != text[i] && (name[i] != ' ' || text[i] != '-'))
            return false;
    }
    return true;
}

static bool named(const struct command *c, const char *text, size_t len)
{
    if (same(c->name, strlen(c->name), text, len))
        return true;
    for (const char *name = c->aliases; name && *name;) {
        size_t n = strcspn(name, "|");
        if (same(name, n, text, len))
            return true;
        name += n + (name[n] == '|');
    }
    return false;
}

const struct command *command_find(const char *name, size_t len)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        if (named(c, name, len))
            return c;
    }
    return NULL;
}

unsigned command_params(const struct command *c)
{
    unsigned n = 0;
    while (n < COMMAND_PARAMS && c->param[n].kind != PARAM_NONE)
        n++;
    return n;
}

/* ---- lists ---- */

static void write_param(const struct param *p, FILE *out)
{
    fputs(p->optional ? " [" : " ", out);
    if (p->kind == PARAM_WORD) {
        for (int i = 0; p->words[i]; i++)
            fprintf(out, "%s%.*s", i ? "|" : "", (int)strcspn(p->words[i], "|"), p->words[i]);
    } else {
        bool string = p->kind == PARAM_STRING || p->kind == PARAM_TYPED || p->kind == PARAM_PATTERN;
        fputs(string ? "\"" : "", out);
        for (const char *c = p->name; *c; c++)
            fputc(toupper((unsigned char)*c), out);
        fputs(string ? "\"" : "", out);
        fputs(p->kind == PARAM_PNG_IN ? ".png" : "", out);
        bool rest = p->kind == PARAM_REST || p->kind == PARAM_COMPARE;
        fputs(p->kind == PARAM_CONDITIONS ? " or ..." : rest ? "..." : "", out);
    }
    fputs(p->optional ? "]" : "", out);
}

void command_usage(const struct command *c, FILE *out)
{
    fputs(c->name, out);
    for (unsigned i = 0; i < command_params(c); i++)
        write_param(&c->param[i], out);
}

/* Other names, "sendkey, press". */
static void write_aliases(const struct command *c, const char *quote, FILE *out)
{
    for (const char *name = c->aliases; name && *name;) {
        size_t n = strcspn(name, "|");
        fprintf(out, "%s%s%.*s%s", name == c->aliases ? "" : ", ", quote, (int)n, name, quote);
        name += n + (name[n] == '|');
    }
}

void command_write_help(const struct command *c, FILE *out)
{
    fputs("  ", out);
    command_usage(c, out);
    fprintf(out, "\n      %s", c->help);
    if (c->aliases) {
        fputs(" (also: ", out);
        write_aliases(c, "", out);
        fputs(")", out);
    }
    fputc('\n', out);
}

void command_list_text(FILE *out)
{
    for (unsigned t = 0; t < COMMAND_TOPICS; t++) {
        fprintf(out, "%s%s:\n", t ? "\n" : "", command_topics[t]->title);
        for (size_t i = 0; i < command_topics[t]->count; i++)
            command_write_help(&command_topics[t]->row[i], out);
    }
}

/* A table knows no bare bar, not even in code. */
static void write_escaped(const char *text, FILE *out)
{
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

void command_list_markdown(FILE *out)
{
    for (unsigned t = 0; t < COMMAND_TOPICS; t++) {
        fprintf(out, "%s### %s\n\n| command | meaning |\n| --- | --- |\n", t ? "\n" : "",
                command_topics[t]->title);
        for (size_t i = 0; i < command_topics[t]->count; i++) {
            const struct command *c = &command_topics[t]->row[i];
            char usage[300] = "";
            FILE *f = fmemopen(usage, sizeof(usage), "w");
            if (f) {
                command_usage(c, f);
                fclose(f);
            }
            fputs("| `", out);
            write_escaped(usage, out);
            fputs("` | ", out);
            write_escaped(c->help, out);
            if (c->aliases) {
                fputs("; also ", out);
                write_aliases(c, "`", out);
            }
            fputs(" |\n", out);
        }
    }
}
