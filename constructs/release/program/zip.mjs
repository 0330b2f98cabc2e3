// Writes a ZIP archive (PKWARE APPNOTE 4.3), the same bytes for the same files: stored, because what
// deflate makes of them can change with the release of Node.js, and with one fixed time.
import { crc32 } from "node:zlib";

const VERSION = 20;
const MADE_ON_UNIX = 3 << 8;
const UTF8_NAMES = 1 << 11;
const JANUARY_1_1980 = 0x21; // The first day that a DOS date can name.
const FILE_MODE = 0o100644;
const PROGRAM_MODE = 0o100755; // Elastic Beanstalk runs only hooks that are executable.

export function zip(entries) {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const { name, content, executable } of entries) {
    const path = Buffer.from(name);
    const common = header(path, content);
    const mode = executable ? PROGRAM_MODE : FILE_MODE;
    locals.push(u32(0x04034b50), common, u16(0), path, content);
    directory.push(u32(0x02014b50), u16(MADE_ON_UNIX | VERSION), common);
    // No extra field, no comment, first disk, no internal attributes; then mode and position.
    directory.push(u16(0), u16(0), u16(0), u16(0), u32(mode * 0x10000), u32(offset), path);
    offset += 30 + path.length + content.length;
  }
  const index = Buffer.concat(directory);
  const count = u16(entries.length);
  const end = [u32(0x06054b50), u16(0), u16(0), count, count, u32(index.length), u32(offset)];
  return Buffer.concat([...locals, index, ...end, u16(0)]);
}

// The fields that a local header and its entry in the central directory share: version, flags,
// method, time, date, checksum, both sizes, length of the name.
function header(path, content) {
  const size = u32(content.length);
  return Buffer.concat([
    ...[u16(VERSION), u16(UTF8_NAMES), u16(0), u16(0), u16(JANUARY_1_1980)],
    ...[u32(crc32(content)), size, size, u16(path.length)],
  ]);
}

function u16(number) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(number);
  return bytes;
}

function u32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
