// carrier.js - in this build the machine is on the page itself, in a worker. A browser gets this module
// before all others, and it waits for none: its machine is on its way while they come.

// NULL: everything is there.
export function what_is_missing() {
    if (typeof WebAssembly !== 'object' || typeof BigInt !== 'function')
        return 'This browser has no WebAssembly: Firefox 121, Chrome 111, Safari 16.4 and later ones have all that this page needs.';
    if (typeof Worker !== 'function')
        return 'This browser runs no workers on this page: it needs Firefox 121, Chrome 111, Safari 16.4 or later, and a web server (file:// is none).';
    return null;
}

// The core's code, compiled once for all machines of this page, from the moment on that there is one.
// null: not here, so the worker does it.
let compiled = null;

function code() {
    if (!compiled) {
        compiled = typeof WebAssembly.compileStreaming === 'function'
            ? WebAssembly.compileStreaming(fetch(new URL('core.wasm', import.meta.url))).catch(() => null) : Promise.resolve(null);
    }
    return compiled;
}

function new_worker() {
    const worker = new Worker(new URL('worker.js', import.meta.url), {type: 'module'});
    code().then(module => worker.postMessage({module}));
    return worker;
}

// The first machine's, which loads the core before anybody asks for a machine.
let ready_made = what_is_missing() ? null : new_worker();

export function next_worker() {
    const worker = ready_made || new_worker();
    ready_made = null;
    return worker;
}

const transport = import('./transport_worker.js');
transport.catch(() => {}); // said by who connects

export const connect = async (emit, options) => (await transport).connect(emit, options);
