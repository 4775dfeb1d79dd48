/** What CSI drivers say of themselves, of nodes and of volumes: CSIDriver, CSINode, VolumeAttachment. */
import type { storage } from '../types.ts';
import { checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { readQuantity } from './resources.ts';
import { requireDriver } from './storage.ts';
import {
  checkName,
  immutable,
  indexed,
  labelSelector,
  list,
  notNegative,
  oneOf,
  record,
  requireName,
  same,
} from './values.ts';

export function validateCSIDriver(driver: storage.CSIDriver, problems: Problems): void {
  oneOf(
    driver.spec?.fsGroupPolicy,
    ['File', 'None', 'ReadWriteOnceWithFSType'],
    'spec.fsGroupPolicy',
    problems,
  );
  for (const mode of list(driver.spec?.volumeLifecycleModes)) {
    oneOf(mode, ['Ephemeral', 'Persistent'], 'spec.volumeLifecycleModes', problems);
  }
}

export function validateCSIDriverUpdate(
  next: storage.CSIDriver,
  previous: storage.CSIDriver,
  problems: Problems,
): void {
  const [after, before] = [next.spec, previous.spec];
  immutable(after.attachRequired, before.attachRequired, 'spec.attachedRequired', problems);
  const at = 'spec.volumeLifecycleModes';
  immutable(after.volumeLifecycleModes, before.volumeLifecycleModes, at, problems);
}

/** A node's identity with a driver: at most this many characters. */
const maxNodeId = 256;

export function validateCSINode({ spec }: storage.CSINode, problems: Problems): void {
  const names = new Set<string>();
  for (const [i, driver] of indexed(record(spec)?.drivers)) {
    const at = `spec.drivers[${i}]`;
    requireDriver(driver.name, `${at}.name`, problems);
    if (names.has(driver.name)) problems.duplicate(`${at}.name`, driver.name);
    names.add(driver.name);
    if (!driver.nodeID) problems.required(`${at}.nodeID`);
    else if (driver.nodeID.length > maxNodeId) {
      problems.invalid(`${at}.nodeID`, driver.nodeID, `must be ${maxNodeId} characters or less`);
    }
    notNegative(driver.allocatable?.count, `${at}.allocatable.count`, problems);
    for (const [t, key] of list(driver.topologyKeys).entries()) {
      if (key === '') problems.required(at);
      checkName(key, checkQualifiedName, at, problems);
      if (list(driver.topologyKeys).indexOf(key) < t) problems.duplicate(at, key);
    }
  }
}

/** What a driver said of a node stays, but for how many volumes the node can take. */
export function validateCSINodeUpdate(
  next: storage.CSINode,
  previous: storage.CSINode,
  problems: Problems,
): void {
  const fixed = ({ allocatable: _room, ...rest }: storage.CSINodeDriver) => rest;
  for (const [, before] of indexed(record(previous.spec)?.drivers)) {
    for (const [, driver] of indexed(record(next.spec)?.drivers)) {
      if (driver.name !== before.name || same(fixed(driver), fixed(before))) continue;
      problems.invalid('CSINodeDriver', driver, 'field is immutable');
    }
  }
}

export function validateStorageCapacity(
  capacity: storage.CSIStorageCapacity,
  problems: Problems,
): void {
  const name = capacity.storageClassName ?? '';
  for (const problem of checkSubdomain(name)) problems.invalid('storageClassName', name, problem);
  labelSelector(capacity.nodeTopology, 'nodeTopology', problems);
  readQuantity(capacity.capacity, 'capacity', problems);
  readQuantity(capacity.maximumVolumeSize, 'maximumVolumeSize', problems);
}

export function validateVolumeAttachment(
  { spec }: storage.VolumeAttachment,
  problems: Problems,
): void {
  const given = record(spec);
  requireDriver(given?.attacher, 'spec.attacher', problems);
  checkName(given?.nodeName ?? '', checkSubdomain, 'spec.nodeName', problems);
  const source = record(given?.source);
  const name = source?.persistentVolumeName;
  const at = 'spec.source.persistentVolumeName';
  if (name === '') problems.required(at, 'must specify non empty persistentVolumeName');
  checkName(name, checkSubdomain, at, problems);
  const sources = [name, source?.inlineVolumeSpec].filter((each) => each != null);
  if (sources.length === 0) {
    problems.required(
      'spec.source',
      'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    );
  } else if (sources.length > 1) {
    problems.forbidden(
      'spec.source',
      'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    );
  }
}

export function validateVolumeAttachmentUpdate(
  next: storage.VolumeAttachment,
  previous: storage.VolumeAttachment,
  problems: Problems,
): void {
  immutable(next.spec, previous.spec, 'spec', problems);
}

export function validateAttributesClass(
  attributes: { driverName?: string },
  problems: Problems,
): void {
  requireName(attributes.driverName, checkSubdomain, 'driverName', problems);
}
