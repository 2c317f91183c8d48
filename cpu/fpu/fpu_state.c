/*
 * fpu_state.c - where the x87, MMX and SSE state is and who may use it: gates, going live and
 * parking, #NM and #MF, FERR#. SDM vol. 1, 8.1 and 8.7, vol. 3, 2.5 and 12.
 *
 * Not modelled: FPU error reporting of the 287 kind (a separate error latch in the chip set is the
 * board's business; this file only drives FERR#).
 */
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/fpu/fpu_exec.h"

#include <string.h>

static bool blocked(const struct cpu *c)
{
    return c->mmu.cr0 & (CR0_TS | CR0_EM);
}

static void set_ferr(struct cpu *c, bool level)
{
    if (c->fpu.ferr == level)
        return;
    c->fpu.ferr = level;
    if (!level)
        c->fpu.ignne = 0;
    fpu_callback(c);
    if (c->bus.ferr)
        c->bus.ferr(c->bus.owner, level);
}

void fpu_summary(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    bool es = f->fsw & ~f->fcw & FCW_MASKS;
    f->fsw = (u16)((f->fsw & ~(FSW_ES | FSW_B)) | (es ? FSW_ES | FSW_B : 0));
    set_ferr(c, es && !(c->mmu.cr0 & CR0_NE));
}

void fpu_pointers(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    if (f->last_op == 0)
        return;
    struct op tail;
    memcpy(&tail.def, &f->last_op, 8);
    f->fop = row_fop(&opdefs[tail.def], tail.modrm);
    f->fip = f->last_eip + tail.pc;
    f->fcs = f->last_cs;
    f->last_op = 0;
}

/* ---- the host's x87 unit ---- */

#if FPU_HOST

struct fx_image {
    u16 fcw, fsw;
    u8 ftw, pad0;
    u16 fop;
    u64 fip, fdp;
    u32 mxcsr, mxcsr_mask;
    u8 st[8][16];
    u8 xmm[16][16];
    u8 rest[96];
} __attribute__((aligned(16)));

void fpu_park(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    if (f->gate != FPU_MMX)
        f->gate = FPU_CLOSED;
    if (!f->live)
        return;
    struct fx_image x;
    __asm__ volatile("fxsave %0\n\tfninit" : "=m"(x));
    f->live = 0;
    f->fcw = x.fcw;
    f->fsw = x.fsw;
    f->ftw = x.ftw;
    unsigned top = FPU_TOP(f);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(f->st[(top + i) & 7], x.st[i], 10);
        memset(f->st[(top + i) & 7] + 10, 0, 6);
    }
}

