/*
 * wasm_emit.h - the state while WebAssembly is made of a region of blocks, and what the emitters of
 * instructions (wasm_*.c) have in common. README.md, "WebAssembly", has the shape of the code.
 *
 * An emitter is called for one instruction. It returns false when it has no translation for this
 * form; what it may have written then is taken back. Order within an instruction: everything that
 * may go the slow way first, then what changes the guest.
 */
#ifndef FERRITE_WASM_EMIT_H
#define FERRITE_WASM_EMIT_H

#include "cpu/decode/query.h"
#include "cpu/translate/plan.h"
#include "cpu/translate/wasm_code.h"
#include "cpu/translate/wasm_region.h"

/*
 * Locals of the region's function. The flags are those of a sum X + Y = Z, or of a difference
 * Z - Y = X, of operands that are extended by their sign: OF and AF are made of these three, SF, ZF
 * and PF of the result FR; FC is CF.
 */
enum wasm_local {
    WL_CPU, /* the parameters */
    WL_OP,
    WL_FL,
    WL_GPR, /* eight: the guest's registers */
    WL_FX = WL_GPR + 8,
    WL_FY,
    WL_FZ,
    WL_FR,
    WL_FC,
    WL_DELTA, /* EIP less the physical address */
    WL_NEXT,  /* the block to go to through a table of branches; 0 otherwise */
    WL_TLB,   /* c->tlb */
    WL_EIP,   /* at an exit: what c->eip becomes, */
    WL_EXIT,  /* the enum wasm_exit that goes on, and its record */
    WL_RECORD,
    WL_AT, /* of a memory operand: its address on the host, */
    WL_LIN,
    WL_SLOT,
    WL_A, /* and of an instruction's work */
    WL_B,
    WL_R,
    WL_T,
    WL_I32_END,
    WL_BUDGET = WL_I32_END, /* i64 from here on */
    WL_RET,
    WL_WIDE,
    WL_I64_END,
    WL_F32 = WL_I64_END, /* operands a and b, and the result */
    WL_F32_END = WL_F32 + 3,
    WL_F64 = WL_F32_END,
    WL_F64_END = WL_F64 + 3,
    WL_V = WL_F64_END,
    WL_END = WL_V + 3
};
#define WL_PARAMETERS 3u

/* The functions that a module imports, by number: one for the flags, the exits, handlers. */
#define WASM_FLAGS_FUNCTION 0u
#define WASM_FIRST_EXIT 1u
#define WASM_FIRST_HANDLER (WASM_FIRST_EXIT + WASM_EXITS)
#define WASM_MOST_IMPORTS 512u

/* What is known to be open in this block: vector instructions need not look again. */
#define OPEN_SSE 1u
#define OPEN_MMX 2u

/* What the flags were made by, as far as it is known in this block: for conditions. */
enum flags_by { BY_ANYTHING, BY_DIFFERENCE, BY_LOGIC };

/* A loop, or the whole region: a range of blocks, whose first one is the loop's head. */
struct wasm_level {
    const struct wasm_level *parent;
    u32 lo, hi;
    u32 label;                      /* of the loop instruction */
    u32 current;                    /* the part that is being written */
    u32 parts;                      /* a block, or an inner loop, each */
    u8 first[WASM_REGION_BLOCKS];   /* the part's first block */
    u32 behind[WASM_REGION_BLOCKS]; /* the label that leads to the part; of the loop's head: 0 */
};

struct wasm_emit {
    struct wasm_code code;
    const struct cpu *cpu;
    const struct wasm_plan *region;
    const struct wasm_world *world;
    struct wasm_import import[WASM_MOST_IMPORTS];
    u32 imports;
    const struct wasm_level *level;
    struct plan plan;
    struct block *block; /* the present one, */
    u32 number;          /* its number, */
    unsigned i;          /* its instruction */
    const struct op *o;
    enum flags_by flags_by;
    u8 open;    /* OPEN_* */
    bool flat;  /* and 32 bits wide; else 16 bits with segments */
    bool ended; /* the code does not go on behind this instruction */
    u32 depth;  /* labels that are open */
    u32 slow;   /* the label of the slow way, while it is open; 0: is not needed yet */
    u32 exit, ret, raw;
    u64 instructions;
};

