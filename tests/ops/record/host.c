/*
 * host.c - native execution in 32-bit user mode (Linux on x86, built with -m32). The program itself
 * lives above 70000000h; the vectors' memory is mapped at its own addresses below 4 MiB.
 *
 * One instruction is entered by a far jump with all registers loaded, and left through the signal
 * that it or the INT3 after it causes; the signal frame has the whole state. Single step is not
 * used: it would show in EFLAGS that are pushed.
 */
#define _GNU_SOURCE
#include "tests/ops/record/host.h"

#include <asm/ldt.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "cpu/cpu.h"

#define PROGRAM_AT 0x70000000u
#define NEVER_ENDS 0xfeu /* in place of a vector: a jump to itself, for instance */

/*
 * What the assembly shares with C. Signals leave no other way than global variables: this program
 * runs one vector at a time, in one thread.
 */
struct shared {
    u8 fx[512] __attribute__((aligned(16)));
    u8 clean[512] __attribute__((aligned(16)));
    u32 gpr[8];
    u32 eflags;
    u32 target; /* far pointer */
    u16 target_cs;
    u16 seg[6];
    u16 own_seg[6];
    u32 own_ebx, own_esi, own_edi, own_ebp, own_esp;
    u8 state[CVEC_STATE];
    u32 trap;
    bool inside; /* between host_enter() and its signal */
} host_shared asm("host_shared");

void host_enter(void);
void host_leave(void);
void host_signal(int n, siginfo_t *info, void *context);
void host_signal_c(int n, siginfo_t *info, void *context);

#define S(member) "host_shared+%c[" #member "]"

/* clang-format off */
__attribute__((naked)) void host_enter(void)
{
    asm volatile("mov %%ebx, " S(ebx) "\n mov %%esi, " S(esi) "\n mov %%edi, " S(edi) "\n"
                 "mov %%ebp, " S(ebp) "\n mov %%esp, " S(esp) "\n"
                 "fxrstor host_shared\n"
                 "pushl " S(eflags) "\n popfl\n"
                 /* From here on only loads, which change no flags; CS reaches everything. */
                 "mov %%cs:" S(seg) "+8, %%fs\n mov %%cs:" S(seg) "+10, %%gs\n"
                 "mov %%cs:" S(seg) "+0, %%es\n mov %%cs:" S(seg) "+6, %%ds\n"
                 "mov %%cs:" S(gpr) "+0, %%eax\n mov %%cs:" S(gpr) "+4, %%ecx\n"
                 "mov %%cs:" S(gpr) "+8, %%edx\n mov %%cs:" S(gpr) "+12, %%ebx\n"
                 "mov %%cs:" S(gpr) "+20, %%ebp\n mov %%cs:" S(gpr) "+24, %%esi\n"
                 "mov %%cs:" S(gpr) "+28, %%edi\n"
                 "mov %%cs:" S(seg) "+4, %%ss\n mov %%cs:" S(gpr) "+16, %%esp\n"
                 "ljmp *%%cs:" S(target) "\n"
                 :
                 : [ebx] "i"(offsetof(struct shared, own_ebx)),
                   [esi] "i"(offsetof(struct shared, own_esi)),
                   [edi] "i"(offsetof(struct shared, own_edi)),
                   [ebp] "i"(offsetof(struct shared, own_ebp)),
                   [esp] "i"(offsetof(struct shared, own_esp)),
                   [eflags] "i"(offsetof(struct shared, eflags)),
                   [seg] "i"(offsetof(struct shared, seg)), [gpr] "i"(offsetof(struct shared, gpr)),
                   [target] "i"(offsetof(struct shared, target)));
}
/* clang-format on */

/* The signal handler returns to here, as if host_enter() did. */
__attribute__((naked)) void host_leave(void)
{
    asm volatile(
        "fninit\n fxrstor host_shared+%c[clean]\n cld\n"
        "mov " S(ebx) ", %%ebx\n mov " S(esi) ", %%esi\n mov " S(
            edi) ", %%edi\n"
                 "mov " S(ebp) ", %%ebp\n mov " S(esp) ", %%esp\n ret\n"
        :
        : [clean] "i"(offsetof(struct shared, clean)), [ebx] "i"(offsetof(struct shared, own_ebx)),
          [esi] "i"(offsetof(struct shared, own_esi)), [edi] "i"(offsetof(struct shared, own_edi)),
          [ebp] "i"(offsetof(struct shared, own_ebp)), [esp] "i"(offsetof(struct shared, own_esp)));
}

