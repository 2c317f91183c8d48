// caches.js - what makes the machine fast: translations that are kept, code that is decoded.
import {at_address, said, table} from './parts.js';

export const tlb = {
    id: 'tlb',
    title: 'TLB',
    group: 'Processor',
    about: 'The translations that the processor has kept; what the tables say now is in Address.',
    command: () => ({name: 'tlb', args: {}}),
    render(r, previous, tools) {
        const pages = Object.entries(r.pages || {});
        const before = (previous && previous.pages) || {};
        return tools.h('div', {class: 'view'}, said(tools), tools.h('p', {class: 'sentence'}, `${r.entries} entries`),
            table(['page', 'table', 'physical'], pages.map(([name, value]) => {
                const [page, ...of] = name.split(/[ -]/);
                return [at_address(tools, `0x${page}`), of.join(' '), {value, changed: !!previous && before[name] !== value}];
            }), 'Translations'));
    },
};

export const blocks = {
    id: 'blocks',
    title: 'Blocks',
    group: 'Processor',
    about: 'Decoded code that is kept: how much, and how often it was dropped because it was written to.',
    command: () => [{name: 'blocks', args: {}}, {name: 'performance', args: {}}],
    render([r, speed], previous, tools) {
        const row = (before, [name, value]) => [name.replaceAll('-', ' '), {value: String(value), changed: !!before && before[name] !== undefined && before[name] !== value}];
        return tools.h('div', {class: 'view'}, said(tools),
            table(null, Object.entries(r).map(e => row(previous && previous[0], e)), 'Blocks'),
            speed.translator && tools.h('pre', {}, speed.translator));
    },
};
