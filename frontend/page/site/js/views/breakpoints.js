// breakpoints.js - where the machine stops: whatever other views have asked for, and by hand.
import {act, said, table} from './parts.js';

const kinds = [
    ['break', 'address', 'at an address', 'f000:e05b'], ['watch', 'address', 'when memory is written', '0x46c'],
    ['break port', 'ports', 'at a port', '3f8-3ff'], ['break interrupt', 'vectors', 'at an interrupt', '8'],
    ['break exception', 'vectors', 'at an exception', 'any'], ['break text', 'text', 'when a text is shown', 'A:\\>'],
];

export default {
    id: 'breakpoints',
    title: 'Stops',
    group: 'Memory and time',
    about: 'Where the machine stops: addresses, memory, ports, interrupts, texts. Whatever is visible can be one.',
    command: () => ({name: 'breakpoints', args: {}}),
    render(reply, previous, tools) {
        const {h} = tools;
        const list = Array.isArray(reply) ? reply : [];
        const kind = h('select', {'aria-label': 'What stops it'}, kinds.map(([name, , text]) => h('option', {value: name}, text)));
        const where = h('input', {type: 'text', 'aria-label': 'Where', placeholder: kinds[0][3], spellcheck: 'false'});
        kind.addEventListener('change', () => { where.placeholder = kinds.find(k => k[0] === kind.value)[3]; });
        return h('div', {class: 'view'},
            h('form', {class: 'ask', onsubmit: e => {
                e.preventDefault();
                act(tools, kind.value, {[kinds.find(k => k[0] === kind.value)[1]]: where.value.trim()});
            }}, kind, where, h('button', {class: 'plain small', type: 'submit'}, 'Stop there')),
            said(tools),
            list.length ? table(['number', 'what', ''], list.map(p => [String(p.number), Object.entries(p).filter(([k]) => k !== 'number').map(([k, v]) => `${k === 'what' || k === 'point' ? '' : `${k}: `}${v}`).join(', '),
                h('button', {class: 'plain small', 'aria-label': `Remove ${p.number}`, onclick: () => act(tools, 'delete', {number: p.number})}, 'Remove')]), 'Stops')
                : h('p', {class: 'empty'}, 'None.'));
    },
};
