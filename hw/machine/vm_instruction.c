/*
 * vm_instruction.c - see vm_instruction.h. What an instruction reads and writes beside its operands
 * is in cpu/decode/operations.def; operations that may touch everything (INT n, far calls, IRET)
 * are shown with their operands and the top of the stack only.
 */
#include "hw/machine/vm_instruction.h"

#include "cpu/cpu.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "hw/machine/vm_parts.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(((struct vm_instruction *)0)->bytes) == DECODE_MAX, "the longest one fits");

struct looking {
    struct vm *vm;
    const struct cpu *c;
    const struct op *o;
    struct vm_instruction *out;
};

/* ---- where it leads ---- */

static enum vm_flow flow_of(const struct op *o)
{
    switch (op_operation(o)) {
    case I_call:
    case I_call_far:
        return VM_FLOW_CALL;
    case I_int:
    case I_int3:
    case I_into:
    case I_icebp:
        return VM_FLOW_INTERRUPT;
    case I_ret:
    case I_retf:
        return VM_FLOW_RETURN;
    case I_iret:
        return VM_FLOW_IRET;
    case I_jmp:
    case I_jmp_far:
    case I_sysenter:
    case I_sysexit:
        return VM_FLOW_JUMP;
    case I_loop:
    case I_loopz:
    case I_loopnz:
    case I_jcxz:
        return VM_FLOW_BRANCH;
    default:
        if (op_class(o) == OC_JCC)
            return VM_FLOW_BRANCH;
        return (op_row(o)->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE)) ? VM_FLOW_REPEAT
                                                                               : VM_FLOW_NEXT;
    }
}

/* Of one with a condition: does it hold now? -1: it has none. */
static int condition(const struct cpu *c, const struct op *o)
{
    int cc = op_condition(o);
    u32 count = c->gpr[ECX] & (o->flags & OPF_A16 ? 0xffff : 0xffffffff);
    bool zero = fl_cond(c->fl, 4);
    switch (op_operation(o)) {
    case I_loop:
        return count != 1;
    case I_loopz:
        return count != 1 && zero;
    case I_loopnz:
        return count != 1 && !zero;
    case I_jcxz:
        return count == 0;
    default:
        return cc < 0 ? -1 : fl_cond(c->fl, (unsigned)cc);
    }
}

/* ---- values ---- */

static const char *const general_names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
static const char *const segment_names[] = {"es", "cs", "ss", "ds", "fs", "gs"};

static struct vm_value *add(struct looking *l, const char *name, unsigned bytes, bool read,
                            bool written)
{
    struct vm_instruction *out = l->out;
    if (out->values == VM_VALUES || bytes > sizeof(out->value[0].value))
        return NULL;
    struct vm_value *v = &out->value[out->values++];
    *v = (struct vm_value){.bytes = bytes, .read = read, .written = written};
    snprintf(v->name, sizeof(v->name), "%s", name);
    return v;
}

static void add_register(struct looking *l, const char *name, const void *at, unsigned bytes,
                         bool read, bool written)
{
    struct vm_value *v = add(l, name, bytes, read, written);
    if (!v)
        return;
    memcpy(v->value, at, bytes);
    v->known = true;
}

/* Whether all `bytes` are there is known by looking. */
static void add_memory(struct looking *l, u32 lin, unsigned bytes, bool read, bool written)
{
    struct vm_value *v = add(l, "", bytes <= 16 ? bytes : 0, read, written);
    if (!v)
        return;
    v->memory = true;
    v->lin = lin;
    v->known = v->bytes && vm_linear_read(l->vm, lin, v->value, v->bytes) == v->bytes;
}

static u32 register_at(const struct cpu *c, unsigned offset)
{
    u32 value;
    memcpy(&value, (const u8 *)c + offset, sizeof(value));
    return value;
}

static u32 address_mask(const struct op *o)
{
    return o->flags & OPF_A16 ? 0xffff : 0xffffffff;
}

static void add_operand_memory(struct looking *l)
{
    const struct op *o = l->o;
    const struct cpu *c = l->c;
    const struct opdef *r = op_row(o);
    for (unsigned i = 0; i < row_operands(r); i++) {
        u8 kind = r->operand[i];
        char access = row_access(r, i);
        bool read = access == 'r' || access == 'm', written = access == 'w' || access == 'm';
        u32 lin;
        if (kind == Xb || kind == Xv)
            lin = c->seg[o->seg].base + (c->gpr[ESI] & address_mask(o));
        else if (kind == Yb || kind == Yv)
            lin = c->seg[SEG_ES].base + (c->gpr[EDI] & address_mask(o));
        else if ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY) &&
                 !(r->attr & A_NOMEM) && access != '-')
            lin = c->seg[o->seg].base +
                  ((register_at(c, o->base) + (register_at(c, o->index) << o->shift) + o->disp) &
                   address_mask(o));
        else
            continue;
        add_memory(l, lin, op_operand_bytes(o, i), read, written);
    }
    if (op_operation(o) == I_xlat)
        add_memory(l,
                   c->seg[o->seg].base + ((c->gpr[EBX] + (c->gpr[EAX] & 0xff)) & address_mask(o)),
                   1, true, false);
}

