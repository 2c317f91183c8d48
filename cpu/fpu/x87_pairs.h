/*
 * x87_pairs.h - the transcendental functions of x87_math.h once more, in sums of two doubles, for
 * hosts that multiply 32 bits by 32 at a time: where that tells how the result is rounded, which is
 * all but one in 500, it takes a fraction of the time. The same bits come out.
 */
#ifndef FERRITE_CPU_X87_PAIRS_H
#define FERRITE_CPU_X87_PAIRS_H

#include "cpu/fpu/x87_math.h"

enum pair_function { PAIR_SIN, PAIR_COS, PAIR_SIN_COS, PAIR_TAN, PAIR_EXP, PAIR_LOG, PAIR_ATAN };

/*
 * What is computed of ST(0) = x and, for FYL2X (PAIR_LOG: x > 0) and FPATAN, ST(1) = y: numbers
 * that are not special. *second: the cosine of PAIR_SIN_COS. *r goes to big_to_fp(), rounds there
 * as the exact value does in each mode, and is good for nothing else. False: ask x87_math.h.
 */
bool pairs_value(enum pair_function what, struct fp x, struct fp y, struct big *r,
                 struct big *second);

#endif
