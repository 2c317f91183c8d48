/*
 * system.h - the programs of fuzz_system.c: where things lie in memory, which segments there are,
 * and what makes the rest.
 */
#ifndef FERRITE_FUZZ_SYSTEM_H
#define FERRITE_FUZZ_SYSTEM_H

#include "cpu/decode/models.h"
#include "tests/fuzz/program.h"

/* clang-format off */
enum {
    RAM = 0x120000, INSTRUCTIONS = 8000,
    GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, TSS_TWO = 0x3100, TSS16 = 0x3200, LDT = 0x3300,
    FAR = 0x3400,                     /* far pointers, for instructions that take one from memory */
    CODE = 0x8000, HALF = 0x1000,     /* 32-bit code, then as much of 16 bits */
    END = 0x800,                      /* there some segments end, in both */
    TWIN = 0x100000 + CODE,           /* nearly the same code once more; there A20 counts, too */
    HANDLERS = 0xa000, HANDLERS16 = 0xc000, HANDLER = 128, LOW = 0xe000,
    TURNS = 0x3800,                   /* of each vector: where does its handler go on next? */
    DATA = 0x40000, DATA_BYTES = 0x4000, STACK = 0x50ff0, STACK_USER = 0x52ff0,
    TABLES = 0x80000, PDS = 0x80000,  /* two directories, */
    PT = 0x82000, PT_TWO = 0x83000,   /* a table for both, or the second one has its own, */
    PDPT = 0x84000, PAE_PD = 0x85000, PAE_PT = 0x86000,
    ROUTINES = 0x87000,               /* two pages of routines, */
    OTHERS = 0x89000,                 /* and what may be there in the second directory */
    TABLES_END = 0x8b000,
    ROUTINE = 16,                     /* so far apart; the last instruction lies in both pages */
    MMIO = 0xa0000, WINDOW = 0xb0000, /* a device; pages of code once more */
    AGAIN = 0x400000, LARGE = 0x800000, /* the same linear memory by other entries */
    VECTORS = 64, FARS = 32,
    ROOM = 96                         /* the longest item has it */
};

enum sel {
    CODE32 = 1, DATA32, USER32, USER_DATA, CODE16, DATA16, USER16, USER_DATA16, DOWN32, DOWN16,
    CONFORMING, EXECUTE, READ_ONLY, ABSENT, SHORT, HIGH, TASK, TASK_TWO, TASK16, TABLE, CALL32,
    CALL16, TASK_GATE, CODE1, DATA1, SMALL_STACK, BASED, BASED_DATA, PLAIN16, LONG, SHORT16, SELS
};
/* clang-format on */

/* Base, limit in bytes or pages, access, G and D. */
struct segment {
    u32 base, limit;
    u8 access, flags;
};
extern const struct segment segment[SELS];

struct maker {
    struct gen g;
    const struct cpu_model *model;
    u32 systems;      /* so many of a hundred change what others mean */
    u8 *low, *tables; /* memory below LOW; TABLES and what is behind it */
};

/* An instruction of 32-bit operands and addresses, whatever the code's size; its bytes. */
static inline void wide(struct gen *g, unsigned n, const u8 *bytes)
{
    if (g->code16)
        put(g, 0x6766, 2);
    for (unsigned i = 0; i < n; i++)
        put(g, bytes[i], 1);
}

static inline void plain(struct gen *g, unsigned n, const u8 *bytes)
{
    for (unsigned i = 0; i < n; i++)
        put(g, bytes[i], 1);
}
#define WIDE(...) wide(g, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})
#define PLAIN(...) plain(g, sizeof((const u8[]){__VA_ARGS__}), (const u8[]){__VA_ARGS__})

static inline void set(struct gen *g, unsigned reg, u32 value)
{
    WIDE((u8)(0xb8 + reg));
    put(g, value, 4);
}

static inline u32 one_of(struct gen *g, const u32 *list, size_t n)
{
    return list[any(g) % n];
}
#define ONE_OF(...) one_of(g, (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / 4)

/* system_items.c: the program; a selector for a far transfer, or for data; an offset in a code
 * segment; an address of something that is not only data; flags for IRET and tasks; a way out. */
void make_program(struct maker *m);
u32 door_selector(struct gen *g);
u32 data_selector(struct gen *g);
u32 target(struct gen *g, u32 sel);
u32 place(struct gen *g);
u32 eflags_bits(struct gen *g);
void iret(struct gen *g);
/* An operand of so many bytes for a far jump or call: what struct gen asks for. */
void far_pointer(struct gen *g, unsigned bytes);

/* system_tables.c: where faults and interrupts lead, the descriptors, tasks and page tables. */
void make_handlers(struct maker *m);
void make_descriptors(struct maker *m);
void make_task(struct maker *m, u32 at, bool vm);
void make_task16(struct maker *m);
void make_paging(struct maker *m);
void make_routines(struct maker *m);

#endif
