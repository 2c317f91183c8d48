// carrier.js - in this build the machine is on the page itself, in a worker.
export {connect} from './transport_worker.js';
