/*
 * mc146818.c - the MC146818A real-time clock as the AT has it (Motorola data sheet; PIIX3 section
 * "RTC"), 32.768 kHz time base, ports 70h-71h, and the PIIX3's second bank at 72h-73h.
 *
 * The clock registers hold what a guest reads; one event a second moves them on, in the mode (BCD
 * or binary, 12 or 24 hours) that register B selects at that moment. The update-in-progress bit is
 * high for the 244 us before and the 1984 us of the update cycle. The periodic flag is computed
 * from the divider when somebody looks; only an enabled periodic interrupt costs events.
 *
 * CMOS byte 32h is kept as the century, as AT firmware expects. Not modelled: daylight saving
 * (DSE is stored), the square-wave pin, time bases other than 32.768 kHz (the clock stops).
 */
#include "hw/chipset/mc146818.h"
#include <stdio.h>
#include <string.h>

enum {
    SECONDS = 0,
    SECONDS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    HOURS,
    HOURS_ALARM,
    WEEKDAY,
    DAY,
    MONTH,
    YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    CENTURY = 0x32
};

enum { A_UIP = 0x80, A_DV = 0x70, A_DV_RUN = 0x20, A_RS = 0x0f };
enum {
    B_SET = 0x80,
    B_PIE = 0x40,
    B_AIE = 0x20,
    B_UIE = 0x10,
    B_SQWE = 0x08,
    B_DM = 0x04,
    B_24H = 0x02
};
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10 };
enum { D_VRT = 0x80, HOUR_PM = 0x80, ALARM_ANY = 0xc0 };

#define UPDATE_NS (244 * NS_PER_US + 1984 * NS_PER_US) /* UIP high */

/* ---- date ---- */

static u8 encode(const struct mc146818 *rtc, unsigned v)
{
    return (u8)(rtc->ram[REG_B] & B_DM ? v : v / 10 << 4 | v % 10);
}

static unsigned decode(const struct mc146818 *rtc, u8 v)
{
    return rtc->ram[REG_B] & B_DM ? v : (v >> 4) * 10u + (v & 15);
}

static unsigned get_hours(const struct mc146818 *rtc)
{
    u8 raw = rtc->ram[HOURS];
    if (rtc->ram[REG_B] & B_24H)
        return decode(rtc, raw);
    return decode(rtc, raw & 0x7f) % 12 + (raw & HOUR_PM ? 12 : 0);
}

static void put_hours(struct mc146818 *rtc, unsigned h)
{
    if (rtc->ram[REG_B] & B_24H)
        rtc->ram[HOURS] = encode(rtc, h);
    else
        rtc->ram[HOURS] = encode(rtc, (h + 11) % 12 + 1) | (h >= 12 ? HOUR_PM : 0);
}

static unsigned month_days(unsigned month, unsigned year)
{
    static const u8 days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    /* The chip knows two digits of the year: every fourth year is a leap year. */
    return month == 2 && year % 4 == 0 ? 29 : month >= 1 && month <= 12 ? days[month - 1] : 31;
}

/* A counter of the chain steps; true when it wrapped. Nonsense that a guest wrote wraps too. */
static bool step(struct mc146818 *rtc, unsigned reg, unsigned first, unsigned last)
{
    unsigned v = decode(rtc, rtc->ram[reg]);
    bool wrap = v >= last;
    rtc->ram[reg] = encode(rtc, wrap ? first : v + 1);
    return wrap;
}

static void next_second(struct mc146818 *rtc)
{
    if (!step(rtc, SECONDS, 0, 59) || !step(rtc, MINUTES, 0, 59))
        return;
    unsigned hours = get_hours(rtc);
    put_hours(rtc, hours >= 23 ? 0 : hours + 1);
    if (hours < 23)
        return;
    step(rtc, WEEKDAY, 1, 7);
    unsigned days = month_days(decode(rtc, rtc->ram[MONTH]), decode(rtc, rtc->ram[YEAR]));
    if (step(rtc, DAY, 1, days) && step(rtc, MONTH, 1, 12) && step(rtc, YEAR, 0, 99))
        step(rtc, CENTURY, 0, 99);
}

