// Stands in for the package of this name in the Lambda runtime: the same classes, no network.
// The driver sets globalThis.stub, which plays AWS.
export class PutObjectCommand {
  constructor(input) {
    this.input = input;
  }
}

export class S3Client {
  constructor(config) {
    this.config = config;
  }
  send(command) {
    return globalThis.stub("s3", command, this.config);
  }
}