static void go_live(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    if (!f->live) {
        struct fx_image x;
        unsigned top = FPU_TOP(f);
        x.fcw = f->fcw;
        x.fsw = f->fsw;
        x.ftw = f->ftw;
        x.pad0 = 0;
        x.fop = 0;
        x.fip = x.fdp = 0;
        __asm__ volatile("stmxcsr %0" : "=m"(x.mxcsr));
        for (unsigned i = 0; i < 8; i++)
            memcpy(x.st[i], f->st[(top + i) & 7], 16);
        /* FXRSTOR also loads the XMM registers: nobody has anything in them across a call. What it
         * does not look at is cleared for tools that follow where values come from. */
        x.mxcsr_mask = 0;
        memset(x.xmm, 0, sizeof x.xmm);
        memset(x.rest, 0, sizeof x.rest);
        __asm__ volatile("fxrstor %0"
                         :
                         : "m"(x)
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
        f->live = 1;
    }
    u16 cw;
    __asm__ volatile("fnstcw %0" : "=m"(cw));
    f->gate = (cw & FCW_MASKS) == FCW_MASKS ? FPU_LIVE : FPU_CHECK;
}

bool sse_go_live(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    if ((f->mxcsr & MXCSR_MASKS) != MXCSR_MASKS)
        return false;
    __asm__ volatile("ldmxcsr %0" : : "m"(f->mxcsr));
    f->mxcsr_live = 1;
    f->sse = SSE_LIVE;
    return true;
}

void fpu_park_mxcsr(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    if (!f->mxcsr_live)
        return;
    u32 host = MXCSR_INIT;
    __asm__ volatile("stmxcsr %0\n\tldmxcsr %1" : "=m"(f->mxcsr) : "m"(host));
    f->mxcsr_live = 0;
    if (f->sse == SSE_LIVE)
        f->sse = SSE_MOVE;
}

#else

void fpu_park(struct cpu *c)
{
    if (c->fpu.gate != FPU_MMX)
        c->fpu.gate = FPU_CLOSED;
}

static void go_live(struct cpu *c)
{
    /* Memory is where the portable path works; FPU_LIVE says: nothing stands in the way. */
    c->fpu.gate = FPU_LIVE;
}

bool sse_go_live(struct cpu *c)
{
    (void)c;
    return false;
}

void fpu_park_mxcsr(struct cpu *c)
{
    (void)c;
}

#endif

void fpu_park_all(struct cpu *c)
{
    fpu_park(c);
    fpu_park_mxcsr(c);
    fpu_pointers(c);
}

void fpu_trap(struct cpu *c)
{
    fpu_park(c);
    fpu_summary(c);
}

void fpu_set_ignne(struct cpu *c, bool level)
{
    c->fpu.ignne = level && c->fpu.ferr;
}

/* ---- permission ---- */

void fpu_update(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    f->gate = FPU_CLOSED;
    f->sse = SSE_CLOSED;
    if (!blocked(c) && (c->mmu.cr4 & CR4_OSFXSR))
        f->sse = f->mxcsr_live ? SSE_LIVE : SSE_MOVE;
}

enum op_status fpu_open_nowait(struct cpu *c, const struct op *o)
{
    (void)o;
    if (blocked(c))
        return cpu_fault(c, VEC_NM, "x87 instruction with CR0.%s set",
                         c->mmu.cr0 & CR0_EM ? "EM" : "TS");
    return OP_NEXT;
}

enum op_status fpu_pending(struct cpu *c, const struct op *o)
{
    if (c->fpu.live || !(c->fpu.fsw & FSW_ES))
        return OP_NEXT;
    fpu_pointers(c);
    if (c->mmu.cr0 & CR0_NE)
        return cpu_fault(c, VEC_MF, "x87 exception pending: FSW %04x FCW %04x, raised at %04x:%08x",
                         c->fpu.fsw, c->fpu.fcw, c->fpu.fcs, c->fpu.fip);
    if (c->fpu.ignne)
        return OP_NEXT;
    set_ferr(c, true);
    c->eip = op_eip(c, o);
    return OP_JUMP;
}

/* #NM and #MF of an instruction that waits. */
static enum op_status open_waiting(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
    enum op_status s = fpu_pending(c, o);
    if (s != OP_NEXT)
        return s;
    if (c->fpu.gate == FPU_MMX)
        c->fpu.gate = FPU_CLOSED;
    if (c->fpu.fsw & FSW_ES && !c->fpu.live) {
        /* IGNNE#: the instruction runs in spite of the pending exception. The host must not see
         * it pending, so the flags that caused it are dropped. */
        c->fpu.fsw &= (u16) ~(FSW_ES | FSW_B | (~c->fpu.fcw & FCW_MASKS));
        set_ferr(c, false);
    }
    return OP_NEXT;
}

enum op_status fpu_open_x87(struct cpu *c, const struct op *o)
{
    enum op_status s = open_waiting(c, o);
    if (s == OP_NEXT)
        go_live(c);
    return s;
}

enum op_status fpu_open_parked(struct cpu *c, const struct op *o)
{
    enum op_status s = open_waiting(c, o);
    if (s == OP_NEXT)
        fpu_park(c);
    return s;
}

enum op_status fpu_open_mmx(struct cpu *c, const struct op *o)
{
    if (c->mmu.cr0 & CR0_EM)
        return cpu_fault(c, VEC_UD, "MMX instruction with CR0.EM set");
    if (c->mmu.cr0 & CR0_TS)
        return cpu_fault(c, VEC_NM, "MMX instruction with CR0.TS set");
    enum op_status s = fpu_pending(c, o);
    if (s != OP_NEXT)
        return s;
    fpu_park(c);
    return OP_NEXT;
}

enum op_status fpu_open_sse(struct cpu *c, const struct op *o)
{
    (void)o;
    if ((c->mmu.cr0 & CR0_EM) || !(c->mmu.cr4 & CR4_OSFXSR))
        return cpu_fault(c, VEC_UD, "SSE instruction with CR0.EM set or CR4.OSFXSR clear");
    if (c->mmu.cr0 & CR0_TS)
        return cpu_fault(c, VEC_NM, "SSE instruction with CR0.TS set");
    if (c->fpu.sse == SSE_CLOSED)
        c->fpu.sse = c->fpu.mxcsr_live ? SSE_LIVE : SSE_MOVE;
    return OP_NEXT;
}

static bool in_the_way(const struct cpu *c)
{
    return blocked(c) || (!c->fpu.live && (c->fpu.fsw & FSW_ES));
}

bool fpu_ready_x87(struct cpu *c)
{
    if (in_the_way(c))
        return false;
    if (c->fpu.gate == FPU_MMX)
        c->fpu.gate = FPU_CLOSED;
    go_live(c);
    return c->fpu.gate == FPU_LIVE;
}

bool fpu_ready_mmx(struct cpu *c)
{
    if (in_the_way(c))
        return false;
    fpu_park(c);
    fpu_enter_mmx(c);
    return true;
}

bool fpu_ready_sse(struct cpu *c, bool arithmetic)
{
    struct cpu_fpu *f = &c->fpu;
    if (blocked(c) || !(c->mmu.cr4 & CR4_OSFXSR))
        return false;
    if (f->sse == SSE_CLOSED)
        f->sse = f->mxcsr_live ? SSE_LIVE : SSE_MOVE;
    return !arithmetic || f->sse == SSE_LIVE || sse_go_live(c);
}

static u32 mxcsr_mask(const struct cpu *c)
{
    return model_has(c->model, F_SSE2) ? 0xffff : model_has(c->model, F_SSE) ? 0xffbf : 0;
}

void fpu_loaded(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    f->live = f->mxcsr_live = 0;
    f->last_op = 0;
    f->fcw = (u16)((f->fcw & 0x1f3f) | 0x40);
    f->mxcsr_mask = mxcsr_mask(c);
    f->mxcsr &= f->mxcsr_mask;
    f->ferr = f->ferr != 0;
    f->ignne = f->ignne != 0;
    bool es = f->fsw & ~f->fcw & FCW_MASKS;
    f->fsw = (u16)((f->fsw & ~(FSW_ES | FSW_B)) | (es ? FSW_ES | FSW_B : 0));
    fpu_update(c);
}

void fpu_reset(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    fpu_park_all(c);
    memset(f->st, 0, sizeof f->st);
    memset(f->xmm, 0, sizeof f->xmm);
    /*
     * From the Pentium on not what FNINIT leaves (SDM vol. 3, table 9-1). A 486 that tested itself
     * leaves just that. A 387 leaves IE unmasked and set, so that ES drives ERROR#, by which the
     * 386 knows it (19.20.1; 387 data sheet, Initialization); the board's latch is cleared later.
     */
    bool p5 = c->model->id >= ID_P5, i387 = c->model->id == ID_386;
    f->fcw = p5 ? 0x0040 : i387 ? FCW_INIT & ~1 : FCW_INIT;
    f->fsw = i387 ? FSW_B | FSW_ES | 1 : 0;
    f->ftw = p5 ? 0xff : 0;
    f->fop = f->fcs = f->fds = 0;
    f->fip = f->fdp = 0;
    f->last_op = 0;
    f->ignne = 0;
    f->mxcsr_mask = mxcsr_mask(c);
    f->mxcsr = MXCSR_INIT & f->mxcsr_mask; /* without SSE 0, as after a snapshot */
    fpu_update(c);
    set_ferr(c, false);
}
