// carrier.js - how this page reaches its machine: a WebSocket to the machine that has served it.
// A build with the core in a worker has another file of this name.
export {connect} from './transport_socket.js';
