/*
 * fpu.h - x87, MMX and SSE state: where it is, what other files must call, and when.
 *
 * SDM vol. 1, chapters 8-11; vol. 3, chapters 2.5 and 12-13. On an x86-64 host the guest's x87
 * instructions run on the host's own x87 unit, which then holds the guest's registers, control and
 * status word from one instruction to the next ("live"): stack faults, C1, tags, rounding, masked
 * and unmasked responses are the silicon's own. (What processors differ in is computed: FSIN and
 * its kind in x87_trans.c, RCP and RSQRT in sse_approx.c.) SSE arithmetic runs with the guest's
 * MXCSR in the host's, in the same way. Both are loaded by the first instruction that wants them
 * and parked in struct cpu_fpu when something needs to see them; nothing else in the process may
 * use the x87 unit (long double) or rely on MXCSR while cpu_run() is on the stack, see
 * fpu_callback(). Portable builds (other hosts, FERRITE_PORTABLE) never go live: cpu/fpu/fpu_soft.h
 * computes.
 *
 * Handlers look at one byte, the gate, to know that all of CR0.EM, CR0.TS, pending exceptions and
 * the place of the state are as they want; whatever changes one of these closes the gate.
 */
#ifndef FERRITE_CPU_FPU_H
#define FERRITE_CPU_FPU_H

#include "cpu/cpu.h"

#if defined(__x86_64__) && !defined(FERRITE_PORTABLE)
#define FPU_HOST 1
#else
#define FPU_HOST 0
#endif

/* cpu_fpu.gate */
enum {
    FPU_CLOSED, /* ask fpu_open_x87() or fpu_open_mmx() */
    FPU_LIVE,   /* x87 in the host, all exceptions masked */
    FPU_CHECK,  /* x87 in the host, look for unmasked exceptions after each instruction */
    FPU_MMX     /* in memory: TOP = 0, all tags valid, no exception pending */
};

/* cpu_fpu.sse */
enum {
    SSE_CLOSED,
    SSE_MOVE, /* permitted; MXCSR is in memory, or has unmasked exceptions */
    SSE_LIVE  /* permitted, and the host's MXCSR is the guest's, all exceptions masked */
};

#define FSW_IE 0x0001u
#define FSW_DE 0x0002u
#define FSW_ZE 0x0004u
#define FSW_OE 0x0008u
#define FSW_UE 0x0010u
#define FSW_PE 0x0020u
#define FSW_SF 0x0040u
#define FSW_ES 0x0080u
#define FSW_C0 0x0100u
#define FSW_C1 0x0200u
#define FSW_C2 0x0400u
#define FSW_TOP 0x3800u
#define FSW_C3 0x4000u
#define FSW_B 0x8000u
#define FCW_MASKS 0x003fu
#define FCW_INIT 0x037fu

#define MXCSR_FLAGS 0x003fu
#define MXCSR_DAZ 0x0040u
#define MXCSR_MASKS 0x1f80u
#define MXCSR_RC 0x6000u
#define MXCSR_FTZ 0x8000u
#define MXCSR_INIT 0x1f80u

void fpu_reset(struct cpu *c); /* RESET, not FNINIT: also MXCSR and XMM registers */

/* CR0.EM, CR0.TS, CR0.MP or CR4.OSFXSR changed (MOV CR, LMSW, CLTS, task switch, state loaded). */
void fpu_update(struct cpu *c);
/* struct cpu_fpu was loaded from a snapshot: never trust it. */
void fpu_loaded(struct cpu *c);

/*
 * Bring everything into struct cpu_fpu and the host's units to their defaults. The run loop calls
 * it before it returns; others before they look at struct cpu_fpu while handlers run.
 */
void fpu_park_all(struct cpu *c);
static inline void fpu_leave(struct cpu *c)
{
    if (c->fpu.live | c->fpu.mxcsr_live | (c->fpu.last_op != 0))
        fpu_park_all(c);
}

/*
 * For machine code, which has no handler in front of it (cpu/translate/): make the gate what a
 * handler's fast path wants, x87 FPU_LIVE, MMX FPU_MMX, SSE open or, for arithmetic, SSE_LIVE. An
 * instruction that may do so must follow at once where MMX is entered. false: something is in the
 * way - a fault, an exception that is pending or not masked - and the handler has to see to it.
 */
bool fpu_ready_x87(struct cpu *c);
bool fpu_ready_mmx(struct cpu *c);
bool fpu_ready_sse(struct cpu *c, bool arithmetic);

/* Before code outside cpu/ runs on behalf of an instruction (ports, MMIO): it may use SSE. */
void fpu_park_mxcsr(struct cpu *c);
static inline void fpu_callback(struct cpu *c)
{
    if (unlikely(c->fpu.mxcsr_live))
        fpu_park_mxcsr(c);
}

/* The chip set drives IGNNE# (port F0h asserts it until FERR# falls). */
void fpu_set_ignne(struct cpu *c, bool level);

#endif
