/** Our description of a container in Docker's words. Pure. */
import type Docker from 'dockerode';
import type { ContainerConfig, Mount } from '../engine.ts';

/** Kubelet's own defaults, containerLogMaxSize and containerLogMaxFiles. */
const logConfig = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };

/** The body of POST /containers/create. */
export function createOptions(config: ContainerConfig): Docker.ContainerCreateOptions {
  const { network } = config;
  const address = network.type === 'bridge' ? network.address : undefined;
  return defined({
    name: config.name,
    Image: config.image,
    Labels: { ...config.labels },
    Entrypoint: config.entrypoint && [...config.entrypoint],
    Cmd: config.command && [...config.command],
    Env: config.env && [...config.env],
    WorkingDir: config.workingDirectory,
    Hostname: config.hostname,
    User: config.user,
    Tty: config.tty ?? false,
    OpenStdin: config.stdin ?? false,
    StdinOnce: config.stdinOnce ?? false,
    StopSignal: config.stopSignal,
    // Kubernetes has probes of its own; an image's HEALTHCHECK would run besides them.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig(config),
    NetworkingConfig:
      network.type === 'bridge' && address !== undefined
        ? { EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: address } } } }
        : undefined,
  }) as Docker.ContainerCreateOptions;
}

function hostConfig(config: ContainerConfig): Docker.HostConfig {
  return defined({
    NetworkMode: networkMode(config.network),
    IpcMode: namespaceMode(config.ipc),
    PidMode: namespaceMode(config.pid),
    Binds: (config.mounts ?? []).filter((mount) => !mount.source.includes(':')).map(bindOf),
    // The short form splits at colons; the long one insists that the source exists.
    Mounts: (config.mounts ?? []).filter((mount) => mount.source.includes(':')).map(longMountOf),
    Tmpfs: config.tmpfs && { ...config.tmpfs },
    GroupAdd: config.groups && [...config.groups],
    Privileged: config.privileged ?? false,
    ReadonlyRootfs: config.readOnlyRoot ?? false,
    SecurityOpt: securityOptions(config),
    CapAdd: config.capabilities?.add && [...config.capabilities.add],
    CapDrop: config.capabilities?.drop && [...config.capabilities.drop],
    Sysctls: config.sysctls && { ...config.sysctls },
    Ulimits: Object.entries(config.ulimits ?? {}).map(([Name, limit]) => ({
      Name,
      Soft: limit,
      Hard: limit,
    })),
    ...resources(config),
    OomScoreAdj: config.oomScoreAdj,
    Dns: config.dns && [...config.dns.servers],
    DnsSearch: config.dns && [...config.dns.searches],
    DnsOptions: config.dns && [...config.dns.options],
    RestartPolicy: { Name: config.restartAlways ? 'always' : 'no' },
    LogConfig: logConfig,
  }) as Docker.HostConfig;
}

/** The resource fields, which create and update share. Swap is not given: memory is all there is. */
export function resources(
  config: Pick<ContainerConfig, 'cpuShares' | 'cpuQuota' | 'memoryBytes'>,
): Record<string, number> {
  return defined({
    CpuShares: config.cpuShares,
    CpuPeriod: config.cpuQuota === undefined ? undefined : 100_000,
    CpuQuota: config.cpuQuota,
    Memory: config.memoryBytes,
    MemorySwap: config.memoryBytes,
  }) as Record<string, number>;
}

function networkMode(network: ContainerConfig['network']): string {
  if (network.type === 'bridge') return network.name;
  return network.type === 'container' ? `container:${network.id}` : network.type;
}

function namespaceMode(
  mode: { type: 'shareable' | 'host' } | { type: 'container'; id: string } | undefined,
): string | undefined {
  return mode?.type === 'container' ? `container:${mode.id}` : mode?.type;
}

/** `source:target[:options]`; unlike the long form it makes a missing source directory. */
function bindOf(mount: Mount): string {
  const options = [
    ...(mount.readOnly ? ['ro'] : []),
    ...(mount.propagation === undefined || mount.propagation === 'private'
      ? []
      : [mount.propagation]),
    // Without it Docker fills an empty volume with what the image has at the target.
    ...(mount.type === 'volume' ? ['nocopy'] : []),
  ];
  return [mount.source, mount.target, ...(options.length > 0 ? [options.join(',')] : [])].join(':');
}

function longMountOf(mount: Mount): Docker.MountConfig[number] {
  return defined({
    Type: mount.type,
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly ?? false,
    BindOptions: mount.propagation && { Propagation: mount.propagation },
    VolumeOptions: mount.type === 'volume' ? { NoCopy: true } : undefined,
  }) as unknown as Docker.MountConfig[number];
}

function securityOptions(config: ContainerConfig): string[] {
  const { seccomp } = config;
  return [
    ...(config.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(seccomp === 'unconfined' ? ['seccomp=unconfined'] : []),
    ...(typeof seccomp === 'object' ? [`seccomp=${seccomp.profile}`] : []),
  ];
}

/** Without the fields that are undefined: Docker takes an absent field for its default. */
function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
