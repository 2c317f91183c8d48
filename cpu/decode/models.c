/*
 * models.c - the processor models: feature sets, CPUID, register masks, model-specific registers.
 *
 * SDM vol. 2 (CPUID), vol. 3 appendix of MSRs, AP-485 (Intel processor identification). The parts
 * meant: 386 = i386DX with i387DX; 486 = IntelDX4 (the 486 with CPUID and VME; write-back,
 * signature 0480h); pentium = P54C; pentium-mmx = P55C; pentium2 = Deschutes, 512K; pentium3 =
 * Coppermine, 256K; pentium4 = Northwood, 512K.
 *
 * The APIC bit of CPUID is set when the board has a local APIC and it is enabled.
 *
 * Not modelled: performance counters stand still; machine checks never happen; memory types have no
 * effect. The serial number of the pentium3 is the same in every machine; our BIOS disables it, as
 * firmware of the time did unless told otherwise.
 */
#include "cpu/decode/models.h"

#include <string.h>

#define FB(f) (1ull << (f))

#define FEAT_BASE FB(F_386)
#define FEAT_386 (FEAT_BASE | FB(F_FPU) | FB(F_386_ONLY) | FB(F_386_486))
#define FEAT_486_UP (FEAT_BASE | FB(F_486) | FB(F_FPU) | FB(F_CPUID) | FB(F_VME))
#define FEAT_486 (FEAT_486_UP | FB(F_386_486))
#define FEAT_P5                                                                                    \
    (FEAT_486_UP | FB(F_P5) | FB(F_DE) | FB(F_PSE) | FB(F_TSC) | FB(F_MSR) | FB(F_MCE) | FB(F_CX8))
#define FEAT_P5MMX (FEAT_P5 | FB(F_MMX) | FB(F_RDPMC))
#define FEAT_P2                                                                                    \
    (FEAT_P5MMX | FB(F_P6) | FB(F_CMOV) | FB(F_FCMOV) | FB(F_SEP) | FB(F_FXSR) | FB(F_PAE) |       \
     FB(F_MTRR) | FB(F_PGE) | FB(F_MCA) | FB(F_PAT) | FB(F_PSE36))
#define FEAT_SSE (FEAT_P2 | FB(F_SSE) | FB(F_MMXEXT))
#define FEAT_P3 (FEAT_SSE | FB(F_PSN))
#define FEAT_P4 (FEAT_SSE | FB(F_SSE2) | FB(F_CLFSH) | FB(F_SS))

/* EFLAGS bits 0-17 without the holes at 3, 5 and 15. */
#define EFLAGS_386 0x00037fd7u
#define EFLAGS_486 (EFLAGS_386 | EFL_AC | EFL_ID | EFL_VIF | EFL_VIP)

#define CR0_386 (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_PG)
#define CR0_486 (CR0_386 | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD)

/* "GenuineIntel" is spread over EBX, EDX, ECX; here in the order EBX, ECX, EDX. */
#define VENDOR 0x756e6547u, 0x6c65746eu, 0x49656e69u
#define LEAF_END                                                                                   \
    {                                                                                              \
        0xffffffffu, 0, 0, 0, 0                                                                    \
    }

#define SIG_386 0x00000308u
#define SIG_486 0x00000480u
#define SIG_P5 0x0000052cu
#define SIG_P5MMX 0x00000543u
#define SIG_P2 0x00000652u
#define SIG_P3 0x00000686u
#define SIG_P4 0x00000f27u

static const struct cpuid_leaf cpuid_486[] = {
    {0, 1, VENDOR}, {1, SIG_486, 0, 0, FEATURES_EDX(FEAT_486)}, LEAF_END};
static const struct cpuid_leaf cpuid_p5[] = {
    {0, 1, VENDOR}, {1, SIG_P5, 0, 0, FEATURES_EDX(FEAT_P5)}, LEAF_END};
static const struct cpuid_leaf cpuid_p5mmx[] = {
    {0, 1, VENDOR}, {1, SIG_P5MMX, 0, 0, FEATURES_EDX(FEAT_P5MMX)}, LEAF_END};
/* Leaf 2, low bytes first: code TLB 4K 32, code TLB 4M 2, data TLB 4K 64; L1 code 16K 08, L1 data
 * 16K 0C, data TLB 4M 04; L2 512K 43 or 256K eight-way 82. */
static const struct cpuid_leaf cpuid_p2[] = {{0, 2, VENDOR},
                                             {1, SIG_P2, 0, 0, FEATURES_EDX(FEAT_P2)},
                                             {2, 0x03020101, 0, 0, 0x0c040843},
                                             LEAF_END};