/* The handler starts with the vector's segments and AC flag. */
__attribute__((naked)) void host_signal(int n, siginfo_t *info, void *context)
{
    (void)n, (void)info, (void)context;
    asm volatile("pushfl\n andl $~0x40400, (%%esp)\n popfl\n"
                 "mov %%cs:" S(own) "+6, %%ds\n mov %%cs:" S(
                     own) "+0, %%es\n"
                          "mov %%cs:" S(own) "+8, %%fs\n mov %%cs:" S(own) "+10, %%gs\n"
                                                                           "jmp host_signal_c\n"
                 :
                 : [own] "i"(offsetof(struct shared, own_seg)));
}

__attribute__((used)) void host_signal_c(int n, siginfo_t *info, void *context)
{
    static const u8 gpr[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX,
                              REG_ESP, REG_EBP, REG_ESI, REG_EDI};
    static const u8 seg[6] = {REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS};
    struct shared *h = &host_shared;
    mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
    greg_t *g = m->gregs;
    (void)info;

    if (!h->inside && n == SIGALRM)
        return;
    if (!h->inside) { /* a mistake in this program */
        signal(n, SIG_DFL);
        return;
    }
    h->inside = false;
    memset(h->state, 0, CVEC_STATE);
    for (unsigned i = 0; i < 8; i++)
        put_le32(h->state + 4 * i, (u32)g[gpr[i]]);
    put_le32(h->state + CVEC_EIP, (u32)g[REG_EIP]);
    put_le32(h->state + CVEC_EFLAGS, (u32)g[REG_EFL]);
    for (unsigned i = 0; i < 6; i++) {
        put_le16(h->state + CVEC_SEG + 2 * i, (u16)g[seg[i]]);
        g[seg[i]] = h->own_seg[i];
    }
    put_le32(h->state + CVEC_CR2, (u32)m->cr2);
    put_le32(h->state + CVEC_ERROR, (u32)g[REG_ERR]);
    h->trap = n == SIGALRM ? NEVER_ENDS : (u32)g[REG_TRAPNO];
    if (m->fpregs) /* an FXSAVE image follows the FSAVE one */
        memcpy(h->state + CVEC_FX, (const u8 *)m->fpregs + 112, 512);
    g[REG_EIP] = (greg_t)(uintptr_t)host_leave;
    g[REG_ESP] = (greg_t)h->own_esp;
    g[REG_EFL] = 0x202;
}

static bool install_ldt(struct err *e)
{
    for (unsigned i = 0; i < LDT_COUNT; i++) {
        const u8 *d = record_ldt[i];
        struct user_desc u = {
            .entry_number = i,
            .base_addr = get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24,
            .limit = get_le16(d) | (u32)(d[6] & 15) << 16,
            .seg_32bit = d[6] >> 6 & 1,
            .contents = d[5] >> 2 & 3,
            .read_exec_only = !(d[5] & 2),
            .limit_in_pages = d[6] >> 7,
            .seg_not_present = !(d[5] & 0x80),
            .useable = d[6] >> 4 & 1,
        };
        if (d[5] && syscall(SYS_modify_ldt, 0x11, &u, sizeof(u)) != 0)
            return err_set(e, "modify_ldt: %s (this needs a kernel that has it)", strerror(errno));
    }
    return true;
}

/* Copies of the regions before the instruction, to find what it changed. */
static u8 before[4][DATA_LEN];

static void *address(u32 at)
{
    return (void *)(uintptr_t)at;
}

