/*
 * x87_forms.h - every x87 form with a handler of its own kind, for stamping: REG_OP(opcode, modrm)
 * for register forms, MEM_OP(opcode, modrm.reg) for memory forms. The control instructions and the
 * transcendental ones are not in it. Included once, after the two macros are defined.
 */
#ifndef FCOMI_OP
#define FCOMI_OP REG_OP
#endif
#ifndef FCMOV_OP
#define FCMOV_OP REG_OP
#endif
#ifndef FPREM_OP
#define FPREM_OP REG_OP
#endif
/* clang-format off */
#define LO(G, op, h)                                                                             \
    G(op, h##0) G(op, h##1) G(op, h##2) G(op, h##3) G(op, h##4) G(op, h##5) G(op, h##6)          \
        G(op, h##7)
#define HI(G, op, h)                                                                             \
    G(op, h##8) G(op, h##9) G(op, h##a) G(op, h##b) G(op, h##c) G(op, h##d) G(op, h##e)          \
        G(op, h##f)
#define ARITH(op)                                                                                \
    MEM_OP(op, 0) MEM_OP(op, 1) MEM_OP(op, 2) MEM_OP(op, 3) MEM_OP(op, 4) MEM_OP(op, 5)          \
        MEM_OP(op, 6) MEM_OP(op, 7)

LO(REG_OP, d8, c) HI(REG_OP, d8, c) LO(REG_OP, d8, d) HI(REG_OP, d8, d)
LO(REG_OP, d8, e) HI(REG_OP, d8, e) LO(REG_OP, d8, f) HI(REG_OP, d8, f)
LO(REG_OP, d9, c) HI(REG_OP, d9, c) HI(REG_OP, d9, d)
REG_OP(d9, d0)
REG_OP(d9, e0) REG_OP(d9, e1) REG_OP(d9, e4) REG_OP(d9, e5) REG_OP(d9, e8) REG_OP(d9, e9)
REG_OP(d9, ea) REG_OP(d9, eb) REG_OP(d9, ec) REG_OP(d9, ed) REG_OP(d9, ee)
REG_OP(d9, f4) FPREM_OP(d9, f5) REG_OP(d9, f6) REG_OP(d9, f7) FPREM_OP(d9, f8)
REG_OP(d9, fa) REG_OP(d9, fc) REG_OP(d9, fd) /* the others are transcendental: x87_trans.c */
LO(FCMOV_OP, da, c) HI(FCMOV_OP, da, c) LO(FCMOV_OP, da, d) HI(FCMOV_OP, da, d)
REG_OP(da, e9)
LO(FCMOV_OP, db, c) HI(FCMOV_OP, db, c) LO(FCMOV_OP, db, d) HI(FCMOV_OP, db, d)
HI(FCOMI_OP, db, e) LO(FCOMI_OP, db, f)
LO(REG_OP, dc, c) HI(REG_OP, dc, c) LO(REG_OP, dc, d) HI(REG_OP, dc, d)
LO(REG_OP, dc, e) HI(REG_OP, dc, e) LO(REG_OP, dc, f) HI(REG_OP, dc, f)
LO(REG_OP, dd, c) HI(REG_OP, dd, c) LO(REG_OP, dd, d) HI(REG_OP, dd, d)
LO(REG_OP, dd, e) HI(REG_OP, dd, e)
LO(REG_OP, de, c) HI(REG_OP, de, c) LO(REG_OP, de, d)
REG_OP(de, d9)
LO(REG_OP, de, e) HI(REG_OP, de, e) LO(REG_OP, de, f) HI(REG_OP, de, f)
LO(REG_OP, df, c) HI(REG_OP, df, c) LO(REG_OP, df, d) HI(REG_OP, df, d)
HI(FCOMI_OP, df, e) LO(FCOMI_OP, df, f)

ARITH(d8)
ARITH(da)
ARITH(dc)
ARITH(de)
MEM_OP(d9, 0) MEM_OP(d9, 2) MEM_OP(d9, 3)
MEM_OP(db, 0) MEM_OP(db, 2) MEM_OP(db, 3) MEM_OP(db, 5) MEM_OP(db, 7)
MEM_OP(dd, 0) MEM_OP(dd, 2) MEM_OP(dd, 3)
MEM_OP(df, 0) MEM_OP(df, 2) MEM_OP(df, 3) MEM_OP(df, 4) MEM_OP(df, 5) MEM_OP(df, 6) MEM_OP(df, 7)
    /* clang-format on */
