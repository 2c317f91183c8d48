/*
 * op_x87_ctl.c - the x87 control instructions: control and status word, FNCLEX, FNINIT, FWAIT,
 * environment and state images. SDM vol. 1, 8.1.8-8.1.11 (figures of the four layouts).
 */
#include "cpu/blocks/handlers.h"
#include "cpu/fpu/fpu_exec.h"

#include <string.h>

/* ---- words ---- */

/* A new control word; the state is live on a host with an x87 unit. */
static void load_fcw(struct cpu *c, u16 cw)
{
    struct cpu_fpu *f = &c->fpu;
#if FPU_HOST
    if (f->live) {
        u16 sw;
        __asm__ volatile("fldcw %1\n\tfnstsw %0" : "=a"(sw) : "m"(cw));
        f->gate = (cw & FCW_MASKS) == FCW_MASKS ? FPU_LIVE : FPU_CHECK;
        if (sw & FSW_ES)
            fpu_trap(c);
        return;
    }
#endif
    f->fcw = (u16)((cw & 0x1f3f) | 0x40);
    fpu_summary(c);
    if (f->fsw & FSW_ES && f->gate != FPU_CLOSED)
        f->gate = FPU_CLOSED;
}

static u16 read_fcw(struct cpu *c)
{
#if FPU_HOST
    if (c->fpu.live) {
        u16 cw;
        __asm__ volatile("fnstcw %0" : "=m"(cw));
        return cw;
    }
#endif
    return c->fpu.fcw;
}

static u16 read_fsw(struct cpu *c)
{
#if FPU_HOST
    if (c->fpu.live) {
        u16 sw;
        __asm__ volatile("fnstsw %0" : "=a"(sw));
        return sw;
    }
#endif
    return c->fpu.fsw;
}

static enum op_status fldcw(struct cpu *c, const struct op *o)
{
    u64 v = 0;
    enum op_status s = fpu_open_x87(c, o);
    if (s != OP_NEXT)
        return s;
    TRY(mem_load(c, o, o->seg, op_ea(c, o), 2, &v));
    load_fcw(c, (u16)v);
    return OP_NEXT;
}
static OP_CALL(fldcw_slow, fldcw)

    HANDLER(x87_d9_5)
{
#if FPU_HOST
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fldcw_slow(c, o, fl));
    FPU_AT_S(rd_max, tlb_read, 2, fldcw_slow);
    if (unlikely((*p & FCW_MASKS) != FCW_MASKS))
        TAIL(fldcw_slow(c, o, fl));
    __asm__ volatile("fldcw (%0)" : : "r"(p) : "memory");
    NEXT;
#else
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fldcw_slow(c, o, fl));
    FPU_AT_S(rd_max, tlb_read, 2, fldcw_slow);
    if (unlikely((*p & FCW_MASKS) != FCW_MASKS))
        TAIL(fldcw_slow(c, o, fl));
    c->fpu.fcw =
        (u16)((get_le16(p) & 0x1f3f) | 0x40); /* nothing is pending, nor is it from now on */
    NEXT;
#endif
}

static enum op_status fnstcw(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
    return mem_store(c, o, o->seg, op_ea(c, o), 2, read_fcw(c));
}
static OP_CALL(fnstcw_slow, fnstcw)

    HANDLER(x87_d9_7)
{
#if FPU_HOST
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fnstcw_slow(c, o, fl));
    FPU_AT_S(wr_max, tlb_write, 2, fnstcw_slow);
    __asm__ volatile("fnstcw (%0)" : : "r"(p) : "memory");
    NEXT;
#else
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fnstcw_slow(c, o, fl));
    FPU_AT_S(wr_max, tlb_write, 2, fnstcw_slow);
    put_le16(p, c->fpu.fcw);
    NEXT;
#endif
}

static enum op_status fnstsw_mem(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
    return mem_store(c, o, o->seg, op_ea(c, o), 2, read_fsw(c));
}
OP_CALL(x87_dd_7, fnstsw_mem)

static enum op_status fnstsw_ax(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
    *(u16 *)&c->gpr[EAX] = read_fsw(c);
    return OP_NEXT;
}
static OP_CALL(fnstsw_ax_slow, fnstsw_ax)

    HANDLER(x87_dfe0)
{
#if FPU_HOST
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fnstsw_ax_slow(c, o, fl));
    u16 sw;
    __asm__ volatile("fnstsw %0" : "=a"(sw));
    *(u16 *)&c->gpr[EAX] = sw;
    NEXT;
#else
    if (unlikely(c->fpu.gate != FPU_LIVE))
        TAIL(fnstsw_ax_slow(c, o, fl));
    *(u16 *)&c->gpr[EAX] = c->fpu.fsw;
    NEXT;
