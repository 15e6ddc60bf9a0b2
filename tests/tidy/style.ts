import {
  type ArrowFunctionExpression,
  type Directive,
  type Expression,
  type Function as FunctionNode,
  type Node,
  type Statement,
  Visitor,
} from 'oxc-parser';
import { isTest } from './files.ts';
import type { Finding } from './finding.ts';
import { lineAt, type Source } from './parse.ts';

const fileLinesMax = 500;
const functionLinesMax = 70;

type Report = (offset: number, rule: string, remedy: string) => void;

function isSuiteCall(node: Node): boolean {
  if (node.type !== 'CallExpression') return false;
  const { callee } = node;
  if (callee.type === 'Identifier') return ['describe', 'it', 'test'].includes(callee.name);
  // describe.each(table)('title', callback), describe.skipIf(condition)('title', callback)
  return (
    callee.type === 'CallExpression' &&
    isMember(callee.callee, ['describe', 'it', 'test'], ['each', 'for', 'skipIf'])
  );
}

function isMember(node: Expression, objects: readonly string[], properties: readonly string[]): boolean {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return false;
  if (node.property.type !== 'Identifier') return false;
  return objects.includes(node.object.name) && properties.includes(node.property.name);
}

/** A function that only lays out tests (a `describe` callback, a contract suite) is a list, not a piece of reasoning. */
function laysOutTests(statements: readonly (Directive | Statement)[]): boolean {
  return statements.some(
    (statement) => statement.type === 'ExpressionStatement' && isSuiteCall(statement.expression),
  );
}

function checkLength(source: Source, node: FunctionNode | ArrowFunctionExpression, report: Report): void {
  if (node.body?.type !== 'BlockStatement') return;
  const lines = source.text.slice(node.start, node.end).split('\n').length;
  if (lines <= functionLinesMax || laysOutTests(node.body.body)) return;
  report(node.start, `function of ${lines} lines`, `at most ${functionLinesMax}: give its parts names`);
}

function checkTypes(source: Source, report: Report): void {
  new Visitor({
    TSAnyKeyword: (node) => report(node.start, 'any', 'say what it is, or take unknown and look'),
    TSNonNullExpression: (node) =>
      report(node.start, 'non-null assertion', 'handle the absent case, or throw with a reason'),
    TSAsExpression: ({ start, expression }) => {
      if (expression.type !== 'TSAsExpression') return;
      report(start, 'double assertion', 'check the value where it comes in, then the type follows');
    },
    FunctionDeclaration: (node) => checkLength(source, node, report),
    FunctionExpression: (node) => checkLength(source, node, report),
    ArrowFunctionExpression: (node) => checkLength(source, node, report),
  }).visit(source.program);
}

function checkTests(source: Source, report: Report): void {
  const suites = ['describe', 'it', 'test'];
  new Visitor({
    MemberExpression: (node) => {
      if (isMember(node, suites, ['only', 'skip', 'todo']))
        report(node.start, 'test left out', 'run it, or skip inside it with a reason: context.skip(reason)');
      if (isMember(node, ['vi'], ['mock', 'doMock']))
        report(node.start, 'mock', 'use the real part: every component runs in a test');
    },
    CallExpression: ({ callee, arguments: given, start }) => {
      const skips = isMember(callee, ['context', 'ctx', 't', 'task'], ['skip']);
      if (skips && given.length === 0) report(start, 'skip without reason', 'give the reason as argument');
    },
  }).visit(source.program);
}

function checkComments(source: Source, report: Report): void {
  for (const { start, value } of source.comments) {
    if (/\b(TODO|FIXME|XXX)\b/.test(value)) report(start, 'unfinished', 'do it now, or let it be');
    if (/@ts-(ignore|nocheck)\b/.test(value)) report(start, 'unchecked types', 'make the types say it');
    if (/@(type|param|returns?)\s*\{[^}]*\bany\b/.test(value))
      report(start, 'any', 'say what it is, or take unknown and look');
  }
}

/** What in a file is too long, unchecked, unfinished or left out. `mayBeLong`: a table of data, listed with its reason. */
export function styleFindings(source: Source, mayBeLong = false): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (offset, rule, remedy) =>
    findings.push({ path: source.path, line: lineAt(source, offset), rule, remedy });
  const lines = source.text.split('\n').length - 1;
  if (lines > fileLinesMax && !mayBeLong)
    report(0, `file of ${lines} lines`, `at most ${fileLinesMax}: divide it by what it is about`);
  checkTypes(source, report);
  checkComments(source, report);
  if (isTest(source.path)) checkTests(source, report);
  return findings;
}
