/*
 * nic.c - the value of -nic: the kind of network, then key=value pairs, in QEMU's spelling.
 */
#include "frontend/cli/nic.h"

#include "hw/base/host_net.h"
#include "hw/base/nearest.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HOW "-nic: "

/* ---- values ---- */

static bool set_model(struct nic_config *n, const char *v, struct err *e)
{
    static const char *const models[] = {[NIC_NE2K_ISA] = "ne2k_isa",
                                         [NIC_NE2K_PCI] = "ne2k_pci",
                                         [NIC_PCNET] = "pcnet",
                                         [NIC_PCNET_ISA] = "pcnet_isa"};
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        if (strcmp(v, models[i]) == 0) {
            n->model = (enum nic_model)i;
            return true;
        }
    }
    return err_set(e, HOW "model=%s: say ne2k_pci, pcnet, ne2k_isa or pcnet_isa", v);
}

static bool set_mac(struct nic_config *n, const char *v, struct err *e)
{
    const char *at = v;
    for (unsigned i = 0; i < 6; i++) {
        if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
            (i < 5 ? at[2] != ':' && at[2] != '-' : at[2] != 0))
            return err_set(e, HOW "mac=%s: six bytes like 52:54:00:12:34:56 are wanted", v);
        n->mac[i] = (u8)strtoul((char[]){at[0], at[1], 0}, NULL, 16);
        at += 3;
    }
    if (n->mac[0] & 1)
        return err_set(e, HOW "mac=%s: that is the address of a group; the first byte is even", v);
    n->mac_set = true;
    return true;
}

static bool number(const char *v, unsigned long max, unsigned long *n)
{
    char *end;
    if (!isdigit((unsigned char)*v))
        return false;
    *n = strtoul(v, &end, 0);
    return !*end && *n <= max;
}

static bool set_io(struct nic_config *n, const char *v, struct err *e)
{
    unsigned long io;
    if (!number(v, 0x3e0, &io) || io < 0x200 || io % 0x20)
        return err_set(e, HOW "io=%s: say 0x200 to 0x3e0 in steps of 0x20 (0x300)", v);
    n->io = (u16)io;
    return true;
}

static bool set_irq(struct nic_config *n, const char *v, struct err *e)
{
    static const u8 jumpers[] = {3, 4, 5, 9, 10, 11, 12, 15};
    unsigned long irq = 0;
    bool ok = number(v, 15, &irq);
    bool found = false;
    for (unsigned i = 0; ok && i < ARRAY_SIZE(jumpers); i++)
        found |= jumpers[i] == irq;
    if (!found)
        return err_set(e, HOW "irq=%s: the card has 3, 4, 5, 9, 10, 11, 12, 15 (10)", v);
    n->irq = (u8)irq;
    return true;
}

static bool set_restrict(struct nic_config *n, const char *v, struct err *e)
{
    n->restricted = strcmp(v, "on") == 0;
    return n->restricted || strcmp(v, "off") == 0 || err_set(e, HOW "restrict=%s: on or off", v);
}

static bool set_name(struct nic_config *n, const char *v, struct err *e)
{
    size_t len = strlen(v);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)v[i]) && v[i] != '-' && v[i] != '_')
            len = NIC_LAN_NAME + 1;
    }
    if (!len || len > NIC_LAN_NAME)
        return err_set(e, HOW "name=%s: 1 to %d letters, digits, - or _", v, NIC_LAN_NAME);
    memcpy(n->lan, v, len + 1);
    return true;
}

/* "[ADDRESS]:PORT", cut out of a longer text. */
static bool endpoint(const char *text, size_t len, u8 address[4], u16 *port)
{
    char copy[40];
    unsigned long p;
    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    char *colon = strchr(copy, ':');
    if (!colon || !number(colon + 1, 65535, &p) || !p)
        return false;
    *colon = 0;
    *port = (u16)p;
    return !*copy || inet_pton(AF_INET, copy, address) == 1;
}