void mc146818_set_time(struct mc146818 *rtc, s64 seconds)
{
    s64 days = seconds / 86400;
    unsigned rest = (unsigned)(seconds % 86400 + (seconds % 86400 < 0 ? 86400 : 0));
    if (seconds % 86400 < 0)
        days--;
    /* Civil date from days, with years that start in March and eras of 400 years. */
    s64 z = days + 719468;
    s64 era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned day_of_era = (unsigned)(z - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned m = (5 * day_of_year + 2) / 153;
    unsigned month = m < 10 ? m + 3 : m - 9;
    unsigned year = (unsigned)((s64)year_of_era + era * 400) + (month <= 2);

    rtc->ram[SECONDS] = encode(rtc, rest % 60);
    rtc->ram[MINUTES] = encode(rtc, rest / 60 % 60);
    put_hours(rtc, rest / 3600);
    rtc->ram[WEEKDAY] = encode(rtc, (unsigned)(((days + 4) % 7 + 7) % 7 + 1)); /* 1 = Sunday */
    rtc->ram[DAY] = encode(rtc, day_of_year - (153 * m + 2) / 5 + 1);
    rtc->ram[MONTH] = encode(rtc, month);
    rtc->ram[YEAR] = encode(rtc, year % 100);
    rtc->ram[CENTURY] = encode(rtc, year / 100 % 100);
}

void mc146818_poke(struct mc146818 *rtc, unsigned index, u8 value)
{
    if (index < sizeof(rtc->ram))
        rtc->ram[index] = value;
}

u8 mc146818_peek(const struct mc146818 *rtc, unsigned index)
{
    return index < sizeof(rtc->ram) ? rtc->ram[index] : 0xff;
}

/* ---- interrupts ---- */

static void update_irq(struct mc146818 *rtc)
{
    u8 active = rtc->ram[REG_C] & rtc->ram[REG_B] & (C_PF | C_AF | C_UF);
    rtc->ram[REG_C] = (rtc->ram[REG_C] & (u8)~C_IRQF) | (active ? C_IRQF : 0);
    irq_set(&rtc->irq, active != 0);
}

static bool running(const struct mc146818 *rtc)
{
    return (rtc->ram[REG_A] & A_DV) == A_DV_RUN;
}

/* log2 of the periodic interval in 32768ths of a second, -1 = off. */
static int period_shift(const struct mc146818 *rtc)
{
    unsigned rs = rtc->ram[REG_A] & A_RS;
    if (!rs || !running(rtc))
        return -1;
    return rs <= 2 ? (int)rs + 6 : (int)rs - 1;
}

static u64 crystal_ticks(const struct mc146818 *rtc)
{
    u64 ns = clock_now(rtc->dev.board->clock) - rtc->divider_base;
    return ns / NS_PER_SEC * 32768 + ns % NS_PER_SEC * 32768 / NS_PER_SEC;
}

static u64 crystal_time(const struct mc146818 *rtc, u64 ticks)
{
    return rtc->divider_base + ticks / 32768 * NS_PER_SEC +
           (ticks % 32768 * NS_PER_SEC + 32767) / 32768;
}

/* Set PF when the divider has passed the end of an interval since the last look. */
static void look_at_period(struct mc146818 *rtc)
{
    int shift = period_shift(rtc);
    if (shift < 0)
        return;
    u64 periods = crystal_ticks(rtc) >> shift;
    if (periods != rtc->periods_seen) {
        rtc->periods_seen = periods;
        rtc->ram[REG_C] |= C_PF;
        update_irq(rtc);
    }
}

static void arm_periodic(struct mc146818 *rtc)
{
    int shift = period_shift(rtc);
    if (shift < 0 || !(rtc->ram[REG_B] & B_PIE))
        timer_disarm(&rtc->periodic);
    else
        timer_arm(&rtc->periodic, crystal_time(rtc, ((crystal_ticks(rtc) >> shift) + 1) << shift));
}

static void on_period(void *opaque)
{
    struct mc146818 *rtc = opaque;
    look_at_period(rtc);
    arm_periodic(rtc);
}

static bool alarm_matches(const struct mc146818 *rtc, unsigned reg)
{
    u8 alarm = rtc->ram[reg + 1];
    return (alarm & ALARM_ANY) == ALARM_ANY || alarm == rtc->ram[reg];
}

static void on_update(void *opaque)
{
    struct mc146818 *rtc = opaque;
    u64 now = clock_now(rtc->dev.board->clock);
    rtc->next_update += NS_PER_SEC;
    if (rtc->next_update <= now) /* only out of a damaged snapshot */
        rtc->next_update = now + NS_PER_SEC;
    timer_arm(&rtc->update, rtc->next_update);
    if (rtc->ram[REG_B] & B_SET)
        return;
    next_second(rtc);
    rtc->ram[REG_C] |= C_UF;
    if (alarm_matches(rtc, SECONDS) && alarm_matches(rtc, MINUTES) && alarm_matches(rtc, HOURS))
        rtc->ram[REG_C] |= C_AF;
    update_irq(rtc);
}

/* The divider chain was started; the first update follows half a second later. */
static void start_divider(struct mc146818 *rtc)
{
    u64 now = clock_now(rtc->dev.board->clock);
    rtc->divider_base = now;
    rtc->periods_seen = 0;
    rtc->next_update = now + NS_PER_SEC / 2;
    timer_arm(&rtc->update, rtc->next_update);
}

static void stop_divider(struct mc146818 *rtc)
{
    rtc->next_update = CLOCK_NEVER;
    timer_disarm(&rtc->update);
}

static bool updating(const struct mc146818 *rtc)
{
    if ((rtc->ram[REG_B] & B_SET) || rtc->next_update == CLOCK_NEVER)
        return false;
    return rtc->next_update - clock_now(rtc->dev.board->clock) <= UPDATE_NS;
}

/* ---- registers ---- */

static void write_register(struct mc146818 *rtc, u8 reg, u8 v)
{
    switch (reg) {
    case REG_A: {
        look_at_period(rtc);
        bool was = running(rtc);
        rtc->ram[REG_A] = v & (u8)~A_UIP;
        if (running(rtc) != was) {
            if (!was)
                start_divider(rtc);
            else
                stop_divider(rtc);
            if ((v & A_DV) < A_DV_RUN)
                log_at(rtc->dev.board->log, LOG_GUEST, "rtc: no time base %02x", v & A_DV);
        } else if (period_shift(rtc) >= 0) {
            rtc->periods_seen = crystal_ticks(rtc) >> period_shift(rtc);
        }
        arm_periodic(rtc);
        break;
    }
    case REG_B:
        look_at_period(rtc);
        rtc->ram[REG_B] = v & B_SET ? v & (u8)~B_UIE : v;
        update_irq(rtc);
        arm_periodic(rtc);
        break;
    case REG_C:
    case REG_D:
        break; /* read-only */
    default:
        rtc->ram[reg] = v;
        break;
    }
}

static u8 read_register(struct mc146818 *rtc, u8 reg)
{
    u8 v;
    switch (reg) {
    case REG_A:
        return rtc->ram[REG_A] | (updating(rtc) ? A_UIP : 0);
    case REG_C:
        look_at_period(rtc);
        v = rtc->ram[REG_C];
        rtc->ram[REG_C] = 0;
        update_irq(rtc);
        return v;
    case REG_D:
        return D_VRT;
    default:
        return rtc->ram[reg];
    }
}

static void rtc_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)size;
    struct mc146818 *rtc = dev;
    u8 v = (u8)value;
    switch (port) {
    case 0x70:
        rtc->index = v & 0x7f;
        rtc->nmi_masked = v & 0x80;
        irq_set(&rtc->nmi_disable, rtc->nmi_masked);
        break;
    case 0x71:
        write_register(rtc, rtc->index, v);
        break;
    case 0x72:
        rtc->index2 = v & 0x7f;
        break;
    default:
        rtc->ram[128 + rtc->index2] = v;
        break;
    }
}

