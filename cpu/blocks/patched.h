/*
 * patched.h - constants inside of instructions that the program writes anew again and again: an
 * immediate or a displacement, as in drawing loops that are given their colour or width that way.
 *
 * Decoding a block anew for each of them costs more than it runs. So when the same bytes of an
 * instruction have dropped its block some times, before the block was worth translating, the next
 * block leaves these bytes out of the map of code: stores to them are stores to data. A record
 * before the instruction's (exec_patched) looks whether they have changed, and takes the constant
 * over. Bytes that do not change any more make an ordinary block again.
 */
#ifndef FERRITE_CPU_PATCHED_H
#define FERRITE_CPU_PATCHED_H

#include "cpu/blocks/block.h"

/* This store drops the block: are its bytes part of one instruction? */
void patched_note(struct block_cache *bc, const struct block *b, u32 addr, u32 len);

/*
 * Put the records in, among the `ops` that begin at op[0] of a block that is being made; at most
 * `room` of them. Returns how many there are then.
 */
unsigned patched_records(struct cpu *c, struct block *b, struct op *op, unsigned ops,
                         unsigned room);

/* The first bytes from offset `at` of the block on that are no code to the map; false: none. */
bool patched_bytes(const struct block *b, u32 at, u32 *from, u32 *to);

#endif