static void add_registers(struct looking *l, u64 reads, u64 writes)
{
    const struct cpu *c = l->c;
    u64 both = reads | writes;
    char name[8];
    for (unsigned i = 0; i < 8; i++)
        if (both & R_GPR(i))
            add_register(l, general_names[i], &c->gpr[i], 4, reads & R_GPR(i), writes & R_GPR(i));
    for (unsigned i = 0; i < SEG_COUNT; i++) /* what addresses go through is no news */
        if (writes & R_SEG(i))
            add_register(l, segment_names[i], &c->seg[i].sel, 2, false, true);
    unsigned top = c->fpu.fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        bool st = both & R_ST(i), mm = both & R_MM(i), xmm = both & R_XMM(i);
        snprintf(name, sizeof(name), "st%u", i);
        if (st)
            add_register(l, name, c->fpu.st[(top + i) & 7], 10, reads & R_ST(i), writes & R_ST(i));
        snprintf(name, sizeof(name), "mm%u", i);
        if (mm)
            add_register(l, name, c->fpu.st[i], 8, reads & R_MM(i), writes & R_MM(i));
        snprintf(name, sizeof(name), "xmm%u", i);
        if (xmm)
            add_register(l, name, c->fpu.xmm[i], 16, reads & R_XMM(i), writes & R_XMM(i));
    }
}

static void add_values(struct looking *l)
{
    const struct op *o = l->o;
    const struct cpu *c = l->c;
    u64 reads = op_reads(o), writes = op_writes(o);
    bool all = row_operation(op_row(o))->reads == R_EVERYTHING, stack = reads & R_STACK;
    if (all) { /* nothing of that is certain but its operands */
        reads = writes = 0;
        stack = l->out->flow == VM_FLOW_RETURN || l->out->flow == VM_FLOW_IRET;
    }
    add_operand_memory(l);
    if (stack)
        add_memory(l, c->seg[SEG_SS].base + (c->gpr[ESP] & c->stack_mask),
                   o->flags & OPF_O16 ? 2 : 4, true, false);
    add_registers(l, reads, writes);
}

/* The register of this name, as add_registers() names them; NULL: none. */
static const void *register_of(const struct cpu *c, const char *name)
{
    unsigned top = c->fpu.fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = (unsigned)(name[strlen(name) - 1] - '0');
        if (strcmp(name, general_names[i]) == 0)
            return &c->gpr[i];
        if (i < SEG_COUNT && strcmp(name, segment_names[i]) == 0)
            return &c->seg[i].sel;
        if (n != i)
            continue;
        if (name[0] == 's' && name[1] == 't')
            return c->fpu.st[(top + n) & 7];
        if (name[0] == 'm' && name[1] == 'm')
            return c->fpu.st[n];
        if (name[0] == 'x')
            return c->fpu.xmm[n];
    }
    return NULL;
}

void vm_value_again(struct vm *vm, struct vm_value *v)
{
    struct cpu *c = vm_cpu(vm);
    fpu_leave(c);
    if (v->memory) {
        v->known = v->bytes && vm_linear_read(vm, v->lin, v->value, v->bytes) == v->bytes;
        return;
    }
    const void *at = v->name[0] ? register_of(c, v->name) : NULL;
    v->known = at != NULL;
    if (at)
        memcpy(v->value, at, v->bytes);
}

/* ---- flags ---- */

static void put_flags(const struct op *o, struct vm_instruction *out)
{
    const struct opdef *r = op_row(o);
    u32 certain = op_flags_overwritten(o);
    bool all = row_operation(r)->reads == R_EVERYTHING;
    out->flags_read = fl_to_eflags(r->fl_read);
    out->flags_written = fl_to_eflags(certain);
    if (!op_shifts_by_zero(o))
        out->flags_maybe = fl_to_eflags(r->fl_write & ~certain);
    if (all)
        return;
    out->flags_read |= op_reads(o) & R_DF ? EFL_DF : 0;
    out->flags_written |= op_writes(o) & R_DF ? EFL_DF : 0;
}

/* ---- all of it ---- */

unsigned vm_instruction(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_instruction *out)
{
    struct cpu *c = vm_cpu(vm);
    struct op o;
    *out = (struct vm_instruction){.len = 0};
    fpu_leave(c); /* its registers are in memory then */
    u32 n = vm_linear_read(vm, lin, out->bytes, sizeof(out->bytes));
    u32 mode = (c->mode & (MODE_PE | MODE_VM)) | (code32 ? MODE_CS32 : 0);
    out->len = n ? decode_op(c->decoder, mode, out->bytes, n, &o) : 0;
    if (!out->len) {
        snprintf(out->text, sizeof(out->text), "(not there)");
        return 0;
    }
    disasm(c->decoder, mode, out->bytes, n, eip, out->text, sizeof(out->text));
    out->flow = flow_of(&o);
    if (op_is_relative(&o)) {
        out->direct = true;
        out->target = (eip + out->len + o.imm) & (o.flags & OPF_O16 ? 0xffff : 0xffffffff);
    }
    put_flags(&o, out);
    out->now = lin == c->seg[SEG_CS].base + c->eip && code32 == !!(c->mode & MODE_CS32);
    int holds = condition(c, &o);
    out->conditional = holds >= 0;
    if (!out->now)
        return out->len;
    out->holds = holds > 0;
    struct looking l = {vm, c, &o, out};
    add_values(&l);
    return out->len;
}

enum vm_flow vm_flow_now(struct vm *vm, unsigned *len)
{
    const struct cpu *c = vm_cpu(vm);
    u8 bytes[DECODE_MAX];
    struct op o;
    u32 n = vm_linear_read(vm, c->seg[SEG_CS].base + c->eip, bytes, sizeof(bytes));
    *len = n ? decode_op(c->decoder, c->mode, bytes, n, &o) : 0;
    return *len ? flow_of(&o) : VM_FLOW_NEXT;
}

unsigned vm_instruction_now(struct vm *vm, struct vm_instruction *out)
{
    const struct cpu *c = vm_cpu(vm);
    return vm_instruction(vm, c->seg[SEG_CS].base + c->eip, c->eip, c->mode & MODE_CS32, out);
}
