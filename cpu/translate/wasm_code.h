/*
 * wasm_code.h - bytes of WebAssembly: instructions into a buffer, and a module around one function.
 * WebAssembly Core Specification 1.0, chapter 5 (binary format); sign extension is of 2.0.
 *
 * Nothing here knows the guest. What does not fit into the buffer is dropped, and `overflow` says
 * so: look at it once, at the end.
 */
#ifndef FERRITE_WASM_CODE_H
#define FERRITE_WASM_CODE_H

#include "hw/base/types.h"

#include <stddef.h>

struct wasm_code {
    u8 *bytes;
    u32 used, size;
    bool overflow;
};

/* clang-format off */
enum wasm_op {
    W_UNREACHABLE = 0x00, W_BLOCK = 0x02, W_LOOP = 0x03, W_IF = 0x04, W_ELSE = 0x05, W_END = 0x0b,
    W_BR = 0x0c, W_BR_IF = 0x0d, W_BR_TABLE = 0x0e, W_RETURN = 0x0f,
    W_CALL = 0x10, W_CALL_INDIRECT = 0x11, W_DROP = 0x1a, W_SELECT = 0x1b,
    W_GET = 0x20, W_SET = 0x21, W_TEE = 0x22,
    W_LOAD = 0x28, W_LOAD64 = 0x29,
    W_LOAD8S = 0x2c, W_LOAD8 = 0x2d, W_LOAD16S = 0x2e, W_LOAD16 = 0x2f,
    W_STORE = 0x36, W_STORE64 = 0x37, W_STORE8 = 0x3a, W_STORE16 = 0x3b,
    W_CONST = 0x41, W_CONST64 = 0x42,
    W_EQZ = 0x45, W_EQ = 0x46, W_NE = 0x47, W_LT_S = 0x48, W_LT_U = 0x49, W_GT_S = 0x4a,
    W_GT_U = 0x4b, W_LE_S = 0x4c, W_LE_U = 0x4d, W_GE_S = 0x4e, W_GE_U = 0x4f,
    W_EQZ64 = 0x50, W_EQ64 = 0x51, W_NE64 = 0x52, W_LT_S64 = 0x53, W_GT_S64 = 0x55,
    W_CLZ = 0x67, W_CTZ = 0x68, W_POPCNT = 0x69,
    W_ADD = 0x6a, W_SUB = 0x6b, W_MUL = 0x6c, W_DIV_S = 0x6d, W_DIV_U = 0x6e,
    W_REM_S = 0x6f, W_REM_U = 0x70, W_AND = 0x71, W_OR = 0x72, W_XOR = 0x73,
    W_SHL = 0x74, W_SHR_S = 0x75, W_SHR_U = 0x76, W_ROTL = 0x77, W_ROTR = 0x78,
    W_ADD64 = 0x7c, W_SUB64 = 0x7d, W_MUL64 = 0x7e, W_DIV_S64 = 0x7f, W_DIV_U64 = 0x80,
    W_REM_S64 = 0x81, W_REM_U64 = 0x82,
    W_AND64 = 0x83, W_OR64 = 0x84, W_SHL64 = 0x86, W_SHR_S64 = 0x87, W_SHR_U64 = 0x88,
    W_WRAP = 0xa7, W_EXTEND_S = 0xac, W_EXTEND_U = 0xad,
    W_EXTEND8 = 0xc0, W_EXTEND16 = 0xc1
};
/* clang-format on */
#define W_VOID 0x40u
#define W_I32 0x7fu
#define W_I64 0x7eu

void wasm_byte(struct wasm_code *w, unsigned byte);
void wasm_u32(struct wasm_code *w, u32 v); /* LEB128 */
void wasm_s64(struct wasm_code *w, s64 v); /* likewise, signed */

/* The function types of a module, by number. */
enum wasm_type {
    WASM_HANDLER, /* (i32, i32, i64) -> i64: a handler of the interpreter */
    WASM_FLAGS    /* (i32, i32, i32, i32, i32) -> i32 */
};
/* The functions of a module: a helper that the other one calls, and the one that is exported. */
enum wasm_function { WASM_HELPER, WASM_EXPORTED };

/* A function's locals behind its parameters, i32 and then i64, and its instructions with the last
 * END. */
struct wasm_body {
    u32 i32s, i64s;
    const struct wasm_code *code;
};

/*
 * A module that imports the memory ("e", "m") and the table of functions ("e", "t"), and exports
 * the second function as "f". The helper is of type WASM_FLAGS, the other one of WASM_HANDLER.
 */
void wasm_module(struct wasm_code *out, const struct wasm_body *helper,
                 const struct wasm_body *function);

#endif
