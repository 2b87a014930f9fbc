// What TypeDoc cannot see in the declarations of our doors: their public names, what their files say of them, and that
// an operator, a constant that a factory made, belongs among the functions.
// SPDX-License-Identifier: MIT

import { readFileSync } from 'node:fs';
import {
  Comment,
  type Context,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionFlag,
  ReflectionKind,
  ReflectionType,
} from 'typedoc';

/** To be called when everything is converted and nothing is resolved yet. */
export function describeDoors({ project }: Context): void {
  for (const constant of project.getReflectionsByKind(ReflectionKind.Variable)) {
    makeFunction(project, constant as DeclarationReflection);
  }
  for (const door of project.getReflectionsByKind(ReflectionKind.Module)) {
    const text = headOf(`lib/${door.name}.ts`);
    door.comment = new Comment([{ kind: 'text', text }]);
    door.name = door.name === 'index' ? 'native-conv' : `native-conv/${door.name}`;
  }
}

function makeFunction(project: ProjectReflection, constant: DeclarationReflection): void {
  if (!(constant.type instanceof ReflectionType)) return;
  const literal = constant.type.declaration;
  const { signatures = [] } = literal;
  if (signatures.length === 0) return;
  for (const signature of signatures) {
    signature.name = constant.name;
    signature.parent = constant;
    signature.comment = constant.comment?.clone();
  }
  literal.signatures = undefined;
  project.removeReflection(literal);
  constant.kind = ReflectionKind.Function;
  constant.signatures = signatures;
  constant.type = undefined;
  constant.comment = undefined;
  constant.setFlag(ReflectionFlag.Const, false);
}

/** The first comment of a file, without its last sentence about the layer. */
function headOf(file: string): string {
  const [head] = readFileSync(file, 'utf8').split('// SPDX');
  return head
    .replace(/^\/\/ ?/gm, '')
    .replace(/\s+/g, ' ')
    .replace(/ Layer: .*$/, '');
}
