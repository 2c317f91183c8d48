/*
 * test_assembler.c - the assembler: every row of the opcode map back from its disassembled text,
 * bytes word for word, errors, and NASM as an oracle where it is installed.
 */
#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"
#include "cpu/decode/encode.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "frontend/assembler/assembler.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- bytes, word for word ---- */

struct sample {
    const char *text, *bytes;
};

/* clang-format off */
static const struct sample samples[] = {
    {"mov ax, bx", "89 d8"},
    {"mov al, [0x1234]", "a0 34 12"},
    {"mov eax, [0x1234]", "66 a1 34 12"},
    {"mov byte [bx], 5", "c6 07 05"},
    {"mov [bx], word 5", "c7 07 05 00"},
    {"add ax, 5", "83 c0 05"},
    {"add ax, 0x500", "05 00 05"},
    {"add ax, 0xffff", "83 c0 ff"},
    {"add word [bx], strict word 5", "81 07 05 00"},
    {"and al, ~0x80", "24 7f"},
    {"imul ax, 5", "6b c0 05"},
    {"imul ecx, [bp+2], 1000", "66 69 4e 02 e8 03 00 00"},
    {"shl ax, 1", "d1 e0"},
    {"shl ax, 2", "c1 e0 02"},
    {"push 5", "6a 05"},
    {"push dword 5", "66 6a 05"},
    {"push word [es:di]", "26 ff 35"},
    {"xchg ax, bx", "93"},
    {"xchg [bx], al", "86 07"},
    {"test ax, [bx]", "85 07"},
    {"in al, dx", "ec"},
    {"out 0x20, al", "e6 20"},
    {"enter 8, 0", "c8 08 00 00"},
    {"jmp 0xffff:0", "ea 00 00 ff ff"},
    {"jmp dword 8:0x12345", "66 ea 45 23 01 00 08 00"},
    {"call far [bx]", "ff 1f"},
    {"call dword far [bx]", "66 ff 1f"},
    {"x: jmp x", "eb fe"},
    {"x: jmp near x", "e9 fd ff"},
    {"x: jc x", "72 fe"},
    {"x: loop x", "e2 fe"},
    {"x: loop x, ecx", "67 e2 fd"},
    {"x: jecxz x", "67 e3 fd"},
    {"a16 rep movsb", "f3 a4"},
    {"a32 lodsd", "66 67 ad"},
    {"rep es movsd", "f3 26 66 a5"},
    {"lock xadd [bx], ax", "f0 0f c1 07"},
    {"o32 ret", "66 c3"},
    {"pushad", "66 60"},
    {"cwde", "66 98"},
    {"mov ax, [bp]", "8b 46 00"},
    {"mov ax, [bp+si-3]", "8b 42 fd"},
    {"mov ax, [di+bx+300]", "8b 81 2c 01"},
    {"mov eax, [ebx+ecx*4+8]", "66 67 8b 44 8b 08"},
    {"mov eax, [esp]", "66 67 8b 04 24"},
    {"mov eax, [ecx*2]", "66 67 8b 04 09"},
    {"mov eax, [edi*5]", "66 67 8b 04 bf"},
    {"mov ax, [dword 8]", "67 a1 08 00 00 00"},
    {"mov ax, [byte bx+0]", "8b 47 00"},
    {"mov ds, eax", "8e d8"},
    {"mov cr0, eax", "0f 22 c0"},
    {"mov eax, dr7", "0f 21 f8"},
    {"mov tr6, eax", "0f 26 f0"},
    {"les di, [bx]", "c4 3f"},
    {"lgdt [0x500]", "0f 01 16 00 05"},
    {"movzx eax, byte [bx]", "66 0f b6 07"},
    {"aam", "d4 0a"},
    {"int3", "cc"},
    {"int 3", "cd 03"},
    {"fadd", "de c1"},
    {"fadd st1", "d8 c1"},
    {"fadd to st1", "dc c1"},
    {"faddp st2", "de c2"},
    {"fxch", "d9 c9"},
    {"fld tword [bx]", "db 2f"},
    {"fstsw ax", "9b df e0"},
    {"finit", "9b db e3"},
    {"fstcw [bx]", "9b d9 3f"},
    {"paddb mm1, [bx]", "0f fc 0f"},
    {"movd xmm1, eax", "66 0f 6e c8"},
    {"movq xmm1, [bx]", "f3 0f 7e 0f"},
    {"movsd xmm1, [bx]", "f2 0f 10 0f"},
    {"movsd", "66 a5"},
    {"cmpltps xmm1, xmm2", "0f c2 ca 01"},
    {"pause", "f3 90"},
    {"nop word [bx]", "0f 1f 07"},
    {"bits 32\nmov ax, [ebx]", "66 8b 03"},
    {"bits 32\npush word 5", "66 6a 05"},
    {"bits 32\nmov eax, ds", "8c d8"},
    {"bits 32\niretw", "66 cf"},
    /* data */
    {"db 'ab', 0x10, 10h, $10, 10b, 10q, 1_0", "61 62 10 10 10 02 08 0a"},
    {"db `a\\n\\x41\\0`, \"it's\"", "61 0a 41 00 69 74 27 73"},
    {"dw 'abc', 'a' + 1", "61 62 63 00 62 00"},
    {"dd 1.5, -2, 'ab'", "00 00 c0 3f fe ff ff ff 61 62 00 00"},
    {"dq 1.5", "00 00 00 00 00 00 f8 3f"},
    {"dt -1.5", "00 00 00 00 00 00 00 c0 ff bf"},
    {"times 3 db 1, 2", "01 02 01 02 01 02"},
    {"db 1\nalign 4\ndb 2\nalign 2, db 7\nresb 1", "01 90 90 90 02 07 00"},
    {"a equ 3\nb equ a*4+1\ndb a, b, b-a, b/a, b%a, b<<1, b>>1, b|2, b&9, b^1, !a, ~a & 0xff",
     "03 0d 0a 04 01 1a 06 0f 09 0c 00 fc"},
    {"db 1 < 2, 2 = 2, 3 != 3, 1 && 0, 1 || 0, -7 // 2, -7 %% 2", "01 01 00 00 01 fd ff"},
    {"org 0x100\ndw $, $$, x, x-$$\nx:", "00 01 00 01 08 01 08 00"},
    {"f: dw .l\n.l: dw f.l\ng:\n.l: dw .l, f.l", "02 00 02 00 04 00 02 00"},
    {"struc p\n.x: resw 1\n.y: resd 1\nendstruc\ndb p_size, p.y", "06 02"},
    {"section .bss\nv: resw 1\nw:\nsection .text\ndw w-v, v", "02 00 04 00"},
    {"section .data\ndb 1\nsection .text\ndb 2", "02 00 00 00 01"},
    {"absolute 0x46c\nticks: resd 1\nsection .text\nmov ax, [ticks]", "a1 6c 04"},
    {"[bits 32]\ninc eax", "40"},
    {"cpu 8086\njc x\ntimes 200 nop\nx:", "73 03 e9 c8 00 .."},
    {"cpu 8086\njc x\ncpu 386\njc x\ntimes 200 nop\nx:", "73 03 e9 cc 00 0f 82 c8 00 .."},
    /* the preprocessor */
    {"%define A 5\n%define twice(x) ((x)*2)\ndb A, twice(A+1), 'A', twice (3)", "05 0c 41 06"},
    {"%assign i 0\n%rep 3\ndb i\n%assign i i+1\n%endrep\ndb i", "00 01 02 03"},
    {"%rep 9\ndb 1\n%exitrep\n%endrep", "01"},
    {"%macro two 1-2 7\n%%l: db %1, %2\ndw %%l\n%endmacro\ntwo 1\ntwo 2, {3}",
     "01 07 00 00 02 03 04 00"},
    {"%macro all 1+\ndb %1\n%endmacro\nall 1, 2, 'a,b'", "01 02 61 2c 62"},
    {"%macro each 1-*\n%rep %0\ndb %1\n%rotate 1\n%endrep\n%endmacro\neach 3, 4, 5", "03 04 05"},
    {"%macro m 0\ndb 0\n%endmacro\n%macro m 1\ndb %1\n%endmacro\nm\nx: m 7\ndb x", "00 07 01"},
    {"%macro skip 1\nj%-1 %%o\njmp $\n%%o:\n%endmacro\nskip nz", "74 02 eb fe"},
    {"%macro out 2\nmov al, %2\nout %1, al\n%endmacro\nout 0x20, 3", "b0 03 e6 20"},
    {"N equ 3\n%if N > 2 && N < 5\ndb 1\n%elif N\ndb 2\n%else\ndb 3\n%endif", "01"},
    {"%ifdef X\ndb 1\n%elifndef X\ndb 2\n%endif\n%ifidn a, b\n%else\ndb 4\n%endif", "02 04"},
    {"%define a b\n%define b a\na equ 1\ndb a", "01"},
    {"%defstr s hello\n%xdefine t s\ndb t\n%define n 1\nx%+n: db x1", "68 65 6c 6c 6f 05"},
    {"\xef\xbb\xbf\x64\x62 1\r\n", "01"},
    {"db 1, \\\n2", "01 02"},
    {"x: times 3 db 0\n%if $-x > 3\n%error too long\n%endif", "00 00 00"},
    {"section .data align=16\nd: db 1\nsection .text\ndw d", "10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01"},
    {"db 5 > 2 ? 1 : 2, 0 ? 3 : 4", "01 04"},
    /* relaxation: the nearest possible, and only where it must, the long form */
    {"jmp a\ntimes 127 nop\na:", "eb 7f .."},
    {"jmp a\ntimes 128 nop\na:", "e9 80 00 .."},
    {"jz a\ntimes 128 nop\na:", "0f 84 80 00 .."},
    {"a: jmp b\njmp b\ntimes 126 nop\nb: nop", "e9 80 00 eb 7e .."},
};
/* clang-format on */

