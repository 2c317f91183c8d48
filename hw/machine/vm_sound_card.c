/*
 * vm_sound_card.c - the sound cards that a machine can have, by name, and how DOS programs are told
 * where one is (hw/machine/vm.h).
 */
#include "hw/machine/vm.h"
#include "hw/sound/gus.h"
#include "hw/sound/sb.h"

#include <stdio.h>
#include <string.h>

/* T: the number of the kind in BLASTER=. */
static const struct {
    const struct device_class *class;
    unsigned kind;
} cards[] = {
    {&sb16_class, 6}, {&sbpro2_class, 4}, {&sbpro_class, 2}, {&sb2_class, 3}, {&sb1_class, 1}};

const char *vm_sound_card_name(unsigned i)
{
    return i < ARRAY_SIZE(cards) ? cards[i].class->model : NULL;
}

static void blaster(const struct sb *sb, unsigned kind, char *text, size_t size)
{
    size_t n = (size_t)snprintf(text, size, "BLASTER=A%X I%u D%u", sb->base,
                                sb->irq_number == 9 ? 2 : sb->irq_number, sb->dma_number);
    if (kind == 6 && n < size)
        n += (size_t)snprintf(text + n, size - n, " H%u", sb->hdma_number);
    if (sb->mpu_base && n < size)
        n += (size_t)snprintf(text + n, size - n, " P%X", sb->mpu_base);
    if (n < size)
        snprintf(text + n, size - n, " T%u", kind);
}

bool vm_sound_card_variable(const char *name, const struct row *row, char *text, size_t size)
{
    bool is_gus = strcmp(gus_class.model, name) == 0;
    unsigned i = 0;
    while (i < ARRAY_SIZE(cards) && strcmp(cards[i].class->model, name) != 0)
        i++;
    if (i == ARRAY_SIZE(cards) && !is_gus)
        return false;
    struct device *d = device_new(is_gus ? &gus_class : cards[i].class, NULL);
    struct err e;
    bool ok = d && (!row || device_configure(d, row, &e));
    if (ok && is_gus) { /* channels for playing and recording, lines of GF1 and MIDI */
        const struct gus *g = (const struct gus *)d;
        snprintf(text, size, "ULTRASND=%X,%u,%u,%u,%u", g->base, g->dma_number, g->dma_number,
                 g->irq_number, g->irq_number);
    } else if (ok) {
        blaster((const struct sb *)d, cards[i].kind, text, size);
    }
    device_free(d);
    return ok;
}
