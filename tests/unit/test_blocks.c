/*
 * test_blocks.c - the block cache: self-modifying code, remapped code, links, exact budgets, and
 * the metamorphic rule that how the code is cut into blocks never shows in the result.
 */
#include "mmu/touch.h"
#include "tests/unit/cpu_harness.h"

#include "cpu/translate/jit.h"

#include "cpu/blocks/block.h"
#include "cpu/inspect.h"

static void put_code(struct rig *r, u32 at, const u8 *code, size_t n)
{
    phys_write(&r->phys, at, code, (u32)n);
}

START_TEST(store_into_the_next_instruction)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov byte [CODE+8], 40h (inc eax over nop); nop; nop; hlt */
    CODE_AT(r, CODE, 0xc6, 0x05, 0x07, 0x00, 0x01, 0x00, 0x40, 0x90, 0xf4);
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 1);
    ck_assert_uint_eq(cpu_executed(r->c), 3);
    rig_free(r);
}
END_TEST

/* Only the ModR/M byte says that it is none. */
START_TEST(store_that_makes_an_instruction)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov byte [CODE+8], 01h; lea eax,ecx (#UD), then lea eax,[ecx]; hlt */
    CODE_AT(r, CODE, 0xc6, 0x05, 0x08, 0x00, 0x01, 0x00, 0x01, 0x8d, 0xc1, 0xf4);
    r->c->gpr[ECX] = 0x1234;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x1234);
    rig_free(r);
}
END_TEST
/* In machine code such a loop has its next round charged before the subtraction. */
START_TEST(time_stamp_in_a_loop)
{
    u64 stamp[2];
    for (unsigned tier = 0; tier < 2; tier++) {
        struct rig *r = rig_new("pentium3");
        struct err e;
        pm_init(r, 0);
        r->c->bus.time_ns = NULL; /* the counter is that of instructions */
        if (tier)
            jit_start(r->c, 0, false, &e);
        /* mov ecx,20; L: sub ecx,1; rdtsc; jnz L; hlt */
        CODE_AT(r, CODE, 0xb9, 20, 0, 0, 0, 0x83, 0xe9, 1, 0x0f, 0x31, 0x75, 0xf9, 0xf4);
        ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
        stamp[tier] = (u64)r->c->gpr[EDX] << 32 | r->c->gpr[EAX];
        rig_free(r);
    }
    ck_assert_uint_eq(stamp[0], stamp[1]);
}
END_TEST
START_TEST(loop_that_patches_its_own_immediate)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov ecx,10; L: add eax,imm32(1); inc dword [L+1]; dec ecx; jnz L; hlt */
    CODE_AT(r, CODE, 0xb9, 10, 0, 0, 0, 0x05, 1, 0, 0, 0, 0xff, 0x05, 0x06, 0x00, 0x01, 0x00, 0x49,
            0x75, 0xf2, 0xf4);
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 55);
    rig_free(r);
}
END_TEST

START_TEST(rep_stos_over_itself)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov edi,CODE+0Ch; mov ecx,4; rep stosb; hlt...: AL = 40h (inc eax) written over four nops */
    CODE_AT(r, CODE, 0xb0, 0x40, 0xbf, 0x0e, 0x00, 0x01, 0x00, 0xb9, 4, 0, 0, 0, 0xf3, 0xaa, 0x90,
            0x90, 0x90, 0x90, 0xf4);
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x44);
    rig_free(r);
}
END_TEST

START_TEST(dma_into_decoded_code)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    CODE_AT(r, CODE, 0x40, 0xf4); /* inc eax; hlt */
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    CODE_AT(r, CODE, 0x43); /* inc ebx */
    r->c->halted = false;
    r->c->eip = CODE;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EAX], 1);
    ck_assert_uint_eq(r->c->gpr[EBX], 1);
    rig_free(r);
}
END_TEST

/* Copied over itself, a routine stays decoded; the last byte of a copy tells the other. */
START_TEST(same_bytes_keep_the_blocks)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov edi,CODE+20h; mov al,0f4h; stosb (hlt over hlt); mov [edi],ax (over nop, hlt); jmp .+16
     */
    CODE_AT(r, CODE, 0xbf, 0x20, 0x00, 0x01, 0x00, 0xb0, 0xf4, 0xaa, 0x66, 0x89, 0x07, 0xeb, 0x13);
    CODE_AT(r, CODE + 0x20, 0xf4, 0xf4, 0x00);
    for (u32 i = 0; i < 4; i++) {
        u64 dropped = r->c->blocks->dropped;
        r->c->gpr[EAX] = 0;
        r->c->eip = CODE;
        r->c->halted = false;
        CODE_AT(r, CODE, 0xbf, 0x20, 0x00, 0x01, 0x00, 0xb0); /* by a device */
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->eip, CODE + 0x21);
        ck_assert_uint_eq(r->c->blocks->dropped, dropped);
    }
    CODE_AT(r, CODE, 0xbf, 0x21, 0x00, 0x01, 0x00, 0xb0); /* hlt is not overwritten, but is next */
    r->c->eip = CODE;
    r->c->halted = false;
    u64 dropped = r->c->blocks->dropped;
    CODE_AT(r, CODE + 0x20, 0x90);
    ck_assert_uint_gt(r->c->blocks->dropped, dropped);
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->eip, CODE + 0x22);
    rig_free(r);
}
END_TEST

