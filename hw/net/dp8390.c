/*
 * dp8390.c - the DP8390D network interface controller: registers, remote DMA, interrupts
 * (National Semiconductor DP8390D/NS32490D data sheet, "Internal Registers", "Remote DMA",
 * "Initialization Procedures"). Frames are in dp8390_frame.c.
 *
 * Not modelled: the diagnostic writes of page 2, the bus side of the local DMA (FIFO threshold,
 * burst length, 32-bit addresses: DCR.LAS), page 3 (a test page on this chip).
 */
#include "hw/net/dp8390.h"
#include <stdio.h>
#include <string.h>

enum { TALLY_MAX = 192 };

/* ---- interrupts ---- */

static void update_irq(struct dp8390 *n)
{
    irq_set(&n->irq, (n->isr & n->imr & ~ISR_RST) != 0);
}

void dp8390_drive(struct dp8390 *n)
{
    update_irq(n);
}

void dp8390_raise(struct dp8390 *n, u8 isr_bits)
{
    n->isr |= isr_bits;
    update_irq(n);
}

/* The tally counters stop at 192 and interrupt from 128 on. */
void dp8390_count(struct dp8390 *n, unsigned counter)
{
    if (n->cntr[counter] < TALLY_MAX)
        n->cntr[counter]++;
    if (n->cntr[counter] & 0x80)
        dp8390_raise(n, ISR_CNT);
}

/* ---- remote DMA ---- */

static unsigned remote_command(const struct dp8390 *n)
{
    return n->cr >> 3 & 7;
}

enum { REMOTE_READ = 1, REMOTE_WRITE = 2, REMOTE_SEND = 3, REMOTE_ABORT = 4 };

/* "Send packet" reads the frame that BNRY points to, length and all, from its header. */
static void start_send_packet(struct dp8390 *n)
{
    u16 header = (u16)(n->bnry << 8);
    n->crda = header;
    n->rbcr = (u16)(n->read(n->card, header + 2) | n->read(n->card, (u16)(header + 3)) << 8);
}

static void start_remote(struct dp8390 *n)
{
    switch (remote_command(n)) {
    case 0:
        log_at(n->log, LOG_GUEST, "%s: remote DMA command 0 is not allowed", n->name);
        break;
    case REMOTE_SEND:
        start_send_packet(n);
        /* fall through */
    case REMOTE_READ:
    case REMOTE_WRITE:
        if (n->rbcr == 0)
            dp8390_raise(n, ISR_RDC);
        break;
    default: /* abort */
        break;
    }
}

/* `size` bytes have passed. */
static void remote_step(struct dp8390 *n, unsigned size)
{
    n->crda = (u16)(n->crda + size);
    if (n->crda == n->pstop << 8) /* so that frames across the ring's end come in one piece */
        n->crda = (u16)(n->pstart << 8);
    n->rbcr = n->rbcr > size ? (u16)(n->rbcr - size) : 0;
    if (n->rbcr)
        return;
    if (remote_command(n) == REMOTE_SEND) {
        n->bnry = n->read(n->card, (u16)(n->bnry << 8 | 1));
        if (n->dcr & DCR_AR)
            start_send_packet(n);
    }
    dp8390_raise(n, ISR_RDC);
}

u16 dp8390_remote_in(struct dp8390 *n)
{
    unsigned command = remote_command(n);
    if (!n->rbcr || (command != REMOTE_READ && command != REMOTE_SEND)) {
        log_at(n->log, LOG_GUEST, "%s: data port read without remote DMA", n->name);
        return 0xffff;
    }
    if (!(n->dcr & DCR_WTS)) {
        u8 v = n->read(n->card, n->crda);
        remote_step(n, 1);
        return v;
    }
    u16 at = n->crda & 0xfffe;
    u8 low = n->read(n->card, at), high = n->read(n->card, at | 1);
    remote_step(n, 2);
    return n->dcr & DCR_BOS ? (u16)(low << 8 | high) : (u16)(high << 8 | low);
}

void dp8390_remote_out(struct dp8390 *n, u16 v)
{
    if (!n->rbcr || remote_command(n) != REMOTE_WRITE) {
        log_at(n->log, LOG_GUEST, "%s: data port written without remote DMA", n->name);
        return;
    }
    if (!(n->dcr & DCR_WTS)) {
        n->write(n->card, n->crda, (u8)v);
        remote_step(n, 1);
        return;
    }
    u16 at = n->crda & 0xfffe;
    if (n->dcr & DCR_BOS)
        v = (u16)(v << 8 | v >> 8);
    n->write(n->card, at, (u8)v);
    n->write(n->card, at | 1, (u8)(v >> 8));
    remote_step(n, 2);
}

