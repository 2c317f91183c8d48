// instruction.js - one instruction from its bytes to what it changes: the one that comes next, the last one, any.
import {act, ask_for, at_address, at_code, at_instant, fold, said, stop_button, table} from './parts.js';

function bytes(h, parts) {
    return h('ol', {class: 'bytes', 'aria-label': 'Bytes by role'}, parts.map(p =>
        h('li', {class: `role-${p.role.toLowerCase()}`, title: p.meaning},
            h('code', {}, p.bytes), h('span', {}, p.role))));
}

function operands(tools, list) {
    const after = list.some(o => o.after !== undefined);
    return table(['operand', 'use', 'before', after && 'after'].filter(Boolean), list.map(o => [
        o.operand.startsWith('[') ? at_address(tools, `0x${o.operand.slice(1, -1)}`, o.use === 'read' ? 'read' : 'write') : tools.h('code', {}, o.operand),
        o.use, {value: o.before}, ...(after ? [{value: o.after, changed: o.changed}] : [])]), 'Operands');
}

function flags(list) {
    return table(['flag', 'use', 'before', 'after', 'rule'], list.map(f => [
        {value: f.flag}, f.use, {value: f.before ?? ''},
        {value: f.after ?? '', changed: f.after !== undefined && f.after !== f.before}, f.rule || '']), 'Flags');
}

export default {
    id: 'instruction',
    title: 'Instruction',
    group: 'Processor',
    about: 'What the bytes say, what the operands hold, which rule sets each flag, what the decoder\'s cache made of it.',
    // A page that only looks on has nothing done on trial.
    command: (state, machine) => state.last ? {name: 'explain last', args: {}} : state.at ? {name: 'explain', args: {at: state.at}}
        : {name: machine.info.controls === false ? 'explain' : 'explain next', args: {}},
    render(r, previous, tools) {
        const {h, state} = tools;
        const verb = state.last ? 'The last one' : r.next ? 'The next one' : 'There';
        const mode = (text, change, pressed) => h('button', {class: 'chip', 'aria-pressed': String(pressed), onclick: () => tools.set({error: null, ...change})}, text);
        return h('div', {class: 'view'},
            h('div', {class: 'row'}, mode('Next', {last: false, at: ''}, !state.last && !state.at),
                mode('Last executed', {last: true, at: ''}, state.last), ask_for(tools, 'at', 'Show', state.at || '', 'f000:e05b'),
                h('span', {class: 'row'},
                    h('button', {class: 'plain small', onclick: () => act(tools, 'reverse-step')}, 'Step back'),
                    h('button', {class: 'plain small', onclick: () => act(tools, 'step')}, 'Step'))),
            said(tools),
            h('p', {class: 'sentence'}, `${verb}: `, h('code', {class: 'big'}, r.instruction), ' at ', at_address(tools, r.at, 'execute'),
                r.name && h('span', {}, ` (${r.name})`), r.then && h('span', {class: 'wrong'}, ` - then ${r.then}`)),
            bytes(h, r.parts),
            r.condition && h('p', {class: 'sentence'}, `Condition: ${r.condition.rule}`, r.condition.so && `: ${r.condition.so}`),
            fold(tools, 'parts', `${r.length} byte${r.length === 1 ? '' : 's'}: ${r.parts.map(p => p.role).join(', ')}`,
                table(['bytes', 'role', 'meaning'], r.parts.map(p => [{value: p.bytes}, p.role, p.meaning]), 'Bytes')),
            r.operands && fold(tools, 'operands', `Operands: ${r.operands.map(o => o.operand).join(', ')}`, operands(tools, r.operands)),
            r.flags && fold(tools, 'flags', `Flags: ${r.flags.map(f => f.flag).join(' ')}`, flags(r.flags)),
            r.changed && fold(tools, 'changed', `It ${r.next ? 'will change' : 'changed'} ${r.changed.map(c => c.register).join(', ') || 'no register'}`,
                table(['register', 'before', 'after'], r.changed.map(c => [{value: c.register}, {value: c.before}, {value: c.after, changed: true}]), 'Registers')),
            r['not-tried'] && h('p', {class: 'sentence'}, `What it will change is not known: ${r['not-tried']}`),
            fold(tools, 'row', `Its row: ${r.row.file || 'none'}`, h('pre', {}, r.row.text),
                r.row.operands.length > 0 && table(['operand', 'use', 'meaning'], r.row.operands.map(o => [{value: o.kind}, o.use, o.meaning]), 'Operands of the row')),
            fold(tools, 'cache', r.cache.length ? `Decoded: ${r.cache[0].says}` : 'Decoded: not kept in the cache',
                r.cache.map(b => table(null, Object.entries(b).map(([k, v]) => [k.replaceAll('-', ' '), k === 'says' ? v : {value: String(v)}]), 'Block'))),
            r['came-by'] && fold(tools, 'came', `It came here by ${r['came-by'][0].what}`,
                table(['what', 'from', 'to', 'after instructions'], r['came-by'].map(b => [
                    {value: b.what}, at_code(tools, b.from), at_code(tools, b.to), at_instant(tools, b.instructions)]), 'Branches')),
            h('div', {class: 'row'}, stop_button(tools, 'Stop here', 'break', {address: `0x${r.linear}`})));
    },
};
