/*
 * access.c - memory access, the complete way: page crossing, MMIO, code pages, alignment checks,
 * data breakpoints; and the exact segment check. SDM vol. 3, 5.3-5.5, 6.15 (#AC), 17.2.
 *
 * A access that crosses a page translates both pages before it touches either, so that a fault
 * leaves memory as it was.
 */
#include "cpu/protect/access.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/spin.h"
#include "mmu/touch.h"

/* ---- segments ---- */

static enum op_status seg_fault(struct cpu *c, unsigned seg, u32 off, unsigned n, const char *what)
{
    static const char name[SEG_COUNT][3] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    return cpu_fault_code(c, seg == SEG_SS ? VEC_SS : VEC_GP, 0,
                          "%s: %u bytes at %s:%08x (selector %04x, base %08x, limit %08x)", what, n,
                          name[seg], off, c->seg[seg].sel, c->seg[seg].base, c->seg[seg].limit);
}

enum op_status seg_check_slow(struct cpu *c, unsigned seg, u32 off, unsigned n, bool write,
                              u32 *lin)
{
    const struct seg *s = &c->seg[seg];
    u32 last = off + (n - 1);

    if (!s->usable)
        return seg_fault(c, seg, off, n, "access through a null selector");
    if ((c->mmu.cr0 & CR0_PE) && !(c->eflags & EFL_VM)) {
        if (s->attr & SEG_CODE) {
            if (write)
                return seg_fault(c, seg, off, n, "write to a code segment");
            if (!(s->attr & SEG_RW))
                return seg_fault(c, seg, off, n, "read of an execute-only segment");
        } else if (write && !(s->attr & SEG_RW)) {
            return seg_fault(c, seg, off, n, "write to a read-only segment");
        }
    }
    if ((s->attr & (SEG_CODE | SEG_ED_CONF)) == SEG_ED_CONF) {
        u32 top = s->attr & SEG_DB ? 0xffffffffu : 0xffffu;
        if (off <= s->limit || last > top || last < off)
            return seg_fault(c, seg, off, n, "outside an expand-down segment");
    } else if (last > s->limit || last < off) {
        return seg_fault(c, seg, off, n, "beyond the segment limit");
    }
    *lin = s->base + off;
    return OP_NEXT;
}

/* ---- linear addresses ---- */

static bool alignment_checked(const struct cpu *c)
{
    return c->cpl == 3 && (c->mmu.cr0 & CR0_AM) && (c->eflags & EFL_AC);
}

/* Physical address, or the page fault. */
static ALWAYS_INLINE enum op_status translate(struct cpu *c, u32 lin, enum mmu_access a, bool user,
                                              u32 *phys)
{
    if (unlikely(!mmu_translate(&c->mmu, lin, a, user, phys)))
        return cpu_page_fault(c);
    return OP_NEXT;
}

/* Does somebody want to know which pages are read? Those of the fast path are known already, and
 * writes by their translation. */
static ALWAYS_INLINE void note_read(struct cpu *c, u32 lin, bool user, u32 phys)
{
    if (unlikely(mmu_touch(&c->mmu) != NULL))
        mmu_touch_read(&c->mmu, lin, user, phys);
}

static ALWAYS_INLINE bool crosses(u32 lin, unsigned n)
{
    return (lin & PAGE_MASK) + n > PAGE_SIZE;
}

/* An access was done that the fast path did not see: whose watchpoint was it? */
static ALWAYS_INLINE void note_access(struct cpu *c, u32 lin, unsigned n, bool write)
{
    if (debug_armed(c))
        debug_data_access(c, lin, n, write);
    if (unlikely(c->inspect != NULL))
        inspect_data(c, lin, n, write);
}

static enum op_status load(struct cpu *c, u32 lin, unsigned n, bool user, u64 *v)
{
    u32 p, q;
    TRY(translate(c, lin, MMU_READ, user, &p));
    note_read(c, lin, user, p);
    unsigned head = PAGE_SIZE - (lin & PAGE_MASK);
    if (unlikely(c->watching))
        spin_load(c, p, n < head ? n : head);
    fpu_callback(c); /* what is there may be a device */
    if (likely(!crosses(lin, n))) {
        *v = phys_load(c->phys, p, n);
        return OP_NEXT;
    }
    TRY(translate(c, lin + head, MMU_READ, user, &q));
    note_read(c, lin + head, user, q);
    if (unlikely(c->watching))
        spin_load(c, q, n - head);
    u64 r = 0;
    for (unsigned i = 0; i < n; i++)
        r |= phys_load(c->phys, i < head ? p + i : q + (i - head), 1) << (8 * i);
    *v = r;
    return OP_NEXT;
}

