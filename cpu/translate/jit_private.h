/*
 * jit_private.h - what the files of cpu/translate/ share.
 *
 * Registers of the host in machine code: see the table in README.md.
 */
#ifndef FERRITE_JIT_PRIVATE_H
#define FERRITE_JIT_PRIVATE_H

#include "cpu/alu.h"
#include "cpu/blocks/fuse.h"
#include "cpu/decode/query.h"
#include "cpu/translate/jit.h"
#include "cpu/translate/plan.h"
#include "cpu/translate/region.h"
#include "cpu/translate/x64.h"

/* ---- registers ---- */

enum {
    H_FL = X_AX,   /* packed flags (flags.h) */
    H_CPU = X_BP,  /* struct cpu */
    H_TLB = X_R13, /* c->flat */
    H_BUDGET = X_R15,
    H_T0 = X_SI, /* scratch: linear, then host address */
    H_T1 = X_DI,
    H_T2 = X_R14,
};
/* By the guest's number: EAX ECX EDX EBX ESP EBP ESI EDI. */
static inline unsigned host_gpr(unsigned guest)
{
    static const u8 map[8] = {X_BX, X_CX, X_DX, X_R8, X_R9, X_R10, X_R11, X_R12};
    return map[guest & 7];
}

/*
 * The host's vector registers. XMM0-7 hold the guest's XMM0-7, XMM8-15 the guest's MM0-7 in their
 * lower halves, from the first instruction that wants them until machine code is left; which of
 * them do is in a byte on the stack. The x87 unit holds the guest's state between handlers as well
 * (cpu/fpu.h).
 */
enum {
    UNIT_XMM = 1, /* XMM0-7, and instructions that do not look at MXCSR are allowed */
    UNIT_SSE = 2, /* with UNIT_XMM: MXCSR is the guest's, all exceptions masked */
    UNIT_MMX = 4, /* XMM8-15; the gate is FPU_MMX */
    UNIT_X87 = 8, /* nowhere on the stack: the gate is FPU_LIVE */
};
#define MM_FIRST 8u /* XMM8 */
/* In units_wanted: what must be there, and what may stay. */
#define UNITS_WANTED(add, keep) ((u32)(add) | (u32)(keep) << 8)
#define UNITS_KEPT(wanted) ((wanted) >> 8)

/* The stack in machine code, from RSP: two scratch words, then these. */
#define FRAME 40 /* keeps it aligned */
#define FRAME_UNITS 16
#define FRAME_WANTED 20
#define FRAME_WINDOWS 24 /* words of window.c */

/* From a word of the TLB for reads to that for writes. */
#define FLAT_WRITE_BYTES ((s32)(FLAT_WRITES * sizeof(u64)))

/* A field of struct cpu. */
#define X_CPU(field) X_MEM(H_CPU, (s32)offsetof(struct cpu, field))
/* A field of the block whose first record H_T2 points at. */
#define X_BLOCK(reg, field)                                                                        \
    X_MEM(reg, (s32)offsetof(struct block, field) - (s32)sizeof(struct block))

/* ---- code cache ---- */

#define REGION_SIZE (64u << 20)
/*
 * What of a block runs as a rule lies in the region's first part, one block behind the other, its
 * exits in the second one: a guest that has more code than the host's caches hold would otherwise
 * wait for lines that are not run.
 */
#define COLD_START (24u << 20)
/* More than the longest block's code can take; checked all the same. */
#define BLOCK_CODE_MAX (48u << 10)
#define HEAD_BYTES 10u /* of a block: the budget is charged */
#define JUMP_BYTES 5u
/* Memory for both parts is asked for in steps of this. */
#define RESERVE_STEP (64u << 10)
/*
 * Where the code segment ends and has a base (not MODE_FLAT), targets of branches wrap or fault.
 * This is decided when code is made, for the one place in the segment where the block was met: a
 * check before the head, of this size, stands in every way from elsewhere.
 */
#define CHECK_BYTES 26u
#define CHECKED_LIMIT 0xffffu
static inline bool block_is_bound(const struct block *b)
{
    return !(b->mode & MODE_FLAT);
}
/* What stands before the head: the number of the translation, and the check. */
static inline u32 before_head(const struct block *b)
{
    return 4 + (block_is_bound(b) ? CHECK_BYTES : 0);
}

/* block.code: an offset in the region, with this bit while the block rests in the interpreter. */
#define CODE_RESTS 0x80000000u
#define HEAT_REST 1024u /* entries that a tired block rests the first time; then twice as many */
#define HEAT_MOST 32768u
/*
 * An instruction that is translated has to be paid for by so many that are executed. It takes as
 * long as 500 of them. The advance lets what runs for a moment only be translated at once.
 */
