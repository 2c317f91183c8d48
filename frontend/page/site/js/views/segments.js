// segments.js - GDT, LDT, IDT and TSS entry by entry; rings and gates as a picture.
import {h, svg} from '../dom.js';
import {at_address, choose, said, table, unfold} from './parts.js';

const tables = [['gdt', 'GDT'], ['ldt', 'LDT'], ['idt', 'IDT'], ['tss', 'TSS']];
const PAGE = 64;

// Rings from outside (3) to inside (0). Segments are dots in theirs, gates lines from the ring that may
// use them to the ring of the code they lead to (which `gdt` says).
function rings(reply, gdt) {
    const ring_of = new Map(gdt.entries.filter(e => e.entry && e.kind === 'code').map(e => [parseInt(e.entry, 16), e.ring]));
    const here = reply.entries.filter(e => e.present && e.ring !== undefined);
    const counts = [0, 1, 2, 3].map(ring => {
        const count = kind => here.filter(e => e.ring === ring && e.kind === kind).length;
        return {ring, text: ['code', 'data', 'system', 'gate'].map(k => count(k) && `${count(k)} ${k}${k === 'gate' && count(k) > 1 ? 's' : ''}`).filter(Boolean).join(', ') || 'nothing'};
    });
    const at = (ring, angle) => [160 + (14 + ring * 32) * Math.cos(angle), 150 + (14 + ring * 32) * Math.sin(angle)];
    const around = (list, i) => Math.PI * (0.12 + 1.76 * (i + 0.5) / list.length) - Math.PI / 2;
    const segments = here.filter(e => e.kind !== 'gate'), gates = here.filter(e => e.kind === 'gate').slice(0, 48);
    const name = e => `${e.vector ? `vector ${e.vector}` : e.entry}: ${e.type}`;
    const picture = svg('svg', {viewBox: '0 0 320 300', class: 'picture rings', role: 'img', 'aria-label':
        `Rings: ${counts.map(c => `ring ${c.ring}: ${c.text}`).join('; ')}`},
    [3, 2, 1, 0].map(ring => svg('circle', {cx: 160, cy: 150, r: 30 + ring * 32, class: `ring ring-${ring}`})),
    counts.map(c => svg('text', {x: 160, y: 150 - 12 - c.ring * 32, 'text-anchor': 'middle', class: 'ring-name'}, String(c.ring))),
    gates.map((g, i) => {
        const angle = around(gates, i), target = ring_of.get(parseInt(g.selector, 16) & ~7) ?? 0;
        const [x1, y1] = at(g.ring + 0.4, angle), [x2, y2] = at(target - 0.2, angle);
        return svg('g', {class: 'gate'}, svg('title', {}, `${name(g)} to ${g.selector}, ring ${target}`),
            svg('line', {x1, y1, x2, y2}), svg('circle', {cx: x2, cy: y2, r: 3}));
    }),
    segments.map((s, i) => {
        const [cx, cy] = at(s.ring, around(segments, i));
        return svg('circle', {cx, cy, r: s.in ? 6 : 4, class: `segment ${s.kind}`}, svg('title', {}, `${name(s)}${s.in ? `, in ${s.in}` : ''}`));
    }));
    return [picture, h('p', {class: 'sentence', 'aria-hidden': 'true'}, counts.map(c => `ring ${c.ring}: ${c.text}`).join('; '))];
}

function entry(tools, e) {
    const where = e.kind === 'gate' || e.kind === 'address' ? `${e.selector}${e.offset ? `:${e.offset}` : ''}` : null;
    return {class: e.present === false && 'dim', cells: [
        {value: e.vector ?? e.entry}, e.type || e.name || e.kind,
        where ? at_address(tools, where, 'execute') : e.base ? at_address(tools, `0x${e.base}`) : '',
        {value: e.limit || ''}, e.ring === undefined ? '' : String(e.ring),
        e.present === false && e.kind !== 'empty' ? 'not present' : e.in || '']};
}

export default {
    id: 'segments',
    title: 'Descriptors',
    group: 'Processor',
    about: 'Segments, gates and the task state segment, decoded; rings as circles, gates as lines inwards.',
    command: state => state.table === 'tss' ? [{name: 'tss', args: {}}]
        : [{name: 'descriptors', args: {table: state.table || 'gdt', from: Number(state.from || 0), count: PAGE}},
            ...(state.table === 'idt' || state.table === 'ldt' ? [{name: 'descriptors', args: {table: 'gdt'}}] : [])],
    render([r, gdt], before, tools) {
        const {h, state} = tools;
        const previous = before && before[0];
        const which = state.table || 'gdt';
        const pick = h('div', {class: 'row'}, tables.map(([id, name]) => h('button', {class: 'chip', 'aria-pressed': String(id === which),
            onclick: () => tools.set({table: id, from: 0})}, name)));
        if (which === 'tss')
            return h('div', {class: 'view'}, pick, h('p', {class: 'sentence'}, `${r.type} ${r.selector} at `, at_address(tools, `0x${r.base}`), `, limit ${r.limit}`),
                table(['field', 'offset', 'value'], r.fields.map((f, i) => [f.field, String(f.offset),
                    {value: f.value, changed: previous && previous.fields && previous.fields[i] && previous.fields[i].value !== f.value}]), 'TSS'));
        const from = r.from, more = from + PAGE < r.count;
        return h('div', {class: 'view'}, pick, said(tools),
            h('p', {class: 'sentence'}, `${which.toUpperCase()} at `, at_address(tools, `0x${r.base}`), `, limit ${r.limit}: ${r.count} entries`),
            r.entries.some(e => e.ring !== undefined) && unfold(tools, 'rings', 'Rings and gates', rings(r, gdt || r)),
            table([which === 'idt' ? 'vector' : 'entry', 'type', 'leads to', 'limit', 'ring', 'in'],
                r.entries.map(e => entry(tools, e)), which.toUpperCase()),
            h('div', {class: 'row'},
                from > 0 && h('button', {class: 'plain small', onclick: () => tools.set({from: Math.max(0, from - PAGE)})}, 'Before'),
                more && h('button', {class: 'plain small', onclick: () => tools.set({from: from + PAGE})}, 'After')));
    },
};
