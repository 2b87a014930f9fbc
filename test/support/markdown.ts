// Our documents, and what their Markdown links to.
// SPDX-License-Identifier: MIT

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { slug } from 'github-slugger';
import MarkdownIt from 'markdown-it';

export const root = path.join(import.meta.dirname, '..', '..');

/** The Markdown files at the root, of the examples and below docs/, relative to the root. */
export function documents(): string[] {
  const below = (folder: string, recursive: boolean) =>
    readdirSync(path.join(root, folder), { recursive, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(folder, name));
  return [...below('.', false), ...below('examples', false), ...below('docs', true)].sort();
}

export function readDocument(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

export interface Outline {
  /** Targets of links and pictures, as they are written. */
  readonly links: readonly string[];
  /** What a code host calls the headings. */
  readonly anchors: ReadonlySet<string>;
}

export function outline(markdown: string): Outline {
  const tokens = new MarkdownIt({ html: true }).parse(markdown, {});
  const links: string[] = [];
  const anchors = new Set<string>();
  for (const [i, { type, content, children }] of tokens.entries()) {
    if (type === 'html_block') links.push(...htmlLinks(content));
    if (type !== 'inline') continue;
    for (const part of children ?? []) {
      const target = part.attrGet(part.type === 'image' ? 'src' : 'href');
      if (target !== null) links.push(target);
      if (part.type === 'html_inline') links.push(...htmlLinks(part.content));
    }
    if (tokens[i - 1]?.type === 'heading_open') anchors.add(slug(textOf(children ?? [])));
  }
  return { links, anchors };
}

function textOf(parts: readonly { readonly content: string }[]): string {
  return parts.map(({ content }) => content).join('');
}

function htmlLinks(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href|srcset)="([^"]*)"/g)].map(([, target = '']) => target);
}
