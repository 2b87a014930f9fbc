// opencv.js as a contestant of the image suite. The source lies in WebAssembly's memory beforehand; what is timed is the
// operator, which writes into the same result each time, where the next operator would read it.
// SPDX-License-Identifier: MIT

import cv from '@techstark/opencv-js';
import type { ImageAdaptor } from '../images/contestants.ts';
import type { ImageTask, PixelBytes } from '../images/task.ts';
import { measure } from '../measure.ts';

export const prepare: ImageAdaptor['prepare'] = async (task, pixels) => {
  const compiled = cv.Mat !== undefined;
  if (!compiled) {
    await new Promise<void>((ready) => {
      cv.onRuntimeInitialized = ready;
    });
  }
  const source = matOf(pixels);
  const target = new cv.Mat();
  const run = operatorOf(task, source, target);
  return {
    algorithm: '',
    kernel: '',
    isa: 'wasm',
    exact: true,
    output() {
      run();
      return Promise.resolve(Uint8Array.from(target.data));
    },
    time: (budgetMs) => measure(run, budgetMs),
  };
};

function matOf({ data, width, height, channels }: PixelBytes): cv.Mat {
  const types = [cv.CV_8UC1, cv.CV_8UC2, cv.CV_8UC3, cv.CV_8UC4];
  const mat = new cv.Mat(height, width, types[channels - 1]);
  mat.data.set(data);
  return mat;
}

function operatorOf(task: ImageTask, source: cv.Mat, target: cv.Mat): () => void {
  switch (task.operation) {
    case 'filter2d': {
      const { kernel } = task.options;
      const weights = cv.matFromArray(kernel.length, kernel[0].length, cv.CV_32F, kernel.flat());
      return () => cv.filter2D(source, target, -1, weights, new cv.Point(-1, -1), 0, cv.BORDER_REFLECT_101);
    }
    case 'gaussianBlur': {
      const { kernelSize = 0 } = task.options;
      const sigma = task.options.kernelSize === undefined ? task.options.sigma : 0;
      const size = new cv.Size(kernelSize, kernelSize);
      return () => cv.GaussianBlur(source, target, size, sigma, sigma, cv.BORDER_REFLECT_101);
    }
    case 'boxBlur': {
      const { kernelSize } = task.options;
      const size = new cv.Size(kernelSize, kernelSize);
      return () => cv.blur(source, target, size, new cv.Point(-1, -1), cv.BORDER_REFLECT_101);
    }
    default:
      throw new Error(`opencv.js takes no part in ${task.operation}`);
  }
}
