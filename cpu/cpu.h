/*
 * cpu.h - the processor: its state, and the functions that the machine calls.
 *
 * Intel SDM vol. 3 is the reference for everything here. The outside is seen only through
 * struct cpu_bus. The first 128 bytes hold what every handler touches; their layout is asserted in
 * cpu.c because a translator will address them with one-byte displacements.
 */
#ifndef FERRITE_CPU_H
#define FERRITE_CPU_H

#include "cpu/flags.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/types.h"
#include "mmu/mmu.h"

struct state;
struct block_cache;
struct jit;
struct decoder;
struct cpu_model;
struct inspect;
struct cpu_profile;
struct cpu_place;
struct profile_node;
struct profile_frame;
struct cpu_timing;
struct spin;
struct byte_set;
struct curve;
struct cpu_trace;

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };
enum seg_index { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_COUNT };

/* Exception vectors (SDM vol. 3, table 6-1). */
/* clang-format off */
enum {
    VEC_DE = 0, VEC_DB = 1, VEC_NMI = 2, VEC_BP = 3, VEC_OF = 4, VEC_BR = 5, VEC_UD = 6,
    VEC_NM = 7, VEC_DF = 8, VEC_TS = 10, VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14,
    VEC_MF = 16, VEC_AC = 17, VEC_MC = 18, VEC_XM = 19
};
/* clang-format on */

/*
 * A segment register with its hidden part. attr holds bits 8..23 of the descriptor's high dword
 * shifted down by 8 (so type in 3:0, S bit 4, DPL 6:5, P bit 7, limit's nibble 11:8 meaningless,
 * AVL 12, D/B 14, G 15). limit is in bytes, already scaled. rd_max and wr_max serve the fast path:
 * the highest offset that may be read or written, -1 when the slow check must decide (null,
 * expand-down, not readable...). seg_update() derives them.
 */
struct seg {
    u32 base;
    u32 limit;
    s64 rd_max, wr_max;
    u16 sel;
    u16 attr;
    bool usable; /* false after a null selector was loaded */
};

#define SEG_ACCESSED 0x01u
#define SEG_RW 0x02u      /* data: writable; code: readable */
#define SEG_ED_CONF 0x04u /* data: expand down; code: conforming */
#define SEG_CODE 0x08u
#define SEG_S 0x10u
#define SEG_DPL(attr) ((attr) >> 5 & 3)
#define SEG_P 0x80u
#define SEG_DB 0x4000u
#define SEG_G 0x8000u

/* GDTR, IDTR. */
struct table_reg {
    u32 base;
    u16 limit;
};

/*
 * What changes decoding or the choice of handlers: part of a block's key. MODE_FLAT: DS, ES and SS
 * are flat (base 0, limit 4 GiB, readable and writable), CS has base 0 and limit 4 GiB.
 * MODE_SINGLE: blocks of one instruction (single step, interrupt shadow, end of the budget,
 * breakpoints).
 */
#define MODE_CS32 1u /* CS.D */
#define MODE_SS32 2u /* SS.B */
#define MODE_FLAT 4u
#define MODE_PE 8u  /* protected mode, V86 included */
#define MODE_VM 16u /* virtual-8086 */
#define MODE_SINGLE 32u
#define MODE_USER 64u /* CPL 3: what the page tables allow to fetch differs */

/* Why interrupts are held until after the next instruction. MOV SS and POP SS hold debug traps too.
 */
enum shadow { SHADOW_NONE, SHADOW_STI, SHADOW_SS };

/* cpu.stop */
#define CPU_STOP_SMC 1u     /* the running block was overwritten */
#define CPU_STOP_REQUEST 2u /* an interrupt line rose, a stop was asked for */

/* cpu.extras */
#define CPU_REP_PAUSED (1u << 16) /* in cpu.rep_flags */
#define CPU_EXTRA_TIMING 1u       /* instructions take their clocks: cpu.timing */
#define CPU_EXTRA_PROFILE 2u      /* blocks are counted: cpu.profile */

/* An exception or interrupt on its way to delivery. */
enum { CPU_WHY_ARGS = 8 };

struct cpu_event {
    bool pending;
    u8 vector;
    bool has_error;
    bool software; /* INT n, INT3, INTO: gate DPL is checked, return address is the next one */
    u32 error;
    /* In words, with the guest's addresses, for people: a format (NULL: none) and what goes into
     * it. Made into text only when somebody asks (fault.c): faults are everyday work for a guest.
     */
    const char *why;
    u64 arg[CPU_WHY_ARGS];
};

