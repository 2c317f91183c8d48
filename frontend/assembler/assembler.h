/*
 * assembler.h - a small assembler for learning: NASM-like text to bytes, by the rows that decode
 * and disassemble (cpu/decode/encode.h). What it understands is in README.md.
 *
 * Needs no machine, no files and nothing of the host. Takes bounded memory and time on any text.
 */
#ifndef FERRITE_ASSEMBLER_H
#define FERRITE_ASSEMBLER_H

#include "hw/base/types.h"

struct assembler_define {
    const char *name, *value; /* as by %define; value may be NULL: 1 */
};

struct assembler_options {
    const char *file; /* for messages; NULL: "input" */
    unsigned bits;    /* 16 (also when 0) or 32, until a BITS line */
    u32 origin;       /* address of the first byte, until an ORG line */
    size_t limit;     /* bytes of output at most; 0: 4 MiB */
    const struct assembler_define *define;
    unsigned defines;
    /*
     * %include and incbin: a file of this name, asked for by `from`; memory of malloc(). NULL, or
     * false: there is none. Whoever assembles foreign text gives none.
     */
    bool (*include)(void *opaque, const char *name, const char *from, char **text, size_t *size);
    void *opaque;
};

/* Which bytes a line has become; in the order of addresses within each section. */
struct assembled_line {
    unsigned file; /* index of assembled.file */
    unsigned line; /* from 1 */
    u32 address;
    size_t offset; /* in assembled.bytes */
    size_t size;   /* 0: nothing but a label, or reserved space behind the last byte */
};

struct assembled_symbol {
    const char *name; /* local labels with their parent's: "main.loop" */
    s64 value;
    bool label; /* an address, and no EQU */
};

struct assembled_message {
    unsigned file, line, column; /* from 1; line 0: about the whole */
    const char *text;
};

struct assembled {
    u8 *bytes;
    size_t size;
    u32 origin;
    struct assembled_line *line;
    size_t lines;
    struct assembled_symbol *symbol;
    size_t symbols;
    const char **file;
    unsigned files;
    struct assembled_message *message; /* errors; at most 20 */
    unsigned messages;
    struct assembler *of; /* owns all texts */
};

/*
 * Assemble a text. true: bytes, lines and symbols are filled. false: messages say why. `out` is
 * freed by assembled_free() in either case.
 */
bool assemble(const char *text, size_t size, const struct assembler_options *options,
              struct assembled *out);
void assembled_free(struct assembled *a);

/* "file:line:column: text"; cut to fit. */
void assembled_message_text(const struct assembled *a, unsigned message, char *out, size_t room);
/* The listing: number, address, bytes and text of each line. NULL: out of memory; free() it. */
char *assembled_listing(const struct assembled *a);

#endif
