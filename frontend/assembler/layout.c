/*
 * layout.c - addresses for all statements, again and again until none moves, then their bytes.
 *
 * Each pass does every statement with what the pass before has found. What was too small once is
 * not tried small again (encode.h), so that lengths grow and end; only counts that depend on
 * addresses (times 510-($-$$) db 0) may become smaller.
 */
#include "frontend/assembler/assembler_private.h"

#include <stdlib.h>
#include <string.h>

/* In the first passes sections have no places yet: what they find too far is not remembered. */
enum { FIRST_THAT_COUNTS = 3 };

static struct section *current(struct assembler *a)
{
    return &a->section[a->current];
}

static u32 address_now(struct assembler *a)
{
    return a->absolute ? a->absolute_at : current(a)->start + current(a)->at;
}

static bool over_limit(struct assembler *a)
{
    return give_up(a, "the program would have more than %zu bytes", a->options.limit);
}

/* Bytes at the present place; NULL: zeroes, or none at all in .bss. */
static bool emit(struct assembler *a, const u8 *bytes, u64 n)
{
    struct section *s = current(a);
    if (n > a->options.limit)
        return over_limit(a);
    if (a->absolute) {
        if (bytes && n && a->last_pass)
            return complain(a, a->doing, 0,
                            "after absolute and struc there is only reserved space: "
                            "resb, resw, resd");
        a->absolute_at += (u32)n;
        return true;
    }
    if (s->at + n > a->options.limit)
        return over_limit(a);
    if (s->reserved && bytes && n && a->last_pass)
        return complain(a, a->doing, 0, "%s has no bytes in the file: resb, resw, resd", s->name);
    if (a->last_pass && n && !s->reserved) {
        if (s->at + n > s->size) /* cannot be: the pass before was the same */
            return give_up(a, "the addresses do not settle");
        if (bytes)
            memcpy(s->bytes + s->at, bytes, n);
        else
            memset(s->bytes + s->at, 0, n);
    }
    s->at += (u32)n;
    a->work += n / 64;
    return true;
}

/* ---- statements ---- */

static void set_symbol(struct assembler *a, u32 symbol, s64 value, bool moves, bool known)
{
    struct symbol *y = symbol_at(a, symbol - 1);
    if (y->value != value || y->known != known || y->moves != moves)
        a->moved = true;
    y->value = value;
    y->moves = moves;
    y->known = known;
}

/* A number that must not be negative or huge. */
static bool count_of(struct assembler *a, const struct expression *e, const char *what, u64 *out)
{
    struct value v;
    *out = 0;
    if (!evaluate(a, e, &v))
        return false;
    if (v.n < 0 && a->last_pass)
        return complain(a, a->doing, e->column, "%s is %lld: less than nothing", what,
                        (long long)v.n);
    *out = v.n < 0 ? 0 : (u64)v.n;
    if (*out > a->options.limit)
        return over_limit(a);
    return true;
}

static bool all_constant(struct assembler *a, const struct statement *s)
{
    for (u32 i = 0; i < s->count; i++) {
        const struct operand_text *o = operand_at(a, s->first + i);
        bool number = o->is.kind == ENCODE_NUMBER || o->is.kind == ENCODE_FAR;
        if (number && (o->is.kind == ENCODE_FAR || encoder_branches(a->encoder, s->name)))
            return false;
        if (o->is.kind != ENCODE_REGISTER && !o->value.constant)
            return false;
    }
    return true;
}

static bool do_instruction(struct assembler *a, struct statement *s)
{
    u8 bytes[ENCODE_MAX];
    struct err e;
    int culprit;
    bool unknown;
    struct encode_request r = {.name = s->name,
                               .prefixes = s->prefixes,
                               .seg = s->seg,
                               .count = s->count,
                               .features = a->features,
                               .before_386 = a->before_386};
    if (s->settled && !a->last_pass)
        return emit(a, NULL, s->size);
    if (!evaluate_operands(a, s, &unknown))
        return emit(a, NULL, s->size);
    for (u32 i = 0; i < s->count; i++)
        r.operand[i] = operand_at(a, s->first + i)->is;
    unsigned n = encode(a->encoder, &r, a->bits, address_now(a), bytes, &culprit, &e);
    for (u32 i = 0; i < s->count && !unknown && a->passes >= FIRST_THAT_COUNTS; i++)
        operand_at(a, s->first + i)->is.needs = r.operand[i].needs;
    if (!n) {
        unsigned column = culprit >= 0 && culprit < (int)s->count
                              ? operand_at(a, s->first + (u32)culprit)->column
                              : s->column;
        if (a->last_pass)
            return complain(a, s->line, column, "%s", e.text);
        n = s->size ? s->size : 2;
        return emit(a, NULL, n);
    }
    s->size = n;
    s->settled = !unknown && all_constant(a, s);
    return emit(a, bytes, n);
}