static enum op_status store(struct cpu *c, u32 lin, unsigned n, bool user, u64 v)
{
    u32 p, q;
    TRY(translate(c, lin, MMU_WRITE, user, &p));
    fpu_callback(c);
    if (likely(!crosses(lin, n))) {
        if (unlikely(c->watching))
            spin_store(c, p, n, v);
        phys_store(c->phys, p, v, n);
        return OP_NEXT;
    }
    unsigned head = PAGE_SIZE - (lin & PAGE_MASK);
    TRY(translate(c, lin + head, MMU_WRITE, user, &q));
    if (unlikely(c->watching)) {
        spin_store(c, p, head, v);
        spin_store(c, q, n - head, v >> (8 * head));
    }
    for (unsigned i = 0; i < n; i++)
        phys_store(c->phys, i < head ? p + i : q + (i - head), v >> (8 * i) & 0xff, 1);
    return OP_NEXT;
}

/*
 * DOS programs keep data and code in one page, which then has no tag for writing: each store comes
 * here. One to bytes that nothing was decoded from is finished at once. NULL: it is not that, or
 * there is more to do (the first write to the page, to watched memory).
 */
static ALWAYS_INLINE void *beside_code(const struct cpu *c, u32 lin, unsigned n, bool user)
{
    const struct tlb_info *i = &tlb_table(&c->mmu, MMU_WRITE, user)->info[tlb_slot_of(lin)];
    if (i->page != ((lin + n - 1) & ~PAGE_MASK) || !i->writable || mmu_page_is_slow(&c->mmu, lin))
        return NULL;
    const struct phys_page *pp = &c->phys->page[i->phys >> PAGE_SHIFT];
    if (pp->kind != PAGE_RAM || !pp->code || pp->shared ||
        (pp->watched && !*phys_written(c->phys, pp)) ||
        !phys_beside_code(c->phys, i->phys >> PAGE_SHIFT, lin & PAGE_MASK, n))
        return NULL;
    if (unlikely(mmu_touch(&c->mmu) != NULL))
        touch_written(mmu_touch(&c->mmu), i->phys);
    return pp->host + (lin & PAGE_MASK);
}

void *lin_beside_code(const struct cpu *c, u32 lin, unsigned n)
{
    if (unlikely(c->tlb != c->mmu.tlb[c->user ? TLB_USER : TLB_SUPERVISOR].fast))
        return NULL; /* alignment and breakpoints are looked at */
    return beside_code(c, lin, n, c->user);
}

/* What the fast path cannot see: alignment checks before, data breakpoints after. */
static ALWAYS_INLINE enum op_status check_alignment(struct cpu *c, u32 lin, unsigned n)
{
    if (unlikely(alignment_checked(c)) && (lin & (n - 1)))
        return cpu_fault_code(c, VEC_AC, 0, "misaligned access of %u bytes at %08x", n, lin);
    return OP_NEXT;
}

enum op_status lin_check_alignment(struct cpu *c, u32 lin, unsigned n)
{
    return check_alignment(c, lin, n);
}

enum op_status lin_load(struct cpu *c, u32 lin, unsigned n, u64 *v)
{
    TRY(check_alignment(c, lin, n));
    TRY(load(c, lin, n, c->user, v));
    note_access(c, lin, n, false);
    return OP_NEXT;
}

enum op_status lin_store(struct cpu *c, u32 lin, unsigned n, u64 v)
{
    void *p = lin_beside_code(c, lin, n);
    if (likely(p != NULL)) {
        host_store(p, n, v);
        return OP_NEXT;
    }
    TRY(check_alignment(c, lin, n));
    TRY(store(c, lin, n, c->user, v));
    note_access(c, lin, n, true);
    return OP_NEXT;
}

