/*
 * flag_rules.c - by which rule each operation sets each of the arithmetic flags. SDM vol. 2, the
 * "Flags Affected" of each instruction; vol. 1, 3.4.3.1; appendix B.1 for the conditions.
 *
 * Where the manual says "undefined", we do what current Intel processors do (cpu/README.md): that
 * is what the words say then, not what to rely on.
 */
#include "cpu/decode/anatomy.h"

#include <stddef.h>

#define SIGN "the highest bit of the result"
#define ZERO "1 when the result is 0"
#define EVEN "1 when the low 8 bits of the result have an even number of ones"
#define CLEARED "always 0"
#define UNDEFINED "undefined by the manual; here as current Intel processors leave it"
#define BIT_OUT "the last bit that was shifted out; unchanged by a count of 0"

enum { NONE, CF, PF, AF, ZF, SF, OF, FLAGS };

struct rules {
    const char *of[FLAGS];
};

#define RESULT [PF] = EVEN, [ZF] = ZERO, [SF] = SIGN
#define ADDED                                                                                      \
    [CF] = "carry out of the highest bit: the sum of the unsigned numbers does not fit",           \
    [AF] = "carry out of bit 3, for decimal digits",                                               \
    [OF] = "1 when both operands have one sign and the result has the other: the sum of the "      \
           "signed numbers does not fit",                                                          \
    RESULT
#define SUBTRACTED                                                                                 \
    [CF] = "borrow into the highest bit: the first operand is less than the second, unsigned",     \
    [AF] = "borrow into bit 3, for decimal digits",                                                \
    [OF] = "1 when the operands' signs differ and the result's is not the first's: the "           \
           "difference of the signed numbers does not fit",                                        \
    RESULT
#define LOGICAL [CF] = CLEARED, [OF] = CLEARED, [AF] = UNDEFINED, RESULT
#define MULTIPLIED                                                                                 \
    [CF] = "1 when the upper half of the product says something: it does not fit the lower half",  \
    [OF] = "as CF", [PF] = UNDEFINED, [AF] = UNDEFINED, [ZF] = UNDEFINED, [SF] = UNDEFINED
#define SHIFTED(overflow) [CF] = BIT_OUT, [OF] = overflow, [AF] = UNDEFINED, RESULT
#define ROTATED(carry, overflow) [CF] = carry, [OF] = overflow
#define BIT_TESTED [CF] = "the bit that was selected, as it was before"
#define SCANNED [ZF] = "1 when the source is 0 and no bit was found"
#define ALLOWED [ZF] = "1 when the access would be allowed"
#define LOADED(what) [CF] = what, [PF] = what, [AF] = what, [ZF] = what, [SF] = what
#define COMPARED                                                                                   \
    [ZF] = "1 when equal, or unordered (a NaN)", [PF] = "1 when unordered: one is a NaN",          \
    [CF] = "1 when the first is less, or unordered", [OF] = CLEARED, [AF] = CLEARED,               \
    [SF] = CLEARED
#define DECIMAL [AF] = "1 when the low digit had to be corrected", RESULT

