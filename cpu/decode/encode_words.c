/*
 * encode_words.c - why an instruction has no bytes, in words for who wrote it.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/encode_private.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"

#include <string.h>

static const char *size_word(unsigned bytes)
{
    return bytes == 1    ? "byte"
           : bytes == 2  ? "word"
           : bytes == 4  ? "dword"
           : bytes == 8  ? "qword"
           : bytes == 10 ? "tword"
                         : "oword";
}

/* "byte, word or dword" */
static void list_sizes(u32 sizes, char *out, size_t room)
{
    struct err text = {""};
    unsigned left = (unsigned)__builtin_popcount(sizes);
    size_t n = 0;
    for (unsigned i = 0; i < 32; i++) {
        if (!(sizes >> i & 1))
            continue;
        err_set(&text, "%s%s", size_word(i), left > 2 ? ", " : left == 2 ? " or " : "");
        size_t len = strlen(text.text);
        if (n + len < room)
            memcpy(out + n, text.text, len);
        n += len;
        left--;
    }
    out[n < room ? n : room - 1] = 0;
}

static bool explain_range(const struct search *s, const char *name, struct err *err)
{
    const struct attempt *a = &s->nearest_try;
    const struct encode_operand *o = s->culprit >= 0 ? a->arg[s->culprit] : NULL;
    if (a->short_of_range)
        return err_set(err, "%s: the target is %lld bytes away, a short jump reaches -128 to 127",
                       name, (long long)a->distance);
    if (!o)
        return err_set(err, "%s: the number is too large", name);
    if (o->kind == ENCODE_MEMORY)
        return err_set(err, "the address 0x%llx does not fit %u bits%s",
                       (unsigned long long)o->value, 8 * a->asz,
                       a->asz == 2 ? "; [dword ...] has 32" : "");
    unsigned bytes = 4;
    for (unsigned i = 0; i < 3; i++) {
        if (a->of[i] != o)
            continue;
        u8 kind = a->row->operand[i];
        bool byte = kind == Ib || kind == Jb || (kind == Ibs && o->size == 1);
        bool word = kind == Iw || kind_among(kind, KINDS_MOFFS);
        bool by_size = kind == Iz || kind == Ibs || kind == Jz || kind == Ap;
        bytes = byte ? 1 : word ? 2 : by_size ? a->osz : 4;
    }
    if (a->row->operand[0] == Iwb)
        bytes = s->culprit ? 1 : 2;
    return err_set(err, "%s: %lld (%s0x%llx) does not fit %u bits", name, (long long)o->value,
                   o->value < 0 ? "-" : "",
                   (unsigned long long)(o->value < 0 ? -(u64)o->value : (u64)o->value), 8 * bytes);
}

/* Two general registers of different sizes, which are what is wrong most often. */
static bool explain_size(const struct search *s, const struct encode_request *r, struct err *err)
{
    const char *name = s->name->text;
    const struct encode_operand *o[2] = {NULL, NULL};
    char text[2][8];
    for (unsigned i = 0; i < r->count; i++)
        if (r->operand[i].kind == ENCODE_REGISTER && r->operand[i].reg / 8 <= ENCODE_GPR32)
            o[o[0] != NULL] = &r->operand[i];
    if (!o[0] || !o[1] || o[0]->reg / 8 == o[1]->reg / 8)
        return err_set(err, "%s: operand %d has another size than %s wants here", name,
                       s->culprit + 1, name);
    for (unsigned i = 0; i < 2; i++)
        encode_register_name(o[i]->reg, text[i]);
    return err_set(err, "%s: %s has %u bits, %s has %u", name, text[0], 8u << o[0]->reg / 8,
                   text[1], 8u << o[1]->reg / 8);
}

static bool is_segment(const struct encode_operand *o)
{
    return o->kind == ENCODE_REGISTER && encode_register_class(o->reg) == ENCODE_SEG;
}

/* What learners write before they know that there is no such form. */
static bool explain_kind(const struct search *s, const struct encode_request *r, struct err *err)
{
    const char *name = s->name->text;
    const struct attempt *a = &s->nearest_try;
    unsigned memory = 0;
    for (unsigned i = 0; i < r->count; i++)
        memory += r->operand[i].kind == ENCODE_MEMORY;
    if (memory > 1)
        return err_set(err, "%s: one operand at most lies in memory; the other goes by a register",
                       name);
    if (s->name->operation == I_mov && r->count == 2 && is_segment(&r->operand[0])) {
        if (r->operand[1].kind == ENCODE_NUMBER)
            return err_set(
                err, "mov: no number goes into a segment register; by a general register: mov "
                     "ax, 0 and mov ds, ax");
        if (is_segment(&r->operand[1]))
            return err_set(err,
                           "mov: not from one segment register into another; push and pop do that");
    }
    const struct encode_operand *o = s->culprit >= 0 ? a->arg[s->culprit] : NULL;
    for (unsigned i = 0; o && i < 3; i++) {
        if (a->of[i] != o || o->kind != ENCODE_NUMBER)
            continue;
        if (kind_among(a->row->operand[i], KINDS_RM_MEMORY))
            return err_set(err, "%s wants memory here, which stands in brackets: [table]", name);
        if (row_access(a->row, i) != 'r')
            return err_set(
                err, "%s: a number cannot be changed; memory stands in brackets: [counter]", name);
    }
    return err_set(err, "%s does not take such an operand here: its operand %d", name,
                   s->culprit + 1);
}

bool encode_explain(const struct search *s, const struct encode_request *r, struct err *err)
{
    unsigned args = r->count;
    const char *name = s->name->text;
    char sizes[80];
    if (!s->row && s->lacks >= 0) {
        const char *with = model_with((enum feature)s->lacks);
        return err_set(err,
                       "%s: the processor that the text is for (cpu) does not have this; %s has it",
                       name, with ? with : "none of ours");
    }
    if (s->bad_registers)
        return err_set(err, "these registers make no address: with 16 bits it is BX or BP, SI or "
                            "DI, or one of each; with 32 bits any register and any but ESP, that "
                            "one times 1, 2, 4 or 8");
    if (s->row) {
        list_sizes(s->memory_sizes, sizes, sizeof sizes);
        return err_set(err, "%s: how large is what lies in memory? Write %s before the [", name,
                       sizes);
    }
    switch (s->nearest) {
    case MISS_RANGE:
        return explain_range(s, name, err);
    case MISS_SIZE:
        return explain_size(s, r, err);
    case MISS_REACH:
        return err_set(err, "%s: short, near, far or to does not go with this operand", name);
    case MISS_KIND:
        return explain_kind(s, r, err);
    default:
        return err_set(err, "%s does not take %u operand%s", name, args, args == 1 ? "" : "s");
    }
}
