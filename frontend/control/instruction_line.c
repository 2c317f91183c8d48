/* instruction_line.c - see instruction_line.h. */
#include "frontend/control/instruction_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
    char *text;
    size_t size, used;
};

static void put(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
    if (o->used >= o->size)
        return;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(o->text + o->used, o->size - o->used, fmt, args);
    va_end(args);
    o->used += n > 0 ? (size_t)n : 0;
}

static struct out begin(char *text, size_t size)
{
    if (size)
        text[0] = 0;
    return (struct out){text, size, 0};
}

static const char *blank(const struct out *o)
{
    return o->used ? " " : "";
}

/* The letters of these EFLAGS bits: "OSZAPC", and D. */
static void instruction_flag_letters(u32 flags, char out[8])
{
    static const struct {
        u32 bit;
        char letter;
    } letters[] = {{0x800, 'O'}, {0x80, 'S'}, {0x40, 'Z'}, {0x10, 'A'},
                   {4, 'P'},     {1, 'C'},    {0x400, 'D'}};
    unsigned n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
        if (flags & letters[i].bit)
            out[n++] = letters[i].letter;
    out[n] = 0;
}

/* As a number, the highest digit first; general registers of 16-bit code need four digits. */
static void put_value(struct out *o, const struct vm_value *v)
{
    unsigned bytes = v->bytes;
    if (!v->memory && bytes == 4 && !v->value[2] && !v->value[3])
        bytes = 2;
    for (unsigned i = bytes; i-- > 0;)
        put(o, "%02x", v->value[i]);
}

static void put_name(struct out *o, const struct vm_value *v)
{
    if (v->memory)
        put(o, "[%08x]", v->lin);
    else
        put(o, "%s", v->name);
}

/* "eax=0000002a [00000450]=07 -> ecx"; "" when nothing is known. Cut at size - 1. */
static void instruction_values(const struct vm_instruction *i, char *text, size_t size)
{
    struct out o = begin(text, size);
    bool any = false;
    for (unsigned k = 0; i->now && k < i->values; k++) {
        const struct vm_value *v = &i->value[k];
        if (!v->read && !v->memory) /* what is overwritten is no operand's value */
            continue;
        put(&o, "%s", blank(&o));
        put_name(&o, v);
        put(&o, "=");
        if (v->known)
            put_value(&o, v);
        else
            put(&o, v->bytes ? "(not there)" : "...");
    }
    for (unsigned k = 0; i->now && k < i->values; k++) {
        const struct vm_value *v = &i->value[k];
        if (!v->written)
            continue;
        put(&o, any ? "," : o.used ? " -> " : "-> ");
        put_name(&o, v);
        any = true;
    }
}

void instruction_flags(const struct vm_instruction *i, char *text, size_t size)
{
    struct out o = begin(text, size);
    char letters[8];
    if (i->flags_read) {
        instruction_flag_letters(i->flags_read, letters);
        put(&o, "reads %s", letters);
    }
    if (i->flags_written | i->flags_maybe) {
        instruction_flag_letters(i->flags_written, letters);
        put(&o, "%swrites %s", blank(&o), letters);
        instruction_flag_letters(i->flags_maybe, letters);
        if (*letters)
            put(&o, "(%s)", letters);
    }
}

void instruction_notes(const struct vm_instruction *i, char *text, size_t size)
{
    struct out o = begin(text, size);
    char flags[60];
    instruction_values(i, text, size);
    o.used = size ? strlen(text) : 0;
    instruction_flags(i, flags, sizeof(flags));
    if (*flags)
        put(&o, "%s%s", o.used ? "  " : "", flags);
    if (i->now && i->conditional)
        put(&o, "%s%s", o.used ? "  " : "",
            i->flow != VM_FLOW_BRANCH ? i->holds ? "true" : "false"
            : i->holds                ? "taken"
                                      : "not taken");
}
