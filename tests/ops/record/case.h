/*
 * case.h - one test vector under construction: the instruction's bytes, registers, memory, and what
 * of the result is undefined. Runs in 32-bit user mode; the memory map is the same for all vectors.
 *
 * Everything random comes from a generator that is seeded with the form's name, so that a new form
 * changes no other vector.
 */
#ifndef FERRITE_RECORD_CASE_H
#define FERRITE_RECORD_CASE_H

#include "tests/ops/cvec_file.h"

/* Memory map. FS and GS reach the data page with other offsets than the flat segments. */
#define CODE_AT 0x200000u
#define CODE_LEN 0x2000u
#define DATA_AT 0x300000u
#define DATA_LEN 0x4000u
#define STACK_AT 0x310000u
#define STACK_LEN 0x1000u
#define CONST_AT 0x320000u /* a page that cannot be written */
#define CONST_LEN 0x1000u
#define NOWHERE_AT 0x330000u /* not mapped */
#define FS_BASE (DATA_AT - 0x8000u)
#define GS_BASE (DATA_AT + 0x1000u)

#define FLAT_CODE 0x23
#define FLAT_DATA 0x2b
#define LDT_COUNT 16
#define LDT_SEL(n) ((n) << 3 | 7)

/* clang-format off */
enum {
    F_CF = 1, F_PF = 4, F_AF = 0x10, F_ZF = 0x40, F_SF = 0x80, F_DF = 0x400, F_OF = 0x800,
    F_AC = 0x40000,
    F_STATUS = F_CF | F_PF | F_AF | F_ZF | F_SF | F_OF
};
/* clang-format on */
#define EFLAGS_SEEN 0x247fd5u

enum { TEST_RUNS = 8, TEST_IGNORED = 40 };

struct test {
    u64 random;
    u8 state[CVEC_STATE];
    u8 code[240];
    unsigned length;
    u32 at;          /* offset of the instruction in its code segment; 0 = choose */
    u32 fixed;       /* general registers whose values matter already */
    u8 operand_size; /* 2 or 4 */
    bool small;      /* in a 16-bit code segment */
    bool rep;        /* a repeated string instruction */
    bool partial;    /* a fault leaves defined memory: what was written before counts */
    u32 eflags_mask;
    u16 fsw_mask;
    u32 address; /* of the last memory operand */
    u32 count;   /* of a shift, once known */
    unsigned runs, ignored;
    struct {
        u32 at;
        u8 length, byte[250];
    } run[TEST_RUNS];
    struct {
        u32 at;
        u8 length;
    } ignore[TEST_IGNORED];
};

/* case.c */
extern const u8 record_ldt[LDT_COUNT][8];
extern const struct cvec_region record_regions[4];
void test_default_state(u8 *state);
void test_begin(struct test *t, const char *form, u32 seed, unsigned number);
void set_reg(struct test *t, unsigned reg, u32 value);
void set_reg8(struct test *t, unsigned reg, u8 value);
u32 get_reg(const struct test *t, unsigned reg);
void set_mem(struct test *t, u32 at, const void *bytes, unsigned length);
void set_mem_int(struct test *t, u32 at, u64 value, unsigned length);
void ignore_mem(struct test *t, u32 at, unsigned length);
void emit(struct test *t, u8 byte);
void emit_int(struct test *t, u64 value, unsigned length);
void random_flags(struct test *t, u32 set);
void set_selector(struct test *t, unsigned seg, u16 selector);
/* Prefixes that make operands and addresses that wide in the present code segment, where needed. */
void emit_address_size(struct test *t, unsigned bits);
static inline u8 *st_at(struct test *t, unsigned i)
{
    return t->state + CVEC_FX + 32 + 16 * i;
}
static inline u8 *xmm_at(struct test *t, unsigned i)
{
    return t->state + CVEC_FX + 160 + 16 * i;
}

/* value.c */
u32 rnd(struct test *t);
u64 rnd64(struct test *t);
u32 below(struct test *t, u32 n);
bool chance(struct test *t, unsigned percent);
u64 int_value(struct test *t, unsigned bytes);
u64 packed_value(struct test *t);
u32 f32_value(struct test *t);
u64 f64_value(struct test *t);
void f80_put(u8 *to, bool sign, unsigned exponent, u64 significand);
void f80_value(struct test *t, u8 *to);
void f80_near(struct test *t, const u8 *from, u8 *to); /* related to another value */
void bcd_value(struct test *t, u8 *to);

/* operand.c: prefixes for a memory operand must come before the opcode, so they are separate. */
struct place {
    u8 prefix[2];
    unsigned prefixes;
    u8 bytes[6]; /* modrm with reg 0, SIB, displacement */
    unsigned length;
};
u32 data_address(struct test *t, unsigned size, unsigned align);
void place_memory(struct test *t, struct place *p, u32 address);
void place_lea(struct test *t, struct place *p);
void place_register(struct place *p, unsigned reg);

#define RND_OF(t, array) ((array)[below(t, ARRAY_SIZE(array))])

#endif
