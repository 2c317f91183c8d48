/*
 * readconfig.c - reading a machine's description. See readconfig.h.
 *
 * A section is gathered as a row (hw/base/row.h) and acted upon at its end; errors of a key name
 * its line. Words live in the options (struct kept_text), for options point to their values.
 */
#include "frontend/cli/readconfig.h"
#include "hw/base/hostfile.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 256 * 1024, LINE_MAX_BYTES = 2000 };

struct reader {
    struct options *o;
    const char *name; /* of the file, for messages */
    unsigned line;
    const struct section *section; /* NULL: none yet */
    struct row row;                /* of the present section */
};

static bool complain(const struct reader *r, unsigned line, struct err *e, const char *why)
{
    return err_set(e, "%.200s:%u: %.280s", r->name, line, why);
}

/* ---- options by name ---- */

static const struct option *option_named(const char *name)
{
    for (size_t i = 0; i < options_table.count; i++) {
        const struct option *row = &options_table.rows[i];
        if (!row->heading && strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

/* What the options keep of the file. */
static const char *keep(struct reader *r, const char *text)
{
    struct kept_text *k = malloc(sizeof(*k) + strlen(text) + 1);
    if (!k)
        return NULL;
    strcpy(k->text, text);
    k->next = r->o->kept;
    r->o->kept = k;
    return k->text;
}

/* -name value, or -name alone for a flag that is "on". */
static bool give(struct reader *r, unsigned line, const char *name, const char *value,
                 struct err *e)
{
    struct err why;
    const struct option *option = option_named(name);
    const char *text = option ? keep(r, value) : NULL;
    char dashed[40];
    if (!text)
        return complain(r, line, e, option ? "out of memory" : "there is no such option");
    snprintf(dashed, sizeof(dashed), "-%s", option->name);
    if (option->kind != OPTION_FLAG) {
        const char *argv[] = {dashed, text};
        int rest;
        return option_parse(options_table, r->o, 2, (char **)(uintptr_t)argv, 0, &rest, &why) ||
               complain(r, line, e, why.text);
    }
    bool on = strcmp(value, "on") == 0;
    if (!on && strcmp(value, "off") != 0)
        return complain(r, line, e, "say on or off");
    *(bool *)((char *)r->o + option->offset) = on;
    return true;
}

/* ---- sections ---- */

static bool end_device(struct reader *r, struct err *e)
{
    return devices_add(&r->o->devices, &r->row, e);
}

static bool end_chardev(struct reader *r, struct err *e)
{
    return devices_add_chardev(&r->o->devices, &r->row, e);
}

static bool end_netdev(struct reader *r, struct err *e)
{
    return devices_add_netdev(&r->o->devices, &r->row, e);
}

/* An option whose value is the section: "file=a.img,if=ide". */
static bool joined(struct reader *r, const char *option, const char *kind, struct err *e)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", kind ? kind : "");
    for (unsigned i = 0; i < r->row.props; i++) {
        const struct row_prop *p = &r->row.prop[i];
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=", n ? "," : "", p->name);
        for (const char *c = p->value; *c && n + 3 < sizeof(text); c++) {
            if (*c == ',')
                text[n++] = ',';
            text[n++] = *c;
        }
        if (n + 3 >= sizeof(text))
            return complain(r, p->line, e, "that is too much text");
        text[n] = 0;
    }
    return n ? give(r, r->row.line, option, text, e)
             : complain(r, r->row.line, e, "this section is empty");
}

static bool end_drive(struct reader *r, struct err *e)
{
    return joined(r, "drive", NULL, e);
}

static bool end_nic(struct reader *r, struct err *e)
{
    return r->row.driver ? joined(r, "nic", r->row.driver, e)
                         : complain(r, r->row.line, e, "say type = \"user\", \"lan\" or \"none\"");
}

static bool end_rtc(struct reader *r, struct err *e)
{
    return joined(r, "rtc", NULL, e);
}

static bool end_boot(struct reader *r, struct err *e)
{
    return joined(r, "boot", NULL, e);
}

static bool end_memory(struct reader *r, struct err *e)
{
    const char *size = row_value(&r->row, "size");
    return size && r->row.props == 1 ? give(r, r->row.prop[0].line, "m", size, e)
                                     : complain(r, r->row.line, e, "[memory] has one key: size");
}

static bool no_option(struct reader *r, const struct row_prop *p, struct err *e)
{
    const char *names[80];
    size_t count = 0;
    for (size_t i = 0; i < options_table.count && count < ARRAY_SIZE(names); i++) {
        if (!options_table.rows[i].heading)
            names[count++] = options_table.rows[i].name;
    }
    const char *near = nearest_word(p->name, names, count);
    return err_set(e, "%.200s:%u: there is no option %.60s%s%s%s", r->name, p->line, p->name,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static bool end_machine(struct reader *r, struct err *e)
{
    for (unsigned i = 0; i < r->row.props; i++) {
        const struct row_prop *p = &r->row.prop[i];
        if (strcmp(p->name, "readconfig") == 0)
            return complain(r, p->line, e, "a file that reads another one: give both options");
        if (!option_named(p->name))
            return no_option(r, p, e);
        if (!give(r, p->line, p->name, p->value, e))
            return false;
    }
    return !r->row.driver || strcmp(r->row.driver, "pc") == 0 ||
           complain(r, r->row.line, e, "type: there is one kind of machine, \"pc\"");
}

static const struct section {
    const char *name;
    const char *driver; /* the key that says which one; NULL: none does */
    bool id;            /* it may have one */
    bool (*end)(struct reader *r, struct err *e);
} sections[] = {
    {"machine", "type", false, end_machine},
    {"device", "driver", true, end_device},
    {"chardev", "backend", true, end_chardev},
    {"netdev", "type", true, end_netdev},
    {"drive", NULL, true, end_drive},
    {"nic", "type", false, end_nic},
    {"memory", NULL, false, end_memory},
    {"boot-opts", NULL, false, end_boot},
    {"rtc", NULL, false, end_rtc},
};

static bool end_section(struct reader *r, struct err *e)
{
    const struct section *s = r->section;
    r->section = NULL;
    if (!s)
        return true;
    bool row = s->end == end_device || s->end == end_chardev || s->end == end_netdev;
    if (row && !r->row.driver)
        return err_set(e, "%.200s:%u: [%s] wants %s = \"...\"", r->name, r->row.line, s->name,
                       s->driver);
    return s->end(r, e);
}

/* [name] or [name "id"]; `text` is what is between the brackets. */
static bool begin_section(struct reader *r, char *text, struct err *e)
{
    const char *names[ARRAY_SIZE(sections)];
    char *id = strpbrk(text, " \t\""), *name = text;
    if (!end_section(r, e))
        return false;
    if (id) {
        char *open = strchr(id, '"'), *close = open ? strchr(open + 1, '"') : NULL;
        if (!close || close[1] || strspn(id, " \t") != (size_t)(open - id))
            return complain(r, r->line, e, "a section begins with [name] or [name \"id\"]");
        *id = *close = 0;
        id = open + 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        names[i] = sections[i].name;
        if (strcmp(name, names[i]) == 0)
            r->section = &sections[i];
    }
    if (!r->section) {
        const char *near = nearest_word(name, names, ARRAY_SIZE(names));
        return err_set(e, "%.200s:%u: there is no section [%.60s]%s%s%s", r->name, r->line, name,
                       near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
    }
    row_begin(&r->row, r->name, r->line);
    if (id && !r->section->id)
        return complain(r, r->line, e, "this section has no id");
    return !id || row_add(&r->row, "id", id, r->line, e);
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    for (size_t n = strlen(text); n && strchr(" \t\r", text[n - 1]);)
        text[--n] = 0;
    return text;
}

/* key = "value", or without quotes to the end of the line. */
static bool setting(struct reader *r, char *text, struct err *e)
{
    char *equals = strchr(text, '=');
    if (!equals)
        return complain(r, r->line, e, "neither [section] nor key = \"value\"");
    if (!r->section)
        return complain(r, r->line, e, "a key before the first section");
    *equals = 0;
    char *key = trim(text), *value = trim(equals + 1);
    if (*value == '"') {
        char *close = strchr(++value, '"');
        const char *rest = close ? close + 1 + strspn(close + 1, " \t") : NULL;
        if (!close || (*rest && *rest != '#'))
            return complain(r, r->line, e, "a value ends with \", and nothing follows it");
        *close = 0;
    }
    if (!*key || !*value)
        return complain(r, r->line, e, *key ? "the value is empty" : "there is no key");
    bool driver = r->section->driver && strcmp(key, r->section->driver) == 0;
    return row_add(&r->row, driver ? "driver" : key, value, r->line, e);
}

static bool line(struct reader *r, char *text, struct err *e)
{
    text = trim(text);
    if (!*text || *text == '#' || *text == ';')
        return true;
    if (*text != '[')
        return setting(r, text, e);
    char *close = strrchr(text, ']');
    if (!close || *trim(close + 1))
        return complain(r, r->line, e, "a section ends with ]");
    *close = 0;
    return begin_section(r, trim(text + 1), e);
}

bool readconfig_text(struct options *o, const char *name, const char *text, size_t size,
                     struct err *e)
{
    struct reader r = {.o = o, .name = name};
    char copy[LINE_MAX_BYTES];
    const char *end = text + size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((stop ? stop : end) - text);
        r.line++;
        if (len >= sizeof(copy) || memchr(text, 0, len))
            return complain(&r, r.line, e,
                            len >= sizeof(copy) ? "this line is too long" : "this is no text file");
        memcpy(copy, text, len);
        copy[len] = 0;
        if (!line(&r, copy, e))
            return false;
        text = stop ? stop + 1 : end;
    }
    return end_section(&r, e);
}

bool readconfig(struct options *o, const char *path, struct err *e)
{
    const char *closed;
    FILE *f = host_open_input(path, &closed);
    if (!f)
        return err_set(e, "-readconfig %.300s: %s", path, closed);
    char *text = malloc(FILE_MAX + 1);
    size_t size = text ? fread(text, 1, FILE_MAX + 1, f) : 0;
    bool failed = ferror(f) != 0;
    int why = errno;
    fclose(f);
    bool ok = text && !failed && size <= FILE_MAX;
    if (!text)
        err_set(e, "out of memory");
    else if (failed)
        err_set(e, "-readconfig %.300s: cannot be read: %s", path, strerror(why));
    else if (!ok)
        err_set(e, "-readconfig %.300s: larger than %d KB: is that a machine's description?", path,
                FILE_MAX / 1024);
    ok = ok && readconfig_text(o, path, text, size, e);
    free(text);
    return ok;
}