static u32 rtc_in(void *dev, u16 port, unsigned size)
{
    (void)size;
    struct mc146818 *rtc = dev;
    switch (port) {
    case 0x71:
        return read_register(rtc, rtc->index);
    case 0x72:
        return rtc->index2;
    case 0x73:
        return rtc->ram[128 + rtc->index2];
    default:
        return 0xff; /* port 70h is write-only */
    }
}

static const struct port_ops rtc_ports = {rtc_in, rtc_out, 1};

/* Programs wait for the end of an update, or for the next second, with the index set anew each
 * time. */
static bool rtc_chooses(const void *dev, u16 port, u8 value)
{
    const struct mc146818 *rtc = dev;
    return (port == 0x70 && !(value & 0x80) == !rtc->nmi_masked) || port == 0x72;
}

static u64 rtc_chosen(const void *dev)
{
    const struct mc146818 *rtc = dev;
    return rtc->index | (u64)rtc->index2 << 8;
}

static const struct port_choice rtc_choice = {rtc_chooses, rtc_chosen};

/* The clock is moved on by an event; the rest goes by the time. */
static u64 register_steady(const struct mc146818 *rtc, u8 reg)
{
    int shift = period_shift(rtc);
    if (reg == REG_A) {
        if ((rtc->ram[REG_B] & B_SET) || rtc->next_update == CLOCK_NEVER || updating(rtc))
            return BUS_STEADY_TILL_TOLD;
        return rtc->next_update - UPDATE_NS;
    }
    if (reg != REG_C)
        return BUS_STEADY_TILL_TOLD;
    if (rtc->ram[REG_C]) /* reading it clears it */
        return 0;
    if (shift < 0)
        return BUS_STEADY_TILL_TOLD;
    u64 periods = crystal_ticks(rtc) >> shift;
    return periods == rtc->periods_seen ? crystal_time(rtc, (periods + 1) << shift) : 0;
}