/* Who wants to know which pages are written hears of stores beside code, too. */
START_TEST(stores_beside_code_are_noted)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    CODE_AT(r, CODE, 0xa3, 0x00, 0x08, 0x01, 0x00, 0xf4); /* mov [CODE + 800h],eax; hlt */
    for (unsigned i = 0; i < 3; i++) {
        r->c->halted = false;
        r->c->eip = CODE;
        ck_assert(i == 0 || mmu_touch_again(&r->c->mmu, i));
        ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
        const struct touch *t = mmu_touch(&r->c->mmu);
        ck_assert(i == 0 || t->written[CODE >> 12] == i);
    }
    rig_free(r);
}
END_TEST

/* What the processor itself stores with supervisor rights: the frame of an interrupt from ring 3.
 */
START_TEST(frame_over_decoded_code)
{
    enum { FUNCTION = STACK0 - 8, OUTER = 0x3c347 }; /* ESP goes there: inc edi; ret */
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    CODE_AT(r, FUNCTION, 0x40, 0xc3); /* inc eax; ret */
    put_gate_at(r, IDT + 8 * 0x30, SEL_CODE0, HANDLERS + 16 * 0x30, 0xee, 0);
    CODE_AT(r, HANDLERS + 16 * 0x30, 0xcf); /* iretd */
    /* call ebx; call ebx; mov [STACK0 - 100h],eax; int 30h; call ebx; hlt: #GP */
    CODE_AT(r, CODE, 0xff, 0xd3, 0xff, 0xd3, 0xa3, 0x00, 0xff, 0x02, 0x00, 0xcd, 0x30, 0xff, 0xd3,
            0xf4);
    r->c->gpr[EBX] = FUNCTION;
    r->c->gpr[ESP] = OUTER;
    r->c->gpr[EAX] = r->c->gpr[EDI] = 0;
    rig_run(r, 100);
    ck_assert_int_eq(halted_in(r), VEC_GP);
    ck_assert_uint_eq(r->c->gpr[EAX], 2);
    ck_assert_uint_eq(r->c->gpr[EDI], 1);
    rig_free(r);
}
END_TEST

START_TEST(data_beside_code_keeps_the_blocks)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov ecx,100; L: inc dword [CODE+800h]; dec ecx; jnz L; hlt: same page, other granule */
    CODE_AT(r, CODE, 0xb9, 100, 0, 0, 0, 0xff, 0x05, 0x00, 0x08, 0x01, 0x00, 0x49, 0x75, 0xf7,
            0xf4);
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    ck_assert_uint_eq(rd32(r, CODE + 0x800), 100);
    ck_assert_uint_eq(r->c->blocks->dropped, 0);
    rig_free(r);
}
END_TEST

/*
 * Stores of each size at each place around code, which lies across the units that the map of code
 * is looked at in: what is overwritten counts at once, and nothing else is given up.
 */
START_TEST(stores_around_code)
{
    enum { VICTIM = 0x50000, LENGTH = 15 };
    static const u32 place[] = {0x10, 0x39, 0x78, 0xfd8};
    static const u8 store[4][8] = {{1, 0xa2}, {2, 0x66, 0xa3}, {1, 0xa3}, {3, 0x0f, 0x7f, 0x05}};
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;

    for (unsigned i = 0; i < ARRAY_SIZE(place) * 4; i++) {
        u32 at = VICTIM + place[i / 4], n = 1u << i % 4;
        for (u32 to = at - 10; to <= at + 24; to++) {
            u32 hit = 0;
            for (u32 a = to; a < to + n; a++)
                hit += a >= at && a < at + LENGTH;
            if (to <= at + LENGTH && to + n > at + LENGTH)
                continue; /* its RET stays */
            pm_init(r, 0);
            u8 code[LENGTH + 1];
            memset(code, 0x40, LENGTH); /* inc eax */
            code[LENGTH] = 0xc3;
            put_code(r, at, code, sizeof code);
            /* call; store; call; hlt, with EAX and MM0 full of "inc ebx" */
            u8 len = store[i % 4][0], *end = code + len;
            CODE_AT(r, CODE, 0xe8, 0, 0, 0, 0);
            wr32(r, CODE + 1, at - (CODE + 5));
            CODE_AT(r, CODE + 5, 0xb8, 0x43, 0x43, 0x43, 0x43, 0x0f, 0x6e, 0xc0, 0x0f, 0x62, 0xc0);
            memcpy(code, store[i % 4] + 1, len);
            put_le32(end, to);
            put_code(r, CODE + 16, code, len + 4u);
            CODE_AT(r, CODE + 20 + len, 0xb8, 0, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xf4);
            wr32(r, CODE + 31 + len, at - (CODE + 35 + len));
            c->halted = false;
            u64 dropped = 0;
            ck_assert_int_eq(cpu_run(c, LENGTH + 1 + 4), CPU_BUDGET); /* up to the store */
            dropped = c->blocks->dropped;
            ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
            ck_assert_msg(c->gpr[EAX] == LENGTH - hit && c->gpr[EBX] == hit &&
                              (c->blocks->dropped != dropped) == (hit != 0),
                          "%u bytes at %x, code at %x: %u, %u", n, to, at, c->gpr[EAX],
                          c->gpr[EBX]);
            for (u32 a = to; a < to + n; a++)
                ck_assert_uint_eq(phys_load(&r->phys, a, 1), 0x43);
        }
    }
    rig_free(r);
}
END_TEST

