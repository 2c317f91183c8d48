/*
 * stacks.c - chains of calls as text: folded stacks and speedscope's JSON. See profile_files.h.
 */
#include "frontend/profile/profile_files.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 512 }; /* more than the counting side keeps apart */

/* ---- names ---- */

static void by_address(const struct vm_profile_function *f, char *name)
{
    u32 ip = f->lin - ((u32)f->cs << 4);
    int n = 0;
    if (f->vector >= 0)
        n = snprintf(name, PROFILE_NAME, "int%02x@", (unsigned)f->vector);
    if (f->real && ip <= 0xffff)
        snprintf(name + n, PROFILE_NAME - (size_t)n, "%04x:%04x", f->cs, ip);
    else
        snprintf(name + n, PROFILE_NAME - (size_t)n, "0x%08x", f->lin);
}

/* What a function is called in all of them: its symbol, or where it lies. */
static void profile_name(const struct vm_profile *p, const struct symbols *s, u32 function,
                         char name[PROFILE_NAME])
{
    struct vm_profile_function f;
    if (!function || !vm_profile_function(p, function, &f))
        snprintf(name, PROFILE_NAME, "(unknown)");
    else if (f.symbol && s)
        snprintf(name, PROFILE_NAME, "%s", symbols_name(s, f.symbol));
    else
        by_address(&f, name);
    /* What parts frames, and lines, in folded stacks. */
    for (char *c = name; *c; c++)
        if (*c == ';' || (unsigned char)*c <= ' ' || *c == 0x7f)
            *c = '_';
}

/* From the outermost function to this one; their number. */
static unsigned chain(const struct vm_profile *p, u32 node, u32 function[DEEPEST])
{
    struct vm_profile_node n;
    unsigned count = 0;
    for (u32 at = node; at && count < DEEPEST && vm_profile_node(p, at, &n); at = n.parent)
        function[count++] = n.function;
    for (unsigned i = 0; i < count / 2; i++) {
        u32 f = function[i];
        function[i] = function[count - 1 - i];
        function[count - 1 - i] = f;
    }
    if (!count)
        function[count++] = 0;
    return count;
}

/* ---- folded ---- */

void profile_write_folded(const struct vm_profile *p, const struct symbols *s, FILE *out)
{
    u32 function[DEEPEST];
    char name[PROFILE_NAME];
    struct vm_profile_node n;
    for (u32 i = 0; vm_profile_node(p, i, &n); i++) {
        if (!n.self)
            continue;
        unsigned count = chain(p, i, function);
        for (unsigned k = 0; k < count; k++) {
            profile_name(p, s, function[k], name);
            fprintf(out, "%s%s", k ? ";" : "", name);
        }
        fprintf(out, " %llu\n", (unsigned long long)n.self);
    }
}

/* ---- speedscope ---- */

/* A string of JSON. Names are printed as they are, but for what JSON has rules about. */
static void quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ' || *c >= 0x7f) /* of no known coding: as Latin-1 */
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

void profile_write_speedscope(const struct vm_profile *p, const struct symbols *s,
                              const char *title, FILE *out)
{
    u32 function[DEEPEST];
    char name[PROFILE_NAME];
    struct vm_profile_function f;
    struct vm_profile_node n;
    const char *comma = "";
    fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
          "\"exporter\":\"ferrite\",\"name\":",
          out);
    quoted(title, out);
    fputs(",\n\"shared\":{\"frames\":[\n", out);
    for (u32 i = 0; vm_profile_function(p, i, &f); i++) {
        profile_name(p, s, i, name);
        fprintf(out, "%s{\"name\":", i ? ",\n" : "");
        quoted(name, out);
        fputc('}', out);
    }
    fputs("]},\n\"profiles\":[{\"type\":\"sampled\",\"name\":\"instructions\",\"unit\":\"none\","
          "\n\"startValue\":0,\"endValue\":",
          out);
    fprintf(out, "%llu,\n\"samples\":[\n", (unsigned long long)vm_profile_total(p));
    for (u32 i = 0; vm_profile_node(p, i, &n); i++) {
        if (!n.self)
            continue;
        unsigned count = chain(p, i, function);
        fprintf(out, "%s[", comma);
        for (unsigned k = 0; k < count; k++)
            fprintf(out, "%s%u", k ? "," : "", function[k]);
        fputc(']', out);
        comma = ",\n";
    }
    fputs("],\n\"weights\":[\n", out);
    comma = "";
    for (u32 i = 0; vm_profile_node(p, i, &n); i++) {
        if (!n.self)
            continue;
        fprintf(out, "%s%llu", comma, (unsigned long long)n.self);
        comma = ",\n";
    }
    fputs("]}]}\n", out);
}
