// What the rules of a definition have in common: values of any type, as JSON has them.

// Reports keys that are not known to be harmless or judged by a rule. A list of the dangerous keys would miss those to
// come, and Go programs such as the ECS agent also accept other cases of letters.
export function* unknown(object, known, at) {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) {
      const meant = known.find((name) => name.toLowerCase() === key.toLowerCase());
      yield `${at}${key}: it is not a key that a release may set; ${meant ? `write ${meant}` : "remove it"}`;
    }
  }
}

export function* lists(object, at, keys, kind) {
  const fits = kind === "object" ? isObject : (value) => typeof value === "string";
  for (const key of keys) {
    const list = object[key] ?? [];
    if (!Array.isArray(list)) {
      yield `${at}${key}: ${show(list)} is not a list; write [ … ]`;
    } else if (!list.every(fits)) {
      const odd = show(list.find((item) => !fits(item)));
      yield `${at}${key}: ${odd} is not ${kind === "object" ? "an object; write { … }" : "text; put it in quotation marks"}`;
    }
  }
}

// Whether a text can be a name in a bundle that is the same on every instance, and one line in a log: tools that unpack
// archives take a backslash for a slash.
export function isFileName(text) {
  return text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\\]/u.test(text);
}

// Whether a text is an absolute path that means the same to everybody who reads it. The ECS agent joins the two paths of a
// mount and its options with colons (amazon-ecs-agent, dockerHostBinds), and Docker takes them apart at every colon.
export function isPlainPath(path) {
  return (
    filled(path) &&
    path.startsWith("/") &&
    isFileName(path) &&
    !path.includes(":") &&
    trimmed(path).slice(1).split("/").every((part) => !["", ".", ".."].includes(part))
  );
}

// A slash at the end does not change what a path means.
export function trimmed(path) {
  return path.replace(/\/$/, "");
}

export function isName(value) {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,255}$/.test(value);
}

// Returns a text whose characters all show, in one line.
export function oneLine(text) {
  return text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function words(list) {
  return list.split(/\s+/);
}

export function show(value) {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function objects(list) {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

export function strings(list) {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

export function repeated(list) {
  return [...new Set(list.filter((item, i) => list.indexOf(item) !== i))];
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isGiven(value) {
  return value !== undefined && value !== null;
}

export function isEmpty(value) {
  return !isGiven(value) || (Array.isArray(value) && value.length === 0);
}

export function isWhole(value, low, high) {
  return Number.isInteger(value) && value >= low && value <= high;
}

export function filled(value) {
  return typeof value === "string" && value !== "";
}
