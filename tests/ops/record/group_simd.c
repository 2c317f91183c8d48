/*
 * group_simd.c - MMX, SSE and SSE2.
 */
#include "cpu/cpu.h"
#include "tests/ops/record/form.h"

#include <string.h>

/* ---- state ---- */

/* x87 registers may hold anything; MMX instructions make all of them valid. */
static void mmx(struct test *t, const struct form *f)
{
    (void)f;
    x87_state(t, 5, 40);
    /* No unmasked exception is pending: that is the x87 group's business. */
    u8 *fx = t->state + CVEC_FX;
    put_le16(fx + 2, get_le16(fx + 2) & 0x7f00);
}

static void mxcsr(struct test *t, const struct form *f)
{
    (void)f;
    u32 v = below(t, 4) << 13 | (chance(t, 12) ? (rnd(t) & 63) << 7 : 0x1f80);
    if (chance(t, 12))
        v |= 0x8000; /* flush to zero */
    if (chance(t, 25))
        v |= rnd(t) & 63 & v >> 7; /* old flags, of masked exceptions */
    put_le32(t->state + CVEC_FX + 24, v);
}

static void both(struct test *t, const struct form *f)
{
    mmx(t, f);
    mxcsr(t, f);
}

/* ---- row functions ---- */

static void shift_imm(struct test *t, const struct form *f)
{
    (void)f;
    emit(t, chance(t, 70) ? (u8)below(t, 68) : (u8)rnd(t));
}

/* Other predicates are reserved, and mean something else with AVX. */
static void predicate(struct test *t, const struct form *f)
{
    (void)f;
    emit(t, (u8)below(t, 8));
}

/* A shift count in a register or in memory is usually small. */
static void shift_count(struct test *t, const struct form *f)
{
    (void)f;
    if (chance(t, 20))
        return;
    u64 count = below(t, 72);
    unsigned reg = t->code[t->length - 1] & 7;
    if (t->address)
        set_mem_int(t, t->address, count, 8);
    else if (f->text[0] == '6')
        put_le64(xmm_at(t, reg), count);
    else
        put_le64(st_at(t, reg), count);
}

static void maskmov(struct test *t, const struct form *f)
{
    if (f->text[0] != '6')
        mmx(t, f);
    set_reg(t, EDI, data_address(t, 16, 1));
}

static void new_mxcsr(struct test *t, const struct form *f)
{
    (void)f;
    u32 reserved = chance(t, 12) ? 0x10000u << below(t, 16) : 0;
    set_mem_int(t, t->address, (rnd(t) & 0xffbf) | reserved, 4);
}

/* In one page: which byte a fault in the middle names differs between processors. */
static void one_page(struct test *t, const struct form *f)
{
    both(t, f);
    u32 offset = (below(t, 0xe00) & ~15u) + (chance(t, 10) ? 4 : 0);
    t->address = DATA_AT + 0x1000 * below(t, 4) + offset;
}

static void fxsaved(struct test *t, const struct form *f)
{
    (void)f;
    u32 at = t->address;
    ignore_mem(t, at + 5, 19);
    ignore_mem(t, at + 28, 4);
    for (unsigned i = 0; i < 8; i++)
        ignore_mem(t, at + 32 + 16 * i + 10, 6);
    ignore_mem(t, at + 288, 224);
}

static void fximage(struct test *t, const struct form *f)
{
    (void)f;
    u8 image[288];
    memcpy(image, t->state + CVEC_FX, sizeof(image));
    put_le16(image, (u16)((rnd(t) & 0x0f00) | 0x7f));
    put_le16(image + 2, (u16)(rnd(t) & 0x7f00));
    image[4] = (u8)rnd(t);
    put_le32(image + 24, chance(t, 12) ? 0x10000 : (rnd(t) & 0xe03f) | 0x1f80);
    f80_value(t, image + 32 + 16 * below(t, 8));
    put_le64(image + 160 + 16 * below(t, 8), rnd64(t));
    set_mem(t, t->address, image, sizeof(image));
}