typedef bool wasm_emit_fn(struct wasm_emit *e);

/* ---- small pieces ---- */

static inline void w_op(struct wasm_emit *e, enum wasm_op op)
{
    wasm_byte(&e->code, op);
}
static inline void w_get(struct wasm_emit *e, unsigned local)
{
    wasm_byte(&e->code, W_GET);
    wasm_u32(&e->code, local);
}
static inline void w_set(struct wasm_emit *e, unsigned local)
{
    wasm_byte(&e->code, W_SET);
    wasm_u32(&e->code, local);
}
static inline void w_tee(struct wasm_emit *e, unsigned local)
{
    wasm_byte(&e->code, W_TEE);
    wasm_u32(&e->code, local);
}
static inline void w_const(struct wasm_emit *e, u32 v)
{
    wasm_byte(&e->code, W_CONST);
    wasm_s64(&e->code, (s32)v);
}
static inline void w_const64(struct wasm_emit *e, s64 v)
{
    wasm_byte(&e->code, W_CONST64);
    wasm_s64(&e->code, v);
}
/* A load or a store at a distance from the address on the stack; not aligned, says the hint. */
static inline void w_memory(struct wasm_emit *e, enum wasm_op op, u32 distance)
{
    wasm_byte(&e->code, op);
    wasm_u32(&e->code, 0);
    wasm_u32(&e->code, distance);
}
static inline void w_op_const(struct wasm_emit *e, enum wasm_op op, u32 v)
{
    w_const(e, v);
    w_op(e, op);
}
/* A place of the host's: a pointer or a handler, which is 32 bits wide where this code runs. */
static inline u32 w_place(const void *p)
{
    return (u32)(uintptr_t)p;
}
static inline u32 w_handler(exec_fn *fn)
{
    return (u32)(uintptr_t)fn;
}
/* A field of struct cpu. */
#define w_load_cpu(e, op, field)                                                                   \
    do {                                                                                           \
        w_get(e, WL_CPU);                                                                          \
        w_memory(e, op, (u32)offsetof(struct cpu, field));                                         \
    } while (0)

/* Labels (wasm_labels.c): opened, closed by w_end(). A label is the depth that it stands at. */
u32 w_open(struct wasm_emit *e, enum wasm_op block, unsigned type);
void w_end(struct wasm_emit *e);
void w_branch(struct wasm_emit *e, enum wasm_op br, u32 label);

/* ---- operands (wasm_mem.c) ---- */

enum wasm_place_kind { W_NOWHERE, W_IN_REGISTER, W_IN_MEMORY, W_IMMEDIATE };
struct wasm_operand {
    enum wasm_place_kind place;
    u16 reg; /* distance in struct cpu */
    u32 imm;
};
struct wasm_operand wasm_operand(const struct wasm_emit *e, unsigned i);

static inline unsigned wasm_operand_size(const struct op *o)
{
    return 1u << op_size(o);
}

/* A register of n bytes, extended to 32 bits, onto the stack; and WL_* `from` into a register. */
void wasm_get_register(struct wasm_emit *e, unsigned reg, unsigned n, bool is_signed);
void wasm_set_register(struct wasm_emit *e, unsigned reg, unsigned n, unsigned from);
/* An operand's value onto the stack; one in memory has been looked up (WL_AT). */
void wasm_get_operand(struct wasm_emit *e, struct wasm_operand a, unsigned n, bool is_signed);
/* The other way, from the local `from`. */
void wasm_set_operand(struct wasm_emit *e, struct wasm_operand a, unsigned n, unsigned from);
void wasm_extend(struct wasm_emit *e, unsigned n, bool is_signed); /* what is on the stack */

