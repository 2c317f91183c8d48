/*
 * assembler.c - one text from beginning to end; memory, messages, results.
 */
#include "frontend/assembler/assembler_private.h"

#include "hw/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

void *assembler_memory(struct assembler *a, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (!a->memory || a->memory->size - a->memory->used < bytes) {
        size_t size = bytes > 65536 ? bytes : 65536;
        a->held += size;
        struct block *b = a->held <= MOST_TEXT ? malloc(sizeof *b + size) : NULL;
        if (!b) {
            give_up(a, a->held > MOST_TEXT ? "the text is too long" : "out of memory");
            return NULL;
        }
        *b = (struct block){.next = a->memory, .size = size};
        a->memory = b;
    }
    void *at = a->memory->at + a->memory->used;
    a->memory->used += bytes;
    return at;
}

char *assembler_text(struct assembler *a, const char *text, size_t length)
{
    char *copy = assembler_memory(a, length + 1);
    if (copy) {
        if (length)
            memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

void *list_add(struct assembler *a, struct list *l, size_t bytes)
{
    if (l->count == l->room) {
        void *more = array_grown(l->data, &l->room, l->count + 1, bytes, SIZE_MAX);
        if (!more) {
            give_up(a, "out of memory");
            return NULL;
        }
        l->data = more;
    }
    return (char *)l->data + bytes * l->count++;
}

/* ---- messages ---- */

static void say(struct assembler *a, struct assembled_message m, const char *format, va_list args)
{
    struct err e;
    vsnprintf(e.text, sizeof e.text, format, args);
    for (char *p = e.text; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = '?'; /* what the text has in it */
    /* Text and element by themselves: an assembler out of memory still says so. */
    char *text = strdup(e.text);
    struct assembled_message *kept = text ? list_add(a, &a->messages, sizeof *kept) : NULL;
    if (!kept) {
        free(text);
        return;
    }
    *kept = m;
    kept->text = text;
}

bool complain(struct assembler *a, u32 line, unsigned column, const char *format, ...)
{
    va_list args;
    struct assembled_message m = {.column = column};
    if (a->failed)
        return false;
    if (line < a->lines.count) {
        const struct line *l = line_at(a, line);
        m.file = l->file;
        m.line = l->number;
        if (l->column)
            m.column = l->column;
    }
    va_start(args, format);
    say(a, m, format, args);
    va_end(args);
    if (a->messages.count >= MOST_MESSAGES)
        a->failed = true;
    return false;
}

bool give_up(struct assembler *a, const char *format, ...)
{
    va_list args;
    if (a->failed)
        return false;
    a->failed = true;
    struct assembled_message m = {0};
    if (a->doing < a->lines.count) {
        m.file = line_at(a, a->doing)->file;
        m.line = line_at(a, a->doing)->number;
        m.column = 1;
    }
    va_start(args, format);
    say(a, m, format, args);
    va_end(args);
    return false;
}

/* ---- results ---- */

static int by_place(const void *x, const void *y)
{
    const struct assembled_message *a = x, *b = y;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

static bool finish_bytes(struct assembler *a, struct assembled *out)
{
    u32 end = a->origin;
    for (unsigned i = 0; i < a->sections; i++) {
        const struct section *s = &a->section[i];
        if (!s->reserved && s->size && s->start + s->size > end)
            end = s->start + s->size;
    }
    out->origin = a->origin;
    out->size = end - a->origin;
    out->bytes = calloc(1, out->size ? out->size : 1);
    if (!out->bytes)
        return give_up(a, "out of memory");
    for (unsigned i = 0; i < a->sections; i++) {
        const struct section *s = &a->section[i];
        if (s->bytes)
            memcpy(out->bytes + (s->start - a->origin), s->bytes, s->size);
    }
    return true;
}

static bool finish_map(struct assembler *a, struct assembled *out)
{
    out->line = calloc(a->map.count + 1, sizeof *out->line);
    out->symbol = calloc(a->symbols.count + 1, sizeof *out->symbol);
    if (!out->line || !out->symbol)
        return give_up(a, "out of memory");
    for (size_t i = 0; i < a->map.count; i++) {
        const struct mapped *m = (const struct mapped *)a->map.data + i;
        struct assembled_line *l = &out->line[out->lines++];
        *l = m->is;
        l->offset += a->section[m->section].start - a->origin;
    }
    for (size_t i = 0; i < a->symbols.count; i++) {
        const struct symbol *y = symbol_at(a, i);
        if (y->line)
            out->symbol[out->symbols++] =
                (struct assembled_symbol){.name = y->name, .value = y->value, .label = y->label};
    }
    return true;
}

static bool run(struct assembler *a, const char *text, size_t size)
{
    const char **name = list_add(a, &a->files, sizeof *name);
    if (!name)
        return false;
    *name = assembler_text(a, a->options.file, strlen(a->options.file));
    a->encoder = encoder_new();
    if (!*name || !a->encoder)
        return give_up(a, "out of memory");
    a->sections = 1;
    a->section[0] = (struct section){.name = ".text", .length = 5, .align = 1};
    if (size > MOST_TEXT / 2)
        return give_up(a, "the text is too long");
    text = assembler_text(a, text, size);
    a->source = text;
    a->source_size = size;
    if (!text || !preprocess(a, text, size))
        return false;
    for (u32 i = 0; i < a->lines.count && !a->failed; i++) {
        a->doing = i;
        parse_line(a, i);
    }
    if (a->struc && !a->failed)
        complain(a, (u32)a->lines.count - 1, 1, "endstruc is missing for struc %.60s", a->struc);
    return !a->failed && lay_out(a);
}

bool assemble(const char *text, size_t size, const struct assembler_options *options,
              struct assembled *out)
{
    memset(out, 0, sizeof *out);
    struct assembler *a = calloc(1, sizeof *a);
    if (!a)
        return false;
    out->of = a;
    a->options = options ? *options : (struct assembler_options){0};
    if (!a->options.file)
        a->options.file = "input";
    if (!a->options.limit || a->options.limit > 256u << 20)
        a->options.limit = 4u << 20;
    a->origin = a->options.origin;
    bool good =
        run(a, text, size) && !a->messages.count && finish_bytes(a, out) && finish_map(a, out);
    out->file = a->files.data;
    out->files = (unsigned)a->files.count;
    out->message = a->messages.data;
    out->messages = (unsigned)a->messages.count;
    if (out->messages > 1)
        qsort(out->message, out->messages, sizeof *out->message, by_place);
    return good;
}

void assembled_free(struct assembled *out)
{
    struct assembler *a = out->of;
    if (a) {
        for (size_t i = 0; i < a->messages.count; i++)
            free((char *)((struct assembled_message *)a->messages.data)[i].text);
        for (struct block *b = a->memory, *next; b; b = next) {
            next = b->next;
            free(b);
        }
        for (unsigned i = 0; i < a->sections; i++)
            free(a->section[i].bytes);
        struct list *all[] = {&a->lines,   &a->statements, &a->operands, &a->data, &a->steps,
                              &a->symbols, &a->files,      &a->messages, &a->map};
        for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
            free(all[i]->data);
        free(a->buckets);
        encoder_free(a->encoder);
        free(a);
    }
    free(out->bytes);
    free(out->line);
    free(out->symbol);
    memset(out, 0, sizeof *out);
}

void assembled_message_text(const struct assembled *a, unsigned i, char *out, size_t room)
{
    const struct assembled_message *m = &a->message[i];
    const char *file = m->file < a->files ? a->file[m->file] : "input";
    if (m->line)
        snprintf(out, room, "%s:%u:%u: %s", file, m->line, m->column, m->text);
    else
        snprintf(out, room, "%s: %s", file, m->text);
}
