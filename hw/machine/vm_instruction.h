/*
 * vm_instruction.h - one instruction for who looks at it: its text, where it leads, which flags it
 * reads and writes, and what its operands hold before it runs.
 *
 * All of it comes from the processor's rows (cpu/decode/query.h). Looking changes nothing.
 */
#ifndef FERRITE_VM_INSTRUCTION_H
#define FERRITE_VM_INSTRUCTION_H

#include "hw/machine/vm_inspect.h"

enum vm_flow {
    VM_FLOW_NEXT,      /* to the next one */
    VM_FLOW_JUMP,      /* elsewhere */
    VM_FLOW_BRANCH,    /* elsewhere or to the next: Jcc, LOOP */
    VM_FLOW_CALL,      /* elsewhere, and back behind it: CALL, near or far */
    VM_FLOW_INTERRUPT, /* the same: INT n, INT3, INTO */
    VM_FLOW_RETURN,    /* RET, RETF */
    VM_FLOW_IRET,
    VM_FLOW_REPEAT, /* a string instruction with REP: one pass after the other */
};

enum { VM_VALUES = 12, VM_VALUE_NAME = 24 };

/* A register or a place in memory that it reads or writes. */
struct vm_value {
    char name[VM_VALUE_NAME]; /* "eax", "es", "xmm3"; of memory "" */
    bool memory;
    u32 lin;        /* of memory */
    unsigned bytes; /* 1 to 16; 0: so many as its registers say, nothing is shown */
    bool read, written;
    bool known; /* value: now, little-endian; of what is only written, what is there before */
    u8 value[16];
};

struct vm_instruction {
    unsigned len; /* 0: there is none */
    u8 bytes[15];
    char text[VM_DISASSEMBLY];
    enum vm_flow flow;
    bool direct; /* target: EIP to which it may go */
    u32 target;
    /* EFLAGS bits: read, overwritten, perhaps overwritten (a shift by a count that may be 0). */
    u32 flags_read, flags_written, flags_maybe;
    bool now;         /* the processor stands there, and what follows is known */
    bool conditional; /* Jcc, LOOP, SETcc, CMOVcc; `holds`: now */
    bool holds;
    unsigned values;
    struct vm_value value[VM_VALUES];
};

/*
 * At a linear address, for code of this size; `eip` is the offset that it has there, for targets.
 * Returns out->len.
 */
unsigned vm_instruction(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_instruction *out);
/* Of the one before which the processor stands: where it leads, and its length; 0: not there. */
enum vm_flow vm_flow_now(struct vm *vm, unsigned *len);
/* The one before which the processor stands. */
unsigned vm_instruction_now(struct vm *vm, struct vm_instruction *out);
/* What is there now: of a value that was looked at before the instruction ran. */
void vm_value_again(struct vm *vm, struct vm_value *v);

#endif