START_TEST(instruction_across_a_page_follows_the_mapping)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    pm_init(r, 0);
    /* Page tables: identity, but linear 50000h..52fffh can be changed. mov eax,imm32 straddles. */
    for (u32 i = 0; i < 512; i++)
        wr32(r, 0x81000 + 4 * i, i << 12 | 3);
    wr32(r, 0x80000, 0x81003);
    CODE_AT(r, 0x50ffd, 0xb8, 0x11, 0x22); /* mov eax, 44332211h in pages 50, 51 */
    CODE_AT(r, 0x51000, 0x33, 0x44, 0xf4);
    CODE_AT(r, 0x61000, 0x55, 0x66, 0xf4); /* another second half */
    mmu_set_cr3(&c->mmu, 0x80000);
    mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_PG);
    for (unsigned i = 0; i < 4; i++) {
        u32 second = i & 1 ? 0x61 : 0x51;
        wr32(r, 0x81000 + 4 * 0x51, second << 12 | 3);
        mmu_flush_page(&c->mmu, 0x51000);
        c->halted = false;
        c->eip = 0x50ffd;
        ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
        ck_assert_uint_eq(c->gpr[EAX], i & 1 ? 0x66552211 : 0x44332211);
    }
    /* The second page is gone: #PF at its first byte, EIP at the instruction. */
    wr32(r, 0x81000 + 4 * 0x51, 0);
    mmu_flush_page(&c->mmu, 0x51000);
    c->halted = false;
    c->eip = 0x50ffd;
    ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
    ck_assert_int_eq(halted_in(r), VEC_PF);
    ck_assert_uint_eq(c->cr2, 0x51000);
    rig_free(r);
}
END_TEST

START_TEST(ip_wrap_does_not_use_the_link_of_another_segment)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    /* jmp +20h at linear 1FFF0h. As 1000:FFF0 it wraps to 1000:0012; as 1800:7FF0 it does not. */
    CODE_AT(r, 0x1fff0, 0xeb, 0x20);
    CODE_AT(r, 0x20012, 0x43, 0xf4); /* inc bx; hlt */
    CODE_AT(r, 0x10012, 0x41, 0xf4); /* inc cx; hlt */
    for (unsigned i = 0; i < 6; i++) {
        seg_load_real(c, SEG_CS, i & 1 ? 0x1000 : 0x1800);
        cpu_update_mode(c);
        c->halted = false;
        c->eip = i & 1 ? 0xfff0 : 0x7ff0;
        ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
    }
    ck_assert_uint_eq(c->gpr[EBX], 3);
    ck_assert_uint_eq(c->gpr[ECX], 3);
    rig_free(r);
}
END_TEST

/* Identity paging of the first 2 MiB; linear 50000h and 60000h show frame 50000h. */
static struct rig *alias_rig(void)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    for (u32 i = 0; i < 512; i++)
        wr32(r, 0x81000 + 4 * i, i << 12 | 3);
    wr32(r, 0x81000 + 4 * 0x60, 0x50003);
    wr32(r, 0x80000, 0x81003);
    mmu_set_cr3(&r->c->mmu, 0x80000);
    mmu_set_cr0(&r->c->mmu, r->c->mmu.cr0 | CR0_PG);
    return r;
}

/* The same where the wrapped jump seems to stay within a page. */
START_TEST(ip_wrap_within_a_page_offset)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    /* jmp +20h at linear 207F0h. As 1080:FFF0 it wraps to 1080:0012, linear 10812h. */
    CODE_AT(r, 0x207f0, 0xeb, 0x20);
    CODE_AT(r, 0x20812, 0x43, 0xf4); /* inc bx; hlt */
    CODE_AT(r, 0x10812, 0x41, 0xf4); /* inc cx; hlt */
    for (unsigned i = 0; i < 6; i++) {
        seg_load_real(c, SEG_CS, i & 1 ? 0x2000 : 0x1080);
        cpu_update_mode(c);
        c->halted = false;
        c->eip = i & 1 ? 0x7f0 : 0xfff0;
        ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
    }
    ck_assert_uint_eq(c->gpr[EBX], 3);
    ck_assert_uint_eq(c->gpr[ECX], 3);
    rig_free(r);
}
END_TEST

/* A link that found another target is no longer the first one's: the others of that one are cut
 * when it is overwritten. */
START_TEST(links_to_an_overwritten_block_are_cut)
{
    struct rig *r = alias_rig(); /* 50000h and 60000h: frame 50000h */
    struct cpu *c = r->c;

    CODE_AT(r, 0x5f000, 0xe9, 0xfb, 0x1f, 0, 0);       /* far away: jmp 61000h */
    CODE_AT(r, 0x51100, 0xe9, 0xfb, 0xfe, 0xff, 0xff); /* in the page: jmp 51000h */
    CODE_AT(r, 0x51000, 0xb0, 1, 0xf4);                /* mov al,1; hlt */
    CODE_AT(r, 0x52000, 0xb0, 2, 0xf4);
    static const struct {
        u32 eip, frame; /* behind linear 61000h */
        u8 patch, al;
    } steps[] = {{0x51100, 0x51000, 1, 1}, {0x5f000, 0x51000, 1, 1}, {0x5f000, 0x52000, 1, 2},
                 {0x51100, 0x52000, 3, 3}, {0x5f000, 0x51000, 4, 4}, {0x51100, 0x51000, 5, 5}};
    for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
        if (rd32(r, 0x81000 + 4 * 0x61) >> 12 != steps[i].frame >> 12) {
            wr32(r, 0x81000 + 4 * 0x61, steps[i].frame | 3);
            mmu_flush_page(&c->mmu, 0x61000);
        }
        if ((rd32(r, 0x51000) >> 8 & 0xff) != steps[i].patch)
            CODE_AT(r, 0x51001, steps[i].patch);
        c->halted = false;
        c->eip = steps[i].eip;
        ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
        ck_assert_uint_eq(c->gpr[EAX] & 0xff, steps[i].al);
    }
    rig_free(r);
}
END_TEST

