/* net_look.h - registers of network cards, for who looks. */
#ifndef FERRITE_NET_LOOK_H
#define FERRITE_NET_LOOK_H

#include "hw/bus/device_look.h"

device_look_fn ne2000_look, rtl8029_look, pcnet_card_look;

#endif
