// transport_socket.js - a machine at the other end of a WebSocket. Its frames are described in
// frontend/http/README.md.
import {save} from './dom.js';
import {CommandError} from './machine.js';
import {unpack_screen} from './picture.js';

const SCREEN = 1, AUDIO = 2, FILE = 3;
const PIECE = 1 << 17; // bytes of a file

function token() {
    const given = new URLSearchParams(location.hash.slice(1)).get('token');
    if (given) { // kept for a reload of this tab, and out of the address that people copy
        sessionStorage.setItem('ferrite-token', given);
        history.replaceState(null, '', location.pathname + location.search);
    }
    return given || sessionStorage.getItem('ferrite-token') || '';
}

// The tab's own name, by which it is known again when it is loaded anew.
function page_name() {
    let name = sessionStorage.getItem('ferrite-page');
    if (!name) {
        name = Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(36)).join('-');
        sessionStorage.setItem('ferrite-page', name);
    }
    return name;
}

export function connect(emit) {
    const address = new URL('machine', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    address.hash = '';
    const socket = new WebSocket(address, 'ferrite');
    const waiting = new Map(), pieces = new Map();
    let number = 0, over = false;
    socket.binaryType = 'arraybuffer';

    const send = object => socket.send(JSON.stringify(object));

    function command(name, args = {}) {
        if (over)
            return Promise.reject(new CommandError('the machine is not connected any more'));
        return new Promise((resolve, reject) => {
            waiting.set(++number, {resolve, reject});
            send({id: number, execute: name, arguments: args});
        });
    }

    // A file of this computer into a drive of the machine's: its bytes go over in pieces, as fast as
    // the other end takes them.
    async function insert(drive, file, progress = () => {}) {
        const done = command('page-insert', {drive, name: file.name, size: file.size});
        let failed = false;
        done.catch(() => { failed = true; });
        for (let at = 0; at < file.size && !failed && !over; at += PIECE) {
            const piece = await file.slice(at, at + PIECE).arrayBuffer();
            while (socket.bufferedAmount > 4 * PIECE && !over)
                await new Promise(next => setTimeout(next, 10));
            if (failed)
                break;
            socket.send(piece);
            progress(Math.min(1, (at + PIECE) / file.size));
        }
        try {
            return await done;
        } catch (error) { // where it was kept says nothing to who has another computer
            throw new CommandError(error.message.replaceAll(/\/[^:;&]*\/ferrite-page-\w+\/\d+-[\w.-]+/g, () => file.name), error.details);
        }
    }

    // What was sent, as it is now. A machine that runs is stopped for it, so that it is of one moment:
    // one at a time, or the first that is done lets it go on under the others.
    let last_download = Promise.resolve();
    const download = name => last_download = last_download.catch(() => {}).then(() => fetch_whole(name));

    async function fetch_whole(name) {
        const {status} = await command('status', {}), parts = [];
        if (status === 'running')
            await command('stop', {});
        try {
            for (let at = 0, size = 1; at < size;) {
                const id = number + 1, reply = await command('page-fetch', {name, at});
                const piece = pieces.get(id);
                pieces.delete(id);
                size = reply.size;
                if (!reply.bytes)
                    break;
                parts.push(piece);
                at += reply.bytes;
            }
        } finally {
            pieces.clear();
            if (status === 'running')
                await command('cont', {});
        }
        save(new Blob(parts), name.replace(/^\d+-/, ''));
    }

    // Kept where the machine runs.
    const states = {
        list: () => command('snapshot-list', {}),
        save: name => command('snapshot-save', {file: `${name.replace(/[^\w.-]+/g, '-')}.state`}),
        load: name => command('snapshot-load', {file: name}),
    };

    function on_text(text) {
        const m = JSON.parse(text);
        if (m.event !== undefined) {
            emit(m.event, m.data || {});
            return;
        }
        const call = waiting.get(m.id);
        if (!call)
            return;
        waiting.delete(m.id);
        if (m.error)
            call.reject(new CommandError(m.error.desc, m.error));
        else
            call.resolve(m.return);
    }

    function on_bytes(buffer) {
        const type = new Uint8Array(buffer, 0, 1)[0];
        if (type === SCREEN) {
            const screen = unpack_screen(buffer);
            emit('screen', screen);
            requestAnimationFrame(() => { if (!over) send({seen: screen.number}); });
        } else if (type === AUDIO) {
            const rate = new DataView(buffer).getUint32(4, true);
            emit('audio', {rate, samples: new Int16Array(buffer, 8)});
        } else if (type === FILE) {
            pieces.set(new DataView(buffer).getUint32(4, true), new Uint8Array(buffer, 8));
        }
    }

    return new Promise((resolve, reject) => {
        socket.onopen = async () => {
            try {
                const info = await command('hello', {token: token(), page: page_name(), version: 1});
                resolve({
                    info: {carrier: 'socket', ...info}, command, insert, states,
                    disks: {list: () => command('page-disks', {}), download},
                    sound: on => command('page-sound', {on}),
                    take_control: () => command('page-control', {}),
                    close: () => socket.close(),
                });
            } catch (error) {
                reject(error);
            }
        };
        socket.onmessage = e => typeof e.data === 'string' ? on_text(e.data) : on_bytes(e.data);
        socket.onclose = e => {
            over = true;
            const text = e.reason || 'the machine has ended, or the connection to it is lost';
            for (const call of waiting.values())
                call.reject(new CommandError(text));
            waiting.clear();
            reject(new CommandError(text));
            emit('closed', {text});
        };
    });
}