/* The last fault, and where; then the faults on the way to its handler, if any came. */
enum { CPU_FAULT_CHAIN = 4 };
struct cpu_last_fault {
    struct cpu_event event[CPU_FAULT_CHAIN];
    u8 count;       /* of them; 0: there was none yet */
    bool interrupt; /* event[0] is an interrupt's vector */
    bool shutdown;  /* and the last one could not be delivered either */
    u16 cs;
    u32 eip;
};

/* Rounds of a loop that are counted instead of being executed, from now on; a round is so long. */
struct cpu_skip {
    u64 times, instructions;
    u64 ticks, stall; /* what the instructions take, and what cpu_stall() is told */
    const struct cpu_port_access {
        u16 port;
        u8 size;
        bool out;
        u32 value;    /* that was read or written */
        u64 executed; /* instructions of the round before it */
        u64 at;       /* ticks from the round's beginning, with the stalls before it */
        u64 steady;   /* from then on */
    } * access;
    unsigned accesses; /* of a round */
};

/*
 * Guest time while cpu_run() is under way: picoseconds, counted from `ns`. The bus may change
 * `waited` meanwhile.
 */
struct cpu_time {
    u64 ns;     /* less than a nanosecond before... */
    u64 ticks;  /* ...so many of cpu_ticks(); */
    u32 ps;     /* this much */
    u64 waited; /* what the bus kept the processor waiting since */
    u64 period; /* of a tick */
};
static inline u64 cpu_time_at(const struct cpu_time *t, u64 ticks)
{
    return t->ns + (t->ps + t->waited + (ticks - t->ticks) * t->period) / 1000;
}

struct cpu_bus {
    void *owner;
    u32 (*port_in)(void *owner, u16 port, unsigned size);
    void (*port_out)(void *owner, u16 port, u32 value, unsigned size);
    u8 (*irq_ack)(void *owner);            /* INTA: the vector from the 8259s */
    u64 (*time_ns)(void *owner);           /* guest time, for RDTSC */
    const struct cpu_time *time;           /* the same as a formula; NULL: there is none */
    void (*ferr)(void *owner, bool level); /* FERR# (IRQ13), and what IGNNE# answers; may be NULL */
    void (*apic_base)(void *owner, u64 value); /* MSR 1Bh, also at reset; NULL: no local APIC */
    /*
     * For loops that wait (spin.h); all may be NULL. port_steady: for how many ticks from now on,
     * with those that the bus keeps the processor waiting, does reading this port give what it
     * gives now, or (a byte) one of `others` (NULL: none), and change nothing? 0: not known.
     * port_curve: by what curve (hw/base/curve.h) does what it gives go on, while reading it
     * changes nothing? false: not known.
     * out_chooses: would this write change nothing but what other accesses then mean? chosen: that,
     * of the device which has the port, as a number; 0: it has nothing to choose, ever.
     * skip: so many rounds are about to pass; the bus does what their accesses leave behind, and
     * notes what the last of the reads give in value[]. The clock is the processor's concern.
     */
    u64 (*port_steady)(void *owner, u16 port, unsigned size, const struct byte_set *others);
    bool (*port_curve)(void *owner, u16 port, unsigned size, struct curve *curve);
    bool (*out_chooses)(void *owner, u16 port, unsigned size, u32 value);
    u64 (*chosen)(void *owner, u16 port);
    void (*skip)(void *owner, const struct cpu_skip *skip, u32 *value);
};

/*
 * x87, MMX and SSE state. The header has FXSAVE's shape; st[] holds the physical registers R0..R7
 * (ST(i) is st[(TOP + i) & 7]), which FXSAVE rotates on the way out, so that a push or pop moves
 * nothing. TOP lives in fsw bits 11-13.
 */
struct cpu_fpu {
    u16 fcw, fsw;
    u8 ftw; /* abridged tag: bit i set = R(i) not empty */
    u8 reserved0;
    u16 fop;
    u32 fip;
    u16 fcs, reserved1;
    u32 fdp;
    u16 fds, reserved2;
    u32 mxcsr, mxcsr_mask;
    u8 st[8][16];
    u8 xmm[8][16];
    /* How the handlers reach the above (cpu/fpu.h). */
    u8 gate;       /* FPU_*: which x87/MMX handlers may take their fast path */
    u8 live;       /* fcw, fsw, ftw and st[] are in the host's x87 unit, not here */
    u8 sse;        /* SSE_*: the same for SSE */
    u8 mxcsr_live; /* mxcsr is in the host's MXCSR, not here */
    u8 ignne;      /* IGNNE# is asserted */
    u8 ferr;       /* FERR# is asserted */
    u16 last_cs;   /* with last_eip and last_op: the last x87 instruction, not yet in fop, fip... */
    u32 last_eip;
    u64 last_op;    /* the last eight bytes of its struct op; 0: fop, fip, fcs are up to date */
    u8 scratch[16]; /* operands of the slow paths */
} __attribute__((aligned(16)));

