/*
 * vm_inspect.c - registers, memory and points of a machine for debuggers. See vm_inspect.h.
 */
#include "hw/machine/vm_inspect.h"

#include "cpu/cpu.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "cpu/inspect.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/seg.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_machine.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)VM_EDI == (int)EDI && (int)VM_GS == (int)SEG_GS,
               "registers have the processor's numbers");
_Static_assert(
    (int)VM_POINT_EXECUTE == (int)INSPECT_EXECUTE && (int)VM_POINT_WRITE == (int)INSPECT_WRITE &&
        (int)VM_POINT_READ == (int)INSPECT_READ && (int)VM_POINT_ACCESS == (int)INSPECT_ACCESS &&
        (int)VM_POINT_PORT == (int)INSPECT_PORT && (int)VM_POINT_VECTOR == (int)INSPECT_VECTOR &&
        (int)VM_POINT_MODE == (int)INSPECT_MODE && (int)VM_POINT_TASK == (int)INSPECT_TASK,
    "points have the processor's kinds");
_Static_assert((int)VM_PORT_IN == (int)INSPECT_IN && (int)VM_PORT_OUT == (int)INSPECT_OUT &&
                   (int)VM_VECTOR_FAULT == (int)INSPECT_FAULT &&
                   (int)VM_VECTOR_IRQ == (int)INSPECT_IRQ &&
                   (int)VM_VECTOR_INT == (int)INSPECT_INT &&
                   (int)VM_MODE_OPERATION == (int)INSPECT_OPERATION &&
                   (int)VM_MODE_RING == (int)INSPECT_RING &&
                   (int)VM_MODE_SIZE == (int)INSPECT_SIZE && VM_MODE_PE == INSPECT_MODE_PE &&
                   VM_MODE_V86 == INSPECT_MODE_VM && VM_MODE_PAGING == INSPECT_MODE_PG &&
                   VM_MODE_CODE32 == INSPECT_MODE_CS32,
               "and its causes");

/* ---- registers ---- */

static struct vm_segment segment(const struct seg *s)
{
    return (struct vm_segment){s->sel, s->base, s->limit, s->attr, s->usable};
}

enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

/* What FNSTENV would say of a register that is not empty (SDM vol. 1, 8.1.7). */
static unsigned tag_of(const u8 st[10])
{
    u16 exponent = get_le16(st + 8) & 0x7fff;
    u64 significand = get_le64(st);
    if (exponent == 0 && significand == 0)
        return TAG_ZERO;
    return exponent == 0 || exponent == 0x7fff || !(significand >> 63) ? TAG_SPECIAL : TAG_VALID;
}

static void x87(const struct cpu_fpu *f, struct vm_registers *r)
{
    unsigned top = f->fsw >> 11 & 7;
    r->fcw = f->fcw;
    r->fsw = f->fsw;
    r->fop = f->fop;
    r->fip = f->fip;
    r->fcs = f->fcs;
    r->fdp = f->fdp;
    r->fds = f->fds;
    for (unsigned i = 0; i < 8; i++) {
        unsigned tag = f->ftw >> i & 1 ? tag_of(f->st[i]) : TAG_EMPTY;
        r->ftw |= (u16)(tag << 2 * i);
        memcpy(r->st[i], f->st[(top + i) & 7], sizeof(r->st[i]));
    }
    memcpy(r->xmm, f->xmm, sizeof(r->xmm));
    r->mxcsr = f->mxcsr;
}

void vm_registers(const struct vm *vm, struct vm_registers *r)
{
    struct cpu *c = vm_cpu(vm);
    fpu_leave(c);
    memset(r, 0, sizeof(*r));
    memcpy(r->gpr, c->gpr, sizeof(r->gpr));
    r->eip = c->eip;
    r->eflags = cpu_eflags(c);
    for (unsigned i = 0; i < VM_SEGMENTS; i++)
        r->seg[i] = segment(&c->seg[i]);
    r->ldtr = segment(&c->ldtr);
    r->tr = segment(&c->tr);
    r->gdtr = (struct vm_table){c->gdtr.base, c->gdtr.limit};
    r->idtr = (struct vm_table){c->idtr.base, c->idtr.limit};
    r->cr0 = c->mmu.cr0;
    r->cr2 = c->cr2;
    r->cr3 = c->mmu.cr3;
    r->cr4 = c->mmu.cr4;
    memcpy(r->dr, c->dr, sizeof(r->dr));
    x87(&c->fpu, r);
    r->cpl = c->cpl;
    r->protected_mode = c->mode & MODE_PE;
    r->v86 = c->mode & MODE_VM;
    r->paging = c->mmu.cr0 & CR0_PG;
    r->code32 = c->mode & MODE_CS32;
    r->stack32 = c->mode & MODE_SS32;
    r->halted = c->halted;
    r->held = c->shadow != SHADOW_NONE;
}

