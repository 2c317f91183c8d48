// segments.js - GDT, LDT, IDT and TSS entry by entry; rings and gates as a picture.
import {svg} from '../dom.js';
import {at_address, choose, fold, said, table} from './parts.js';

const tables = [['gdt', 'GDT'], ['ldt', 'LDT'], ['idt', 'IDT'], ['tss', 'TSS']];
const PAGE = 64;

// Rings from outside (3) to inside (0); segments lie in theirs, gates lead from theirs to code.
function rings(reply) {
    const ring_of = new Map(reply.entries.filter(e => e.entry).map(e => [parseInt(e.entry, 16) & ~7, e.ring]));
    const counts = [0, 1, 2, 3].map(ring => {
        const here = reply.entries.filter(e => e.present && e.ring === ring);
        const count = kind => here.filter(e => e.kind === kind).length;
        return {ring, text: ['code', 'data', 'system', 'gate'].map(k => count(k) && `${count(k)} ${k}`).filter(Boolean).join(', ')};
    });
    const gates = reply.entries.filter(e => e.kind === 'gate' && e.present).slice(0, 24);
    const at = (ring, angle) => [160 + (28 + ring * 32) * Math.cos(angle), 150 + (28 + ring * 32) * Math.sin(angle)];
    return svg('svg', {viewBox: '0 0 480 300', class: 'picture', role: 'img', 'aria-label':
        `Rings: ${counts.map(c => `ring ${c.ring}: ${c.text || 'nothing'}`).join('; ')}`},
    [3, 2, 1, 0].map(ring => svg('circle', {cx: 160, cy: 150, r: 28 + ring * 32, class: `ring ring-${ring}`})),
    counts.map(c => [
        svg('text', {x: 160, y: 150 - 14 - c.ring * 32, 'text-anchor': 'middle', class: 'ring-name'}, String(c.ring)),
        svg('text', {x: 305, y: 60 + c.ring * 22, class: 'note'}, `ring ${c.ring}: ${c.text || 'nothing'}`)]),
    gates.map((g, i) => {
        const angle = Math.PI * (0.15 + 0.7 * (i / Math.max(1, gates.length - 1)));
        const target = ring_of.get(parseInt(g.selector, 16) & ~7) ?? 0;
        const [x1, y1] = at(g.ring + 0.3, angle), [x2, y2] = at(Math.max(0, target - 0.5), angle);
        return svg('line', {x1, y1, x2, y2, class: 'gate'}, svg('title', {}, `${g.vector ? `vector ${g.vector}` : g.entry}: ${g.type} to ${g.selector}`));
    }));
}

function entry(tools, e) {
    const where = e.kind === 'gate' || e.kind === 'address' ? `${e.selector}${e.offset ? `:${e.offset}` : ''}` : null;
    return {class: e.present === false && 'dim', cells: [
        {value: e.vector ?? e.entry}, e.kind, e.type || e.name || '',
        where ? at_address(tools, where, 'execute') : e.base ? at_address(tools, `0x${e.base}`) : '',
        {value: e.limit || ''}, e.ring === undefined ? '' : String(e.ring),
        e.present === false && e.kind !== 'empty' ? 'not present' : e.in || '']};
}

export default {
    id: 'segments',
    title: 'Descriptors',
    group: 'Processor',
    about: 'Segments, gates and the task state segment, decoded; rings as circles, gates as lines inwards.',
    command: state => state.table === 'tss' ? {name: 'tss', args: {}}
        : {name: 'descriptors', args: {table: state.table || 'gdt', from: Number(state.from || 0), count: PAGE}},
    render(r, previous, tools) {
        const {h, state} = tools;
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
            r.entries.some(e => e.ring !== undefined) && fold(tools, 'rings', 'Rings and gates', rings(r)),
            table([which === 'idt' ? 'vector' : 'entry', 'kind', 'type', 'leads to', 'limit', 'ring', 'loaded in'],
                r.entries.map(e => entry(tools, e)), which.toUpperCase()),
            h('div', {class: 'row'},
                from > 0 && h('button', {class: 'plain small', onclick: () => tools.set({from: Math.max(0, from - PAGE)})}, 'Before'),
                more && h('button', {class: 'plain small', onclick: () => tools.set({from: from + PAGE})}, 'After')));
    },
};
