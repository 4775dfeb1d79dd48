/**
 * Static types of the kinds that Skiff's own code handles. The field types come from the
 * `kubernetes-types` package (types only, nothing at run time); here an object as a server hands it
 * out has its metadata and spec, so that callers need not ask.
 */
import type * as admission from 'kubernetes-types/admissionregistration/v1';
import type * as apps from 'kubernetes-types/apps/v1';
import type * as authentication from 'kubernetes-types/authentication/v1';
import type * as authorization from 'kubernetes-types/authorization/v1';
import type * as autoscaling from 'kubernetes-types/autoscaling/v2';
import type * as batch from 'kubernetes-types/batch/v1';
import type * as certificates from 'kubernetes-types/certificates/v1';
import type * as coordination from 'kubernetes-types/coordination/v1';
import type * as core from 'kubernetes-types/core/v1';
import type * as discovery from 'kubernetes-types/discovery/v1';
import type * as meta from 'kubernetes-types/meta/v1';
import type * as networking from 'kubernetes-types/networking/v1';
import type * as policy from 'kubernetes-types/policy/v1';
import type * as rbac from 'kubernetes-types/rbac/v1';
import type * as scheduling from 'kubernetes-types/scheduling/v1';
import type * as storage from 'kubernetes-types/storage/v1';
import type { KubeObject, StoredMeta } from './object.ts';

/** Removes `readonly`, which kubernetes-types puts on every status. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A kind as stored: metadata is there, spec is there where the kind has one, status may be absent. */
export type Stored<T> = Omit<Writable<T>, 'metadata' | 'spec' | 'apiVersion' | 'kind'> &
  KubeObject & { metadata: StoredMeta } & (T extends { spec?: infer S }
    ? { spec: NonNullable<S> }
    : unknown);

export type ConfigMap = Stored<core.ConfigMap>;
export type Endpoints = Stored<core.Endpoints>;
export type CoreEvent = Stored<core.Event>;
export type LimitRange = Stored<core.LimitRange>;
export type Namespace = Stored<core.Namespace>;
export type Node = Stored<core.Node>;
export type PersistentVolume = Stored<core.PersistentVolume>;
export type PersistentVolumeClaim = Stored<core.PersistentVolumeClaim>;
export type Pod = Stored<core.Pod>;
export type ReplicationController = Stored<core.ReplicationController>;
export type ResourceQuota = Stored<core.ResourceQuota>;
export type Secret = Stored<core.Secret>;
export type Service = Stored<core.Service>;
export type ServiceAccount = Stored<core.ServiceAccount>;

export type ControllerRevision = Stored<apps.ControllerRevision>;
export type DaemonSet = Stored<apps.DaemonSet>;
export type Deployment = Stored<apps.Deployment>;
export type ReplicaSet = Stored<apps.ReplicaSet>;
export type StatefulSet = Stored<apps.StatefulSet>;
export type CronJob = Stored<batch.CronJob>;
export type Job = Stored<batch.Job>;

/** One that says nothing of its endpoints is valid, too. */
export type EndpointSlice = Omit<Stored<discovery.EndpointSlice>, 'endpoints'> & {
  endpoints?: discovery.Endpoint[];
};
export type Ingress = Stored<networking.Ingress>;
export type IngressClass = Stored<networking.IngressClass>;
export type NetworkPolicy = Stored<networking.NetworkPolicy>;
export type HorizontalPodAutoscaler = Stored<autoscaling.HorizontalPodAutoscaler>;
export type PodDisruptionBudget = Stored<policy.PodDisruptionBudget>;
export type PriorityClass = Stored<scheduling.PriorityClass>;
export type StorageClass = Stored<storage.StorageClass>;
export type Lease = Stored<coordination.Lease>;
export type CertificateSigningRequest = Stored<certificates.CertificateSigningRequest>;

export type Role = Stored<rbac.Role>;
export type RoleBinding = Stored<rbac.RoleBinding>;
export type ClusterRole = Stored<rbac.ClusterRole>;
export type ClusterRoleBinding = Stored<rbac.ClusterRoleBinding>;

export type {
  admission,
  apps,
  authentication,
  authorization,
  autoscaling,
  batch,
  certificates,
  coordination,
  core,
  discovery,
  meta,
  networking,
  policy,
  rbac,
  scheduling,
  storage,
};
