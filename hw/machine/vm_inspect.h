/*
 * vm_inspect.h - the inside of a machine for debuggers: registers, memory by linear address,
 * instructions as text, points at which it stops, single instructions.
 *
 * Looking changes nothing in the guest, and neither do points: a run with them is the run without,
 * to the last bit (cpu/inspect.h). Setting registers and memory is input, but no journal holds it:
 * it is a barrier (vm_barriers()), behind which no timeline goes back. All of this between two
 * calls of vm_run().
 */
#ifndef FERRITE_VM_INSPECT_H
#define FERRITE_VM_INSPECT_H

#include "hw/machine/vm.h"

/* ---- registers ---- */

enum { VM_EAX, VM_ECX, VM_EDX, VM_EBX, VM_ESP, VM_EBP, VM_ESI, VM_EDI, VM_GENERAL };
enum { VM_ES, VM_CS, VM_SS, VM_DS, VM_FS, VM_GS, VM_SEGMENTS };

struct vm_segment {
    u16 sel;
    u32 base, limit; /* limit in bytes */
    u16 attr;        /* bits 8-23 of the descriptor's second half */
    bool usable;     /* false: a null selector */
};

struct vm_table {
    u32 base;
    u16 limit;
};

struct vm_registers {
    u32 gpr[VM_GENERAL];
    u32 eip, eflags;
    struct vm_segment seg[VM_SEGMENTS], ldtr, tr;
    struct vm_table gdtr, idtr;
    u32 cr0, cr2, cr3, cr4;
    u32 dr[8];
    u16 fcw, fsw, ftw; /* ftw: two bits a register, as FNSTENV stores it */
    u16 fop, fcs, fds;
    u32 fip, fdp;
    u8 st[8][10]; /* ST(0) first */
    u8 xmm[8][16];
    u32 mxcsr;
    /* What follows from them. */
    u8 cpl;
    bool protected_mode, v86, paging;
    bool code32, stack32; /* the default sizes of CS and SS */
    bool halted;
    bool held; /* interrupts are held for one instruction: STI, MOV SS */
};

void vm_registers(const struct vm *vm, struct vm_registers *r);
/*
 * What differs in general registers, EIP, EFLAGS but for VM, selectors (the descriptor is loaded
 * as MOV does; CS only in real and virtual-8086 mode), control and debug registers, x87 and SSE. A
 * processor cannot be put into a state that instructions do not reach: false + err, and perhaps a
 * part is set.
 */
bool vm_set_registers(struct vm *vm, const struct vm_registers *r, struct err *e);

/* ---- memory ---- */

/*
 * By linear address, with the rights of ring 0, through the page tables as they are in memory. The
 * number of bytes up to the first that is not there: a page that is not present, and what devices
 * answer for (reading might change them), but for the display's window.
 */
u32 vm_linear_read(struct vm *vm, u32 lin, void *buf, u32 len);
/* The same by physical address. */
u32 vm_physical_read(struct vm *vm, u32 addr, void *buf, u32 len);
/* RAM only, whatever the page tables say of writing; what is decoded of it is decoded anew. */
u32 vm_linear_write(struct vm *vm, u32 lin, const void *buf, u32 len);
/* Where it leads now; false: nowhere. */
bool vm_linear_to_physical(struct vm *vm, u32 lin, u32 *phys);
/*
 * The base of a selector: in real and virtual-8086 mode 16 times it, else what the descriptor says;
 * false + err: there is none.
 */
bool vm_selector_base(struct vm *vm, u16 sel, u32 *base, struct err *e);
/* Is the page of this linear address read-only memory (code there cannot be patched)? */
bool vm_linear_is_rom(struct vm *vm, u32 lin);

enum { VM_DISASSEMBLY = 96 };
/*
 * The instruction at a linear address, for code of this size; `shown` is its address for branch
 * targets. The length; 0 and "(not there)" when there is none.
 */
unsigned vm_disassemble(struct vm *vm, u32 lin, u32 shown, bool code32, char *text, size_t size);
/* The same at a physical address, as if the code ran there. */
unsigned vm_disassemble_physical(struct vm *vm, u32 addr, bool code32, char *text, size_t size);

/* ---- points ---- */

enum vm_point_kind {
    VM_POINT_EXECUTE,
    VM_POINT_WRITE,
    VM_POINT_READ,
    VM_POINT_ACCESS,
    VM_POINT_PORT,   /* lin: the first, len: how many */
    VM_POINT_VECTOR, /* likewise; of an interrupt, an exception, INT n */
    VM_POINT_MODE,   /* the processor's mode has changed */
    VM_POINT_TASK,   /* a hardware task switch */
    VM_POINT_SCREEN, /* the display's memory or a register of it was written */
};

/* vm_point.how, any of them; vm_point_hit.how, which. */
enum { VM_PORT_IN = 1, VM_PORT_OUT = 2 };
enum { VM_VECTOR_FAULT = 1, VM_VECTOR_IRQ = 2, VM_VECTOR_INT = 4 };
enum {
    VM_MODE_OPERATION = 1, /* real, protected, virtual-8086; paging on and off */
    VM_MODE_RING = 2,
    VM_MODE_SIZE = 4, /* 16- or 32-bit code */
};
/* The mode in vm_point_hit: the ring, and these. */
#define VM_MODE_PE 4u
#define VM_MODE_V86 8u
#define VM_MODE_PAGING 16u
#define VM_MODE_CODE32 32u

struct vm_point {
    enum vm_point_kind kind;
    u32 lin, len; /* len: of data */
    bool far;     /* VM_POINT_EXECUTE: only while CS holds `sel` */
    u16 sel;
    u8 how;
};

static inline bool vm_point_same(const struct vm_point *a, const struct vm_point *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VM_POINT_EXECUTE:
        return a->lin == b->lin && a->far == b->far && (!a->far || a->sel == b->sel);
    case VM_POINT_MODE:
        return a->how == b->how;
    case VM_POINT_TASK:
    case VM_POINT_SCREEN:
        return true;
    default:
        return a->lin == b->lin && a->len == b->len && a->how == b->how;
    }
}

/*
 * vm_run() stops with VM_POINT before such an instruction, and after one with such an access or
 * event - for a vector, before the first instruction of the handler; the next one goes on from
 * there. The same point may be set several times, and is there until it is
 * cleared as often.
 */
bool vm_point_set(struct vm *vm, const struct vm_point *p, struct err *e);
bool vm_point_clear(struct vm *vm, const struct vm_point *p); /* false: it is not there */
void vm_points_clear(struct vm *vm);
/* Of the last VM_POINT: which, and the address. */
struct vm_point_hit {
    struct vm_point point;
    u32 lin, len; /* the instruction's, the access's; port, vector; mode or TSS before */
    bool write;
    u8 how;
    u32 value; /* through the port; an exception's code; mode or TSS now */
};
const struct vm_point_hit *vm_point_hit(const struct vm *vm);
/* The next run does not stop at the instruction at which the machine is now, as after a stop there.
 */
void vm_points_pass(struct vm *vm);
/* No point stops the machine until they are held no more: for whoever goes somewhere. */
void vm_points_hold(struct vm *vm, bool on);

/* ---- running exactly so far ---- */

/*
 * As vm_run(); VM_GOAL when so many instructions have been executed since power-on. One pass of a
 * repeated string instruction is an instruction. What the last one caused has been delivered; an
 * interrupt that is due has not.
 */
enum vm_stop vm_run_to(struct vm *vm, u64 until, u64 instructions);
/* Will an interrupt be taken before the next instruction? */
bool vm_interrupt_due(const struct vm *vm);

#endif
