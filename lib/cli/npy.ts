// The header of a .npy file, by NumPy's published format (numpy.lib.format, version 1.0): magic, version, length, and
// a Python dict of the dims. It is always 128 bytes long, so that the number of images can be written again
// when more have come. Layer: command line.
// SPDX-License-Identifier: MIT

import { endianness } from 'node:os';
import type { ImageTensorType } from '../image/image-tensor.ts';

export const NPY_HEADER_BYTES = 128;
const PREFIX_BYTES = 10;
const ORDER = endianness() === 'LE' ? '<' : '>';
const DESCR = { float32: `${ORDER}f4`, float16: `${ORDER}f2`, uint8: '|u1' } as const;

/** The header of an array in C order of at most eight axes, whose values follow it. */
export function npyHeader(type: ImageTensorType, dims: readonly number[]): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const dict = `{'descr': '${DESCR[type]}', 'fortran_order': False, 'shape': (${shape}), }`;
  const length = NPY_HEADER_BYTES - PREFIX_BYTES;
  const header = Buffer.alloc(NPY_HEADER_BYTES);
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(`${dict.padEnd(length - 1)}\n`, PREFIX_BYTES, 'latin1');
  return header;
}
