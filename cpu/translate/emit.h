/*
 * emit.h - the state while code is made for one block, and what the emitters of instructions
 * (x64_*.c) have in common.
 *
 * An emitter is called for one instruction. It returns false, having written nothing, when it has
 * no translation for this form. Order within an instruction: everything that may leave first
 * (emit_access()), then what changes the guest.
 */
#ifndef FERRITE_EMIT_H
#define FERRITE_EMIT_H

#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu/translate/jit_private.h"

/*
 * How to make the guest's flags anew, from registers that still hold what they held: the host's
 * instruction that made them once more; a sum or a difference is undone before.
 */
enum recipe_kind { NO_RECIPE, BY_CMP, BY_TEST, BY_ADD, BY_SUB };
struct recipe {
    u8 kind, bytes;
    u8 reg, other; /* of the host; X_NONE: imm */
    u8 registers;  /* R_GPR() of the guest: while they stay as they are */
    u32 imm;
};

/* What the cold part has to know of the place in the block that it is for, as in struct emit. */
struct place {
    u8 insn, note, charged;
    bool entered; /* the block was counted by this code: the processor's notes of it are not made */
    struct recipe flags; /* else they are in rax, or nobody reads them */
};

/* A jump out of the middle, whose distance is filled in when its cold part is written. */
struct exit_hole {
    u8 *hole;
    u8 reason;
    bool calm; /* no reason to rest */
    struct place place;
};

/* A place that wants vector registers or the x87 unit, which may not be there yet. */
struct unit_hole {
    u8 *hole, *back;
    u32 wanted;
    struct place place;
};

/*
 * A rare case of a memory access, in the cold part: an operand that is not aligned, which has to
 * lie in one page all the same; a word that is not the predicted one; a store to a page that holds
 * code as well.
 */
enum detour_kind {
    MISALIGNED,
    PREDICT,
    BESIDE,
    NO_WINDOW,  /* for the references of a run: window.c */
    PAST_WINDOW /* one of these, on the usual way */
};
struct detour {
    u8 *hole, *back;
    struct place place;
    u8 kind, bytes;
    bool write;         /* PAST_WINDOW */
    u8 base;            /* likewise */
    u8 free;            /* MISALIGNED: a register */
    struct x64_rm word; /* PREDICT: the table's */
    s32 cell;           /* or the slot of a window, or the distance from `base` */
};

/*
 * Behind an instruction that leaves now and then for what its handler does better: a way back in.
 * The flags are in rax there; of what may be known at `back`, units are not there yet, and the
 * windows are as good as closed.
 */
#define NO_HOOK 0xffu
struct join {
    u8 *back;
    u8 insn;
    u8 hook;  /* in struct emitted; NO_HOOK: too little follows */
    u8 slots; /* bit k: window k is open */
};

/* References to memory at known distances from one register, window.c. */
#define WINDOWS 2u
struct window {
    unsigned references;
    s32 low, high;   /* distances of the first and the last byte from the register */
    s32 least, most; /* and of what registers hold at the references; 0 is among them */
    bool write;
    u8 slot; /* in the frame; 0: there is no window */
};
struct reference {
    u8 root; /* which register; X_NONE: none */
};

/* A way to another block: `hole` follows the link once it is patched. */
struct edge_hole {
    u8 *hole;
    u8 which;    /* of the block's links */
    bool linked; /* the hole is that of the link; else a check before it */
    u8 *back;    /* from a stamp of old that could be made new; NULL: it is not tried */
    s32 target;  /* distance of the target from where c->page_eip points */
};

/*
 * A block that ends in a branch back to its own first instruction. It does not pass its head again:
 * its instructions are charged once more before number `charge_at`. Where somebody reads the flags
 * at the start, which then only a recipe has, there is a copy of the code for all rounds but the
 * first one, into which they come in rax.
 */
struct loop {
    bool on, copying, failed;
    u8 charge_at;
    u32 live;              /* flags that somebody reads at the start */
    u8 *again, *hole;      /* where it goes on; a jump to the copy */
    u8 *out;               /* behind the branch, when it is not taken, */
    bool rax, host, logic; /* and where the flags are there, as in struct emit */
    struct recipe recipe;
    u8 *copy, *copy_end; /* NULL: there is none */
};