struct cpu {
    /* --- hot: every handler --- */
    u32 gpr[8];           /* 0 */
    u32 zero;             /* 32: reads as 0, the "no base / no index" register */
    u32 eip;              /* 36: while handlers run: EIP of the running block's first instruction */
    u32 fl;               /* 40: packed flags while C code runs (flags.h) */
    u32 eflags;           /* 44: all but the six arithmetic flags, bit 1 set */
    s64 budget;           /* 48: instructions that may still start; charged a block at a time */
    struct tlb_fast *tlb; /* 56: table of the present privilege */
    u32 mode;             /* 64 */
    u32 cs_limit;         /* 68: copy of seg[SEG_CS].limit */
    u32 stop;             /* 72: leave after the present instruction (CPU_STOP_*) */
    u32 stack_mask;       /* 76: ffff or ffffffff (SS.B) */
    struct block_cache *blocks; /* 80 */
    u64 until;    /* 88: instructions executed when the budget is used up (cpu_executed) */
    u32 page_eip; /* 96: while machine code runs: EIP of its page's first byte (cpu/translate/) */
    u32 extras;   /* 100: CPU_EXTRA_*: what leaving a block early has to put right, too */
    struct jit *jit; /* 104: the translator; NULL: none */
    u64 *flat;       /* 112: words by page of the present privilege, where it has them */
    struct seg seg[SEG_COUNT];

    /* --- warm --- */
    struct mmu mmu;
    u8 cpl;
    bool user;        /* cpl == 3: which TLB */
    bool watching;    /* instruction by instruction, all accesses on the complete way (spin.h) */
    u8 shadow;        /* interrupts held for one instruction: enum shadow */
    bool stop_wanted; /* cpu_request_stop() */
    u8 doing;         /* enum cpu_doing: for who takes samples of this thread; no state */
    bool halted;
    bool shutdown;            /* triple fault */
    bool intr;                /* INTR line */
    bool nmi;                 /* NMI edge latched */
    bool nmi_blocked;         /* until IRET */
    u64 extra;                /* ticks that instructions took beside one each, ever */
    s64 hold;                 /* budget set aside while single instructions run */
    bool int_taken;           /* the instruction was INT n: no single-step trap after it */
    const struct op *slow_op; /* op in a slow path: cpu_executed() counts up to it; NULL outside */
    struct cpu_event event;
    u8 delivering; /* vector being delivered, for double faults; 0xff = none */

    struct table_reg gdtr, idtr;
    struct seg ldtr, tr; /* attr.type tells 16/32-bit TSS and busy */
    u32 cr2;
    u32 dr[8];
    u32 dr6_hit; /* DR6 bits of data breakpoints that the present instruction met */
    /* While REP CMPS or SCAS pauses: CPU_REP_PAUSED and fl of its beginning; 0 otherwise. */
    u32 rep_flags;
    u64 tsc_offset;
    u64 tsc_hz; /* of the time stamp counter: the model's, or cpu_set_tsc_hz() */
    struct cpu_second {
        u64 ns, count; /* when it began, and the time stamp counter without tsc_offset */
    } second;          /* of the last look at the counter */
    struct cpu_msrs {
        u32 sysenter_cs, sysenter_esp, sysenter_eip;
        u64 apic_base, mtrr_cap, misc[64]; /* misc: slots of models.c */
    } msr;

    struct cpu_fpu fpu;

    struct spin *spin; /* NULL: loops that wait are executed */
    const struct cpu_model *model;
    const struct cpu_timing *timing; /* NULL: each instruction takes one tick */
    struct decoder *decoder;
    struct phys *phys;
    struct cpu_bus bus;
    struct log *log;
    struct inspect *inspect; /* where a debugger outside wants to stop (inspect.h); NULL: nowhere */
    struct cpu_profile *profile; /* counts what runs (profile/profile.h); NULL: nobody does */
    struct cpu_counted {         /* what handlers and machine code see of it */
        u32 expect; /* the symbol of the place that may follow; PROFILE_TURN: number of the last */
        struct cpu_place *now;            /* of the counted block that was entered last */
        struct profile_node *at;          /* where the processor is */
        struct profile_frame *top, *last; /* its last note; the last one that there is room for */
        u64 mark;                         /* cpu_executed() when instructions were charged last */
    } counted;
    struct cpu_trace *trace; /* what -d exec,cpu shows (trace.h); NULL: everything */
    struct cpu_last_fault last_fault;
    char fault_text[1200]; /* cpu_last_fault_text() */
};

