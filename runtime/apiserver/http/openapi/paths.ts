/** The operations of a resource, in a form that both versions of OpenAPI are written from. */
import type { Kind, Verb } from '../../../api/kinds.ts';
import { apiVersionOf, type GroupVersionKind } from '../../../api/object.ts';

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly id: string;
  readonly description: string;
  /** `x-kubernetes-action` */
  readonly action: string;
  readonly gvk: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** Name of the body's definition. */
  readonly body: string | undefined;
  /** Name of the answer's definition. */
  readonly answer: string;
  readonly codes: readonly number[];
}

export interface Parameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

export interface PathItem {
  readonly path: string;
  readonly namespaced: boolean;
  readonly named: boolean;
  readonly operations: readonly Operation[];
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const pretty = parameter('pretty', 'string', "If 'true', then the output is indented.");
const dryRun = parameter(
  'dryRun',
  'string',
  'When present, nothing is stored. The only value is All.',
);
const fieldManager = parameter('fieldManager', 'string', 'The name of who makes these changes.');
const fieldValidation = parameter(
  'fieldValidation',
  'string',
  'What to do about unknown and duplicate fields: Ignore, Warn or Strict.',
);
const force = parameter(
  'force',
  'boolean',
  'Take over fields that others own. Only for apply patches.',
);

const selectors = [
  parameter('labelSelector', 'string', 'Restricts the list to objects with these labels.'),
  parameter('fieldSelector', 'string', 'Restricts the list to objects with these fields.'),
];
const listing = [
  parameter('allowWatchBookmarks', 'boolean', 'Asks for BOOKMARK events in a watch.'),
  parameter('continue', 'string', 'Where a list in chunks goes on.'),
  ...selectors,
  parameter('limit', 'integer', 'The largest number of objects in one answer.'),
  parameter('resourceVersion', 'string', 'Which state may be served.'),
  parameter('resourceVersionMatch', 'string', 'How resourceVersion is meant.'),
  parameter('sendInitialEvents', 'boolean', 'Begin a watch with the present state.'),
  parameter('timeoutSeconds', 'integer', 'How long a list or watch may take.'),
  parameter('watch', 'boolean', 'Watch for changes instead of listing.'),
];
const deletion = [
  dryRun,
  parameter('gracePeriodSeconds', 'integer', 'Seconds until the object is deleted.'),
  parameter('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  parameter(
    'propagationPolicy',
    'string',
    'What happens to dependents: Orphan, Background, Foreground.',
  ),
];
const writing = [dryRun, fieldManager, fieldValidation];

function parameter(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, type, description };
}

/** Every path of the kind. `nameOf` gives the name of a kind's definition. */
export function pathItemsOf(kind: Kind, nameOf: (gvk: GroupVersionKind) => string): PathItem[] {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const collection = kind.namespaced
    ? `${root}/namespaces/{namespace}/${kind.resource}`
    : `${root}/${kind.resource}`;
  const writer = new OperationWriter(kind, nameOf);
  const items: PathItem[] = [
    item(collection, kind.namespaced, false, writer.collection()),
    item(`${collection}/{name}`, kind.namespaced, true, writer.object()),
  ];
  if (kind.namespaced && kind.verbs.includes('list')) {
    items.push(item(`${root}/${kind.resource}`, false, false, writer.acrossNamespaces()));
  }
  for (const subresource of kind.subresources) {
    const { name, verbs } = subresource;
    const operations = writer.subresource(name, verbs, subresource.kind ?? kind);
    items.push(item(`${collection}/{name}/${name}`, kind.namespaced, true, operations));
  }
  return items.filter(({ operations }) => operations.length > 0);
}

function item(
  path: string,
  namespaced: boolean,
  named: boolean,
  operations: Operation[],
): PathItem {
  return { path, namespaced, named, operations };
}

class OperationWriter {
  readonly #kind: Kind;
  readonly #nameOf: (gvk: GroupVersionKind) => string;

  constructor(kind: Kind, nameOf: (gvk: GroupVersionKind) => string) {
    this.#kind = kind;
    this.#nameOf = nameOf;
  }

