// Published preprocessing of well-known models, as options of toTensor. Layer: beneath ops.
// SPDX-License-Identifier: MIT

import type { ToTensorOptions } from '../ops/to-tensor.ts';

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;
const SQUARE_224 = { width: 224, height: 224 } as const;

/**
 * Options of {@link toTensor} that models were published with; spread them to change some.
 * - `imagenet`: torchvision's ImageClassification preset (ResNet and most others): shortest side 256 bilinear, centre
 *   224, mean and deviation of ImageNet.
 * - `clip`: OpenAI's CLIP ViT-B/32, clip.py `_transform`: shortest side 224 bicubic, centre 224, its own mean and
 *   deviation.
 * - `yolo`: Ultralytics YOLOv5 and later, LetterBox: 640×640 with grey (114) borders, bilinear without antialiasing
 *   (OpenCV's INTER_LINEAR), 0…1.
 * - `mobilenet`: Keras' mobilenet `preprocess_input` (mode 'tf'): 224×224, −1…1, channels last.
 * - `caffe`: Keras' resnet and vgg16 `preprocess_input` (mode 'caffe'): 224×224, blue-green-red less the mean,
 *   0…255, channels last.
 *
 * @example
 * ```ts
 * import { presets, toTensor } from 'native-conv';
 * const photo = { data: new Uint8Array(300 * 400 * 3), width: 400, height: 300, channels: 3 };
 * console.log(toTensor(photo, presets.imagenet).dims); // [ 1, 3, 224, 224 ]
 * ```
 */
export const presets = {
  imagenet: { resize: { shortest: 256, filter: 'bilinear' }, crop: SQUARE_224, ...IMAGENET },
  clip: { resize: { shortest: 224, filter: 'bicubic' }, crop: SQUARE_224, ...CLIP },
  yolo: {
    resize: { width: 640, height: 640, fit: 'contain', filter: 'bilinear', antialias: false },
    pad: 114,
  },
  mobilenet: { resize: SQUARE_224, mean: 1, std: 1, scale: 1 / 127.5, layout: 'NHWC' },
  caffe: {
    resize: SQUARE_224,
    channels: 'bgr',
    scale: 1,
    mean: [103.939, 116.779, 123.68],
    layout: 'NHWC',
  },
} as const satisfies Readonly<Record<string, ToTensorOptions>>;

export type PresetName = keyof typeof presets;