static void bytes_of(const struct sample *s, char *out, size_t room)
{
    struct assembled a;
    char line[700];
    size_t n = 0;
    if (!assemble(s->text, strlen(s->text), NULL, &a)) {
        assembled_message_text(&a, 0, line, sizeof line);
        ck_abort_msg("%s: %s", s->text, line);
    }
    out[0] = 0;
    for (size_t i = 0; i < a.size && n + 4 < room; i++)
        n += (size_t)snprintf(out + n, room - n, "%s%02x", i ? " " : "", a.bytes[i]);
    assembled_free(&a);
}

START_TEST(test_bytes)
{
    char got[400];
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        const struct sample *s = &samples[i];
        size_t n = strlen(s->bytes);
        bytes_of(s, got, sizeof got);
        if (n > 2 && strcmp(s->bytes + n - 2, "..") == 0)
            ck_assert_msg(strncmp(got, s->bytes, n - 2) == 0, "%s: %s", s->text, got);
        else
            ck_assert_msg(strcmp(got, s->bytes) == 0, "%s: %s, not %s", s->text, got, s->bytes);
    }
}
END_TEST

/* ---- errors ---- */

static const struct {
    const char *text;
    unsigned line, column;
    const char *message; /* a part of it */
} errors[] = {
    {"mvo ax, 1", 1, 1, "did you mean mov?"},
    {"nop\n  mov ax, bl", 2, 11, "ax has 16 bits, bl has 8"},
    {"mov [bx], 5", 1, 5, "Write byte, word or dword"},
    {"push [bx]", 1, 6, "Write word or dword"},
    {"fld [bx]", 1, 5, "Write dword, qword or tword"},
    {"mov byte ptr [bx], 5", 1, 10, "leave out ptr"},
    {"mov ax, offset x", 1, 9, "leave out offset"},
    {"mov ax, es:[bx]", 1, 9, "inside of the brackets"},
    {"mov ax, table[bx]", 1, 14, "the whole address"},
    {"add al, 300", 1, 9, "does not fit 8 bits"},
    {"int 300", 1, 5, "does not fit 8 bits"},
    {"dw 70000", 1, 4, "does not fit 16 bits"},
    {"jmp short x\ntimes 200 nop\nx:", 1, 11, "a short jump reaches"},
    {"x: times 200 nop\nloop x", 2, 6, "bytes away"},
    {"jmp nowhere\nnowher:", 1, 5, "did you mean nowher?"},
    {"lock add ax, bx", 1, 6, "lock goes only"},
    {"mov ax, [cx]", 1, 9, "make no address"},
    {"mov ax, [bx+eax]", 1, 9, "not both"},
    {"mov eax, [eax*3+ebx]", 1, 10, "multiplied by 1, 2, 4 or 8"},
    {"mov eax, [eax+ebx+ecx]", 1, 18, "two registers"},
    {"push", 1, 1, "does not take 0 operands"},
    {"mov cs, ax, 3", 1, 1, "does not take 3 operands"},
    {"db 'abc", 1, 4, "does not end"},
    {"db 1/0", 1, 5, "division by zero"},
    {"db (1", 1, 6, "closing )"},
    {"db 12x", 1, 4, "is no number"},
    {"x:\nx:", 2, 1, "there already, in line 1"},
    {"ax: nop", 1, 1, "is a register"},
    {"a equ b\nb equ a\ndb a", 1, 7, "depends on itself"},
    {"times -1 nop", 1, 7, "less than nothing"},
    {"times 10000000 nop", 1, 1, "more than"},
    {"align 3", 1, 7, "power of two"},
    {"nop\norg 5", 2, 1, "stands before"},
    {"section .bss\ndb 1", 2, 0, "no bytes in the file"},
    {"nop nop", 1, 5, "nobody has said what nop is"},
    {"mov ax 5", 1, 8, "does not belong here"},
    {"label", 1, 1, "a label ends with a colon"},
    {"cpu 386\nnop\nbswap eax", 3, 1, "486 has it"},
    {"cpu 486\nfadd st1\ncmovz ax, bx", 3, 1, "does not have this"},
    {"cpu z80", 1, 5, "no processor z80"},
    {"mov [bx], [si]", 1, 11, "one operand at most"},
    {"mov ds, 5", 1, 9, "no number goes into a segment register"},
    {"mov ds, es", 1, 9, "push and pop"},
    {"x: lea dx, x", 1, 12, "stands in brackets"},
    {"x: inc x", 1, 8, "a number cannot be changed"},
    {"mov 5, ax", 1, 5, "a number cannot be changed"},
    {"db 10 dup (0)", 1, 7, "times 10 db 0"},
    {"a equ b+1\nb equ c\ndb a", 2, 7, "nobody has said what c is"},
    {"a16 equ 5", 1, 5, "can be no name"},
    {"push al", 1, 6, "another size"},
    {"rep", 1, 4, "missing behind the prefix"},
    {"mov ax, dt 5", 1, 12, "does not belong here"},
    {"[nop]", 1, 2, "only a directive"},
    {"push 70000", 1, 6, "does not fit 16 bits"},
    {"x: equ $+x\ndb x", 1, 10, "depends on itself"},
    {"nop\n  %macro m\nnop\n%endmacro", 2, 3, "how many parameters"},
    {"%macro m 1\n  mvo ax, %1\n%endmacro\nnop\n   m 5", 5, 4, "did you mean mov?"},
    {"%macro m 1\nnop\n%endmacro\nm 1, 2", 4, 1, "so many parameters"},
    {"%macro m 0\nm2\n%endmacro\n%macro m2 0\nm\n%endmacro\nm", 7, 1, "no instruction m"},
    {"%if 1\nnop", 2, 1, "%endif is missing"},
    {"%endif", 1, 1, "no %if before"},
    {"%rep 2\nnop", 1, 1, "%endrep is missing"},
    {"%assign i x", 1, 1, "no addresses"},
    {"%foo", 1, 1, "not understood"},
    {"%include \"a\"", 1, 1, "there is no file a"},
    {"x: times 4 db 0\n%if $-x > 3\n%error too long\n%endif", 2, 1, "too long"},
    {"%rep 1000000000\n%endrep", 1, 1, "from 0 to"},
    {"%rep 10000\n%rep 10000\n%endrep\n%endrep", 2, 1, "too much work"},
    {"times x-$$+1 db 0\nx:", 2, 1, "do not settle"},
};

