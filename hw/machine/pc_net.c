/*
 * pc_net.c - the network card in its slot and the cable in its socket.
 */
#include "hw/machine/pc.h"

enum { DEFAULT_IO = 0x300, DEFAULT_IRQ = 10, PCI_SLOT = 3 };

static void plug(struct pc *pc, struct ne2000_card *card)
{
    card->nic.out = (struct net_port){net_link_from_card, pc->net};
    pc->net->card = (struct net_port){dp8390_receive, &card->nic};
    pc->net->mac = card->mac;
}

void pc_wire_net(struct pc *pc, const struct nic_config *config)
{
    pc->net->config = config;
    if (config->net == NET_NONE)
        return;
    if (config->model == NIC_NE2K_PCI) {
        pc->rtl8029->enabled = true;
        pci_attach(pc->pci, &pc->rtl8029->pci, PCI_DEVFN(PCI_SLOT, 0));
        plug(pc, &pc->rtl8029->card);
        return;
    }
    pc->ne2000->enabled = true;
    pc->ne2000->base = config->io ? config->io : DEFAULT_IO;
    pc->ne2000->card.nic.irq = pc_isa_line(pc, config->irq ? config->irq : DEFAULT_IRQ);
    plug(pc, &pc->ne2000->card);
}