/* ---- rows ---- */

/* clang-format off */
#define PQ(op) {"0F " op " Pq Qq", 0, mmx}
#define PQS(op) {"0F " op " Pq Qq", 0, mmx, shift_count}
#define VX(op) {"66 0F " op " Vi Wi16"}
#define VXS(op) {"66 0F " op " Vi Wi16", 0, NULL, shift_count}

static const struct form mmx_rows[] = {
    {"0F 60 Pq Qd", 0, mmx}, {"0F 61 Pq Qd", 0, mmx}, {"0F 62 Pq Qd", 0, mmx},
    PQ("63"), PQ("64"), PQ("65"), PQ("66"), PQ("67"), PQ("68"), PQ("69"), PQ("6A"), PQ("6B"),
    PQ("74"), PQ("75"), PQ("76"), PQS("D1"), PQS("D2"), PQS("D3"), PQ("D4"), PQ("D5"), PQ("D8"),
    PQ("D9"), PQ("DA"), PQ("DB"), PQ("DC"), PQ("DD"), PQ("DE"), PQ("DF"), PQ("E0"), PQS("E1"),
    PQS("E2"), PQ("E3"), PQ("E4"), PQ("E5"), PQ("E8"), PQ("E9"), PQ("EA"), PQ("EB"), PQ("EC"),
    PQ("ED"), PQ("EE"), PQ("EF"), PQS("F1"), PQS("F2"), PQS("F3"), PQ("F4"), PQ("F5"), PQ("F6"),
    PQ("F8"), PQ("F9"), PQ("FA"), PQ("FB"), PQ("FC"), PQ("FD"), PQ("FE"),
    {"0F 71 /2 Nq", 0, mmx, shift_imm}, {"0F 71 /4 Nq", 0, mmx, shift_imm},
    {"0F 71 /6 Nq", 0, mmx, shift_imm}, {"0F 72 /2 Nq", 0, mmx, shift_imm},
    {"0F 72 /4 Nq", 0, mmx, shift_imm}, {"0F 72 /6 Nq", 0, mmx, shift_imm},
    {"0F 73 /2 Nq", 0, mmx, shift_imm}, {"0F 73 /6 Nq", 0, mmx, shift_imm},
    {"0F 6E Pq Ed", 0, mmx}, {"0F 7E Ed Pq", 0, mmx}, {"0F 6F Pq Qq", 0, mmx},
    {"0F 7F Qq Pq", 0, mmx}, {"0F E7 Mq Pq", 0, mmx}, {"0F 70 Pq Qq Ib", 0, mmx},
    {"0F C4 Pq Ew Ib", 0, mmx}, {"0F C5 Gd Nq Ib", 0, mmx}, {"0F D7 Gd Nq", 0, mmx},
    {"0F F7 Pq Nq", 0, maskmov, .weight = 2}, {"0F 77", 0, mmx},
};
/* clang-format on */

const struct group group_mmx = {"mmx", mmx_rows, ARRAY_SIZE(mmx_rows)};

/* clang-format off */
#define PS(op) {"0F " op " Vs Ws16", 0, mxcsr, .weight = 2}
#define SS(op) {"F3 0F " op " Vs Ws4", 0, mxcsr, .weight = 2}
#define PD(op) {"66 0F " op " Vd Wd16", 0, mxcsr, .weight = 2}
#define SD(op) {"F2 0F " op " Vd Wd8", 0, mxcsr, .weight = 2}

