/*
 * tier_machine.c - see tier_machine.h.
 */
#include "tests/ops/tier_machine.h"

#include "cpu/blocks/block.h"
#include "cpu/decode/models.h"
#include "cpu/protect/seg.h"
#include "cpu/translate/jit.h"

#include <stdlib.h>

static u64 time_ns(void *owner)
{
    (void)owner;
    return 0;
}

/* Nothing is outside; but who jumps somewhere may meet any instruction. */
static u32 port_in(void *owner, u16 port, unsigned size)
{
    (void)owner, (void)size;
    return port;
}

static void port_out(void *owner, u16 port, u32 value, unsigned size)
{
    (void)owner, (void)port, (void)value, (void)size;
}

void tier_segment(struct cpu *c, unsigned s, u16 attr, u16 sel, u32 base, u32 limit)
{
    c->seg[s] =
        (struct seg){.base = base, .limit = limit, .attr = attr, .sel = sel, .usable = true};
    seg_update(&c->seg[s]);
}

void tier_machine_new(struct tier_machine *m, u32 size)
{
    struct cpu_bus bus = {.time_ns = time_ns, .port_in = port_in, .port_out = port_out};
    const struct cpu_model *model = cpu_model_find("pentium4");
    if (!phys_init(&m->phys, size, NULL) || !(m->c = cpu_new(model, &m->phys, &bus, NULL)))
        abort();
    struct cpu *c = m->c;
    u8 *ram = m->phys.ram;
    put_le32(ram + TIER_GDT + 8, 0x0000ffff);
    put_le32(ram + TIER_GDT + 12, 0x00cf9b00);
    put_le32(ram + TIER_GDT + 16, 0x0000ffff);
    put_le32(ram + TIER_GDT + 20, 0x00cf9300);
    for (u32 v = 0; v < 256; v++) {
        put_le32(ram + TIER_IDT + 8 * v, 8u << 16 | (TIER_HANDLERS + 16 * v));
        put_le32(ram + TIER_IDT + 8 * v + 4, 0x8e00);
        ram[TIER_HANDLERS + 16 * v] = 0xf4;
    }
    c->gdtr = (struct table_reg){TIER_GDT, 0x17};
    c->idtr = (struct table_reg){TIER_IDT, 0x7ff};
    for (unsigned s = 0; s < SEG_COUNT; s++)
        tier_segment(c, s, s == SEG_CS ? 0xc09b : 0xc093, s == SEG_CS ? 8 : 16, 0, ~0u);
    mmu_set_cr4(&c->mmu, CR4_OSFXSR | CR4_OSXMMEXCPT);
    mmu_set_cr0(&c->mmu, CR0_ET | CR0_PE | CR0_NE);
}

void tier_machine_free(struct tier_machine *m)
{
    cpu_free(m->c);
    phys_free(&m->phys);
}

void tier_wake(struct tier_machine *m, u64 *rests)
{
    struct jit_stats s;
    if (!jit_statistics(m->c, &s) || s.rests == *rests)
        return;
    *rests = s.rests;
    blocks_drop_all(m->c);
}
