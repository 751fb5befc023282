// Calls every method of the test service at the address given and prints what it saw as one JSON object.
'use strict';
const { grpc, Echo } = require('./echo');

const client = new Echo(process.argv[2], grpc.credentials.createInsecure());

function unary(method, request, metadata, options) {
  return new Promise(resolve => {
    const seen = {};
    const call = client[method](request, metadata, options, (error, response) => {
      Object.assign(seen, error
        ? { code: error.code, details: error.details, metadata: error.metadata.getMap() }
        : { value: response.value });
    });
    call.on('metadata', headers => { seen.headers = headers.getMap(); });
    call.on('status', status => { setImmediate(() => resolve({ ...seen, trailers: status.metadata.getMap() })); });
  });
}

function stream(call) {
  return new Promise(resolve => {
    const values = [];
    call.on('data', message => values.push(message.value));
    call.on('error', () => {});
    call.on('status', status => resolve({ values, code: status.code, details: status.details }));
  });
}

async function main() {
  const seen = {};
  const metadata = new grpc.Metadata();
  metadata.add('x-echo', 'text');
  metadata.add('x-bytes-bin', Buffer.from([0, 255, 7, 8]));
  seen.unary = await unary('Unary', { value: 'hi' }, metadata, {});
  seen.gzip = await new Promise((resolve, reject) => {
    const options = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
    const compressing = new Echo(process.argv[2], grpc.credentials.createInsecure(), options);
    compressing.Unary({ value: 'z'.repeat(10000) }, (error, response) => {
      compressing.close();
      if (error) reject(error);
      else resolve(response.value.length);
    });
  });
  seen.fail = await unary('Fail', { value: 'no ñandú' }, new grpc.Metadata(), {});
  seen.throw = await unary('Throw', { value: '' }, new grpc.Metadata(), {});
  seen.hang = await unary('Hang', { value: '' }, new grpc.Metadata(), { deadline: Date.now() + 200 });
  seen.count = await stream(client.Count({ value: 1000 }));
  seen.count.values = seen.count.values.length;
  seen.midway = await stream(client.FailMidway({ value: 'one' }));
  seen.sum = await new Promise((resolve, reject) => {
    const call = client.Sum((error, response) => (error ? reject(error) : resolve(response.value)));
    for (let i = 1; i <= 100; i++) call.write({ value: i });
    call.end();
  });
  const duplex = client.Duplex();
  const result = stream(duplex);
  for (let i = 0; i < 100; i++) duplex.write({ value: `${i}` });
  duplex.end();
  seen.duplex = await result;
  seen.duplex.values = seen.duplex.values.length;
  console.log(JSON.stringify(seen));
  client.close();
}

main().catch(error => { console.error(error); process.exit(1); });