bool host_open(struct err *e)
{
    static const int signals[] = {SIGTRAP, SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGALRM};
    struct shared *h = &host_shared;
    stack_t stack = {.ss_size = 1 << 17};
    struct sigaction sa = {.sa_sigaction = host_signal,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    asm volatile("mov %%es, %0\n mov %%cs, %1\n mov %%ss, %2\n mov %%ds, %3\n mov %%fs, %4\n"
                 "mov %%gs, %5\n"
                 : "=m"(h->own_seg[0]), "=m"(h->own_seg[1]), "=m"(h->own_seg[2]),
                   "=m"(h->own_seg[3]), "=m"(h->own_seg[4]), "=m"(h->own_seg[5]));
    asm volatile("fninit\n fxsave %0" : "=m"(h->clean));
    if (h->own_seg[SEG_CS] != FLAT_CODE || h->own_seg[SEG_DS] != FLAT_DATA)
        return err_set(e,
                       "the host's flat segments are %04x and %04x, not 0023 and 002b: not a "
                       "64-bit Linux",
                       h->own_seg[SEG_CS], h->own_seg[SEG_DS]);
    stack.ss_sp =
        mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(signals); i++)
        sigaction(signals[i], &sa, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(record_regions); i++) {
        const struct cvec_region *r = &record_regions[i];
        if (mmap(address(r->base), r->len, PROT_READ | PROT_WRITE | (r->prot & 4 ? PROT_EXEC : 0),
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            return err_set(e, "mmap: %s", strerror(errno));
    }
    return install_ldt(e);
}

static void load_memory(const struct test *t)
{
    for (unsigned i = 0; i < ARRAY_SIZE(record_regions); i++) {
        const struct cvec_region *r = &record_regions[i];
        u8 *to = address(r->base);
        mprotect(to, r->len, PROT_READ | PROT_WRITE | (r->prot & 4 ? PROT_EXEC : 0));
        for (u32 k = 0; k < r->len; k++)
            to[k] = cvec_fill(r, r->base + k);
    }
    for (unsigned i = 0; i < t->runs; i++)
        memcpy(address(t->run[i].at), t->run[i].byte, t->run[i].length);
    for (unsigned i = 0; i < ARRAY_SIZE(record_regions); i++) {
        const struct cvec_region *r = &record_regions[i];
        memcpy(before[i], address(r->base), r->len);
        if (!(r->prot & 2))
            mprotect(address(r->base), r->len, PROT_READ);
    }
}

static void find_changes(struct host_result *r)
{
    r->runs = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(record_regions); i++) {
        const struct cvec_region *reg = &record_regions[i];
        const u8 *now = address(reg->base);
        for (u32 k = 0; k < reg->len; k++) {
            if (now[k] == before[i][k])
                continue;
            u32 n = 1;
            while (k + n < reg->len && n < 250 && now[k + n] != before[i][k + n])
                n++;
            if (r->runs == ARRAY_SIZE(r->run)) {
                r->lost = true;
                return;
            }
            r->run[r->runs].at = reg->base + k;
            r->run[r->runs].length = (u8)n;
            r->run[r->runs++].bytes = now + k;
            k += n - 1;
        }
    }
}

void host_run(const struct test *t, struct host_result *r)
{
    static const struct itimerval patience = {.it_value = {.tv_usec = 200000}}, none;
    struct shared *h = &host_shared;
    load_memory(t);
    for (unsigned i = 0; i < 8; i++)
        h->gpr[i] = get_le32(t->state + 4 * i);
    for (unsigned i = 0; i < 6; i++)
        h->seg[i] = get_le16(t->state + CVEC_SEG + 2 * i);
    h->eflags = get_le32(t->state + CVEC_EFLAGS) | 0x202;
    h->target = get_le32(t->state + CVEC_EIP);
    h->target_cs = h->seg[SEG_CS];
    memcpy(h->fx, t->state + CVEC_FX, 512);
    h->trap = 0xff;
    h->inside = true;
    setitimer(ITIMER_REAL, &patience, NULL);
    host_enter();
    setitimer(ITIMER_REAL, &none, NULL);

    memcpy(r->state, h->state, CVEC_STATE);
    r->vector = (u8)h->trap;
    u32 eip = get_le32(r->state + CVEC_EIP);
    r->lost = eip >= PROGRAM_AT || h->trap == NEVER_ENDS;
    if (r->vector == VEC_BP) { /* the INT3 after the instruction */
        r->vector = CVEC_NO_VECTOR;
        put_le32(r->state + CVEC_EIP, eip - 1);
    }
    bool has_error =
        r->vector == VEC_DF || (r->vector >= VEC_TS && r->vector <= VEC_PF) || r->vector == VEC_AC;
    if (r->vector != VEC_PF)
        put_le32(r->state + CVEC_CR2, 0);
    if (!has_error || r->vector == CVEC_NO_VECTOR)
        put_le32(r->state + CVEC_ERROR, 0);
    else if (r->vector == VEC_PF) /* without NX there is no instruction-fetch bit */
        r->state[CVEC_ERROR] &= 0x0f;
    /* RF is the signal frame's own. */
    put_le32(r->state + CVEC_EFLAGS, get_le32(r->state + CVEC_EFLAGS) & ~0x10000u);
    find_changes(r);
}
