/*
 * x87_soft_mem.c - the portable x87: loads, stores, BCD, and arithmetic with a memory operand. SDM
 * vol. 1, 8.3.3-8.3.5; vol. 2.
 */
#include "cpu/fpu/x87_soft.h"

#include <string.h>

/* A 32- or 64-bit real: its NaNs and denormals raise exceptions. */
static void push_real(struct cpu *c, struct fp a)
{
    struct fp_env e = x87_env(c);
    struct fp r = a;
    if (!x87_empty(c, 7)) {
        x87_push_value(c, x87_indefinite());
        return;
    }
    x87_nan1(&e, a, &r);
    bool push = x87_commit(c, &e, a.denormal);
    if (push || a.denormal) /* an unmasked denormal exception does not keep the value out */
        x87_push(c, fp_to80(r));
}

/* FST m32, m64 into mem. False: nothing stored. */
static bool store_real(struct cpu *c, u8 *mem, const struct fp_format *f)
{
    struct fp_env e = x87_env(c);
    struct fp r;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
        r = fp_indefinite();
    } else {
        struct fp a = x87_reg(c, 0);
        if (!x87_nan1(&e, a, &r))
            r = fp_convert(&e, f, a);
        if (e.flags & ~e.masks & (FX_O | FX_U))
            e.flags &= ~FX_P; /* nothing is stored, so nothing was rounded */
        x87_set_c1(c, (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & ~FX_P)
            return false;
    }
    if (f == &fp_f32)
        put_le32(mem, fp_to32(r));
    else
        put_le64(mem, fp_to64(r));
    return true;
}

static bool store_int(struct cpu *c, u8 *mem, unsigned bits)
{
    struct fp_env e = x87_env(c);
    s64 v = 0;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
        v = (s64)(~0ull << (bits - 1));
    } else {
        if (!fp_to_int(&e, x87_reg(c, 0), bits, &v))
            v = (s64)(~0ull << (bits - 1));
        x87_set_c1(c, (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & FX_I)
            return false;
    }
    if (bits == 16)
        put_le16(mem, (u16)v);
    else if (bits == 32)
        put_le32(mem, (u32)v);
    else
        put_le64(mem, (u64)v);
    return true;
}

static void load_bcd(struct cpu *c, const u8 *mem)
{
    u64 v = 0;
    for (int i = 8; i >= 0; i--)
        v = v * 100 + (mem[i] >> 4) * 10u + (mem[i] & 15);
    struct fp a = fp_from_int((s64)v);
    a.neg = mem[9] >> 7;
    x87_push_value(c, fp_to80(a));
}

static bool store_bcd(struct cpu *c, u8 *mem)
{
    static const u8 bad[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};
    struct fp_env e = x87_env(c);
    s64 v = 0;
    bool valid = false;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
    } else {
        struct fp a = x87_reg(c, 0);
        valid = fp_to_int(&e, a, 64, &v);
        if (valid && (v > 999999999999999999 || v < -999999999999999999)) {
            valid = false;
            e.flags = FX_I;
        }
        x87_set_c1(c, valid && (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & FX_I)
            return false;
        if (valid) {
            u64 m = v < 0 ? 0 - (u64)v : (u64)v;
            for (unsigned i = 0; i < 9; i++, m /= 100)
                mem[i] = (u8)((m / 10 % 10) << 4 | m % 10);
            mem[9] = a.neg ? 0x80 : 0;
        }
    }
    if (!valid)
        memcpy(mem, bad, 10);
    return true;
}

/* ---- memory forms ---- */

static struct fp memory_operand(const struct op *o, const u8 *mem)
{
    switch (op_operation(o)) {
    case I_fadd:
    case I_fmul:
    case I_fcom:
    case I_fcomp:
    case I_fsub:
    case I_fsubr:
    case I_fdiv:
    case I_fdivr:
    case I_fld:
        return op_memory(o).bytes == 4 ? fp_from32(get_le32(mem)) : fp_from64(get_le64(mem));
    default: /* integers */
        switch (op_memory(o).bytes) {
        case 2:
            return fp_from_int((s16)get_le16(mem));
        case 4:
            return fp_from_int((s32)get_le32(mem));
        default:
            return fp_from_int((s64)get_le64(mem));
        }
    }
}

/* FSTP m80: the bits as they are. */
static bool store_whole(struct cpu *c, u8 *mem)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        bool stored = !x87_stack_fault(c, false);
        x87_store80(mem, x87_indefinite());
        return stored;
    }
    x87_store80(mem, x87_get(c, 0));
    return true;
}

void x87_memory_form(struct cpu *c, const struct op *o, u8 *mem, bool *stored)
{
    enum operation what = op_operation(o);
    unsigned bytes = op_memory(o).bytes;
    switch (what) {
    case I_fcom:
    case I_fcomp:
    case I_ficom:
    case I_ficomp:
        x87_compare_cc(c, memory_operand(o, mem), true, false, what == I_fcomp || what == I_ficomp);
        return;
    case I_fld:
        if (bytes == 10)
            x87_push_value(c, x87_load80(mem));
        else
            push_real(c, memory_operand(o, mem));
        return;
    case I_fild:
        x87_push_value(c, fp_to80(memory_operand(o, mem)));
        return;
    case I_fbld:
        load_bcd(c, mem);
        return;
    case I_fst:
    case I_fstp:
        *stored =
            bytes == 10 ? store_whole(c, mem) : store_real(c, mem, bytes == 4 ? &fp_f32 : &fp_f64);
        break;
    case I_fist:
    case I_fistp:
        *stored = store_int(c, mem, 8 * bytes);
        break;
    case I_fbstp:
        *stored = store_bcd(c, mem);
        break;
    default:
        if (x87_have1(c))
            x87_arith(c, what, 0, memory_operand(o, mem));
        return;
    }
    if (*stored && op_x87_push(o) < 0)
        x87_pop(c);
}
