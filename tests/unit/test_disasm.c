/*
 * test_disasm.c - texts of the disassembler, word for word; tests/ops/zydis_compare.c has the
 * breadth.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/models.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct expected {
    u8 bits;
    const char *bytes, *text;
};

/* clang-format off */
static const struct expected texts[] = {
    /* sizes: told where no register tells them */
    {32, "89 d8", "mov eax, ebx"},
    {32, "66 89 d8", "mov ax, bx"},
    {32, "8b 44 8b fc", "mov eax, [ebx+ecx*4-0x4]"},
    {32, "c7 45 f8 01 00 00 00", "mov dword [ebp-0x8], 0x1"},
    {32, "c6 05 34 12 00 00 7f", "mov byte [0x1234], 0x7f"},
    {32, "0f b6 06", "movzx eax, byte [esi]"},
    {32, "d2 27", "shl byte [edi], cl"},
    {32, "83 c4 f0", "add esp, -0x10"},
    {32, "f7 f1", "div ecx"},
    {16, "66 ff 37", "push dword [bx]"},
    /* addresses */
    {16, "8b 46 fe", "mov ax, [bp-0x2]"},
    {16, "8b 42 10", "mov ax, [bp+si+0x10]"},
    {16, "8b 80 00 80", "mov ax, [bx+si-0x8000]"},
    {16, "a1 00 80", "mov ax, [0x8000]"},
    {32, "8b 04 8d 00 10 00 00", "mov eax, [ecx*4+0x1000]"},
    {32, "8b 04 0d 00 10 00 00", "mov eax, [ecx*1+0x1000]"},
    {32, "67 8b 07", "mov eax, [bx]"},
    {32, "8b 04 24", "mov eax, [esp]"},
    /* segments: said when they are not the usual one */
    {32, "64 a1 18 00 00 00", "mov eax, [fs:0x18]"},
    {32, "3e 8b 45 00", "mov eax, [ds:ebp]"},
    {32, "3e 8b 06", "mov eax, [esi]"},
    {32, "26 8d 06", "lea eax, [esi]"},
    {32, "8e d8", "mov ds, ax"},
    {32, "c4 03", "les eax, [ebx]"},
    /* strings */
    {32, "f3 a5", "rep movsd"},
    {16, "f3 64 a4", "rep fs movsb"},
    {32, "f2 ae", "repne scasb"},
    {32, "f3 a7", "repe cmpsd"},
    {32, "67 ab", "a16 stosd"},
    {32, "2e d7", "cs xlatb"},
    /* branches */
    {32, "eb fe", "jmp 0x1000"},
    {16, "74 80", "jz 0xf82"},
    {16, "e9 00 f0", "jmp 0x3"},
    {32, "0f 8f 00 00 00 f0", "jnle 0xf0001006"},
    {32, "e8 fb ef ff ff", "call 0x0"},
    {32, "66 e8 fc ef", "o16 call 0x0"},
    {32, "67 e3 00", "jcxz 0x1003"},
    {32, "e3 00", "jecxz 0x1002"},
    {32, "67 e2 fd", "a16 loop 0x1000"},
    {16, "ea 05 00 00 f0", "jmp 0xf000:0x5"},
    {32, "ff 1b", "call far dword [ebx]"},
    {16, "ff 2f", "jmp far word [bx]"},
    {32, "ff e0", "jmp eax"},
    {32, "c2 08 00", "ret 0x8"},
    {16, "66 cb", "o32 retf"},
    {16, "66 cf", "iretd"},
    {32, "66 cf", "iretw"},
    {16, "0f b7 07", "movzx ax, word [bx]"},
    {32, "66 60", "pushaw"},
    {32, "66 9d", "popfw"},
    {32, "66 98", "cbw"},
    {16, "67 a1 34 12 01 00", "mov ax, [dword 0x11234]"},
    {32, "67 64 8b 1e 34 12", "mov ebx, [word fs:0x1234]"},
    {16, "cf", "iret"},
    /* the rest */
    {32, "f0 0f b1 0a", "lock cmpxchg [edx], ecx"},
    {32, "90", "nop"},
    {32, "f3 90", "pause"},
    {32, "66 98", "cbw"},
    {32, "98", "cwde"},
    {32, "6a ff", "push -0x1"},
    {32, "66 6a ff", "push word -0x1"},
    {32, "66 1e", "o16 push ds"},
    {32, "c8 10 00 01", "enter 0x10, 0x1"},
    {32, "0f 20 e0", "mov eax, cr4"},
    {32, "0f 00 d8", "ltr ax"},
    {32, "0f 00 c8", "str eax"},
    {32, "0f 01 38", "invlpg [eax]"},
    {32, "66 0f 01 10", "o16 lgdt [eax]"},
    {32, "e4 71", "in al, 0x71"},
    {32, "ef", "out dx, eax"},
    {32, "cd 80", "int 0x80"},
    {32, "f1", "int1"},
    {32, "0f 0b", "ud2"},
    /* x87, MMX, SSE */
    {32, "d8 c3", "fadd st0, st3"},
    {32, "dc e3", "fsubr st3, st0"},
    {32, "dd 07", "fld qword [edi]"},
    {32, "db 2f", "fld tword [edi]"},
    {32, "df e0", "fnstsw ax"},
    {32, "9b", "fwait"},
    {32, "d9 37", "fnstenv [edi]"},
    {32, "0f 6f 06", "movq mm0, [esi]"},
    {32, "0f 62 06", "punpckldq mm0, dword [esi]"},
    {32, "f3 0f 58 06", "addss xmm0, dword [esi]"},
    {32, "66 0f 58 06", "addpd xmm0, [esi]"},
    {32, "f2 0f 2a c1", "cvtsi2sd xmm0, ecx"},
    {32, "0f c4 c8 03", "pinsrw mm1, eax, 0x3"},
    {32, "0f c4 08 03", "pinsrw mm1, word [eax], 0x3"},
    {32, "0f c6 ca 1b", "shufps xmm1, xmm2, 0x1b"},
    {32, "0f ae f8", "sfence"},
    {32, "0f 18 0e", "prefetcht0 [esi]"},
    {32, "0f 1f 40 00", "nop dword [eax]"},
    /* what there is not */
    {32, "8e f8", "mov seg7, ax"},
    {32, "0f ff c0", "ud0 eax, eax"},
    {32, "0f 04", "(bad)"},
    {32, "f0 90", "(bad)"},
    {32, "8d c0", "(bad)"},
};
/* clang-format on */

