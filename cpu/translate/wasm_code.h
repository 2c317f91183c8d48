/*
 * wasm_code.h - bytes of WebAssembly: instructions into a buffer, and a module around one function.
 * WebAssembly Core Specification 1.0, chapter 5 (binary format); sign extension and vectors are of
 * 2.0.
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
    W_LOAD = 0x28, W_LOAD64 = 0x29, W_LOAD_F32 = 0x2a, W_LOAD_F64 = 0x2b,
    W_LOAD8S = 0x2c, W_LOAD8 = 0x2d, W_LOAD16S = 0x2e, W_LOAD16 = 0x2f,
    W_STORE = 0x36, W_STORE64 = 0x37, W_STORE_F32 = 0x38, W_STORE_F64 = 0x39,
    W_STORE8 = 0x3a, W_STORE16 = 0x3b,
    W_CONST = 0x41, W_CONST64 = 0x42, W_CONST_F32 = 0x43, W_CONST_F64 = 0x44,
    W_EQZ = 0x45, W_EQ = 0x46, W_NE = 0x47, W_LT_S = 0x48, W_LT_U = 0x49, W_GT_S = 0x4a,
    W_GT_U = 0x4b, W_LE_S = 0x4c, W_LE_U = 0x4d, W_GE_S = 0x4e, W_GE_U = 0x4f,
    W_EQZ64 = 0x50, W_EQ64 = 0x51, W_NE64 = 0x52, W_LT_S64 = 0x53, W_LT_U64 = 0x54, W_GT_S64 = 0x55,
    W_EQ_F32 = 0x5b, W_NE_F32, W_LT_F32, W_GT_F32, W_LE_F32, W_GE_F32,
    W_EQ_F64 = 0x61, W_NE_F64, W_LT_F64, W_GT_F64, W_LE_F64, W_GE_F64,
    W_CLZ = 0x67, W_CTZ = 0x68, W_POPCNT = 0x69,
    W_ADD = 0x6a, W_SUB = 0x6b, W_MUL = 0x6c, W_DIV_S = 0x6d, W_DIV_U = 0x6e,
    W_REM_S = 0x6f, W_REM_U = 0x70, W_AND = 0x71, W_OR = 0x72, W_XOR = 0x73,
    W_SHL = 0x74, W_SHR_S = 0x75, W_SHR_U = 0x76, W_ROTL = 0x77, W_ROTR = 0x78,
    W_ADD64 = 0x7c, W_SUB64 = 0x7d, W_MUL64 = 0x7e, W_DIV_S64 = 0x7f, W_DIV_U64 = 0x80,
    W_REM_S64 = 0x81, W_REM_U64 = 0x82,
    W_AND64 = 0x83, W_OR64 = 0x84, W_SHL64 = 0x86, W_SHR_S64 = 0x87, W_SHR_U64 = 0x88,
    W_ABS_F32 = 0x8b, W_NEAREST_F32 = 0x90, W_SQRT_F32, W_ADD_F32, W_SUB_F32, W_MUL_F32, W_DIV_F32,
    W_ABS_F64 = 0x99, W_NEAREST_F64 = 0x9e, W_SQRT_F64, W_ADD_F64, W_SUB_F64, W_MUL_F64, W_DIV_F64,
    W_WRAP = 0xa7, W_TRUNC_F64 = 0xaa, W_EXTEND_S = 0xac, W_EXTEND_U = 0xad,
    W_CONVERT_F32 = 0xb2, W_DEMOTE = 0xb6, W_CONVERT_F64 = 0xb7, W_PROMOTE = 0xbb,
    W_EXTEND8 = 0xc0, W_EXTEND16 = 0xc1,
    W_VECTOR = 0xfd /* before an enum wasm_vector */
};
/* Of 2.0, by the shape of the lanes. */
enum wasm_vector {
    V_LOAD = 0x00, V_STORE = 0x0b, V_CONST = 0x0c, V_SHUFFLE = 0x0d,
    V_SPLAT_I64 = 0x12, V_EXTRACT_I64 = 0x1d,
    V_EQ_I8 = 0x23, V_GT_I8 = 0x27, V_EQ_I16 = 0x2d, V_GT_I16 = 0x31, V_EQ_I32 = 0x37,
    V_GT_I32 = 0x3b,
    V_EQ_F32 = 0x41, V_NE_F32, V_LT_F32, V_GT_F32, V_LE_F32, V_GE_F32,
    V_EQ_F64 = 0x47, V_NE_F64, V_LT_F64, V_GT_F64, V_LE_F64, V_GE_F64,
    V_AND = 0x4e, V_ANDNOT, V_OR, V_XOR,
    V_STORE64_LANE = 0x5b, V_LOAD32 = 0x5c, V_LOAD64 = 0x5d, V_PROMOTE = 0x5f,
    V_BITMASK_I8 = 0x64, V_NARROW_S_I16 = 0x65, V_NARROW_U_I16 = 0x66, V_NEAREST_F32 = 0x6a,
    V_ADD_I8 = 0x6e, V_ADD_SAT_S_I8, V_ADD_SAT_U_I8, V_SUB_I8, V_SUB_SAT_S_I8, V_SUB_SAT_U_I8,
    V_MIN_U_I8 = 0x77, V_MAX_U_I8 = 0x79, V_AVERAGE_I8 = 0x7b,
    V_PAIRS_U_I8 = 0x7d, V_PAIRS_U_I16 = 0x7f, V_NARROW_S_I32 = 0x85,
    V_SHL_I16 = 0x8b, V_SHR_S_I16, V_SHR_U_I16,
    V_ADD_I16 = 0x8e, V_ADD_SAT_S_I16, V_ADD_SAT_U_I16, V_SUB_I16, V_SUB_SAT_S_I16, V_SUB_SAT_U_I16,
    V_MUL_I16 = 0x95, V_MIN_S_I16 = 0x96, V_MAX_S_I16 = 0x98, V_AVERAGE_I16 = 0x9b,
    V_ALL_TRUE_I32 = 0xa3, V_BITMASK_I32 = 0xa4, V_SHL_I32 = 0xab, V_SHR_S_I32, V_SHR_U_I32,
    V_ADD_I32 = 0xae, V_SUB_I32 = 0xb1, V_DOT_I16 = 0xba,
    V_PRODUCT_LOW_S_I16 = 0xbc, V_PRODUCT_HIGH_S_I16, V_PRODUCT_LOW_U_I16, V_PRODUCT_HIGH_U_I16,
    V_ALL_TRUE_I64 = 0xc3, V_BITMASK_I64 = 0xc4, V_SHL_I64 = 0xcb, V_SHR_S_I64, V_SHR_U_I64,
    V_ADD_I64 = 0xce, V_SUB_I64 = 0xd1, V_PRODUCT_LOW_U_I32 = 0xde,
    V_ABS_F32 = 0xe0, V_SQRT_F32 = 0xe3, V_ADD_F32, V_SUB_F32, V_MUL_F32, V_DIV_F32,
    V_PMIN_F32 = 0xea, V_PMAX_F32,
    V_ABS_F64 = 0xec, V_SQRT_F64 = 0xef, V_ADD_F64, V_SUB_F64, V_MUL_F64, V_DIV_F64,
    V_PMIN_F64 = 0xf6, V_PMAX_F64,
    V_TRUNC_F32 = 0xf8, V_CONVERT_F32 = 0xfa, V_CONVERT_F64 = 0xfe
};
/* clang-format on */
#define W_VOID 0x40u
#define W_I32 0x7fu
#define W_I64 0x7eu
#define W_F32 0x7du
#define W_F64 0x7cu
#define W_V128 0x7bu

void wasm_byte(struct wasm_code *w, unsigned byte);
void wasm_u32(struct wasm_code *w, u32 v); /* LEB128 */
void wasm_s64(struct wasm_code *w, s64 v); /* likewise, signed */

/* The function types of a module, by number. */
enum wasm_type {
    WASM_HANDLER, /* (i32, i32, i64) -> i64: a handler of the interpreter */
    WASM_FLAGS    /* (i32, i32, i32, i32, i32) -> i32 */
};

/* A function of this program that a module calls: its place in the table of functions. */
struct wasm_import {
    u32 place;
    enum wasm_type type;
};

/* A function's locals behind its parameters, so many of a type in this order, and its
 * instructions with the last END. */
#define WASM_LOCAL_TYPES 5u
struct wasm_body {
    struct {
        u32 count;
        u8 type;
    } locals[WASM_LOCAL_TYPES];
    const struct wasm_code *code;
};

/*
 * A module that imports the memory ("e", "m") and functions ("h", the place in decimal figures),
 * which are called by their numbers here, and exports a function of type WASM_HANDLER as "f".
 */
void wasm_module(struct wasm_code *out, const struct wasm_import *imports, u32 count,
                 const struct wasm_body *function);

#endif
