// sound.js - the machine's sound. Browsers let it begin with a gesture only: the first click or key
// on the screen, or the button.

export class Sound {
    constructor(machine) {
        this.machine = machine;
        this.context = null;
        this.on = false;
        machine.on('audio', ({rate, samples}) => {
            if (this.node)
                this.node.port.postMessage({rate, samples}, [samples.buffer]);
        });
    }

    async start() {
        if (this.on)
            return;
        this.on = true;
        try {
            if (!this.context) {
                this.context = new AudioContext({latencyHint: 'interactive'});
                await this.context.audioWorklet.addModule(new URL('sound_worklet.js', import.meta.url));
                this.node = new AudioWorkletNode(this.context, 'ferrite-sound', {outputChannelCount: [2]});
                this.node.connect(this.context.destination);
            }
            await this.context.resume();
            if (this.machine.carrier.sound)
                await this.machine.carrier.sound(true);
        } catch (error) {
            this.on = false;
            throw error;
        } finally {
            this.machine.emit('sound', {on: this.on});
        }
    }

    async stop() {
        this.on = false;
        this.machine.emit('sound', {on: false});
        if (this.machine.carrier.sound)
            await this.machine.carrier.sound(false);
        if (this.context)
            await this.context.suspend();
    }
}
