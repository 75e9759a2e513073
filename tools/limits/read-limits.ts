import ts from 'typescript';
import { GIB, KIB, MIB } from '#core';

export interface Limit {
  readonly name: string;
  readonly value: number;
  /** The comment beside it. */
  readonly why: string;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['KIB', KIB],
  ['MIB', MIB],
  ['GIB', GIB],
]);

/** Every numeric constant of a source file, and every numeric member of a constant object, with what is said beside it. */
export const limitsIn = (source: string): Limit[] => {
  const file = ts.createSourceFile('limits.ts', source, ts.ScriptTarget.Latest, true);
  const known = new Map(UNITS);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap((declaration) => {
      const { initializer } = declaration;
      if (initializer === undefined || !ts.isIdentifier(declaration.name)) return [];
      const object = objectIn(initializer);
      if (object !== undefined) return membersOf(object, known, source);
      const value = valueOf(initializer, known);
      if (value === undefined) return [];
      known.set(declaration.name.text, value);
      return [{ name: declaration.name.text, value, why: commentOf(statement, source) }];
    }),
  );
};

const membersOf = (
  object: ts.ObjectLiteralExpression,
  known: ReadonlyMap<string, number>,
  source: string,
): Limit[] =>
  object.properties.filter(ts.isPropertyAssignment).flatMap((member) => {
    const value = valueOf(member.initializer, known);
    if (value === undefined || !ts.isIdentifier(member.name)) return [];
    return [{ name: member.name.text, value, why: commentOf(member, source) }];
  });

const objectIn = (node: ts.Expression): ts.ObjectLiteralExpression | undefined => {
  const inner = ts.isAsExpression(node) ? node.expression : node;
  return ts.isObjectLiteralExpression(inner) ? inner : undefined;
};

/** Products and sums of numbers and of constants that came before; undefined for anything else. */
const valueOf = (node: ts.Expression, known: ReadonlyMap<string, number>): number | undefined => {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return valueOf(node.expression, known);
  if (ts.isIdentifier(node)) return known.get(node.text);
  if (ts.isPropertyAccessExpression(node)) return known.get(node.name.text);
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [valueOf(node.left, known), valueOf(node.right, known)];
  if (left === undefined || right === undefined) return undefined;
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.PlusToken:
      return left + right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    default:
      return undefined;
  }
};

const commentOf = (node: ts.Node, source: string): string => {
  const [last] = (ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []).slice(-1);
  if (last === undefined) return '';
  return source
    .slice(last.pos, last.end)
    .replace(/^\/\*\*?|\*\/$|^\/\//g, '')
    .replace(/\n\s*\* ?/g, ' ')
    .trim();
};
