// A failure whose message tells the reader of the log all that there is to know: no stack is shown.
export class Failure extends Error {
  constructor(message, cause) {
    super(message, { cause });
    this.name = "Failure";
  }
}

// Whether an error of the file system says that there is no such file.
export function isMissing(error) {
  return ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(error.code);
}