/* ---- registers ---- */

static void write_cr(struct dp8390 *n, u8 v)
{
    /* Neither bit set means "as before": drivers change the page that way in mid-run. TXP falls
     * by itself only. */
    if (!(v & (CR_STP | CR_STA)))
        v |= n->cr & (CR_STP | CR_STA);
    n->cr = (u8)(v | (timer_armed(&n->transmitted) ? CR_TXP : 0));
    if (v & CR_STP) {
        n->running = false;
        if (!timer_armed(&n->transmitted)) /* else when the frame is out */
            dp8390_raise(n, ISR_RST);
    } else if (v & CR_STA) {
        n->running = true;
        n->isr &= (u8)~ISR_RST;
    }
    start_remote(n);
    if ((v & CR_TXP) && !timer_armed(&n->transmitted)) {
        if (n->running)
            dp8390_transmit(n);
        else
            n->cr &= (u8)~CR_TXP;
    }
}

static u8 in_page0(struct dp8390 *n, unsigned reg)
{
    u8 v;
    switch (reg) {
    case NIC_CLDA0:
        return (u8)n->clda;
    case NIC_CLDA1:
        return (u8)(n->clda >> 8);
    case NIC_BNRY:
        return n->bnry;
    case NIC_TSR:
        return n->tsr;
    case NIC_NCR:
        return n->ncr;
    case NIC_FIFO:
        v = n->fifo[n->fifo_at];
        n->fifo_at = (u8)((n->fifo_at + 1) % DP8390_FIFO);
        return v;
    case NIC_ISR:
        return n->isr;
    case NIC_CRDA0:
        return (u8)n->crda;
    case NIC_CRDA1:
        return (u8)(n->crda >> 8);
    case NIC_RSR:
        return n->rsr;
    case NIC_CNTR0:
    case NIC_CNTR1:
    case NIC_CNTR2:
        v = n->cntr[reg - NIC_CNTR0];
        n->cntr[reg - NIC_CNTR0] = 0;
        return v;
    default:
        return 0xff;
    }
}

static u8 in_page2(const struct dp8390 *n, unsigned reg)
{
    switch (reg) {
    case NIC_PSTART:
        return n->pstart;
    case NIC_PSTOP:
        return n->pstop;
    case NIC_TPSR:
        return n->tpsr;
    case NIC_RCR:
        return n->rcr;
    case NIC_TCR:
        return n->tcr;
    case NIC_DCR:
        return n->dcr;
    case NIC_IMR:
        return n->imr;
    default:
        return 0xff;
    }
}

u8 dp8390_in(struct dp8390 *n, unsigned reg)
{
    if (reg == NIC_CR)
        return n->cr;
    switch (n->cr >> 6) {
    case 0:
        return in_page0(n, reg);
    case 1:
        if (reg < NIC_CURR)
            return n->par[reg - NIC_PAR0];
        return reg == NIC_CURR ? n->curr : n->mar[reg - NIC_MAR0];
    case 2:
        return in_page2(n, reg);
    default:
        return 0xff;
    }
}

static void out_page0(struct dp8390 *n, unsigned reg, u8 v)
{
    switch (reg) {
    case NIC_PSTART:
        n->pstart = v;
        break;
    case NIC_PSTOP:
        n->pstop = v;
        break;
    case NIC_BNRY:
        n->bnry = v;
        if (n->running) /* an overflow set it; there is room again */
            n->isr &= (u8)~ISR_RST;
        break;
    case NIC_TPSR:
        n->tpsr = v;
        break;
    case NIC_TBCR0:
        n->tbcr = (u16)((n->tbcr & 0xff00) | v);
        break;
    case NIC_TBCR1:
        n->tbcr = (u16)((n->tbcr & 0x00ff) | v << 8);
        break;
    case NIC_ISR:
        n->isr &= (u8)(~v | ISR_RST); /* RST is a status, not to be acknowledged */
        update_irq(n);
        break;
    case NIC_RSAR0:
        n->crda = (u16)((n->crda & 0xff00) | v);
        break;
    case NIC_RSAR1:
        n->crda = (u16)((n->crda & 0x00ff) | v << 8);
        break;
    case NIC_RBCR0:
        n->rbcr = (u16)((n->rbcr & 0xff00) | v);
        break;
    case NIC_RBCR1:
        n->rbcr = (u16)((n->rbcr & 0x00ff) | v << 8);
        break;
    case NIC_RCR:
        n->rcr = v & 0x3f;
        n->rsr = (u8)((n->rsr & ~RSR_DIS) | (v & RCR_MON ? RSR_DIS : 0));
        break;
    case NIC_TCR:
        n->tcr = v & 0x1f;
        break;
    case NIC_DCR:
        n->dcr = v & 0x7f;
        break;
    case NIC_IMR:
        n->imr = v & 0x7f;
        update_irq(n);
        break;
    }
}