static bool do_datum(struct assembler *a, const struct statement *s, const struct datum *d)
{
    struct value v;
    u8 bytes[8] = {0};
    if (d->bytes)
        return emit(a, (const u8 *)d->bytes, d->length);
    if (!a->last_pass)
        return emit(a, bytes, s->unit);
    if (!evaluate(a, &d->value, &v))
        return false;
    s64 limit = s->unit < 8 ? (s64)1 << (8 * s->unit) : 0;
    if (limit && (v.n < -limit || v.n >= limit))
        return complain(a, s->line, d->value.column, "%lld (0x%llx) does not fit %u bits",
                        (long long)v.n, (unsigned long long)v.n, 8u * s->unit);
    put_le64(bytes, (u64)v.n);
    return emit(a, bytes, s->unit);
}

static bool do_align(struct assembler *a, const struct statement *s)
{
    u64 n;
    if (!count_of(a, &s->value, "the alignment", &n))
        return false;
    if (!n || (n & (n - 1)))
        return !a->last_pass || complain(a, s->line, s->value.column,
                                         "an alignment is a power of two: 1, 2, 4, 8, 16...");
    if (!a->absolute && n > current(a)->align && n <= 1 << 16)
        current(a)->align = (u32)n; /* or it would mean nothing */
    u64 from = a->absolute ? a->absolute_at : current(a)->at;
    u64 pad = (n - from % n) % n;
    u8 fill[64];
    bool none = a->absolute || current(a)->reserved;
    memset(fill, s->fill, sizeof fill);
    while (pad) {
        u64 part = pad < sizeof fill ? pad : sizeof fill;
        if (!emit(a, none ? NULL : fill, part))
            return false;
        pad -= part;
    }
    return true;
}

static bool do_origin(struct assembler *a, const struct statement *s)
{
    struct value v;
    if (!evaluate(a, &s->value, &v))
        return false;
    if (v.n < 0 || v.n > 0xffffffffll)
        return !a->last_pass ||
               complain(a, s->line, s->value.column, "an address has 32 bits: 0 to 0xffffffff");
    if (a->section[0].at && a->last_pass)
        return complain(a, s->line, s->column,
                        "org says where the first byte lies: it stands before "
                        "it. Use times to fill up to an address");
    if (a->origin != (u32)v.n)
        a->moved = true;
    a->origin = (u32)v.n;
    if (!a->section[0].at)
        a->section[0].start = a->origin;
    return true;
}

static bool do_equ(struct assembler *a, const struct statement *s)
{
    struct value v;
    bool struc = s->unit;
    if (!evaluate(a, &s->value, &v))
        return false;
    /* What an unknown name makes is not known either. */
    set_symbol(a, s->symbol, v.n, v.moves && !struc, !v.unknown);
    if (struc)
        a->absolute = false;
    return true;
}

static bool do_absolute(struct assembler *a, const struct statement *s)
{
    struct value v;
    if (!evaluate(a, &s->value, &v))
        return false;
    a->absolute = true;
    a->absolute_at = (u32)v.n;
    if (s->symbol)
        set_symbol(a, s->symbol, v.n, false, true);
    return true;
}

static bool do_error_if(struct assembler *a, const struct statement *s)
{
    struct value v;
    if (!a->last_pass || !evaluate(a, &s->value, &v) || !v.n)
        return true;
    return complain(a, s->line, 1, "%.300s", datum_at(a, s->first)->bytes);
}

static bool do_once(struct assembler *a, struct statement *s)
{
    u64 n;
    switch ((enum statement_kind)s->kind) {
    case DOES_NOTHING:
        break;
    case DOES_INSTRUCTION:
        return do_instruction(a, s);
    case DOES_DATA:
        for (u32 i = 0; i < s->count; i++)
            if (!do_datum(a, s, datum_at(a, s->first + i)) && a->failed)
                return false;
        break;
    case DOES_RESERVE:
        return count_of(a, &s->value, "the space", &n) &&
               (n <= a->options.limit / s->unit ? emit(a, NULL, n * s->unit) : over_limit(a));
    case DOES_ALIGN:
        return do_align(a, s);
    case DOES_ORIGIN:
        return do_origin(a, s);
    case DOES_BITS:
        a->bits = s->unit;
        break;
    case DOES_EQU:
        return do_equ(a, s);
    case DOES_SECTION:
        a->current = s->unit;
        a->absolute = false;
        break;
    case DOES_ABSOLUTE:
        return do_absolute(a, s);
    case DOES_PROCESSOR: {
        const struct datum *d = datum_at(a, s->first);
        return encode_processor(d->bytes, d->length, &a->features, &a->before_386);
    }
    case DOES_ERROR_IF:
        return do_error_if(a, s);
    }
    return true;
}

