// Both sides of the binary's boundary list the slots of the packed geometry; here the lists are compared.
// SPDX-License-Identifier: MIT

import { expect } from 'chai';
import { GEOMETRY_FIELDS } from '../lib/geometry.ts';
import { AXIS_FIELDS } from '../lib/image/resample.ts';
import { loadBinding } from '../lib/native/binding.ts';

describe('the packed geometry', () => {
  it('has the same slots in C++ and in TypeScript', () => {
    expect(loadBinding().geometryFields).to.deep.equal(GEOMETRY_FIELDS);
  });
  it('of an axis of images too', () => {
    expect(loadBinding().axisFields).to.deep.equal(AXIS_FIELDS);
  });
});
