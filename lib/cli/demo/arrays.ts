// Plain float32 tensors and the picture arithmetic that the demo needs around its convolutions: luma, crops,
// frames of a clip. Layer: command line.
// SPDX-License-Identifier: MIT

/** What the demo's steps pass to the operators: contiguous, channels first. */
export interface Floats {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What an operator returns, as far as the demo looks at it. */
export interface Result {
  readonly data: ArrayLike<number> & ArrayBufferView;
  readonly dims: readonly number[];
}

export function floats(dims: readonly number[], data: ArrayLike<number>): Floats {
  return { dims, data: Float32Array.from(data) };
}

/** A tensor filled by a function of the flat index. */
export function filled(dims: readonly number[], value: (index: number) => number): Floats {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { dims, data: Float32Array.from({ length }, (_, index) => value(index)) };
}

/** The same elements under other dims. */
export function reshaped(tensor: Floats, dims: readonly number[]): Floats {
  return { data: tensor.data, dims };
}

/** Reorders axes: axis `i` of the result is axis `order[i]` of the tensor. */
export function permuted(tensor: Floats, order: readonly number[]): Floats {
  const strides = tensor.dims.map((_, axis) =>
    tensor.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1),
  );
  const dims = order.map((axis) => tensor.dims[axis]);
  return filled(dims, (index) => {
    let rest = index;
    let offset = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += (rest % dims[axis]) * strides[order[axis]];
      rest = Math.floor(rest / dims[axis]);
    }
    return tensor.data[offset];
  });
}

/** `[1, 3, H, W]` → `[1, 1, H, W]`, ITU-R BT.601 weights. */
export function luma(photo: Floats): Floats {
  const [, , height, width] = photo.dims;
  const area = height * width;
  const { data } = photo;
  return filled(
    [1, 1, height, width],
    (i) => 0.299 * data[i] + 0.587 * data[area + i] + 0.114 * data[2 * area + i],
  );
}

/** A window of a `[1, C, H, W]` tensor, sampled bilinearly; corner, step and size in pixels. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly step: number;
  readonly height: number;
  readonly width: number;
}

export function crop(photo: Floats, window: Window): Floats {
  const [, channels, height, width] = photo.dims;
  const area = window.height * window.width;
  return filled([1, channels, window.height, window.width], (index) => {
    const channel = Math.floor(index / area);
    const row = Math.floor((index % area) / window.width);
    const plane = photo.data.subarray(channel * height * width, (channel + 1) * height * width);
    const y = window.top + row * window.step;
    const x = window.left + (index % window.width) * window.step;
    return bilinear(plane, height, width, y, x);
  });
}

function bilinear(plane: Float32Array, height: number, width: number, y: number, x: number): number {
  const top = Math.min(height - 1, Math.max(0, Math.floor(y)));
  const left = Math.min(width - 1, Math.max(0, Math.floor(x)));
  const bottom = Math.min(height - 1, top + 1);
  const right = Math.min(width - 1, left + 1);
  const v = Math.min(1, Math.max(0, y - top));
  const u = Math.min(1, Math.max(0, x - left));
  const above = plane[top * width + left] * (1 - u) + plane[top * width + right] * u;
  const below = plane[bottom * width + left] * (1 - u) + plane[bottom * width + right] * u;
  return above * (1 - v) + below * v;
}

export interface ClipSize {
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A clip `[1, 3, frames, height, width]` out of one photograph: a camera that pans across it while it zooms in.
 */
export function clip(photo: Floats, { frames, height, width }: ClipSize): Floats {
  const [, channels, fullHeight, fullWidth] = photo.dims;
  const pictures = Array.from({ length: frames }, (_, frame) => {
    const progress = frames === 1 ? 0 : frame / (frames - 1);
    const widest = Math.min(fullHeight / height, fullWidth / width);
    const step = widest * (0.9 - 0.35 * progress);
    const slackY = fullHeight - height * step;
    const slackX = fullWidth - width * step;
    const top = slackY * (0.2 + 0.3 * progress);
    const left = slackX * (0.2 + 0.6 * progress);
    return crop(photo, { top, left, step, height, width });
  });
  const area = height * width;
  return filled([1, channels, frames, height, width], (index) => {
    const frame = Math.floor(index / area) % frames;
    const channel = Math.floor(index / (area * frames));
    return pictures[frame].data[channel * area + (index % area)];
  });
}

/** Every second frame, row and column of a clip `[1, C, D, H, W]`. */
export function halved(video: Floats): Floats {
  const [, channels, frames, height, width] = video.dims;
  const [d, h, w] = [frames, height, width].map((size) => Math.floor(size / 2));
  return filled([1, channels, d, h, w], (index) => {
    const x = 2 * (index % w);
    const y = 2 * (Math.floor(index / w) % h);
    const z = 2 * (Math.floor(index / (w * h)) % d);
    const channel = Math.floor(index / (w * h * d));
    return video.data[((channel * frames + z) * height + y) * width + x];
  });
}