static bool set_selectors(struct cpu *c, const struct vm_registers *r, struct err *e)
{
    static const char *const name[VM_SEGMENTS] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    bool real = !(c->mode & MODE_PE) || (c->mode & MODE_VM);
    for (unsigned i = 0; i < VM_SEGMENTS; i++) {
        if (r->seg[i].sel == c->seg[i].sel)
            continue;
        if (real) {
            seg_load_real(c, i, r->seg[i].sel);
            cpu_update_mode(c);
            continue;
        }
        if (i == SEG_CS)
            return err_set(e, "CS of protected mode is changed by far jumps only");
        struct cpu_event before = c->event;
        u32 cr2 = c->cr2;
        if (seg_load(c, i, r->seg[i].sel) == OP_NEXT)
            continue;
        err_set(e, "%s cannot be %04x: vector %u, error code %04x", name[i], r->seg[i].sel,
                c->event.vector, c->event.error);
        c->event = before;
        c->cr2 = cr2;
        return false;
    }
    return true;
}

/* The checks of MOV to control registers (SDM vol. 2). */
static bool set_control(struct cpu *c, const struct vm_registers *r, struct err *e)
{
    c->cr2 = r->cr2;
    if (r->cr4 != c->mmu.cr4) {
        if (r->cr4 & ~c->model->cr4)
            return err_set(e, "CR4 has only the bits %08x", c->model->cr4);
        mmu_set_cr4(&c->mmu, r->cr4);
    }
    if (r->cr3 != c->mmu.cr3 && !mmu_set_cr3(&c->mmu, r->cr3))
        return err_set(e, "CR3 cannot be %08x: reserved bits are set in what it points to", r->cr3);
    if (r->cr0 != c->mmu.cr0) {
        if ((r->cr0 ^ c->mmu.cr0) & CR0_PE)
            return err_set(e, "CR0.PE cannot be changed from outside: the segments would not fit");
        if ((r->cr0 & CR0_PG) && !(r->cr0 & CR0_PE))
            return err_set(e, "CR0.PG wants CR0.PE");
        if (r->cr0 & ~(c->model->cr0 | CR0_ET))
            return err_set(e, "CR0 has only the bits %08x", c->model->cr0);
        if ((r->cr0 & ~c->mmu.cr0 & CR0_PG) && (c->mmu.cr4 & CR4_PAE) &&
            !mmu_load_pdptes(&c->mmu, c->mmu.cr3))
            return err_set(e, "CR0.PG: reserved bits are set in what CR3 points to");
        mmu_set_cr0(&c->mmu, r->cr0);
    }
    cpu_update_mode(c);
    fpu_update(c);
    return true;
}

static void set_x87(struct cpu *c, const struct vm_registers *r)
{
    struct cpu_fpu *f = &c->fpu;
    f->fcw = r->fcw;
    f->fsw = r->fsw;
    f->fop = r->fop & 0x7ff;
    f->fip = r->fip;
    f->fcs = r->fcs;
    f->fdp = r->fdp;
    f->fds = r->fds;
    f->ftw = 0;
    unsigned top = f->fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        f->ftw |= (u8)(((r->ftw >> 2 * i & 3) != TAG_EMPTY) << i);
        memcpy(f->st[(top + i) & 7], r->st[i], sizeof(r->st[i]));
    }
    memcpy(f->xmm, r->xmm, sizeof(f->xmm));
    f->mxcsr = r->mxcsr;
    fpu_loaded(c);
}

static bool same_x87(const struct vm_registers *a, const struct vm_registers *b)
{
    return a->fcw == b->fcw && a->fsw == b->fsw && a->ftw == b->ftw && a->fop == b->fop &&
           a->fip == b->fip && a->fcs == b->fcs && a->fdp == b->fdp && a->fds == b->fds &&
           a->mxcsr == b->mxcsr && !memcmp(a->st, b->st, sizeof(a->st)) &&
           !memcmp(a->xmm, b->xmm, sizeof(a->xmm));
}