/* An instruction on two pages that is overwritten on one leaves nothing behind on the other. */
START_TEST(straddling_block_leaves_both_pages)
{
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = rig_new("pentium3");
        pm_init(r, 0);
        CODE_AT(r, 0x50ffd, 0xb8, 0x11, 0x22, 0x33, 0x44); /* mov eax,imm32 */
        CODE_AT(r, 0x51002, 0xeb, 0x00);
        r->c->eip = 0x50ffd;
        ck_assert_int_eq(rig_run(r, 1), CPU_BUDGET);
        ck_assert_uint_eq(r->c->gpr[EAX], 0x44332211);
        ck_assert_uint_ne(r->phys.page[0x50].code, 0);
        ck_assert_uint_ne(r->phys.page[0x51].code, 0);
        CODE_AT(r, i ? 0x51000 : 0x50fff, 0x55);
        ck_assert_uint_eq(r->phys.page[0x50].code, 0);
        ck_assert_uint_eq(r->phys.page[0x51].code, 0);
        r->c->eip = 0x50ffd;
        ck_assert_int_eq(rig_run(r, 1), CPU_BUDGET);
        ck_assert_uint_eq(r->c->gpr[EAX], i ? 0x44552211 : 0x44335511);
        rig_free(r);
    }
}
END_TEST

/* The table of blocks grows with them, and is small again when they are gone. */
START_TEST(many_blocks_are_found_again)
{
    enum { BLOCKS = 20000, STEP = 16 };
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    pm_init(r, 0);
    const u32 from = 0x110000;
    for (u32 i = 0; i < BLOCKS; i++) /* inc eax; jmp to the next; then hlt */
        CODE_AT(r, from + i * STEP, 0x40, 0xeb, STEP - 3);
    CODE_AT(r, from + BLOCKS * STEP, 0xf4);
    u32 first = c->blocks->hash_bits;
    u64 decoded = c->blocks->decoded;
    for (unsigned round = 0; round < 4; round++) {
        if (round == 2) { /* one block is another one now, */
            CODE_AT(r, from + 5000 * STEP, 0x48);
        } else if (round == 3) { /* and all are new */
            blocks_drop_all(c);
            ck_assert_uint_eq(c->blocks->hash_bits, first);
        }
        c->gpr[EAX] = 0;
        c->eip = from;
        c->halted = false;
        ck_assert_int_eq(rig_run(r, 3 * BLOCKS), CPU_HALT);
        ck_assert_uint_eq(c->gpr[EAX], round < 2 ? BLOCKS : BLOCKS - 2);
        ck_assert_uint_gt(c->blocks->hash_bits, first);
        ck_assert_uint_eq(c->blocks->decoded - decoded, round == 0 || round == 3 ? BLOCKS + 1
                                                        : round == 2             ? 1
                                                                                 : 0);
        decoded = c->blocks->decoded;
        /* Links go past the table: each is entered from outside, too. */
        for (u32 i = 0; i < BLOCKS; i++) {
            c->eip = from + i * STEP;
            c->halted = false;
            ck_assert_int_eq(rig_run(r, 2), CPU_BUDGET);
        }
        ck_assert_uint_eq(c->blocks->decoded, decoded);
    }
    rig_free(r);
}
END_TEST

/* Its two pages are the same one, which is mapped twice: either half may be overwritten. */
START_TEST(both_halves_on_one_page)
{
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = rig_new("pentium3");
        struct cpu *c = r->c;
        pm_init(r, 0);
        for (u32 page = 0; page < 512; page++)
            wr32(r, 0x81000 + 4 * page, page << PAGE_SHIFT | 3);
        wr32(r, 0x81000 + 4 * 0x51, 0x50003);
        wr32(r, 0x80000, 0x81003);
        mmu_set_cr3(&c->mmu, 0x80000);
        mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_PG);
        CODE_AT(r, 0x50ffd, 0xb8, 0x11, 0x22); /* mov eax,imm32 */
        CODE_AT(r, 0x50000, 0x33, 0x44, 0xf4);
        for (unsigned round = 0; round < 2; round++) {
            c->halted = false;
            c->eip = 0x50ffd;
            ck_assert_int_eq(rig_run(r, 10), CPU_HALT);
            ck_assert_uint_eq(c->gpr[EAX], !round ? 0x44332211 : i ? 0x44552211 : 0x44335511);
            CODE_AT(r, i ? 0x50000 : 0x50fff, 0x55);
        }
        rig_free(r);
    }
}
END_TEST

