// The test service by grpc-js. Prints its port, and ends with its standard input.
'use strict';
const { grpc, Echo } = require('./echo');

const server = new grpc.Server();
server.addService(Echo.service, {
  Unary(call, callback) {
    const headers = new grpc.Metadata();
    const trailers = new grpc.Metadata();
    const text = call.metadata.get('x-echo')[0];
    if (text) {
      headers.add('x-echo', text);
      trailers.add('x-echo-bin', call.metadata.get('x-bytes-bin')[0]);
      call.sendMetadata(headers);
    }
    callback(null, { value: call.request.value }, trailers);
  },
  Fail(call, callback) {
    const metadata = new grpc.Metadata();
    metadata.add('x-why', 'because');
    metadata.add('grpc-status-details-bin', Buffer.from([1, 2, 3]));
    callback({ code: grpc.status.NOT_FOUND, details: call.request.value, metadata });
  },
  Hang() {},
  Throw(call, callback) {
    callback(new Error('a secret'));
  },
  Count(call) {
    for (let i = 0; i < call.request.value; i++) call.write({ value: i });
    call.end();
  },
  Sum(call, callback) {
    let sum = 0;
    call.on('data', message => { sum += message.value; });
    call.on('end', () => callback(null, { value: sum }));
  },
  Duplex(call) {
    call.write({ value: 'hello' });
    call.on('data', message => call.write(message));
    call.on('end', () => call.end());
  },
  FailMidway(call) {
    call.write(call.request);
    call.emit('error', { code: grpc.status.ABORTED, details: 'half-way: äöü 100%' });
  },
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.stdin.on('end', () => process.exit(0)).resume();
