"""Every field of the objects that are read: which are simulated, and which are valid but not simulated.

From the API of Kubernetes (k8s.io/api core/v1, apps/v1, policy/v1, storage/v1). What is in no column does not
exist. `plain` fields have no effect that a simulator could leave out (ports' names, the server's own notes).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one type of object."""

    name: str
    simulated: frozenset[str]
    ignored: frozenset[str]
    plain: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """Return every field that exists."""
        return self.simulated | self.ignored | self.plain


def _fields(name: str, simulated: str, ignored: str = "", plain: str = "") -> Fields:
    return Fields(name, frozenset(simulated.split()), frozenset(ignored.split()), frozenset(plain.split()))


OBJECT = _fields("object", "apiVersion kind metadata spec", "", "status")
META = _fields(
    "metadata",
    "name labels annotations namespace finalizers",
    "generateName ownerReferences deletionTimestamp deletionGracePeriodSeconds",
    "uid resourceVersion generation creationTimestamp selfLink managedFields clusterName",
)
TEMPLATE = _fields("pod template", "metadata spec")
TEMPLATE_META = _fields(
    "metadata of a template",
    "labels annotations",
    "name namespace generateName finalizers",
    "creationTimestamp",
)
SELECTOR = _fields("selector", "matchLabels matchExpressions")
REQUIREMENT = _fields("requirement", "key operator values")

POD_SPEC = _fields(
    "pod spec",
    "containers initContainers volumes nodeName nodeSelector tolerations affinity "
    "topologySpreadConstraints restartPolicy terminationGracePeriodSeconds priority hostname subdomain "
    "priorityClassName preemptionPolicy schedulingGates readinessGates",
    "activeDeadlineSeconds automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks "
    "ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostnameOverride "
    "imagePullSecrets os overhead resourceClaims "
    "resources runtimeClassName schedulerName securityContext serviceAccount "
    "serviceAccountName setHostnameAsFQDN shareProcessNamespace",
)
CONTAINER = _fields(
    "container",
    "name image resources readinessProbe livenessProbe startupProbe lifecycle volumeMounts imagePullPolicy",
    "args command env envFrom resizePolicy restartPolicy restartPolicyRules securityContext stdin "
    "stdinOnce tty volumeDevices workingDir",
    "ports terminationMessagePath terminationMessagePolicy",
)
INIT_CONTAINER = Fields(
    "container",
    CONTAINER.simulated | {"restartPolicy"},
    CONTAINER.ignored - {"restartPolicy"},
    CONTAINER.plain,
)
CONTAINER_PORT = _fields("container port", "containerPort hostPort hostIP protocol", "", "name")
RESOURCES = _fields("resources", "requests limits", "claims")
PROBE = _fields(
    "probe",
    "initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold",
    "terminationGracePeriodSeconds",
    "exec httpGet tcpSocket grpc",
)
LIFECYCLE = _fields("lifecycle", "preStop", "postStart stopSignal")
HANDLER = _fields("handler", "sleep exec", "httpGet tcpSocket")
MOUNT = _fields(
    "volumeMount", "name mountPath subPath readOnly", "mountPropagation recursiveReadOnly subPathExpr"
)
VOLUME = _fields(
    "volume",
    "name persistentVolumeClaim emptyDir configMap secret projected downwardAPI",
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker "
    "gcePersistentDisk gitRepo glusterfs hostPath image iscsi nfs photonPersistentDisk portworxVolume "
    "quobyte rbd scaleIO storageos vsphereVolume",
)
EMPTY_DIR = _fields("emptyDir", "", "", "medium sizeLimit")
CLAIM_SOURCE = _fields("persistentVolumeClaim", "claimName", "readOnly")
TOLERATION = _fields("toleration", "key operator value effect tolerationSeconds")
TAINT = _fields("taint", "key value effect", "", "timeAdded")
AFFINITY = _fields("affinity", "nodeAffinity podAffinity podAntiAffinity")
_TERMS = "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution"
TERMS = _fields("affinity rules", _TERMS)
NODE_SELECTOR = _fields("node selector", "nodeSelectorTerms")
NODE_TERM = _fields("node selector term", "matchExpressions matchFields")
WEIGHTED_NODE = _fields("preferred term", "weight preference")
POD_TERM = _fields(
    "pod affinity term",
    "labelSelector topologyKey matchLabelKeys mismatchLabelKeys",
    "namespaceSelector namespaces",
)
WEIGHTED_POD = _fields("preferred term", "weight podAffinityTerm")
SPREAD = _fields(
    "topology spread constraint",
    "maxSkew topologyKey whenUnsatisfiable labelSelector matchLabelKeys minDomains nodeAffinityPolicy "
    "nodeTaintsPolicy",
)

