// address.js - where an address leads: segment, page tables, TLB, memory, or the step that refuses.
import {ask_for, bits, chain, choose, fold, last_writer, said, stop_button} from './parts.js';

export default {
    id: 'address',
    title: 'Address',
    group: 'Processor',
    about: 'The way of one access, check by check, as the processor makes them; on a fault, the step that refuses.',
    command: state => ({name: 'walk', args: {
        address: state.address || 'ss:esp', access: state.access || 'read', bytes: Number(state.bytes || 1)}}),
    render(r, previous, tools) {
        const {h, state} = tools;
        return h('div', {class: 'view'},
            h('div', {class: 'row'}, ask_for(tools, 'address', 'Walk', state.address || 'ss:esp', 'ds:esi'),
                choose(tools, 'access', 'Access', [['read', 'read'], ['write', 'write'], ['execute', 'execute']], r.access),
                choose(tools, 'bytes', 'Bytes', ['1', '2', '4', '8'].map(n => [n, `${n} byte${n === '1' ? '' : 's'}`]), String(r.bytes))),
            said(tools),
            h('p', {class: r.allowed ? 'sentence' : 'sentence wrong'}, `${r.access} by the ${r.by}: ${r.verdict}`, r.fault && ` (${r.fault})`),
            chain(tools, r.steps, (s, i) => s.bits && fold(tools, `bits-${i}`, `${s.step}: ${s.bits.filter(b => b.value).map(b => b.name).join(' ') || 'no bit set'}`, bits(s.bits))),
            h('div', {class: 'row'},
                r.linear && stop_button(tools, 'Stop when it is written', 'watch', {address: `0x${r.linear}`, bytes: r.bytes}),
                r.linear && stop_button(tools, 'Stop when it is accessed', 'watch', {address: `0x${r.linear}`, bytes: r.bytes, access: 'access'}),
                r.linear && last_writer(tools, `0x${r.linear}`)));
    },
};