/* The same code at two linear addresses leads to the next page of each. */
START_TEST(aliases_go_their_own_way)
{
    static const struct {
        u32 at;
        u8 code[16];
        unsigned size;
    } ways[] = {
        {0x50000, {0xe9, 0xfb, 0x0f, 0, 0}, 5},                   /* jmp to the next page */
        {0x50000, {0x31, 0xdb, 0x0f, 0x84, 0xf8, 0x0f, 0, 0}, 8}, /* xor ebx,ebx; jz there */
        {0x50000, {0x39, 0xdb, 0x0f, 0x84, 0xf8, 0x0f, 0, 0}, 8}, /* cmp ebx,ebx; jz: fused */
        {0x50000, {0xe8, 0xfb, 0x0f, 0, 0}, 5},                   /* call */
        {0x50ffe, {0x90, 0x90}, 2},                               /* fall through */
        {0x50ffc, {0x83, 0xfb, 0x01, 0x78}, 4},                   /* cmp ebx,1; js 1 (straddles) */
    };
    struct rig *r = alias_rig();
    u32 at = ways[_i].at;

    put_code(r, at, ways[_i].code, ways[_i].size);
    CODE_AT(r, 0x51000, 0x40, 0x40, 0xf4);       /* inc eax; inc eax; hlt */
    CODE_AT(r, 0x61000, 0x40, 0x40, 0x41, 0xf4); /* ... inc ecx; hlt */
    CODE_AT(r, 0x51041, 0xf4);                   /* where the straddling branch leads */
    CODE_AT(r, 0x61041, 0x41, 0xf4);
    for (unsigned i = 0; i < 8; i++) {
        r->c->halted = false;
        r->c->gpr[EAX] = r->c->gpr[ECX] = r->c->gpr[EBX] = 0;
        r->c->eip = at + (i & 1 ? 0x10000 : 0);
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->gpr[ECX], i & 1);
    }
    rig_free(r);
}
END_TEST

/* Display memory: the adapter shows it in two places and writes it itself, behind the map. */
START_TEST(display_memory_is_decoded_each_time)
{
    enum { WINDOW = 0xa0000, FRAME = 0xe0000000 };
    static _Alignas(4096) u8 video[2 * 4096];
    static u8 written[2];
    struct rig *r = rig_new("pentium3");

    memset(video, 0, sizeof video);
    phys_watch(&r->phys, WATCH_DISPLAY, video, sizeof video, written);
    phys_map_ram(&r->phys, WINDOW, sizeof video, video);
    phys_map_ram(&r->phys, FRAME, sizeof video, video);
    for (unsigned i = 0; i < 3; i++) {
        static const u8 step[] = {0x40, 0x43, 0x41}; /* inc eax, ebx, ecx; hlt */
        /* Within a page, and across the end of one. */
        for (u32 at = 0x10; at < 0x2000; at += 0xfef) {
            if (i < 2)
                put_code(r, (i ? FRAME : WINDOW) + at, (u8[]){step[i], 0xf4}, 2);
            else
                memcpy(&video[at], (u8[]){step[i], 0xf4}, 2);
            pm_init(r, 0);
            r->c->halted = false;
            r->c->gpr[EAX] = r->c->gpr[EBX] = r->c->gpr[ECX] = 0;
            r->c->eip = WINDOW + at;
            ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
            ck_assert_uint_eq(r->c->gpr[EAX], i == 0);
            ck_assert_uint_eq(r->c->gpr[EBX], i == 1);
            ck_assert_uint_eq(r->c->gpr[ECX], i == 2);
        }
    }
    ck_assert_uint_eq(r->phys.page[WINDOW >> PAGE_SHIFT].code, 0);
    rig_free(r);
}
END_TEST

/* A jump to a page that is not there, as the last instruction that the budget covers. */
START_TEST(fetch_fault_belongs_to_the_next_instruction)
{
    struct rig *r = alias_rig();
    wr32(r, 0x81000 + 4 * 0x70, 0);
    CODE_AT(r, 0x50000, 0xe9, 0xfb, 0xff, 0x01, 0);    /* jmp 70000h */
    CODE_AT(r, 0x50010, 0xb8, 0, 0, 7, 0, 0xff, 0xe0); /* mov eax,70000h; jmp eax */
    CODE_AT(r, 0x50ffe, 0x90, 0x90);
    wr32(r, 0x81000 + 4 * 0x51, 0);
    static const struct {
        u32 at, count, to;
    } ways[] = {{0x50000, 1, 0x70000}, {0x50010, 2, 0x70000}, {0x50ffe, 2, 0x51000}};
    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        u64 before = cpu_executed(r->c);
        r->c->halted = false;
        r->c->eip = ways[i].at;
        ck_assert_int_eq(cpu_run(r->c, ways[i].count), CPU_BUDGET);
        ck_assert_uint_eq(cpu_executed(r->c) - before, ways[i].count);
        ck_assert_uint_eq(r->c->eip, ways[i].to);
        ck_assert(!r->c->event.pending);
        /* The trap of a single step comes before the fault. */
        cpu_set_eflags(r->c, EFL_ONE | EFL_TF);
        r->c->gpr[EAX] = 0x70000;
        r->c->eip = ways[i].at == 0x50010 ? 0x50015 : ways[i].at == 0x50ffe ? 0x50fff : ways[i].at;
        rig_run(r, 10);
        ck_assert_int_eq(halted_in(r), VEC_DB);
        ck_assert_uint_eq(rd32(r, r->c->gpr[ESP]), ways[i].to);
        cpu_set_eflags(r->c, EFL_ONE);
    }
    rig_free(r);
}
END_TEST

