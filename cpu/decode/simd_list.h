/*
 * simd_list.h - the integer operations that MMX and SSE2 have in common: opcode after 0F, name, the
 * feature that brings the MMX form, bytes that the MMX form reads from memory, and whose function
 * computes the MMX form (v: the low half of the SSE form; m: its own). Stamped into rows by
 * ops_simd.def, into operations by operations.def, into handlers by op_mmx.c and op_sse_int.c.
 */
#ifndef FERRITE_CPU_SIMD_LIST_H
#define FERRITE_CPU_SIMD_LIST_H

#define SIMD_INT_OPS(X)                                                                            \
    X(60, punpcklbw, F_MMX, 4, v)                                                                  \
    X(61, punpcklwd, F_MMX, 4, v)                                                                  \
    X(62, punpckldq, F_MMX, 4, v)                                                                  \
    X(63, packsswb, F_MMX, 8, m)                                                                   \
    X(64, pcmpgtb, F_MMX, 8, v)                                                                    \
    X(65, pcmpgtw, F_MMX, 8, v)                                                                    \
    X(66, pcmpgtd, F_MMX, 8, v)                                                                    \
    X(67, packuswb, F_MMX, 8, m)                                                                   \
    X(68, punpckhbw, F_MMX, 8, m)                                                                  \
    X(69, punpckhwd, F_MMX, 8, m)                                                                  \
    X(6a, punpckhdq, F_MMX, 8, m)                                                                  \
    X(6b, packssdw, F_MMX, 8, m)                                                                   \
    X(74, pcmpeqb, F_MMX, 8, v)                                                                    \
    X(75, pcmpeqw, F_MMX, 8, v)                                                                    \
    X(76, pcmpeqd, F_MMX, 8, v)                                                                    \
    X(d1, psrlw, F_MMX, 8, v)                                                                      \
    X(d2, psrld, F_MMX, 8, v)                                                                      \
    X(d3, psrlq, F_MMX, 8, v)                                                                      \
    X(d4, paddq, F_SSE2, 8, v)                                                                     \
    X(d5, pmullw, F_MMX, 8, v)                                                                     \
    X(d8, psubusb, F_MMX, 8, v)                                                                    \
    X(d9, psubusw, F_MMX, 8, v)                                                                    \
    X(da, pminub, F_MMXEXT, 8, v)                                                                  \
    X(db, pand, F_MMX, 8, v)                                                                       \
    X(dc, paddusb, F_MMX, 8, v)                                                                    \
    X(dd, paddusw, F_MMX, 8, v)                                                                    \
    X(de, pmaxub, F_MMXEXT, 8, v)                                                                  \
    X(df, pandn, F_MMX, 8, v)                                                                      \
    X(e0, pavgb, F_MMXEXT, 8, v)                                                                   \
    X(e1, psraw, F_MMX, 8, v)                                                                      \
    X(e2, psrad, F_MMX, 8, v)                                                                      \
    X(e3, pavgw, F_MMXEXT, 8, v)                                                                   \
    X(e4, pmulhuw, F_MMXEXT, 8, v)                                                                 \
    X(e5, pmulhw, F_MMX, 8, v)                                                                     \
    X(e8, psubsb, F_MMX, 8, v)                                                                     \
    X(e9, psubsw, F_MMX, 8, v)                                                                     \
    X(ea, pminsw, F_MMXEXT, 8, v)                                                                  \
    X(eb, por, F_MMX, 8, v)                                                                        \
    X(ec, paddsb, F_MMX, 8, v)                                                                     \
    X(ed, paddsw, F_MMX, 8, v)                                                                     \
    X(ee, pmaxsw, F_MMXEXT, 8, v)                                                                  \
    X(ef, pxor, F_MMX, 8, v)                                                                       \
    X(f1, psllw, F_MMX, 8, v)                                                                      \
    X(f2, pslld, F_MMX, 8, v)                                                                      \
    X(f3, psllq, F_MMX, 8, v)                                                                      \
    X(f4, pmuludq, F_SSE2, 8, v)                                                                   \
    X(f5, pmaddwd, F_MMX, 8, v)                                                                    \
    X(f6, psadbw, F_MMXEXT, 8, v)                                                                  \
    X(f8, psubb, F_MMX, 8, v)                                                                      \
    X(f9, psubw, F_MMX, 8, v)                                                                      \
    X(fa, psubd, F_MMX, 8, v)                                                                      \
    X(fb, psubq, F_SSE2, 8, v)                                                                     \
    X(fc, paddb, F_MMX, 8, v)                                                                      \
    X(fd, paddw, F_MMX, 8, v)                                                                      \
    X(fe, paddd, F_MMX, 8, v)

/* Shift groups with an immediate: opcode, modrm.reg, name. */
#define SIMD_SHIFT_IMM(X)                                                                          \
    X(71, 2, psrlw)                                                                                \
    X(71, 4, psraw)                                                                                \
    X(71, 6, psllw)                                                                                \
    X(72, 2, psrld)                                                                                \
    X(72, 4, psrad)                                                                                \
    X(72, 6, pslld)                                                                                \
    X(73, 2, psrlq)                                                                                \
    X(73, 6, psllq)

/*
 * Floating-point arithmetic with one opcode and four forms (PS, SS, PD, SD): opcode, name without
 * the suffix.
 */
#define SIMD_FP4_OPS(X)                                                                            \
    X(51, sqrt)                                                                                    \
    X(58, add)                                                                                     \
    X(59, mul)                                                                                     \
    X(5c, sub)                                                                                     \
    X(5d, min)                                                                                     \
    X(5e, div)                                                                                     \
    X(5f, max)

#endif
