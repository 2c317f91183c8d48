/*
 * fuzz_assembler.c - texts of any content through the assembler: raw bytes, and words or whole
 * lines that mean something to it in any order. It ends, within its limits; what it refuses is said
 * with a line that exists; what it accepts has a map that lies within the bytes, and a listing.
 */
#include "frontend/assembler/assembler.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"mov ",
                                    "ax",
                                    "eax",
                                    ", ",
                                    "[",
                                    "]",
                                    "bx+si",
                                    "ebx*4+",
                                    "byte ",
                                    "word ",
                                    "dword ",
                                    "far ",
                                    "short ",
                                    "jmp ",
                                    "call ",
                                    "jz ",
                                    "loop ",
                                    "add ",
                                    "push ",
                                    "label:",
                                    "label",
                                    ".x:",
                                    ".x",
                                    "times ",
                                    "db ",
                                    "dw ",
                                    "dd ",
                                    "dq 1.5",
                                    "'text'",
                                    "equ ",
                                    "org ",
                                    "bits 32\n",
                                    "align ",
                                    "resb ",
                                    "section ",
                                    ".bss\n",
                                    "$",
                                    "$$",
                                    "+",
                                    "-",
                                    "*",
                                    "/",
                                    "(",
                                    ")",
                                    "0x7c00",
                                    "1",
                                    "-1",
                                    "65536",
                                    "rep ",
                                    "movsd\n",
                                    "lock ",
                                    "o32 ",
                                    "a32 ",
                                    "fld ",
                                    "st1",
                                    "xmm1",
                                    "mm0",
                                    "cr0",
                                    "ds",
                                    "es:",
                                    "struc s\n",
                                    "endstruc\n",
                                    "absolute ",
                                    "%define ",
                                    "%macro m 1\n",
                                    "%endmacro\n",
                                    "m ",
                                    "%1",
                                    "%if ",
                                    "%else\n",
                                    "%endif\n",
                                    "%rep 3\n",
                                    "%endrep\n",
                                    "%assign ",
                                    "%%l:",
                                    "%include \"a\"\n",
                                    "incbin \"a\"\n",
                                    "~",
                                    "!",
                                    "<<",
                                    "==",
                                    "&&",
                                    "\n",
                                    "\n",
                                    "\n",
                                    " ",
                                    "; c\n",
                                    "x"};

/* Whole lines, an @ in which is one of the things below. */
static const char *const lines[] = {"l@: mov @, @",
                                    "@ equ @",
                                    "times @ db @",
                                    "jmp @",
                                    "jz short @",
                                    "call far [@]",
                                    "add @, @",
                                    "lock xadd [@], ax",
                                    "dw @, @",
                                    "dd 1.@e5, '@'",
                                    "align @",
                                    "align 16, db @",
                                    "section @ align=8",
                                    "[section .bss]",
                                    "__?SECT?__",
                                    "absolute @",
                                    "struc s@",
                                    ".f: resw @",
                                    "endstruc",
                                    "cpu 8086",
                                    "cpu p3",
                                    "cpu @",
                                    "db `\\x4@\\n\\07@`",
                                    "jc near @",
                                    "bits 32",
                                    "org @",
                                    "resb @",
                                    "%define @ @",
                                    "%define F(a,b) a+b*@",
                                    "db F(@, @)",
                                    "%xdefine @ @ %+ @",
                                    "%assign @ @+1",
                                    "%undef @",
                                    "%macro m@ 1-3 @, @",
                                    "%macro q 2+",
                                    "db %1, %0, %{2}",
                                    "%%l: j%-1 %%l",
                                    "%rotate @",
                                    "%endmacro",
                                    "m@ @, {@}",
                                    "q @, @, @",
                                    "%rep @",
                                    "%exitrep",
                                    "%endrep",
                                    "%if @",
                                    "%if $-$$ > @",
                                    "%error @",
                                    "%ifdef @",
                                    "%elifidn @, @",
                                    "%ifempty @",
                                    "%else",
                                    "%endif",
                                    "%defstr @ @",
                                    "%strlen @ '@'",
                                    "%include \"a\"",
                                    "incbin \"a\", @, @",
                                    "fld tword [@]",
                                    "movsd xmm0, [@]",
                                    "push @",
                                    "out @, al",
                                    "enter @, @",
                                    "jmp @:@",
                                    "loop @, ecx",
                                    "db @ ? @ : @",
                                    "mov eax, [es:@*4+eax]",
                                    "rep movsb",
                                    "@"};
static const char *const fillings[] = {
    "x",  "y",   "l1", "l2",  "3",     "-1",  "0x7fff", "65536", "0xffffffff",
    "$",  "$$",  "ax", "eax", "bx+si", "ebx", "1/0",    "n",     "(n+1)*2",
    "~x", "x-y", ".f", "s1",  "z",     "nz",  "",       "'ab'",  "1 << 40"};

/* A line of choices; its length. */
static size_t put_line(struct choices *c, char *out)
{
    size_t n = 0;
    for (const char *p = lines[choose8(c) % ARRAY_SIZE(lines)]; *p; p++) {
        if (*p == '@')
            n += (size_t)sprintf(out + n, "%s", fillings[choose8(c) % ARRAY_SIZE(fillings)]);
        else
            out[n++] = *p;
    }
    out[n++] = '\n';
    return n;
}

static bool include(void *opaque, const char *name, const char *from, char **text, size_t *size)
{
    (void)opaque, (void)from;
    if (strcmp(name, "a") != 0 || !(*text = malloc(40)))
        return false;
    memcpy(*text, "label2: mov ax, bx\n%include \"a\"\n", 33);
    *size = 33;
    return true;
}

static void check(const struct assembled *a, bool good)
{
    char line[700];
    if (!good && !a->messages)
        abort();
    for (unsigned i = 0; i < a->messages; i++) {
        assembled_message_text(a, i, line, sizeof line);
        if (strchr(line, '\n') || (a->message[i].line && a->message[i].file >= a->files))
            abort();
    }
    for (size_t i = 0; i < a->lines; i++)
        if (a->line[i].size &&
            (a->line[i].offset > a->size || a->line[i].size > a->size - a->line[i].offset))
            abort();
    if (good) {
        char *list = assembled_listing(a);
        if (!list)
            abort();
        free(list);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    static char room[20000];
    size_t n = 0;
    u8 how = choose8(&c);
    while (choices_left(&c) && n + 200 < sizeof room && how & 16)
        n += put_line(&c, room + n);
    while (choices_left(&c) && n + 200 < sizeof room) {
        u8 b = choose8(&c);
        if ((how & 1) && b < ARRAY_SIZE(words))
            n += (size_t)snprintf(room + n, 40, "%s", words[b]);
        else
            room[n++] = (char)b;
    }
    char *exact = malloc(n ? n : 1); /* for a sanitizer to see its end */
    if (!exact)
        abort();
    memcpy(exact, room, n);
    struct assembler_options o = {.bits = how & 2 ? 32 : 16,
                                  .origin = how & 4 ? 0x7c00 : 0,
                                  .limit = 65536,
                                  .include = how & 8 ? include : NULL};
    struct assembled a;
    check(&a, assemble(exact, n, &o, &a));
    assembled_free(&a);
    free(exact);
    return 0;
}
