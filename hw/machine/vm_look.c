/*
 * vm_look.c - page walks, TLBs, interrupts, PCI and decoded code in words and numbers. See
 * vm_look.h. Intel SDM vol. 3, chapters 4, 6 and 10; the 8259A's data sheet.
 */
#include "hw/machine/vm_look.h"

#include "cpu/blocks/block.h"
#include "cpu/cpu.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PTE_P = 1, PTE_PS = 0x80, EFLAGS_IF = 0x200 };

/* ---- page tables ---- */

static struct vm_walk_step *step(struct vm_walk *w, const char *table, u32 index, u32 at, u64 entry)
{
    struct vm_walk_step *s = &w->step[w->steps++];
    *s = (struct vm_walk_step){.table = table, .index = index, .at = at, .entry = entry};
    return s;
}

static u64 entry_at(struct mmu *m, u32 at, unsigned size)
{
    u8 bytes[8] = {0};
    phys_read(m->phys, at, bytes, size);
    return get_le64(bytes);
}

/* The entries on the way, as far as they are there. */
static void list_steps(struct mmu *m, u32 lin, struct vm_walk *w)
{
    u32 a20 = m->phys->a20_mask, size = w->pae ? 8 : 4, table = m->cr3 & ~PAGE_MASK;
    unsigned shift = w->pae ? 21 : 22;
    u32 index = w->pae ? lin >> 21 & 511 : lin >> 22;
    if (w->pae) {
        u64 e = m->pdpte[lin >> 30];
        step(w, "PDPTE", lin >> 30, lin >> 30, e);
        if (!(e & PTE_P))
            return;
        table = (u32)e & ~PAGE_MASK;
    }
    u32 at = (table + index * size) & a20;
    u64 pde = entry_at(m, at, size);
    struct vm_walk_step *s = step(w, "PDE", index, at, pde);
    s->large = (pde & PTE_PS) && (w->pae || m->cr4 & CR4_PSE);
    if (!(pde & PTE_P) || s->large)
        return;
    index = lin >> 12 & ((1u << (shift - 12)) - 1);
    at = (((u32)pde & ~PAGE_MASK) + index * size) & a20;
    step(w, "PTE", index, at, entry_at(m, at, size));
}

static void say_refusal(const struct mmu_refusal *r, char *why)
{
    static const char *const tables[] = {"PDPTE", "PDE", "PTE"};
    static const char *const reasons[] = {
        [MMU_NOT_PRESENT] = "is not present (bit 0)",
        [MMU_RESERVED] = "has reserved bits set",
        [MMU_SUPERVISOR] = "is for supervisors (U/S, bit 2, is clear)",
        [MMU_READ_ONLY] = "is read-only (R/W, bit 1, is clear)",
    };
    snprintf(why, VM_WORDS, "the %s %s", tables[r->level], reasons[r->reason]);
}

static void say_memory(const struct phys *p, u32 addr, char *out, size_t size)
{
    const struct phys_page *page = &p->page[addr >> PAGE_SHIFT];
    const char *name = page->kind == PAGE_MMIO ? p->windows[page->window].name : NULL;
    snprintf(out, size, "%s",
             page->kind == PAGE_RAM    ? "RAM"
             : page->kind == PAGE_ROM  ? "ROM"
             : page->kind == PAGE_MMIO ? (name ? name : "a device")
                                       : "nothing");
}

void vm_walk(struct vm *vm, u32 lin, struct vm_walk *w)
{
    static const enum mmu_access kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    struct mmu *m = &vm_cpu(vm)->mmu;
    *w = (struct vm_walk){.paging = m->cr0 & CR0_PG, .cr3 = m->cr3};
    w->pae = w->paging && (m->cr4 & CR4_PAE);
    if (w->paging)
        list_steps(m, lin, w);
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            struct mmu_refusal why;
            u32 phys;
            bool ok = mmu_probe(m, lin, kinds[kind], user, &phys, &why);
            w->access[user][kind].allowed = ok;
            if (!ok)
                say_refusal(&why, w->access[user][kind].why);
            if (ok && !user && kind == 0) {
                w->mapped = true;
                w->phys = phys;
                say_memory(m->phys, phys, w->memory, sizeof(w->memory));
            }
        }
    }
}