START_TEST(test_errors)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        struct assembled a;
        char line[700];
        ck_assert_msg(!assemble(errors[i].text, strlen(errors[i].text), NULL, &a), "%s: accepted",
                      errors[i].text);
        ck_assert_uint_ge(a.messages, 1);
        assembled_message_text(&a, 0, line, sizeof line);
        ck_assert_msg(strstr(line, errors[i].message) != NULL, "%s: %s", errors[i].text, line);
        ck_assert_msg(
            a.message[0].line == errors[i].line && a.message[0].column == errors[i].column,
            "%s: not at %u:%u: %s", errors[i].text, errors[i].line, errors[i].column, line);
        assembled_free(&a);
    }
}
END_TEST

/* ---- every row, from its own text ---- */

enum { BATCH = 2000 };

struct texts {
    char text[BATCH][DISASM_TEXT];
    unsigned count;
    unsigned bits;
    bool alone; /* short branches: each where it was */
    unsigned done;
};

#define AT 0x1000

/* XCHG AX, CX and XCHG CX, AX are one. */
static bool same_exchange(const char *a, const char *b)
{
    char first[DISASM_TEXT], swapped[2 * DISASM_TEXT];
    const char *comma = strstr(a, ", ");
    if (strncmp(a, "xchg ", 5) != 0 || !comma)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(comma - a - 5), a + 5);
    snprintf(swapped, sizeof swapped, "xchg %s, %s", comma + 2, first);
    return strcmp(swapped, b) == 0;
}