/* The bytes of an instruction are fetched before it is refused: #PF, and #GP, before #UD. */
START_TEST(fetch_faults_before_undefined)
{
    static const struct {
        u8 bytes[4];
        unsigned here;
    } rows[] = {
        {{0xf0, 0x81, 0xc0, 1}, 4}, {{0xf0, 0xe9}, 2}, {{0xc6, 0xc8}, 2}, {{0xff, 0x3d}, 2}};
    struct rig *r = alias_rig();
    wr32(r, 0x81000 + 4 * 0x51, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        u32 at = 0x51000 - rows[i].here;
        put_bytes(r, at, (const char *)rows[i].bytes, rows[i].here);
        for (unsigned gp = 0; gp < 2; gp++) {
            r->c->seg[SEG_CS].limit = gp ? 0x50fff : 0xffffffff;
            cpu_update_mode(r->c);
            r->c->halted = false;
            r->c->eip = at;
            rig_run(r, 10);
            ck_assert_int_eq(halted_in(r), gp ? VEC_GP : VEC_PF);
            ck_assert_uint_eq(rd32(r, r->c->gpr[ESP] + 4), at);
        }
    }
    rig_free(r);
}
END_TEST

/* A debugger's point at the target of a jump, call or return, or behind the page or the segment:
 * the processor stops there before the fetch, whose fault comes when it goes on. */
START_TEST(point_before_a_fetch_that_faults)
{
    struct rig *r = alias_rig();
    struct cpu *c = r->c;
    struct err e;
    if (_i)
        jit_start(c, 0, false, &e);
    wr32(r, 0x81000 + 4 * 0x70, 0);
    wr32(r, 0x81000 + 4 * 0x51, 0);
    CODE_AT(r, 0x50000, 0xe9, 0xfb, 0xff, 0x01, 0);                   /* jmp 70000h */
    CODE_AT(r, 0x50010, 0xb8, 0, 0, 7, 0, 0xff, 0xe0);                /* mov eax,70000h; jmp eax */
    CODE_AT(r, 0x50020, 0x68, 0, 0, 7, 0, 0xc3);                      /* push 70000h; ret */
    CODE_AT(r, 0x50030, 0x39, 0xc0, 0x0f, 0x84, 0xc8, 0xff, 0x01, 0); /* cmp eax,eax; je 70000h */
    CODE_AT(r, 0x50ffd, 0x90, 0x90, 0xb8);                            /* nops; MOV goes on behind */
    static const struct {
        u32 at, to, limit;
        u8 count, vector;
    } ways[] = {
        {0x50000, 0x70000, 0xffffffff, 1, VEC_PF}, {0x50010, 0x70000, 0xffffffff, 2, VEC_PF},
        {0x50020, 0x70000, 0xffffffff, 2, VEC_PF}, {0x50030, 0x70000, 0xffffffff, 2, VEC_PF},
        {0x50ffd, 0x50fff, 0xffffffff, 2, VEC_PF}, {0x50ffd, 0x50fff, 0x50fff, 2, VEC_GP},
        {0x50ffd, 0x50fff, 0x50ffe, 2, VEC_GP},
    };
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(ways); i++) {
        struct inspect_point p = {.kind = INSPECT_EXECUTE, .lin = ways[i / 2].to};
        struct inspect_hit hit;
        ck_assert(cpu_point_set(c, &p));
        u64 before = cpu_executed(c);
        c->halted = false;
        c->seg[SEG_CS].limit = ways[i / 2].limit;
        seg_update(&c->seg[SEG_CS]);
        cpu_update_mode(c);
        c->eip = ways[i / 2].at;
        c->cr2 = 0;
        ck_assert_int_eq(rig_run(r, 100), CPU_REQUEST);
        ck_assert(cpu_point_met(c, &hit));
        ck_assert_uint_eq(hit.lin, ways[i / 2].to);
        ck_assert_uint_eq(c->eip, ways[i / 2].to);
        ck_assert_uint_eq(cpu_executed(c) - before, ways[i / 2].count);
        ck_assert(!c->event.pending);
        ck_assert_uint_eq(c->cr2, 0);
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT); /* and not once more */
        ck_assert_int_eq(halted_in(r), ways[i / 2].vector);
        ck_assert(cpu_point_clear(c, &p));
    }
    rig_free(r);
}
END_TEST

/* A program with loops, calls, strings, self-modification and faults; its end state as a hash. */
/* clang-format off */
static const u8 program[] = {
    0xbc, 0x00, 0x00, 0x03, 0x00,             /* mov esp,30000h */
    0xb9, 200, 0, 0, 0,                       /* mov ecx,200 */
    /* L: */ 0x01, 0xc8,                      /* add eax,ecx */
    0xd1, 0xc0,                               /* rol eax,1 */
    0x11, 0xc3,                               /* adc ebx,eax */
    0x51,                                     /* push ecx */
    0xe8, 0x14, 0, 0, 0,                      /* call F */
    0x59,                                     /* pop ecx */
    0x30, 0x05, 0x40, 0x00, 0x01, 0x00,       /* xor [CODE+40h],al : data in the page of the code */
    0x30, 0x25, 0x2d, 0x00, 0x01, 0x00,       /* xor [F+1],ah: the immediate below changes */
    0x49,                                     /* dec ecx */
    0x75, 0xe4,                               /* jnz L */
    0xf4,                                     /* hlt */
    0x90,
    /* F: CODE+2ch */ 0x34, 0x5a,             /* xor al,imm8 */
    0xbf, 0x00, 0x00, 0x04, 0x00,             /* mov edi,DATA */
    0xb9, 9, 0, 0, 0,                         /* mov ecx,9 */
    0xf3, 0xab,                               /* rep stosd */
    0xc3                                      /* ret */
};
/* clang-format on */