static unsigned parse(const char *hex, u8 *bytes)
{
    unsigned n = 0;
    char *end;
    while (*hex) {
        bytes[n++] = (u8)strtoul(hex, &end, 16);
        hex = end + strspn(end, " ");
    }
    return n;
}

static struct decoder *decoder_of(const char *model)
{
    struct decoder *d = decoder_new(cpu_model_find(model));
    ck_assert_ptr_nonnull(d);
    return d;
}

START_TEST(test_texts)
{
    struct decoder *d = decoder_of("pentium4");
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        u8 bytes[16];
        char text[DISASM_TEXT];
        unsigned n = parse(texts[i].bytes, bytes);
        u32 mode = MODE_PE | (texts[i].bits == 32 ? MODE_CS32 : 0);
        unsigned length = disasm(d, mode, bytes, n, 0x1000, text, sizeof text);
        ck_assert_str_eq(text, texts[i].text);
        /* An undefined opcode may be known before its ModR/M byte. */
        if (strcmp(text, "(bad)") != 0)
            ck_assert_uint_eq(length, n);
        /* One byte less is too short; nothing is read behind it. */
        u8 *exact = malloc(n);
        memcpy(exact, bytes, n);
        if (strcmp(text, "(bad)") != 0) {
            ck_assert_uint_eq(disasm(d, mode, exact, n - 1, 0, text, sizeof text), 0);
            ck_assert_str_eq(text, "(short)");
        }
        free(exact);
    }
    decoder_free(d);
}
END_TEST

/* The text is that of the processor: what it does not have is bad. */
START_TEST(test_models)
{
    struct decoder *d386 = decoder_of("386"), *d486 = decoder_of("486");
    const u8 bswap[] = {0x0f, 0xc8}, arpl[] = {0x63, 0xc0};
    char text[DISASM_TEXT];
    disasm(d386, MODE_CS32 | MODE_PE, bswap, 2, 0, text, sizeof text);
    ck_assert_str_eq(text, "(bad)");
    disasm(d486, MODE_CS32 | MODE_PE, bswap, 2, 0, text, sizeof text);
    ck_assert_str_eq(text, "bswap eax");
    disasm(d486, 0, arpl, 2, 0, text, sizeof text);
    ck_assert_str_eq(text, "(bad)"); /* real mode */
    disasm(d486, MODE_PE, arpl, 2, 0, text, sizeof text);
    ck_assert_str_eq(text, "arpl ax, ax");
    decoder_free(d386);
    decoder_free(d486);
}
END_TEST

/* A small buffer cuts the text and is not overrun; random bytes end within 15. */
START_TEST(test_bounds)
{
    struct decoder *d = decoder_of("pentium4");
    u32 x = 12345;
    for (unsigned i = 0; i < 200000; i++) {
        u8 bytes[15];
        char text[DISASM_TEXT], cut[9];
        for (unsigned k = 0; k < sizeof bytes; k++)
            bytes[k] = (u8)((x = x * 1664525 + 1013904223) >> 24);
        u32 mode = x & 64 ? MODE_CS32 : 0;
        unsigned n = disasm(d, mode, bytes, 15, x, text, sizeof text);
        ck_assert(n >= 1 && n <= 15);
        ck_assert(strlen(text) < 70);
        ck_assert_uint_eq(disasm(d, mode, bytes, 15, x, cut, sizeof cut), n);
        ck_assert_int_eq(strncmp(cut, text, 8), 0);
        ck_assert(strlen(cut) <= 8);
    }
    /* Prefixes without end. */
    u8 prefixes[15];
    char text[DISASM_TEXT];
    memset(prefixes, 0x66, sizeof prefixes);
    ck_assert_uint_eq(disasm(d, MODE_CS32, prefixes, 15, 0, text, sizeof text), 15);
    ck_assert_str_eq(text, "(bad)");
    decoder_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("disasm");
    TCase *t = tcase_create("disasm");
    tcase_add_test(t, test_texts);
    tcase_add_test(t, test_models);
    tcase_add_test(t, test_bounds);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
