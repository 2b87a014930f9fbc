// Reads .npy files by NumPy's published rules alone (numpy.lib.format, version 1.0).
// SPDX-License-Identifier: MIT

export interface Npy {
  /** As in `<f4`. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Where the values begin; NumPy itself writes multiples of 64. */
  readonly begin: number;
  readonly data: Buffer;
}

/** @throws Error where the bytes are not those of a C-ordered array. */
export function readNpy(bytes: Buffer): Npy {
  if (bytes.subarray(0, 8).toString('latin1') !== '\x93NUMPY\x01\x00')
    throw new Error('no .npy of version 1.0');
  const begin = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, begin).toString('latin1');
  const form = /^\{'descr': ?'([^']+)', ?'fortran_order': ?False, ?'shape': ?\(([\d, ]+)\)(?:, )?\} *\n$/;
  const match = form.exec(header);
  if (match === null) throw new Error(`no header of NumPy: ${header}`);
  const shape = match[2].split(',').filter((size) => size.trim() !== '');
  return { descr: match[1], shape: shape.map(Number), begin, data: bytes.subarray(begin) };
}
