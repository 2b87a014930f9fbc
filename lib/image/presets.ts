// Published preprocessing of well-known models, as options of toTensor. Layer: beneath ops.
// SPDX-License-Identifier: MIT

import type { ToTensorOptions } from '../ops/tensor-options.ts';

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;
const SQUARE_224 = { width: 224, height: 224 } as const;

/**
 * Options of {@link toTensor} that models were published with; spread them to change some.
 * - `imagenet`: torchvision's `ImageClassification` with `crop_size=224`, as of ResNet's `IMAGENET1K_V1` weights and
 *   most others: shortest side 256 bilinear, centre 224, mean and deviation of ImageNet. Weights that name another
 *   `resize_size` (232 for ResNet-50's V2) want that one.
 *   {@link https://github.com/pytorch/vision/blob/main/torchvision/transforms/_presets.py}
 * - `clip`: OpenAI's CLIP, `_transform(224)`, and ViT-B/32's `preprocessor_config.json`: shortest side 224 bicubic,
 *   centre 224, its own mean and deviation. {@link https://github.com/openai/CLIP/blob/main/clip/clip.py},
 *   {@link https://huggingface.co/openai/clip-vit-base-patch32/blob/main/preprocessor_config.json}
 * - `yolo`: Ultralytics' `LetterBox` as exported models are fed, `new_shape=(640, 640)`, `auto=False`: grey (114)
 *   borders, bilinear without antialiasing (OpenCV's INTER_LINEAR), 0…1.
 *   {@link https://github.com/ultralytics/ultralytics/blob/main/ultralytics/data/augment.py}
 * - `mobilenet`: Keras' `preprocess_input` of MobileNet, mode 'tf': x ÷ 127.5 − 1, channels last, 224×224.
 * - `caffe`: Keras' `preprocess_input` of ResNet and VGG, mode 'caffe': blue-green-red less the mean, 0…255,
 *   channels last, 224×224.
 *
 * Both of Keras' are those of
 * {@link https://github.com/keras-team/keras/blob/master/keras/src/applications/imagenet_utils.py}, whose mode 'torch'
 * has the numbers of `imagenet`. Keras leaves the resizing to its caller: here it is bilinear, antialiased;
 * `load_img(target_size)` takes the nearest pixel unless told, which is `resize: { width: 224, height: 224, filter:
 * 'nearest' }`.
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
