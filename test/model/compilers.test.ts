import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { TsJestTransformer } from 'ts-jest';
import ts from 'typescript';
import type { Constructor } from '../../src/messages/constructor.js';
import type { AggregateRoot } from '../../src/model/aggregate-root.js';
import { aggregateModelOf } from '../../src/model/class-aggregate.js';

type Compile = (file: string) => string;

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(__dirname, file), 'utf8');

const bySwc: Compile = (file) =>
  transformSync(read(file), {
    configFile: false,
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  }).code;

const transpile = (source: string, emitDecoratorMetadata: boolean): string =>
  ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      experimentalDecorators: true,
      emitDecoratorMetadata,
    },
  }).outputText;

const byTsc: Compile = (file) => {
  const outDir = mkdtempSync(join(tmpdir(), 'eventspan-tsc-'));
  try {
    const options = ['--outDir', outDir, '--rootDir', ROOT, '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--noCheck'];
    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata', '--skipLibCheck', '--ignoreConfig'];
    execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), [...options, ...decorators, join(__dirname, file)], { stdio: 'pipe' });
    return readFileSync(join(outDir, 'test', 'model', file.replace(/\.ts$/, '.js')), 'utf8');
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
};

const byTsJest: Compile = (file) => {
  const tsconfig = {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    ignoreDeprecations: '6.0',
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    strict: true,
  };
  const transformer = new TsJestTransformer({ tsconfig: tsconfig as never, diagnostics: false });
  const config = { cwd: ROOT, rootDir: ROOT, testMatch: [], testRegex: [], extensionsToTreatAsEsm: [], globals: {}, transform: [] };
  const options = { config, configString: '{}', cacheFS: new Map(), supportsStaticESM: false, instrument: false, transformerConfig: {} };
  return transformer.process(read(file), join(__dirname, file), options as unknown as Parameters<TsJestTransformer['process']>[2]).code;
};

/** Runs compiled CommonJS as if it stood beside this file, on the framework that this test uses. */
function run(code: string): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  // oxlint-disable-next-line typescript/no-implied-eval -- that is what this test is about
  new Function('module', 'exports', 'require', code)(module, module.exports, require);
  return module.exports;
}

interface Domain {
  readonly Account: Constructor<AggregateRoot>;
  readonly Opened: new (owner: string) => object;
  readonly Credited: new (amount: number) => object;
  readonly Open: new (id: string, owner: string) => object;
  readonly Credit: new (id: string, amount: number) => object;
}

const compilers: readonly [string, Compile][] = [
  ['swc', bySwc],
  ['the TypeScript 6 API', (file) => transpile(read(file), true)],
  ['tsc', byTsc],
  ['ts-jest', byTsJest],
];

describe.each(compilers)('a domain compiled by %s', (_, compile) => {
  const domain = run(compile('compiled-domain.fixture.ts')) as unknown as Domain;

  it('decides, applies, inherits and takes snapshots', async () => {
    const model = aggregateModelOf(domain.Account);
    const decide = async (state: AggregateRoot, command: object): Promise<unknown> => {
      const decision = await model.commands.get(command.constructor as Constructor)?.decide(state, command);
      return [decision?.events, decision?.value];
    };
    const account = model.initial('account-7');
    expect(await decide(account, new domain.Open('7', 'ann'))).toEqual([[new domain.Opened('ann')], undefined]);
    expect(await decide(account, new domain.Credit('7', 30))).toEqual([[new domain.Credited(30)], 30]);
    const restored = model.fromSnapshot('account-7', model.toSnapshot(account, account.version));
    expect(await decide(restored, new domain.Credit('7', 12))).toEqual([[new domain.Credited(12)], 42]);
    expect(restored).toMatchObject({ owner: 'ann', balance: 42, versions: [1, 2, 3], version: 3, id: '7' });
  });

  it('says which streams and events its methods take', () => {
    const model = aggregateModelOf(domain.Account);
    expect(model.events).toEqual([domain.Opened, domain.Credited]);
    expect([...model.commands.values()].map(({ command, stream }) => [command.name, stream])).toEqual([
      ['account.open', 'new'],
      ['account.credit', 'existing'],
    ]);
  });

  it('is refused at class definition where import type left no class behind', () => {
    const code = compile('import-type-trap.fixture.ts');
    expect(() => run(code)).toThrow(
      expect.objectContaining({
        code: 'HANDLER_CLASS_MISSING',
        details: expect.objectContaining({ decorator: '@Apply', place: 'Trapped.onOpened' }) as unknown,
      }) as Error,
    );
  });
});

describe('a domain compiled without decorator metadata, as by esbuild', () => {
  it('works where every class is named', async () => {
    const source = read('compiled-domain.fixture.ts').replace('@Apply()', '@Apply(Credited)').replace('@Handle()', '@Handle(Credit)');
    const domain = run(transpile(source, false)) as unknown as Domain;
    const model = aggregateModelOf(domain.Account);
    const decision = await model.commands.get(domain.Credit)?.decide(model.initial('account-7'), new domain.Credit('7', 30));
    expect(decision?.value).toBe(30);
  });

  it('is refused at class definition where one is not', () => {
    const code = transpile(read('compiled-domain.fixture.ts'), false);
    expect(() => run(code)).toThrow(expect.objectContaining({ code: 'HANDLER_CLASS_MISSING' }) as Error);
  });
});
