// A .npy file that grows image by image, and beside it a list of its rows (JSON Lines), from which a batch that was
// interrupted goes on. A row counts once its line is in the list: data are written first, then the header, then
// the line. So the .npy can be read at any time. Layer: command line.
// SPDX-License-Identifier: MIT

import { type FileHandle, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ImageTensor, ImageTensorType } from '../image/image-tensor.ts';
import { codeOf, Failure } from './failure.ts';
import { NPY_HEADER_BYTES, npyHeader } from './npy.ts';

/** Dims of one image, without the axis of the batch, and its type. */
interface Shape {
  readonly dims: readonly number[];
  readonly type: ImageTensorType;
}

/** Lines of the list: the first is `{options}`; then a row of the array, or a file that could not be read. */
interface Line {
  readonly options?: unknown;
  readonly row?: number;
  readonly file?: string;
  readonly dims?: readonly number[];
  readonly type?: ImageTensorType;
  readonly error?: string;
}

export class BatchFile {
  readonly #npy: FileHandle;
  readonly #list: FileHandle;
  readonly #folder: string;
  readonly #done: Set<string>;
  #shape: Shape | undefined;
  #rows: number;

  private constructor(npy: FileHandle, list: FileHandle, folder: string, state: State) {
    this.#npy = npy;
    this.#list = list;
    this.#folder = folder;
    this.#done = new Set(state.files);
    this.#rows = state.files.length;
    this.#shape = state.shape;
  }

  /**
   * Begins a batch, or goes on with the one that is there.
   *
   * @param options - what the rows were made with; a batch is gone on with by the same only.
   * @throws Failure if the files that are there are not those of such a batch; they stay as they are.
   */
  static async open(path: string, options: unknown, resume: boolean): Promise<BatchFile> {
    const folder = dirname(resolve(path));
    const state = resume ? await readState(path, options) : undefined;
    if (state === undefined) {
      const [npy, list] = [await open(path, 'w'), await open(listOf(path), 'w')];
      await list.appendFile(`${JSON.stringify({ options })}\n`);
      return new BatchFile(npy, list, folder, { files: [], shape: undefined, bytes: 0 });
    }
    // What was cut off in the middle, a row or a line, is written again.
    await truncate(listOf(path), state.bytes);
    const [npy, list] = [await open(path, 'r+'), await open(listOf(path), 'a')];
    if (state.shape !== undefined) {
      await npy.truncate(NPY_HEADER_BYTES + state.files.length * bytesOf(state.shape));
    }
    const batch = new BatchFile(npy, list, folder, state);
    await batch.#writeHeader();
    return batch;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Dims of the whole array; `undefined` as long as it has no row. */
  get dims(): readonly number[] | undefined {
    return this.#shape && [this.#rows, ...this.#shape.dims];
  }

  has(file: string): boolean {
    return this.#done.has(this.#nameOf(file));
  }

  /** Why this tensor cannot be a row of the batch, if it cannot. */
  mismatch(tensor: ImageTensor): string | undefined {
    const [, ...dims] = tensor.dims;
    if (this.#shape === undefined || dims.join() === this.#shape.dims.join()) return undefined;
    const wanted = this.#shape.dims.join('×');
    return `it gives ${dims.join('×')}, the batch is of ${wanted}; resize or crop to one size`;
  }

  /** Writes a tensor of one image. */
  async add(file: string, tensor: ImageTensor): Promise<void> {
    const [, ...dims] = tensor.dims;
    this.#shape ??= { dims, type: tensor.type };
    const { buffer, byteOffset, byteLength } = tensor.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    await writeAll(this.#npy, bytes, NPY_HEADER_BYTES + this.#rows * byteLength);
    const name = this.#nameOf(file);
    const line: Line = { row: this.#rows, file: name, dims, type: tensor.type };
    this.#rows++;
    await this.#writeHeader();
    await this.#list.appendFile(`${JSON.stringify(line)}\n`);
    this.#done.add(name);
  }

  async addError(file: string, error: string): Promise<void> {
    await this.#list.appendFile(`${JSON.stringify({ file: this.#nameOf(file), error })}\n`);
  }

  async close(): Promise<void> {
    await this.#npy.close();
    await this.#list.close();
  }

  async #writeHeader(): Promise<void> {
    if (this.#shape === undefined) return;
    await writeAll(this.#npy, npyHeader(this.#shape.type, [this.#rows, ...this.#shape.dims]), 0);
  }

  /** Relative to the folder of the batch: both may be moved together. */
  #nameOf(file: string): string {
    return relative(this.#folder, file).replaceAll(sep, '/');
  }
}

/** The list of rows that belongs to a .npy file. */
export function listOf(path: string): string {
  return `${path}.jsonl`;
}

/** Takes away what a batch without a row left. */
export async function removeBatch(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(listOf(path), { force: true });
}

interface State {
  /** In the order of their rows. */
  readonly files: readonly string[];
  readonly shape: Shape | undefined;
  /** Of the list, up to the end of its last whole line. */
  readonly bytes: number;
}

/** `undefined` if there is nothing to go on with. */
async function readState(path: string, options: unknown): Promise<State | undefined> {
  const [npy, text] = [await sizeOf(path), await textOf(listOf(path))];
  if (npy === undefined && text === undefined) return undefined;
  if (npy === undefined || text === undefined) {
    throw new Failure(
      `${path} cannot be gone on with: ${text === undefined ? listOf(path) : path} is missing`,
    );
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  // Cut off before its first line: nothing was written.
  if (whole === '') return undefined;
  const [first, ...lines] = parseLines(path, whole);
  if (JSON.stringify(first.options) !== JSON.stringify(options)) {
    const was = JSON.stringify(first.options);
    throw new Failure(`${path} cannot be gone on with: it was begun with other options, ${was}`);
  }
  const rows = lines.filter((line) => line.row !== undefined);
  const shape = rows.length === 0 ? undefined : (rows[0] as Shape);
  const needed = shape === undefined ? 0 : NPY_HEADER_BYTES + rows.length * bytesOf(shape);
  if (npy < needed) {
    throw new Failure(
      `${path} cannot be gone on with: it has ${npy} bytes, its ${rows.length} rows take ${needed}`,
    );
  }
  return { files: rows.map((line) => line.file as string), shape, bytes: Buffer.byteLength(whole) };
}

function parseLines(path: string, text: string): Line[] {
  try {
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  } catch (cause) {
    throw new Failure(`${path} cannot be gone on with: ${listOf(path)} is not a list of its rows`, { cause });
  }
}

const ELEMENT_BYTES = { float32: 4, float16: 2, uint8: 1 } as const;

function bytesOf({ dims, type }: Shape): number {
  return dims.reduce((product, length) => product * length, ELEMENT_BYTES[type]);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function sizeOf(path: string): Promise<number | undefined> {
  return unlessMissing(async () => (await stat(path)).size);
}

function textOf(path: string): Promise<string | undefined> {
  return unlessMissing(() => readFile(path, 'utf8'));
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