DEPLOYMENT = _fields(
    "Deployment spec",
    "replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds",
    "podReplacementPolicy",
)
REPLICA_SET = _fields("ReplicaSet spec", "replicas selector template minReadySeconds")
QUOTA = _fields("ResourceQuota spec", "hard", "scopes scopeSelector")
STRATEGY = _fields("strategy", "type rollingUpdate")
ROLLING_DEPLOYMENT = _fields("rollingUpdate", "maxSurge maxUnavailable")
STATEFUL_SET = _fields(
    "StatefulSet spec",
    "replicas selector template serviceName volumeClaimTemplates podManagementPolicy updateStrategy "
    "revisionHistoryLimit minReadySeconds ordinals persistentVolumeClaimRetentionPolicy",
)
ROLLING_SET = _fields("rollingUpdate", "partition maxUnavailable")
ORDINALS = _fields("ordinals", "start")
RETENTION = _fields("retention policy", "whenDeleted whenScaled")

SERVICE = _fields(
    "Service spec",
    "selector clusterIP type ports publishNotReadyAddresses sessionAffinity sessionAffinityConfig",
    "allocateLoadBalancerNodePorts clusterIPs externalIPs externalName externalTrafficPolicy "
    "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass "
    "loadBalancerIP loadBalancerSourceRanges topologyKeys trafficDistribution",
)
AFFINITY_CONFIG = _fields("sessionAffinityConfig", "clientIP")
CLIENT_IP = _fields("clientIP", "timeoutSeconds")
SERVICE_PORT = _fields("port", "port", "appProtocol nodePort", "name protocol targetPort")
CLAIM = _fields(
    "PersistentVolumeClaim spec",
    "accessModes resources storageClassName volumeName selector volumeMode",
    "dataSource dataSourceRef volumeAttributesClassName",
)
PERSISTENT_VOLUME = _fields(
    "PersistentVolume spec",
    "capacity accessModes persistentVolumeReclaimPolicy claimRef storageClassName nodeAffinity "
    "csi local hostPath nfs volumeMode",
    "mountOptions volumeAttributesClassName awsElasticBlockStore azureDisk azureFile cephfs "
    "cinder fc flexVolume flocker gcePersistentDisk glusterfs iscsi photonPersistentDisk portworxVolume "
    "quobyte rbd scaleIO storageos vsphereVolume",
)
VOLUME_AFFINITY = _fields("nodeAffinity", "required")
CLAIM_REF = _fields("claimRef", "name uid", "", "apiVersion kind namespace resourceVersion fieldPath")
CSI_SOURCE = _fields(
    "csi",
    "driver volumeHandle",
    "",
    "fsType readOnly volumeAttributes controllerExpandSecretRef controllerPublishSecretRef "
    "nodeExpandSecretRef nodePublishSecretRef nodeStageSecretRef",
)
LOCAL_SOURCE = _fields("local", "path", "", "fsType")
HOST_PATH = _fields("hostPath", "path", "", "type")
NFS_SOURCE = _fields("nfs", "server path", "", "readOnly")
CLAIM_TEMPLATE = _fields("volumeClaimTemplate", "metadata spec", "", "apiVersion kind status")
STORAGE_CLASS = _fields(
    "StorageClass",
    "apiVersion kind metadata provisioner reclaimPolicy allowVolumeExpansion volumeBindingMode "
    "allowedTopologies parameters",
    "mountOptions",
)
TOPOLOGY_TERM = _fields("topology", "matchLabelExpressions")
BUDGET = _fields(
    "PodDisruptionBudget spec", "selector minAvailable maxUnavailable unhealthyPodEvictionPolicy"
)
PRIORITY_CLASS = _fields(
    "PriorityClass",
    "apiVersion kind metadata value globalDefault preemptionPolicy",
    "",
    "description",
)
SCHEDULING_GATE = _fields("scheduling gate", "name")
READINESS_GATE = _fields("readiness gate", "conditionType")
NODE = _fields("Node spec", "taints unschedulable", "configSource externalID", "podCIDR podCIDRs providerID")
NODE_STATUS = _fields(
    "Node status",
    "capacity allocatable",
    "",
    "addresses conditions config daemonEndpoints features images nodeInfo phase runtimeHandlers "
    "volumesAttached volumesInUse declaredFeatures",
)
NODE_OBJECT = _fields("Node", "apiVersion kind metadata spec status")

# kinds of Kubernetes that are accepted and left out, named in a warning
_OTHER_KINDS = (
    "APIService Certificate ClusterRole ClusterRoleBinding ConfigMap ControllerRevision CronJob "
    "CSIDriver CustomResourceDefinition DaemonSet Endpoints EndpointSlice Event Gateway GatewayClass "
    "HorizontalPodAutoscaler HTTPRoute Ingress IngressClass Issuer Job Lease LimitRange "
    "MutatingWebhookConfiguration Namespace NetworkPolicy PodMonitor "
    "PrometheusRule ReplicationController Role RoleBinding RuntimeClass "
    "Secret ServiceAccount ServiceMonitor ValidatingWebhookConfiguration VerticalPodAutoscaler "
    "VolumeAttachment VolumeSnapshot VolumeSnapshotClass"
)
NOT_SIMULATED = frozenset(_OTHER_KINDS.split())
