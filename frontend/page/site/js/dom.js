// dom.js - elements without a framework. Texts become text nodes: nothing that a machine says is
// ever read as HTML.

// h('button', {class: 'x', onclick: f, 'aria-label': '...'}, 'text', node, [nodes], null)
export function h(tag, attributes, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name.startsWith('on'))
            e.addEventListener(name.slice(2), value);
        else if (name === 'style')
            Object.assign(e.style, value); // by the object model: the page's policy allows no style attributes
        else
            e.setAttribute(name, value === true ? '' : String(value));
    }
    add(e, children);
    return e;
}

const SVG = 'http://www.w3.org/2000/svg';

// The same for SVG.
export function svg(tag, attributes, ...children) {
    const e = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value !== null && value !== undefined && value !== false)
            e.setAttribute(name, String(value));
    }
    add(e, children);
    return e;
}

// A file for the person: the browser's download.
export function save(blob, name) {
    const url = URL.createObjectURL(blob);
    h('a', {href: url, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function add(e, children) {
    for (const c of children.flat(Infinity)) {
        if (c !== null && c !== undefined && c !== false)
            e.append(c instanceof Node ? c : String(c));
    }
}
