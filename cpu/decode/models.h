/*
 * models.h - what one processor model is: its features, its identification, its register masks.
 *
 * The decoder asks model_has() for every row of ops.def; the register instructions (op_sys.c) and
 * the loads of EFLAGS take the masks from here, so that no other file compares model names.
 */
#ifndef FERRITE_CPU_MODELS_H
#define FERRITE_CPU_MODELS_H

#include "cpu/cpu.h"
#include "cpu/decode/opdef.h"

struct cpuid_leaf {
    u32 leaf, eax, ebx, ecx, edx;
};

/* One model-specific register; `models` is a mask of MODEL_BIT(). */
enum msr_kind {
    MSR_PLAIN, /* 64 bits kept in cpu->msr.misc[slot]; written through `mask`, else #GP(0) */
    MSR_TSC,
    MSR_SYSENTER_CS,
    MSR_SYSENTER_ESP,
    MSR_SYSENTER_EIP,
    MSR_APIC_BASE,
    MSR_CONST,      /* reads `reset`, writing is #GP(0) */
    MSR_IGNORE,     /* reads `reset`, writes are dropped */
    MSR_SERIAL,     /* plain; bit 21, once set, stays until RESET: no serial number (AP-485) */
    MSR_MEMTYPE,    /* plain, and every byte must be a memory type (fixed MTRRs, PAT) */
    MSR_MTRR_TYPE,  /* plain, and the low byte must be one */
    MSR_MTRR_RANGE, /* even ones likewise; odd ones are masks, with bit 11 and no type */
};

struct msr_def {
    u32 number;
    u16 count; /* consecutive registers of the same kind */
    u8 models; /* MODEL_* mask */
    u8 kind;   /* enum msr_kind */
    u8 slot;   /* first index in cpu->msr.misc */
    u64 mask;  /* bits that may be set */
    u64 reset;
};

enum model_id { ID_386, ID_486, ID_P5, ID_P5MMX, ID_P2, ID_P3, ID_P4 };

struct cpu_model {
    const char *name;
    const char *about; /* one line for --help */
    enum model_id id;
    u64 features;                   /* bit per enum feature */
    u32 signature;                  /* CPUID.1:EAX, and EDX after RESET */
    u32 eflags;                     /* EFLAGS bits that exist */
    u32 cr0, cr4;                   /* bits that exist; others read 0 (CR0) or fault (CR4) */
    u64 tsc_hz;                     /* of the time stamp counter */
    const struct cpuid_leaf *cpuid; /* ends with leaf 0xffffffff */
};

static inline bool model_has(const struct cpu_model *m, enum feature f)
{
    return m->features >> f & 1;
}

/* The name of the earliest model that has it; NULL when none has. */
const char *model_with(enum feature f);
/* CPUID with EAX = leaf: EAX, EBX, ECX, EDX in this order; what the model says after RESET. */
void model_cpuid(const struct cpu_model *m, u32 leaf, u32 out[4]);
/* The same, as this processor answers now: local APIC on or off, serial number disabled or not. */
void cpu_cpuid(const struct cpu *c, u32 leaf, u32 out[4]);
/* The definition of an MSR and its index in misc[]; NULL when the model lacks it. */
const struct msr_def *model_msr(const struct cpu_model *m, u32 number, unsigned *slot);
/* Has this processor a local APIC, and is it enabled? (CPUID; P54C and later, on such a board.) */
bool model_apic(const struct cpu *c);
/* Bring MSRs to their reset values (RESET, not INIT). */
void model_reset(struct cpu *c);

#endif
