/*
 * wasm_host.h - what the WebAssembly translator asks of the JavaScript around it
 * (frontend/web/translator.js).
 */
#ifndef FERRITE_WASM_HOST_H
#define FERRITE_WASM_HOST_H

#include "hw/base/types.h"

/*
 * Compile a module (wasm_code.h), give it this program's memory and the functions that it names by
 * their places in the table of functions, and put what it exports into that table. Returns its
 * place there, 0: the host does not want it.
 */
u32 wasm_host_make(const u8 *bytes, u32 size);
/* Has the host the instructions of vectors of 128 bits? */
u32 wasm_host_vectors(void);
void wasm_host_drop(u32 place); /* which may be used again */

#endif
