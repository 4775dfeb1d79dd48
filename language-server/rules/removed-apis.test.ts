import { describe, expect, it } from 'vitest';
import { reportOf } from '../language-server.case.ts';

const said = (apiVersion: string, kind: string) =>
  reportOf(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`);

describe('versions that are gone', () => {
  it.each([
    ['extensions/v1beta1', 'Ingress', '1.22; use networking.k8s.io/v1'],
    ['extensions/v1beta1', 'PodSecurityPolicy', '1.16'],
    ['apps/v1beta2', 'StatefulSet', '1.16; use apps/v1'],
    ['batch/v1beta1', 'CronJob', '1.25; use batch/v1'],
    ['batch/v2alpha1', 'CronJob', '1.21; use batch/v1'],
    ['policy/v1beta1', 'PodDisruptionBudget', '1.25; use policy/v1'],
    ['policy/v1beta1', 'PodSecurityPolicy', '1.25'],
    ['autoscaling/v2beta1', 'HorizontalPodAutoscaler', '1.25; use autoscaling/v2'],
    ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', '1.26; use autoscaling/v2'],
    ['networking.k8s.io/v1beta1', 'IngressClass', '1.22; use networking.k8s.io/v1'],
    ['networking.k8s.io/v1alpha1', 'ClusterCIDR', '1.29'],
    ['rbac.authorization.k8s.io/v1alpha1', 'Role', '1.22; use rbac.authorization.k8s.io/v1'],
    [
      'admissionregistration.k8s.io/v1beta1',
      'MutatingWebhookConfiguration',
      '1.22; use admissionregistration.k8s.io/v1',
    ],
    [
      'apiextensions.k8s.io/v1beta1',
      'CustomResourceDefinition',
      '1.22; use apiextensions.k8s.io/v1',
    ],
    ['storage.k8s.io/v1beta1', 'CSIStorageCapacity', '1.27; use storage.k8s.io/v1'],
    ['scheduling.k8s.io/v1beta1', 'PriorityClass', '1.22; use scheduling.k8s.io/v1'],
    ['coordination.k8s.io/v1beta1', 'Lease', '1.22; use coordination.k8s.io/v1'],
    ['discovery.k8s.io/v1beta1', 'EndpointSlice', '1.25; use discovery.k8s.io/v1'],
    ['events.k8s.io/v1beta1', 'Event', '1.25; use events.k8s.io/v1'],
    [
      'flowcontrol.apiserver.k8s.io/v1beta2',
      'FlowSchema',
      '1.29; use flowcontrol.apiserver.k8s.io/v1',
    ],
    [
      'certificates.k8s.io/v1beta1',
      'CertificateSigningRequest',
      '1.22; use certificates.k8s.io/v1',
    ],
    ['node.k8s.io/v1beta1', 'RuntimeClass', '1.25; use node.k8s.io/v1'],
    ['resource.k8s.io/v1alpha2', 'ResourceClaim', '1.31; use resource.k8s.io/v1'],
    ['auditregistration.k8s.io/v1alpha1', 'AuditSink', '1.19'],
  ])('%s %s: since when, and what is there instead', (apiVersion, kind, ending) => {
    expect(said(apiVersion, kind)[0]).toBe(
      `error removed-api "${apiVersion}" ${kind} in ${apiVersion} was removed in Kubernetes ${ending}`,
    );
  });

  it('that never were lead to the newest one that is served', () => {
    expect(said('autoscaling/v3', 'HorizontalPodAutoscaler')[0]).toContain(
      'There is no HorizontalPodAutoscaler in autoscaling/v3; it is in autoscaling/v2',
    );
    expect(said('networking.k8s.io/v1alpha1', 'ServiceCIDR')[0]).toMatch(
      /it is in networking\.k8s\.io\/v1$/,
    );
  });
});

describe('betas of what is stable', () => {
  it('are known, and are not what a server has by itself', () => {
    expect(said('resource.k8s.io/v1beta1', 'ResourceClaim')).toEqual([
      'hint deprecated-api "resource.k8s.io/v1beta1" ResourceClaim in resource.k8s.io/v1beta1 is not served unless that is switched on; use resource.k8s.io/v1',
    ]);
    expect(said('resource.k8s.io/v1', 'ResourceClaim')).toEqual([]);
    // There is nothing else to use.
    expect(said('internal.apiserver.k8s.io/v1alpha1', 'StorageVersion')).toEqual([]);
  });
});
