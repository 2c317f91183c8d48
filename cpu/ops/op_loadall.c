/*
 * op_loadall.c - LOADALL of the 386 (0F 07): the whole state, hidden parts included, from the 204
 * bytes at ES:EDI. Undocumented by Intel; the layout is as published in the literature of the time.
 *
 *   00 CR0 EFLAGS EIP EDI ESI EBP ESP EBX EDX ECX EAX DR6 DR7 TR LDT GS FS DS SS CS ES
 *   54 hidden parts, 12 bytes each (access rights, base, limit): TSS IDT GDT LDT GS FS DS SS CS ES
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

#define LOADALL_BYTES 204

static u32 word_at(const u8 *image, unsigned index)
{
    return get_le32(image + 4 * index);
}

static void hidden(struct seg *s, const u8 *image, unsigned index, u16 sel)
{
    u32 rights = word_at(image, index);

    s->sel = sel;
    s->attr = (u16)(rights >> 8);
    s->base = word_at(image, index + 1);
    s->limit = word_at(image, index + 2);
    s->usable = s->attr & SEG_P;
    seg_update(s);
}

static enum op_status loadall(struct cpu *c, const struct op *o)
{
    static const u8 gprs[8] = {EDI, ESI, EBP, ESP, EBX, EDX, ECX, EAX};
    static const u8 segs[SEG_COUNT] = {SEG_GS, SEG_FS, SEG_DS, SEG_SS, SEG_CS, SEG_ES};
    u32 at = o->flags & OPF_A16 ? (u16)c->gpr[EDI] : c->gpr[EDI], lin;
    u8 image[LOADALL_BYTES];

    if (c->cpl != 0)
        return cpu_fault_code(c, VEC_GP, 0, "LOADALL at CPL %u", c->cpl);
    c->slow_op = o;
    TRY(seg_read(c, SEG_ES, at, LOADALL_BYTES, &lin));
    TRY(lin_load_bytes(c, lin, image, LOADALL_BYTES));

    mmu_set_cr0(&c->mmu, word_at(image, 0) & c->model->cr0);
    fpu_update(c);
    c->eip = word_at(image, 2);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[gprs[i]] = word_at(image, 3 + i);
    debug_set_dr6(c, word_at(image, 11));
    c->dr[7] = word_at(image, 12) | 0x400;
    hidden(&c->tr, image, 21, (u16)word_at(image, 13));
    c->idtr = (struct table_reg){word_at(image, 25), (u16)word_at(image, 26)};
    c->gdtr = (struct table_reg){word_at(image, 28), (u16)word_at(image, 29)};
    hidden(&c->ldtr, image, 30, (u16)word_at(image, 14));
    for (unsigned i = 0; i < SEG_COUNT; i++)
        hidden(&c->seg[segs[i]], image, 33 + 3 * i, (u16)word_at(image, 15 + i));
    c->cpl = SEG_DPL(c->seg[SEG_SS].attr);
    cpu_set_eflags(c, (word_at(image, 1) & eflags_mask(c)) | EFL_ONE);
    cpu_update_mode(c);
    return OP_LEAVE;
}

OP_CALL(exec_loadall, loadall)
