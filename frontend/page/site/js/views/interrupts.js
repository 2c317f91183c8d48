// interrupts.js - from the device's pin to the handler, and the frames that were pushed.
import {at_address, at_code, at_instant, chain, fold, said, stop_button, table} from './parts.js';

const frame = (tools, list) => list.length
    ? table(['item', 'at', 'pushed', 'now'], list.map(i => [{value: i.item}, at_address(tools, `0x${i.at}`), {value: i.pushed},
        {value: i.now ?? '?', changed: i.now !== undefined && i.now !== i.pushed}]), 'Stack frame')
    : tools.h('p', {}, 'No frame: a task switch.');

function delivered(tools, list, key) {
    return list.map((d, i) => fold(tools, `${key}-${i}`,
        [`${d.cause} ${d.vector}${d.name ? ` ${d.name}` : ''}: ${d.from} to ${d.to}, rings ${d.rings}`],
        tools.h('p', {}, 'after ', at_instant(tools, d.instructions), ' instructions; handler ', at_code(tools, d.to), '; interrupted ', at_code(tools, d.from)),
        frame(tools, d.frame), stop_button(tools, `Stop at vector ${d.vector}`, 'break vector', {vectors: d.vector})));
}

const lamp = (h, on, what) => h('span', {class: on ? 'dot on' : 'dot', title: what}, on ? '1' : '0');

export default {
    id: 'interrupts',
    title: 'Interrupts',
    group: 'Board',
    about: 'Each line from the device through 8259, APIC and IF to its gate; what was delivered last, with the frame as it was pushed.',
    command: state => [{name: 'irq', args: {}}, {name: 'irq', args: {line: Number(state.line ?? 0)}}, {name: 'interrupts', args: {}}],
    render([all, one, now], previous, tools) {
        const {h, state} = tools;
        return h('div', {class: 'view'}, said(tools),
            h('p', {class: 'sentence'}, now.next),
            h('table', {class: 'values lines'}, h('caption', {class: 'unseen'}, 'Lines'),
                h('thead', {}, h('tr', {}, ['IRQ', 'device', 'vector', 'pin', 'requested', 'masked', 'in service'].map(t => h('th', {scope: 'col'}, t)))),
                h('tbody', {}, all.lines.map(l => h('tr', {class: l.irq === Number(state.line ?? 0) && 'chosen'},
                    h('td', {}, h('button', {class: 'link', 'aria-pressed': String(l.irq === Number(state.line ?? 0)), onclick: () => tools.set({line: l.irq})}, String(l.irq))),
                    h('td', {}, l.devices), h('td', {}, h('code', {}, l.vector)),
                    ...['pin', 'requested', 'masked', 'in-service'].map(k => h('td', {}, lamp(h, l[k], k))))))),
            h('p', {class: 'sentence'}, `IRQ ${one.irq}: ${one.verdict}`), chain(tools, one.steps),
            one.delivered.length > 0 && h('h3', {}, `The last one of vector ${one.vector}`), delivered(tools, one.delivered, 'one'),
            h('h3', {}, 'Delivered last'), all.delivered.length ? delivered(tools, all.delivered, 'all') : h('p', {class: 'empty'}, 'None since power-on, or since a state was loaded.'));
    },
};
