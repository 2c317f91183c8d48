// sound_worklet.js - a ring of samples between the machine's clock and the sound card's. What is in
// it is kept near TARGET by playing a little faster or slower, which nobody hears.

const RING = 1 << 16, TARGET = 0.06, MOST = 0.25; // frames; seconds

class FerriteSound extends AudioWorkletProcessor {
    constructor() {
        super();
        this.left = new Float32Array(RING);
        this.right = new Float32Array(RING);
        this.written = 0;
        this.read = 0; // with a fraction
        this.rate = 48000;
        this.filling = true;
        this.port.onmessage = e => this.take(e.data);
    }

    take({rate, samples}) {
        this.rate = rate;
        for (let i = 0; i + 1 < samples.length; i += 2, this.written++) {
            this.left[this.written % RING] = samples[i] / 32768;
            this.right[this.written % RING] = samples[i + 1] / 32768;
        }
        if (this.written - this.read > MOST * rate) // behind: the newest counts
            this.read = this.written - TARGET * rate;
    }

    process(_, [[left, right]]) {
        const there = this.written - this.read;
        if (this.filling && there < TARGET * this.rate)
            return true;
        this.filling = false;
        const drift = Math.max(-0.01, Math.min(0.01, (there / this.rate - TARGET) * 0.1));
        const step = this.rate / sampleRate * (1 + drift);
        for (let i = 0; i < left.length; i++) {
            if (this.read + 1 >= this.written) {
                this.filling = true; // silence until there is enough again
                break;
            }
            const at = Math.floor(this.read), part = this.read - at;
            const a = at % RING, b = (at + 1) % RING;
            left[i] = this.left[a] + (this.left[b] - this.left[a]) * part;
            right[i] = this.right[a] + (this.right[b] - this.right[a]) * part;
            this.read += step;
        }
        return true;
    }
}

registerProcessor('ferrite-sound', FerriteSound);