/* Indexed by enum operation. */
static const struct rules rules[OPERATION_COUNT] = {
    [I_add] = {{ADDED}},
    [I_adc] = {{ADDED}},
    [I_xadd] = {{ADDED}},
    [I_inc] = {{[AF] = "carry out of bit 3, for decimal digits",
                [OF] = "1 when the result is the least signed number: one more than the greatest",
                RESULT}},
    [I_sub] = {{SUBTRACTED}},
    [I_sbb] = {{SUBTRACTED}},
    [I_cmp] = {{SUBTRACTED}},
    [I_cmps] = {{SUBTRACTED}},
    [I_scas] = {{SUBTRACTED}},
    [I_cmpxchg] = {{SUBTRACTED}},
    [I_cmpxchg8b] = {{[ZF] = "1 when EDX:EAX was equal to the memory and ECX:EBX was stored"}},
    [I_dec] = {{[AF] = "borrow into bit 3, for decimal digits",
                [OF] = "1 when the result is the greatest signed number: one less than the least",
                RESULT}},
    [I_neg] = {{[CF] = "1 when the operand is not 0",
                [AF] = "borrow into bit 3: 1 when the low digit is not 0",
                [OF] = "1 when the operand is the least signed number, whose negative does not fit",
                RESULT}},
    [I_and] = {{LOGICAL}},
    [I_or] = {{LOGICAL}},
    [I_xor] = {{LOGICAL}},
    [I_test] = {{LOGICAL}},
    [I_mul] = {{MULTIPLIED}},
    [I_imul] = {{MULTIPLIED}},
    [I_imul1] = {{MULTIPLIED}},
    [I_imul3] = {{MULTIPLIED}},
    [I_shl] = {{SHIFTED("for a count of 1: 1 when the sign changed; otherwise undefined by the "
                        "manual")}},
    [I_shr] = {{SHIFTED("for a count of 1: the highest bit of the operand before; otherwise "
                        "undefined by the manual")}},
    [I_sar] = {{SHIFTED("for a count of 1: 0; otherwise undefined by the manual")}},
    [I_shld] = {{SHIFTED("for a count of 1: 1 when the sign changed; otherwise undefined by the "
                         "manual")}},
    [I_shrd] = {{SHIFTED("for a count of 1: 1 when the sign changed; otherwise undefined by the "
                         "manual")}},
    [I_rol] = {{ROTATED("the lowest bit of the result, which came around; unchanged by a count "
                        "of 0",
                        "for a count of 1: the highest bit of the result XOR CF; otherwise "
                        "undefined by the manual")}},
    [I_ror] = {{ROTATED("the highest bit of the result, which came around; unchanged by a count "
                        "of 0",
                        "for a count of 1: the two highest bits of the result, XOR; otherwise "
                        "undefined by the manual")}},
    [I_rcl] = {{ROTATED("takes part as one bit more: what was rotated into it",
                        "for a count of 1: the highest bit of the result XOR CF; otherwise "
                        "undefined by the manual")}},
    [I_rcr] = {{ROTATED("takes part as one bit more: what was rotated into it",
                        "for a count of 1: the two highest bits of the result, XOR; otherwise "
                        "undefined by the manual")}},
    [I_bt] = {{BIT_TESTED}},
    [I_bts] = {{BIT_TESTED}},
    [I_btr] = {{BIT_TESTED}},
    [I_btc] = {{BIT_TESTED}},
    [I_bsf] = {{SCANNED}},
    [I_bsr] = {{SCANNED}},
    [I_aaa] = {{[CF] = "1 when AL was no decimal digit (above 9, or AF was 1) and 1 was carried "
                       "into AH",
                [AF] = "as CF",
                [PF] = UNDEFINED,
                [ZF] = UNDEFINED,
                [SF] = UNDEFINED,
                [OF] = UNDEFINED}},
    [I_aas] = {{[CF] = "1 when AL was no decimal digit (above 9, or AF was 1) and 1 was borrowed "
                       "from AH",
                [AF] = "as CF",
                [PF] = UNDEFINED,
                [ZF] = UNDEFINED,
                [SF] = UNDEFINED,
                [OF] = UNDEFINED}},
    [I_aam] = {{[CF] = UNDEFINED, [AF] = UNDEFINED, [OF] = UNDEFINED, RESULT}},
    [I_aad] = {{[CF] = UNDEFINED, [AF] = UNDEFINED, [OF] = UNDEFINED, RESULT}},
    [I_daa] = {{[CF] = "1 when the high digit had to be corrected", [OF] = UNDEFINED, DECIMAL}},
    [I_das] = {{[CF] = "1 when the high digit had to be corrected", [OF] = UNDEFINED, DECIMAL}},
    [I_clc] = {{[CF] = CLEARED}},
    [I_stc] = {{[CF] = "always 1"}},
    [I_cmc] = {{[CF] = "the opposite of what it was"}},
    [I_sahf] = {{LOADED("the bit of AH in its place")}},
    [I_popf] =
        {{LOADED("the bit of the image on the stack"), [OF] = "the bit of the image on the stack"}},
    [I_iret] =
        {{LOADED("the bit of the image on the stack"), [OF] = "the bit of the image on the stack"}},
    [I_arpl] = {{[ZF] = "1 when the first selector's RPL was less and has been raised"}},
    [I_lar] = {{ALLOWED}},
    [I_lsl] = {{ALLOWED}},
    [I_verr] = {{ALLOWED}},
    [I_verw] = {{ALLOWED}},
    [I_fcomi] = {{COMPARED}},
    [I_fcomip] = {{COMPARED}},
    [I_fucomi] = {{COMPARED}},
    [I_fucomip] = {{COMPARED}},
    [I_comiss] = {{COMPARED}},
    [I_comisd] = {{COMPARED}},
    [I_ucomiss] = {{COMPARED}},
    [I_ucomisd] = {{COMPARED}},
};

const char *flag_rule(enum operation operation, u32 flag)
{
    static const struct {
        u32 flag;
        unsigned at;
    } places[] = {{FL_CF, CF}, {FL_PF, PF}, {FL_AF, AF}, {FL_ZF, ZF}, {FL_SF, SF}, {FL_OF, OF}};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (places[i].flag == flag && operation < OPERATION_COUNT)
            return rules[operation].of[places[i].at];
    return NULL;
}

const char *condition_words(unsigned cc)
{
    static const char *const words[16] = {
        "OF = 1: overflow",
        "OF = 0: no overflow",
        "CF = 1: below, unsigned (carry)",
        "CF = 0: above or equal, unsigned (no carry)",
        "ZF = 1: equal, zero",
        "ZF = 0: not equal, not zero",
        "CF = 1 or ZF = 1: below or equal, unsigned",
        "CF = 0 and ZF = 0: above, unsigned",
        "SF = 1: negative",
        "SF = 0: not negative",
        "PF = 1: parity even (unordered)",
        "PF = 0: parity odd (ordered)",
        "SF and OF differ: less, signed",
        "SF = OF: greater or equal, signed",
        "ZF = 1, or SF and OF differ: less or equal, signed",
        "ZF = 0 and SF = OF: greater, signed",
    };
    return words[cc & 15];
}