static bool remember(struct assembler *a, const struct statement *s, u32 address, u32 offset)
{
    struct mapped *m = list_add(a, &a->map, sizeof *m);
    const struct line *l = line_at(a, s->line);
    if (!m)
        return false;
    bool bytes = !a->absolute && !current(a)->reserved;
    m->section = (u8)a->current;
    m->is = (struct assembled_line){.file = l->file,
                                    .line = l->number,
                                    .address = address,
                                    .offset = offset,
                                    .size = bytes ? current(a)->at - offset : 0};
    return true;
}

/* What has just been emitted, so many times more. */
static bool emit_again(struct assembler *a, u32 from, u64 times)
{
    struct section *s = current(a);
    u64 length = a->absolute ? a->absolute_at - from : s->at - from;
    if (length && times > a->options.limit / length)
        return over_limit(a);
    u32 to = s->at;
    if (!emit(a, NULL, length * times))
        return false;
    if (a->last_pass && !a->absolute && !s->reserved)
        for (u64 i = 0; i < times; i++)
            memcpy(s->bytes + to + i * length, s->bytes + from, length);
    return true;
}

/* Is it the same each time, wherever it lies? */
static bool repeats_alike(const struct statement *s)
{
    return s->kind == DOES_DATA || s->kind == DOES_RESERVE || s->settled;
}

static void do_times(struct assembler *a, struct statement *s, u64 times)
{
    for (u64 i = 0; i < times; i++) {
        unsigned said = (unsigned)a->messages.count;
        u32 from = a->absolute ? a->absolute_at : current(a)->at;
        if (++a->work > MOST_WORK) {
            give_up(a, "the text takes too much work; is a count in it larger than meant?");
            return;
        }
        bool good = do_once(a, s);
        if (a->failed || a->messages.count != said)
            return; /* once is enough */
        if (good && repeats_alike(s)) {
            emit_again(a, from, times - 1);
            return;
        }
    }
}

static bool do_statement(struct assembler *a, struct statement *s)
{
    u64 times = 1;
    a->doing = s->line;
    a->here = address_now(a);
    if (s->symbol && s->kind != DOES_EQU && s->kind != DOES_ABSOLUTE)
        set_symbol(a, s->symbol, a->here, !a->absolute, true);
    if (s->repeated && !count_of(a, &s->times, "times", &times))
        return !a->failed;
    u32 address = a->here, offset = current(a)->at;
    unsigned in = a->current;
    bool was_absolute = a->absolute;
    do_times(a, s, times);
    if (a->failed)
        return false;
    bool here = in == a->current && was_absolute == a->absolute;
    if (a->last_pass && here && s->kind != DOES_EQU && s->kind != DOES_BITS &&
        s->kind != DOES_ORIGIN)
        return remember(a, s, address, offset);
    return true;
}

/* ---- passes ---- */

/* Sections follow each other, on 4 bytes or what they ask for; .bss last. */
static void place_sections(struct assembler *a)
{
    u32 at = a->origin;
    for (unsigned reserved = 0; reserved < 2; reserved++) {
        for (unsigned i = 0; i < a->sections; i++) {
            struct section *s = &a->section[i];
            if (s->reserved != reserved)
                continue;
            if (i && (s->size || s->at))
                at = a->origin + ((at - a->origin + s->align - 1) & ~(s->align - 1));
            if (s->start != at)
                a->moved = true;
            s->start = at;
            at += s->at;
        }
    }
}

static bool pass(struct assembler *a)
{
    a->bits = a->options.bits == 32 ? 32 : 16;
    a->current = 0;
    a->absolute = a->before_386 = false;
    a->features = 0;
    for (unsigned i = 0; i < a->sections; i++)
        a->section[i].at = 0;
    for (size_t i = 0; i < a->statements.count; i++)
        if (!do_statement(a, statement_at(a, i)))
            return false;
    for (unsigned i = 0; i < a->sections; i++) {
        if (a->section[i].size != a->section[i].at)
            a->moved = true;
        a->section[i].size = a->section[i].at;
    }
    place_sections(a);
    return true;
}

bool lay_out(struct assembler *a)
{
    a->section[0].start = a->origin;
    do {
        a->moved = false;
        if (!pass(a))
            return false;
        if (++a->passes > MOST_PASSES)
            return give_up(a, "the addresses do not settle: a length depends on itself");
    } while (a->moved);
    for (unsigned i = 0; i < a->sections; i++) {
        struct section *s = &a->section[i];
        if (!s->reserved && s->size && !(s->bytes = calloc(1, s->size)))
            return give_up(a, "out of memory");
    }
    for (size_t i = 0; i < a->symbols.count; i++)
        a->undefined |= !symbol_at(a, i)->line;
    a->last_pass = true;
    if (!pass(a))
        return false;
    if (a->unsaid && !a->messages.count)
        return give_up(a, "a value depends on itself");
    return !a->messages.count;
}
