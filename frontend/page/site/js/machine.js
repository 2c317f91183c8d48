// machine.js - the machine as all parts of the page see it: commands and events, whatever carries
// them. See ../../README.md.

// What a command says when it fails.
export class CommandError extends Error {
    constructor(text, details) {
        super(text);
        this.name = 'CommandError';
        this.details = details || {};
    }
}

export class Machine {
    constructor() {
        this.listeners = new Map();
        this.carrier = null;
        this.running = true;
        this.on('stop', () => { this.running = false; });
        this.on('resume', () => { this.running = true; });
        this.on('role', ({controls}) => { this.info.controls = controls; });
    }

    // `connect` is the carrier's; see carrier.js.
    async open(connect) {
        this.carrier = await connect((event, data) => this.emit(event, data));
        this.info = this.carrier.info;
        const status = await this.command('status', {});
        this.running = status.status === 'running' || status.running === true;
    }

    command(name, args = {}) {
        return this.carrier.command(name, args);
    }

    on(event, listener) {
        if (!this.listeners.has(event))
            this.listeners.set(event, new Set());
        this.listeners.get(event).add(listener);
        return () => this.listeners.get(event).delete(listener);
    }

    emit(event, data = {}) {
        for (const listener of this.listeners.get(event) || []) {
            try {
                listener(data);
            } catch (error) { // one view's mistake is not the others' end
                console.error(event, error);
            }
        }
    }

    get insert() {
        return this.carrier.insert || null;
    }

    // Of images that were dropped on this page: {list(), download(name), forget(name)}.
    get disks() {
        return this.carrier.disks || null;
    }

    get states() {
        return this.carrier.states || null;
    }
}