static const struct cpuid_leaf cpuid_p3[] = {
    {0, 3, VENDOR},
    {1, SIG_P3, 0x00000002, 0, FEATURES_EDX(FEAT_P3)}, /* EBX: brand index 2, "Pentium III" */
    {2, 0x03020101, 0, 0, 0x0c040882},
    {3, 0, 0, 0x46457272, 0x69746500}, /* serial number, low dword in ECX; the signature leads */
    LEAF_END};
/* Code TLB 50, data TLB 5B, L1 data 8K 66, no L3 40, trace cache 12K 70, L2 512K 7B. */
static const struct cpuid_leaf cpuid_p4[] = {
    {0, 2, VENDOR},
    {1, SIG_P4, 0x00010809, 0,
     FEATURES_EDX(FEAT_P4)}, /* brand 9, CLFLUSH line of 64 bytes, one processor */
    {2, 0x665b5001, 0, 0, 0x007b7040},
    {0x80000000, 0x80000004, 0, 0, 0},
    {0x80000001, 0, 0, 0, 0},
    /* "              Intel(R) Pentium(R) 4 CPU 2.40GHz", right-aligned as Intel does */
    {0x80000002, 0x20202020, 0x20202020, 0x20202020, 0x6e492020},
    {0x80000003, 0x286c6574, 0x50202952, 0x69746e65, 0x52286d75},
    {0x80000004, 0x20342029, 0x20555043, 0x30342e32, 0x007a4847},
    LEAF_END};

/* clang-format off */
#define SET(name) .features = FEAT_##name, .cr4 = FEATURES_CR4(FEAT_##name), .signature = SIG_##name
static const struct cpu_model models[] = {
    {"pentium3", "Pentium III: SSE", ID_P3, SET(P3), .eflags = EFLAGS_486, .cr0 = CR0_486,
     .tsc_hz = 800000000, .cpuid = cpuid_p3},
    {"386", "i386DX with an i387DX", ID_386, SET(386), .eflags = EFLAGS_386, .cr0 = CR0_386},
    {"486", "IntelDX4: x87, CPUID, VME", ID_486, SET(486), .eflags = EFLAGS_486, .cr0 = CR0_486,
     .cpuid = cpuid_486},
    {"pentium", "Pentium: TSC, MSRs, CMPXCHG8B, 4M pages", ID_P5, SET(P5), .eflags = EFLAGS_486,
     .cr0 = CR0_486, .tsc_hz = 100000000, .cpuid = cpuid_p5},
    {"pentium-mmx", "Pentium with MMX", ID_P5MMX, SET(P5MMX), .eflags = EFLAGS_486, .cr0 = CR0_486,
     .tsc_hz = 200000000, .cpuid = cpuid_p5mmx},
    {"pentium2", "Pentium II: CMOV, SYSENTER, FXSAVE, PAE", ID_P2, SET(P2), .eflags = EFLAGS_486,
     .cr0 = CR0_486, .tsc_hz = 350000000, .cpuid = cpuid_p2},
    {"pentium4", "Pentium 4: SSE2", ID_P4, SET(P4), .eflags = EFLAGS_486, .cr0 = CR0_486,
     .tsc_hz = 2400000000u, .cpuid = cpuid_p4},
};
#undef SET
/* clang-format on */

const struct cpu_model *cpu_model_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

const char *cpu_model_name(unsigned i)
{
    return i < ARRAY_SIZE(models) ? models[i].name : NULL;
}

const char *model_with(enum feature f)
{
    const struct cpu_model *first = NULL;
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++)
        if (model_has(&models[i], f) && (!first || models[i].id < first->id))
            first = &models[i];
    return first ? first->name : NULL;
}

static const struct cpuid_leaf *find_leaf(const struct cpu_model *m, u32 leaf)
{
    for (const struct cpuid_leaf *l = m->cpuid; l->leaf != 0xffffffffu; l++)
        if (l->leaf == leaf)
            return l;
    return NULL;
}

void model_cpuid(const struct cpu_model *m, u32 leaf, u32 out[4])
{
    memset(out, 0, 4 * sizeof *out);
    if (!m->cpuid)
        return;
    const struct cpuid_leaf *l = find_leaf(m, leaf);
    /* Beyond the last leaf Intel's P6 and later answer like the highest basic leaf. */
    if (!l && model_has(m, F_P6))
        l = find_leaf(m, m->cpuid[0].eax);
    if (!l)
        return;
    out[0] = l->eax;
    out[1] = l->ebx;
    out[2] = l->ecx;
    out[3] = l->edx;
}

/* ---- model-specific registers ---- */

#define M_P5 (1u << ID_P5)
#define M_P5MMX (1u << ID_P5MMX)
#define M_P2 (1u << ID_P2)
#define M_P3 (1u << ID_P3)
#define M_P4 (1u << ID_P4)
#define M_PENTIUM (M_P5 | M_P5MMX)
#define M_P6 (M_P2 | M_P3)
#define M_P6UP (M_P6 | M_P4)
#define M_ALL (M_PENTIUM | M_P6UP)
#define ALL64 (~0ull)
#define PHYS36 0xffffff000ull