/* The rights that all levels leave (P, R/W, U/S), and the size of what they are said of. */
static u32 rights_at(struct mmu *m, u32 lin, u64 *size)
{
    enum { RIGHTS = 7 };
    bool pae = m->cr4 & CR4_PAE;
    u32 a20 = m->phys->a20_mask, entry = pae ? 8 : 4, table = m->cr3 & ~PAGE_MASK;
    unsigned shift = pae ? 21 : 22;
    if (pae) {
        u64 e = m->pdpte[lin >> 30];
        *size = 1u << 30;
        if (!(e & PTE_P))
            return 0;
        table = (u32)e & ~PAGE_MASK;
    }
    u32 index = pae ? lin >> 21 & 511 : lin >> 22;
    u64 pde = entry_at(m, (table + index * entry) & a20, entry);
    *size = 1u << shift;
    if (!(pde & PTE_P))
        return 0;
    if ((pde & PTE_PS) && (pae || m->cr4 & CR4_PSE))
        return (u32)pde & RIGHTS;
    index = lin >> 12 & ((1u << (shift - 12)) - 1);
    u64 pte = entry_at(m, (((u32)pde & ~PAGE_MASK) + index * entry) & a20, entry);
    *size = PAGE_SIZE;
    return pte & PTE_P ? (u32)(pde & pte) & RIGHTS : 0;
}

bool vm_mapping_next(struct vm *vm, u64 *at, struct vm_mapping *out)
{
    struct mmu *m = &vm_cpu(vm)->mmu;
    const u64 end = 1ull << 32;
    u32 rights = 0;
    u64 size, first;
    if (!(m->cr0 & CR0_PG))
        return false;
    while (*at < end && !(rights = rights_at(m, (u32)*at, &size)))
        *at += size;
    if (*at >= end)
        return false;
    first = *at;
    do
        *at += size;
    while (*at < end && rights_at(m, (u32)*at, &size) == rights);
    *out = (struct vm_mapping){
        .first = (u32)first, .last = (u32)(*at - 1), .user = rights & 4, .writable = rights & 2};
    return true;
}

/* ---- TLBs ---- */

bool vm_tlb_next(const struct vm *vm, u32 *at, struct vm_tlb_entry *out)
{
    static const u8 tables[] = {TLB_SUPERVISOR, TLB_USER, TLB_CODE_SUPERVISOR, TLB_CODE_USER};
    const struct mmu *m = &vm_cpu(vm)->mmu;
    for (; *at < ARRAY_SIZE(tables) * TLB_ENTRIES; ++*at) {
        unsigned table = *at / TLB_ENTRIES;
        const struct tlb_info *i = &m->tlb[tables[table]].info[*at % TLB_ENTRIES];
        if (i->page & TLB_EMPTY)
            continue;
        *out = (struct vm_tlb_entry){.code = table >= 2,
                                     .user = table & 1,
                                     .page = i->page,
                                     .phys = i->phys,
                                     .shift = i->shift,
                                     .writable = i->writable,
                                     .global = i->global};
        ++*at;
        return true;
    }
    return false;
}

/* ---- interrupts ---- */

static void say(char why[VM_WORDS], const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(char why[VM_WORDS], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, VM_WORDS, fmt, args);
    va_end(args);
}

/* 0 is the highest. */
static unsigned rank(const struct i8259_chip *c, unsigned ir)
{
    return (ir - c->lowest - 1) & 7;
}

/* The input in service that keeps `ir` waiting, or -1. */
static int blocker(const struct i8259_chip *c, unsigned ir, bool nested)
{
    for (unsigned i = 0; i < 8; i++) {
        bool counts = c->isr >> i & 1 && !(c->special_mask && c->imr >> i & 1);
        if (counts && (rank(c, i) < rank(c, ir) || (i == ir && !nested)))
            return (int)i;
    }
    return -1;
}

/* Why a request does not come through the 8259s; "": it does. */
static void say_pic(const struct i8259 *pic, unsigned irq, char why[VM_WORDS])
{
    const struct i8259_chip *chip = &pic->chip[irq / 8], *master = &pic->chip[0];
    unsigned base = irq & 8;
    int by = blocker(chip, irq & 7, false);
    if (chip->init_step)
        say(why, "the 8259 is being initialised (ICW%d is missing)", chip->init_step);
    else if (chip->imr >> (irq & 7) & 1)
        say(why, "masked in the 8259 (IMR %02x)", chip->imr);
    else if (by >= 0)
        say(why, "waits for the end (EOI) of IRQ %u, which is in service", base + (unsigned)by);
    else if (irq >= 8 && master->imr >> 2 & 1)
        say(why, "the cascade (IRQ 2) is masked in the first 8259 (IMR %02x)", master->imr);
    else if (irq >= 8 && (by = blocker(master, 2, false)) >= 0)
        say(why, "waits for the end (EOI) of IRQ %d of the first 8259", by);
}

static void say_line(const struct vm *vm, const struct vm_interrupts *in, unsigned irq,
                     char why[VM_WORDS])
{
    const struct lapic *l = vm_pc(vm)->lapic;
    say_pic(vm_pc(vm)->pic, irq, why);
    if (*why)
        return;
    if (!l->output && vm_pc(vm)->pic->chip[0].output)
        say(why, "the local APIC does not let it through (LINT0 %05x)", l->lvt[LVT_LINT0]);
    else if (!in->enabled)
        say(why, "interrupts are off (IF is clear)");
    else if (in->held)
        say(why, "held for one instruction (after STI or MOV SS)");
    else
        say(why, "is taken before the next instruction, unless one of higher priority is");
}

