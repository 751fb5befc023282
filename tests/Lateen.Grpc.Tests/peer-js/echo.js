// Loads the test service's definition.
'use strict';
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, '..', 'echo.proto'), { keepCase: true });
exports.grpc = grpc;
exports.Echo = grpc.loadPackageDefinition(definition).lateen.test.Echo;