enum { SLOT_BBL_CTL = 56 };
#define BBL_CTL_NO_SERIAL (1ull << 21)

/* Slots in misc: 0-7 test registers (op_sys.c), then as counted here. */
static const struct msr_def msrs[] = {
    {0x000, 2, M_ALL, MSR_PLAIN, 8, ALL64, 0},               /* P5_MC_ADDR, P5_MC_TYPE */
    {0x002, 13, M_PENTIUM, MSR_IGNORE, 0, 0, 0},             /* test registers */
    {0x010, 1, M_ALL, MSR_TSC, 0, ALL64, 0},                 /* TIME_STAMP_COUNTER */
    {0x011, 3, M_PENTIUM, MSR_PLAIN, 10, ALL64, 0},          /* CESR, CTR0, CTR1 */
    {0x017, 1, M_P6UP, MSR_CONST, 0, 0, 0},                  /* PLATFORM_ID */
    {0x01b, 1, M_P6UP, MSR_APIC_BASE, 0, PHYS36 | 0x900, 0}, /* APIC_BASE */
    {0x02a, 1, M_P6UP, MSR_IGNORE, 0, 0, 0},                 /* EBL_CR_POWERON */
    {0x02b, 1, M_P4, MSR_IGNORE, 0, 0, 0},                   /* EBC_SOFT_POWERON */
    {0x02c, 1, M_P4, MSR_CONST, 0, 0, 0x12010000},           /* EBC_FREQUENCY_ID: 18 x 133 MHz */
    {0x079, 1, M_P6UP, MSR_IGNORE, 0, 0, 0},                 /* BIOS_UPDT_TRIG */
    {0x088, 3, M_P6, MSR_PLAIN, 13, ALL64, 0},               /* BBL_CR_D0..D2 */
    {0x08b, 1, M_P6UP, MSR_PLAIN, 16, ALL64, 0},             /* BIOS_SIGN_ID */
    {0x0c1, 2, M_P6, MSR_PLAIN, 17, ALL64, 0},               /* PERFCTR0, 1 */
    {0x0fe, 1, M_P6UP, MSR_CONST, 0, 0, 0x508},              /* MTRRCAP: 8 ranges, fixed, WC */
    {0x116, 1, M_P6, MSR_PLAIN, 19, ALL64, 0},               /* BBL_CR_ADDR */
    {0x118, 1, M_P6, MSR_IGNORE, 0, 0, 0},                   /* BBL_CR_DECC */
    {0x119, 1, M_P2, MSR_IGNORE, 0, 0, 0},                   /* BBL_CR_CTL */
    {0x119, 1, M_P3, MSR_SERIAL, SLOT_BBL_CTL, ALL64, 0},    /* BBL_CR_CTL */
    {0x11a, 2, M_P6, MSR_IGNORE, 0, 0, 0},                   /* BBL_CR_TRIG, BUSY */
    {0x11e, 1, M_P6, MSR_PLAIN, 20, ALL64, 0x00800100},      /* BBL_CR_CTL3: L2 there, enabled */
    {0x174, 1, M_P6UP, MSR_SYSENTER_CS, 0, ALL64, 0},
    {0x175, 1, M_P6UP, MSR_SYSENTER_ESP, 0, ALL64, 0},
    {0x176, 1, M_P6UP, MSR_SYSENTER_EIP, 0, ALL64, 0},
    {0x179, 1, M_P6UP, MSR_CONST, 0, 0, 0x004},                 /* MCG_CAP: 4 banks */
    {0x17a, 1, M_P6UP, MSR_PLAIN, 21, 7, 0},                    /* MCG_STATUS */
    {0x186, 2, M_P6, MSR_PLAIN, 22, ALL64, 0},                  /* PERFEVTSEL0, 1 */
    {0x19a, 1, M_P4, MSR_PLAIN, 57, 0x1e, 0},                   /* CLOCK_MODULATION: no effect */
    {0x19b, 1, M_P4, MSR_PLAIN, 58, 3, 0},                      /* THERM_INTERRUPT */
    {0x19c, 1, M_P4, MSR_IGNORE, 0, 0, 0},                      /* THERM_STATUS: it is cool */
    {0x1a0, 1, M_P4, MSR_PLAIN, 24, ALL64, 1},                  /* MISC_ENABLE: fast strings */
    {0x1d7, 2, M_P4, MSR_CONST, 0, 0, 0},                       /* LER_FROM_LIP, LER_TO_LIP */
    {0x1da, 1, M_P4, MSR_CONST, 0, 0, 0},                       /* LASTBRANCH_TOS */
    {0x1d9, 1, M_P6UP, MSR_PLAIN, 25, 0x7f, 0},                 /* DEBUGCTL */
    {0x1db, 4, M_P6UP, MSR_CONST, 0, 0, 0},                     /* last branch and exception */
    {0x1e0, 1, M_P6, MSR_PLAIN, 26, ALL64, 0},                  /* ROB_CR_BKUPTMPDR6 */
    {0x200, 16, M_P6UP, MSR_MTRR_RANGE, 27, PHYS36 | 0x8ff, 0}, /* MTRRphysBase0, Mask0... */
    {0x250, 1, M_P6UP, MSR_MEMTYPE, 43, ALL64, 0},              /* MTRRfix64K_00000 */
    {0x258, 2, M_P6UP, MSR_MEMTYPE, 44, ALL64, 0},              /* MTRRfix16K */
    {0x268, 8, M_P6UP, MSR_MEMTYPE, 46, ALL64, 0},              /* MTRRfix4K */
    {0x277, 1, M_P6UP, MSR_MEMTYPE, 54, ALL64, 0x0007040600070406ull}, /* PAT */
    {0x2ff, 1, M_P6UP, MSR_MTRR_TYPE, 55, 0xcff, 0},                   /* MTRRdefType */
    {0x300, 18, M_P4, MSR_IGNORE, 0, 0, 0}, /* BPU_COUNTER0 .. IQ_COUNTER5, */
    {0x360, 18, M_P4, MSR_IGNORE, 0, 0, 0}, /* their CCCRs, */
    {0x3a0, 31, M_P4, MSR_IGNORE, 0, 0, 0}, /* and the ESCRs */
    {0x3c0, 6, M_P4, MSR_IGNORE, 0, 0, 0},
    {0x3c8, 6, M_P4, MSR_IGNORE, 0, 0, 0},
    {0x3e0, 2, M_P4, MSR_IGNORE, 0, 0, 0},
    {0x3f0, 3, M_P4, MSR_IGNORE, 0, 0, 0},    /* TC_PRECISE_EVENT, PEBS_ENABLE, PEBS_MATRIX_VERT */
    {0x400, 16, M_P6UP, MSR_IGNORE, 0, 0, 0}, /* MC0..MC3 CTL STATUS ADDR MISC */
};
_Static_assert(sizeof((struct cpu){0}.msr.misc) / 8 > SLOT_BBL_CTL, "the slots above fit");

