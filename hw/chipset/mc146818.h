/*
 * mc146818.h - real-time clock with 128 bytes of CMOS RAM and 128 more in a second bank.
 */
#ifndef FERRITE_MC146818_H
#define FERRITE_MC146818_H

#include "hw/bus/device.h"

struct mc146818 {
    struct device dev;
    struct irq irq;         /* IRQ 8 */
    struct irq nmi_disable; /* bit 7 of port 70h: 1 = NMI is masked */
    u8 index, index2;       /* of the two banks; bit 7 of port 70h is not kept here */
    bool nmi_masked;
    u8 ram[256];      /* 0-0Dh are the clock's registers */
    u64 divider_base; /* time at which the divider chain stood at 0 */
    u64 periods_seen; /* periodic intervals since divider_base, up to the last look */
    u64 next_update;  /* end of the next update cycle, CLOCK_NEVER while stopped */
    struct timer update;
    struct timer periodic; /* armed only while the periodic interrupt is enabled */
};

extern const struct device_class mc146818_class;

/* Set date and time from seconds since 1970-01-01, in the present data mode (BCD, 24 h). */
void mc146818_set_time(struct mc146818 *rtc, s64 seconds);
/* A CMOS byte, past the ports (board set-up). */
void mc146818_poke(struct mc146818 *rtc, unsigned index, u8 value);
u8 mc146818_peek(const struct mc146818 *rtc, unsigned index);

#endif