#define MAX_DETOURS ((3 * MAX_ACCESSES + 1) * BLOCK_MAX_OPS + 4)
#define MAX_UNITS (2 * BLOCK_MAX_OPS)
#define MAX_EXITS (6 * BLOCK_MAX_OPS + MAX_DETOURS + MAX_UNITS)

struct emit {
    struct x64 x;
    struct jit *jit;
    struct cpu *cpu;
    struct block *block;
    const struct plan *plan;
    unsigned i;         /* the instruction */
    const struct op *o; /* the same */
    u32 live;           /* flags that somebody reads of what came before it */
    bool flat;          /* DS, ES, SS, CS are flat (MODE_FLAT); else the block is bound: */
    u32 page_eip;       /* c->page_eip that it is made for */
    u8 stamp;           /* TLB_LOCAL, TLB_GLOBAL: of its page, and so of most targets */
    bool stack32;       /* MODE_SS32 */
    bool predicts;      /* loads expect the word of last time (x64_mem.c) */
    /*
     * Where the flags that somebody reads are: in rax, in the host's flags, or in both; in neither:
     * only the recipe has them. host_logic: the host's come of AND, OR, XOR, TEST, whose AF is
     * undefined there and 0 here.
     */
    bool in_rax, in_host, host_logic;
    struct recipe recipe;
    struct loop loop;
    u8 charged;                     /* instructions of the next round: each exit gives them back */
    bool entered;                   /* as in struct place */
    bool bh_below;                  /* BH is where BL belongs */
    bool ended;                     /* control has gone elsewhere */
    u8 *code_of[BLOCK_MAX_OPS + 1]; /* where the code of each instruction starts; NULL: none */
    u8 *out_of_budget;              /* a hole */
    u8 *out_of_ticks[2];            /* likewise; NULL: there is none */
    u8 *not_here[2];                /* holes of the check before the head */
    u8 *turns[2], *trusted,
        *counted;    /* of a block that is counted: holes, behind them, the count */
    u8 *trusted_out; /* a hole: no budget */
    u8 *unusual[4],  /* holes of a call or return that is not as usual; NULL: there is none, */
        *settled;    /* and where it goes on; NULL: the block has no such end */
    bool settled_entered, at_near_call;
    unsigned exit_count, detour_count, unit_count, join_count;
    /*
     * Since the present run of instructions began: units that are known to be there; MMX registers
     * whose exponents have been set; the x87 instruction (its number + 1) that FOP, FIP and FCS are
     * of, which is noted when the run is left; the segment (+ 1) that FDS is of.
     */
    u8 units, mm_marked, note, fds;
    struct window root[8]; /* likewise, by register */
    bool mixed;            /* the block uses XMM registers, or MXCSR, perhaps beside MMX */
    unsigned cells;        /* that the block has taken */
    struct edge_hole edges[8];
    u8 *stub_at[8]; /* their cold ends */
    unsigned edge_count;
    /* From here on nothing is cleared before a block: most of it is not used. */
    struct reference named[BLOCK_MAX_OPS], stacked[BLOCK_MAX_OPS]; /* of the run, by instruction */
    struct exit_hole exits[MAX_EXITS];
    struct detour detours[MAX_DETOURS];
    struct unit_hole unit_holes[MAX_UNITS];
    struct join joins[BLOCK_MAX_OPS];
};

typedef bool emit_fn(struct emit *e);

/* ---- operands (emit.c) ---- */

enum operand_place { IN_REGISTER, IN_MEMORY, IMMEDIATE, NOWHERE };
struct operand_at {
    enum operand_place place;
    u8 reg; /* of the host; X_HIGH() for AH, CH, DH; X_NONE: BH, which has no place */
    u32 imm;
};
struct operand_at emit_operand(const struct emit *e, unsigned i);
/* 1, 2, 4 */
static inline unsigned operand_size(const struct op *o)
{
    return 1u << op_size(o);
}

/* ---- flags (emit.c) ---- */