static const struct form sse_rows[] = {
    PS("51"), PS("54"), PS("55"), PS("56"), PS("57"), PS("58"), PS("59"), PS("5C"), PS("5D"),
    PS("5E"), PS("5F"), PS("14"), PS("15"), SS("51"), SS("58"), SS("59"), SS("5C"), SS("5D"),
    SS("5E"), SS("5F"),
    {"0F C2 Vs Ws16", 0, mxcsr, predicate, 3}, {"F3 0F C2 Vs Ws4", 0, mxcsr, predicate, 3},
    {"0F C6 Vs Ws16 Ib", 0, mxcsr}, {"0F 2E Vs Ws4", 0, mxcsr, .weight = 2},
    {"0F 2F Vs Ws4", 0, mxcsr, .weight = 2},
    {"0F 10 Vs Ws16u"}, {"0F 11 X16u"}, {"0F 28 Vs Ws16"}, {"0F 29 X16"}, {"0F 2B X16"},
    {"F3 0F 10 Vs Ws4"}, {"F3 0F 11 X4"}, {"0F 12 Vs Ws8"}, {"0F 13 X8"}, {"0F 16 Vs Ws8"},
    {"0F 17 X8"}, {"0F 50 Gd Us"},
    {"0F 2A Vs Qq", 0, both}, {"0F 2C Pq Ws8", 0, both, .weight = 2},
    {"0F 2D Pq Ws8", 0, both, .weight = 2}, {"F3 0F 2A Vs Ed", 0, mxcsr, .weight = 2},
    {"F3 0F 2C Gd Ws4", 0, mxcsr, .weight = 2}, {"F3 0F 2D Gd Ws4", 0, mxcsr, .weight = 2},
    {"0F AE /2 Md", 0, mxcsr, new_mxcsr, 2}, {"0F AE /3 Md", 0, mxcsr}, {"0F AE F8"},
    {"0F AE /0 Mfx", 0, one_page, fxsaved}, {"0F AE /1 Mfx", 0, one_page, fximage}, {"0F 18 /0 Mb"},
    {"0F 18 /1 Mb"}, {"0F 18 /2 Mb"}, {"0F 18 /3 Mb"},
};
/* clang-format on */

const struct group group_sse = {"sse", sse_rows, ARRAY_SIZE(sse_rows)};

static const struct form ssea_rows[] = {
    {"0F 52 Vs Ws16", .weight = 2},
    {"0F 53 Vs Ws16", .weight = 2},
    {"F3 0F 52 Vs Ws4", .weight = 2},
    {"F3 0F 53 Vs Ws4", .weight = 2},
};

const struct group group_ssea = {"ssea", ssea_rows, ARRAY_SIZE(ssea_rows)};

