/* vm_route.c - see vm_route.h. */
#include "hw/machine/vm_route.h"

#include "cpu/cpu.h"
#include "cpu/protect/desc.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct way {
    struct vm *vm;
    struct cpu *c;
    const struct vm_route_from *from;
    struct vm_route *out;
    struct seg seg; /* through which it goes */
    const char *name;
};

static struct vm_route_step *step(struct way *w, const char *what, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static struct vm_route_step *step(struct way *w, const char *what, const char *fmt, ...)
{
    struct vm_route *out = w->out;
    struct vm_route_step *s =
        &out->step[out->steps < VM_ROUTE_STEPS ? out->steps++ : VM_ROUTE_STEPS - 1];
    va_list args;
    *s = (struct vm_route_step){.what = what};
    va_start(args, fmt);
    vsnprintf(s->says, sizeof(s->says), fmt, args);
    va_end(args);
    return s;
}

static bool refuse(struct way *w, struct vm_route_step *s, unsigned vector, u32 error)
{
    s->refuses = true;
    w->out->vector = (u8)vector;
    w->out->error = error;
    return false;
}

static bool is_real(const struct cpu *c)
{
    return !(c->mode & MODE_PE) || (c->mode & MODE_VM);
}

/* ---- the segment ---- */

/* May a selector be loaded for this access, and what is there then? MOV and a far jump to it. */
static bool load_selector(struct way *w)
{
    const struct vm_route_from *f = w->from;
    struct cpu *c = w->c;
    struct desc d;
    u8 bytes[8];
    bool code = f->access == VM_EXECUTE;
    unsigned rpl = sel_rpl(f->sel), asks = rpl > c->cpl ? rpl : c->cpl;
    u32 error = sel_error(f->sel, 0);
    if (sel_null(f->sel))
        return refuse(w, step(w, "selector", "%04x is a null selector", f->sel), VEC_GP, 0);
    if (!desc_address(c, f->sel, &d.addr))
        return refuse(w,
                      step(w, "selector", "%04x is beyond the end of the %s", f->sel,
                           f->sel & 4 ? "LDT" : "GDT"),
                      VEC_GP, error);
    if (vm_linear_read(w->vm, d.addr, bytes, 8) != 8)
        return refuse(w, step(w, "selector", "its descriptor, at %08x, is not there", d.addr),
                      VEC_PF, 0);
    d.lo = get_le32(bytes);
    d.hi = get_le32(bytes + 4);
    d.attr = (u16)(d.hi >> 8 & 0xf0ff);
    d.type = d.hi >> 8 & 15;
    d.dpl = d.hi >> 13 & 3;
    struct vm_route_step *s =
        step(w, "selector", "%04x: entry %u of the %s, at %08x, DPL %u; ring %u asks with RPL %u",
             f->sel, f->sel >> 3, f->sel & 4 ? "LDT" : "GDT", d.addr, d.dpl, c->cpl, rpl);
    bool fits = code ? desc_is_code(&d) : desc_is_segment(&d);
    bool reached = code
                       ? desc_is_conforming(&d) ? d.dpl <= c->cpl : d.dpl == c->cpl && rpl <= c->cpl
                       : desc_is_conforming(&d) || d.dpl >= asks;
    if (!fits || !reached) {
        snprintf(s->says + strlen(s->says), sizeof(s->says) - strlen(s->says), ": %s",
                 fits   ? "not from there"
                 : code ? "no code segment"
                        : "no segment of memory");
        return refuse(w, s, VEC_GP, error);
    }
    if (!desc_present(&d)) {
        snprintf(s->says + strlen(s->says), sizeof(s->says) - strlen(s->says), ": not present");
        return refuse(w, s, VEC_NP, error);
    }
    seg_assign(&w->seg, f->sel, &d);
    return true;
}

static bool choose_segment(struct way *w)
{
    static const char *const names[SEG_COUNT] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    const struct vm_route_from *f = w->from;
    if (f->by_register) {
        w->seg = w->c->seg[f->segment];
        w->name = names[f->segment];
        return true;
    }
    w->name = f->access == VM_EXECUTE ? "CS" : "DS";
    if (!is_real(w->c))
        return load_selector(w);
    w->seg = w->c->seg[SEG_DS];
    w->seg.sel = f->sel;
    w->seg.base = (u32)f->sel << 4;
    w->seg.usable = true;
    return true;
}

/* The processor's own check, of a register that holds this segment for so long. */
static bool check_segment(struct way *w)
{
    enum { HOLDER = SEG_DS };
    const struct vm_route_from *f = w->from;
    struct cpu *c = w->c;
    unsigned which = f->by_register ? f->segment : (unsigned)HOLDER;
    struct seg held = c->seg[which];
    struct cpu_event event = c->event;
    c->seg[which] = w->seg;
    bool ok = seg_check_slow(c, which, f->offset, f->bytes, f->access == VM_WRITE,
                             &w->out->linear) == OP_NEXT;
    struct cpu_event why = c->event;
    c->seg[which] = held;
    c->event = event;
    if (ok)
        return true;
    char words[VM_ROUTE_WORDS];
    cpu_event_text(&why, words, sizeof(words));
    return refuse(w, step(w, "limit", "%.200s", words), why.vector, why.error);
}

static bool check_fetch(struct way *w)
{
    const struct vm_route_from *f = w->from;
    u32 last = f->offset + f->bytes - 1;
    bool protect = !is_real(w->c);
    w->out->linear = w->seg.base + f->offset;
    if (protect && (!w->seg.usable || !(w->seg.attr & SEG_CODE)))
        return refuse(w, step(w, "type", "%s %04x is no code segment", w->name, w->seg.sel), VEC_GP,
                      0);
    if (last <= w->seg.limit && last >= f->offset)
        return true;
    return refuse(
        w,
        step(w, "limit", "the instruction ends at %08x, beyond the limit %08x", last, w->seg.limit),
        VEC_GP, 0);
}

static bool through_segment(struct way *w)
{
    const struct vm_route_from *f = w->from;
    if (!f->has_segment) {
        w->out->linear = f->offset;
        step(w, "linear", "%08x is a linear address: no segment is asked", f->offset);
        return true;
    }
    if (!choose_segment(w))
        return false;
    const struct seg *s = &w->seg;
    if (is_real(w->c))
        step(w, "segment", "%s %04x: base %08x = 16 times the selector, limit %08x", w->name,
             s->sel, s->base, s->limit);
    else
        step(w, "segment", "%s %04x: base %08x, limit %08x%s, %s, DPL %u", w->name, s->sel, s->base,
             s->limit,
             (s->attr & (SEG_CODE | SEG_ED_CONF)) == SEG_ED_CONF ? " (expands down: above it)" : "",
             s->attr & SEG_CODE ? s->attr & SEG_RW ? "code, readable" : "code, execute only"
             : s->attr & SEG_RW ? "data, writable"
                                : "data, read-only",
             SEG_DPL(s->attr));
    if (!(f->access == VM_EXECUTE ? check_fetch(w) : check_segment(w)))
        return false;
    step(w, "limit", "bytes %08x to %08x are within it", f->offset, f->offset + f->bytes - 1);
    step(w, "linear", "%08x + %08x = %08x", s->base, f->offset, w->out->linear);
    return true;
}

static bool check_alignment(struct way *w)
{
    const struct cpu *c = w->c;
    unsigned n = w->from->bytes;
    bool checked = c->cpl == 3 && (c->mmu.cr0 & CR0_AM) && (c->eflags & EFL_AC) &&
                   w->from->access != VM_EXECUTE && !w->from->as_supervisor;
    if (!checked || !(w->out->linear & (n - 1)) || (n & (n - 1)))
        return true;
    return refuse(w,
                  step(w, "alignment", "%08x is no multiple of %u, and CR0.AM and EFLAGS.AC are 1",
                       w->out->linear, n),
                  VEC_AC, 0);
}

/* ---- the page tables ---- */

static void put_bit(struct vm_route_step *s, u8 n, const char *name, const char *set,
                    const char *clear)
{
    if (s->bits == VM_ENTRY_BITS)
        return;
    u8 value = s->value >> n & 1;
    s->bit[s->bits++] = (struct vm_entry_bit){n, value, name, value ? set : clear};
}

static void put_bits(struct vm_route_step *s, bool pdpte, bool leaf, bool pde)
{
    put_bit(s, 0, "P", "present", "not present: the rest means nothing");
    if (!pdpte) {
        put_bit(s, 1, "R/W", "writable", "read-only (for supervisors only with CR0.WP)");
        put_bit(s, 2, "U/S", "user and supervisor", "supervisor only");
    }
    put_bit(s, 3, "PWT", "write-through", "write-back");
    put_bit(s, 4, "PCD", "not cached", "cached");
    if (pdpte)
        return;
    put_bit(s, 5, "A", "accessed: used for a translation", "not yet used");
    if (leaf)
        put_bit(s, 6, "D", "dirty: written to", "not yet written");
    if (pde)
        put_bit(s, 7, "PS", "a large page", "leads to a page table");
    if (leaf)
        put_bit(s, 8, "G", "global: stays in the TLB when CR3 is loaded", "not global");
}

static const char *const levels[] = {"PDPTE", "PDE", "PTE"};

static unsigned level_of(const char *table)
{
    return strcmp(table, "PDPTE") == 0 ? MMU_PDPTE : strcmp(table, "PDE") == 0 ? MMU_PDE : MMU_PTE;
}

static u32 page_fault_code(const struct way *w, const struct mmu_refusal *r)
{
    return (r->reason != MMU_NOT_PRESENT ? PF_PRESENT : 0u) |
           (w->from->access == VM_WRITE ? PF_WRITE : 0u) | (w->out->user ? PF_USER : 0u) |
           (r->reason == MMU_RESERVED ? PF_RESERVED : 0u);
}

/* One level; false: it is the one that refuses. */
static bool show_level(struct way *w, const struct vm_walk *k, unsigned i,
                       const struct mmu_refusal *r)
{
    const struct vm_walk_step *x = &k->step[i];
    unsigned level = level_of(x->table);
    bool here = r && r->level == level;
    struct vm_route_step *s;
    int digits = k->pae ? 16 : 8;
    if (level == MMU_PDPTE)
        s = step(w, levels[level], "number %u of the processor's four: %016llx", x->index,
                 (unsigned long long)x->entry);
    else
        s = step(w, levels[level], "entry %03x, at physical %08x: %0*llx", x->index, x->at, digits,
                 (unsigned long long)x->entry);
    s->entry = true;
    s->index = x->index;
    s->at = x->at;
    s->value = x->entry;
    put_bits(s, level == MMU_PDPTE, x->large || level == MMU_PTE, level == MMU_PDE);
    if (!here)
        return true;
    snprintf(s->says + strlen(s->says), sizeof(s->says) - strlen(s->says), ": %s",
             r->reason == MMU_NOT_PRESENT  ? "not present"
             : r->reason == MMU_RESERVED   ? "a reserved bit is set"
             : r->reason == MMU_SUPERVISOR ? "for the supervisor only (U/S is 0)"
             : w->out->user                ? "read-only (R/W is 0)"
                                           : "read-only (R/W is 0), and CR0.WP is 1");
    return refuse(w, s, VEC_PF, page_fault_code(w, r));
}

static bool through_tables(struct way *w)
{
    static const enum mmu_access kinds[] = {MMU_READ, MMU_WRITE, MMU_EXEC};
    struct mmu *m = &w->c->mmu;
    struct vm_route *out = w->out;
    struct mmu_refusal r;
    struct vm_walk k;
    vm_walk(w->vm, out->linear, &k);
    bool ok = mmu_probe(m, out->linear, kinds[w->from->access], out->user, &out->physical, &r);
    if (!k.paging) {
        step(w, "paging", "off: the physical address is the linear one%s",
             m->phys->a20_mask != 0xffffffff ? ", but for bit 20, which A20 holds at 0" : "");
        return true;
    }
    step(w, "paging", "%s; CR3 is %08x; %s asks", k.pae ? "PAE, entries of 64 bits" : "32 bits",
         k.cr3, out->user ? "user code (ring 3)" : "the supervisor");
    for (unsigned i = 0; i < k.steps; i++)
        if (!show_level(w, &k, i, ok ? NULL : &r))
            return false;
    return ok;
}

/* ---- the TLB, and what is there ---- */

static void ask_tlb(struct way *w)
{
    struct vm_route *out = w->out;
    bool code = w->from->access == VM_EXECUTE;
    struct vm_tlb_entry t;
    for (u32 at = 0; vm_tlb_next(w->vm, &at, &t);) {
        if (t.code != code || t.user != out->user || t.page != (out->linear & ~PAGE_MASK))
            continue;
        out->tlb = true;
        out->stale = !out->physical_known || t.phys != (out->physical & ~PAGE_MASK);
        step(w, "TLB", "knows the page: physical %08x%s%s%s", t.phys,
             t.shift > 12 ? ", part of a large page" : "", t.global ? ", global" : "",
             out->stale   ? "; the tables say otherwise now: until INVLPG or a load of CR3 "
                            "this one answers"
             : t.code     ? ""
             : t.writable ? "; writes go through"
             : w->from->access == VM_WRITE
                 ? "; it was not yet written to: the tables are asked, and D is set"
                 : "; not yet written to");
        return;
    }
    step(w, "TLB", "does not know the page: the tables are asked, and it is entered");
}

static void name_memory(struct way *w)
{
    struct vm_route *out = w->out;
    const struct phys *p = w->c->phys;
    const struct phys_page *page = &p->page[out->physical >> PAGE_SHIFT];
    snprintf(out->memory, sizeof(out->memory), "%s",
             page->kind == PAGE_RAM   ? "RAM"
             : page->kind == PAGE_ROM ? "ROM"
             : page->kind == PAGE_MMIO
                 ? p->windows[page->window].name ? p->windows[page->window].name : "a device"
                 : "nothing");
    step(w, "memory", "physical %08x is %s%s", out->physical,
         page->kind == PAGE_RAM    ? page->code ? "RAM, in a page with decoded code" : "RAM"
         : page->kind == PAGE_ROM  ? "ROM: writes are dropped"
         : page->kind == PAGE_NONE ? "nobody's: reads all ones, writes are dropped"
                                   : "answered by a device: ",
         page->kind == PAGE_MMIO ? out->memory : "");
}

void vm_route(struct vm *vm, const struct vm_route_from *from, struct vm_route *out)
{
    struct way w = {.vm = vm, .c = vm_cpu(vm), .from = from, .out = out, .name = ""};
    *out = (struct vm_route){.user = w.c->user && !from->as_supervisor};
    if (!through_segment(&w))
        return;
    out->linear_known = true;
    if (!check_alignment(&w))
        return;
    out->physical_known = out->allowed = through_tables(&w);
    if (w.c->mmu.cr0 & CR0_PG)
        ask_tlb(&w);
    if (out->allowed)
        name_memory(&w);
    if (out->allowed && (out->linear & PAGE_MASK) + from->bytes > PAGE_SIZE)
        step(&w, "crosses", "the access goes on in the next page, at %08x",
             (out->linear & ~PAGE_MASK) + PAGE_SIZE);
}