void wasm_offset(struct wasm_emit *e); /* the r/m operand's offset onto the stack */
/* Its address on the host into WL_AT; leaves by the slow way where the TLB does not have it. */
void wasm_access(struct wasm_emit *e, unsigned bytes, bool write);
/* The same for what lies `distance` from ESP or EBP, in the stack's segment. */
void wasm_access_stack(struct wasm_emit *e, unsigned reg, s32 distance, unsigned bytes, bool write);
void wasm_move_stack(struct wasm_emit *e, s32 distance);
void wasm_slow_if(struct wasm_emit *e); /* what is on the stack is not 0: the slow way */

/* ---- flags (wasm_flags.c) ---- */

static inline u32 wasm_needed(const struct wasm_emit *e)
{
    return e->plan.needed[e->i];
}
/* Of WL_A, WL_B and the result WL_R. carry: with a carry in, so that CF is no comparison. */
void wasm_flags_sum(struct wasm_emit *e, bool carry);
void wasm_flags_difference(struct wasm_emit *e, bool carry);
void wasm_flags_logic(struct wasm_emit *e);
/* OF is the sign of what is on the stack, AF 0; or AF stays. */
void wasm_flag_of(struct wasm_emit *e);
void wasm_flag_of_alone(struct wasm_emit *e);
void wasm_condition(struct wasm_emit *e, unsigned cc); /* 0 or something else onto the stack */
void wasm_pack_flags(struct wasm_emit *e);             /* the packed word onto the stack */
/* The other way, from WL_T; not for words that no result leaves: */
void wasm_unpack_flags(struct wasm_emit *e);
void wasm_odd_flags(struct wasm_emit *e); /* is WL_T one of those? onto the stack */
u32 wasm_packed_flags(u32 x, u32 y, u32 z, u32 r, u32 carry);

/* ---- the end of a block, and handlers (wasm_flow.c) ---- */

/* Its own handler does the present instruction, and the code goes on behind it. */
void wasm_call_handler(struct wasm_emit *e);
/* Its own handler does it, and nothing follows. */
void wasm_leave_to_handler(struct wasm_emit *e);
void wasm_imports(struct wasm_emit *e); /* those that every module has */
void wasm_block_head(struct wasm_emit *e);
void wasm_fall_through(struct wasm_emit *e);
void wasm_prologue(struct wasm_emit *e);
void wasm_epilogue(struct wasm_emit *e);

/* ---- the structure (wasm_labels.c) ---- */

u32 wasm_part_of(const struct wasm_level *l, u32 block);
void wasm_go_to(struct wasm_emit *e, u32 block); /* a branch to a block of the region */
u32 wasm_dispatch_label(const struct wasm_emit *e);

/* ---- MMX and SSE (wasm_vector_operands.c) ---- */

/* Does it work on their registers? It may always find that a handler has to do it. */
bool wasm_is_vector(const struct op *o);
void w_vector(struct wasm_emit *e, enum wasm_vector op);
void w_vector_const(struct wasm_emit *e, u64 lo, u64 hi);
/* A load or a store at a distance from the address on the stack. */
void w_vector_memory(struct wasm_emit *e, enum wasm_vector op, u32 distance);
/* Look up what is in memory, and then ask whether SSE may be used. */
void wasm_vector_operand(struct wasm_emit *e);
/* The source: where an instruction that loads it has its address; the distance goes along. */
u32 wasm_vector_source(struct wasm_emit *e);

/* ---- one function a group of operations ---- */

wasm_emit_fn *wasm_emitter_of(const struct op *o);

wasm_emit_fn wasm_alu, wasm_unary, wasm_carry_flag, wasm_shift, wasm_imul, wasm_mul, wasm_div,
    wasm_setcc, wasm_cmov, wasm_bits, wasm_double_shift;
wasm_emit_fn wasm_mov, wasm_extend_move, wasm_lea, wasm_xchg, wasm_bswap, wasm_widen, wasm_push,
    wasm_pop, wasm_leave_frame, wasm_nop;
wasm_emit_fn wasm_vectors, wasm_vector_floats;
wasm_emit_fn wasm_jcc, wasm_jmp, wasm_call, wasm_ret, wasm_loop;

#endif