#define PRICE 5000u
#define PRICE_ADVANCE 30000u
/* So much code (without exits) is near at hand for a host, beside what it works on. */
#define NEAR_CODE (256u << 10)
/* Beyond that a block is hot that is entered often enough within so many instructions. */
#define ERA_BITS 20
#define HOT_ERAS 2u
#define SLOW_LIMIT 64u   /* exits in the middle that make it tired, */
#define SLOW_MOST 16384u /* where they are few beside the entries, */
#define SELDOM 8u        /* fewer than one of so many */

struct thunks {
    u8 *enter;    /* a handler: into the block whose op[0] it was called for */
    u8 *enter_at; /* rax: where; ecx: offset of the block in its page; as a handler otherwise */
    u8 *leave, *leave_slow;
    u8 *follow[2];
    u8 *lookup;
    u8 *other_stamp[TLB_KINDS][2]; /* by the kind of stamp that it is not, and the privilege */
    u8 *renew[2];                  /* called for a link, x64_stale.c */
    u8 *quit;
    u8 *serialize;
    u8 *units_in;  /* called with what is wanted in the frame; the zero flag: it cannot be done */
    u8 *beside;    /* called: a store beside code, see x64_frame.c */
    u8 *turn;      /* rsi: a counted block's first record; rdi: where to go on */
    u8 *units_out; /* called: what vector registers hold goes to struct cpu */
};

/* Called at string instructions that repeat (x64_rep.c). They are made when they are wanted, among
 * the cold parts of blocks, and go with these. */
#define REPEATS 54u
#define COPIES 6u
struct repeat_thunks {
    u8 *all[REPEATS], *copy[COPIES];
};

/* A record whose handler leads into machine code behind an instruction that has no translation. */
struct hook {
    struct op *op;
    exec_fn *own; /* its handler */
    exec_fn *into;
};

struct translation {
    struct block *block;
    struct links *links;
    exec_fn *enter; /* what op[0].fn is: into the code */
    u32 page_eip;   /* with a code segment that ends: the code is good at this place only */
    u32 trusted;    /* of a counted block: the way in for who need not be looked at; 0: none */
    const struct cpu_place *place; /* that it counts */
    u32 gone; /* where the head leads while nobody may come by it; 0: nobody does (jumps.c) */
    u32 hook, hooks;
    u32 since, awake;    /* when it began to rest or to be awake; how long it was awake last */
    u16 slow;            /* exits until it rests, this time */
    u16 rest;            /* entries that it rests next time */
    bool first;          /* op[0] is translated: its handler leads into the code */
    u8 head[JUMP_BYTES]; /* what stands there else */
};

#define MAX_TRANSLATIONS (1u << 18)
#define MAX_HOOKS (1u << 18)
/*
 * The words that loads expect, a cell for each, behind each privilege's table of words. They lie in
 * pages of their own: stores beside code would slow the host down.
 */
#define MAX_CELLS (1u << 19)
#define MAX_ACCESSES 2u /* of an instruction */
#define FRESH_CELL 1u   /* is no word of the table */

/*
 * Behind the cells: where linear addresses led last time, for RET and indirect jumps of machine
 * code. Like struct jump_slot, but with the code itself. There is a table for each privilege, and
 * only blocks of one more mode are in it, so a slot need not be asked for its mode.
 */
#define CODE_SLOTS 16384u
struct code_slot {
    u32 lin, stamp;
    u64 code; /* where the head runs */
};
#define CODE_SLOT_WORDS (sizeof(struct code_slot) / sizeof(u64))
#define CODE_SLOTS_AT (FLAT_WORDS + MAX_CELLS) /* in words */
/* Behind them, of each that is not empty the physical page, with CODE_PAGE_KNOWN. */
#define CODE_PAGES_AT (CODE_SLOTS_AT + CODE_SLOTS * CODE_SLOT_WORDS)
#define CODE_PAGE_KNOWN 1u
#define SLOT_WORDS (CODE_SLOTS * (CODE_SLOT_WORDS + 1)) /* in all */
/* The number of a slot's first word is in lin ^ lin >> CODE_SLOT_SHIFT. */
#define CODE_SLOT_SHIFT 11u
#define CODE_SLOT_MASK ((u32)(CODE_SLOTS * CODE_SLOT_WORDS - CODE_SLOT_WORDS))
static inline bool mode_has_slots(u32 mode)
{
    return (mode & ~MODE_USER) == (MODE_FLAT | MODE_CS32 | MODE_SS32 | MODE_PE);
}

/* Handlers that thunks end in; they stand above the code that makes thunks. */
struct thunk_handlers {
    exec_fn *follow[2]; /* along the last record's link */
    exec_fn *lookup;    /* to c->eip */
    exec_fn *tired;     /* at a record of a block that has left too often */
};