  collection(): Operation[] {
    const { kind: name } = this.#kind;
    const own = this.#nameOf(this.#kind);
    const list = this.#nameOf({ ...this.#kind, kind: `${name}List` });
    return this.#present([
      ['list', this.#make('get', 'list', `list objects of kind ${name}`, listing, undefined, list)],
      [
        'create',
        this.#make('post', 'post', `create a ${name}`, writing, own, own, [200, 201, 202]),
      ],
      [
        'deletecollection',
        this.#make(
          'delete',
          'deletecollection',
          `delete the ${name} objects that are listed`,
          [...listing.slice(0, -1), ...deletion],
          `${meta}.DeleteOptions`,
          `${meta}.Status`,
        ),
      ],
    ]);
  }

  object(): Operation[] {
    const { kind: name } = this.#kind;
    const own = this.#nameOf(this.#kind);
    return this.#present([
      ['get', this.#make('get', 'get', `read the specified ${name}`, [], undefined, own)],
      [
        'update',
        this.#make('put', 'put', `replace the specified ${name}`, writing, own, own, [200, 201]),
      ],
      [
        'patch',
        this.#make(
          'patch',
          'patch',
          `change parts of the specified ${name}`,
          [...writing, force],
          `${meta}.Patch`,
          own,
          [200, 201],
        ),
      ],
      [
        'delete',
        this.#make(
          'delete',
          'delete',
          `delete a ${name}`,
          deletion,
          `${meta}.DeleteOptions`,
          `${meta}.Status`,
          [200, 202],
        ),
      ],
    ]);
  }

  acrossNamespaces(): Operation[] {
    const { kind: name } = this.#kind;
    const list = this.#nameOf({ ...this.#kind, kind: `${name}List` });
    const operation = this.#make(
      'get',
      'list',
      `list objects of kind ${name} in all namespaces`,
      listing,
      undefined,
      list,
    );
    return [{ ...operation, id: `${operation.id}ForAllNamespaces` }];
  }

  subresource(name: string, verbs: readonly Verb[], kind: GroupVersionKind): Operation[] {
    const connects = ['exec', 'attach', 'portforward', 'proxy', 'log'].includes(name);
    const own = this.#nameOf(kind);
    const title = name[0]?.toUpperCase() + name.slice(1);
    const operations: Operation[] = [];
    const add = (verb: Verb, operation: Operation) => {
      if (verbs.includes(verb))
        operations.push({ ...operation, id: operation.id + title, gvk: kind });
    };
    const what = `${name} of the specified ${this.#kind.kind}`;
    add(
      'get',
      this.#make(
        'get',
        connects && name !== 'log' ? 'connect' : 'get',
        `read ${what}`,
        [],
        undefined,
        connects ? '' : own,
      ),
    );
    add(
      'create',
      this.#make(
        'post',
        connects ? 'connect' : 'post',
        `create ${what}`,
        connects ? [] : writing,
        connects ? undefined : own,
        connects ? '' : own,
        [200, 201, 202],
      ),
    );
    add(
      'update',
      this.#make(
        'put',
        'put',
        `replace ${what}`,
        connects ? [] : writing,
        connects ? undefined : own,
        connects ? '' : own,
        [200, 201],
      ),
    );
    add(
      'patch',
      this.#make(
        'patch',
        'patch',
        `change parts of ${what}`,
        connects ? [] : [...writing, force],
        connects ? undefined : `${meta}.Patch`,
        connects ? '' : own,
        [200, 201],
      ),
    );
    return operations;
  }

  #present(operations: [Verb, Operation][]): Operation[] {
    return operations.filter(([verb]) => this.#kind.verbs.includes(verb)).map(([, made]) => made);
  }

  #make(
    method: Operation['method'],
    action: string,
    description: string,
    parameters: readonly Parameter[],
    body: string | undefined,
    answer: string,
    codes: readonly number[] = [200],
  ): Operation {
    const { group, version, kind, namespaced } = this.#kind;
    const verb =
      {
        get: 'read',
        post: 'create',
        put: 'replace',
        patch: 'patch',
        delete: 'delete',
        list: 'list',
        deletecollection: 'deleteCollection',
        connect: 'connect',
      }[action] ?? action;
    const groupName = camel(group === '' ? 'core' : (group.split('.')[0] ?? ''));
    const id = `${verb}${groupName}${camel(version)}${namespaced ? 'Namespaced' : ''}${kind}`;
    const gvk = { group, version, kind };
    return {
      method,
      id,
      description,
      action,
      gvk,
      parameters: [...parameters, pretty],
      body,
      answer,
      codes,
    };
  }
}

function camel(text: string): string {
  return (text[0]?.toUpperCase() ?? '') + text.slice(1);
}