static u32 run_program(bool cut, u32 seed, u64 *executed)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    pm_init(r, 0);
    put_code(r, CODE, program, sizeof program);
    for (unsigned n = 0; !c->halted && n < 100000; n++) {
        seed = seed * 1664525 + 1013904223;
        cpu_run(c, cut ? 1 + (seed >> 24) % 13 : 1000000);
        if (cut && (seed >> 16 & 31) == 0)
            blocks_drop_all(c);
        if (cut && (seed >> 8 & 15) == 0)
            mmu_flush(&c->mmu, true);
    }
    ck_assert(c->halted);
    u32 h = cpu_eflags(c);
    for (unsigned i = 0; i < 8; i++)
        h = h * 31 + c->gpr[i];
    for (u32 a = 0; a < 64; a += 4)
        h = h * 31 + rd32(r, DATA + a) + rd32(r, CODE + a);
    *executed = cpu_executed(c);
    rig_free(r);
    return h;
}

START_TEST(result_does_not_depend_on_slices_or_flushes)
{
    u64 whole, pieces;
    u32 h = run_program(false, 0, &whole);
    for (u32 seed = 1; seed <= 40; seed++) {
        ck_assert_uint_eq(run_program(true, seed, &pieces), h);
        ck_assert_uint_eq(pieces, whole);
    }
}
END_TEST

START_TEST(budget_is_exact)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* inc eax x 7; jmp back: any budget executes exactly that many */
    CODE_AT(r, CODE, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0xeb, 0xf7);
    u64 total = 0;
    for (unsigned n = 1; n < 60; n++) {
        ck_assert_int_eq(cpu_run(r->c, n), CPU_BUDGET);
        total += n;
        ck_assert_uint_eq(cpu_executed(r->c), total);
        ck_assert_uint_eq(r->c->gpr[EAX], total - total / 8);
    }
    rig_free(r);
}
END_TEST

/*
 * The flags that an addition sets, then a shift keeps or changes, read without touching memory;
 * decoded as one block, or run one instruction at a time.
 */
static u32 flags_after(struct rig *r, bool whole, const u32 operand[2], u8 cl, const u8 *shift,
                       unsigned n)
{
    struct cpu *c = r->c;
    pm_init(r, 0);
    c->halted = false;
    CODE_AT(r, CODE, 0xeb, 0x00, 0x39, 0xff, 0x01, 0xd8); /* jmp .+2; cmp edi,edi; add eax,ebx */
    put_code(r, CODE + 6, shift, n);
    CODE_AT(r, CODE + 6 + n, 0x0f, 0x90, 0xc2, 0x9f, 0xf4); /* seto dl; lahf; hlt */
    c->gpr[EAX] = operand[0];
    c->gpr[EBX] = operand[1];
    c->gpr[ECX] = cl;
    c->gpr[EDX] = 0;
    c->gpr[ESI] = 0x12345678;
    while (!c->halted)
        cpu_run(c, whole ? 100 : 1);
    return (c->gpr[EAX] & 0xff00) | c->gpr[EDX];
}

/* A shift whose count may be 0 does not make the flags of an instruction before it superfluous. */
/* Where DS, SS and ES are flat their bases are left out; FS and GS have theirs, in each form. */
START_TEST(segments_that_are_not_flat)
{
    static const u8 forms[][12] = {
        {7, 0x8b, 0x05, 0, 0, 2, 0}, /* mov eax,[20000h] */
        {3, 0x8b, 0x03},             /* mov eax,[ebx] */
        {4, 0x8b, 0x04, 0x0b},       /* mov eax,[ebx+ecx] */
        {4, 0x03, 0x43, 0x00},       /* add eax,[ebx+0] */
        {6, 0xa1, 0, 0, 2, 0},       /* mov eax,moffs */
        {4, 0x0f, 0xb7, 0x03},       /* movzx eax,word [ebx] */
        {3, 0x33, 0x03},             /* xor eax,[ebx] */
        {3, 0xff, 0x33},             /* push dword [ebx]; below: pop eax */
        {3, 0x0b, 0x03},             /* or eax,[ebx] */
        {2, 0xad},                   /* lodsd */
    };
    static const u8 prefix[SEG_COUNT] = {[SEG_ES] = 0x26, [SEG_CS] = 0x2e, [SEG_SS] = 0x36,
                                         [SEG_DS] = 0x3e, [SEG_FS] = 0x64, [SEG_GS] = 0x65};
    struct rig *r = rig_new("pentium3");
    for (unsigned s = 0; s < SEG_COUNT; s++) {
        const u8 *f = forms[_i];
        u8 code[16] = {prefix[s]};
        pm_init(r, 0);
        r->c->seg[SEG_FS].base = 0x1000;
        r->c->seg[SEG_GS].base = 0x2000;
        memcpy(code + 1, f + 1, f[0] - 1u);
        if (f[1] == 0xff)
            code[f[0]] = 0x58;
        code[f[0] + (f[1] == 0xff)] = 0xf4;
        put_code(r, CODE, code, sizeof code);
        wr32(r, 0x20000, 0x10);
        wr32(r, 0x21000, 0x21);
        wr32(r, 0x22000, 0x22);
        r->c->gpr[EAX] = 0;
        r->c->gpr[EBX] = r->c->gpr[ESI] = 0x20000;
        r->c->gpr[ECX] = 0;
        r->c->halted = false;
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->gpr[EAX], s == SEG_FS ? 0x21 : s == SEG_GS ? 0x22 : 0x10);
    }
    rig_free(r);
}
END_TEST

