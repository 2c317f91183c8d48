/*
 * features.h - what processor models have or lack: the one list that rows (ops.def), CPUID.1:EDX
 * and the bits of CR4 are derived from. SDM vol. 2, CPUID; AP-485; SDM vol. 3, 2.5 (CR4).
 *
 * X(arg, name, bit of CPUID.1:EDX or CPUID_NONE, bits of CR4 that exist with it). Of the bits of
 * EDX only APIC (9) is not here: it says what the board has and whether it is enabled (cpu_cpuid).
 */
#ifndef FERRITE_CPU_DECODE_FEATURES_H
#define FERRITE_CPU_DECODE_FEATURES_H

#define CPUID_NONE 32 /* no bit tells: the family, the level of CPUID, or another bit does */

/* clang-format off */
#define CPU_FEATURES(X, arg)                                                                       \
    X(arg, F_386, CPUID_NONE, 0)                                                                   \
    X(arg, F_386_ONLY, CPUID_NONE, 0) /* LOADALL */                                                \
    X(arg, F_386_486, CPUID_NONE, 0)  /* test registers */                                         \
    X(arg, F_486, CPUID_NONE, 0)                                                                   \
    X(arg, F_CPUID, CPUID_NONE, 0)    /* EFLAGS.ID can be changed */                               \
    X(arg, F_P5, CPUID_NONE, 0)                                                                    \
    X(arg, F_RDPMC, CPUID_NONE, CR4_PCE)                                                           \
    X(arg, F_P6, CPUID_NONE, 0)                                                                    \
    X(arg, F_FCMOV, CPUID_NONE, 0)    /* FPU and CMOV */                                           \
    X(arg, F_MMXEXT, CPUID_NONE, 0)   /* the MMX part of SSE */                                    \
    X(arg, F_FPU, 0, 0)                                                                            \
    X(arg, F_VME, 1, CR4_VME | CR4_PVI)                                                            \
    X(arg, F_DE, 2, CR4_DE)                                                                        \
    X(arg, F_PSE, 3, CR4_PSE)                                                                      \
    X(arg, F_TSC, 4, CR4_TSD)                                                                      \
    X(arg, F_MSR, 5, 0)                                                                            \
    X(arg, F_PAE, 6, CR4_PAE)                                                                      \
    X(arg, F_MCE, 7, CR4_MCE)                                                                      \
    X(arg, F_CX8, 8, 0)                                                                            \
    X(arg, F_SEP, 11, 0)                                                                           \
    X(arg, F_MTRR, 12, 0)                                                                          \
    X(arg, F_PGE, 13, CR4_PGE)                                                                     \
    X(arg, F_MCA, 14, 0)                                                                           \
    X(arg, F_CMOV, 15, 0)                                                                          \
    X(arg, F_PAT, 16, 0)                                                                           \
    X(arg, F_PSE36, 17, 0)                                                                         \
    X(arg, F_PSN, 18, 0)              /* until it is disabled (cpu_cpuid) */                       \
    X(arg, F_CLFSH, 19, 0)                                                                         \
    X(arg, F_MMX, 23, 0)                                                                           \
    X(arg, F_FXSR, 24, CR4_OSFXSR)                                                                 \
    X(arg, F_SSE, 25, CR4_OSXMMEXCPT)                                                              \
    X(arg, F_SSE2, 26, 0)                                                                          \
    X(arg, F_SS, 27, 0)               /* self-snoop: nothing to see */

#define FEATURE_NAME(arg, name, edx, cr4) name,
enum feature { CPU_FEATURES(FEATURE_NAME, ) F_COUNT };
#undef FEATURE_NAME

/* Constants, for a constant set of features (a bit per enum feature). */
#define FEATURE_EDX(set, name, edx, cr4) | ((set) >> name & 1 ? (unsigned)(1ull << (edx)) : 0u)
#define FEATURE_CR4(set, name, edx, cr4) | ((set) >> name & 1 ? (cr4) : 0u)
#define FEATURES_EDX(set) (0u CPU_FEATURES(FEATURE_EDX, set))
#define FEATURES_CR4(set) (0u CPU_FEATURES(FEATURE_CR4, set))
/* clang-format on */

#endif