/* tcp:[HOST]:PORT-[GUEST]:PORT. Without a host address only this host can connect. */
static bool set_hostfwd(struct nic_config *n, const char *v, struct err *e)
{
    struct nic_forward f = {.host = {127, 0, 0, 1}, .guest = {10, 0, 2, 15}};
    const char *from = strncmp(v, "tcp:", 4) == 0 || strncmp(v, "udp:", 4) == 0 ? v + 4 : NULL;
    const char *to = from ? strchr(from, '-') : NULL;
    if (n->forwards == NIC_FORWARDS)
        return err_set(e, HOW "hostfwd=%s: %d forwards are the limit", v, NIC_FORWARDS);
    if (!to || !endpoint(from, (size_t)(to - from), f.host, &f.host_port) ||
        !endpoint(to + 1, strlen(to + 1), f.guest, &f.guest_port))
        return err_set(e, HOW "hostfwd=%s: say tcp:HOST:PORT-GUEST:PORT, like tcp::2222-:22", v);
    f.udp = v[0] == 'u';
    n->forward[n->forwards++] = f;
    return true;
}

/* ---- the whole ---- */

enum { USER = 1 << NET_USER, LAN = 1 << NET_LAN, CARD = 1 << 8 };

static const struct key {
    const char *name;
    unsigned networks; /* that know it; CARD: it is not of the network */
    bool (*set)(struct nic_config *n, const char *value, struct err *e);
} keys[] = {
    {"model", USER | LAN | CARD, set_model},
    {"mac", USER | LAN | CARD, set_mac},
    {"io", USER | LAN | CARD, set_io},
    {"irq", USER | LAN | CARD, set_irq},
    {"hostfwd", USER, set_hostfwd},
    {"restrict", USER, set_restrict},
    {"name", LAN, set_name},
};

static bool set_key(struct nic_config *n, char *word, bool card, struct err *e)
{
    const char *names[ARRAY_SIZE(keys)];
    size_t count = 0;
    char *value = strchr(word, '=');
    if (value)
        *value++ = 0;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!(keys[i].networks & 1u << n->net) || (!card && keys[i].networks & CARD))
            continue;
        names[count++] = keys[i].name;
        if (strcmp(word, keys[i].name) != 0)
            continue;
        return value && *value ? keys[i].set(n, value, e)
                               : err_set(e, HOW "%s wants a value: %s=...", word, word);
    }
    const char *near = nearest_word(word, names, count);
    return err_set(e, HOW "there is no \"%.40s\" here%s%s%s", word, near ? "; did you mean " : "",
                   near ? near : "", near ? "?" : "");
}

static bool parse(struct nic_config *nic, const char *value, bool card, struct err *e)
{
    static const char *const networks[] = {"none", "user", "lan"};
    char copy[1024], *rest = copy;
    *nic = (struct nic_config){.model = NIC_NE2K_PCI};
    if (strlen(value) >= sizeof(copy))
        return err_set(e, HOW "that is too long");
    strcpy(copy, value);
    const char *kind = strsep(&rest, ",");
    bool found = false;
    for (unsigned i = 0; i < ARRAY_SIZE(networks); i++) {
        if (strcmp(kind, networks[i]) == 0) {
            nic->net = (enum nic_net)i;
            found = true;
        }
    }
    if (!HOST_SOCKETS && (!found || nic->net != NET_NONE))
        return err_set(e, "-nic %.100s: a browser gives a page no network; only none is possible",
                       kind);
    if (!found)
        return err_set(e, "-nic %.100s: say user, lan,name=NAME or none, then ,KEY=VALUE", kind);
    while (rest) {
        if (!set_key(nic, strsep(&rest, ","), card, e))
            return false;
    }
    if (nic->net == NET_LAN && !nic->lan[0])
        return err_set(e, "-nic lan: which one? say lan,name=NAME");
    if ((nic->io || nic->irq) && nic->model != NIC_NE2K_ISA && nic->model != NIC_PCNET_ISA)
        return err_set(e, HOW "io and irq are jumpers of model=ne2k_isa and pcnet_isa; a PCI card "
                              "has none");
    return true;
}

bool nic_parse(struct nic_config *nic, const char *value, struct err *e)
{
    return parse(nic, value, true, e);
}

bool netdev_parse(struct nic_config *nic, const char *value, struct err *e)
{
    struct err why;
    if (!parse(nic, value, false, &why)) {
        const char *text = strncmp(why.text, "-nic", 4) == 0 ? why.text + 4 : why.text;
        return err_set(e, "%s", text + strspn(text, ": "));
    }
    return nic->net != NET_NONE || err_set(e, "say user or lan");
}
