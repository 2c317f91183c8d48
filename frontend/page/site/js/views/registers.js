// registers.js - the processor's registers, with what has changed since the last look.
export default {
    id: 'registers',
    title: 'Registers',
    group: 'Processor',
    about: 'What is in the processor now; marked: what has changed since the last look.',
    command: () => ({name: 'registers', args: {}}),
    render(reply, previous, {h}) {
        const rows = [];
        const walk = (value, before, name) => {
            if (value !== null && typeof value === 'object') {
                for (const key of Object.keys(value))
                    walk(value[key], before && before[key], name ? `${name} ${key}` : key);
                return;
            }
            const changed = before !== undefined && before !== null && before !== value;
            rows.push(h('tr', {class: changed && 'changed'}, h('th', {scope: 'row'}, name),
                h('td', {}, h('code', {}, value), changed && h('span', {class: 'unseen'}, ' changed'))));
        };
        walk(reply, previous, '');
        return h('table', {class: 'values'}, h('tbody', {}, rows));
    },
};
