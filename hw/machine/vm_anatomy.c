/* vm_anatomy.c - see vm_anatomy.h. */
#include "hw/machine/vm_anatomy.h"

#include "cpu/blocks/block.h"
#include "cpu/blocks/block_look.h"
#include "cpu/decode/anatomy.h"
#include "cpu/decode/query.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_parts.h"

#include <stdio.h>

_Static_assert((int)VM_PARTS == (int)ANATOMY_PARTS && (int)VM_PART_WORDS == (int)ANATOMY_WORDS,
               "all parts fit");

static void put_parts(const u8 *bytes, const struct op *o, u32 mode, u32 eip,
                      struct vm_anatomy *out)
{
    struct anatomy a;
    anatomy(bytes, o, mode, eip, &a);
    out->parts = a.parts;
    for (unsigned i = 0; i < a.parts; i++) {
        struct vm_part *x = &out->part[i];
        *x = (struct vm_part){.at = a.part[i].at,
                              .len = a.part[i].len,
                              .role = part_role_name((enum part_role)a.part[i].role)};
        snprintf(x->meaning, sizeof(x->meaning), "%s", a.part[i].meaning);
    }
}

static const char *access_words(char access)
{
    return access == 'r'   ? "read"
           : access == 'w' ? "written"
           : access == 'm' ? "read and written"
                           : "named";
}

static void put_row(const struct op *o, struct vm_anatomy *out)
{
    const struct opdef *r = op_row(o);
    out->operation = row_operation(r)->text;
    snprintf(out->row, sizeof(out->row), "%s", row_text(o->def));
    row_place(o->def, out->place, sizeof(out->place));
    out->operands = row_operands(r);
    for (unsigned i = 0; i < out->operands; i++)
        out->operand[i] = (struct vm_row_operand){.kind = operand_kind_name(r->operand[i]),
                                                  .words = operand_kind_words(r->operand[i]),
                                                  .access = access_words(row_access(r, i))};
    int cc = op_condition(o);
    out->condition = cc < 0 ? NULL : condition_words((unsigned)cc);
}

static void put_rules(const struct op *o, struct vm_anatomy *out)
{
    static const struct {
        const char *name;
        u32 flag;
    } flags[VM_RULES] = {{"CF", FL_CF}, {"PF", FL_PF}, {"AF", FL_AF},
                         {"ZF", FL_ZF}, {"SF", FL_SF}, {"OF", FL_OF}};
    u32 writes = op_shifts_by_zero(o) ? 0 : op_row(o)->fl_write;
    for (unsigned i = 0; i < VM_RULES; i++) {
        if (!(writes & flags[i].flag))
            continue;
        struct vm_rule *x = &out->rule[out->rules++];
        const char *words = flag_rule(op_operation(o), flags[i].flag);
        *x = (struct vm_rule){.name = flags[i].name,
                              .bit = (u8)__builtin_ctz(fl_to_eflags(flags[i].flag)),
                              .maybe = !(op_flags_overwritten(o) & flags[i].flag),
                              .words = words ? words : ""};
    }
}

static void put_mode(u32 mode, char *out, size_t size)
{
    unsigned parts = (mode & MODE_PARTS) / MODE_PART(1);
    snprintf(out, size, "%s-bit %s%s%s%s%s%s", mode & MODE_CS32 ? "32" : "16",
             mode & MODE_VM   ? "virtual-8086"
             : mode & MODE_PE ? "protected"
                              : "real",
             mode & MODE_FLAT ? ", flat" : "", mode & MODE_USER ? ", user" : "",
             mode & MODE_SS32 ? ", 32-bit stack" : "",
             mode & MODE_SINGLE ? ", one instruction" : "", parts ? ", end of a slice" : "");
}

static void put_blocks(const struct cpu *c, struct vm_anatomy *out)
{
    struct block_seen seen[VM_BLOCKS_SEEN];
    out->blocks = blocks_seen(c, out->phys, seen, VM_BLOCKS_SEEN);
    for (unsigned i = 0; i < out->blocks; i++) {
        const struct block_seen *s = &seen[i];
        struct vm_block_seen *x = &out->block[i];
        *x = (struct vm_block_seen){.phys = s->phys,
                                    .bytes = s->bytes,
                                    .instructions = s->instructions,
                                    .records = s->records,
                                    .record = s->record,
                                    .present = s->present,
                                    .fused = s->fused,
                                    .second = s->second,
                                    .straddles = s->straddles,
                                    .patched = s->patched,
                                    .translated = s->translated,
                                    .heat = s->heat};
        put_mode(s->mode, x->mode, sizeof(x->mode));
        for (unsigned w = 0; w < 2; w++) {
            x->way[w].there = s->way[w].there;
            x->way[w].phys = s->way[w].phys;
        }
    }
}

unsigned vm_anatomy(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_anatomy *out)
{
    const struct cpu *c = vm_cpu(vm);
    u8 bytes[DECODE_MAX];
    struct op o;
    *out = (struct vm_anatomy){.len = 0};
    u32 n = vm_linear_read(vm, lin, bytes, sizeof(bytes));
    u32 mode = (c->mode & (MODE_PE | MODE_VM)) | (code32 ? MODE_CS32 : 0);
    out->len = n ? decode_op(c->decoder, mode, bytes, n, &o) : 0;
    if (!out->len)
        return 0;
    put_parts(bytes, &o, mode, eip, out);
    put_row(&o, out);
    put_rules(&o, out);
    out->mapped = vm_linear_to_physical(vm, lin, &out->phys);
    if (out->mapped)
        put_blocks(c, out);
    return out->len;
}
