/*
 * vm_look.h - what decides where an address leads and whether an interrupt comes, for people:
 * page tables, TLBs, interrupt controllers, PCI functions, blocks of decoded code.
 *
 * Looking changes nothing: no accessed bit, no TLB entry, no register of a device.
 */
#ifndef FERRITE_VM_LOOK_H
#define FERRITE_VM_LOOK_H

#include "hw/machine/vm.h"

enum { VM_WORDS = 160 };

/* ---- page tables: one linear address, level by level ---- */

struct vm_walk_step {
    const char *table; /* "PDPTE", "PDE", "PTE" */
    u32 index;         /* of the entry in its table */
    u32 at;            /* its physical address; of a PDPTE, the number in the processor */
    u64 entry;
    bool large; /* the last one: a page of 2 or 4 MiB */
};

struct vm_walk {
    bool paging, pae;
    u32 cr3;
    unsigned steps;
    struct vm_walk_step step[3];
    /* By who asks (0 supervisor, 1 user) and how (0 read, 1 write, 2 execute). */
    struct vm_walk_access {
        bool allowed;
        char why[VM_WORDS]; /* "" or why not */
    } access[2][3];
    bool mapped; /* for a supervisor's read: */
    u32 phys;
    char memory[40]; /* what is there: "RAM", "ROM", a device's window, "nothing" */
};

void vm_walk(struct vm *vm, u32 lin, struct vm_walk *out);

struct vm_mapping {
    u32 first, last; /* linear addresses with the same rights, wherever they lead */
    bool user, writable;
};

/*
 * What the page tables map, range by range from *at = 0 on; false: no more, or paging is off.
 * Rights are those of all levels together, without CR0.WP.
 */
bool vm_mapping_next(struct vm *vm, u64 *at, struct vm_mapping *out);

/* ---- TLBs ---- */

struct vm_tlb_entry {
    bool code, user; /* of which of the four tables */
    u32 page, phys;
    u8 shift; /* log2 of the page's size */
    bool writable, global;
};

/* The valid entries one after the other, from *at = 0 on; false: no more. */
bool vm_tlb_next(const struct vm *vm, u32 *at, struct vm_tlb_entry *out);

/* ---- interrupts ---- */

enum { VM_LINES = 16 };

struct vm_line {
    bool requested, in_service, masked;
    u8 vector;
    char why[VM_WORDS]; /* requested: what becomes of it */
};

struct vm_interrupts {
    bool enabled;   /* IF */
    bool held;      /* for one instruction, by STI or MOV SS */
    bool signalled; /* the processor's INTR pin */
    bool nmi, nmi_blocked;
    bool apic;     /* the local APIC is enabled */
    int apic_next; /* its highest request, a vector; -1: none */
    u8 apic_priority;
    struct vm_line line[VM_LINES]; /* of the two 8259s */
    char next[VM_WORDS];           /* what happens before the next instruction */
};

void vm_interrupts(const struct vm *vm, struct vm_interrupts *out);

/* ---- PCI ---- */

enum { VM_PCI_WINDOWS = 8 };

struct vm_pci {
    u8 slot, function;
    const char *name;
    u16 vendor, device, class;
    u8 prog_if, revision;
    u8 pin, line; /* 0: no interrupt; as the guest has set it */
    bool asserted;
    struct vm_pci_window {
        const char *kind; /* "ports", "memory", "ROM"; NULL: there is none */
        u32 at, size;
        bool mapped; /* it decodes now */
    } window[VM_PCI_WINDOWS];
};

/* The functions by number; false: no more. */
bool vm_pci(const struct vm *vm, unsigned i, struct vm_pci *out);

/* ---- devices that there could be ---- */

struct vm_property {
    const char *name, *doc;
    const char *type;    /* "bool", "uint8", "uint16", "uint32", "str" */
    const char *initial; /* as a user would write it; NULL: none */
};

/* The properties of what -device names so, by number. false: no more; or, with err, no device. */
bool vm_device_property(const char *model, unsigned i, struct vm_property *out, struct err *e);

/* ---- the processor's cache of decoded code; events to come ---- */

struct vm_blocks {
    u64 decoded, dropped, flushes; /* since power-on */
    u64 bytes;                     /* of memory in use */
    u32 pages;                     /* of the guest's memory that hold decoded code */
};

void vm_blocks(const struct vm *vm, struct vm_blocks *out);

struct vm_clock {
    u64 next;   /* ns until the next event, UINT64_MAX: none is due */
    u64 fired;  /* events since the machine was made */
    u32 timers; /* that are armed */
};

void vm_clock(const struct vm *vm, struct vm_clock *out);

#endif
