// Calls a service by the official client of gRPC-Web and prints what it tells, a line each:
// node client.js URL text|binary unary|stream MESSAGE [DEADLINE-MILLISECONDS]
const { createRequire } = require('node:module');
const load = createRequire(process.env.JIGRESS_NODE_MODULES + '/');
global.XMLHttpRequest = load('xhr2');
const { GrpcWebClientBase, MethodDescriptor, MethodType } = load('grpc-web');

const [url, format, kind, message, deadline] = process.argv.slice(2);
const bytes = text => new TextEncoder().encode(text);
const text = data => new TextDecoder().decode(data);
const client = new GrpcWebClientBase({ format });
const unary = kind === 'unary';
const path = unary ? '/test.Bytes/Unary' : '/test.Bytes/ServerStream';
const method = new MethodDescriptor(path, unary ? MethodType.UNARY : MethodType.SERVER_STREAMING, Object, Object, bytes, text);
const metadata = { 'x-text': 'from-the-client' };
if (deadline) {
  metadata.deadline = String(Date.now() + Number(deadline));
}
if (unary) {
  const call = client.rpcCall(url + path, message, metadata, method, (error, response) => {
    console.log(error ? `error ${error.code} ${error.message}` : `message ${response}`);
  });
  call.on('metadata', received => console.log('metadata ' + received['x-text']));
  call.on('status', status => console.log(`status ${status.code} ${status.metadata && status.metadata['x-end']}`));
} else {
  const call = client.serverStreaming(url + path, message, metadata, method);
  call.on('data', response => console.log(`message ${response}`));
  call.on('error', error => console.log(`error ${error.code} ${error.message}`));
  call.on('status', status => console.log(`status ${status.code} ${status.metadata && status.metadata['x-end']}`));
}
