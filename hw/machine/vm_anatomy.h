/*
 * vm_anatomy.h - one instruction taken apart, for views: its bytes by role, the rule of each flag,
 * the row of ops.def that says all this, and what the cache of decoded blocks has made of it. What
 * its operands hold is vm_instruction.h's.
 *
 * Looking changes nothing.
 */
#ifndef FERRITE_VM_ANATOMY_H
#define FERRITE_VM_ANATOMY_H

#include "hw/machine/vm.h"

enum { VM_PARTS = 15, VM_PART_WORDS = 200, VM_RULES = 6, VM_BLOCKS_SEEN = 4, VM_ROW_OPERANDS = 3 };

struct vm_anatomy {
    unsigned len; /* 0: there is none */
    unsigned parts;
    struct vm_part {
        u8 at, len;
        const char *role; /* "prefix", "escape", "opcode", "ModRM", "SIB", "displacement", ... */
        char meaning[VM_PART_WORDS];
    } part[VM_PARTS];
    const char *operation; /* "add" */
    char row[300];         /* as it stands in ops.def; "" of what is undefined */
    char place[60];        /* "cpu/decode/ops_int.def:9" */
    unsigned operands;
    struct vm_row_operand {
        const char *kind, *words; /* "Ev", what that is */
        const char *access;       /* "read", "written", "read and written", "named" */
    } operand[VM_ROW_OPERANDS];
    unsigned rules; /* of flags that it writes */
    struct vm_rule {
        const char *name; /* "CF" */
        u8 bit;           /* of EFLAGS */
        bool maybe;       /* it may also stay as it was */
        const char *words;
    } rule[VM_RULES];
    const char *condition; /* in words; NULL: none */
    bool mapped;           /* phys: where it is */
    u32 phys;
    unsigned blocks;
    struct vm_block_seen {
        u32 phys; /* of the block's first byte */
        char mode[96];
        unsigned bytes, instructions, records, record;
        bool present; /* for the mode in which the processor is now */
        bool fused, second, straddles, patched, translated;
        u32 heat;
        struct {
            bool there;
            u32 phys;
        } way[2];
    } block[VM_BLOCKS_SEEN];
};

/* As vm_instruction(). Returns out->len. */
unsigned vm_anatomy(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_anatomy *out);

#endif
