/*
 * vm_sound_card.c - the sound cards that a machine can have, by name, and how DOS programs are told
 * where one is (hw/machine/vm.h).
 */
#include "hw/machine/vm.h"
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

bool vm_sound_card_variable(const char *name, const struct row *row, char *text, size_t size)
{
    unsigned i = 0;
    while (i < ARRAY_SIZE(cards) && strcmp(cards[i].class->model, name) != 0)
        i++;
    struct device *d = i < ARRAY_SIZE(cards) ? device_new(cards[i].class, NULL) : NULL;
    struct err e;
    bool ok = d && (!row || device_configure(d, row, &e));
    if (ok) {
        const struct sb *sb = (const struct sb *)d;
        size_t n = (size_t)snprintf(text, size, "BLASTER=A%X I%u D%u", sb->base,
                                    sb->irq_number == 9 ? 2 : sb->irq_number, sb->dma_number);
        if (cards[i].kind == 6 && n < size)
            n += (size_t)snprintf(text + n, size - n, " H%u", sb->hdma_number);
        if (sb->mpu_base && n < size)
            n += (size_t)snprintf(text + n, size - n, " P%X", sb->mpu_base);
        if (n < size)
            snprintf(text + n, size - n, " T%u", cards[i].kind);
    }
    device_free(d);
    return ok;
}