/* -jit check: a store of machine code, and the block that is being checked (check.c). */
struct store {
    u8 *at;
    u64 old, new;
    u32 size;
};
struct check {
    struct store store[4 * BLOCK_MAX_OPS], *next;
    const struct block *block;
    u32 gpr[8], fl, eip, eflags; /* before it */
    struct seg seg[SEG_COUNT];   /* likewise */
    struct cpu_fpu fpu;          /* likewise, in memory */
    struct cpu_fpu fpu_after;
    u64 blocks; /* checked */
};

struct jit {
    struct check *check; /* NULL: no checks */
    struct region region;
    u32 first, used; /* code starts behind the thunks */
    u32 cold_used;
    u32 reserved, cold_reserved; /* up to where both parts have memory */
    bool short_of_memory;        /* the host has refused more of it, which was said */
    bool closed;                 /* there is too little of it: nothing is translated any more */
    u32 cells_used;
    struct thunk_handlers handler;
    struct thunks thunk;
    struct repeat_thunks repeat;
    unsigned threshold; /* entries until a block is translated */
    unsigned heat;      /* the same now: more while the cache is filled over and over */
    u64 emptied_at;     /* instructions executed when it was full last */
    u64 made_before;    /* stats.instructions then */
    u64 earned;         /* instructions executed that translations are paid with, ever... */
    u64 counted;        /* ...up to this one */
    struct translation *translations;
    struct hook *hooks;
    u32 translation_count, hook_count;
    struct block_listener listener;
    struct jit_stats stats;
    u64 *slots[2];   /* code slots of either privilege, */
    bool slots_used; /* some of which are not empty */
    u64 *left_at;    /* by row (opdef.h): LEAVE_OP at an instruction of this form */
};

/* Of a block that lives. */
static inline struct translation *translation_of(const struct jit *j, const struct block *b)
{
    u32 at = (b->code & ~CODE_RESTS) - before_head(b);
    return &j->translations[get_le32(j->region.write + at)];
}

/* An address in the writable mapping as one that can be executed. */
static inline exec_fn *jit_runnable(const struct jit *j, const u8 *at)
{
    return (exec_fn *)(uintptr_t)(j->region.run + (at - j->region.write));
}

/* x64_units.c */
void emit_units(struct jit *j, struct x64 *x);
/* Behind pushes of `depth` bytes. */
void emit_units_out(struct x64 *x, s32 depth);
/* units.c: of those that are in the host's registers, which may stay, with those that are wanted;
 * UNITS_NO: the handler has to do it. */
#define UNITS_NO 0x80u
u32 jit_units(struct cpu *c, u32 had, u32 wanted);

/* x64_stale.c: the end of an indirect jump, and the thunks for what stamps of old belong to. */
#define X_CODE_SLOT(field)                                                                         \
    X_MEMX(H_TLB, H_T0, 3, (s32)(CODE_SLOTS_AT * sizeof(u64) + offsetof(struct code_slot, field)))
void emit_take_slot(struct x64 *x);
void emit_stale(struct jit *j, struct x64 *x);
/* x64_frame.c: the thunks, at the start of the region. Returns the bytes used, 0: no room. */
u32 emit_thunks(struct jit *j);
void jit_serialize(const struct jit *j);

/* translate.c: code for a block at `at`. predicts: its loads are hot. false: not worth it, or no
 * room. */
struct emitted {
    u32 head;       /* offset of the entry */
    u32 bytes;      /* from `at` on */
    u32 cold_bytes; /* from j->cold_used on */
    u32 cells;      /* from j->cells_used on */
    u32 page_eip;   /* as in struct translation */
    u32 trusted;    /* likewise */
    u32 gone;       /* likewise */
    exec_fn *enter; /* likewise */
    bool first;     /* op[0] is translated */
    unsigned instructions, hooks;
    struct hook hook[BLOCK_MAX_OPS];
};
bool translate_block(struct jit *j, struct cpu *c, struct block *b, u32 at, bool predicts,
                     struct emitted *out);
/* May blocks of this mode be translated? */
bool translates_mode(u32 mode);

/* jumps.c: the code slots; and no way but through op[0] leads into a block, or all do again. */
void jit_met(struct cpu *c, const struct jump_slot *s);
void jit_forget_slots(struct cpu *c);
void jit_shut(const struct jit *j, const struct block *b);
void jit_unshut(const struct jit *j, const struct block *b);

/* check.c */
exec_fn jit_check_start;
void jit_check_end(struct cpu *c, u64 fl);

/* link.c: handlers that machine code ends in. */
exec_fn jit_follow_taken, jit_follow_next, jit_lookup;
void jit_cut(struct cpu *c, struct link *l);

#endif