/* clang-format off */
static const struct form sse2_rows[] = {
    PD("51"), PD("54"), PD("55"), PD("56"), PD("57"), PD("58"), PD("59"), PD("5C"), PD("5D"),
    PD("5E"), PD("5F"), PD("14"), PD("15"), SD("51"), SD("58"), SD("59"), SD("5C"), SD("5D"),
    SD("5E"), SD("5F"), {"66 0F C2 Vd Wd16", 0, mxcsr, predicate, 3},
    {"F2 0F C2 Vd Wd8", 0, mxcsr, predicate, 3},
    {"66 0F C6 Vd Wd16 Ib"}, {"66 0F 2E Vd Wd8", 0, mxcsr, .weight = 2},
    {"66 0F 2F Vd Wd8", 0, mxcsr, .weight = 2},
    {"0F 5A Vs Ws8", 0, mxcsr, .weight = 2}, {"66 0F 5A Vd Wd16", 0, mxcsr, .weight = 2},
    {"F3 0F 5A Vs Ws4", 0, mxcsr, .weight = 2}, {"F2 0F 5A Vd Wd8", 0, mxcsr, .weight = 2},
    {"0F 5B Vi Wi16", 0, mxcsr, .weight = 2}, {"66 0F 5B Vs Ws16", 0, mxcsr, .weight = 2},
    {"F3 0F 5B Vs Ws16", 0, mxcsr, .weight = 2}, {"F3 0F E6 Vi Wi8", 0, mxcsr},
    {"F2 0F E6 Vd Wd16", 0, mxcsr, .weight = 2}, {"66 0F E6 Vd Wd16", 0, mxcsr, .weight = 2},
    {"66 0F 2A Vd Qq", 0, both}, {"66 0F 2C Pq Wd16", 0, both, .weight = 2},
    {"66 0F 2D Pq Wd16", 0, both, .weight = 2}, {"F2 0F 2A Vd Ed", 0, mxcsr},
    {"F2 0F 2C Gd Wd8", 0, mxcsr, .weight = 2}, {"F2 0F 2D Gd Wd8", 0, mxcsr, .weight = 2},
    {"66 0F 10 Vd Wd16u"}, {"66 0F 11 X16u"}, {"66 0F 28 Vd Wd16"}, {"66 0F 29 X16"},
    {"66 0F 6F Vi Wi16"}, {"66 0F 7F X16"}, {"F3 0F 6F Vi Wi16u"}, {"F3 0F 7F X16u"},
    {"F2 0F 10 Vd Wd8"}, {"F2 0F 11 X8"}, {"66 0F 12 Vd Mq"}, {"66 0F 13 X8"},
    {"66 0F 16 Vd Mq"}, {"66 0F 17 X8"}, {"66 0F 2B X16"}, {"66 0F E7 X16"}, {"F3 0F 7E Vi Wi8"},
    {"66 0F D6 X8"}, {"66 0F 6E Vi Ed"}, {"66 0F 7E Ed Vi"}, {"66 0F C4 Vi Ew Ib"},
    {"66 0F C5 Gd Ui Ib"}, {"66 0F D7 Gd Ui"}, {"66 0F 50 Gd Ud"}, {"66 0F 70 Vi Wi16 Ib"},
    {"F2 0F 70 Vi Wi16 Ib"}, {"F3 0F 70 Vi Wi16 Ib"}, {"66 0F F7 Vi Ui", 0, maskmov, .weight = 2},
    {"F3 0F D6 Vi Nq", 0, mmx}, {"F2 0F D6 Pq Ui", 0, mmx}, {"0F C3 Md Gd"}, {"0F AE E8"},
    {"0F AE F0"}, {"F3 90"},
    VX("60"), VX("61"), VX("62"), VX("63"), VX("64"), VX("65"), VX("66"), VX("67"), VX("68"),
    VX("69"), VX("6A"), VX("6B"), VX("6C"), VX("6D"), VX("74"), VX("75"), VX("76"), VXS("D1"),
    VXS("D2"), VXS("D3"), VX("D4"), VX("D5"), VX("D8"), VX("D9"), VX("DA"), VX("DB"), VX("DC"),
    VX("DD"), VX("DE"), VX("DF"), VX("E0"), VXS("E1"), VXS("E2"), VX("E3"), VX("E4"), VX("E5"),
    VX("E8"), VX("E9"), VX("EA"), VX("EB"), VX("EC"), VX("ED"), VX("EE"), VX("EF"), VXS("F1"),
    VXS("F2"), VXS("F3"), VX("F4"), VX("F5"), VX("F6"), VX("F8"), VX("F9"), VX("FA"), VX("FB"),
    VX("FC"), VX("FD"), VX("FE"),
    {"66 0F 71 /2 Ui", 0, NULL, shift_imm}, {"66 0F 71 /4 Ui", 0, NULL, shift_imm},
    {"66 0F 71 /6 Ui", 0, NULL, shift_imm}, {"66 0F 72 /2 Ui", 0, NULL, shift_imm},
    {"66 0F 72 /4 Ui", 0, NULL, shift_imm}, {"66 0F 72 /6 Ui", 0, NULL, shift_imm},
    {"66 0F 73 /2 Ui", 0, NULL, shift_imm}, {"66 0F 73 /3 Ui", 0, NULL, shift_imm},
    {"66 0F 73 /6 Ui", 0, NULL, shift_imm}, {"66 0F 73 /7 Ui", 0, NULL, shift_imm},
};
/* clang-format on */

const struct group group_sse2 = {"sse2", sse2_rows, ARRAY_SIZE(sse2_rows)};
