/*
 * slots.c - asking the machine, which may not be there (slots.h).
 */
#include "hw/bus/slots.h"

static const struct slots *slots_of(const struct device *d)
{
    return d->board->slots;
}

bool slots_irq(struct device *d, unsigned n, enum line_use use, struct irq *line, struct err *e)
{
    const struct slots *s = slots_of(d);
    return !s || s->irq(s->owner, d, n, use, line, e);
}

bool slots_dma(struct device *d, unsigned channel, struct dma_line *line, struct err *e)
{
    const struct slots *s = slots_of(d);
    return !s || s->dma(s->owner, d, channel, line, e);
}

void slots_dma_spare(struct device *d, unsigned channel, struct dma_line *line)
{
    const struct slots *s = slots_of(d);
    if (s)
        s->dma_spare(s->owner, d, channel, line);
}

const struct midi_sink *slots_midi(const struct device *d)
{
    const struct slots *s = slots_of(d);
    return s ? s->midi : NULL;
}

const struct midi_source *slots_midi_in(const struct device *d)
{
    const struct slots *s = slots_of(d);
    return s ? s->midi_in : NULL;
}

const struct sound_inlet *slots_sound_in(const struct device *d)
{
    const struct slots *s = slots_of(d);
    return s ? s->sound_in : NULL;
}

bool slots_stream(struct device *d, const char *id, struct stream *stream, struct err *e)
{
    const struct slots *s = slots_of(d);
    if (!s || !id)
        return true;
    const struct stream *found = s->stream(s->owner, id);
    if (!found)
        return err_set(e, "there is no chardev \"%.60s\"", id);
    *stream = *found;
    return true;
}

const struct nic_config *slots_netdev(struct device *d, const char *id)
{
    const struct slots *s = slots_of(d);
    return s ? s->netdev(s->owner, id) : NULL;
}

void slots_exit(struct device *d, u32 value)
{
    const struct slots *s = slots_of(d);
    if (s)
        s->exit(s->owner, value);
}

struct device *slots_find(struct device *d, const struct device_class *class, const char *name)
{
    const struct slots *s = slots_of(d);
    return s ? s->find(s->owner, class, name) : NULL;
}