void dp8390_out(struct dp8390 *n, unsigned reg, u8 v)
{
    if (reg == NIC_CR) {
        write_cr(n, v);
        return;
    }
    switch (n->cr >> 6) {
    case 0:
        out_page0(n, reg, v);
        break;
    case 1:
        if (reg < NIC_CURR)
            n->par[reg - NIC_PAR0] = v;
        else if (reg == NIC_CURR)
            n->curr = v;
        else
            n->mar[reg - NIC_MAR0] = v;
        break;
    default:
        log_at(n->log, LOG_UNIMP, "%s: page %u register %x <- %02x", n->name, n->cr >> 6, reg, v);
        break;
    }
}

/* ---- life ---- */

void dp8390_init(struct dp8390 *n)
{
    timer_init(&n->transmitted, n->clock, dp8390_on_transmitted, n);
}

void dp8390_destroy(struct dp8390 *n)
{
    timer_disarm(&n->transmitted);
}

/* The pin resets only what the data sheet lists; the rest stays as the driver left it. */
void dp8390_reset(struct dp8390 *n)
{
    timer_disarm(&n->transmitted);
    n->running = false;
    n->cr = CR_RD2 | CR_STP;
    n->isr = ISR_RST;
    n->imr = 0;
    n->dcr |= DCR_LAS;
    n->tcr &= (u8)~TCR_LB;
    n->fifo_at = 0;
    update_irq(n);
}

void dp8390_state(struct dp8390 *n, struct state *s)
{
    u8 *const registers[] = {&n->cr,   &n->isr,  &n->imr,     &n->dcr,    &n->tcr,   &n->tsr,
                             &n->ncr,  &n->rcr,  &n->rsr,     &n->pstart, &n->pstop, &n->bnry,
                             &n->curr, &n->tpsr, &n->tx_page, &n->fifo_at};
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
        state_u8(s, "register", registers[i]);
    state_bool(s, "running", &n->running);
    state_u16(s, "tbcr", &n->tbcr);
    state_u16(s, "clda", &n->clda);
    state_u16(s, "crda", &n->crda);
    state_u16(s, "rbcr", &n->rbcr);
    state_u16(s, "tx_count", &n->tx_count);
    state_bytes(s, "par", n->par, sizeof(n->par));
    state_bytes(s, "mar", n->mar, sizeof(n->mar));
    state_bytes(s, "cntr", n->cntr, sizeof(n->cntr));
    state_bytes(s, "fifo", n->fifo, sizeof(n->fifo));
    timer_state(&n->transmitted, s, "transmitted");
    if (state_loading(s) && n->fifo_at >= DP8390_FIFO) {
        n->fifo_at = 0;
        state_fail(s, "impossible place in the FIFO");
    }
}

void dp8390_describe(const struct dp8390 *n, FILE *out)
{
    static const char *const remote[] = {"none", "read", "write", "send"};
    unsigned command = remote_command(n);
    fprintf(out, "%s%s, CR %02x ISR %02x IMR %02x DCR %02x RCR %02x TCR %02x TSR %02x RSR %02x\n",
            n->running ? "running" : "stopped",
            timer_armed(&n->transmitted) ? ", transmitting" : "", n->cr, n->isr, n->imr, n->dcr,
            n->rcr, n->tcr, n->tsr, n->rsr);
    fprintf(out, "ring %02x00-%02x00, boundary %02x, current %02x; transmit page %02x, %u bytes\n",
            n->pstart, n->pstop, n->bnry, n->curr, n->tpsr, n->tbcr);
    fprintf(out, "remote DMA %s at %04x, %u bytes left; frames missed: %u\n",
            command < REMOTE_ABORT ? remote[command] : "off", n->crda, n->rbcr, n->cntr[2]);
    fprintf(out, "address %02x:%02x:%02x:%02x:%02x:%02x\n", n->par[0], n->par[1], n->par[2],
            n->par[3], n->par[4], n->par[5]);
}