static int highest(const u32 bits[8])
{
    for (int i = 255; i >= 0; i--) {
        if (bits[i / 32] >> i % 32 & 1)
            return i;
    }
    return -1;
}

static void say_next(const struct cpu *c, struct vm_interrupts *in)
{
    if (c->shutdown)
        say(in->next, "nothing: the processor has shut down (triple fault); only a reset ends it");
    else if (c->event.pending)
        say(in->next, "vector %02x is delivered", c->event.vector);
    else if (in->nmi && !in->nmi_blocked)
        say(in->next, "the NMI is taken");
    else if (in->nmi)
        say(in->next, "an NMI waits for the IRET of the one before");
    else if (!in->signalled)
        say(in->next, "no interrupt is signalled to the processor");
    else if (!in->enabled)
        say(in->next, "one is signalled, and interrupts are off (IF is clear)%s",
            c->halted ? ": only an NMI or a reset wakes the halted processor" : "");
    else if (in->held)
        say(in->next, "one is signalled, and held for one instruction (after STI or MOV SS)");
    else
        say(in->next, "an interrupt is taken");
}

void vm_interrupts(const struct vm *vm, struct vm_interrupts *in)
{
    const struct cpu *c = vm_cpu(vm);
    const struct pc *pc = vm_pc(vm);
    memset(in, 0, sizeof(*in));
    in->enabled = cpu_eflags(c) & EFLAGS_IF;
    in->held = c->shadow != SHADOW_NONE;
    in->signalled = c->intr;
    in->nmi = c->nmi;
    in->nmi_blocked = c->nmi_blocked;
    in->apic = (pc->lapic->base & 0x800) && (pc->lapic->svr & 0x100);
    in->apic_next = highest(pc->lapic->irr);
    in->apic_priority = (u8)pc->lapic->tpr;
    for (unsigned irq = 0; irq < VM_LINES; irq++) {
        const struct i8259_chip *chip = &pc->pic->chip[irq / 8];
        unsigned bit = irq & 7;
        struct vm_line *l = &in->line[irq];
        l->requested = chip->irr >> bit & 1;
        l->in_service = chip->isr >> bit & 1;
        l->masked = chip->imr >> bit & 1;
        l->vector = (u8)((chip->icw2 & 0xf8) | bit);
        if (l->requested && irq != 2)
            say_line(vm, in, irq, l->why);
    }
    say_next(c, in);
}

/* ---- PCI ---- */

bool vm_pci(const struct vm *vm, unsigned i, struct vm_pci *out)
{
    static const char *const kinds[] = {
        [PCI_PORTS] = "ports", [PCI_MMIO] = "memory", [PCI_RAM] = "memory", [PCI_ROM] = "ROM"};
    const struct pci *pci = vm_pc(vm)->pci;
    for (unsigned devfn = 0; devfn < ARRAY_SIZE(pci->function); devfn++) {
        const struct pci_function *f = pci->function[devfn];
        if (!f || i-- > 0)
            continue;
        *out = (struct vm_pci){.slot = (u8)(devfn >> 3),
                               .function = devfn & 7,
                               .name = f->name,
                               .vendor = get_le16(f->config + PCI_VENDOR_ID),
                               .device = get_le16(f->config + PCI_DEVICE_ID),
                               .class = get_le16(f->config + PCI_CLASS),
                               .prog_if = f->config[PCI_PROG_IF],
                               .revision = f->config[PCI_REVISION],
                               .pin = f->config[PCI_INTERRUPT_PIN],
                               .line = f->config[PCI_INTERRUPT_LINE],
                               .asserted = f->interrupt};
        for (unsigned k = 0; k < VM_PCI_WINDOWS; k++) {
            const struct pci_window *w = &f->window[k];
            if (w->kind != PCI_NO_WINDOW)
                out->window[k] = (struct vm_pci_window){kinds[w->kind], w->wanted ? w->at : 0,
                                                        w->size, w->mapped};
        }
        return true;
    }
    return false;
}

/* ---- decoded code, events, memory ---- */

void vm_blocks(const struct vm *vm, struct vm_blocks *out)
{
    const struct cpu *c = vm_cpu(vm);
    const struct block_cache *b = c->blocks;
    *out = (struct vm_blocks){
        .decoded = b->decoded, .dropped = b->dropped, .flushes = b->flushes, .bytes = b->used};
    for (u32 page = 0; page < PHYS_PAGES; page++)
        out->pages += c->phys->page[page].code != 0;
}