const struct msr_def *model_msr(const struct cpu_model *m, u32 number, unsigned *slot)
{
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        const struct msr_def *d = &msrs[i];
        if (number - d->number < d->count && (d->models >> m->id & 1)) {
            *slot = d->slot + (number - d->number);
            return d;
        }
    }
    return NULL;
}

/* CPUID.1:EDX */
#define CPUID_APIC (1u << 9)
#define CPUID_PSN (1u << 18)

bool model_apic(const struct cpu *c)
{
    return c->bus.apic_base && (c->msr.apic_base & 0x800);
}

void cpu_cpuid(const struct cpu *c, u32 leaf, u32 out[4])
{
    bool hidden = model_has(c->model, F_PSN) && (c->msr.misc[SLOT_BBL_CTL] & BBL_CTL_NO_SERIAL);

    if (hidden && leaf > 2)
        leaf = 2; /* the highest one now: those beyond it answer like it */
    model_cpuid(c->model, leaf, out);
    if (hidden && leaf == 0)
        out[0] = 2;
    if (hidden && leaf == 1)
        out[3] &= ~CPUID_PSN;
    if (leaf == 1 && model_apic(c))
        out[3] |= CPUID_APIC;
}

static bool msr_has_slot(const struct msr_def *d)
{
    return d->kind == MSR_PLAIN || d->kind == MSR_MEMTYPE || d->kind == MSR_SERIAL ||
           d->kind == MSR_MTRR_RANGE || d->kind == MSR_MTRR_TYPE;
}

void model_reset(struct cpu *c)
{
    memset(&c->msr, 0, sizeof c->msr);
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        const struct msr_def *d = &msrs[i];
        if (msr_has_slot(d) && (d->models >> c->model->id & 1))
            for (unsigned k = 0; k < d->count; k++)
                c->msr.misc[d->slot + k] = d->reset;
    }
    if (c->bus.apic_base) {
        /* Bootstrap processor, on. Boards with one P54C strap its APIC off at RESET, and it has no
         * MSR that would switch it on again: no bit in CPUID, no entry in firmware's tables. */
        c->msr.apic_base = c->model->id >= ID_P2 ? 0xfee00900 : 0;
        c->bus.apic_base(c->bus.owner, c->msr.apic_base);
    }
}