static void check_batch(struct texts *t, struct decoder *d)
{
    static char text[BATCH * (DISASM_TEXT + 1)];
    size_t n = 0;
    for (unsigned i = 0; i < t->count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", t->text[i]);
    struct assembler_options o = {.bits = t->bits, .origin = AT};
    struct assembled a;
    char line[700], again[DISASM_TEXT];
    if (!assemble(text, n, &o, &a)) {
        assembled_message_text(&a, 0, line, sizeof line);
        ck_abort_msg("%u bits: %s: %s", t->bits, t->text[a.message[0].line - 1], line);
    }
    ck_assert_uint_eq(a.lines, t->count);
    for (unsigned i = 0; i < t->count; i++) {
        const struct assembled_line *l = &a.line[i];
        unsigned length = disasm(d, MODE_PE | (t->bits == 32 ? MODE_CS32 : 0), a.bytes + l->offset,
                                 (unsigned)l->size, l->address, again, sizeof again);
        bool same = strcmp(again, t->text[i]) == 0 || same_exchange(again, t->text[i]);
        ck_assert_msg(length == l->size && same, "%u bits: %s became %s", t->bits, t->text[i],
                      again);
    }
    t->done += t->count;
    t->count = 0;
    assembled_free(&a);
}

/* Bytes as they come; what they are is added as text. */
static void add_bytes(struct texts *t, struct decoder *d, const u8 *bytes)
{
    struct op o;
    u32 mode = MODE_PE | (t->bits == 32 ? MODE_CS32 : 0);
    if (!decode_op(d, mode, bytes, 15, &o))
        return;
    disasm(d, mode, bytes, 15, AT, t->text[t->count], DISASM_TEXT);
    /* No such registers, though the bytes say so. */
    if (strstr(t->text[t->count], "(bad)") || strstr(t->text[t->count], "seg"))
        return;
    t->count++;
    if (t->count == (t->alone ? 1 : BATCH))
        check_batch(t, d);
}

/* Its mandatory prefix, opcode and ModR/M byte; how many bytes. */
static unsigned put_row(u8 *bytes, const struct opdef *r, u8 modrm)
{
    unsigned n = 0;
    if ((r->attr & A_PFX) && r->pfx != NP)
        bytes[n++] = r->pfx == P66 ? 0x66 : r->pfx == PF3 ? 0xf3 : 0xf2;
    if (r->map)
        bytes[n++] = 0x0f;
    bytes[n++] = r->opcode;
    if (row_has_modrm(r)) {
        if (r->rm >= 0)
            modrm = (u8)(0xc0 | r->rm);
        if (r->ext >= 0)
            modrm = (u8)((modrm & 0xc7) | r->ext << 3);
        bytes[n++] = modrm;
    }
    return n;
}

static void add_row(struct texts *t, struct decoder *d, const struct opdef *r)
{
    static const u8 modrms[] = {0x07, 0x06, 0x05, 0x04, 0x44, 0x46,
                                0x80, 0x83, 0xc1, 0xc8, 0xd3, 0xf6};
    for (unsigned sizes = 0; sizes < 4; sizes++) {
        for (unsigned m = 0; m < (row_has_modrm(r) ? ARRAY_SIZE(modrms) : 1); m++) {
            u8 bytes[20] = {0};
            unsigned n = 0;
            if (sizes & 2)
                bytes[n++] = 0x67;
            if ((sizes & 1) && (r->attr & A_PFX))
                continue;
            if (sizes & 1)
                bytes[n++] = 0x66;
            n += put_row(bytes + n, r, modrms[m]);
            static const u8 rest[] = {0x8d, 0x23, 0x51, 0x12, 0x92, 0x34, 0x56, 0x17};
            memcpy(bytes + n, rest, sizeof rest);
            add_bytes(t, d, bytes);
        }
    }
}

START_TEST(test_rows)
{
    static struct texts t;
    const struct cpu_model *model = cpu_model_find("pentium4");
    struct decoder *d = decoder_new(model);
    ck_assert_ptr_nonnull(d);
    for (t.bits = 16; t.bits <= 32; t.bits += 16) {
        for (unsigned alone = 0; alone < 2; alone++) {
            t.alone = alone;
            for (unsigned i = 0; i < opdef_count; i++)
                if (opdefs[i].map <= 1 && (opdefs[i].operand[0] == Jb) == alone)
                    add_row(&t, d, &opdefs[i]);
            if (t.count)
                check_batch(&t, d);
        }
    }
    ck_assert_uint_ge(t.done, 20000);
    decoder_free(d);
}
END_TEST

/* ---- NASM ---- */

static bool has_nasm(void)
{
    return system("nasm -v >/dev/null 2>&1") == 0;
}

/* What NASM makes of all samples, in files of a folder. */
static void nasm_all(const char *folder)
{
    char path[100], command[300];
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        snprintf(path, sizeof path, "%s/%zu.asm", folder, i);
        FILE *f = fopen(path, "wb");
        ck_assert_ptr_nonnull(f);
        fputs(samples[i].text, f);
        fclose(f);
    }
    snprintf(command, sizeof command,
             "cd %s && for f in *.asm; do nasm -w-all -f bin -o $f.bin $f 2>/dev/null; done; true",
             folder);
    ck_assert_int_eq(system(command), 0);
}