/* The host's flags are about to be overwritten, by what is not the guest's, and rax has them. */
void flags_clobber(struct emit *e);
/* The same, but there may be a recipe only: for who does not look into rax. */
void flags_put_aside(struct emit *e);
/* The flags in rax: at the block's end. */
void flags_to_rax(struct emit *e);
/* The host's flags now hold the guest's new ones (all six, or those an instruction left alone). */
void flags_made(struct emit *e, bool logic);
/* Behind flags_made(): how to make them again. */
void flags_recipe(struct emit *e, enum recipe_kind kind, unsigned bytes, unsigned reg,
                  unsigned other, u32 imm);
/* The instruction overwrote the host's flags, and nobody reads what it made. */
void flags_unread(struct emit *e);
/* The guest's flags are in rax only. */
void flags_in_rax(struct emit *e);
/* Out of the recipe, if only that has them. */
void flags_to_host(struct emit *e);
/* CF in the host's flags. */
void flags_carry(struct emit *e);
/* The condition in the host's flags: returns the host's condition code for the guest's. */
unsigned flags_condition(struct emit *e, unsigned cc);
/* The same where the flags are to be in rax afterwards, and come of AND, OR, XOR or TEST: OF is 0.
 */
unsigned flags_condition_of_logic(struct emit *e, unsigned cc);
static inline u32 flags_needed(const struct emit *e)
{
    return e->plan->needed[e->i];
}

/* ---- exits (emit.c) ---- */

struct place place_here(const struct emit *e);
/* In the cold part: the state is what it was there. */
void go_to_place(struct emit *e, const struct place *p);
/* The flags of a place into rax; what was charged beforehand is given back. */
void emit_place(struct emit *e, const struct place *p);

/* Leave at the present instruction when cc is met. Flags are put aside, nothing is committed. */
void exit_if(struct emit *e, unsigned cc, enum leave_reason reason);

/* The same where that is no reason for the block to rest. */
void exit_calmly_if(struct emit *e, unsigned cc, enum leave_reason reason);

void exit_always(struct emit *e, enum leave_reason reason);

/* ---- x87, MMX, SSE (x64_units.c, x64_x87.c) ---- */

/*
 * What the instruction uses is there and allowed behind these. They come behind its memory access,
 * and nothing that may leave comes after them: MMX has been entered. T0, T1, T2 stay.
 */
void want_sse(struct emit *e, bool arithmetic);
void want_mmx(struct emit *e);
void want_x87(struct emit *e);
void emit_unit_holes(struct emit *e); /* in the cold part */
/* FOP, FIP, FCS of x87 instruction note - 1. Uses T0; the host's flags stay. */
void emit_note(struct emit *e, unsigned note);

/* ---- memory (x64_mem.c) ---- */

/* The offset of the r/m operand in `reg`. The host's flags stay as they are. */
void emit_offset(struct emit *e, unsigned reg);
/* The linear address of the r/m operand, checked against its segment, in T0. */
void emit_address(struct emit *e, unsigned bytes, bool write);
/*
 * What is at the linear address in T0 as the host's operand, [T0 + T1], or leave. Uses T2, which is
 * free again afterwards.
 */
struct x64_rm emit_lookup(struct emit *e, unsigned bytes, bool write);
/* The operand as [T0], where T1 is needed. Changes the host's flags. */
struct x64_rm emit_flatten(struct emit *e, struct x64_rm m);
void emit_detours(struct emit *e); /* in the cold part */
void add_detour(struct emit *e, struct detour d);
/* window.c. A run of instructions begins; emitter(): those that have none end it. */
void emit_windows(struct emit *e, unsigned first, emit_fn *(*emitter)(const struct op *));
/* The operand [base + disp] if it is the reference of a window. */
bool emit_through_window(struct emit *e, const struct reference *r, unsigned base, s32 disp,
                         unsigned bytes, bool write, struct x64_rm *m);
