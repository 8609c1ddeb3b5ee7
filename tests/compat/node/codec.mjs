// Reads and writes any message of schemas/*.capnp as plain objects, from the schemas themselves: the
// Cap'n Proto tool parses them, its answer (a CodeGeneratorRequest) says where every field lies, and
// capnp-es does the bytes. Nothing here knows a field by name, so that nothing here can go stale.
//
//   struct    -> object; absent text is "", an absent struct is an object of defaults
//   union     -> object with the one member that is set; one this schema does not know: {unknownMember: n}
//   enum      -> its name; one this schema does not know: its number
//   Data      -> Buffer;  Int64, UInt64 -> number when exact, otherwise BigInt;  Void -> null
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as $ from 'capnp-es';
import { CodeGeneratorRequest, Field, Node, Type } from 'capnp-es/capnp/schema';

const NO_MEMBER = 0xffff;

// How each plain type is read and written: [name in utils, bytes a value takes, its mask for defaults].
const NUMBERS = {
  [Type.INT8]: ['Int8', 1, $.getInt8Mask], [Type.INT16]: ['Int16', 2, $.getInt16Mask],
  [Type.INT32]: ['Int32', 4, $.getInt32Mask], [Type.INT64]: ['Int64', 8, $.getInt64Mask],
  [Type.UINT8]: ['Uint8', 1, $.getUint8Mask], [Type.UINT16]: ['Uint16', 2, $.getUint16Mask],
  [Type.UINT32]: ['Uint32', 4, $.getUint32Mask], [Type.UINT64]: ['Uint64', 8, $.getUint64Mask],
  [Type.ENUM]: ['Uint16', 2, $.getUint16Mask],
};
const DEFAULT_OF = {
  [Type.INT8]: 'int8', [Type.INT16]: 'int16', [Type.INT32]: 'int32', [Type.INT64]: 'int64',
  [Type.UINT8]: 'uint8', [Type.UINT16]: 'uint16', [Type.UINT32]: 'uint32', [Type.UINT64]: 'uint64',
  [Type.ENUM]: 'enum',
};

const exact = (v) =>
  typeof v === 'bigint' && v <= BigInt(Number.MAX_SAFE_INTEGER) && v >= BigInt(Number.MIN_SAFE_INTEGER)
    ? Number(v) : v;

export class Codec {
  constructor(schemaFolder, files = ['control.capnp', 'event.capnp', 'signal.capnp']) {
    const request = execFileSync('capnp', ['compile', '-o-', `--src-prefix=${schemaFolder}`,
      ...files.map((name) => join(schemaFolder, name))],
    { maxBuffer: 1 << 26, env: { ...process.env, PWD: process.cwd() } });
    this.structs = new Map();  // id -> {Class, isGroup, discriminant, fields}
    this.enums = new Map();    // id -> names in order
    this.roots = new Map();    // name without file -> struct
    for (const node of new $.Message(request, false).getRoot(CodeGeneratorRequest).nodes) this.#add(node);
  }

  #add(node) {
    if (node.which() === Node.ENUM) {
      this.enums.set(node.id, [...node.enum.enumerants].map((e) => e.name));
    } else if (node.which() === Node.STRUCT) {
      const { dataWordCount, pointerCount, isGroup, discriminantCount, discriminantOffset } = node.struct;
      const size = new $.ObjectSize(dataWordCount * 8, pointerCount);
      const Class = class extends $.Struct {
        static _capnp = { displayName: node.displayName, id: node.id.toString(16), size };
      };
      const fields = [...node.struct.fields].map((field) => this.#field(field));
      const struct = { Class, isGroup, discriminant: discriminantCount ? discriminantOffset * 2 : -1, fields };
      this.structs.set(node.id, struct);
      if (!isGroup) this.roots.set(node.displayName.split(':')[1], struct);
    }
  }