START_TEST(flags_before_a_shift_by_zero_are_kept)
{
    static const u8 count[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 0x60, 0xe0, 0xff};
    static const u32 operand[][2] = {{0xffffffff, 1}, {0x7fffffff, 1}, {0x80000000, 0x80000000},
                                     {1, 2},          {0xf, 0xf1},     {0x80000000, 0xffffffff}};
    struct rig *r = rig_new("pentium3");
    for (unsigned form = 0; form < 28; form++)
        for (unsigned k = 0; k < sizeof count; k++)
            for (unsigned x = 0; x < ARRAY_SIZE(operand); x++) {
                unsigned ext = form & 7, n = 0;
                u8 code[8], by_cl = x & 1;
                if (form >= 16 && form < 24)
                    code[n++] = 0x66;
                if (form < 24) { /* SI, ESI; BH for bytes */
                    u8 opcode = form < 8 ? 0xc0 : 0xc1;
                    code[n++] = by_cl ? opcode + 0x12 : opcode;
                    code[n++] = (u8)(0xc0 | ext << 3 | (form < 8 ? 7 : 6));
                } else {
                    if (form & 1)
                        code[n++] = 0x66;
                    code[n++] = 0x0f;
                    code[n++] = (u8)((form & 2 ? 0xac : 0xa4) + by_cl);
                    code[n++] = 0xfe; /* esi, edi */
                }
                if (!by_cl)
                    code[n++] = count[k];
                u32 whole = flags_after(r, true, operand[x], count[k], code, n);
                u32 single = flags_after(r, false, operand[x], count[k], code, n);
                ck_assert_msg(whole == single, "form %u, count %02x: %04x in a block, %04x alone",
                              form, count[k], whole, single);
            }
    rig_free(r);
}
END_TEST

START_TEST(arena_overflow_starts_over)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    pm_init(r, 0);
    /* Many blocks: run "jmp next" at every second byte of 1 MiB, several modes' worth. */
    for (u32 a = 0x100000; a < 0x1ff000; a += 2)
        CODE_AT(r, a, 0xeb, 0x00);
    for (unsigned pass = 0; pass < 3 && !c->blocks->flushes; pass++) {
        c->eip = 0x100000 + pass;
        cpu_run(c, 500000);
    }
    ck_assert(c->blocks->flushes > 0);
    rig_free(r);
}
END_TEST

static unsigned jump_slots_used(const struct block_cache *b)
{
    static const struct jump_slot empty;
    unsigned n = 0;
    for (unsigned i = 0; i < JUMP_SLOTS; i++)
        n += memcmp(&b->jump[i], &empty, sizeof(empty)) != 0;
    return n;
}

/* Wherever in the table they are: when everything is dropped, and when stamps come again. */
START_TEST(all_jump_slots_are_emptied)
{
    enum { FROM = 0x100000, BYTES = 0x20000 };
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    pm_init(r, 0);
    for (u32 a = FROM; a < FROM + BYTES; a += 2) /* jmp to what is next */
        CODE_AT(r, a, 0xeb, 0x00);
    CODE_AT(r, FROM + BYTES, 0xf4);
    for (unsigned round = 0; round < 2; round++) {
        c->halted = false;
        c->eip = FROM;
        ck_assert_int_eq(rig_run(r, BYTES), CPU_HALT);
        unsigned least = _i && round ? 1 : JUMP_SLOTS / 3; /* links within a page hold still */
        ck_assert_uint_ge(jump_slots_used(c->blocks), least);
        if (_i)
            blocks_forget_stamps(c);
        else
            blocks_drop_all(c);
        ck_assert_uint_eq(jump_slots_used(c->blocks), 0);
    }
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("blocks");
    TCase *t = tcase_create("blocks");
    tcase_add_test(t, store_into_the_next_instruction);
    tcase_add_test(t, store_that_makes_an_instruction);
    tcase_add_test(t, time_stamp_in_a_loop);
    tcase_add_test(t, loop_that_patches_its_own_immediate);
    tcase_add_test(t, rep_stos_over_itself);
    tcase_add_test(t, dma_into_decoded_code);
    tcase_add_test(t, same_bytes_keep_the_blocks);
    tcase_add_test(t, stores_beside_code_are_noted);
    tcase_add_test(t, frame_over_decoded_code);
    tcase_add_test(t, data_beside_code_keeps_the_blocks);
    tcase_add_test(t, stores_around_code);
    tcase_add_test(t, instruction_across_a_page_follows_the_mapping);
    tcase_add_test(t, ip_wrap_does_not_use_the_link_of_another_segment);
    tcase_add_test(t, ip_wrap_within_a_page_offset);
    tcase_add_test(t, links_to_an_overwritten_block_are_cut);
    tcase_add_test(t, straddling_block_leaves_both_pages);
    tcase_add_test(t, both_halves_on_one_page);
    tcase_add_test(t, many_blocks_are_found_again);
    tcase_add_loop_test(t, aliases_go_their_own_way, 0, 6);
    tcase_add_test(t, display_memory_is_decoded_each_time);
    tcase_add_loop_test(t, segments_that_are_not_flat, 0, 10);
    tcase_add_test(t, fetch_fault_belongs_to_the_next_instruction);
    tcase_add_test(t, fetch_faults_before_undefined);
    tcase_add_loop_test(t, point_before_a_fetch_that_faults, 0, 2);
    tcase_add_test(t, result_does_not_depend_on_slices_or_flushes);
    tcase_add_test(t, budget_is_exact);
    tcase_add_test(t, flags_before_a_shift_by_zero_are_kept);
    tcase_add_test(t, arena_overflow_starts_over);
    tcase_add_loop_test(t, all_jump_slots_are_emptied, 0, 2);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
