// Behind the proxies: HTTP/1.1 that tells what came, any upgrade as an echo, and an echo of TCP. Prints the two ports and
// ends with its standard input.
'use strict';
const crypto = require('crypto');
const http = require('http');
const net = require('net');

const page = `<!doctype html><title>page</title><p id="p"></p><script>
document.getElementById('p').textContent = 'protocol:' + performance.getEntriesByType('navigation')[0].nextHopProtocol;
</script>`;
const web = http.createServer((request, response) => {
  const hash = crypto.createHash('sha256');
  request.on('data', piece => hash.update(piece));
  request.on('end', () => {
    if (request.url === '/page') {
      response.setHeader('content-type', 'text/html');
      response.end(page);
      return;
    }
    response.end(`${request.method} ${request.url} ${hash.digest('hex')}`);
  });
});
web.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
  socket.pipe(socket);
});
const echo = net.createServer({ allowHalfOpen: false }, socket => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
web.listen(0, '127.0.0.1', () => echo.listen(0, '127.0.0.1', () => {
  console.log(`${web.address().port} ${echo.address().port}`);
}));
process.stdin.on('end', () => process.exit(0)).resume();