static u64 rtc_steady(void *dev, u16 port, const struct byte_set *others)
{
    const struct mc146818 *rtc = dev;
    (void)others;
    return port == 0x71 ? register_steady(rtc, rtc->index) : BUS_STEADY_TILL_TOLD;
}

static bool mc146818_realize(struct device *d, const struct board *b, struct err *e)
{
    (void)e;
    struct mc146818 *rtc = (struct mc146818 *)d;
    timer_init(&rtc->update, b->clock, on_update, rtc);
    timer_init(&rtc->periodic, b->clock, on_period, rtc);
    bus_claim(b->bus, 0x70, 4, &rtc_ports, rtc, d->name);
    bus_steady(b->bus, 0x70, rtc_steady);
    bus_choice(b->bus, 0x70, &rtc_choice);
    /* The battery-backed part: as set-up left it, clock running in BCD and 24-hour mode. */
    rtc->ram[REG_A] = 0x26;
    rtc->ram[REG_B] = B_24H;
    rtc->ram[WEEKDAY] = 7;
    rtc->ram[DAY] = rtc->ram[MONTH] = 1;
    rtc->ram[CENTURY] = 0x20;
    rtc->divider_base = clock_now(b->clock);
    rtc->next_update = rtc->divider_base + NS_PER_SEC;
    return true;
}

static void mc146818_reset(struct device *d)
{
    struct mc146818 *rtc = (struct mc146818 *)d;
    /* RESET# does not touch the clock, the calendar or the RAM. */
    rtc->ram[REG_B] &= (u8) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    rtc->ram[REG_C] = 0;
    rtc->index = rtc->index2 = 0;
    rtc->nmi_masked = true;
    irq_set(&rtc->nmi_disable, 1);
    update_irq(rtc);
    timer_disarm(&rtc->periodic);
    if (rtc->next_update != CLOCK_NEVER)
        timer_arm(&rtc->update, rtc->next_update);
}

static void mc146818_state(struct device *d, struct state *s)
{
    struct mc146818 *rtc = (struct mc146818 *)d;
    state_u8(s, "index", &rtc->index);
    state_u8(s, "index2", &rtc->index2);
    state_bool(s, "nmi_masked", &rtc->nmi_masked);
    state_bytes(s, "ram", rtc->ram, sizeof(rtc->ram));
    state_u64(s, "divider_base", &rtc->divider_base);
    state_u64(s, "periods_seen", &rtc->periods_seen);
    state_u64(s, "next_update", &rtc->next_update);
    timer_state(&rtc->update, s, "update");
    timer_state(&rtc->periodic, s, "periodic");
    if (state_loading(s) && state_ok(s)) {
        if (rtc->divider_base > d->board->clock->now || rtc->index > 127 || rtc->index2 > 127) {
            state_fail(s, "RTC: impossible registers");
            return;
        }
        irq_set(&rtc->nmi_disable, rtc->nmi_masked);
    }
}

static void mc146818_destroy(struct device *d)
{
    struct mc146818 *rtc = (struct mc146818 *)d;
    timer_disarm(&rtc->update);
    timer_disarm(&rtc->periodic);
}

static void mc146818_describe(const struct device *d, FILE *out)
{
    const struct mc146818 *rtc = (const struct mc146818 *)d;
    const u8 *r = rtc->ram;
    fprintf(out, "%02x%02x-%02x-%02x %02x:%02x:%02x (as stored), A %02x B %02x C %02x%s\n",
            r[CENTURY], r[YEAR], r[MONTH], r[DAY], r[HOURS], r[MINUTES], r[SECONDS], r[REG_A],
            r[REG_B], r[REG_C], rtc->nmi_masked ? ", NMI masked" : "");
    for (unsigned row = 0; row < 128; row += 16) {
        fprintf(out, "%02x:", row);
        for (unsigned i = 0; i < 16; i++)
            fprintf(out, " %02x", r[row + i]);
        fputc('\n', out);
    }
}

const struct device_class mc146818_class = {
    .name = "rtc",
    .doc = "MC146818 real-time clock and CMOS memory",
    .size = sizeof(struct mc146818),
    .state_version = 1,
    .realize = mc146818_realize,
    .reset = mc146818_reset,
    .state = mc146818_state,
    .destroy = mc146818_destroy,
    .describe = mc146818_describe,
};