static ALWAYS_INLINE enum op_status probe_write(struct cpu *c, u32 lin, unsigned n, bool user)
{
    u32 p;
    TRY(translate(c, lin, MMU_WRITE, user, &p));
    if (crosses(lin, n))
        TRY(translate(c, (lin + n - 1) & ~PAGE_MASK, MMU_WRITE, user, &p));
    return OP_NEXT;
}

enum op_status lin_probe_write(struct cpu *c, u32 lin, unsigned n)
{
    if (likely(lin_beside_code(c, lin, n) != NULL))
        return OP_NEXT;
    TRY(check_alignment(c, lin, n));
    return probe_write(c, lin, n, c->user);
}

/*
 * c->tlb may be the user's table, or the empty one: these look at the supervisor's. Breakpoints see
 * every access, so the fast way is closed while any is armed; and who watches does, too.
 */
static ALWAYS_INLINE bool sees_all(const struct cpu *c)
{
    return debug_armed(c) || unlikely(c->watching);
}

static ALWAYS_INLINE const struct tlb_fast *sys_slot(const struct cpu *c, u32 lin)
{
    return &c->mmu.tlb[TLB_SUPERVISOR].fast[tlb_slot_of(lin)];
}

static COLD enum op_status sys_load_slow(struct cpu *c, u32 lin, unsigned n, u64 *v)
{
    TRY(load(c, lin, n, false, v));
    note_access(c, lin, n, false);
    return OP_NEXT;
}

static COLD enum op_status sys_store_slow(struct cpu *c, u32 lin, unsigned n, u64 v)
{
    void *p = sees_all(c) ? NULL : beside_code(c, lin, n, false);
    if (p) {
        host_store(p, n, v);
        return OP_NEXT;
    }
    TRY(store(c, lin, n, false, v));
    note_access(c, lin, n, true);
    return OP_NEXT;
}

enum op_status sys_load(struct cpu *c, u32 lin, unsigned n, u64 *v)
{
    const struct tlb_fast *e = sys_slot(c, lin);
    if (unlikely(e->read != ((lin + n - 1) & ~PAGE_MASK)) || sees_all(c))
        return sys_load_slow(c, lin, n, v);
    *v = host_load((const void *)(uintptr_t)(lin + e->add), n);
    return OP_NEXT;
}

enum op_status sys_store(struct cpu *c, u32 lin, unsigned n, u64 v)
{
    const struct tlb_fast *e = sys_slot(c, lin);
    if (unlikely(e->write != ((lin + n - 1) & ~PAGE_MASK)) || sees_all(c))
        return sys_store_slow(c, lin, n, v);
    host_store((void *)(uintptr_t)(lin + e->add), n, v);
    return OP_NEXT;
}

enum op_status sys_probe_write(struct cpu *c, u32 lin, unsigned n)
{
    return probe_write(c, lin, n, false);
}

enum op_status lin_load_bytes(struct cpu *c, u32 lin, void *buf, unsigned n)
{
    u32 p, q = 0;
    unsigned room = PAGE_SIZE - (lin & PAGE_MASK), head = n < room ? n : room;
    TRY(translate(c, lin, MMU_READ, c->user, &p));
    note_read(c, lin, c->user, p);
    if (head < n) {
        TRY(translate(c, lin + head, MMU_READ, c->user, &q));
        note_read(c, lin + head, c->user, q);
    }
    if (unlikely(c->watching))
        c->spin->dirty = true;
    phys_read(c->phys, p, buf, head);
    if (head < n)
        phys_read(c->phys, q, (u8 *)buf + head, n - head);
    note_access(c, lin, n, false);
    return OP_NEXT;
}

enum op_status lin_store_bytes(struct cpu *c, u32 lin, const void *buf, unsigned n)
{
    u32 p, q = 0;
    unsigned room = PAGE_SIZE - (lin & PAGE_MASK), head = n < room ? n : room;
    TRY(translate(c, lin, MMU_WRITE, c->user, &p));
    if (head < n)
        TRY(translate(c, lin + head, MMU_WRITE, c->user, &q));
    if (unlikely(c->watching))
        c->spin->dirty = true;
    phys_write(c->phys, p, buf, head);
    if (head < n)
        phys_write(c->phys, q, (const u8 *)buf + head, n - head);
    note_access(c, lin, n, true);
    return OP_NEXT;
}
