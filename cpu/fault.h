/*
 * fault.h - raising exceptions. SDM vol. 3, chapter 6.
 */
#ifndef FERRITE_CPU_FAULT_H
#define FERRITE_CPU_FAULT_H

#include "cpu/op.h"

/*
 * cpu_fault(c, vector, why, ...) and cpu_fault_code(c, vector, error, why, ...) record an exception
 * and return OP_FAULT. The text says why, with up to CPU_WHY_ARGS of the guest's own values: %s (of
 * strings that stay), %x, %u, %d and %llx. Values go straight into the event, and the text is not
 * even looked at before somebody asks for it (cpu_event_text): faults are everyday work.
 */
#define cpu_fault(c, vector, ...)                                                                  \
    (CPU_WHY_KEEP((c)->event.arg, __VA_ARGS__), cpu_raise(c, vector, CPU_WHY_TEXT(__VA_ARGS__, )))
#define cpu_fault_code(c, vector, error, ...)                                                      \
    (CPU_WHY_KEEP((c)->event.arg, __VA_ARGS__),                                                    \
     cpu_raise_code(c, vector, error, CPU_WHY_TEXT(__VA_ARGS__, )))

/* Their second halves; the values are in c->event.arg. */
enum op_status cpu_raise(struct cpu *c, unsigned vector, const char *why);
enum op_status cpu_raise_code(struct cpu *c, unsigned vector, u32 error, const char *why);

/* Nowhere defined: a call that is never made has the compiler check text against values. */
int cpu_why_check(const char *why, ...) PRINTF_LIKE(1, 2);

/* CPU_WHY_KEEP(array, why, ...): the values into the array, by their number. */
#define CPU_WHY_TEXT(why, ...) why
#define CPU_WHY_VALUE(x)                                                                           \
    (u64) _Generic((x), const char * : (uintptr_t)(x), char * : (uintptr_t)(x), default : (x))
#define CPU_WHY_0(a, why) (void)0
#define CPU_WHY_1(a, why, x) (a)[0] = CPU_WHY_VALUE(x)
#define CPU_WHY_2(a, why, x, y) CPU_WHY_1(a, why, x), (a)[1] = CPU_WHY_VALUE(y)
#define CPU_WHY_3(a, why, x, y, z) CPU_WHY_2(a, why, x, y), (a)[2] = CPU_WHY_VALUE(z)
#define CPU_WHY_4(a, why, x, y, z, w) CPU_WHY_3(a, why, x, y, z), (a)[3] = CPU_WHY_VALUE(w)
#define CPU_WHY_5(a, why, x, y, z, w, v) CPU_WHY_4(a, why, x, y, z, w), (a)[4] = CPU_WHY_VALUE(v)
#define CPU_WHY_6(a, why, x, y, z, w, v, u)                                                        \
    CPU_WHY_5(a, why, x, y, z, w, v), (a)[5] = CPU_WHY_VALUE(u)
#define CPU_WHY_7(a, why, x, y, z, w, v, u, t)                                                     \
    CPU_WHY_6(a, why, x, y, z, w, v, u), (a)[6] = CPU_WHY_VALUE(t)
#define CPU_WHY_8(a, why, x, y, z, w, v, u, t, s)                                                  \
    CPU_WHY_7(a, why, x, y, z, w, v, u, t), (a)[7] = CPU_WHY_VALUE(s)
#define CPU_WHY_PICK(_why, _1, _2, _3, _4, _5, _6, _7, _8, name, ...) name
#define CPU_WHY_KEEP(a, ...)                                                                       \
    ((void)sizeof(cpu_why_check(__VA_ARGS__)),                                                     \
     CPU_WHY_PICK(__VA_ARGS__, CPU_WHY_8, CPU_WHY_7, CPU_WHY_6, CPU_WHY_5, CPU_WHY_4, CPU_WHY_3,   \
                  CPU_WHY_2, CPU_WHY_1, CPU_WHY_0, )(a, __VA_ARGS__))

/* #PF from mmu.fault_*: sets CR2. */
enum op_status cpu_page_fault(struct cpu *c);
/* Why, as text. */
void cpu_event_text(const struct cpu_event *e, char *out, size_t size);

#endif