#endif
}

static enum op_status fnclex(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
#if FPU_HOST
    if (c->fpu.live) {
        __asm__ volatile("fnclex");
        return OP_NEXT;
    }
#endif
    c->fpu.fsw &= (u16) ~(FSW_B | FSW_ES | FSW_SF | FCW_MASKS);
    fpu_summary(c);
    return OP_NEXT;
}
OP_CALL(x87_dbe2, fnclex)

static void init(struct cpu *c)
{
    struct cpu_fpu *f = &c->fpu;
    fpu_park(c);
    f->gate = FPU_CLOSED;
    f->fcw = FCW_INIT;
    f->fsw = 0;
    f->ftw = 0;
    f->last_op = 0;
    f->fop = f->fcs = f->fds = 0;
    f->fip = f->fdp = 0;
    fpu_summary(c);
}

static enum op_status fninit(struct cpu *c, const struct op *o)
{
    TRY(fpu_open_nowait(c, o));
    init(c);
    return OP_NEXT;
}
OP_CALL(x87_dbe3, fninit)

/* FNENI, FNDISI, FNSETPM: of the 8087 and 287, nothing since. */
static enum op_status nothing(struct cpu *c, const struct op *o)
{
    return fpu_open_nowait(c, o);
}
OP_CALL(x87_dbe0, nothing)
OP_CALL(x87_dbe1, nothing)
OP_CALL(x87_dbe4, nothing)

