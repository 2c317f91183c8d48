/*
 * desc.h - descriptors as they stand in the tables, shared by seg.c, far.c, intr.c, task.c and
 * op_sys.c. SDM vol. 3, chapters 3.4 and 3.5. Not for other files: they call seg.h.
 */
#ifndef FERRITE_CPU_DESC_H
#define FERRITE_CPU_DESC_H

#include "cpu/protect/access.h"
#include "cpu/protect/seg.h"

/* System descriptor types (S = 0). */
/* clang-format off */
enum {
    DT_TSS16 = 1, DT_LDT = 2, DT_TSS16_BUSY = 3, DT_CALL16 = 4, DT_TASK = 5, DT_INT16 = 6,
    DT_TRAP16 = 7, DT_TSS32 = 9, DT_TSS32_BUSY = 11, DT_CALL32 = 12, DT_INT32 = 14, DT_TRAP32 = 15
};
/* clang-format on */

struct desc {
    u32 lo, hi;
    u32 addr; /* linear */
    u16 attr; /* as in struct seg */
    u8 type;  /* bits 11:8 of the high dword */
    u8 dpl;
};

static inline bool desc_is_segment(const struct desc *d)
{
    return d->attr & SEG_S;
}

static inline bool desc_is_code(const struct desc *d)
{
    return (d->attr & (SEG_S | SEG_CODE)) == (SEG_S | SEG_CODE);
}

static inline bool desc_is_conforming(const struct desc *d)
{
    return desc_is_code(d) && (d->attr & SEG_ED_CONF);
}

static inline bool desc_is_writable_data(const struct desc *d)
{
    return (d->attr & (SEG_S | SEG_CODE | SEG_RW)) == (SEG_S | SEG_RW);
}

static inline bool desc_present(const struct desc *d)
{
    return d->attr & SEG_P;
}

static inline u32 desc_base(const struct desc *d)
{
    return d->lo >> 16 | (d->hi & 0xff) << 16 | (d->hi & 0xff000000u);
}

static inline u32 desc_limit(const struct desc *d)
{
    u32 limit = (d->lo & 0xffff) | (d->hi & 0xf0000u);
    return d->attr & SEG_G ? limit << 12 | 0xfff : limit;
}

/* Gates. */
static inline u16 gate_sel(const struct desc *d)
{
    return (u16)(d->lo >> 16);
}

static inline u32 gate_offset(const struct desc *d)
{
    u32 low = d->lo & 0xffff;
    return d->type & 8 ? low | (d->hi & 0xffff0000u) : low;
}

static inline bool sel_null(u16 sel)
{
    return (sel & 0xfffc) == 0;
}

static inline unsigned sel_rpl(u16 sel)
{
    return sel & 3;
}

/* Error code of a fault about this selector; ext = 1 while an external event is delivered. */
static inline u32 sel_error(u16 sel, u32 ext)
{
    return (sel & 0xfffcu) | ext;
}

/* Linear address of a selector's descriptor; false: outside its table, or no LDT. */
bool desc_address(const struct cpu *c, u16 sel, u32 *addr);
/* Read the descriptor at a linear address known to be inside a table. May raise #PF. */
enum op_status desc_read(struct cpu *c, u32 addr, struct desc *d);
/* Both; outside the table: `vector` with the selector and ext as the error code. */
enum op_status desc_fetch(struct cpu *c, u16 sel, unsigned vector, u32 ext, struct desc *d);
/* Set the accessed bit in the table (the last thing before committing). May raise #PF. */
enum op_status desc_set_accessed(struct cpu *c, const struct desc *d);
/* Change the type byte in the table: the busy bit of a TSS. May raise #PF. */
enum op_status desc_set_busy(struct cpu *c, const struct desc *d, bool busy);

/* Put a fetched descriptor into a segment register. Checks nothing, faults never. */
void seg_assign(struct seg *s, u16 sel, const struct desc *d);
void seg_assign_null(struct seg *s, u16 sel);
/* The same for CS, with RPL and CPL both set to cpl; then cpu_update_mode() is due. */
void seg_assign_cs(struct cpu *c, u16 sel, const struct desc *d, unsigned cpl);

/* A V86 segment register: base = sel << 4, limit FFFF, DPL 3. */
void seg_assign_v86(struct seg *s, u16 sel);

/* May [off, off + n) be accessed as the (data) segment's limit says? Types are not looked at. */
bool seg_in_limit(const struct seg *s, u32 off, unsigned n);
/* Checks of a new SS for privilege `cpl`: RPL, DPL, type with `vector`, presence with #SS. */
enum op_status ss_check(struct cpu *c, u16 sel, unsigned cpl, unsigned vector, u32 ext,
                        struct desc *d);
/* After a change to a lower privilege: data segments that it may not see become null. */
void seg_drop_privileged(struct cpu *c);

/* The SS:ESP of an inner ring from the present TSS. #TS. */
enum op_status tss_stack(struct cpu *c, unsigned cpl, u32 ext, u16 *ss, u32 *esp);

/*
 * A frame about to be pushed: collected first, then checked as a whole, then written, so that a
 * frame that does not fit changes nothing. The stack may be another one than the current SS:ESP.
 */
struct frame {
    struct seg ss;
    u32 sp, mask;
    unsigned cpl;  /* privilege of the stores */
    unsigned size; /* of an item, 2 or 4 bytes */
    u32 error;     /* of the #SS when it does not fit */
    unsigned count;
    u32 item[44]; /* in push order */
};

void frame_begin(struct cpu *c, struct frame *f, unsigned size, u32 error); /* on SS:ESP */
void frame_begin_inner(struct frame *f, u16 sel, const struct desc *d, u32 esp, unsigned cpl,
                       unsigned size, u32 error);
static inline void frame_push(struct frame *f, u32 v)
{
    f->item[f->count++] = v;
}
enum op_status frame_check(struct cpu *c, const struct frame *f);
/* Writes the items; gives the new ESP (high half kept on a 16-bit stack). May raise #PF. */
enum op_status frame_write(struct cpu *c, const struct frame *f, u32 *esp);

/* Task switch with everything that the callers need to say (task.c). */
struct task_request {
    u16 sel;
    enum task_why why;
    u32 ext;
    bool has_error;
    u32 error;
    u32 eip;    /* to be saved in the old TSS */
    u32 eflags; /* likewise */
};
/*
 * OP_FAULT: nothing was committed. OP_LEAVE: done; when c->event.pending is set then, the new task
 * has faulted at its c->eip before its first instruction (DR6.BT likewise).
 */
enum op_status task_switch_to(struct cpu *c, const struct task_request *r);

static inline unsigned cpu_iopl(const struct cpu *c)
{
    return c->eflags >> 12 & 3;
}

static inline bool cpu_protected(const struct cpu *c) /* and not V86 */
{
    return (c->mmu.cr0 & CR0_PE) && !(c->eflags & EFL_VM);
}

/* EIP of the following instruction. It does not wrap in a 16-bit code segment: an instruction that
 * ends at FFFF is followed by a fault, and only 16-bit pushes cut the value. */
static inline u32 return_eip(const struct cpu *c, const struct op *o)
{
    return op_next_eip(c, o);
}

#endif
