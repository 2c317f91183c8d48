/* openat2.h - in place of Linux's: the call fails with ENOSYS, its arguments are to compile. */
#include <errno.h>

#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_BENEATH 0x08
struct open_how {
    unsigned long long flags, mode, resolve;
};

/* By their numbers, which there are none of. */
#define SYS_openat2 437
static inline long syscall(long number, ...)
{
    (void)number;
    errno = ENOSYS;
    return -1;
}