static enum op_status fwait_op(struct cpu *c, const struct op *o)
{
    if ((c->mmu.cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
        return cpu_fault(c, VEC_NM, "FWAIT with CR0.MP and CR0.TS set");
    return fpu_pending(c, o);
}
static OP_CALL(fwait_slow, fwait_op)

    HANDLER(x87_fwait)
{
    /* Live or MMX: nothing is pending and TS is clear. */
    if (unlikely(c->fpu.gate == FPU_CLOSED))
        TAIL(fwait_slow(c, o, fl));
    NEXT;
}

/* ---- environment and state ---- */

/* The full tag word, from the abridged one and the values. */
static u16 full_tags(const struct cpu_fpu *f)
{
    u16 tags = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned exp = get_le16(f->st[i] + 8) & 0x7fff, tag;
        u64 sig = get_le64(f->st[i]);
        if (!(f->ftw >> i & 1))
            tag = 3;
        else if (exp == 0 && sig == 0)
            tag = 1;
        else if (exp == 0 || exp == 0x7fff || !(sig >> 63))
            tag = 2;
        else
            tag = 0;
        tags |= (u16)(tag << 2 * i);
    }
    return tags;
}

static bool protected_layout(const struct cpu *c)
{
    return (c->mode & (MODE_PE | MODE_VM)) == MODE_PE;
}

/* Size of the environment, 14 or 28 bytes. */
static unsigned env_size(const struct op *o)
{
    return o->flags & OPF_O16 ? 14 : 28;
}

static void put_env(struct cpu *c, const struct op *o, u8 *b)
{
    struct cpu_fpu *f = &c->fpu;
    u16 tags = full_tags(f);
    u32 ip = f->fip, dp = f->fdp;
    fpu_pointers(c);
    ip = f->fip;
    bool prot = protected_layout(c);
    if (!prot) { /* linear addresses */
        ip += (u32)f->fcs << 4;
        dp += (u32)f->fds << 4;
    }
    if (env_size(o) == 14) {
        put_le16(b, f->fcw);
        put_le16(b + 2, f->fsw);
        put_le16(b + 4, tags);
        put_le16(b + 6, (u16)ip);
        put_le16(b + 10, (u16)dp);
        put_le16(b + 8, prot ? f->fcs : (u16)((ip >> 4 & 0xf000) | (f->fop & 0x7ff)));
        put_le16(b + 12, prot ? f->fds : (u16)(dp >> 4 & 0xf000));
        return;
    }
    put_le32(b, 0xffff0000u | f->fcw);
    put_le32(b + 4, 0xffff0000u | f->fsw);
    put_le32(b + 8, 0xffff0000u | tags);
    if (prot) {
        put_le32(b + 12, ip);
        put_le32(b + 16, f->fcs | (u32)(f->fop & 0x7ff) << 16);
        put_le32(b + 20, dp);
        put_le32(b + 24, 0xffff0000u | f->fds);
    } else {
        put_le32(b + 12, 0xffff0000u | (ip & 0xffff));
        put_le32(b + 16, (ip >> 16 & 0xffff) << 12 | (f->fop & 0x7ff));
        put_le32(b + 20, 0xffff0000u | (dp & 0xffff));
        put_le32(b + 24, (dp >> 16 & 0xffff) << 12);
    }
}

static void get_env(struct cpu *c, const struct op *o, const u8 *b)
{
    struct cpu_fpu *f = &c->fpu;
    bool prot = protected_layout(c);
    u16 tags;
    f->last_op = 0;
    if (env_size(o) == 14) {
        f->fcw = get_le16(b);
        f->fsw = get_le16(b + 2);
        tags = get_le16(b + 4);
        f->fip = get_le16(b + 6);
        f->fdp = get_le16(b + 10);
        f->fcs = f->fds = f->fop = 0;
        if (prot) {
            f->fcs = get_le16(b + 8);
            f->fds = get_le16(b + 12);
        } else {
            f->fop = get_le16(b + 8) & 0x7ff;
            f->fip |= (u32)(get_le16(b + 8) & 0xf000) << 4;
            f->fdp |= (u32)(get_le16(b + 12) & 0xf000) << 4;
        }
    } else {
        f->fcw = get_le16(b);
        f->fsw = get_le16(b + 4);
        tags = get_le16(b + 8);
        f->fcs = f->fds = 0;
        if (prot) {
            f->fip = get_le32(b + 12);
            f->fcs = get_le16(b + 16);
            f->fop = get_le16(b + 18) & 0x7ff;
            f->fdp = get_le32(b + 20);
            f->fds = get_le16(b + 24);
        } else {
            f->fop = get_le16(b + 16) & 0x7ff;
            f->fip = get_le16(b + 12) | (get_le32(b + 16) << 4 & 0xffff0000u);
            f->fdp = get_le16(b + 20) | (get_le32(b + 24) << 4 & 0xffff0000u);
        }
    }
    f->fcw = (u16)((f->fcw & 0x1f3f) | 0x40);
    f->ftw = 0;
    for (unsigned i = 0; i < 8; i++)
        if ((tags >> 2 * i & 3) != 3)
            f->ftw |= (u8)(1u << i);
    f->gate = FPU_CLOSED;
    fpu_summary(c);
}

/* Images of 16-bit format are made of words, the others of doublewords (vol. 3, table 6-7). */
static unsigned image_alignment(const struct op *o)
{
    return o->flags & OPF_O16 ? 2 : 4;
}

/* The whole image, segment check and all. */
static enum op_status load_image(struct cpu *c, const struct op *o, u8 *b, unsigned n)
{
    u32 lin;
    c->slow_op = o;
    TRY(seg_read(c, o->seg, op_ea(c, o), n, &lin));
    TRY(lin_check_alignment(c, lin, image_alignment(o)));
    fpu_callback(c);
    return lin_load_bytes(c, lin, b, n);
}

static enum op_status store_image(struct cpu *c, const struct op *o, const u8 *b, unsigned n)
{
    u32 lin;
    c->slow_op = o;
    TRY(seg_write(c, o->seg, op_ea(c, o), n, &lin));
    TRY(lin_check_alignment(c, lin, image_alignment(o)));
    fpu_callback(c);
    return lin_store_bytes(c, lin, b, n);
}

static enum op_status fldenv(struct cpu *c, const struct op *o)
{
    u8 b[28];
    enum op_status s = fpu_open_nowait(c, o);
    if (s == OP_NEXT)
        s = fpu_pending(c, o);
    if (s != OP_NEXT)
        return s;
    TRY(load_image(c, o, b, env_size(o)));
    fpu_park(c);
    get_env(c, o, b);
    return OP_NEXT;
}
OP_CALL(x87_d9_4, fldenv)

static enum op_status fnstenv(struct cpu *c, const struct op *o)
{
    u8 b[28];
    TRY(fpu_open_nowait(c, o));
    fpu_park(c);
    put_env(c, o, b);
    TRY(store_image(c, o, b, env_size(o)));
    c->fpu.fcw |= FCW_MASKS;
    fpu_summary(c);
    return OP_NEXT;
}
OP_CALL(x87_d9_6, fnstenv)

static enum op_status frstor(struct cpu *c, const struct op *o)
{
    struct cpu_fpu *f = &c->fpu;
    u8 b[108];
    unsigned n = env_size(o);
    enum op_status s = fpu_open_nowait(c, o);
    if (s == OP_NEXT)
        s = fpu_pending(c, o);
    if (s != OP_NEXT)
        return s;
    TRY(load_image(c, o, b, n + 80));
    fpu_park(c);
    get_env(c, o, b);
    for (unsigned i = 0; i < 8; i++)
        memcpy(f->st[(FPU_TOP(f) + i) & 7], b + n + 10 * i, 10);
    return OP_NEXT;
}
OP_CALL(x87_dd_4, frstor)

static enum op_status fnsave(struct cpu *c, const struct op *o)
{
    struct cpu_fpu *f = &c->fpu;
    u8 b[108];
    unsigned n = env_size(o);
    TRY(fpu_open_nowait(c, o));
    fpu_park(c);
    put_env(c, o, b);
    for (unsigned i = 0; i < 8; i++)
        memcpy(b + n + 10 * i, f->st[(FPU_TOP(f) + i) & 7], 10);
    TRY(store_image(c, o, b, n + 80));
    init(c);
    return OP_NEXT;
}
OP_CALL(x87_dd_6, fnsave)

/* ---- FXSAVE, FXRSTOR ---- */

static enum op_status fx_check(struct cpu *c, const struct op *o, bool write, u32 *lin)
{
    if (c->mmu.cr0 & (CR0_EM | CR0_TS))
        return cpu_fault(c, VEC_NM, "FXSAVE/FXRSTOR with CR0.EM or CR0.TS set");
    u32 off = op_ea(c, o);
    TRY(write ? seg_write(c, o->seg, off, 512, lin) : seg_read(c, o->seg, off, 512, lin));
    /* Where #AC is on, which misalignments raise it instead of #GP is up to the processor (vol. 2,
     * FXSAVE); those of less than a doubleword do on the one that the vectors come from. */
    TRY(lin_check_alignment(c, *lin, 4));
    if (*lin & 15)
        return cpu_fault_code(c, VEC_GP, 0, "FXSAVE/FXRSTOR: %08x is not 16-byte aligned", *lin);
    c->slow_op = o;
    return OP_NEXT;
}

static enum op_status fxsave(struct cpu *c, const struct op *o)
{
    struct cpu_fpu *f = &c->fpu;
    u32 lin;
    u8 b[512];
    TRY(fx_check(c, o, true, &lin));
    fpu_park_all(c);
    bool sse = c->mmu.cr4 & CR4_OSFXSR && f->mxcsr_mask;
    /* The rest of the image is left alone, and a data breakpoint there as well. */
    unsigned size = sse ? 160 + sizeof f->xmm : 160;
    TRY(lin_probe_write(c, lin, 1));
    TRY(lin_probe_write(c, lin + 511, 1));
    memset(b, 0, sizeof b);
    if (!f->mxcsr_mask)
        TRY(lin_load_bytes(c, lin, b, size));
    put_le16(b, f->fcw);
    put_le16(b + 2, f->fsw);
    b[4] = f->ftw;
    b[5] = 0;
    put_le16(b + 6, f->fop & 0x7ff);
    put_le32(b + 8, f->fip);
    put_le32(b + 12, f->fcs);
    put_le32(b + 16, f->fdp);
    put_le32(b + 20, f->fds);
    if (f->mxcsr_mask) {
        put_le32(b + 24, f->mxcsr);
        put_le32(b + 28, f->mxcsr_mask);
    }
    for (unsigned i = 0; i < 8; i++) {
        memcpy(b + 32 + 16 * i, f->st[(FPU_TOP(f) + i) & 7], 10);
        memset(b + 42 + 16 * i, 0, 6);
    }
    if (sse)
        memcpy(b + 160, f->xmm, sizeof f->xmm);
    return lin_store_bytes(c, lin, b, size);
}
OP_CALL(sse_fxsave, fxsave)

static enum op_status fxrstor(struct cpu *c, const struct op *o)
{
    struct cpu_fpu *f = &c->fpu;
    u32 lin;
    u8 b[512];
    TRY(fx_check(c, o, false, &lin));
    TRY(lin_load_bytes(c, lin, b, 512));
    bool sse = c->mmu.cr4 & CR4_OSFXSR && f->mxcsr_mask;
    u32 mxcsr = get_le32(b + 24);
    if (sse && (mxcsr & ~f->mxcsr_mask))
        return cpu_fault_code(c, VEC_GP, 0, "FXRSTOR: reserved bits in MXCSR %08x", mxcsr);
    fpu_park_all(c);
    f->fcw = (u16)((get_le16(b) & 0x1f3f) | 0x40);
    f->fsw = get_le16(b + 2);
    f->ftw = b[4];
    f->fop = get_le16(b + 6) & 0x7ff;
    f->fip = get_le32(b + 8);
    f->fcs = get_le16(b + 12);
    f->fdp = get_le32(b + 16);
    f->fds = get_le16(b + 20);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(f->st[(FPU_TOP(f) + i) & 7], b + 32 + 16 * i, 10);
    }
    if (sse) {
        f->mxcsr = mxcsr;
        memcpy(f->xmm, b + 160, sizeof f->xmm);
    }
    f->gate = FPU_CLOSED;
    fpu_summary(c);
    return OP_NEXT;
}
OP_CALL(sse_fxrstor, fxrstor)