/* false: NASM has refused it. */
static bool nasm_bytes(const char *folder, size_t sample, u8 *bytes, size_t room, size_t *size)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%zu.asm.bin", folder, sample);
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    *size = fread(bytes, 1, room, f);
    fclose(f);
    return true;
}

/* Ours are the bytes of every sample that NASM takes as well. */
START_TEST(test_samples_by_nasm)
{
    static u8 bytes[4096];
    char folder[] = "/tmp/ferrite-nasm-XXXXXX", command[100];
    unsigned compared = 0;
    size_t size;
    if (!has_nasm()) {
        printf("skipped: nasm is missing (apt-get install nasm)\n");
        return;
    }
    ck_assert_ptr_nonnull(mkdtemp(folder));
    nasm_all(folder);
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        struct assembled a;
        if (!nasm_bytes(folder, i, bytes, sizeof bytes, &size))
            continue;
        ck_assert(assemble(samples[i].text, strlen(samples[i].text), NULL, &a));
        ck_assert_msg(a.size == size && memcmp(a.bytes, bytes, size) == 0,
                      "%s is something else to NASM", samples[i].text);
        compared++;
        assembled_free(&a);
    }
    ck_assert_uint_ge(compared, ARRAY_SIZE(samples) * 9 / 10);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/*
 * Every row once in each mode, with some ModR/M bytes, from its text. Left out is what NASM writes
 * otherwise on purpose: branches to numbers (near), UD0 and UD1 (with 66); FNSETPM is a label to
 * it.
 */