/* The pushes and pops of CALL and RET. */
bool emit_push_next(struct emit *e); /* true: the target is indirect, in T2 */
/* RET: the target in T2, the stack as it was. How many bytes will be taken off it? */
unsigned emit_return_target(struct emit *e);
void emit_target_check(struct emit *e, unsigned reg);
void emit_next_eip(struct emit *e); /* the EIP behind the present instruction into T2 */
void emit_load_target(struct emit *e, struct x64_rm from); /* as wide as the operand size */
/* [stack pointer + distance] as the host's operand; the stack pointer moved. */
struct x64_rm emit_stack(struct emit *e, s32 distance, unsigned bytes, bool write);
void emit_move_stack(struct emit *e, s32 distance, unsigned scratch);
/* T0 is an offset in this segment: check it, and make it linear. */
void emit_segment(struct emit *e, unsigned seg, unsigned bytes, bool write);
void emit_journal(struct emit *e, unsigned bytes); /* check.c */
/* The same for 16 bytes that must be aligned: others leave. */
struct x64_rm emit_lookup_aligned(struct emit *e, bool write);
/* Both: the r/m operand as the host's operand. Call it before anything is committed. */
struct x64_rm emit_access(struct emit *e, unsigned bytes, bool write);

/* ---- registers of bytes ---- */

/*
 * AH, CH and DH cannot be named beside a register that needs a REX prefix. Such an instruction is
 * done with the two halves exchanged: bytes_begin() renames *a and *b and returns the register to
 * exchange back, or X_NONE.
 */
unsigned bytes_begin(struct emit *e, u8 *a, u8 *b);
void bytes_end(struct emit *e, unsigned swapped);

/* ---- one function a group of operations ---- */

emit_fn *emitter_of(const struct op *o);        /* emitters.c; NULL: there is no translation */
bool uses_kinds(const struct op *o, u64 kinds); /* does it name one of these operands? */
bool uses_xmm(const struct op *o);              /* does its emitter call want_sse()? */

emit_fn emit_alu, emit_test, emit_unary, emit_shift, emit_imul, emit_muldiv, emit_bits, emit_scan;
emit_fn emit_double_shift, emit_cmpxchg, emit_xadd;
emit_fn emit_mov, emit_extend, emit_lea, emit_xchg, emit_bswap, emit_widen, emit_cmov, emit_setcc;
emit_fn emit_push, emit_pop, emit_leave_frame, emit_nop, emit_carry_flag;
emit_fn emit_jcc, emit_jmp, emit_call, emit_ret, emit_loop;
emit_fn emit_string, emit_repeat, emit_direction, emit_mov_segment, emit_pop_segment, emit_load_far;
emit_fn emit_far, emit_far_return, emit_rdtsc, emit_cli, emit_pushf;
emit_fn emit_sti, emit_popf;
emit_fn emit_simd, emit_emms, emit_movnti, emit_mxcsr, emit_x87, emit_fwait, emit_flags_byte;

/* x64_profile.c: a block that is counted, behind its head; and in the cold part. */
void emit_count(struct emit *e);
/* In the cold part: the way in for who has come from the same function, at the same distance of the
 * linear address from the physical one. Returns its offset in the region; 0: there is none. */
u32 emit_trusted(struct emit *e);
/* One more round of a block that loops. */
void emit_round(struct emit *e);
/* On the way out of code that has counted the block: what the interpreter notes of it. */
void emit_entered(struct emit *e);
/* In front of where the block ends: the call to this linear address (NO_WAY: a pointer), or the
 * return, has been done, but for the return's stack pointer; the target, if it is not known, is in
 * T2. Or something else has. */
void emit_counted_call(struct emit *e, u32 to);
void emit_counted_ret(struct emit *e);
void emit_counted_end(struct emit *e);
void emit_turn(struct emit *e);
/* In the cold part: a call or return that is not as usual, for profile_turn(). (x64_flow.c) */
void emit_unusual(struct emit *e);

/* dump.c: -d jit. The block, then each instruction with the machine code of its hot part. */
void dump_block(const struct emit *e, const struct emitted *out);

/* Is the mode one whose indirect jumps go through code slots? */
static inline bool has_slots(const struct emit *e)
{
    return mode_has_slots(e->block->mode & ~(MODE_SINGLE | MODE_PARTS));
}
/* The end of a block: to the EIP in T2, whose CS is set. */
void emit_indirect(struct emit *e);
/* The end of a block that falls through. */
void emit_fall_through(struct emit *e);
void emit_edge_stubs(struct emit *e);
void set_link_places(struct emit *e);

#endif