  #field(field) {
    const common = { name: field.name, member: field.discriminantValue };
    if (field.which() === Field.GROUP) return { ...common, group: field.group.typeId };
    const { offset, type, defaultValue } = field.slot;
    const plain = NUMBERS[type.which()];
    return { ...common, offset, ...this.#type(type),
      mask: plain ? plain[2](defaultValue[DEFAULT_OF[type.which()]]) : undefined,
      bitMask: type.which() === Type.BOOL ? $.getBitMask(defaultValue.bool, offset % 8) : undefined };
  }

  #type(type) {
    const kind = type.which();
    if (kind === Type.LIST) return { kind, element: this.#type(type.list.elementType) };
    if (kind === Type.STRUCT) return { kind, id: type.struct.typeId };
    if (kind === Type.ENUM) return { kind, id: type.enum.typeId };
    return { kind };
  }

  // --- bytes to object ---------------------------------------------------------------------------
  decode(rootName, bytes) {
    if (bytes.length < 16 || bytes.length % 8 !== 0) throw new Error(`${rootName}: not whole words`);
    // A copy of its own: aligned, and free of the socket's buffer. The limit is eight times the message.
    const message = new $.Message(new Uint8Array(bytes).buffer, false);
    message._capnp.traversalLimit = bytes.length * 8;
    const { Class, ...struct } = this.#root(rootName);
    return this.#read(struct, message.getRoot(Class));
  }

  #root(name) {
    const struct = this.roots.get(name);
    if (!struct) throw new Error(`the schemas have no struct ${name}`);
    return struct;
  }

  #read(struct, pointer) {
    const out = {};
    const set = struct.discriminant < 0 ? NO_MEMBER : $.utils.getUint16(struct.discriminant, pointer);
    if (struct.discriminant >= 0 && !struct.fields.some((f) => f.member === set)) out.unknownMember = set;
    for (const field of struct.fields) {
      if (field.member !== NO_MEMBER && field.member !== set) continue;
      out[field.name] = field.group === undefined ? this.#readSlot(field, pointer)
        : this.#read(this.structs.get(field.group), pointer);
    }
    return out;
  }

  #readSlot(field, pointer) {
    const { kind, offset } = field;
    if (kind === Type.VOID) return null;
    if (kind === Type.BOOL) return $.utils.getBit(offset, pointer, field.bitMask);
    if (kind === Type.TEXT) return $.utils.getText(offset, pointer);
    if (kind === Type.DATA) return Buffer.from($.utils.getData(offset, pointer).toUint8Array());
    if (kind === Type.STRUCT) {
      const struct = this.structs.get(field.id);
      return this.#read(struct, $.utils.getStruct(offset, struct.Class, pointer));
    }
    if (kind === Type.LIST) return this.#readList(field.element, offset, pointer);
    const [name, bytes] = NUMBERS[kind];
    return this.#plain(field, $.utils[`get${name}`](offset * bytes, pointer, field.mask));
  }

  #plain(type, value) {
    return type.kind === Type.ENUM ? this.enums.get(type.id)[value] ?? value : exact(value);
  }

  #readList(element, offset, pointer) {
    const list = [...$.utils.getList(offset, this.#listClass(element), pointer)];
    if (element.kind === Type.STRUCT) return list.map((item) => this.#read(this.structs.get(element.id), item));
    if (element.kind === Type.DATA) return list.map((item) => Buffer.from(item.toUint8Array()));
    return list.map((item) => this.#plain(element, item));
  }

  #listClass(element) {
    if (element.kind === Type.STRUCT) return $.CompositeList(this.structs.get(element.id).Class);
    if (element.kind === Type.TEXT) return $.TextList;
    if (element.kind === Type.DATA) return $.DataList;
    return $[`${NUMBERS[element.kind][0]}List`];
  }

  // --- object to bytes ---------------------------------------------------------------------------
  encode(rootName, object) {
    const struct = this.#root(rootName);
    const message = new $.Message();
    this.#write(struct, message.initRoot(struct.Class), object, rootName);
    return Buffer.from(message.toArrayBuffer());
  }

  #write(struct, pointer, object, path) {
    for (const [name, value] of Object.entries(object)) {
      const field = struct.fields.find((f) => f.name === name);
      if (!field) throw new Error(`the schemas have no field ${path}.${name}`);
      if (field.member !== NO_MEMBER) $.utils.setUint16(struct.discriminant, field.member, pointer);
      if (field.group === undefined) this.#writeSlot(field, pointer, value, `${path}.${name}`);
      else this.#write(this.structs.get(field.group), pointer, value, `${path}.${name}`);
    }
  }

  #writeSlot(field, pointer, value, path) {
    const { kind, offset } = field;
    if (kind === Type.VOID) return;
    if (kind === Type.BOOL) $.utils.setBit(offset, value, pointer, field.bitMask);
    else if (kind === Type.TEXT) $.utils.setText(offset, value, pointer);
    else if (kind === Type.DATA) $.utils.initData(offset, value.length, pointer).copyBuffer(value);
    else if (kind === Type.STRUCT) {
      const struct = this.structs.get(field.id);
      this.#write(struct, $.utils.initStructAt(offset, struct.Class, pointer), value, path);
    } else if (kind === Type.LIST) this.#writeList(field.element, offset, pointer, value, path);
    else {
      const [name, bytes] = NUMBERS[kind];
      $.utils[`set${name}`](offset * bytes, this.#number(field, value, path), pointer, field.mask);
    }
  }

  #number(type, value, path) {
    if (type.kind === Type.INT64 || type.kind === Type.UINT64) return BigInt(value);
    if (type.kind !== Type.ENUM || typeof value === 'number') return value;
    const number = this.enums.get(type.id).indexOf(value);
    if (number < 0) throw new Error(`${path}: no enumerant ${value}`);
    return number;
  }

  #writeList(element, offset, pointer, values, path) {
    const list = $.utils.initList(offset, this.#listClass(element), values.length, pointer);
    values.forEach((value, i) => {
      if (element.kind === Type.STRUCT) this.#write(this.structs.get(element.id), list.get(i), value, `${path}[${i}]`);
      else if (element.kind === Type.TEXT) list.set(i, value);
      else list.set(i, this.#number(element, value, path));
    });
  }
}

// One JSON line: bytes as hex, numbers beyond 2^53 as text.
export function line(object) {
  return JSON.stringify(object, function show(key, value) {
    const raw = this[key];
    if (Buffer.isBuffer(raw)) return raw.toString('hex');
    return typeof value === 'bigint' ? value.toString() : value;
  });
}
