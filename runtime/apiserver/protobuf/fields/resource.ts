/** Field numbers of resource, see ../fields.ts. */
export const resource: Readonly<Record<string, string>> = {
  AllocatedDeviceStatus:
    'driver 1 string, pool 2 string, device 3 string, conditions 4 meta.Condition[], data 5 raw?, networkData 6 NetworkDeviceData?, shareID 7 string?',
  AllocationResult:
    'devices 1 DeviceAllocationResult-, nodeSelector 3 core.NodeSelector?, allocationTimestamp 5 time?',
  CELDeviceSelector: 'expression 1 string',
  CapacityRequestPolicy:
    'default 1 quantity?, validValues 3 quantity[]-, validRange 4 CapacityRequestPolicyRange?',
  CapacityRequestPolicyRange: 'min 1 quantity?, max 2 quantity?, step 3 quantity?',
  CapacityRequirements: 'requests 1 {quantity}-',
  Counter: 'value 1 quantity',
  CounterSet: 'name 1 string, counters 2 {Counter}-',
  Device:
    'name 1 string, attributes 2 {DeviceAttribute}-, capacity 3 {DeviceCapacity}-, consumesCounters 4 DeviceCounterConsumption[]-, nodeName 5 string?, nodeSelector 6 core.NodeSelector?, allNodes 7 bool?, taints 8 DeviceTaint[]-, bindsToNode 9 bool?, bindingConditions 10 string[]-, bindingFailureConditions 11 string[]-, allowMultipleAllocations 12 bool?, nodeAllocatableResourceMappings 13 {NodeAllocatableResourceMapping}-',
  DeviceAllocationConfiguration: 'source 1 string, requests 2 string[]-, ... 3 DeviceConfiguration',
  DeviceAllocationResult:
    'results 1 DeviceRequestAllocationResult[]-, config 2 DeviceAllocationConfiguration[]-',
  DeviceAttribute:
    'int 2 int?, bool 3 bool?, string 4 string?, version 5 string?, ints 6 int[]-, bools 7 bool[]-, strings 8 string[]-, versions 9 string[]-',
  DeviceCapacity: 'value 1 quantity, requestPolicy 2 CapacityRequestPolicy?',
  DeviceClaim:
    'requests 1 DeviceRequest[], constraints 2 DeviceConstraint[]-, config 3 DeviceClaimConfiguration[]-',
  DeviceClaimConfiguration: 'requests 1 string[]-, ... 2 DeviceConfiguration',
  DeviceClass: 'metadata 1 meta.ObjectMeta-, spec 2 DeviceClassSpec',
  DeviceClassConfiguration: '... 1 DeviceConfiguration',
  DeviceClassSpec:
    'selectors 1 DeviceSelector[]-, config 2 DeviceClassConfiguration[]-, extendedResourceName 4 string?',
  DeviceConfiguration: 'opaque 1 OpaqueDeviceConfiguration?',
  DeviceConstraint: 'requests 1 string[]-, matchAttribute 2 string?, distinctAttribute 3 string?',
  DeviceCounterConsumption: 'counterSet 1 string, counters 2 {Counter}-',
  DeviceRequest:
    'name 1 string, exactly 2 ExactDeviceRequest?, firstAvailable 3 DeviceSubRequest[]-',
  DeviceRequestAllocationResult:
    'request 1 string, driver 2 string, pool 3 string, device 4 string, adminAccess 5 bool?, tolerations 6 DeviceToleration[]-, bindingConditions 7 string[]-, bindingFailureConditions 8 string[]-, shareID 9 string?, consumedCapacity 10 {quantity}-',
  DeviceSelector: 'cel 1 CELDeviceSelector?',
  DeviceSubRequest:
    'name 1 string, deviceClassName 2 string, selectors 3 DeviceSelector[]-, allocationMode 4 string-, count 5 int-, tolerations 6 DeviceToleration[]-, capacity 7 CapacityRequirements?',
  DeviceTaint: 'key 1 string, value 2 string-, effect 3 string, timeAdded 4 time?',
  DeviceToleration:
    'key 1 string-, operator 2 string-, value 3 string-, effect 4 string-, tolerationSeconds 5 int?',
  ExactDeviceRequest:
    'deviceClassName 1 string, selectors 2 DeviceSelector[]-, allocationMode 3 string-, count 4 int-, adminAccess 5 bool?, tolerations 6 DeviceToleration[]-, capacity 7 CapacityRequirements?',
  NetworkDeviceData: 'interfaceName 1 string-, ips 2 string[]-, hardwareAddress 3 string-',
  NodeAllocatableResourceMapping: 'capacityKey 1 string?, allocationMultiplier 2 quantity?',
  OpaqueDeviceConfiguration: 'driver 1 string, parameters 2 raw',
  ResourceClaim:
    'metadata 1 meta.ObjectMeta-, spec 2 ResourceClaimSpec, status 3 ResourceClaimStatus-',
  ResourceClaimConsumerReference:
    'apiGroup 1 string-, resource 3 string, name 4 string, uid 5 string',
  ResourceClaimSpec: 'devices 1 DeviceClaim',
  ResourceClaimStatus:
    'allocation 1 AllocationResult?, reservedFor 2 ResourceClaimConsumerReference[]-, devices 4 AllocatedDeviceStatus[]-',
  ResourceClaimTemplate: 'metadata 1 meta.ObjectMeta-, spec 2 ResourceClaimTemplateSpec',
  ResourceClaimTemplateSpec: 'metadata 1 meta.ObjectMeta-, spec 2 ResourceClaimSpec',
  ResourcePool: 'name 1 string, generation 2 int, resourceSliceCount 3 int',
  ResourceSlice: 'metadata 1 meta.ObjectMeta-, spec 2 ResourceSliceSpec',
  ResourceSliceSpec:
    'driver 1 string, pool 2 ResourcePool, nodeName 3 string?, nodeSelector 4 core.NodeSelector?, allNodes 5 bool?, devices 6 Device[]-, perDeviceNodeSelection 7 bool?, sharedCounters 8 CounterSet[]-',
};