struct rows_text {
    char line[6000][DISASM_TEXT];
    unsigned lines;
    bool refused[6000];
};

static void collect_rows(struct rows_text *t, struct decoder *d, unsigned bits)
{
    u32 mode = MODE_PE | (bits == 32 ? MODE_CS32 : 0);
    static const u8 modrms[] = {0x07, 0x44, 0x80, 0xd1};
    for (unsigned i = 0; i < opdef_count; i++) {
        const struct opdef *r = &opdefs[i];
        if (r->map > 1 || r->operand[0] == Jb || r->operand[0] == Jz || r->operation == I_ud0 ||
            r->operation == I_ud1 || r->operation == I_fnsetpm)
            continue;
        for (unsigned m = 0; m < (row_has_modrm(r) ? ARRAY_SIZE(modrms) : 1); m++) {
            u8 bytes[20] = {0};
            unsigned n = put_row(bytes, r, modrms[m]);
            struct op o;
            memcpy(bytes + n, "\x8d\x23\x51\x12\x92", 5);
            char *text = t->line[t->lines];
            if (!decode_op(d, mode, bytes, 15, &o))
                continue;
            disasm(d, mode, bytes, 15, AT, text, DISASM_TEXT);
            t->lines += !strstr(text, "(bad)") && !strstr(text, "seg");
        }
    }
}