/* Models by name; cpu_model_names() is for --help. */
const struct cpu_model *cpu_model_find(const char *name);
const char *cpu_model_name(unsigned i); /* NULL after the last; model 0 is the default */

/*
 * How long instructions take: by default one tick each. With the timing of a processor ("8088",
 * "286", "386" .. "pentium4") each takes its clocks, of CPU_TICKS_PER_CLOCK ticks: what goes into
 * cpu_run() and what cpu_ticks() returns is ticks then. The model and what its instructions do have
 * nothing to do with it. Not while cpu_run() is under way.
 */
#define CPU_TICKS_PER_CLOCK 10u
const struct cpu_timing *cpu_timing_find(const char *name); /* NULL: there is none */
const char *cpu_timing_name(const struct cpu_timing *t);
void cpu_set_timing(struct cpu *c, const struct cpu_timing *t);

struct cpu *cpu_new(const struct cpu_model *model, struct phys *phys, const struct cpu_bus *bus,
                    struct log *log);
void cpu_free(struct cpu *c);
/* RESET: F000:FFF0 with CS base FFFF0000, and everything else as SDM vol. 3, table 9-1 has it. */
void cpu_reset(struct cpu *c);
/* INIT: starts there as well, but x87, MMX and SSE state, MSRs, MTRRs, time stamp and the cache
 * bits of CR0 stay. What RESET of a processor without an INIT pin did is the same to software. */
void cpu_init(struct cpu *c);

/* CPU_STORES: for machine code, beside code in the same page (lin_beside_code()). */
enum cpu_doing { CPU_EXECUTES, CPU_DECODES, CPU_TRANSLATES, CPU_STORES };

enum cpu_stop {
    CPU_BUDGET,   /* the instructions are used up */
    CPU_HALT,     /* HLT (or shutdown below), nothing to do until an interrupt */
    CPU_SHUTDOWN, /* triple fault */
    CPU_REQUEST   /* cpu_request_stop() */
};

/*
 * Run for at most `ticks`: each instruction, and each iteration of REP, is one, or takes its clocks
 * (cpu_set_timing()); what has begun comes to its end. Interrupts are taken when INTR
 * is up and IF allows; one that comes before the last one's handler has begun counts as some dozen
 * instructions, the last of a slice in full. Returns early at HLT without a wake-up condition, at
 * shutdown, or on request; cpu_executed() tells how many were executed in all since reset of the
 * machine.
 */
enum cpu_stop cpu_run(struct cpu *c, u64 ticks);
/* Exact at any moment, also from within a port or MMIO handler. */
u64 cpu_executed(const struct cpu *c);
/* What they took, likewise: the same number as long as no timing was ever set. */
u64 cpu_ticks(const struct cpu *c);
/* Shorten the running slice so that it ends after at most so many more ticks from now on. */
void cpu_shorten(struct cpu *c, u64 ticks);
/* The running slice ends after so many more ticks at least; only from within bus.irq_ack(). */
void cpu_lengthen(struct cpu *c, u64 ticks);
/*
 * The bus keeps the processor waiting for n ticks: they are charged to the slice, but count neither
 * as instructions nor in cpu_ticks().
 */
void cpu_stall(struct cpu *c, u64 n);
/*
 * Loops that wait may be counted instead of being executed (spin.h); at first they may not. false:
 * out of memory. No guest can tell.
 */
bool cpu_skip_waits(struct cpu *c, bool on);
u64 cpu_skipped(const struct cpu *c); /* instructions that were, ever */
/* Halted, and neither an NMI nor an interrupt that may come in ends it: time has to pass. */
bool cpu_waiting(const struct cpu *c);
/* Will an NMI or an interrupt be taken before the next instruction? */
bool cpu_interrupt_due(const struct cpu *c);
/* The time stamp counter: counts guest time at its rate, from 0 at RESET. */
u64 cpu_time_stamp(struct cpu *c);
/* From now on at another rate, 0: the model's. It goes on from where it is. */
void cpu_set_tsc_hz(struct cpu *c, u64 hz);
void cpu_set_time_stamp(struct cpu *c, u64 value);
/* End the slice after the present instruction. */
void cpu_request_stop(struct cpu *c);

void cpu_set_intr(struct cpu *c, bool level);
void cpu_raise_nmi(struct cpu *c);

void cpu_state(struct cpu *c, struct state *s);
void cpu_describe(const struct cpu *c, FILE *out);
/* The last fault or shutdown in words, valid until the next call; "" when there was none. */
const char *cpu_last_fault_text(struct cpu *c);

/* Whole EFLAGS, from outside of running handlers. cpu_set_eflags also updates the mode. */
u32 cpu_eflags(const struct cpu *c);
void cpu_set_eflags(struct cpu *c, u32 value);

#endif