bool vm_set_registers(struct vm *vm, const struct vm_registers *r, struct err *e)
{
    struct cpu *c = vm_cpu(vm);
    struct vm_registers now;
    vm_barrier(vm); /* in no journal */
    vm_registers(vm, &now);
    memcpy(c->gpr, r->gpr, sizeof(c->gpr));
    if (r->eip != now.eip || r->eflags != now.eflags)
        c->rep_flags = 0; /* a string instruction that paused there begins anew, or not at all */
    c->eip = r->eip;
    if (r->eflags != now.eflags) {
        if ((r->eflags ^ now.eflags) & EFL_VM)
            return err_set(e, "EFLAGS.VM cannot be changed from outside: the segments would not "
                              "fit");
        cpu_set_eflags(c, r->eflags);
    }
    if (!same_x87(r, &now))
        set_x87(c, r);
    for (unsigned i = 0; i < 4; i++)
        c->dr[i] = r->dr[i];
    if (r->dr[6] != now.dr[6])
        debug_set_dr6(c, r->dr[6]);
    if (r->dr[7] != now.dr[7])
        debug_set_dr7(c, r->dr[7]);
    return set_selectors(c, r, e) && set_control(c, r, e);
}

/* ---- memory ---- */

bool vm_linear_to_physical(struct vm *vm, u32 lin, u32 *phys)
{
    return mmu_peek(&vm_cpu(vm)->mmu, lin, phys);
}

enum { DISPLAY = 0xa0000, DISPLAY_END = 0xc0000 };

/* Reading the window loads the latches, which has to go unnoticed. */
static void read_display(struct pc *pc, u32 phys, u8 *out, u32 n)
{
    u32 latch = pc->vga->latch;
    phys_read(&pc->phys, phys, out, n);
    pc->vga->latch = latch;
}

/* Within one page; false: nothing that can be read without consequences. */
static bool read_piece(struct pc *pc, u32 phys, u8 *out, u32 n)
{
    u8 kind = pc->phys.page[phys >> PAGE_SHIFT].kind;
    if (kind == PAGE_MMIO && phys >= DISPLAY && phys < DISPLAY_END)
        read_display(pc, phys, out, n);
    else if (kind == PAGE_RAM || kind == PAGE_ROM)
        phys_read(&pc->phys, phys, out, n);
    else
        return false;
    return true;
}

u32 vm_linear_read(struct vm *vm, u32 lin, void *buf, u32 len)
{
    u32 done = 0;
    while (done < len) {
        u32 at = lin + done, room = PAGE_SIZE - (at & PAGE_MASK), phys;
        u32 n = len - done < room ? len - done : room;
        if (!vm_linear_to_physical(vm, at, &phys) ||
            !read_piece(vm_pc(vm), phys, (u8 *)buf + done, n))
            break;
        done += n;
    }
    return done;
}

u32 vm_physical_read(struct vm *vm, u32 addr, void *buf, u32 len)
{
    u32 done = 0;
    while (done < len) {
        u32 at = addr + done, room = PAGE_SIZE - (at & PAGE_MASK);
        u32 n = len - done < room ? len - done : room;
        if (at < addr || !read_piece(vm_pc(vm), at, (u8 *)buf + done, n))
            break;
        done += n;
    }
    return done;
}

u32 vm_linear_write(struct vm *vm, u32 lin, const void *buf, u32 len)
{
    struct pc *pc = vm_pc(vm);
    u32 done = 0;
    vm_barrier(vm); /* in no journal */
    while (done < len) {
        u32 at = lin + done, room = PAGE_SIZE - (at & PAGE_MASK), phys;
        u32 n = len - done < room ? len - done : room;
        if (!vm_linear_to_physical(vm, at, &phys) ||
            pc->phys.page[phys >> PAGE_SHIFT].kind != PAGE_RAM)
            break;
        phys_write(&pc->phys, phys, (const u8 *)buf + done, n);
        done += n;
    }
    return done;
}

bool vm_linear_is_rom(struct vm *vm, u32 lin)
{
    u32 phys;
    return vm_linear_to_physical(vm, lin, &phys) &&
           vm_pc(vm)->phys.page[phys >> PAGE_SHIFT].kind == PAGE_ROM;
}

bool vm_selector_base(struct vm *vm, u16 sel, u32 *base, struct err *e)
{
    const struct cpu *c = vm_cpu(vm);
    if (!(c->mode & MODE_PE) || (c->mode & MODE_VM)) {
        *base = (u32)sel << 4;
        return true;
    }
    for (unsigned i = 0; i < SEG_COUNT; i++) { /* what is loaded counts, not what is in the table */
        if (c->seg[i].usable && c->seg[i].sel == sel) {
            *base = c->seg[i].base;
            return true;
        }
    }
    bool local = sel & 4;
    u32 table = local ? c->ldtr.base : c->gdtr.base, limit = local ? c->ldtr.limit : c->gdtr.limit;
    u8 d[8];
    if (!(sel & 0xfffc) || (local && !c->ldtr.usable) || (sel | 7u) > limit)
        return err_set(e, "%04x is no selector of the %s", sel, local ? "LDT" : "GDT");
    if (vm_linear_read(vm, table + (sel & 0xfff8u), d, 8) != 8)
        return err_set(e, "%04x: its descriptor is on a page that is not there", sel);
    if (!(d[5] & 0x10))
        return err_set(e, "%04x is the selector of a gate or of a system segment", sel);
    *base = (u32)get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24;
    return true;
}