static void write_rows(const struct rows_text *t, unsigned bits, const char *path)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "bits %u\norg 0x1000\n", bits);
    for (unsigned i = 0; i < t->lines; i++)
        fprintf(f, "%s\n", t->refused[i] ? "" : t->line[i]);
    fclose(f);
}

/* Lines that NASM has no word for are left out; how many. */
static unsigned leave_out(struct rows_text *t, const char *path)
{
    char line[300];
    unsigned n = 0, number;
    FILE *f = fopen(path, "rb");
    while (f && fgets(line, sizeof line, f)) {
        const char *at = strstr(line, "asm:");
        if (at && sscanf(at, "asm:%u: error", &number) == 1 && number > 2 &&
            number - 3 < t->lines) {
            n += !t->refused[number - 3];
            t->refused[number - 3] = true;
        }
    }
    if (f)
        fclose(f);
    return n;
}

static void compare_rows(const struct rows_text *t, const char *folder, unsigned bits)
{
    static u8 theirs[100000];
    static char text[6000 * (DISASM_TEXT + 1)];
    char path[100];
    snprintf(path, sizeof path, "%s/r.bin", folder);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    size_t size = fread(theirs, 1, sizeof theirs, f), n = 0;
    fclose(f);
    for (unsigned i = 0; i < t->lines; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", t->refused[i] ? "" : t->line[i]);
    struct assembler_options o = {.bits = bits, .origin = AT};
    struct assembled a;
    ck_assert(assemble(text, n, &o, &a));
    for (size_t i = 0; i < a.lines; i++) {
        const struct assembled_line *l = &a.line[i];
        ck_assert_msg(l->offset + l->size <= size &&
                          memcmp(a.bytes + l->offset, theirs + l->offset, l->size) == 0,
                      "%u bits: NASM has other bytes for %s", bits, t->line[l->line - 1]);
    }
    ck_assert_uint_eq(a.size, size);
    assembled_free(&a);
}

START_TEST(test_rows_by_nasm)
{
    static struct rows_text t;
    char folder[] = "/tmp/ferrite-nasm-XXXXXX", path[100], command[300];
    struct decoder *d = decoder_new(cpu_model_find("pentium4"));
    if (!has_nasm()) {
        printf("skipped: nasm is missing (apt-get install nasm)\n");
        return;
    }
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/r.asm", folder);
    snprintf(command, sizeof command,
             "cd %s && rm -f r.bin && nasm -w-all -f bin -o r.bin r.asm 2>err", folder);
    for (unsigned bits = 16; bits <= 32; bits += 16) {
        memset(&t, 0, sizeof t);
        collect_rows(&t, d, bits);
        ck_assert_uint_ge(t.lines, 2000);
        unsigned left_out = 0, now;
        do { /* some errors are told when others are gone */
            char said[100];
            snprintf(said, sizeof said, "%s/err", folder);
            write_rows(&t, bits, path);
            now = system(command) == 0 ? 0 : leave_out(&t, said);
            left_out += now;
        } while (now);
        /* FSTPNCE, MOVZX AX, CX, a size of PUNPCKLBW's memory: no words of NASM's. */
        ck_assert_uint_le(left_out, 100);
        compare_rows(&t, folder, bits);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    decoder_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("assembler");
    TCase *t = tcase_create("assembler");
    tcase_add_test(t, test_bytes);
    tcase_add_test(t, test_errors);
    tcase_add_test(t, test_rows);
    tcase_add_test(t, test_samples_by_nasm);
    tcase_add_test(t, test_rows_by_nasm);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
