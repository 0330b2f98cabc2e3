// Writes a ZIP archive of a few small files (PKWARE APPNOTE 4.3), the same bytes for the same
// files: stored, because what deflate makes of them can change with the release of Node.js, and
// with one fixed time. A name that ends in a slash is a directory.
const VERSION = 20;
const MADE_ON_UNIX = 3 << 8;
const JANUARY_1_1980 = 0x21; // The first day that a DOS date can name.
const FILE_MODE = 0o100644;
const DIRECTORY_MODE = 0o40755;

export function zip(entries) {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const common = header(name, content);
    const mode = name.endsWith("/") ? DIRECTORY_MODE : FILE_MODE;
    locals.push(u32(0x04034b50), common, u16(0), Buffer.from(name), content);
    directory.push(u32(0x02014b50), u16(MADE_ON_UNIX | VERSION), common);
    // No extra field, no comment, first disk, no internal attributes; then mode and position.
    directory.push(u16(0), u16(0), u16(0), u16(0), u32(mode * 0x10000), u32(offset));
    directory.push(Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + content.length;
  }
  const index = Buffer.concat(directory);
  const count = u16(entries.length);
  const end = [u32(0x06054b50), u16(0), u16(0), count, count, u32(index.length), u32(offset)];
  return Buffer.concat([...locals, index, ...end, u16(0)]);
}

// The fields that a local header and its entry in the central directory share: version, flags,
// method, time, date, checksum, both sizes, length of the name.
function header(name, content) {
  const size = u32(content.length);
  return Buffer.concat([
    ...[u16(VERSION), u16(0), u16(0), u16(0), u16(JANUARY_1_1980)],
    ...[u32(crc32(content)), size, size, u16(Buffer.byteLength(name))],
  ]);
}

// Bit by bit: node:zlib has crc32 only since 20.15, and a few kilobytes do not need a table.
function crc32(content) {
  let crc = 0xffffffff;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
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