static unsigned show_code(struct vm *vm, const u8 *bytes, u32 n, u32 shown, bool code32, char *text,
                          size_t size)
{
    const struct cpu *c = vm_cpu(vm);
    u32 mode = (c->mode & (MODE_PE | MODE_VM)) | (code32 ? MODE_CS32 : 0);
    unsigned len = n ? disasm(c->decoder, mode, bytes, n, shown, text, size) : 0;
    if (!len)
        snprintf(text, size, "(not there)");
    return len;
}

unsigned vm_disassemble(struct vm *vm, u32 lin, u32 shown, bool code32, char *text, size_t size)
{
    u8 bytes[DECODE_MAX];
    u32 n = vm_linear_read(vm, lin, bytes, sizeof(bytes));
    return show_code(vm, bytes, n, shown, code32, text, size);
}

unsigned vm_disassemble_physical(struct vm *vm, u32 addr, bool code32, char *text, size_t size)
{
    u8 bytes[DECODE_MAX];
    u32 n = vm_physical_read(vm, addr, bytes, sizeof(bytes));
    return show_code(vm, bytes, n, addr, code32, text, size);
}

/* ---- points ---- */

static struct inspect_point of(const struct vm_point *p)
{
    return (struct inspect_point){.kind = (u8)p->kind,
                                  .far = p->far,
                                  .sel = p->sel,
                                  .how = p->how,
                                  .lin = p->lin,
                                  .len = p->len};
}

/*
 * The display tells when it is written to; the processor then stops behind the instruction that
 * did it, as for a watchpoint.
 */
static void screen_written(void *owner)
{
    struct vm *vm = owner;
    if (vm->screen_held)
        return;
    vm->screen_written = true;
    if (vm->running)
        cpu_request_stop(vm->cpu);
}

static void watch_screen(struct vm *vm, unsigned watchers)
{
    struct vga *v = vm->pc->vga;
    vm->screen_watchers = watchers;
    vm->screen_written &= watchers != 0;
    if (!v)
        return;
    v->watch = watchers ? screen_written : NULL;
    v->watch_owner = vm;
}

bool vm_point_set(struct vm *vm, const struct vm_point *p, struct err *e)
{
    if (p->kind == VM_POINT_SCREEN) {
        watch_screen(vm, vm->screen_watchers + 1);
        return true;
    }
    struct inspect_point point = of(p);
    u32 end = p->lin + (p->len - 1);
    if (p->kind > VM_POINT_EXECUTE && p->kind <= VM_POINT_ACCESS &&
        (!p->len || p->len > INSPECT_BYTES || end < p->lin))
        return err_set(e, "%u bytes at %08x cannot be watched: 1 to %u, below 4 GiB", p->len,
                       p->lin, (unsigned)INSPECT_BYTES);
    u32 last = p->kind == VM_POINT_PORT ? 0xffff : 0xff;
    if ((p->kind == VM_POINT_PORT || p->kind == VM_POINT_VECTOR) &&
        (!p->len || p->lin > last || p->len - 1 > last - p->lin || !p->how))
        return err_set(e, "from %x on there are not so many %s", p->lin,
                       p->kind == VM_POINT_PORT ? "ports" : "vectors");
    return cpu_point_set(vm_cpu(vm), &point) ||
           err_set(e, "there are %u breakpoints and watchpoints already, or memory is at its end",
                   (unsigned)INSPECT_POINTS);
}

bool vm_point_clear(struct vm *vm, const struct vm_point *p)
{
    if (p->kind == VM_POINT_SCREEN) {
        bool there = vm->screen_watchers != 0;
        watch_screen(vm, vm->screen_watchers - there);
        return there;
    }
    struct inspect_point point = of(p);
    return cpu_point_clear(vm_cpu(vm), &point);
}

void vm_points_clear(struct vm *vm)
{
    watch_screen(vm, 0);
    cpu_points_clear(vm_cpu(vm));
}

void vm_points_pass(struct vm *vm)
{
    cpu_points_pass(vm_cpu(vm));
}

void vm_points_hold(struct vm *vm, bool on)
{
    vm->screen_held = on;
    cpu_points_hold(vm_cpu(vm), on);
}

bool vm_interrupt_due(const struct vm *vm)
{
    return cpu_interrupt_due(vm_cpu(vm));
}
