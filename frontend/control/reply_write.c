/*
 * reply_write.c - replies as text for people and as JSON (RFC 8259) for programs. See reply.h.
 *
 * Nothing here recurses deeper than REPLY_DEPTH.
 */
#include "frontend/control/reply.h"

#include "hw/base/clean.h"

#include <math.h>
#include <string.h>

/* ---- JSON ---- */

/* `blank` instead of blanks. */
static void write_string(const char *text, size_t len, char blank, FILE *out)
{
    const u8 *p = (const u8 *)text, *end = p + len;
    fputc('"', out);
    while (p < end) {
        size_t n = clean_character(p, (size_t)(end - p));
        if (n == 0) {
            fputs("\\ufffd", out);
            p++;
            continue;
        }
        if (*p == ' ')
            fputc(blank, out);
        else if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p == '\n')
            fputs("\\n", out);
        else if (*p == '\t')
            fputs("\\t", out);
        else if (*p == '\r')
            fputs("\\r", out);
        else if (*p < ' ' || *p == 0x7f)
            fprintf(out, "\\u%04x", *p);
        else if (*p == 0xc2 && p[1] < 0xa0) /* C1, which a terminal may heed */
            fprintf(out, "\\u%04x", p[1]);
        else
            fwrite(p, 1, n, out);
        p += n;
    }
    fputc('"', out);
}

void json_write_string(const char *text, size_t len, FILE *out)
{
    write_string(text, len, ' ', out);
}

static void write_json(const struct reply *r, const struct reply_node *n, FILE *out)
{
    bool map = n->kind == REPLY_MAP, first = true;
    switch (n->kind) {
    case REPLY_TEXT:
        json_write_string(reply_string(r, n), strlen(reply_string(r, n)), out);
        break;
    case REPLY_INT:
        fprintf(out, "%lld", (long long)n->number);
        break;
    case REPLY_REAL:
        if (isfinite(n->real))
            fprintf(out, "%.15g", n->real);
        else
            fputs("null", out);
        break;
    case REPLY_BOOL:
        fputs(n->number ? "true" : "false", out);
        break;
    case REPLY_NULL:
        fputs("null", out);
        break;
    case REPLY_MAP:
    case REPLY_LIST:
        fputc(map ? '{' : '[', out);
        for (const struct reply_node *in = reply_first(r, n); in; in = reply_next(r, in)) {
            fputs(first ? "" : ", ", out);
            first = false;
            if (map) {
                write_string(reply_key(r, in), strlen(reply_key(r, in)), '-', out);
                fputs(": ", out);
            }
            write_json(r, in, out);
        }
        fputc(map ? '}' : ']', out);
        break;
    }
}

void reply_write_json(const struct reply *r, FILE *out)
{
    if (reply_root(r))
        write_json(r, reply_root(r), out);
    else
        fputs("null", out);
}

/* ---- text ---- */

static bool many(const struct reply_node *n)
{
    return n->kind == REPLY_MAP || n->kind == REPLY_LIST;
}

static void write_scalar(const struct reply *r, const struct reply_node *n, FILE *out)
{
    switch (n->kind) {
    case REPLY_TEXT:
        clean_line(reply_string(r, n), out);
        break;
    case REPLY_INT:
        fprintf(out, "%lld", (long long)n->number);
        break;
    case REPLY_REAL:
        fprintf(out, "%.9g", n->real);
        break;
    case REPLY_BOOL:
        fputs(n->number ? "yes" : "no", out);
        break;
    case REPLY_NULL:
        fputs("none", out);
        break;
    case REPLY_MAP:
    case REPLY_LIST:
        break;
    }
}

/* A text of several lines, each behind the indentation. */
static void write_lines(const char *text, int indent, FILE *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        fprintf(out, "%*s", indent, "");
        clean_lines(text, len, out);
        fputc('\n', out);
        text += len + (text[len] == '\n');
    }
}

/* What is in a map or a list. `first`: how far the first line is indented already. */
static void write_inside(const struct reply *r, const struct reply_node *n, int indent, int first,
                         FILE *out)
{
    for (const struct reply_node *in = reply_first(r, n); in; in = reply_next(r, in)) {
        fprintf(out, "%*s", indent - first, "");
        first = 0;
        if (n->kind == REPLY_LIST && many(in)) {
            fputs("- ", out);
            write_inside(r, in, indent + 2, indent + 2, out);
            if (!reply_first(r, in))
                fputc('\n', out);
            continue;
        }
        if (n->kind == REPLY_MAP) {
            clean_line(reply_key(r, in), out);
            fputc(':', out);
        }
        if (many(in) || (in->kind == REPLY_TEXT && strchr(reply_string(r, in), '\n'))) {
            fputc('\n', out);
            if (many(in))
                write_inside(r, in, indent + 2, 0, out);
            else
                write_lines(reply_string(r, in), indent + 2, out);
            continue;
        }
        if (n->kind == REPLY_MAP)
            fputc(' ', out);
        write_scalar(r, in, out);
        fputc('\n', out);
    }
}

void reply_write_text(const struct reply *r, FILE *out)
{
    const struct reply_node *n = reply_root(r);
    if (n && n->kind == REPLY_TEXT) {
        clean_lines(reply_string(r, n), strlen(reply_string(r, n)), out);
    } else if (n && many(n)) {
        write_inside(r, n, 0, 0, out);
    } else if (n) {
        write_scalar(r, n, out);
        fputc('\n', out);
    }
    if (reply_lost(r))
        fputs("(and more than fits here)\n", out);
}
